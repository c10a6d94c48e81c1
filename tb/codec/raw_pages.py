"""Raw pages to compress: each kind is made to reach one corner of the format.

A kind is a function ``(g, layout) -> uint16[2048]`` of bit patterns, listed in `KINDS` under its
name.  `g` is the random generator.  Kinds of one dtype make something near for the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
import torch

from models.int8rle import MAX_COUNT, MAX_RUNS, Axis, Layout
from models.page import PAGE_VALUES

Kind = Callable[[np.random.Generator, Layout], np.ndarray]

SIGN = 0x8000
ROW = 32  # values in a beat


def is_bf16(layout: Layout) -> bool:
    return layout.dtype == torch.bfloat16


def infinity(layout: Layout) -> int:
    """Bit pattern of +Inf; one less is the largest finite number, one more a NaN."""
    return 0x7F80 if is_bf16(layout) else 0x7C00


def fraction_bits(layout: Layout) -> int:
    return 7 if is_bf16(layout) else 10


def patterns(values: np.ndarray, layout: Layout) -> np.ndarray:
    """Round float64 values to the page's dtype, the largest finite number at most."""
    limit = float(torch.finfo(layout.dtype).max)
    rounded = torch.from_numpy(np.clip(values, -limit, limit)).to(layout.dtype)
    return rounded.view(torch.int16).numpy().view(np.uint16).reshape(-1)


def signs(g: np.random.Generator) -> np.ndarray:
    """A random sign bit for each value of a page."""
    return g.integers(0, 2, PAGE_VALUES, np.uint16) << 15


def magnitude(g: np.random.Generator, layout: Layout) -> float:
    """A random scale, over most of the dtype's range."""
    return 2.0 ** g.uniform(*((-110, 110) if is_bf16(layout) else (-22, 13)))


# ---- Distributions ----


