"""The int8rle codec in co-simulation: traced pages through the RTL, checked against the model."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from cosim.simulation import BEATS_PER_PAGE, INT8RLE, RtlPages, RtlTiming, run_rtl
from cosim.trace import Trace
from models import int8rle
from models.int8rle import Axis, Layout

_PROCESSES = 2


class MismatchError(Exception):
    """The RTL and the model disagree.  Says on which page of what, and where."""


@dataclass(frozen=True)
class PageRun:
    """A trace's pages through the RTL with one delta axis, equal to the model bit for bit.

    decoded: int16 ``[layers, kv_heads, 2, pages, 2048]``, what the decompressor gave back.
    units: int64 ``[layers, kv_heads, 2, pages]``, stored lengths in 64-byte units.
    raw: bool, likewise, stored raw.
    """

    trace: Trace
    axis: Axis
    decoded: torch.Tensor
    units: torch.Tensor
    raw: torch.Tensor
    timing: RtlTiming


def layout_of(trace: Trace, axis: Axis) -> Layout:
    return Layout(getattr(torch, trace.source.cache_dtype), trace.source.head_dim, axis)


def run_traces(traces: list[Trace], axes: tuple[Axis, ...] = tuple(Axis)) -> Iterator[PageRun]:
    """Run every trace with every delta axis, two simulations at a time; yields as they finish,
    in order.  Raises MismatchError, SimError."""
    jobs = [(trace, axis) for trace in traces for axis in axes]
    with ThreadPoolExecutor(_PROCESSES) as pool:
        yield from pool.map(_run, jobs, range(len(jobs)))


def _run(work: tuple[Trace, Axis], job: int) -> PageRun:
    trace, axis = work
    pages = trace.pages()
    layout = layout_of(trace, axis)
    flat = pages.flatten(0, -2)
    rtl, timing = run_rtl(INT8RLE, flat.numpy(), np.full(len(flat), layout.flags), job)
    where = f"{trace.source.conversation}, delta along {axis.name.lower()}"
    decoded = check(flat, layout, rtl, where)
    shape = pages.shape[:-1]
    raw = torch.from_numpy(rtl.status.astype(np.int64)) & 1
    return PageRun(
        trace=trace,
        axis=axis,
        decoded=decoded.view(pages.shape),
        units=torch.from_numpy(rtl.units.astype(np.int64)).view(shape),
        raw=raw.bool().view(shape),
        timing=timing,
    )


def check(pages: torch.Tensor, layout: Layout, rtl: RtlPages, where: str) -> torch.Tensor:
    """Compare every stored and every decoded byte with the model's.

    pages: int16 ``[n, 2048]``.  Returns the decoded pages, likewise.  Raises MismatchError.
    """
    n = len(pages)
    expected = int8rle.compress(pages, layout)
    status = expected.raw.long() | expected.nonfinite.long() << 1
    _same("stored length", expected.units.numpy(), rtl.units, where)
    _same("status", status.numpy(), rtl.status, where)
    is_stored = np.arange(BEATS_PER_PAGE) < rtl.units[:, None]
    beats = expected.data.numpy().reshape(n, BEATS_PER_PAGE, -1)[is_stored]
    _same("stored beat", beats, rtl.stored, where)
    decoded, errors = int8rle.decompress(expected.data, expected.units, expected.raw)
    _same("error code", errors.numpy(), rtl.errors, where)
    found = rtl.decoded.reshape(n, -1).view(np.int16)
    _same("decoded page", decoded.numpy(), found, where)
    return torch.from_numpy(found)


def _same(what: str, expected: np.ndarray, found: np.ndarray, where: str) -> None:
    if expected.shape != found.shape:
        raise MismatchError(f"{where}: {found.shape} {what}s from RTL, {expected.shape} from model")
    differs = (expected != found).reshape(len(expected), -1).any(1)
    if differs.any():
        at = int(differs.argmax())
        raise MismatchError(
            f"{where}: {what} {at}: {found[at]} from RTL, {expected[at]} from the model "
            f"({int(differs.sum())} of {len(differs)} differ)"
        )
