"""The speckv codec under any Hugging Face causal LM, as a transformers `Cache`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch.nn import functional as F
from transformers import Cache
from transformers.cache_utils import DynamicLayer

from models import speckv
from models.attention import L1_WINDOW, Regions
from models.calibration import Calibration, calibrated
from models.llm import LLM
from models.page import KEY, PAGE_BYTES, VALUE, from_pages, to_pages, tokens_per_page

_CHUNK = 32  # tokens scored at a time: what leaves L1 within one is still read raw


class SpeckvCache(Cache):
    """A KV-cache whose older pages went through the speckv codec.

    A page is coded once it leaves the L1 tier (`regions`) and is read decoded from the next forward
    pass on: in generation that is the next token.  A pass over many new tokens reads what they
    bring raw, so feed a text in short chunks (`score`).

    calibration: the model's, as `models.calibration.calibrated` gives it.  Raises CalibrationError
    for an unknown operating point, ValueError (in use) for a cache of another shape or dtype.
    """

    def __init__(self, calibration: Calibration, point: str = "6x", regions: Regions = L1_WINDOW):
        layers = calibration.header.layers
        super().__init__(
            layers=[_SpeckvLayer(calibration, point, regions, layer) for layer in range(layers)]
        )

    @classmethod
    def for_model(cls, path: str | Path, point: str = "6x") -> SpeckvCache:
        """The cache for a model folder, calibrated now if it is not yet (`calibrated` raises)."""
        return cls(calibrated(LLM(path)), point)

    @property
    def ratio(self) -> float:
        """Raw over stored bytes of all pages coded so far, NaN before the first."""
        pages = sum(layer.pages for layer in self.layers)
        units = sum(layer.units for layer in self.layers)
        return pages * PAGE_BYTES / (units * speckv.UNIT_BYTES) if units else float("nan")


class _SpeckvLayer(DynamicLayer):
    """One layer: keys and values ``[batch, kv_heads, tokens, head_dim]``."""

    def __init__(self, calibration: Calibration, point: str, regions: Regions, layer: int):
        super().__init__()
        header = calibration.header
        self._tables = calibration.tables(point)
        self._index = [
            torch.tensor([calibration.index(layer, kind, head) for head in range(header.kv_heads)])
            for kind in (KEY, VALUE)
        ]
        self._regions = regions
        self._page_tokens = tokens_per_page(header.head_dim)
        self._first = regions.first_pages * self._page_tokens
        self._coded = self._first  # positions from `_first` up to here are decoded ones
        self.pages = self.units = 0

    def update(self, key_states, value_states, *args, **kwargs):
        """Append and return the cache as the new tokens read it."""
        start = self.get_seq_length()
        super().update(key_states, value_states, *args, **kwargs)
        stop = self._regions.compressed(start, self._page_tokens).stop
        if stop > self._coded:
            for kind, kv in ((KEY, self.keys), (VALUE, self.values)):
                kv[..., self._coded : stop, :] = self._through(kv[..., self._coded : stop, :], kind)
            self._coded = stop
        return self.keys, self.values

    def _through(self, kv: torch.Tensor, kind: int) -> torch.Tensor:
        tables, heads = self._tables, len(self._index[kind])
        if kv.shape[1] != heads or kv.shape[-1] != tables.head_dim:
            raise ValueError(
                f"a cache of {tuple(kv.shape)}; tables for {heads} heads of {tables.head_dim}"
            )
        if kv.dtype not in (tables.dtype, torch.float32):
            raise ValueError(f"a cache in {kv.dtype}; the tables are for {tables.dtype}")
        pages = to_pages(kv.to("cpu", tables.dtype))  # [batch, heads, n, 2048]
        index = self._index[kind][:, None].expand(pages.shape[:-1]).flatten()
        stored = speckv.compress(pages.flatten(0, 2), tables, index)
        back, errors = speckv.decompress(
            stored.data, stored.units, stored.raw, stored.crc, tables, index
        )
        if errors.any():
            raise AssertionError(f"own pages do not decode: {errors.unique().tolist()}")
        self.pages += len(back)
        self.units += int(stored.units.sum())
        return from_pages(back.view(pages.shape), tables.head_dim, tables.dtype).to(kv)

    def crop(self, tokens_to_remove: int) -> None:
        super().crop(tokens_to_remove)
        self._coded = max(self._first, min(self._coded, self.get_seq_length()))

    def reset(self) -> None:
        super().reset()
        self._coded = self._first
        self.pages = self.units = 0


class Scores(NamedTuple):
    """Of each token of a text but its first, ``[tokens - 1]``: loss, float32, nats; choice, the
    token the model held most likely."""

    loss: torch.Tensor
    choice: torch.Tensor

    @property
    def perplexity(self) -> float:
        return float(self.loss.mean().exp())

    def agreement(self, other: Scores) -> float:
        """Share of tokens where both held the same most likely."""
        return float((self.choice == other.choice).float().mean())


@torch.no_grad()
def score(model, tokens: torch.Tensor, cache: Cache | None = None) -> Scores:
    """Teacher-force `tokens` (integer ``[tokens]``) through a transformers causal LM, over `cache`
    if given, else over the model's own."""
    losses, choices = [], []
    for start in range(0, len(tokens), _CHUNK):
        chunk = tokens[start : start + _CHUNK].long().to(model.device)
        out = model(chunk[None], past_key_values=cache, use_cache=True)
        cache, logits = out.past_key_values, out.logits[0].float()
        following = tokens[start + 1 : start + 1 + len(chunk)].long().to(model.device)
        logits = logits[: len(following)]
        losses.append(F.cross_entropy(logits, following, reduction="none").cpu())
        choices.append(logits.argmax(-1).cpu())
    return Scores(torch.cat(losses), torch.cat(choices))
