"""The page: the unit of placement, translation and compression.

A page is 4096 bytes: 2048 16-bit values (FP16 or BF16, little-endian), token-major, so value
``i`` belongs to token ``i // head_dim`` and channel ``i % head_dim`` of one (request, layer,
KV head, kind).  A page holds 32 tokens at head_dim 64 and 16 tokens at head_dim 128.

In torch, raw pages travel as ``int16[..., 2048]``: the bit patterns, whatever the dtype.
"""

from __future__ import annotations

import torch

PAGE_BYTES = 4096
PAGE_VALUES = PAGE_BYTES // 2
HEAD_DIMS = (64, 128)
DTYPES = (torch.float16, torch.bfloat16)
KEY, VALUE = 0, 1  # kind, the bit that tells a page of keys from a page of values


def tokens_per_page(head_dim: int) -> int:
    """Tokens that one page holds; raises ValueError for a head_dim without a page layout."""
    if head_dim not in HEAD_DIMS:
        raise ValueError(f"head_dim {head_dim} has no page layout: use one of {HEAD_DIMS}")
    return PAGE_VALUES // head_dim


def to_pages(kv: torch.Tensor) -> torch.Tensor:
    """Cut ``kv`` (FP16 or BF16 ``[..., tokens, head_dim]``) into sealed raw pages.

    Returns int16 bit patterns ``[..., tokens // tokens_per_page, 2048]``; the tokens of a last,
    unsealed page are left out.  Raises ValueError for another dtype or head_dim.
    """
    if kv.dtype not in DTYPES:
        raise ValueError(f"pages hold {DTYPES}, not {kv.dtype}")
    *lead, tokens, head_dim = kv.shape
    per_page = tokens_per_page(head_dim)
    sealed = tokens // per_page
    kv = kv[..., : sealed * per_page, :].contiguous()
    return kv.view(torch.int16).reshape(*lead, sealed, PAGE_VALUES)


def from_pages(pages: torch.Tensor, head_dim: int, dtype: torch.dtype) -> torch.Tensor:
    """Inverse of `to_pages`: int16 ``[..., n, 2048]`` to ``dtype[..., n * tokens, head_dim]``."""
    *lead, n, values = pages.shape
    if values != PAGE_VALUES or pages.dtype != torch.int16:
        raise ValueError(f"raw pages are int16[..., {PAGE_VALUES}], got {pages.dtype}{pages.shape}")
    return pages.contiguous().view(dtype).reshape(*lead, n * tokens_per_page(head_dim), head_dim)
