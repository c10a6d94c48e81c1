"""The page layout."""

import pytest
import torch

from models import page


@pytest.mark.parametrize("dtype", page.DTYPES)
@pytest.mark.parametrize("head_dim", page.HEAD_DIMS)
def test_round_trip_keeps_every_bit_of_the_sealed_pages(head_dim, dtype):
    tokens = 3 * page.tokens_per_page(head_dim) + 5
    kv = torch.randn(2, 3, tokens, head_dim).to(dtype)
    pages = page.to_pages(kv)
    assert pages.shape == (2, 3, 3, page.PAGE_VALUES)
    assert torch.equal(page.from_pages(pages, head_dim, dtype), kv[..., :-5, :])


def test_values_lie_token_by_token():
    kv = torch.randn(64, 64).half()
    pages = page.to_pages(kv)
    assert pages[1, 70].view(torch.float16) == kv[33, 6]


def test_a_page_is_4096_bytes():
    assert {d: page.tokens_per_page(d) * d * 2 for d in page.HEAD_DIMS} == {64: 4096, 128: 4096}


def test_less_than_a_page_gives_no_page():
    assert page.to_pages(torch.zeros(2, 31, 64).half()).shape == (2, 0, page.PAGE_VALUES)


@pytest.mark.parametrize("kv", [torch.zeros(32, 64), torch.zeros(32, 96).half()])
def test_other_dtypes_and_head_dims_are_refused(kv):
    with pytest.raises(ValueError, match="page"):
        page.to_pages(kv)


@pytest.mark.parametrize("pages", [torch.zeros(1, 2048), torch.zeros(1, 2047, dtype=torch.int16)])
def test_what_is_not_pages_is_refused(pages):
    with pytest.raises(ValueError, match="raw pages"):
        page.from_pages(pages, 64, torch.float16)
