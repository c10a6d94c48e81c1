"""int8rle: the paper's codec (arXiv 2512.11920, Algorithm 2), bit for bit as `rtl/codec` has it.

FP16 or BF16 to INT8 with one scale a page, delta, run-length.  The byte format and the exact
arithmetic are specified in docs/int8rle-format.md; names here follow that document.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import torch

from models.page import DTYPES, HEAD_DIMS, PAGE_BYTES, PAGE_VALUES

UNIT_BYTES = 64
RAW_UNITS = PAGE_BYTES // UNIT_BYTES
FORMAT_ID = 0x1A
HEADER_BYTES = 8
MAX_RUNS = ((RAW_UNITS - 1) * UNIT_BYTES - HEADER_BYTES) // 2
MAX_COUNT = 256
MAX_SCALE_BITS = {torch.float16: 0x4400F200, torch.bfloat16: 0x7C008100}

_HEADER_WORDS = HEADER_BYTES // 2
_CHUNK = 256  # pages worked on at a time, so that temporaries stay in the cache


class Axis(enum.IntEnum):
    """What a delta is taken against: the channel before, or the same channel a token before."""

    HEAD_DIM = 0
    TOKENS = 1


class Error(enum.IntEnum):
    """What a decoder reports of a page."""

    OK = 0
    BAD_HEADER = 1
    BAD_LENGTH = 2
    BAD_RUNS = 3
    BAD_PADDING = 4
    BAD_CODE = 5


@dataclass(frozen=True)
class Layout:
    """How a page is to be read and coded.  Raises ValueError for what the format cannot hold."""

    dtype: torch.dtype
    head_dim: int
    axis: Axis

    def __post_init__(self):
        if self.dtype not in DTYPES:
            raise ValueError(f"int8rle codes {DTYPES}, not {self.dtype}")
        if self.head_dim not in HEAD_DIMS:
            raise ValueError(f"int8rle codes head_dim {HEAD_DIMS}, not {self.head_dim}")

    @property
    def flags(self) -> int:
        """The header's flags byte, which is also what the compressor's TUSER carries."""
        return DTYPES.index(self.dtype) | HEAD_DIMS.index(self.head_dim) << 1 | int(self.axis) << 2

    @classmethod
    def from_flags(cls, flags: int) -> Layout:
        return cls(DTYPES[flags & 1], HEAD_DIMS[flags >> 1 & 1], Axis(flags >> 2 & 1))


LAYOUTS = tuple(Layout.from_flags(flags) for flags in range(8))


@dataclass
class StoredPages:
    """A batch of n stored pages.

    data: uint8 ``[n, 4096]``, zero behind the stored length.
    units: int64 ``[n]``, the stored length in 64-byte units.
    raw: bool ``[n]``, stored raw.
    nonfinite: bool ``[n]``, raw because of a NaN or an infinity.
    """

    data: torch.Tensor
    units: torch.Tensor
    raw: torch.Tensor
    nonfinite: torch.Tensor


def compress(pages: torch.Tensor, layout: Layout) -> StoredPages:
    """Code raw pages (int16 bit patterns ``[n, 2048]``)."""
    if pages.dtype != torch.int16 or pages.ndim != 2 or pages.shape[1] != PAGE_VALUES:
        raise ValueError(f"raw pages are int16[n, 2048], got {pages.dtype}{tuple(pages.shape)}")
    n = len(pages)
    out = StoredPages(
        data=torch.zeros(n, PAGE_BYTES, dtype=torch.uint8),
        units=torch.empty(n, dtype=torch.int64),
        raw=torch.empty(n, dtype=torch.bool),
        nonfinite=torch.empty(n, dtype=torch.bool),
    )
    for start in range(0, n, _CHUNK):
        part = slice(start, start + _CHUNK)
        _compress_chunk(
            pages[part].contiguous(),
            layout,
            StoredPages(out.data[part], out.units[part], out.raw[part], out.nonfinite[part]),
        )
    return out


def _compress_chunk(pages: torch.Tensor, layout: Layout, out: StoredPages) -> None:
    values = pages.view(layout.dtype)
    amax_bits = (pages & 0x7FFF).amax(1)
    amax = amax_bits.view(layout.dtype).double()
    nonfinite = ~amax.isfinite()
    raw = nonfinite.clone()
    if layout.dtype == torch.bfloat16:
        raw |= (amax > 0) & (amax < 2.0**-119)
    amax = torch.where(raw, 0.0, amax)

    scale, multiplier = scale_and_multiplier(amax)
    # The product of an 11-bit and an 18-bit significand is exact in float64, and `round` is RNE.
    q = (values.double() * multiplier[:, None]).round_().to(torch.int8).view(torch.uint8)

    deltas = _delta(q, layout)
    ends = torch.ones(deltas.shape, dtype=torch.bool)
    torch.ne(deltas[:, 1:], deltas[:, :-1], out=ends[:, :-1])
    ends[:, MAX_COUNT - 1 :: MAX_COUNT] = True
    runs = ends.sum(1)
    raw |= runs > MAX_RUNS
    ends[raw] = False
    runs.masked_fill_(raw, 0)

    at = ends.view(-1).nonzero().squeeze(1)
    counts = torch.diff(at, prepend=at.new_tensor([-1]))
    # A page's first run starts at the page, also when raw pages before it left no ends.
    first = runs.cumsum(0)[~raw] - runs[~raw]
    counts[first] = at[first] % PAGE_VALUES + 1
    pairs = (deltas.view(-1)[at].to(torch.int32) | (counts - 1).to(torch.int32) << 8).to(
        torch.int16
    )

    words = out.data.view(torch.int16)
    words[:, 0] = FORMAT_ID | layout.flags << 8
    words[:, 1] = runs.to(torch.int16)
    words[:, 2:4] = scale.view(torch.int16).view(-1, 2)
    body = words[:, _HEADER_WORDS:]
    body.masked_scatter_(torch.arange(body.shape[1]) < runs[:, None], pairs)
    out.data[raw] = pages[raw].view(torch.uint8).view(-1, PAGE_BYTES)
    out.units[:] = torch.where(raw, RAW_UNITS, units_for(runs))
    out.raw[:] = raw
    out.nonfinite[:] = nonfinite


def int8_alone(pages: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Pages (int16 ``[n, 2048]``) after the INT8 step alone: quantised and read back, with nothing
    stored raw.  Raises ValueError if a value is not finite."""
    values = pages.view(layout.dtype).double()
    amax = values.abs().amax(1)
    if not amax.isfinite().all():
        raise ValueError("pages with a NaN or an infinity have no INT8 form")
    scale, multiplier = scale_and_multiplier(amax)
    q = (values * multiplier[:, None]).round_()
    return (q.float() * scale[:, None]).to(layout.dtype).view(torch.int16)


