"""What a co-simulation measured, as plain data: the report's JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np
import torch
from tqdm import tqdm

from cosim.runs import PageRun
from cosim.trace import Trace
from cosim.transactor import BEAT_BYTES
from models.accuracy import Accuracy, compare, summarise
from models.attention import EVERYTHING, L1_WINDOW, Regions
from models.llm import LLM
from models.page import PAGE_BYTES, from_pages

KINDS = ("K", "V")
L1 = "first page and last 128 tokens raw (L1)"
ALL_SEALED = "all sealed pages"
REGIONS = {L1: L1_WINDOW, ALL_SEALED: EVERYTHING}
CLOCKS_MHZ = (300, 400, 500, 600, 800)


@dataclass(frozen=True)
class Ratio:
    """Compression ratio, raw bytes over stored bytes with headers and padding, of one variant.

    by_layer: kind -> one ratio a layer; by_head: kind -> ``[layers][kv_heads]``.
    stored_raw: share of pages that did not shrink.
    """

    variant: str
    overall: float
    by_kind: dict[str, float]
    by_layer: dict[str, list[float]]
    by_head: dict[str, list[list[float]]]
    stored_raw: float


def ratio_of(runs: Iterable[PageRun], variant: str) -> Ratio:
    """Over all pages of all traces that ran with `variant`."""
    runs = [run for run in runs if run.variant == variant]
    # [traces, layers, kv_heads, kinds, pages], in bytes
    stored = torch.stack([run.units for run in runs]).double() * BEAT_BYTES
    raw = torch.stack([run.raw for run in runs]).double()

    def ratio(sizes: torch.Tensor, *keep: int) -> torch.Tensor:
        over = [d for d in range(sizes.ndim) if d not in keep]
        return PAGE_BYTES / sizes.mean(over)

    by_layer, by_head = ratio(stored, 1, 3), ratio(stored, 1, 2, 3)
    return Ratio(
        variant=variant,
        overall=float(ratio(stored)),
        by_kind={kind: float(ratio(stored[:, :, :, i])) for i, kind in enumerate(KINDS)},
        by_layer={kind: by_layer[:, i].tolist() for i, kind in enumerate(KINDS)},
        by_head={kind: by_head[:, :, i].tolist() for i, kind in enumerate(KINDS)},
        stored_raw=float(raw.mean()),
    )


@dataclass(frozen=True)
class Latency:
    """Cycles: percentiles over pages, and how many pages took how long."""

    p50: int
    p99: int
    longest: int
    histogram: dict[int, int]


def latency_of(cycles: np.ndarray) -> Latency:
    values, counts = np.unique(cycles, return_counts=True)
    p50, p99 = np.percentile(cycles, [50, 99], method="nearest")
    return Latency(
        p50=int(p50),
        p99=int(p99),
        longest=int(values[-1]),
        histogram={int(v): int(c) for v, c in zip(values, counts, strict=True)},
    )


@dataclass(frozen=True)
class Timing:
    """Cycle counts of all runs together, streams fed without pause.

    cycles_per_page: of the whole chain, first raw beat in to last decoded beat out.
    compressor: cycles from a page's last raw beat taken to its first stored beat taken, less the
        passes over the page that the codec needs before it.
    decompressor: from a page's first stored beat taken (or its last, for a codec that has to see
        the page's end) to its first decoded beat taken.
    stalls: stream -> share of cycles: "blocked" a beat waited, "starved" there was none.
    pages_per_second, cycles_per_second: of the simulator, summed over wall time.
    """

    pages: int
    cycles: int
    cycles_per_page: float
    bytes_per_cycle: float
    gigabytes_per_second: dict[int, float]
    compressor: Latency
    decompressor: Latency
    stalls: dict[str, float]
    pages_per_second: float
    cycles_per_second: float


def timing_of(runs: list[PageRun], passes: int, from_last: bool = False) -> Timing:
    """passes: cycles of further passes over a page in the compressor; from_last: the decompressor
    starts with a page's last beat."""
    rtl = [timing for run in runs for timing in run.timings]
    pages = sum(r.pages for r in rtl)
    cycles = sum(r.cycles for r in rtl)
    seconds = sum(float(r.seconds) for r in rtl)
    per_cycle = pages * PAGE_BYTES / cycles
    compressor = [r.stored_cycles[0] - r.raw_cycles[1] for r in rtl]
    decompressor = [r.decoded_cycles[0] - r.stored_cycles[int(from_last)] for r in rtl]
    blocked = sum(r.blocked for r in rtl) / cycles
    starved = sum(r.starved for r in rtl) / cycles
    return Timing(
        pages=pages,
        cycles=cycles,
        cycles_per_page=cycles / pages,
        bytes_per_cycle=per_cycle,
        gigabytes_per_second={mhz: per_cycle * mhz / 1e3 for mhz in CLOCKS_MHZ},
        compressor=latency_of(np.concatenate(compressor).astype(np.int64) - passes),
        decompressor=latency_of(np.concatenate(decompressor).astype(np.int64)),
        stalls={
            "compressor holds the raw stream": float(blocked[0]),
            "decompressor holds the stored stream": float(blocked[1]),
            "sink holds the decoded stream": float(blocked[2]),
            "decompressor waits for stored beats": float(starved[0]),
            "sink waits for decoded beats": float(starved[1]),
        },
        pages_per_second=pages / seconds,
        cycles_per_second=cycles / seconds,
    )


