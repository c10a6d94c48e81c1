"""Random speckv tables, and pages that suit them."""

from __future__ import annotations

import torch

from models.page import PAGE_VALUES, tokens_per_page
from models.speckv import (
    MANTISSA_BITS,
    RCP_BITS,
    STEP_FRACTION_BITS,
    UNIT_EXPONENT,
    Table,
)


def lossy_table(dtype, head_dim: int, low_bits: int, g: torch.Generator, spread=0.0) -> Table:
    """Steps around 2^spread, with means of a few steps and classes that suit one step of spread."""
    step = torch.randint(1 << 15, 1 << 16, (head_dim,), generator=g, dtype=torch.int32)
    rcp = (2.0 ** (RCP_BITS + STEP_FRACTION_BITS) / step.double()).round().clamp(max=65535).int()
    # Steps are 16 to 32 units.
    exponent = round(spread) - 5 - UNIT_EXPONENT[dtype] + torch.zeros(head_dim, dtype=torch.int32)
    mean = torch.randint(-400, 400, (head_dim,), generator=g, dtype=torch.int32)
    class_id = torch.randint(3, 12, (head_dim,), generator=g, dtype=torch.int32)
    return Table(dtype, head_dim, False, low_bits, mean, step, rcp, exponent, class_id)


def lossless_table(dtype, head_dim: int, g: torch.Generator) -> Table:
    """For values around 1."""
    zero = torch.zeros(head_dim, dtype=torch.int32)
    sign = torch.randint(0, 2, (head_dim,), generator=g, dtype=torch.int32)
    bias = 15 if dtype == torch.float16 else 127
    class_id = torch.randint(21, 32, (head_dim,), generator=g, dtype=torch.int32)
    return Table(
        dtype, head_dim, True, MANTISSA_BITS[dtype], sign, zero, zero, zero + bias, class_id
    )


def gaussian_pages(table: Table, n: int, spread: float, g: torch.Generator) -> torch.Tensor:
    """int16 ``[n, 2048]``: normal around the table's means, `spread` steps wide (lossless: around
    0, `spread` wide)."""
    shape = (n, tokens_per_page(table.head_dim), table.head_dim)
    noise = torch.randn(shape, generator=g, dtype=torch.float64) * spread
    if not table.lossless:
        unit = 2.0 ** (table.exponent + UNIT_EXPONENT[table.dtype]).double()
        step = 2.0**RCP_BITS / table.rcp.double().clamp_min(1)
        noise = (noise * step + table.mean.double()) * unit
    return noise.float().to(table.dtype).view(torch.int16).view(n, PAGE_VALUES)
