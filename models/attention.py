"""Causal attention over a paged KV-cache of which some pages are read back from a codec.

One pass over a whole sequence stands for its decode steps: query ``t`` sees what the cache holds
at step ``t``.  A page that left the L1 tier is seen decoded, every other position raw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.nn import functional as F

QUERY_BLOCK = 128  # bounds the memory for scores; the fastest of 64..512 on two cores


class KV(NamedTuple):
    """Keys (after rotary embedding) and values, each ``[kv_heads, tokens, head_dim]``."""

    keys: torch.Tensor
    values: torch.Tensor


@dataclass(frozen=True)
class Regions:
    """Which pages the L1 tier holds raw: the first `first_pages` and the `last_tokens` newest
    tokens (a page that holds one of them stays whole).  Unsealed pages are always raw."""

    first_pages: int
    last_tokens: int

    def compressed(self, step: int, tokens_per_page: int) -> range:
        """Positions that decode step `step` (the query's position) reads decoded."""
        start = self.first_pages * tokens_per_page
        left_l1 = max(0, step + 1 - self.last_tokens)
        return range(start, max(start, left_l1 // tokens_per_page * tokens_per_page))


L1_WINDOW = Regions(first_pages=1, last_tokens=128)
EVERYTHING = Regions(first_pages=0, last_tokens=0)


def attend(
    query: torch.Tensor,
    raw: KV,
    scale: float,
    tokens_per_page: int,
    *,
    decoded: KV | None = None,
    regions: Regions = EVERYTHING,
    visible: torch.Tensor | None = None,
    mass: torch.Tensor | None = None,
) -> torch.Tensor:
    """Attention of every position of one sequence in one layer.

    query: float32 ``[kv_heads, group, tokens, head_dim]``, grouped by the KV head it reads.
    raw: what the cache holds raw, float32.
    decoded: what the codec gives back for the sealed pages (float32, at least
        ``tokens // tokens_per_page * tokens_per_page`` tokens), read where `regions` says so.
    visible: bool ``[tokens, kv_heads, pages]``, the pages that each step sees at all.
    mass: if given, filled: ``[tokens, kv_heads, pages]``, the softmax weight of each page at each
        step, averaged over the group (so it sums to 1 over pages).

    Returns float32 ``[kv_heads, group, tokens, head_dim]``.
    """
    kv_heads, group, tokens, head_dim = query.shape
    keys, values = raw
    if decoded is not None:
        keys, values = keys.clone(), values.clone()  # what each block of queries sees
        seen = regions.first_pages * tokens_per_page
    causal = torch.ones(QUERY_BLOCK, QUERY_BLOCK, dtype=torch.bool).triu(1)
    out = torch.empty_like(query)
    for start in range(0, tokens, QUERY_BLOCK):
        stop = min(start + QUERY_BLOCK, tokens)
        steps = stop - start
        q = (query[:, :, start:stop] * scale).reshape(kv_heads, group * steps, head_dim)

        leaving = None  # the pages that leave L1 within this block: decoded for later steps only
        if decoded is not None:
            now = regions.compressed(start, tokens_per_page).stop
            end = regions.compressed(stop - 1, tokens_per_page).stop
            keys[:, seen:now] = decoded.keys[:, seen:now]
            values[:, seen:now] = decoded.values[:, seen:now]
            seen = now
            if end > now:
                leaving = slice(now, end)
                left = _left_l1(range(start, stop), range(now, end), regions, tokens_per_page)

        scores = q @ keys[:, :stop].mT
        by_step = scores.view(kv_heads, group, steps, stop)
        if leaving is not None:
            change = q @ (decoded.keys[:, leaving] - keys[:, leaving]).mT
            by_step[..., leaving] += change.view(kv_heads, group, steps, -1) * left
        by_step[..., start:].masked_fill_(causal[:steps, :steps], -torch.inf)
        if visible is not None:
            hidden = ~visible[start:stop].repeat_interleave(tokens_per_page, -1)[..., :stop]
            by_step.masked_fill_(hidden.transpose(0, 1)[:, None], -torch.inf)

        weights = torch.softmax(scores, -1)
        result = weights @ values[:, :stop]
        by_step = weights.view(kv_heads, group, steps, stop)
        if leaving is not None:
            late = (by_step[..., leaving] * left).flatten(1, 2)
            result += late @ (decoded.values[:, leaving] - values[:, leaving])
        out[:, :, start:stop] = result.view(kv_heads, group, steps, head_dim)

        if mass is not None:
            by_page = _page_sums(by_step.mean(1), tokens_per_page)
            mass[start:stop, :, : by_page.shape[-1]] = by_page.transpose(0, 1)
            mass[start:stop, :, by_page.shape[-1] :] = 0
    return out


def _left_l1(
    steps: range, positions: range, regions: Regions, tokens_per_page: int
) -> torch.Tensor:
    """float32 ``[steps, positions]``: 1 where the step reads the position decoded, else 0."""
    stops = [regions.compressed(step, tokens_per_page).stop for step in steps]
    return (torch.arange(positions.start, positions.stop) < torch.tensor(stops)[:, None]).float()


def _page_sums(weights: torch.Tensor, tokens_per_page: int) -> torch.Tensor:
    """``[..., tokens]`` to ``[..., pages]``; the last page may be part full."""
    weights = F.pad(weights, (0, -weights.shape[-1] % tokens_per_page))
    return weights.unflatten(-1, (-1, tokens_per_page)).sum(-1)
