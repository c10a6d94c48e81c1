"""Tables for the benches: suited to the pages that go with them, or anything the format allows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from models.page import DTYPES, HEAD_DIMS
from models.speckv import (
    MANTISSA_BITS,
    MAX_LOW_BITS,
    RCP_BITS,
    STEP_FRACTION_BITS,
    UNIT_EXPONENT,
    Table,
)
from models.speckv_codes import CLASSES

LAYOUTS = [(dtype, head_dim) for dtype in DTYPES for head_dim in HEAD_DIMS]


def _ints(g: np.random.Generator, low: int, high: int, n: int) -> torch.Tensor:
    return torch.from_numpy(g.integers(low, high + 1, n).astype(np.int32))


def suited(g: np.random.Generator, dtype, head_dim: int, low_bits: int) -> Table:
    """A lossy table: steps around one for all channels, means of some steps, fitting classes."""
    step = _ints(g, 1 << 15, (1 << 16) - 1, head_dim)
    rcp = (2.0 ** (RCP_BITS + STEP_FRACTION_BITS) / step.double()).round().clamp(max=65535).int()
    exponent = torch.full((head_dim,), -5 - UNIT_EXPONENT[dtype], dtype=torch.int32)
    mean = _ints(g, -400, 400, head_dim)
    class_id = _ints(g, 3, 12, head_dim)
    return Table(dtype, head_dim, False, low_bits, mean, step, rcp, exponent, class_id)


def tight(g: np.random.Generator, dtype, head_dim: int) -> Table:
    """As `suited`, with the code that has the shortest codeword for all channels."""
    return replace(suited(g, dtype, head_dim, 0), class_id=_ints(g, 0, 0, head_dim))


def wild(g: np.random.Generator, dtype, head_dim: int, low_bits: int) -> Table:
    """A lossy table of any content: all classes, extreme steps, units and means."""
    n = head_dim
    extreme = torch.from_numpy(g.random(n) < 0.3)
    bias = 15 if dtype == DTYPES[0] else 127
    exponent = torch.where(extreme, _ints(g, 0, 255, n), _ints(g, bias - 3, bias + 20, n))
    mean = torch.where(extreme, _ints(g, -(1 << 18), (1 << 18) - 1, n), _ints(g, -999, 999, n))
    return Table(
        dtype,
        head_dim,
        False,
        low_bits,
        mean=mean,
        step=torch.where(extreme, _ints(g, 0, 0xFFFF, n), _ints(g, 1 << 14, 0xFFFF, n)),
        rcp=torch.where(extreme, _ints(g, 0, 0xFFFF, n), _ints(g, 1 << 15, 0xFFFF, n)),
        exponent=exponent,
        class_id=_ints(g, 0, CLASSES - 1, n),
    )


def lossless(g: np.random.Generator, dtype, head_dim: int) -> Table:
    """For values around one; a few channels expect any exponent and have any class."""
    n = head_dim
    zero = torch.zeros(n, dtype=torch.int32)
    odd = torch.from_numpy(g.random(n) < 0.03)
    bias = 15 if dtype == DTYPES[0] else 127
    exponent = torch.where(odd, _ints(g, 0, 255, n), bias)
    class_id = torch.where(odd, _ints(g, 0, CLASSES - 1, n), _ints(g, 28, CLASSES - 1, n))
    return Table(
        dtype, n, True, MANTISSA_BITS[dtype], _ints(g, 0, 1, n), zero, zero, exponent, class_id
    )


def every(g: np.random.Generator) -> list[Table]:
    """Tables of every layout: each number of low bits, suited and wild, and lossless ones."""
    made = []
    for layout in LAYOUTS:
        for low_bits in range(MAX_LOW_BITS + 1):
            made.append(suited(g, *layout, low_bits))
        made += [wild(g, *layout, m) for m in (0, int(g.integers(1, MAX_LOW_BITS + 1)))]
        made += [tight(g, *layout), lossless(g, *layout)]
    return made


def bad_images(g: np.random.Generator) -> dict[str, bytes]:
    """Images that must be refused, by what is wrong with them."""
    image = suited(g, *LAYOUTS[int(g.integers(4))], 0).image()
    exact = lossless(g, *LAYOUTS[int(g.integers(4))]).image()

    def with_bits(of: bytes, at: int, bits: int) -> bytes:
        number = int.from_bytes(of, "little") ^ (bits << at)
        return number.to_bytes(len(of), "little")

    return {
        "number": with_bits(image, int(g.integers(8)), 1),
        "reserved": with_bits(image, int(g.choice([11, 15, 20, 63, 64, 511])), 1),
        "low bits": with_bits(image, 16, 7),
        "lossless low bits": with_bits(exact, 16, 1),
        "short": image[:-64],
        "one beat": image[:64],
        "long": image + bytes(64),
        "very long": image + bytes(64 * 40),
    }
