"""The 32 prefix codes of the speckv codec (docs/speckv-format.md, "Prefix codes").

A class is how many codewords have 1, 2, ... 8 bits.  Codes are canonical, and the last codeword
marks an escape.
"""

from __future__ import annotations

import torch

PLANES = 8  # bits of the longest codeword
ESCAPE = 255  # the rank that stands for an escape in `LENGTHS` and `CODEWORDS`

# 0 to 20: round(s * x + dither) for x of a generalised normal distribution (exponent 1.7, unit
# variance), s from 0.3 up in steps of 2^(1/3.2).  21 to 31: joint sign and exponent, by k-means
# over the channels of a calibration cache.
COUNTS = (
    (1, 1, 1, 1, 2, 0, 0, 0),
    (1, 1, 1, 1, 1, 1, 2, 0),
    (1, 1, 1, 1, 1, 0, 3, 2),
    (0, 3, 1, 1, 1, 1, 1, 2),
    (0, 3, 1, 1, 0, 2, 3, 2),
    (0, 2, 3, 0, 2, 2, 1, 6),
    (0, 1, 4, 2, 2, 2, 1, 6),
    (0, 0, 5, 4, 2, 2, 1, 6),
    (0, 0, 5, 3, 3, 3, 2, 8),
    (0, 0, 3, 6, 4, 4, 3, 10),
    (0, 0, 0, 11, 6, 3, 4, 12),
    (0, 0, 0, 9, 8, 6, 3, 18),
    (0, 0, 0, 7, 10, 8, 5, 22),
    (0, 0, 0, 1, 20, 10, 7, 26),
    (0, 0, 0, 0, 17, 16, 11, 34),
    (0, 0, 0, 0, 11, 23, 14, 48),
    (0, 0, 0, 0, 5, 33, 20, 44),
    (0, 0, 0, 0, 1, 29, 28, 76),
    (0, 0, 0, 0, 0, 16, 48, 96),
    (0, 0, 0, 0, 0, 4, 56, 128),
    (0, 0, 0, 0, 0, 0, 0, 256),
    (1, 1, 1, 1, 1, 0, 2, 4),
    (1, 1, 1, 1, 0, 1, 2, 8),
    (0, 2, 2, 1, 2, 5, 1, 10),
    (0, 2, 1, 3, 3, 3, 1, 10),
    (0, 1, 3, 4, 1, 2, 4, 8),
    (0, 1, 3, 3, 3, 3, 2, 8),
    (0, 1, 2, 5, 2, 4, 2, 12),
    (0, 0, 5, 3, 4, 1, 2, 8),
    (0, 0, 5, 3, 2, 4, 3, 10),
    (0, 0, 5, 3, 2, 3, 4, 12),
    (0, 0, 4, 5, 3, 2, 1, 14),
)
CLASSES = len(COUNTS)

# [class]: the rank of the escape, which is also how many ranks the class codes.
ESCAPE_RANK = torch.tensor([sum(counts) - 1 for counts in COUNTS], dtype=torch.int32)


def _codebook() -> tuple[torch.Tensor, torch.Tensor]:
    """Lengths and codewords (first bit is bit 7), uint8 ``[class, rank]``; a rank that the class
    does not code has the escape's."""
    lengths = torch.zeros(CLASSES, 256, dtype=torch.uint8)
    codewords = torch.zeros(CLASSES, 256, dtype=torch.uint8)
    for number, counts in enumerate(COUNTS):
        rank = code = 0
        for length, count in enumerate(counts, 1):
            for _ in range(count):
                lengths[number, rank:] = length
                codewords[number, rank:] = code << PLANES - length
                rank, code = rank + 1, code + 1
            code <<= 1
        if code != 2 << PLANES:
            raise ValueError(f"class {number} is not a complete code")
    return lengths, codewords


LENGTHS, CODEWORDS = _codebook()
