"""Functional coverage: what the pages that were checked had in them, and in what order they came.

One run is one simulation, so its tests share these counts.  The last test of each bench calls
`Coverage.judge`: every bin must have been hit, unless the run is a replay or a choice of tests.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from cocotb_coverage.coverage import CoverCross, CoverPoint, coverage_db

from models.int8rle import (
    HEADER_BYTES,
    LAYOUTS,
    MAX_COUNT,
    MAX_SCALE_BITS,
    UNIT_BYTES,
    Axis,
    Error,
    Layout,
)
from tb.agents.common import PATTERNS
from tb.codec.items import MALFORMED, NONFINITE, RAW, Item
from tb.codec.raw_pages import KINDS, ROW, fraction_bits, infinity, is_bf16
from tb.codec.stored_pages import FAULTS, MIN_SCALE, SOUND

DTYPES = ("fp16", "bf16")
OUTCOMES = ("coded", "nonfinite", "tiny", "incompressible", "malformed")
RUN_LENGTHS = {"1": (1, 1), "2-31": (2, 31), "32": (32, 32), "33-254": (33, 254)}
RUN_LENGTHS |= {"255": (255, 255), "256": (256, 256)}
BEATS = {"1": (1, 1), "2-15": (2, 15), "16-62": (16, 62), "63": (63, 63), "64": (64, 64)}
BEATS_IN = {**BEATS, "65": (65, 65), "66-200": (66, 200)}
PHASES = tuple(f"{a}/{b}" for a in ("idle", "page in") for b in ("idle", "page out"))


def dtype_name(layout: Layout) -> str:
    return DTYPES[is_bf16(layout)]


def layout_name(layout: Layout) -> str:
    axis = "tokens" if layout.axis == Axis.TOKENS else "head_dim"
    return f"{dtype_name(layout)}-{layout.head_dim}-{axis}"


LAYOUT_NAMES = tuple(map(layout_name, LAYOUTS))


def bins_of(numbers: np.ndarray | Sequence[int], bins: dict[str, tuple[int, int]]) -> set[str]:
    """Names of the bins, given by first and last number, that hold any of `numbers`."""
    x = np.asarray(numbers)
    return {name for name, (low, high) in bins.items() if ((x >= low) & (x <= high)).any()}


class Group:
    """Cover points that are sampled together, and crosses of them.

    A sample gives each point a bin, a set of bins, or None.
    """

    def __init__(
        self,
        name: str,
        points: dict[str, Sequence[str]],
        crosses: dict[str, tuple[str, ...]] | None = None,
        ignore: dict[str, list[tuple]] | None = None,
    ) -> None:
        self.points = tuple(points)

        def take(i: int):
            return lambda *values: values[i]

        def holds(value, candidate) -> bool:
            return candidate in value if isinstance(value, set) else value == candidate

        decorators = [
            CoverPoint(f"{name}.{point}", xf=take(i), rel=holds, inj=False, bins=list(bins))
            for i, (point, bins) in enumerate(points.items())
        ]
        decorators += [
            CoverCross(
                f"{name}.{cross}",
                items=[f"{name}.{point}" for point in of],
                ign_bins=(ignore or {}).get(cross, []),
            )
            for cross, of in (crosses or {}).items()
        ]
        # A cross looks at what its points hit, so it is sampled behind them: innermost.
        sample = _nothing
        for decorator in reversed(decorators):
            sample = decorator(sample)
        self._sample = sample

    def sample(self, **values: str | set[str] | None) -> None:
        self._sample(*(values.get(point) for point in self.points))


def _nothing(*_: object) -> None:
    pass


class Coverage:
    """What all benches count: stall patterns, resets.  `name` is the bench's."""

    name: str

    def __init__(self) -> None:
        self._stalls = Group(
            f"{self.name}.stalls",
            {"source": tuple(PATTERNS), "sink": tuple(PATTERNS)},
            {"source_x_sink": ("source", "sink")},
        )
        self._resets = Group(f"{self.name}.resets", {"phase": PHASES})
        self.start_test()

    def start_test(self) -> None:
        """What comes next follows nothing."""
        self.previous: Item | None = None

    def reset(self, phase: tuple[bool, bool]) -> None:
        """A reset while the source and the sink were inside a page or not."""
        self.start_test()
        self._resets.sample(phase=PHASES[2 * phase[0] + phase[1]])

    def page(self, item: Item, stalls: tuple[str, str]) -> None:
        """A page that came out as expected."""
        self._stalls.sample(source=stalls[0], sink=stalls[1])
        self.sample_page(item, self.previous)
        self.previous = item

    def sample_page(self, item: Item, previous: Item | None) -> None:
        raise NotImplementedError

    def judge(self, log: logging.Logger) -> None:
        """Write ``coverage.yml``, print a line for each point, and fail for a bin never hit."""
        coverage_db.export_to_yaml(str(Path.cwd() / "coverage.yml"))
        missed = []
        for name, cover in sorted(coverage_db.items()):
            if not isinstance(cover, (CoverPoint, CoverCross)):
                continue
            log.info("%6.2f %% of %4d bins  %s", cover.cover_percentage, cover.size, name)
            hits = cover.detailed_coverage
            missed += [f"{name}: {key}" for key, count in hits.items() if not count]
        if os.environ.get("SKV_WHOLE_RUN") != "1":
            log.info("a replay or a choice of tests: the goal is not judged")
            return
        assert not missed, f"{len(missed)} bins never hit:\n" + "\n".join(missed)


