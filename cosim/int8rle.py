"""The int8rle codec in co-simulation: traced pages through the RTL, checked against the model,
and what that does to ratio and accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from tqdm import tqdm

from cosim.runs import PROCESSES, PageRun, expected_pages, require_same
from cosim.simulation import INT8RLE, RtlPages, run_rtl
from cosim.study import REGIONS, Cache, Study, accuracy_of, from_rtl, ratio_of, timing_of
from cosim.trace import Trace
from models import int8rle
from models.attention import Regions
from models.int8rle import Axis, Layout
from models.llm import LLM
from models.page import PAGE_VALUES

SECOND_PASS = 64  # cycles: a page is read again once its scale is known


def layout_of(trace: Trace, axis: Axis) -> Layout:
    return Layout(getattr(torch, trace.source.cache_dtype), trace.source.head_dim, axis)


def variant(axis: Axis) -> str:
    """How a delta axis is called in the report."""
    return f"delta along {axis.name.lower().replace('_', ' ')}"


def run_traces(traces: list[Trace], axes: tuple[Axis, ...] = tuple(Axis)) -> Iterator[PageRun]:
    """Run every trace with every delta axis, two simulations at a time; yields as they finish,
    in order.  Raises MismatchError, SimError."""
    jobs = [(trace, axis) for trace in traces for axis in axes]
    with ThreadPoolExecutor(PROCESSES) as pool:
        yield from pool.map(_run, jobs, range(len(jobs)))


def _run(work: tuple[Trace, Axis], job: int) -> PageRun:
    trace, axis = work
    pages = trace.pages()
    layout = layout_of(trace, axis)
    flat = pages.flatten(0, -2)
    rtl, timing = run_rtl(INT8RLE, flat.numpy(), np.full(len(flat), layout.flags), job)
    decoded = check(flat, layout, rtl, f"{trace.source.conversation}, {variant(axis)}")
    shape = pages.shape[:-1]
    raw = torch.from_numpy(rtl.status.astype(np.int64)) & 1
    return PageRun(
        trace=trace,
        variant=variant(axis),
        decoded=decoded.view(pages.shape),
        units=torch.from_numpy(rtl.units.astype(np.int64)).view(shape),
        raw=raw.bool().view(shape),
        timings=[timing],
    )


def check(pages: torch.Tensor, layout: Layout, rtl: RtlPages, where: str) -> torch.Tensor:
    """Compare every stored and every decoded byte with the model's.

    pages: int16 ``[n, 2048]``.  Returns the decoded pages, likewise.  Raises MismatchError.
    """
    stored = int8rle.compress(pages, layout)
    decoded, errors = int8rle.decompress(stored.data, stored.units, stored.raw)
    status = stored.raw.long() | stored.nonfinite.long() << 1
    expected = expected_pages(stored.data, stored.units, status, decoded, errors)
    require_same(where, rtl, expected)
    return torch.from_numpy(rtl.decoded.reshape(len(pages), -1).view(np.int16))


def study(llm: LLM, traces: list[Trace], command: str) -> Study:
    """The paper's codec on `traces`: ratio and cycles in RTL, accuracy in `llm`."""
    jobs = len(traces) * len(Axis)
    runs = list(tqdm(run_traces(traces), "pages through the RTL", jobs, unit="run"))
    ratios = [ratio_of(runs, variant(axis)) for axis in Axis]
    best = max(ratios, key=lambda ratio: ratio.overall)
    axis = next(axis for axis in Axis if variant(axis) == best.variant)

    def from_int8(run: PageRun, regions: Regions) -> torch.Tensor:
        layout = layout_of(run.trace, axis)

        def codec(pages: torch.Tensor, _kind: int, _layer: int) -> torch.Tensor:
            return int8rle.int8_alone(pages.flatten(0, -2), layout).view(pages.shape)

        return llm.closed_loop(run.trace.tokens, codec, regions)

    # A page of INT8 codes and a header, padded to whole units.
    int8_units = -(-(int8rle.HEADER_BYTES + PAGE_VALUES) // int8rle.UNIT_BYTES)
    int8_ratio = int8rle.RAW_UNITS / int8_units
    caches = [
        Cache("int8rle, bytes back from the RTL", region, "measured", best.overall, from_rtl(llm))
        for region in REGIONS
    ] + [
        Cache("its INT8 step alone, no page kept raw", region, "modelled", int8_ratio, from_int8)
        for region in REGIONS
    ]
    by_best = [run for run in runs if run.variant == best.variant]
    return Study.of(
        codec="int8rle",
        traces=traces,
        ratios=ratios,
        timing=timing_of(runs, SECOND_PASS),
        accuracy=accuracy_of(llm, [(cache, by_best) for cache in caches]),
        command=command,
    )
