"""Functional coverage of the speckv benches."""

from __future__ import annotations

import numpy as np
import torch

from models import speckv
from models.page import DTYPES, HEAD_DIMS
from models.speckv import LANES, MAX_LOW_BITS, ROWS, Error, Tables
from models.speckv_codes import CLASSES, LENGTHS, PLANES
from tb.codec.coverage import Coverage, Group, bins_of
from tb.codec.items import Item
from tb.speckv.faults import FAULTS
from tb.speckv.items import MALFORMED, RAW, UNTABLED, Job, StoredJob
from tb.speckv.pages import KINDS

LAYOUTS = tuple(
    f"{str(dtype).removeprefix('torch.')}-{head_dim}-{mode}"
    for dtype in DTYPES
    for head_dim in HEAD_DIMS
    for mode in ("lossy", "lossless")
)
UNITS = {"1-8": (1, 8), "9-20": (9, 20), "21-40": (21, 40), "41-61": (41, 61)}
UNITS |= {"62-63": (62, 63), "64": (64, 64)}
ESCAPES = {"0": (0, 0), "1": (1, 1), "2-11": (2, 11), "12-31": (12, 31), "32": (32, 32)}
OUTCOMES = ("coded", "raw", "untabled", "malformed")
SWITCHES = ("same table", "same layout", "other layout")
LOW_BITS = (*map(str, range(MAX_LOW_BITS + 1)), "7", "10")
SOUND = "sound"


def layout(job: Job | StoredJob) -> str | None:
    """The table's layout, None without a table."""
    table = job.loaded
    if table is None:
        return None
    mode = "lossless" if table.lossless else "lossy"
    return f"{str(table.dtype).removeprefix('torch.')}-{table.head_dim}-{mode}"


def switch(item: Item, previous: Item | None) -> str | None:
    """How a page's table differs from that of the page before."""
    if previous is None or item.source.loaded is None or previous.source.loaded is None:
        return None
    if item.source.loaded is previous.source.loaded:
        return "same table"
    return "same layout" if layout(item.source) == layout(previous.source) else "other layout"


def outcome(item: Item) -> str:
    """What became of a raw page."""
    for flag, name in ((MALFORMED, "malformed"), (UNTABLED, "untabled"), (RAW, "raw")):
        if item.status & flag:
            return name
    return "coded"


class _SpeckvCoverage(Coverage):
    """Tables and how they follow each other; what codewords there were."""

    def __init__(self) -> None:
        super().__init__()
        self._tables = Group(
            f"{self.name}.tables",
            {"layout": LAYOUTS, "low_bits": LOW_BITS, "switch": SWITCHES},
        )
        self._codes = Group(
            f"{self.name}.codes",
            {
                "length": tuple(map(str, range(1, PLANES + 1))),
                "class": tuple(map(str, range(CLASSES))),
                "escapes_in_row": tuple(ESCAPES),
                "units": tuple(UNITS),
            },
        )

    def sample_page(self, item: Item, previous: Item | None) -> None:
        table = item.source.loaded
        if table is not None:
            self._tables.sample(
                layout=layout(item.source),
                low_bits=str(table.low_bits),
                switch=switch(item, previous),
            )

    def codes(self, table, page: np.ndarray, units: int) -> None:
        """A coded page's symbols; page: uint16 ``[2048]``."""
        tables, index = Tables([table]), torch.zeros(1, dtype=torch.int64)
        symbols_of = speckv.split if table.lossless else speckv.quantise
        rank = symbols_of(torch.from_numpy(page.view(np.int16))[None], tables, index).rank[0]
        classes = table.class_id.repeat(len(rank) // table.head_dim)
        lengths = LENGTHS[classes.long(), rank.long()]
        escapes = (rank == 255).view(ROWS, LANES).sum(1)
        self._codes.sample(
            **{
                "length": {str(n) for n in lengths.unique().tolist()},
                "class": {str(n) for n in classes.unique().tolist()},
                "escapes_in_row": bins_of(escapes.numpy(), ESCAPES),
                "units": bins_of([units], UNITS),
            }
        )


class RawCoverage(_SpeckvCoverage):
    """Raw pages: kinds, outcomes."""

    def __init__(self) -> None:
        super().__init__()
        self._pages = Group(
            f"{self.name}.pages",
            {"kind": tuple(KINDS), "outcome": OUTCOMES, "layout": LAYOUTS},
            {"kind_x_layout": ("kind", "layout")},
        )

    def sample_page(self, item: Item, previous: Item | None) -> None:
        super().sample_page(item, previous)
        job = item.source
        self._pages.sample(kind=job.kind, outcome=outcome(item), layout=layout(job))
        if outcome(item) in ("coded", "raw"):
            self.codes(job.loaded, job.page, len(item.stored) // 64)


class CompressorCoverage(RawCoverage):
    name = "speckv_compressor"


class ChainCoverage(RawCoverage):
    name = "speckv_chain"


class DecompressorCoverage(_SpeckvCoverage):
    """Stored pages: faults, errors."""

    name = "speckv_decompressor"

    def __init__(self) -> None:
        super().__init__()
        errors = tuple(error.name for error in Error)
        self._pages = Group(
            f"{self.name}.pages",
            {"fault": (*FAULTS, SOUND), "error": errors, "behind": errors, "layout": LAYOUTS},
            {"error_behind_error": ("error", "behind"), "error_x_layout": ("error", "layout")},
        )

    def sample_page(self, item: Item, previous: Item | None) -> None:
        super().sample_page(item, previous)
        job = item.source
        self._pages.sample(
            fault=job.kind if job.kind in FAULTS else SOUND,
            error=Error(item.expected.user).name,
            behind=previous and Error(previous.expected.user).name,
            layout=layout(job),
        )
        if item.expected.exact and job.loaded is not None:
            page = np.concatenate(
                [np.frombuffer(b.to_bytes(64, "little"), np.uint16) for b in item.expected.beats]
            )
            self.codes(job.loaded, page, len(job.data) // 64)
