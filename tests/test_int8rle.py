"""The int8rle model against a second reading of docs/int8rle-format.md.

`Reference` follows the document's words one value at a time, in Python integers and fractions, and
shares nothing with the model.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models import int8rle
from models.int8rle import LAYOUTS, Axis, Error, Layout
from tb.codec.raw_pages import exact_runs

VALUES = 2048
UNIT = 64
SCALE_LIMITS = (0x4400F200, 0x7C008100)  # FP16, BF16


def rne(x: Fraction) -> int:
    """Round to the nearest integer, ties to even."""
    floor, rest = divmod(x, 1)
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and floor % 2 == 1)
    return int(floor) + up


@dataclass(frozen=True)
class Reference:
    """The format, by the letter.  Pages are lists of 2048 bit patterns."""

    bf16: bool
    head_dim: int
    tokens: bool

    @property
    def fraction(self) -> int:
        return 7 if self.bf16 else 10

    @property
    def least_exponent(self) -> int:
        return -126 if self.bf16 else -14

    @property
    def flags(self) -> int:
        return self.bf16 | (self.head_dim == 128) << 1 | self.tokens << 2

    def finite(self, bits: int) -> bool:
        top = 0xFF if self.bf16 else 0x1F
        return bits >> self.fraction & top != top

    def parts(self, bits: int) -> tuple[int, int]:
        """(mx, ex) with |x| = mx * 2^(ex - 10), mx < 2048."""
        field = (bits & 0x7FFF) >> self.fraction
        mx = bits & (1 << self.fraction) - 1
        if field:
            mx |= 1 << self.fraction
        return mx << 10 - self.fraction, self.least_exponent + max(field, 1) - 1

    def value(self, bits: int) -> Fraction:
        mx, ex = self.parts(bits)
        return (-1) ** (bits >> 15) * mx * Fraction(2) ** (ex - 10)

    def amax(self, page: list[int]) -> Fraction:
        return max(self.value(magnitude) for magnitude in {bits & 0x7FFF for bits in page})

    def round(self, x: Fraction) -> int:
        """Bit pattern of `x` rounded once; +0 and -0 alike become +0."""
        if x == 0:
            return 0
        ex = self.least_exponent
        while abs(x) >= Fraction(2) ** (ex + 1):
            ex += 1
        mx = rne(abs(x) / Fraction(2) ** (ex - self.fraction))
        # A significand that overflows carries into the exponent by itself.
        bits = (ex - self.least_exponent << self.fraction) + mx
        return bits | (0x8000 if x < 0 else 0)

    def base(self, q: list[int], i: int) -> int:
        """What the delta of value `i` is taken to."""
        if self.tokens:
            return q[i - self.head_dim] if i >= self.head_dim else 0
        return q[i - 1] if i % self.head_dim else 0

    def scale(self, amax: Fraction) -> tuple[int, int, int]:
        """(bits, m, e) of the page's scale."""
        e = 0
        while amax >= Fraction(2) ** (e + 1):
            e += 1
        while amax < Fraction(2) ** e:
            e -= 1
        m = int(amax / Fraction(2) ** (e - 10))
        exact = amax / 127
        exponent = e - 7
        while exact >= Fraction(2) ** (exponent + 1):
            exponent += 1
        significand = rne(exact / Fraction(2) ** (exponent - 16))
        return (exponent + 127 << 23) + (significand - (1 << 16) << 7), m, e

    def codes(self, page: list[int]) -> tuple[int, list[int]]:
        """Scale and codes of a page that is not stored raw for its values."""
        amax = self.amax(page)
        if amax == 0:
            return 0, [0] * VALUES
        scale, m, e = self.scale(amax)
        r = int(Fraction(127 * 2**21, m) + Fraction(1, 2))
        code = {}
        for bits in set(page):
            mx, ex = self.parts(bits)
            s = e - ex
            magnitude = rne(mx * r * Fraction(2) ** (-21 - s)) if s <= 8 else 0
            code[bits] = -magnitude if bits >> 15 else magnitude
        return scale, [code[bits] for bits in page]

    def compress(self, page: list[int]) -> tuple[bytes, bool, bool]:
        """(stored page, raw, nonfinite)."""
        as_raw = struct.pack("<2048H", *page)
        if not all(map(self.finite, page)):
            return as_raw, True, True
        amax = self.amax(page)
        if self.bf16 and 0 < amax < Fraction(2) ** -119:
            return as_raw, True, False
        scale, q = self.codes(page)
        deltas = [(q[i] - self.base(q, i)) % 256 for i in range(VALUES)]
        runs: list[list[int]] = []
        for i, d in enumerate(deltas):
            if i % 256 and runs[-1][0] == d:
                runs[-1][1] += 1
            else:
                runs.append([d, 1])
        if len(runs) > 2012:
            return as_raw, True, False
        out = struct.pack("<BBHI", 0x1A, self.flags, len(runs), scale)
        out += bytes(x for d, n in runs for x in (d, n - 1))
        return out + bytes(-len(out) % UNIT), False, False


