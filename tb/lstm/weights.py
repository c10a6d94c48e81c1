"""Weights that a bench loads, and images that are refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from models.lstm import BIAS_LIMIT, EMBED, GATES, HIDDEN, LANES, Weights

Generator = np.random.Generator

KINDS = ("typical", "wild", "growing", "ties")
HEADER_BEATS, GATE_ROW_BEATS, GATE_BEATS = 1, 128, 8 * 448


def make(g: Generator, kind: str, groups: int = 2, vocabulary: int = 300) -> Weights:
    """Weights of a kind: like trained ones; with extremes everywhere; with cells that grow without
    end; with output rows that are equal."""
    rows, shortlist = GATES * HIDDEN, LANES * groups
    wild = kind == "wild"

    def whole(low: int, high: int, *shape: int) -> torch.Tensor:
        return torch.from_numpy(g.integers(low, high, shape, endpoint=True))

    def matrix(*shape: int) -> torch.Tensor:
        if wild:
            return whole(-128, 127, *shape).to(torch.int8)
        normal = torch.from_numpy(g.normal(0, 30, shape))
        return normal.round().clamp(-127, 127).to(torch.int8)

    def bias(n: int) -> torch.Tensor:
        limit = BIAS_LIMIT if wild else 4_000_000
        return whole(-limit, limit, n).to(torch.int32)

    def scale(n: int) -> torch.Tensor:
        return (whole(0, 0xFFFF, n) if wild else whole(8000, 16000, n)).to(torch.int32)

    gates = [matrix(rows, EMBED + HIDDEN), matrix(rows, 2 * HIDDEN)]
    biases = [bias(rows), bias(rows)]
    output, output_bias, output_scale = matrix(shortlist, HIDDEN), bias(shortlist), scale(shortlist)
    if kind == "growing":  # input, forget and candidate gates all the way open or closed
        for b in biases:
            grow = torch.from_numpy(g.choice([-1, 1], HIDDEN)) * 60_000_000
            of_unit = b.view(HIDDEN, GATES)
            of_unit[:, :2] = 60_000_000
            of_unit[:, 2] = grow
    if kind == "ties":
        output[:] = output[0]
        # Of eight rows the fourth best has equals behind it; of more, there are equals before it.
        place = (
            g.permutation([0, 1, 2, 3, 3, 3, 3, 3])
            if groups == 1
            else g.integers(3, size=shortlist)
        )
        output_bias[:] = -torch.from_numpy(place) << 20
        output_scale[:] = output_scale[0]
    return Weights(
        gates0=gates[0],
        gates1=gates[1],
        output=output,
        bias0=biases[0],
        bias1=biases[1],
        output_bias=output_bias,
        scale0=scale(rows),
        scale1=scale(rows),
        output_scale=output_scale,
        tokens=torch.from_numpy(g.permutation(0x10000)[:shortlist]).to(torch.int32),
        embedding=whole(-128, 127, 64, EMBED).to(torch.int8),
        embedding_row=whole(0, 63, vocabulary).to(torch.int16),
    )


def _header(word: int, value: int) -> Callable[[Generator, bytes], bytes]:
    def damage(_: Generator, image: bytes) -> bytes:
        return image[: 4 * word] + value.to_bytes(4, "little") + image[4 * word + 4 :]

    return damage


def _cut(first: int, last: int) -> Callable[[Generator, bytes], bytes]:
    """Cut short to between `first` and `last` beats."""

    def damage(g: Generator, image: bytes) -> bytes:
        return image[: 64 * int(g.integers(first, last, endpoint=True))]

    return damage


def _longer(g: Generator, image: bytes) -> bytes:
    return image + g.bytes(64 * int(g.integers(1, 5)))


def _magic(g: Generator, image: bytes) -> bytes:
    bit = int(g.integers(32))
    return (int.from_bytes(image[:4], "little") ^ 1 << bit).to_bytes(4, "little") + image[4:]


_ROWS = HEADER_BEATS + GATE_ROW_BEATS
# What can be wrong with an image (of one or two groups).
FAULTS: dict[str, Callable[[Generator, bytes], bytes]] = {
    "magic": _magic,
    "version": _header(1, 2),
    "no vocabulary": _header(2, 0),
    "vocabulary": _header(2, 0x10001),
    "no groups": _header(3, 0),
    "groups": _header(3, 513),
    "many groups": _header(3, 0x10001),
    "header only": _cut(1, 1),
    "ends in rows": _cut(2, _ROWS),
    "ends with rows": _cut(_ROWS + 2, _ROWS + 2),  # of an image of two groups
    "ends in weights": _cut(_ROWS + 10, _ROWS + GATE_BEATS),
    "a beat short": lambda _, image: image[:-64],
    "longer": _longer,
}