def units_for(runs: torch.Tensor) -> torch.Tensor:
    """Stored length, in 64-byte units, of coded pages with so many runs."""
    return (HEADER_BYTES + 2 * runs + UNIT_BYTES - 1) // UNIT_BYTES


def scale_and_multiplier(amax: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A page's scale (float32 ``[n]``) and what its values are multiplied by (float64 ``[n]``).

    amax: float64 ``[n]``, the largest magnitudes, finite.  Both are 0 where amax is 0.
    """
    fraction, exponent = torch.frexp(amax)  # amax = fraction * 2^exponent, 1/2 <= fraction < 1
    m = (fraction * 2048).to(torch.int64)
    e = exponent.to(torch.int64) - 1
    zero = m == 0
    m.masked_fill_(zero, 1024)
    # amax / 127 to 17 significand bits: one bit less of quotient from 16 * 127 on.
    carry = (m >= 16 * 127).to(torch.int64)
    significand = ((m << 14 - carry) + 127) // 254
    scale = torch.ldexp(significand.double(), e - 23 + carry)
    reciprocal = ((127 << 22) + m) // (2 * m)
    multiplier = torch.ldexp(reciprocal.double(), -11 - e)
    return (
        scale.masked_fill_(zero, 0).float(),
        multiplier.masked_fill_(zero, 0),
    )


def _delta(q: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Deltas modulo 256 of uint8 codes ``[n, 2048]``."""
    q = q.view(len(q), -1, layout.head_dim)
    d = q.clone()
    if layout.axis == Axis.TOKENS:
        d[:, 1:] -= q[:, :-1]
    else:
        d[:, :, 1:] -= q[:, :, :-1]
    return d.view(len(q), PAGE_VALUES)


def _undelta(d: torch.Tensor, layout: Layout) -> torch.Tensor:
    """Codes (int8) of uint8 deltas ``[n, 2048]``."""
    d = d.view(len(d), -1, layout.head_dim)
    along = 1 if layout.axis == Axis.TOKENS else 2
    # Sums of up to 128 bytes fit int16; its low byte is the sum modulo 256.
    q = d.cumsum(along, dtype=torch.int16).to(torch.uint8)
    return q.view(len(d), PAGE_VALUES).view(torch.int8)


def decompress(
    data: torch.Tensor, units: torch.Tensor, raw: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Decode stored pages.

    data: uint8 ``[n, at least 64 * units]``; units: int64 ``[n]``; raw: bool ``[n]``.
    Returns the pages, int16 ``[n, 2048]``, and an `Error` code each, int64 ``[n]``; a page whose
    code is not 0 is all zeros.
    """
    n = len(data)
    pages = torch.zeros(n, PAGE_VALUES, dtype=torch.int16)
    errors = torch.empty(n, dtype=torch.int64)
    short = PAGE_BYTES - data.shape[1]
    if short > 0:
        data = torch.nn.functional.pad(data, (0, short))
    for start in range(0, n, _CHUNK):
        part = slice(start, start + _CHUNK)
        # A longer page than the format knows is wrong by its length alone.
        chunk = data[part, :PAGE_BYTES].contiguous()
        errors[part] = _decompress_chunk(chunk, units[part], raw[part], pages[part])
    return pages, errors


def _decompress_chunk(
    data: torch.Tensor, units: torch.Tensor, raw: torch.Tensor, pages: torch.Tensor
) -> torch.Tensor:
    words = data.view(torch.int16)
    flags = data[:, 1]
    runs = words[:, 1].to(torch.int64) & 0xFFFF
    scale_bits = words[:, 2:4].contiguous().view(torch.int32).squeeze(1)
    limit = torch.where(
        (flags & 1).bool(), MAX_SCALE_BITS[torch.bfloat16], MAX_SCALE_BITS[torch.float16]
    )
    scale_ok = (scale_bits == 0) | (
        (scale_bits >= 1 << 23) & (scale_bits <= limit) & (scale_bits & 0x7F == 0)
    )
    header_ok = (
        (data[:, 0] == FORMAT_ID) & (flags < 8) & (runs >= 1) & (runs <= MAX_RUNS) & scale_ok
    )

    body = words[:, _HEADER_WORDS:]
    is_run = torch.arange(body.shape[1]) < runs[:, None]
    values = body.to(torch.uint8)
    counts = ((body.to(torch.int32) >> 8 & 0xFF) + 1) * is_run
    is_padding = ~is_run & (torch.arange(body.shape[1]) < (units * 32 - _HEADER_WORDS)[:, None])

    errors = torch.zeros(len(data), dtype=torch.int64)

    def check(bad: torch.Tensor, error: Error) -> None:
        errors[bad & (errors == Error.OK)] = error

    check(~raw & ~header_ok, Error.BAD_HEADER)
    check(units != torch.where(raw, RAW_UNITS, units_for(runs)), Error.BAD_LENGTH)
    check(~raw & (counts.sum(1) != PAGE_VALUES), Error.BAD_RUNS)
    check(~raw & ((body != 0) & is_padding).any(1), Error.BAD_PADDING)

    good_raw = raw & (errors == Error.OK)
    pages[good_raw] = words[good_raw]
    coded = ~raw & (errors == Error.OK)
    for layout in LAYOUTS:
        mine = (coded & (flags == layout.flags)).nonzero().squeeze(1)
        if not len(mine):
            continue
        d = torch.repeat_interleave(values[mine].view(-1), counts[mine].view(-1))
        q = _undelta(d.view(len(mine), PAGE_VALUES), layout)
        scale = scale_bits[mine].view(torch.float32)
        pages[mine] = (q.float() * scale[:, None]).to(layout.dtype).view(torch.int16)
        bad = mine[(q == -128).any(1)]
        errors[bad] = Error.BAD_CODE
        pages[bad] = 0
    return errors