def reference(layout: Layout) -> Reference:
    return Reference(
        layout.dtype == torch.bfloat16, layout.head_dim, bool(layout.axis == Axis.TOKENS)
    )


def decompress(data: bytes, raw: bool) -> tuple[list[int] | None, int]:
    """(page or None, error code) of a stored page, as the document has it."""
    units = len(data) // UNIT
    if raw:
        if units != 64:
            return None, 2
        return list(struct.unpack("<2048H", data)), 0
    form, flags, n, scale_bits = struct.unpack("<BBHI", data[:8])
    exponent = scale_bits >> 23 & 0xFF
    scale_ok = scale_bits == 0 or (
        scale_bits >> 31 == 0
        and 0 < exponent < 255
        and scale_bits % 128 == 0
        and scale_bits <= SCALE_LIMITS[flags & 1]
    )
    if form != 0x1A or flags >> 3 or not 1 <= n <= 2012 or not scale_ok:
        return None, 1
    if units != -(-(8 + 2 * n) // 64):
        return None, 2
    runs = [(data[8 + 2 * k], data[9 + 2 * k] + 1) for k in range(n)]
    if sum(count for _, count in runs) != VALUES:
        return None, 3
    if any(data[8 + 2 * n :]):
        return None, 4
    ref = Reference(bool(flags & 1), 128 if flags & 2 else 64, bool(flags & 4))
    q: list[int] = []
    for d in (d for d, count in runs for _ in range(count)):
        code = (d + ref.base(q, len(q))) % 256
        q.append(code - 256 if code >= 128 else code)
    if -128 in q:
        return None, 5
    scale = Fraction(0)
    if scale_bits:
        significand = (scale_bits & 0x7FFFFF) | 1 << 23
        scale = significand * Fraction(2) ** (exponent - 127 - 23)
    rounded = {code: ref.round(code * scale) for code in set(q)}
    # A negative code keeps its sign when it rounds to 0.
    return [rounded[code] | (0x8000 if code < 0 else 0) for code in q], 0


def batch(pages: list[bytes]) -> tuple[torch.Tensor, torch.Tensor]:
    """Stored pages as the model takes them: data and units."""
    width = max(4096, *map(len, pages))
    data = np.zeros((len(pages), width), np.uint8)
    for row, page in zip(data, pages, strict=True):
        row[: len(page)] = np.frombuffer(page, np.uint8)
    return torch.from_numpy(data), torch.tensor([len(page) // UNIT for page in pages])


def model_compress(page: list[int], layout: Layout) -> tuple[bytes, bool, bool]:
    patterns = np.array(page, np.uint16).view(np.int16)
    out = int8rle.compress(torch.from_numpy(patterns)[None], layout)
    data = out.data[0, : int(out.units[0]) * UNIT].numpy().tobytes()
    return data, bool(out.raw[0]), bool(out.nonfinite[0])


def model_decompress(data: bytes, raw: bool) -> tuple[list[int] | None, int]:
    pages, errors = int8rle.decompress(*batch([data]), torch.tensor([raw]))
    page = pages[0].numpy().view(np.uint16).tolist()
    return (None if errors[0] else page), int(errors[0])


# ---- Pages ----

layouts = st.sampled_from(LAYOUTS)
seeds = st.integers(0, 2**32 - 1)


def bits_near(g: np.random.Generator, layout: Layout, spread: int) -> np.ndarray:
    """Patterns whose exponents lie within `spread` octaves below a random one."""
    fraction = 7 if layout.dtype == torch.bfloat16 else 10
    top = int(g.integers(1, 255 if fraction == 7 else 31))
    fields = np.maximum(top - g.integers(0, spread + 1, VALUES), 0)
    page = fields << fraction | g.integers(0, 1 << fraction, VALUES)
    return (page | g.integers(0, 2, VALUES) << 15).astype(np.uint16)


def smooth(g: np.random.Generator, layout: Layout) -> np.ndarray:
    wave = np.sin(np.arange(VALUES) * g.uniform(0, 0.1)) * 2.0 ** g.uniform(-20, 15)
    return torch.from_numpy(wave).to(layout.dtype).view(torch.int16).numpy().view(np.uint16)


def sparse(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return np.where(g.random(VALUES) < g.random(), bits_near(g, layout, 3), 0).astype(np.uint16)


def subnormal(g: np.random.Generator, layout: Layout) -> np.ndarray:
    width = int(g.integers(1, 11))
    return (g.integers(0, 1 << width, VALUES) | g.integers(0, 2, VALUES) << 15).astype(np.uint16)


def constant(g: np.random.Generator, layout: Layout) -> np.ndarray:
    return np.full(VALUES, bits_near(g, layout, 0)[0])


def coarse(g: np.random.Generator, layout: Layout) -> np.ndarray:
    """Few different values, so that the number of runs comes near the limit."""
    few = bits_near(g, layout, 2)[: g.integers(2, 200)]
    return g.choice(few, VALUES)


def spoilt(g: np.random.Generator, layout: Layout) -> np.ndarray:
    page = sparse(g, layout)
    page[g.integers(VALUES)] = 0x7F80 | int(g.integers(0, 128)) | int(g.integers(2)) << 15
    return page


MAKERS: tuple[Callable[[np.random.Generator, Layout], np.ndarray], ...] = (
    lambda g, layout: bits_near(g, layout, 12),
    lambda g, layout: bits_near(g, layout, 1),
    smooth,
    sparse,
    subnormal,
    constant,
    coarse,
    spoilt,
)


def make(maker: Callable, seed: int, layout: Layout) -> list[int]:
    return maker(np.random.default_rng(seed), layout).tolist()


# ---- Model against reference ----


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(MAKERS), seeds, layouts)
def test_model_is_the_document(maker, seed, layout):
    page = make(maker, seed, layout)
    stored = reference(layout).compress(page)
    assert model_compress(page, layout) == stored
    assert model_decompress(*stored[:2]) == decompress(*stored[:2])


def spoil(data: bytearray, g: np.random.Generator) -> tuple[bytes, bool]:
    """Damage a stored page somehow; (data, raw)."""
    way = g.integers(6)
    raw = False
    if way <= 1:
        data[g.integers(8 if way else len(data))] ^= 1 << g.integers(8)
    elif way == 2:
        data[9 + 2 * int(g.integers(len(data) // 2 - 8))] ^= int(g.integers(1, 256))
    elif way == 3:
        data += bytes(UNIT * int(g.integers(1, 80)))
    elif way == 4 and len(data) > UNIT:
        del data[UNIT * int(g.integers(1, len(data) // UNIT)) :]
    else:
        raw = bool(g.integers(2))
        data[-1] ^= 0x55
    return bytes(data), raw


@settings(max_examples=80, deadline=None)
@given(st.sampled_from((smooth, sparse, constant, coarse)), seeds, layouts)
def test_damaged_pages_give_the_documented_code(maker, seed, layout):
    data, raw, _ = model_compress(make(maker, seed, layout), layout)
    data, flag = spoil(bytearray(data), np.random.default_rng(seed))
    assert model_decompress(data, raw ^ flag) == decompress(data, raw ^ flag)


def coded(flags: int = 0, runs=((1, 256),) * 8, scale: int = 0x3F800000, n: int | None = None):
    """A small stored page from its parts, bytearray."""
    out = bytearray(struct.pack("<BBHI", 0x1A, flags, len(runs) if n is None else n, scale))
    out += bytes(x for d, count in runs for x in (d, count - 1))
    return out + bytes(-len(out) % UNIT)


TOKENS = 4
ZERO_RUNS = ((0, 256),) * 8


@pytest.mark.parametrize(
    ("page", "raw", "code"),
    [
        (coded(TOKENS), False, Error.OK),
        (coded(TOKENS, scale=0), False, Error.OK),
        (coded(TOKENS, scale=0x00800000), False, Error.OK),
        (coded(TOKENS, scale=SCALE_LIMITS[0]), False, Error.OK),
        (coded(TOKENS, scale=SCALE_LIMITS[0] + 128), False, Error.BAD_HEADER),
        (coded(TOKENS | 1, scale=SCALE_LIMITS[1]), False, Error.OK),
        (coded(TOKENS | 1, scale=SCALE_LIMITS[1] + 128), False, Error.BAD_HEADER),
        (coded(TOKENS, scale=0x80000000), False, Error.BAD_HEADER),
        (coded(TOKENS, scale=0x007FFF80), False, Error.BAD_HEADER),
        (coded(TOKENS, scale=0x3F800001), False, Error.BAD_HEADER),
        (coded(TOKENS, scale=0x7F800000), False, Error.BAD_HEADER),
        (coded(8), False, Error.BAD_HEADER),
        (coded(TOKENS, n=0), False, Error.BAD_HEADER),
        (coded(TOKENS, n=2013), False, Error.BAD_HEADER),
        (coded(TOKENS, n=65535), False, Error.BAD_HEADER),
        (coded(TOKENS, n=2012), False, Error.BAD_LENGTH),
        (coded(TOKENS) + bytes(64), False, Error.BAD_LENGTH),
        (coded(TOKENS) + bytes(64 * 199), False, Error.BAD_LENGTH),
        (coded(TOKENS), True, Error.BAD_LENGTH),
        (bytes(4096), True, Error.OK),
        (bytes(4096 - 64), True, Error.BAD_LENGTH),
        (bytes(4096 + 64), True, Error.BAD_LENGTH),
        (coded(TOKENS, ZERO_RUNS[:7]), False, Error.BAD_RUNS),
        (coded(TOKENS, (*ZERO_RUNS, (0, 1))), False, Error.BAD_RUNS),
        (coded(TOKENS)[:-1] + b"\1", False, Error.BAD_PADDING),
        (coded(TOKENS, n=9), False, Error.BAD_RUNS),
        (coded(TOKENS, ((128, 1), (128, 1), *ZERO_RUNS[1:], (0, 254))), False, Error.BAD_CODE),
        (coded(0), False, Error.OK),
        (coded(2), False, Error.BAD_CODE),
    ],
)
def test_each_error(page, raw, code):
    assert decompress(bytes(page), raw)[1] == code
    assert model_decompress(bytes(page), raw)[1] == code


# ---- Properties ----


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(MAKERS), seeds, layouts)
def test_bounds(maker, seed, layout):
    """Raw pages come back as they were, others within half a step, 2^-10 of one and a rounding."""
    page = make(maker, seed, layout)
    ref = reference(layout)
    data, raw, nonfinite = model_compress(page, layout)
    back, error = model_decompress(data, raw)
    assert error == Error.OK
    assert len(data) <= 4096
    assert nonfinite == (not all(map(ref.finite, page)))
    if raw:
        assert data == struct.pack("<2048H", *page)
        assert back == page
        return
    x, y = ([ref.value(bits) for bits in side] for side in (page, back))
    amax = max(map(abs, x))
    if amax == 0:
        assert not any(y)
        return
    _, q = ref.codes(page)
    slack = Fraction(1, 2) + Fraction(1, 1024)
    assert max(map(abs, q)) == 127
    assert all(abs(code - 127 * v / amax) <= slack for code, v in set(zip(q, x, strict=True)))
    scale = Fraction(struct.unpack("<f", data[4:8])[0])
    least = Fraction(2) ** (ref.least_exponent - ref.fraction)
    for a, b, code in set(zip(x, y, q, strict=True)):
        rounding = max(abs(b) * Fraction(1, 2 << ref.fraction), least / 2)
        scale_error = abs(code) * abs(scale - amax / 127)
        assert abs(a - b) <= slack * amax / 127 + scale_error + rounding


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: f"flags{layout.flags}")
@pytest.mark.parametrize("runs", [2011, 2012, 2013])
def test_runs_at_the_limit(layout, runs):
    """2012 runs are coded in 63 units, 2013 are stored raw."""
    page = exact_runs(np.random.default_rng(runs), layout, runs).tolist()
    data, raw, nonfinite = model_compress(page, layout)
    assert (data, raw, nonfinite) == reference(layout).compress(page)
    assert raw == (runs > 2012)
    if not raw:
        assert len(data) == 63 * UNIT
        assert struct.unpack("<H", data[2:4])[0] == runs


@pytest.mark.parametrize("exponent", [7, 8, 9])
def test_tiny_bf16(exponent):
    """Below 2^-119, BF16 exponent field 8, a page is stored raw."""
    layout = Layout(torch.bfloat16, 64, Axis.HEAD_DIM)
    page = [exponent << 7] + [0] * (VALUES - 1)
    data, raw, nonfinite = model_compress(page, layout)
    assert (data, raw, nonfinite) == reference(layout).compress(page)
    assert raw == (exponent < 8)
    assert not nonfinite


def test_what_is_no_page():
    layout = LAYOUTS[0]
    with pytest.raises(ValueError, match="raw pages are int16"):
        int8rle.compress(torch.zeros(1, 2047, dtype=torch.int16), layout)
    with pytest.raises(ValueError, match="head_dim"):
        Layout(torch.float16, 96, Axis.TOKENS)
    with pytest.raises(ValueError, match="codes"):
        Layout(torch.float32, 64, Axis.TOKENS)