def outcome(item: Item) -> str:
    """What became of a raw page."""
    if item.status & MALFORMED:
        return "malformed"
    if item.status & NONFINITE:
        return "nonfinite"
    if not item.status & RAW:
        return "coded"
    page = item.source
    tiny = is_bf16(page.layout) and (page.patterns & 0x7FFF).max() < 0x0400
    return "tiny" if tiny else "incompressible"


def stored_runs(item: Item) -> np.ndarray:
    """Lengths of a coded page's runs, int ``[runs]``."""
    runs = int(item.stored[2:4].view("<u2")[0])
    return item.stored[HEADER_BYTES + 1 : HEADER_BYTES + 2 * runs : 2].astype(int) + 1


def crossings(lengths: np.ndarray) -> set[str]:
    """Whether runs cross rows and multiples of 256."""
    ends = np.cumsum(lengths)
    starts = ends - lengths
    names = {"row": ROW, "256": MAX_COUNT}
    return {name for name, n in names.items() if (starts // n != (ends - 1) // n).any()}


VALUES = ("+0", "-0", "subnormal", "normal", "largest", "nan", "+inf", "-inf", "only subnormal")


def values_of(patterns: np.ndarray, layout: Layout) -> set[str]:
    """Which of VALUES are among bit patterns."""
    mag, inf, least = patterns & 0x7FFF, infinity(layout), 1 << fraction_bits(layout)
    found = {
        "+0": patterns == 0,
        "-0": patterns == 0x8000,
        "subnormal": (mag > 0) & (mag < least),
        "normal": (mag >= least) & (mag < inf),
        "largest": mag == inf - 1,
        "nan": mag > inf,
        "+inf": patterns == inf,
        "-inf": patterns == inf | 0x8000,
        "only subnormal": np.array([0 < mag.max() < least]),
    }
    return {name for name, where in found.items() if where.any()}


class RawCoverage(Coverage):
    """Of a bench that raw pages go into: compressor, or both in a row."""

    def __init__(self) -> None:
        super().__init__()
        fp16_is_never_tiny = [(n, "tiny") for n in LAYOUT_NAMES if n.startswith("fp16")]
        self._pages = Group(
            f"{self.name}.pages",
            {
                "layout": LAYOUT_NAMES,
                "after_layout": LAYOUT_NAMES,
                "dtype": DTYPES,
                "outcome": OUTCOMES,
                "after_outcome": OUTCOMES,
                "kind": (*KINDS, "real"),
                "values": VALUES,
                "stored_beats": tuple(BEATS),
                "beats": tuple(BEATS_IN),
                "run_length": tuple(RUN_LENGTHS),
                "crossing": ("row", "continued at 256"),
            },
            {
                "layout_x_outcome": ("layout", "outcome"),
                "layout_x_stored_beats": ("layout", "stored_beats"),
                "layout_x_after_layout": ("layout", "after_layout"),
                "outcome_x_after_outcome": ("outcome", "after_outcome"),
                "dtype_x_values": ("dtype", "values"),
                "layout_x_crossing": ("layout", "crossing"),
            },
            {"layout_x_outcome": fp16_is_never_tiny},
        )

    def sample_page(self, item: Item, previous: Item | None) -> None:
        page = item.source
        coded = not item.status & RAW
        lengths = stored_runs(item) if coded else np.zeros(0, int)
        self._pages.sample(
            layout=layout_name(page.layout),
            after_layout=previous and layout_name(previous.source.layout),
            dtype=dtype_name(page.layout),
            outcome=outcome(item),
            after_outcome=previous and outcome(previous),
            kind=page.kind,
            values=values_of(page.patterns, page.layout),
            stored_beats=bins_of([len(item.stored) // UNIT_BYTES], BEATS),
            beats=bins_of([page.beats], BEATS_IN),
            run_length=bins_of(lengths, RUN_LENGTHS),
            crossing=_encoder_crossings(item, lengths) if coded else None,
        )


def _encoder_crossings(item: Item, lengths: np.ndarray) -> set[str]:
    """Whether runs cross rows, and whether the encoder cut one at a multiple of 256."""
    deltas = item.stored[HEADER_BYTES : HEADER_BYTES + 2 * len(lengths) : 2]
    cut = any(a == b for a, b in pairwise(deltas.tolist()))
    return crossings(lengths) | ({"continued at 256"} if cut else set())


class CompressorCoverage(RawCoverage):
    name = "compressor"


class ChainCoverage(RawCoverage):
    name = "chain"


class DecompressorCoverage(Coverage):
    name = "decompressor"

    def __init__(self) -> None:
        super().__init__()
        codes = tuple(error.name for error in Error)
        self._pages = Group(
            f"{self.name}.pages",
            {
                "kind": (*SOUND, *FAULTS),
                "layout": LAYOUT_NAMES,
                "code": codes,
                "after_code": codes,
                "beats": tuple(BEATS_IN),
                "flag": ("coded", "raw"),
            },
            {
                "code_x_after_code": ("code", "after_code"),
                "beats_x_flag": ("beats", "flag"),
                "layout_x_code": ("layout", "code"),
            },
        )
        self._sound = Group(
            f"{self.name}.sound",
            {
                "layout": LAYOUT_NAMES,
                "after_layout": LAYOUT_NAMES,
                "dtype": DTYPES,
                "scale": ("zero", "min", "max", "between"),
                "values": ("+0", "-0", "subnormal", "normal", "largest"),
                "beats": tuple(name for name in BEATS if name != "64"),
                "run_length": tuple(RUN_LENGTHS),
                "crossing": ("row", "256"),
            },
            {
                "layout_x_after_layout": ("layout", "after_layout"),
                "dtype_x_scale": ("dtype", "scale"),
                "dtype_x_values": ("dtype", "values"),
                "layout_x_beats": ("layout", "beats"),
                "layout_x_crossing": ("layout", "crossing"),
            },
            # The format keeps BF16 results normal.
            {"dtype_x_values": [("bf16", "-0"), ("bf16", "subnormal")]},
        )

    def sample_page(self, item: Item, previous: Item | None) -> None:
        page = item.source
        self._pages.sample(
            kind=page.kind,
            layout=layout_name(page.layout),
            code=Error(item.expected.user).name,
            after_code=previous and Error(previous.expected.user).name,
            beats=bins_of([len(item.beats)], BEATS_IN),
            flag="raw" if page.page.raw else "coded",
        )
        if not _sound_coded(item):
            return
        after = previous if previous and _sound_coded(previous) else None
        scale = int(item.stored[4:8].view("<u4")[0])
        limits = {0: "zero", MIN_SCALE: "min", MAX_SCALE_BITS[page.layout.dtype]: "max"}
        lengths = stored_runs(item)
        values = np.concatenate([beat_values(beat) for beat in item.expected.beats])
        self._sound.sample(
            layout=layout_name(page.layout),
            after_layout=after and layout_name(after.source.layout),
            dtype=dtype_name(page.layout),
            scale=limits.get(scale, "between"),
            values=values_of(values, page.layout),
            beats=bins_of([len(item.beats)], BEATS),
            run_length=bins_of(lengths, RUN_LENGTHS),
            crossing=crossings(lengths),
        )


def beat_values(beat: int) -> np.ndarray:
    """The patterns of one beat, uint16 ``[32]``."""
    return np.frombuffer(beat.to_bytes(UNIT_BYTES, "little"), "<u2")


def _sound_coded(item: Item) -> bool:
    return item.expected.user == Error.OK and not item.source.page.raw
