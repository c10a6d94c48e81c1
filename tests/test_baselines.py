"""The schemes speckv is measured against: sizes and errors that can be worked out by hand."""

from __future__ import annotations

import pytest
import torch

from models import baselines
from models.baselines import Shape
from models.page import DTYPES, HEAD_DIMS, KEY, PAGE_BYTES, PAGE_VALUES, VALUE

LAYERS, HEADS, PAGES = 3, 2, 4


@pytest.fixture(params=[Shape(dtype, head_dim) for dtype in DTYPES for head_dim in HEAD_DIMS])
def shape(request) -> Shape:
    return request.param


def pages_of(shape: Shape, seed: int = 0) -> torch.Tensor:
    g = torch.Generator().manual_seed(seed)
    tokens = PAGE_VALUES // shape.head_dim
    return shape.pages(torch.randn(HEADS, PAGES, tokens, shape.head_dim, generator=g))


def error(shape: Shape, pages: torch.Tensor, back: torch.Tensor) -> float:
    return float((shape.values(back) - shape.values(pages)).square().mean())


def test_per_token(shape: Shape) -> None:
    pages = pages_of(shape)
    found = {}
    for bits in (4, 8):
        back, size = baselines.per_token(shape, bits)(pages, KEY, 0)
        assert size.unique().item() == (bits + 32 / shape.head_dim) * PAGE_VALUES / 8
        found[bits] = error(shape, pages, back)
    values = shape.values(pages)
    step = (values.amax(-1) - values.amin(-1)) / 15
    assert found[4] == pytest.approx(float(step.square().mean()) / 12, rel=0.2)
    assert found[8] < found[4] / 50


def test_kivi_takes_keys_by_channel_and_values_by_token(shape: Shape) -> None:
    pages = pages_of(shape)
    values = shape.values(pages)
    values[..., 3] *= 100  # an outlier channel
    pages = shape.pages(values)
    others = torch.arange(shape.head_dim) != 3
    for kind, harmed in ((KEY, False), (VALUE, True)):
        back, size = baselines.kivi(shape, 4)(pages, kind, 0)
        group = PAGE_VALUES // shape.head_dim if kind == KEY else 32
        assert size.unique().item() == (4 + 32 / group) * PAGE_VALUES / 8
        wrong = (shape.values(back) - values)[..., others].abs().amax()
        assert bool(wrong > 1) == harmed


def test_hadamard_is_orthonormal() -> None:
    for size in HEAD_DIMS:
        matrix = baselines.hadamard(size)
        assert torch.allclose(matrix @ matrix.T, torch.eye(size), atol=1e-6)


def test_rotated(shape: Shape) -> None:
    pages = pages_of(shape)
    mean = torch.zeros(LAYERS, 2, HEADS, shape.head_dim)
    back, size = baselines.rotated(shape, 0.5, mean)(pages, KEY, 1)
    assert error(shape, pages, back) == pytest.approx(0.25 / 12, rel=0.15)
    # A normal variable in steps of half a standard deviation: log2(sqrt(2 pi e) / 0.5) bits.
    assert float(size.mean()) * 8 / PAGE_VALUES == pytest.approx(
        3.05 + 16 / shape.head_dim, abs=0.05
    )


def test_cachegen(shape: Shape) -> None:
    cache = torch.randn(2, LAYERS, 2, HEADS, 128, shape.head_dim).to(shape.dtype)
    scheme = baselines.CacheGen(shape, cache, 0.5)
    pages = pages_of(shape)
    back, size = scheme(pages, VALUE, 0)
    assert error(shape, pages, back) < 0.25 / 12 * 1.2
    assert size.shape == (HEADS, PAGES)
    assert 2 < float(size.mean()) * 8 / PAGE_VALUES < 5


def test_lossless_ones_give_pages_back(shape: Shape) -> None:
    pages = pages_of(shape)
    for scheme in (baselines.zstd(), baselines.lz4_frame()):
        back, size = scheme(pages, KEY, 0)
        assert torch.equal(back, pages)
        assert (size <= PAGE_BYTES).all()
        zeros, small = scheme(torch.zeros_like(pages), KEY, 0)
        assert not zeros.any()
        assert (small < 100).all()