@dataclass(frozen=True)
class AccuracyRow:
    """One way of reading the cache back.

    region: which pages are read compressed; how: "measured" (bytes from the RTL) or "modelled".
    ratio: compression ratio of those bytes.
    """

    cache: str
    region: str
    how: str
    ratio: float
    accuracy: Accuracy


@dataclass(frozen=True)
class Cache:
    """A way of reading the cache back, to be scored.

    name, region (of `REGIONS`), how, ratio: as in `AccuracyRow`.
    hidden: final hidden states of a pass over the run's text that reads the cache so.
    """

    name: str
    region: str
    how: str
    ratio: float
    hidden: Callable[[PageRun, Regions], torch.Tensor]


def from_rtl(llm: LLM) -> Callable[[PageRun, Regions], torch.Tensor]:
    """Reads the bytes that came back from the RTL; if these are all the traced ones, as in
    lossless mode, the traced pass is what that gives."""

    def hidden(run: PageRun, regions: Regions) -> torch.Tensor:
        if torch.equal(run.decoded, run.trace.pages()):
            return run.trace.hidden
        kinds = run.decoded.unbind(2)
        keys, values = (from_pages(k, llm.head_dim, llm.cache_dtype) for k in kinds)
        return llm.replay(run.trace.tokens, keys, values, regions)

    return hidden


def accuracy_of(llm: LLM, caches: list[tuple[Cache, list[PageRun]]]) -> list[AccuracyRow]:
    """Score every cache on its runs' texts."""
    rows = []
    with tqdm(desc="LLM passes", total=sum(len(runs) for _, runs in caches), unit="pass") as bar:
        for cache, runs in caches:
            scores = []
            for run in runs:
                hidden = cache.hidden(run, REGIONS[cache.region])
                scores.append(compare(llm, run.trace.tokens, run.trace.hidden, hidden))
                bar.update()
            row = AccuracyRow(cache.name, cache.region, cache.how, cache.ratio, summarise(scores))
            rows.append(row)
    return rows


@dataclass(frozen=True)
class Study:
    """All of it."""

    codec: str
    model: str
    cache_dtype: str
    layers: int
    kv_heads: int
    head_dim: int
    tokens: int
    conversations: list[str]
    ratios: list[Ratio]
    timing: Timing
    accuracy: list[AccuracyRow]
    command: str

    @classmethod
    def of(cls, codec: str, traces: list[Trace], **measured) -> Study:
        """A study of `traces`, which are all of one model and length."""
        source = traces[0].source
        return cls(
            codec=codec,
            model=source.model,
            cache_dtype=source.cache_dtype,
            layers=source.layers,
            kv_heads=source.kv_heads,
            head_dim=source.head_dim,
            tokens=source.tokens,
            conversations=[trace.source.conversation for trace in traces],
            **measured,
        )

    def to_dict(self) -> dict:
        """JSON-ready; `Estimate` pairs become ``[value, standard error]``."""
        return {"format": "cxl-speckv-report", "version": 2, **asdict(self)}
