"""The speckv codec in co-simulation: traced pages through the RTL at several operating points,
checked against the model, and what that does to ratio and accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from cosim.runs import PROCESSES, PageRun, expected_pages, require_same
from cosim.simulation import SPECKV, RtlPages, RtlTiming, run_rtl
from cosim.study import ALL_SEALED, L1, Cache, Study, accuracy_of, from_rtl, ratio_of, timing_of
from cosim.trace import Trace
from models import speckv
from models.attention import Regions
from models.calibration import LOSSLESS, Calibration, calibrated
from models.llm import LLM
from models.page import KEY, VALUE
from models.speckv import Tables

HEADLINE = "6x"
POINTS = (HEADLINE, "4x", LOSSLESS)  # that run through the RTL; but the first, on half the traces
SLOTS = 256  # tables the engines hold
SECOND_PASS = 64  # cycles: a page's rows are coded once they are all in


def run_traces(
    traces: list[Trace], calibration: Calibration, points: tuple[str, ...] = POINTS
) -> Iterator[PageRun]:
    """Run every trace at the first operating point, and half of them at the others, two simulations
    at a time; yields as they finish, in order.  Raises MismatchError, SimError."""
    jobs = [
        (trace, calibration, point)
        for number, trace in enumerate(traces)
        for point in (points if number < half(traces) else points[:1])
    ]
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield from pool.map(_run, jobs, range(len(jobs)))


def half(traces: list[Trace]) -> int:
    """How many of them."""
    return -(-len(traces) // 2)


def table_index(calibration: Calibration, pages: torch.Tensor) -> torch.Tensor:
    """The table's number for each of a trace's pages, ``[n]``."""
    layers, heads, _, count, _ = pages.shape
    index = [
        calibration.index(layer, kind, head)
        for layer in range(layers)
        for head in range(heads)
        for kind in (KEY, VALUE)
    ]
    return torch.tensor(index).repeat_interleave(count)


@dataclass(frozen=True)
class Coded:
    """A trace's pages by the codec's model.

    raw, decoded: int16 ``[layers, kv_heads, 2, pages, 2048]``; stored: pages in a row, ``[n]``;
    index: the table's number of each, ``[n]``.
    """

    raw: torch.Tensor
    stored: speckv.StoredPages
    index: torch.Tensor
    decoded: torch.Tensor


def coded(trace: Trace, calibration: Calibration, point: str) -> Coded:
    """A trace's pages at an operating point."""
    tables, raw = calibration.tables(point), trace.pages()
    index = table_index(calibration, raw)
    s = speckv.compress(raw.flatten(0, -2), tables, index)
    decoded, _ = speckv.decompress(s.data, s.units, s.raw, s.crc, tables, index)
    return Coded(raw, s, index, decoded.view(raw.shape))


def _run(work: tuple[Trace, Calibration, str], job: int) -> PageRun:
    trace, calibration, point = work
    tables = calibration.tables(point)
    pages = trace.pages()  # [layers, kv_heads, kinds, pages, 2048]
    _, heads, kinds, count, _ = pages.shape
    index = table_index(calibration, pages)
    flat = pages.flatten(0, -2)
    runs = []
    # As many layers at a time as the engines hold tables for.
    at_once = max(1, SLOTS // (heads * kinds)) * heads * kinds * count
    for start in range(0, len(flat), at_once):
        part = slice(start, start + at_once)
        where = f"{trace.source.conversation} at {point}, pages from {start}"
        runs.append(_through(flat[part], tables, index[part], job, where))
    shape = pages.shape[:-1]
    units, raw, decoded, timings = zip(*runs, strict=True)
    return PageRun(
        trace=trace,
        variant=point,
        decoded=torch.cat(decoded).view(pages.shape),
        units=torch.cat(units).view(shape),
        raw=torch.cat(raw).view(shape),
        timings=list(timings),
    )


def _through(
    pages: torch.Tensor, tables: Tables, index: torch.Tensor, job: int, where: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, RtlTiming]:
    """Units, raw flags and decoded pages (int16 ``[n, 2048]``) out of the RTL, and its timing."""
    used, slots = index.unique(return_inverse=True)
    images = np.stack([np.frombuffer(tables.tables[i].image(), np.uint8) for i in used.tolist()])
    rtl, timing = run_rtl(SPECKV, pages.numpy(), slots.numpy(), job, images)
    check(pages, tables, index, rtl, where)
    decoded = torch.from_numpy(rtl.decoded.reshape(len(pages), -1).view(np.int16))
    units = torch.from_numpy(rtl.units.astype(np.int64))
    raw = torch.from_numpy(rtl.status.astype(np.int64) & 1).bool()
    return units, raw, decoded, timing


def check(
    pages: torch.Tensor, tables: Tables, index: torch.Tensor, rtl: RtlPages, where: str
) -> None:
    """Compare every stored and every decoded byte with the model's.  Raises MismatchError."""
    stored = speckv.compress(pages, tables, index)
    decoded, errors = speckv.decompress(
        stored.data, stored.units, stored.raw, stored.crc, tables, index
    )
    status = stored.raw.long()
    require_same(where, rtl, expected_pages(stored.data, stored.units, status, decoded, errors))


def closed_loop(llm: LLM, tokens: torch.Tensor, calibration: Calibration, point: str, regions):
    """Final hidden states of a pass whose own pages go through the model at `point`."""
    tables = calibration.tables(point)

    def codec(pages: torch.Tensor, kind: int, layer: int) -> torch.Tensor:
        heads, count, _ = pages.shape
        index = torch.tensor([calibration.index(layer, kind, head) for head in range(heads)])
        return speckv.through(pages.flatten(0, 1), tables, index.repeat_interleave(count)).view(
            pages.shape
        )

    return llm.closed_loop(tokens, codec, regions)


def study(llm: LLM, traces: list[Trace], command: str) -> Study:
    """This project's codec on `traces`, calibrated first if need be."""
    return study_with(calibrated(llm), llm, traces, command)


def study_with(calibration: Calibration, llm: LLM, traces: list[Trace], command: str) -> Study:
    """This project's codec on `traces`: ratio and cycles in RTL, accuracy in `llm`."""
    jobs = len(traces) + half(traces) * (len(POINTS) - 1)
    runs = list(tqdm(run_traces(traces, calibration), "pages through the RTL", jobs, unit="run"))
    ratios = {point: ratio_of(runs, point) for point in POINTS}

    def fed_forward(run: PageRun, regions: Regions) -> torch.Tensor:
        return closed_loop(llm, run.trace.tokens, calibration, run.variant, regions)

    some = half(traces)
    caches = []

    def add(name: str, region: str, how: str, hidden, of: list[PageRun]) -> None:
        if len(of) < len(traces):
            name += f", {len(of)} conversations"
        caches.append((Cache(name, region, how, ratios[of[0].variant].overall, hidden), of))

    for point in POINTS:
        mine = [run for run in runs if run.variant == point]
        name = f"speckv at {point}, bytes back from the RTL"
        add(name, L1, "measured", from_rtl(llm), mine)
        if point == HEADLINE:
            add(name, ALL_SEALED, "measured", from_rtl(llm), mine[:some])
            add(f"speckv at {point}, errors fed forward", L1, "modelled", fed_forward, mine[:some])
    return Study.of(
        codec="speckv",
        traces=traces,
        ratios=list(ratios.values()),
        timing=timing_of(runs, SECOND_PASS, from_last=True),
        accuracy=accuracy_of(llm, caches),
        command=command,
    )
