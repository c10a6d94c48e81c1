"""What else one could do with a KV page: the schemes that speckv is measured against.

Each gives pages back as it would and says how many bytes a page takes, scales and zero points
counted, padding not.  Entropy coders are ideal ones with static statistics per channel, from
calibration pages: no real coder is smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import lz4.frame
import torch
import zstandard

from models import int8rle
from models.page import KEY, PAGE_BYTES, PAGE_VALUES

# A scheme's work on one layer and kind: pages int16 [kv_heads, n, 2048] -> the pages as they come
# back, and float64 [kv_heads, n], bytes.
Coded = tuple[torch.Tensor, torch.Tensor]
Scheme = Callable[[torch.Tensor, int, int], Coded]

_SCALE_BITS = 16
_GROUP = 32  # KIVI's
_ANCHOR_EVERY = 10  # CacheGen's token group


@dataclass(frozen=True)
class Shape:
    """How pages are laid out."""

    dtype: torch.dtype
    head_dim: int

    def values(self, pages: torch.Tensor) -> torch.Tensor:
        """Pages ``[..., 2048]`` as float32 ``[..., tokens, head_dim]``."""
        return pages.view(self.dtype).float().unflatten(-1, (-1, self.head_dim))

    def pages(self, values: torch.Tensor) -> torch.Tensor:
        """Inverse of `values`, rounded to the cache's dtype."""
        return values.to(self.dtype).flatten(-2).view(torch.int16)


def _affine(values: torch.Tensor, bits: int, along: int) -> torch.Tensor:
    """Values quantised between the least and the greatest along a dimension and back, scale and
    zero point in FP16."""
    low, high = values.amin(along, keepdim=True), values.amax(along, keepdim=True)
    scale = ((high - low) / (2**bits - 1)).half().float()
    zero = low.half().float()
    q = ((values - zero) / scale).nan_to_num_(0).round_().clamp_(0, 2**bits - 1)
    return q * scale + zero


def _fixed(pages: torch.Tensor, bits_a_value: float) -> torch.Tensor:
    return torch.full(pages.shape[:-1], bits_a_value * PAGE_VALUES / 8, dtype=torch.float64)


def per_token(shape: Shape, bits: int) -> Scheme:
    """Plain INT8 or INT4: one scale and zero point a token and head."""

    def scheme(pages: torch.Tensor, _kind: int, _layer: int) -> Coded:
        back = shape.pages(_affine(shape.values(pages), bits, -1))
        return back, _fixed(pages, bits + 2 * _SCALE_BITS / shape.head_dim)

    return scheme


def kivi(shape: Shape, bits: int) -> Scheme:
    """KIVI (arXiv 2402.02750): K per channel over 32 tokens (or the page's), V per token in groups
    of 32 channels."""

    def scheme(pages: torch.Tensor, kind: int, _layer: int) -> Coded:
        values = shape.values(pages)
        if kind == KEY:
            back, group = _affine(values, bits, -2), values.shape[-2]
        else:
            grouped = values.unflatten(-1, (-1, _GROUP))
            back, group = _affine(grouped, bits, -1).flatten(-2), _GROUP
        return shape.pages(back), _fixed(pages, bits + 2 * _SCALE_BITS / group)

    return scheme


def hadamard(size: int) -> torch.Tensor:
    """The orthonormal Hadamard matrix, float32 ``[size, size]``, size a power of two."""
    matrix = torch.ones(1, 1)
    while len(matrix) < size:
        matrix = torch.cat([torch.cat([matrix, matrix], 1), torch.cat([matrix, -matrix], 1)])
    return matrix / size**0.5


def rotated(shape: Shape, step: float, mean: torch.Tensor) -> Scheme:
    """Channel means (float32 ``[layers, 2, kv_heads, head_dim]``) taken off, a Hadamard rotation,
    a scale a token, steps of `step` standard deviations, one entropy code for all."""
    rotation = hadamard(shape.head_dim)

    def scheme(pages: torch.Tensor, kind: int, layer: int) -> Coded:
        offset = mean[layer, kind][:, None, None]
        turned = (shape.values(pages) - offset) @ rotation
        scale = (turned.square().mean(-1, keepdim=True).sqrt() * step).half().float()
        q = (turned / scale).nan_to_num_(0).round_()
        back = shape.pages((q * scale) @ rotation.T + offset)
        _, counts = q.unique(return_counts=True)
        share = counts.double() / counts.sum()
        entropy = float(-(share * share.log2()).sum())
        return back, _fixed(pages, entropy + _SCALE_BITS / shape.head_dim)

    return scheme


