"""The lossless study, on caches whose entropy is known."""

from __future__ import annotations

import pytest
import torch

from cosim.lossless import entropy_bits, measure
from models.speckv import MANTISSA_BITS


def cache(dtype: torch.dtype, texts: int) -> torch.Tensor:
    """Exponents 0 or 1 (one bit), either sign (one bit), random mantissas."""
    g = torch.Generator().manual_seed(texts)
    shape = (texts, 2, 2, 1, 128, 64)
    mantissa = 1 << MANTISSA_BITS[dtype]
    whole = 1 + torch.randint(mantissa, shape, generator=g) / mantissa
    power = torch.randint(2, (2, *shape), generator=g)
    return (whole * 2.0 ** power[0] * (1 - 2.0 * power[1])).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_entropy_of_known_caches(dtype: torch.dtype) -> None:
    bits = entropy_bits(cache(dtype, 16))
    assert bits == pytest.approx(2 + MANTISSA_BITS[dtype], abs=0.01)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_speckv_is_near_the_entropy(dtype: torch.dtype) -> None:
    row = measure(cache(dtype, 2), cache(dtype, 3))
    assert row.dtype == str(dtype).removeprefix("torch.")
    assert 0 <= row.excess < 0.06  # of which padding and headers are most
    assert row.speckv > row.zstd
