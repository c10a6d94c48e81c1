"""What faults do to bytes in memory."""

from __future__ import annotations

import numpy as np

from models.speckv import UNIT_BYTES

BIT = "one bit"
BURST = "burst of up to 32 bits"
TRUNCATED = "truncated"
EXTENDED = "extended"
OVERWRITTEN = "overwritten"


def damage(g: np.random.Generator, data: np.ndarray, kind: str) -> np.ndarray:
    """Bytes (uint8 ``[n]``) with one fault; two units at least to be truncated or extended."""
    units = len(data) // UNIT_BYTES
    if kind == BIT:
        data = data.copy()
        bit = int(g.integers(8 * len(data)))
        data[bit // 8] ^= 1 << bit % 8
    elif kind == BURST:
        length = int(g.integers(2, 33))
        start = int(g.integers(8 * len(data) - length + 1))
        bits = np.unpackbits(data, bitorder="little")
        flips = g.integers(0, 2, length).astype(np.uint8)
        flips[[0, -1]] = 1
        bits[start : start + length] ^= flips
        data = np.packbits(bits, bitorder="little")
    elif kind == TRUNCATED:
        data = data[: UNIT_BYTES * int(g.integers(1, units))]
    elif kind == EXTENDED:
        more = UNIT_BYTES * int(g.integers(1, 80))
        data = np.concatenate([data, g.integers(0, 256, more).astype(np.uint8)])
    elif kind == OVERWRITTEN:
        data = g.integers(0, 256, len(data)).astype(np.uint8)
    else:
        raise ValueError(f"no kind of damage: {kind!r}")
    return data
