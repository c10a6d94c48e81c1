"""Traced pages that went through a codec in RTL and were found equal to its model's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cosim.simulation import BEATS_PER_PAGE, RtlPages, RtlTiming
from cosim.trace import Trace

PROCESSES = 2  # simulations side by side


class MismatchError(Exception):
    """The RTL and the model disagree.  Says on which page of what, and where."""


@dataclass(frozen=True)
class PageRun:
    """A trace's pages through the RTL with one variant of a codec, equal to the model bit for bit.

    decoded: int16 ``[layers, kv_heads, 2, pages, 2048]``, what the decompressor gave back.
    units: int64 ``[layers, kv_heads, 2, pages]``, stored lengths in 64-byte units.
    raw: bool, likewise, stored raw.
    timings: one for each simulation.
    """

    trace: Trace
    variant: str
    decoded: torch.Tensor
    units: torch.Tensor
    raw: torch.Tensor
    timings: list[RtlTiming]


def require_same(where: str, rtl: RtlPages, expected: RtlPages) -> None:
    """Compare every stored and every decoded byte, length and report.  Raises MismatchError."""
    _same("stored length", expected.units, rtl.units, where)
    _same("status", expected.status, rtl.status, where)
    _same("stored beat", expected.stored, rtl.stored, where)
    _same("error code", expected.errors, rtl.errors, where)
    _same("decoded page", expected.decoded, rtl.decoded.reshape(len(rtl.units), -1), where)


def expected_pages(
    data: torch.Tensor,
    units: torch.Tensor,
    status: torch.Tensor,
    decoded: torch.Tensor,
    errors: torch.Tensor,
) -> RtlPages:
    """What a model says as the RTL would: data uint8 ``[n, 4096]``, decoded int16 ``[n, 2048]``,
    the rest ``[n]``."""
    is_stored = np.arange(BEATS_PER_PAGE) < units.numpy()[:, None]
    return RtlPages(
        stored=data.numpy().reshape(len(data), BEATS_PER_PAGE, -1)[is_stored],
        units=units.numpy(),
        status=status.numpy(),
        errors=errors.numpy(),
        decoded=decoded.contiguous().view(torch.uint8).numpy(),
    )


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