class CacheGen:
    """CacheGen (arXiv 2310.07240): the first token of every ten kept at 8 bits, the others as
    differences to it, in steps that grow with depth; arithmetic coding with statistics of each
    layer and channel, here an ideal coder.

    cache: calibration keys and values, cache dtype
    ``[conversations, layers, 2, kv_heads, tokens, head_dim]``.
    """

    def __init__(self, shape: Shape, cache: torch.Tensor, step: float):
        self.shape = shape
        layers, kinds = cache.shape[1:3]
        values = cache.float()
        self.spread = values.std((0, 3, 4, 5))  # [layers, 2]
        growth = torch.tensor([1.0, 1.5, 2.0])[torch.arange(layers) * 3 // layers]
        self.step = step * self.spread * growth[:, None]
        self.bits = torch.empty(layers, kinds, *cache.shape[3:4], shape.head_dim, 256)
        tokens = values.shape[4] // 32 * 32
        for layer in range(layers):
            for kind in range(kinds):
                pages = values[:, layer, kind, :, :tokens].transpose(0, 1)  # [heads, n, tokens, d]
                q = self._differences(
                    pages.unflatten(2, (-1, PAGE_VALUES // shape.head_dim)), layer, kind
                )[1]
                index = q.clamp(-127, 127).long().add_(127)  # [heads, n, pages, tokens, d]
                counts = torch.zeros(len(index), shape.head_dim, 256)
                flat = index.movedim(-1, 1).flatten(2)
                counts.scatter_add_(2, flat, torch.ones_like(flat, dtype=torch.float32))
                share = (counts + 0.5) / (counts + 0.5).sum(-1, keepdim=True)
                self.bits[layer, kind] = -share.log2()

    def _differences(self, values: torch.Tensor, layer: int, kind: int):
        """Values ``[..., tokens, d]`` to anchors of each token, and differences in steps."""
        tokens = values.shape[-2]
        anchor = torch.arange(tokens) // _ANCHOR_EVERY * _ANCHOR_EVERY
        anchors = _affine(values, 8, -1)[..., anchor, :]
        return anchors, ((values - anchors) / self.step[layer, kind]).round_()

    def __call__(self, pages: torch.Tensor, kind: int, layer: int) -> Coded:
        values = self.shape.values(pages)  # [heads, n, tokens, d]
        anchors, q = self._differences(values, layer, kind)
        is_anchor = torch.arange(values.shape[-2]) % _ANCHOR_EVERY == 0
        difference = torch.where(is_anchor[:, None], 0, q * self.step[layer, kind])
        index = q.clamp(-127, 127).long().add_(127)
        table = self.bits[layer, kind][:, None, None].expand(*index.shape, 256)
        cost = torch.gather(table, -1, index[..., None]).squeeze(-1)
        cost = torch.where(is_anchor[:, None], 8 + 2 * _SCALE_BITS / self.shape.head_dim, cost)
        return self.shape.pages(anchors + difference), cost.double().sum((-2, -1)) / 8


def paper(shape: Shape) -> Scheme:
    """The paper's codec (`models.int8rle`), delta along tokens."""
    layout = int8rle.Layout(shape.dtype, shape.head_dim, int8rle.Axis.TOKENS)

    def scheme(pages: torch.Tensor, _kind: int, _layer: int) -> Coded:
        stored = int8rle.compress(pages.flatten(0, 1), layout)
        back, _ = int8rle.decompress(stored.data, stored.units, stored.raw)
        size = stored.units.double() * int8rle.UNIT_BYTES
        return back.view(pages.shape), size.view(pages.shape[:-1])

    return scheme


def general_purpose(compress: Callable[[bytes], bytes]) -> Scheme:
    """A byte compressor on each page; one that does not shrink stays as it is."""

    def scheme(pages: torch.Tensor, _kind: int, _layer: int) -> Coded:
        rows = pages.flatten(0, 1).contiguous().view(torch.uint8).numpy()
        sizes = [min(PAGE_BYTES, len(compress(row.tobytes()))) for row in rows]
        return pages, torch.tensor(sizes, dtype=torch.float64).view(pages.shape[:-1])

    return scheme


def zstd(level: int = 3) -> Scheme:
    """zstd on the raw page bytes."""
    return general_purpose(zstandard.ZstdCompressor(level=level).compress)


def lz4_frame() -> Scheme:
    """lz4 on the raw page bytes."""
    return general_purpose(lz4.frame.compress)