def normals(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return patterns(g.standard_normal(PAGE_VALUES) * magnitude(g, layout), layout)


def channels(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """A scale of its own for each channel, as keys have."""
    rows = g.standard_normal((PAGE_VALUES // layout.head_dim, layout.head_dim))
    rows *= 2.0 ** g.uniform(-6, 0, layout.head_dim)
    return patterns(rows.ravel() * magnitude(g, layout), layout)


def smooth(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """A slow wave along channels and tokens."""
    token, channel = np.divmod(np.arange(PAGE_VALUES), layout.head_dim)
    phase = channel * g.uniform(0, 0.1) + token * g.uniform(0, 0.1) + g.uniform(0, 6)
    return patterns(np.sin(phase) * magnitude(g, layout), layout)


def sparse(g: np.random.Generator, layout: Layout, p: float) -> np.ndarray:
    return np.where(g.random(PAGE_VALUES) < p, normals(g, layout), 0).astype(np.uint16)


def one_value(g: np.random.Generator, layout: Layout) -> np.ndarray:
    page = signs(g) if g.random() < 0.5 else np.zeros(PAGE_VALUES, np.uint16)
    page[g.choice([0, 31, 32, PAGE_VALUES - 1, g.integers(PAGE_VALUES)])] = normals(g, layout)[0]
    return page


def zeros(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return np.zeros(PAGE_VALUES, np.uint16)


def all_equal(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return np.full(PAGE_VALUES, normals(g, layout)[0])


def exponents(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """Values down to 12 octaves below the largest, where codes fade to 0."""
    values = g.uniform(0.5, 1, PAGE_VALUES) * 2.0 ** -g.integers(0, 13, PAGE_VALUES)
    return patterns(values * magnitude(g, layout), layout) ^ signs(g)


# ---- Corners of the number formats ----


def negative_zeros(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return signs(g) | SIGN * (np.arange(PAGE_VALUES) == 0).astype(np.uint16)


def subnormals(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """Nothing but subnormals, of all widths."""
    width = g.integers(1, fraction_bits(layout) + 1)
    return g.integers(0, 1 << width, PAGE_VALUES, np.uint16) | signs(g)


def subnormals_among_small(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """Subnormals in a page whose largest number is a small normal one."""
    page = g.integers(0, 1 << fraction_bits(layout), PAGE_VALUES, np.uint16) | signs(g)
    page[g.integers(PAGE_VALUES)] = g.integers(1, 16) << fraction_bits(layout)
    return page


def subnormals_among_large(g: np.random.Generator, layout: Layout) -> np.ndarray:
    small = g.integers(0, 1 << fraction_bits(layout), PAGE_VALUES, np.uint16) | signs(g)
    return np.where(g.random(PAGE_VALUES) < 0.5, small, normals(g, layout)).astype(np.uint16)


def largest_finite(g: np.random.Generator, layout: Layout) -> np.ndarray:
    page = g.integers(0, infinity(layout), PAGE_VALUES, np.uint16) | signs(g)
    page[g.integers(PAGE_VALUES)] = (infinity(layout) - 1) | SIGN * g.integers(2)
    return page


def finite_bits(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return g.integers(0, infinity(layout), PAGE_VALUES, np.uint16) | signs(g)


def any_bits(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return g.integers(0, 1 << 16, PAGE_VALUES, np.uint16)


SPOTS = {
    "first": 0,
    "row_end": ROW - 1,
    "last_row": PAGE_VALUES - ROW,
    "last": PAGE_VALUES - 1,
    "any": None,
}


def nonfinite(g: np.random.Generator, layout: Layout, what: str, spot: int | None) -> np.ndarray:
    """A single NaN or infinity in a page of normals."""
    page = normals(g, layout)
    bits = infinity(layout)
    if what == "nan":
        bits += int(g.choice([1, (1 << fraction_bits(layout)) - 1]))
    at = g.integers(PAGE_VALUES) if spot is None else spot
    page[at] = bits | (SIGN if what == "-inf" else 0)
    return page


def near_tiny(g: np.random.Generator, layout: Layout, amax: int) -> np.ndarray:
    """`amax` is the largest pattern: BF16's 2^-119 is 0x0400."""
    page = g.integers(0, amax + 1, PAGE_VALUES, np.uint16) | signs(g)
    page[g.random(PAGE_VALUES) < 0.8] = 0
    page[g.integers(PAGE_VALUES)] = amax
    return page


# ---- Rounding ties of the quantiser ----


@cache
def quantiser_ties() -> dict[int, np.ndarray]:
    """Significand of amax -> ``[n, 2]``: (mx, s) whose code lies half-way between two."""
    ties = {}
    mx = np.arange(1024, 2048)[:, None]
    s = np.arange(9)[None, :]
    for m in range(1024, 2048):
        product = mx * int(127 * 2**21 / m + 0.5)
        half = 1 << 20 + s
        tie = (product & 2 * half - 1) == half
        tie &= (s > 0) | (mx <= m)
        if tie.any():
            ties[m] = np.argwhere(tie) + [1024, 0]
    return ties


def ties(g: np.random.Generator, layout: Layout) -> np.ndarray:
    step = 8 if is_bf16(layout) else 1
    usable = {m: t[t[:, 0] % step == 0] for m, t in quantiser_ties().items() if m % step == 0}
    m = int(g.choice([m for m, t in usable.items() if len(t)]))
    exponent = int(g.integers(20, 200) if is_bf16(layout) else g.integers(10, 31))
    mx, s = usable[m][g.integers(len(usable[m]), size=PAGE_VALUES)].T
    page = (exponent - s << fraction_bits(layout)) + (mx - 1024) // step
    page[g.integers(PAGE_VALUES)] = (exponent << fraction_bits(layout)) + (m - 1024) // step
    return page.astype(np.uint16) | signs(g)


# ---- Pages with given runs ----


def codes_with_runs(
    g: np.random.Generator,
    layout: Layout,
    draw_lengths: Callable[[], Sequence[int]],
    plain: bool = False,
) -> np.ndarray:
    """Codes int64 ``[2048]`` whose deltas have runs of drawn lengths, some code being +-127.

    Runs that meet have different deltas, unless a multiple of 256 parts them.  With `plain` the
    deltas of long runs are 0, the only ones that can fill a token of 128 without a code of -128.
    Lengths are drawn anew for each try: hardly any codes fit some of them.
    """
    stream = random.Random(int(g.integers(1 << 62)))
    for _ in range(1000):
        codes = _try_codes(stream, layout, draw_lengths(), plain)
        if codes is not None:
            return codes
    raise AssertionError(f"no codes with runs for {layout}")


def _try_codes(
    stream: random.Random, layout: Layout, lengths: Sequence[int], plain: bool
) -> np.ndarray | None:
    q = [0] * PAGE_VALUES
    d = layout.head_dim
    start, previous = 0, None
    for length in lengths:
        for _ in range(200):
            at_start = delta_base(q, start, d, layout.axis)
            if length == 1 and stream.random() < 0.3:
                delta = stream.choice((127, -127)) - at_start
            elif plain and length > 2:
                delta = 0
            else:
                delta = stream.choice((0, 1, -1, 127, -127, stream.randrange(256)))
            delta &= 0xFF
            if delta == previous and start % MAX_COUNT:
                continue
            for i in range(start, start + length):
                q[i] = wrap(delta + delta_base(q, i, d, layout.axis))
                if q[i] == -128:
                    break
            else:
                break
        else:
            return None
        start, previous = start + length, delta
    assert start == PAGE_VALUES, f"runs of {start} values"
    codes = np.array(q)
    return codes if abs(codes).max() == 127 else None


def delta_base(q: list[int], i: int, head_dim: int, axis: Axis) -> int:
    """What code `i` is a delta to."""
    if axis == Axis.TOKENS:
        return q[i - head_dim] if i >= head_dim else 0
    return q[i - 1] if i % head_dim else 0


def wrap(x: int) -> int:
    """`x` modulo 256, -128 to 127."""
    return (x + 128) % 256 - 128


def page_of_codes(g: np.random.Generator, layout: Layout, codes: np.ndarray) -> np.ndarray:
    """A page that the quantiser turns into exactly these codes: its scale is a power of two."""
    power = int(g.integers(-110, 110) if is_bf16(layout) else g.integers(-24, 9))
    page = patterns(codes * 2.0**power, layout)
    return page | np.where(codes == 0, signs(g), 0).astype(np.uint16)


def run_lengths(g: np.random.Generator, runs: int) -> list[int]:
    """Lengths of exactly `runs` stored runs, 8 to 2048, all of which end in the stored form."""
    forced = np.arange(255, PAGE_VALUES, 256)
    free = np.setdiff1d(np.arange(PAGE_VALUES), forced)
    ends = np.sort(np.concatenate([forced, g.choice(free, runs - len(forced), replace=False)]))
    return np.diff(ends, prepend=-1).tolist()


def exact_runs(g: np.random.Generator, layout: Layout, runs: int) -> np.ndarray:
    return page_of_codes(g, layout, codes_with_runs(g, layout, lambda: run_lengths(g, runs)))


def long_runs(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """Runs of 1, 31 to 33, 255 to 257 and more, which cross rows and multiples of 256."""

    def draw() -> list[int]:
        lengths = []
        while (left := PAGE_VALUES - sum(lengths)) > 0:
            lengths += [1, min(left, int(g.choice([1, 2, 31, 32, 33, 255, 256, 257, 512])))]
            left = PAGE_VALUES - sum(lengths)
            if left < 0:
                lengths.pop()
        return lengths

    return page_of_codes(g, layout, codes_with_runs(g, layout, draw, plain=True))


def aligned_runs(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """Runs of exactly 256, 255 + 1 and 1 + 255 between multiples of 256, in random order."""

    def draw() -> list[int]:
        lengths = [1, 255]
        for _ in range(7):
            lengths += [[256], [255, 1], [1, 255]][g.integers(3)]
        return lengths

    return page_of_codes(g, layout, codes_with_runs(g, layout, draw, plain=True))


EXACT_RUNS = (9, 28, 29, 60, 61, 476, 477, 1980, 1981, MAX_RUNS - 1, MAX_RUNS, MAX_RUNS + 1)
EXACT_RUNS += (MAX_RUNS + 2, PAGE_VALUES)

KINDS: dict[str, Kind] = {
    "normals": normals,
    "channels": channels,
    "smooth": smooth,
    "sparse": partial(sparse, p=0.3),
    "very_sparse": partial(sparse, p=0.005),
    "one_value": one_value,
    "zeros": zeros,
    "all_equal": all_equal,
    "exponents": exponents,
    "negative_zeros": negative_zeros,
    "subnormals": subnormals,
    "subnormals_among_small": subnormals_among_small,
    "subnormals_among_large": subnormals_among_large,
    "largest_finite": largest_finite,
    "finite_bits": finite_bits,
    "any_bits": any_bits,
    "tiny_border": partial(near_tiny, amax=0x0400),
    "below_tiny_border": partial(near_tiny, amax=0x03FF),
    "smallest": partial(near_tiny, amax=0x0001),
    "ties": ties,
    "long_runs": long_runs,
    "aligned_runs": aligned_runs,
    **{f"runs_{n}": partial(exact_runs, runs=n) for n in EXACT_RUNS},
    **{
        f"{what}_{name}": partial(nonfinite, what=what, spot=spot)
        for what in ("nan", "inf", "-inf")
        for name, spot in SPOTS.items()
    },
}
