"""speckv: the codec that replaces the paper's, bit for bit as `rtl/speckv` has it.

Values are quantised with a mean and a step per channel and a dither per place, then coded with a
fixed prefix code per channel.  The byte format and the exact arithmetic are specified in
docs/speckv-format.md; names here follow that document.
"""

from __future__ import annotations

import enum
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from models.page import DTYPES, HEAD_DIMS, PAGE_BYTES, PAGE_VALUES, tokens_per_page
from models.speckv_codes import CLASSES, CODEWORDS, COUNTS, ESCAPE_RANK, LENGTHS, PLANES

UNIT_BYTES = 64
RAW_UNITS = PAGE_BYTES // UNIT_BYTES
FORMAT_ID = 0x51
LANES = 32
ROWS = PAGE_VALUES // LANES
SKEW = 5  # steps between a plane and the next
STEPS = ROWS + SKEW * (PLANES - 1)
HEADER_BITS = 16
CRC_WORDS = 2
MANTISSA_BITS = {torch.float16: 10, torch.bfloat16: 7}
MAX_LOW_BITS = 6  # in lossy mode
MAX_ROW_WORDS = 32  # of a row in the tail stream

# The unit is 2^(exponent + this).
UNIT_EXPONENT = {torch.float16: -25 - 6, torch.bfloat16: -137 - 6}
STEP_FRACTION_BITS = 11
RCP_BITS = 20

_MAX_UNITS = RAW_UNITS - 1
_PAGE_BITS = PAGE_BYTES * 8
_PAGE_WORDS = PAGE_BYTES // 2
_X_LIMIT = 1 << 18
_CHUNK = 256  # pages worked on at a time, so that temporaries stay in the cache
_DECODE_CHUNK = 1024  # decoding goes step by step: more pages a step
_STREAM_BYTES = (HEADER_BITS + PAGE_VALUES * PLANES) // 8  # the longest plane stream, with header

_ESCAPE = 255  # beyond the ranks of every class


class Error(enum.IntEnum):
    """What a decoder reports of a page."""

    OK = 0
    LENGTH = 1
    HEADER = 2
    TABLE = 3
    CRC = 4
    CONTENT = 5


@dataclass(frozen=True, eq=False)
class Table:
    """How the pages of one (layer, KV head, kind) are coded.

    mean, step, rcp, exponent, class_id: int32 ``[head_dim]``, the fields of the format's entries.
    low_bits: m.  Raises ValueError for what the format cannot hold.
    """

    dtype: torch.dtype
    head_dim: int
    lossless: bool
    low_bits: int
    mean: torch.Tensor
    step: torch.Tensor
    rcp: torch.Tensor
    exponent: torch.Tensor
    class_id: torch.Tensor

    def __post_init__(self):
        if self.dtype not in DTYPES:
            raise ValueError(f"speckv codes {DTYPES}, not {self.dtype}")
        if self.head_dim not in HEAD_DIMS:
            raise ValueError(f"speckv codes head_dim {HEAD_DIMS}, not {self.head_dim}")
        mantissa = MANTISSA_BITS[self.dtype]
        low_bits = [mantissa] if self.lossless else range(MAX_LOW_BITS + 1)
        if self.low_bits not in low_bits:
            raise ValueError(f"low_bits {self.low_bits}: use one of {list(low_bits)}")
        mean = (0, 1) if self.lossless else (-(1 << 18), (1 << 18) - 1)
        scale = 0 if self.lossless else 0xFFFF
        limits = {
            "mean": mean,
            "step": (0, scale),
            "rcp": (0, scale),
            "exponent": (0, 255),
            "class_id": (0, CLASSES - 1),
        }
        for name, (low, high) in limits.items():
            field = getattr(self, name)
            if field.shape != (self.head_dim,) or field.dtype != torch.int32:
                raise ValueError(
                    f"{name} is {field.dtype}{tuple(field.shape)}, not int32[head_dim]"
                )
            if bool((field < low).any() | (field > high).any()):
                raise ValueError(f"{name} goes beyond {low} to {high}")

    def image(self) -> bytes:
        """The table as hardware loads it: 64-byte beats."""
        config = (
            FORMAT_ID
            | DTYPES.index(self.dtype) << 8
            | HEAD_DIMS.index(self.head_dim) << 9
            | int(self.lossless) << 10
            | self.low_bits << 16
        )
        fields = [
            (self.mean, 0, 0x7FFFF),
            (self.rcp, 19, 0xFFFF),
            (self.step, 35, 0xFFFF),
            (self.exponent, 51, 0xFF),
            (self.class_id, 59, 0x1F),
        ]
        entries = np.zeros(self.head_dim, np.uint64)
        for field, at, mask in fields:
            entries |= (field.numpy().astype(np.int64) & mask).astype(np.uint64) << np.uint64(at)
        return config.to_bytes(UNIT_BYTES, "little") + entries.astype("<u8").tobytes()

    @classmethod
    def from_image(cls, image: bytes) -> Table:
        """Inverse of `image`.  Raises ValueError for anything else."""
        config = int.from_bytes(image[:UNIT_BYTES], "little")
        head_dim = HEAD_DIMS[config >> 9 & 1]
        known = FORMAT_ID | 0x700 | 0xF0000
        if config & 0xFF != FORMAT_ID or config & ~known:
            raise ValueError(f"not the image of a speckv table: it begins {image[:8].hex()}")
        if len(image) != UNIT_BYTES + 8 * head_dim:
            raise ValueError(f"a table for head_dim {head_dim} has no {len(image)} bytes")
        entries = np.frombuffer(image, "<u8", offset=UNIT_BYTES)

        def field(at: int, bits: int) -> torch.Tensor:
            value = (entries >> np.uint64(at)) & np.uint64((1 << bits) - 1)
            return torch.from_numpy(value.astype(np.int32))

        mean = field(0, 19)
        return cls(
            dtype=DTYPES[config >> 8 & 1],
            head_dim=head_dim,
            lossless=bool(config >> 10 & 1),
            low_bits=config >> 16 & 0xF,
            mean=mean - ((mean >> 18) << 19),
            rcp=field(19, 16),
            step=field(35, 16),
            exponent=field(51, 8),
            class_id=field(59, 5),
        )

    @cached_property
    def crc(self) -> int:
        """CRC-32 of the image."""
        return zlib.crc32(self.image())

    @property
    def tag(self) -> int:
        """What a page says of its table."""
        return self.crc & 0xFF


class Tables:
    """Tables of one dtype and head_dim, by number.  Raises ValueError if they differ in those."""

    def __init__(self, tables: Sequence[Table]):
        if not tables:
            raise ValueError("no tables")
        self.dtype, self.head_dim = tables[0].dtype, tables[0].head_dim
        if any((t.dtype, t.head_dim) != (self.dtype, self.head_dim) for t in tables):
            raise ValueError("tables of several dtypes or head_dims")
        self.tables = list(tables)
        self.lossless = torch.tensor([t.lossless for t in tables])
        self.low_bits = torch.tensor([t.low_bits for t in tables])
        self.crc = torch.tensor([t.crc for t in tables])

        def stack(name: str) -> torch.Tensor:
            return torch.stack([getattr(t, name) for t in tables])

        self.mean, self.step, self.rcp = stack("mean"), stack("step"), stack("rcp")
        self.exponent, self.class_id = stack("exponent"), stack("class_id")
        self.tokens = tokens_per_page(self.head_dim)
        self.dither = dither(self.head_dim)

    def __len__(self) -> int:
        return len(self.tables)


@dataclass
class StoredPages:
    """A batch of n stored pages.

    data: uint8 ``[n, 4096]``, zero behind the stored length.
    units: int64 ``[n]``, the stored length in 64-byte units.
    raw: bool ``[n]``, stored raw.
    crc: int64 ``[n]``, the page's CRC-32, which is kept beside it; a raw page does not hold it.
    """

    data: torch.Tensor
    units: torch.Tensor
    raw: torch.Tensor
    crc: torch.Tensor


def dither(head_dim: int) -> torch.Tensor:
    """The dither ``u``, int32 ``[tokens, head_dim]``, 0 to 31."""
    t = torch.arange(tokens_per_page(head_dim), dtype=torch.int32)[:, None]
    c = torch.arange(head_dim, dtype=torch.int32)
    reversed_t = sum((t >> i & 1) << (4 - i) for i in range(5))
    return (reversed_t + 13 * (c % 32) + 7 * (c // 32)) % 32


def _check_pages(pages: torch.Tensor, tables: Tables, index: torch.Tensor) -> None:
    if pages.dtype != torch.int16 or pages.ndim != 2 or pages.shape[1] != PAGE_VALUES:
        raise ValueError(f"raw pages are int16[n, 2048], got {pages.dtype}{tuple(pages.shape)}")
    _check_index(len(pages), tables, index)


def _check_index(n: int, tables: Tables, index: torch.Tensor) -> None:
    if index.shape != (n,) or (n and (index.min() < 0 or index.max() >= len(tables))):
        raise ValueError(f"index has to name one of {len(tables)} tables for each of {n} pages")


# ---- Quantisation: values to ranks and low bits, and back ----


@dataclass
class Symbols:
    """n pages as symbols, each ``[n, 2048]``.

    rank: uint8, 255 for an escape; low: int16, the low bits (0 for an escape).
    """

    rank: torch.Tensor
    low: torch.Tensor


def _by_token(parameter: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """``[tables, head_dim]`` to ``[n, 1, head_dim]``."""
    return parameter[index][:, None]


def _power(exponent: torch.Tensor) -> torch.Tensor:
    """2^exponent, exact: float64."""
    return torch.ldexp(torch.ones_like(exponent, dtype=torch.float64), exponent)


def quantise(pages: torch.Tensor, tables: Tables, index: torch.Tensor) -> Symbols:
    """Raw pages (int16 ``[n, 2048]``) with lossy tables to symbols."""
    shape = (len(pages), tables.tokens, tables.head_dim)
    bits = pages.view(shape)
    m = tables.low_bits[index][:, None, None].to(torch.int32)

    units_of_one = _power(-UNIT_EXPONENT[tables.dtype] - _by_token(tables.exponent, index))
    scaled = bits.view(tables.dtype).double().mul_(units_of_one)  # NaN and infinities stay so
    x = scaled.abs().add_(0.5).floor_()
    in_range = x < _X_LIMIT  # false for NaN
    x.copysign_(scaled)
    # (X - mean) * rcp has 36 bits, exact in float64; so is all that follows.
    rcp = _by_token(tables.rcp, index).double().mul_(2.0**-RCP_BITS)
    offset = (2 * tables.dither + 1).double().mul_(2.0**-6)
    x.sub_(_by_token(tables.mean, index).double()).mul_(rcp).add_(offset).floor_()
    q = x.masked_fill_(~in_range, 0).to(torch.int32)

    hi = q >> m
    rank = (hi << 1) ^ (hi >> 31)  # 2 hi, or -2 hi - 1
    coded = in_range & (rank < ESCAPE_RANK[_by_token(tables.class_id, index)])
    low = torch.where(coded, q & ((1 << m) - 1), 0)
    rank = torch.where(coded, rank, _ESCAPE)
    return Symbols(
        rank.to(torch.uint8).view(len(pages), PAGE_VALUES),
        low.to(torch.int16).view(len(pages), PAGE_VALUES),
    )


def dequantise(symbols: Symbols, tables: Tables, index: torch.Tensor) -> torch.Tensor:
    """What lossy tables make of symbols: int16 ``[n, 2048]``, any value for escapes."""
    n = len(symbols.rank)
    shape = (n, tables.tokens, tables.head_dim)
    m = tables.low_bits[index][:, None, None].to(torch.int32)
    rank = symbols.rank.view(shape).to(torch.int32)
    hi = (rank >> 1) ^ -(rank & 1)
    q = (hi << m) + symbols.low.view(shape)
    y = (q << 6).add_(31 - 2 * tables.dither).double()
    # Y * step has 36 bits: exact in float64, and so is T in float32.
    t = y.mul_(_by_token(tables.step, index).double()).add_(2.0**11).mul_(2.0**-12).floor_()
    t.add_(_by_token(tables.mean, index).double(), alpha=32)
    unit = _power(_by_token(tables.exponent, index) + (UNIT_EXPONENT[tables.dtype] - 5))
    value = t.mul_(unit).float()
    largest = torch.finfo(tables.dtype).max
    return value.clamp_(-largest, largest).to(tables.dtype).view(torch.int16).view(n, PAGE_VALUES)


def split(pages: torch.Tensor, tables: Tables, index: torch.Tensor) -> Symbols:
    """Raw pages (int16 ``[n, 2048]``) with lossless tables to symbols."""
    mantissa = MANTISSA_BITS[tables.dtype]
    shape = (len(pages), tables.tokens, tables.head_dim)
    bits = pages.view(shape).to(torch.int32) & 0xFFFF
    delta = _by_token(tables.exponent, index) - (bits >> mantissa & (1 << 15 - mantissa) - 1)
    f = torch.where(delta >= 0, delta + delta.div(3, rounding_mode="floor"), -4 * delta - 1)
    rank = 2 * f + (bits >> 15 ^ _by_token(tables.mean, index))
    coded = rank < ESCAPE_RANK[_by_token(tables.class_id, index)]
    low = torch.where(coded, bits & (1 << mantissa) - 1, 0)
    rank = torch.where(coded, rank, _ESCAPE)
    return Symbols(
        rank.to(torch.uint8).view(len(pages), PAGE_VALUES),
        low.to(torch.int16).view(len(pages), PAGE_VALUES),
    )


def join(symbols: Symbols, tables: Tables, index: torch.Tensor) -> torch.Tensor:
    """What lossless tables make of symbols: int16 ``[n, 2048]``, any value for escapes."""
    n = len(symbols.rank)
    mantissa = MANTISSA_BITS[tables.dtype]
    shape = (n, tables.tokens, tables.head_dim)
    rank = symbols.rank.view(shape).to(torch.int32)
    f, sign = rank >> 1, rank & 1 ^ _by_token(tables.mean, index)
    quarter = (f + 1) >> 2
    delta = torch.where(f & 3 == 3, -quarter, f - quarter)
    exponent = _by_token(tables.exponent, index) - delta & (1 << 15 - mantissa) - 1
    bits = sign << 15 | exponent << mantissa | symbols.low.view(shape)
    return bits.to(torch.int16).view(n, PAGE_VALUES)


# ---- Compression ----


def compress(pages: torch.Tensor, tables: Tables, index: torch.Tensor) -> StoredPages:
    """Code raw pages (int16 bit patterns ``[n, 2048]``), page ``i`` with table ``index[i]``
    (int64 ``[n]``).  Raises ValueError for other pages or for an index without a table."""
    _check_pages(pages, tables, index)
    n = len(pages)
    out = StoredPages(
        data=torch.zeros(n, PAGE_BYTES, dtype=torch.uint8),
        units=torch.empty(n, dtype=torch.int64),
        raw=torch.empty(n, dtype=torch.bool),
        crc=torch.empty(n, dtype=torch.int64),
    )
    lossless = tables.lossless[index]
    for mode, symbols_of in ((False, quantise), (True, split)):
        mine = (lossless == mode).nonzero().squeeze(1)
        for part in mine.split(_CHUNK) if len(mine) else ():
            symbols = symbols_of(pages[part], tables, index[part])
            data, units = _pack(pages[part], symbols, tables, index[part])
            out.data[part], out.units[part] = data, units
            out.raw[part] = units == RAW_UNITS
    out.data[out.raw] = pages[out.raw].view(torch.uint8).view(-1, PAGE_BYTES)
    seeds = torch.where(out.raw, 0, tables.crc[index])
    out.crc = _crc(out.data, out.units, seeds)
    coded = (~out.raw).nonzero().squeeze(1)
    words = out.data.view(torch.int32)
    words[coded, out.units[coded] * (UNIT_BYTES // 4) - 1] = out.crc[coded].to(torch.int32)
    return out


def coded_bits(pages: torch.Tensor, tables: Tables, index: torch.Tensor) -> torch.Tensor:
    """Lengths before rounding up to units, int64 ``[n]``, of pages as `compress` takes them;
    of a page that is stored raw all its bits."""
    _check_pages(pages, tables, index)
    out = torch.full((len(pages),), 8 * PAGE_BYTES)
    lossless = tables.lossless[index]
    for mode, symbols_of in ((False, quantise), (True, split)):
        mine = (lossless == mode).nonzero().squeeze(1)
        for part in mine.split(_CHUNK) if len(mine) else ():
            rank = symbols_of(pages[part], tables, index[part]).rank
            escapes = (rank == _ESCAPE).view(-1, ROWS, LANES).sum(-1)
            row_words = 2 * tables.low_bits[index[part]][:, None] + escapes
            classes = tables.class_id[index[part]].repeat(1, tables.tokens).long()
            plane_bits = LENGTHS[classes, rank.long()].long().sum(1)
            tail_words = row_words.sum(1)
            raw = _units(plane_bits, tail_words) > _MAX_UNITS
            raw |= (row_words > MAX_ROW_WORDS).any(1)
            bits = _bits(plane_bits, tail_words)
            out[part] = torch.where(raw, 8 * PAGE_BYTES, bits)
    return out


def _crc(data: torch.Tensor, units: torch.Tensor, seeds: torch.Tensor) -> torch.Tensor:
    """CRC-32, int64 ``[n]``, of so many units of each page."""
    rows, lengths = data.numpy(), (units * UNIT_BYTES).tolist()
    crcs = [
        zlib.crc32(row[:length], seed)
        for row, length, seed in zip(rows, lengths, seeds.tolist(), strict=True)
    ]
    return torch.tensor(crcs, dtype=torch.int64)


def _pack(
    pages: torch.Tensor, symbols: Symbols, tables: Tables, index: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Coded pages but for their CRC: uint8 ``[n, 4096]`` and units ``[n]``, 64 units and any data
    for a page that is to be stored raw."""
    n = len(pages)
    low_bits = tables.low_bits[index]
    escapes = symbols.rank == _ESCAPE
    escape_counts = escapes.view(n, ROWS, LANES).sum(-1)
    row_words = 2 * low_bits[:, None] + escape_counts

    classes = tables.class_id[index][:, None].expand(-1, tables.tokens, -1)
    at = (classes.to(torch.int32) << 8).reshape(n, PAGE_VALUES) + symbols.rank
    lengths = LENGTHS.view(-1).index_select(0, at.view(-1))
    codewords = CODEWORDS.view(-1).index_select(0, at.view(-1))
    counts = _counts(lengths).view(n, ROWS, PLANES)

    plane_bits = counts.sum((1, 2))
    tail_words = row_words.sum(1)
    units = _units(plane_bits, tail_words)
    raw = (units > _MAX_UNITS) | (row_words > MAX_ROW_WORDS).any(1)
    units[raw] = RAW_UNITS

    bits = torch.zeros(n + 1, _PAGE_BITS, dtype=torch.uint8)  # raw pages' go to the last
    target = torch.where(raw, n, torch.arange(n))
    _place_planes(bits, lengths, codewords, counts, target)
    data = torch.from_numpy(np.packbits(bits[:n].numpy(), axis=1, bitorder="little"))
    data[:, 0] = FORMAT_ID
    data[:, 1] = tables.crc[index].to(torch.uint8)

    words = data.view(torch.int16)
    at_escape = escapes.nonzero()
    if m := int(low_bits.max()):  # all tables of a page have their own m
        _place_low_bits(words, symbols.low, low_bits, row_words, units, raw, m)
    if len(at_escape):
        page, place = at_escape.unbind(1)
        keep = ~raw[page]
        page, place = page[keep], place[keep]
        row = place // LANES
        behind = row_words.cumsum(1)[page, row] - escape_counts[page, row]
        before = escapes.view(n, ROWS, LANES).cumsum(-1).view(n, PAGE_VALUES)[page, place] - 1
        word = units[page] * LANES - 1 - CRC_WORDS - behind - before
        words[page, word] = pages[page, place]
    return data, units


def _units(plane_bits: torch.Tensor, tail_words: torch.Tensor) -> torch.Tensor:
    """Stored length of a coded page whose streams are so long."""
    return (_bits(plane_bits, tail_words) + 8 * UNIT_BYTES - 1) // (8 * UNIT_BYTES)


def _bits(plane_bits: torch.Tensor, tail_words: torch.Tensor) -> torch.Tensor:
    return HEADER_BITS + plane_bits + 16 * (tail_words + CRC_WORDS)


def _counts(lengths: torch.Tensor) -> torch.Tensor:
    """Codewords longer than 0 to 7 bits in each row: int64 ``[rows, 8]``.

    lengths: uint8 ``[rows * 32]``.
    """
    counts = torch.empty(len(lengths) // LANES, PLANES, dtype=torch.int64)
    for plane in range(PLANES):
        # Bytes are summed eight at a time: a byte of a sum is at most 32.
        longer = (lengths > plane).view(torch.int64).view(-1, LANES // 8).sum(1)
        counts[:, plane] = (longer * 0x0101010101010101) >> 56
    return counts


def _steps(counts: torch.Tensor) -> torch.Tensor:
    """Where each plane of each row starts in its page's plane stream.

    counts: int64 ``[n, rows, planes]``, bits; returns the same.
    """
    n = len(counts)
    by_step = torch.zeros(n, STEPS, PLANES, dtype=torch.int64)  # planes from the last to the first
    for plane in range(PLANES):
        by_step[:, SKEW * plane : SKEW * plane + ROWS, -1 - plane] = counts[:, :, plane]
    flat = by_step.view(n, -1)
    starts = (flat.cumsum(1) - flat).view(n, STEPS, PLANES)
    out = torch.empty_like(counts)
    for plane in range(PLANES):
        out[:, :, plane] = starts[:, SKEW * plane : SKEW * plane + ROWS, -1 - plane]
    return out


def _place_planes(
    bits: torch.Tensor,
    lengths: torch.Tensor,
    codewords: torch.Tensor,
    counts: torch.Tensor,
    target: torch.Tensor,
) -> None:
    """Write the plane streams into `bits`, uint8 ``[.., 32768]``, page i at row target[i]."""
    starts = _steps(counts) + (HEADER_BITS + target * _PAGE_BITS)[:, None, None]
    flat = bits.view(-1)
    alive = torch.arange(len(lengths), dtype=torch.int32)  # the values a plane has a bit of
    for plane in range(PLANES):
        alive = alive[lengths.index_select(0, alive) > plane] if plane else alive
        if not len(alive):
            break
        count = counts[:, :, plane].reshape(-1)
        behind = starts[:, :, plane].reshape(-1) - (count.cumsum(0) - count)
        row = alive >> 5
        at = behind.index_select(0, row).add_(torch.arange(len(alive)))
        flat[at] = codewords.index_select(0, alive) >> (PLANES - 1 - plane) & 1


def _place_low_bits(
    words: torch.Tensor,
    low: torch.Tensor,
    low_bits: torch.Tensor,
    row_words: torch.Tensor,
    units: torch.Tensor,
    raw: torch.Tensor,
    most: int,
) -> None:
    """Write every row's low bits into the tail streams of `words`, int16 ``[n, 2048]``."""
    n = len(words)
    starts = row_words.cumsum(1) - row_words
    for bit in range(most):
        lanes = (low >> bit & 1).to(torch.uint8).view(n, ROWS, LANES)
        packed = np.packbits(lanes.numpy(), axis=2, bitorder="little")
        packed = torch.from_numpy(packed).view(torch.int16)  # [n, rows, 2]
        page, row = ((bit < low_bits) & ~raw).nonzero().squeeze(1)[:, None], torch.arange(ROWS)
        word = units[page] * LANES - 1 - CRC_WORDS - (starts[page, row] + 2 * bit)
        words[page, word] = packed[page, row, 0]
        words[page, word - 1] = packed[page, row, 1]


# ---- Decompression ----


def decompress(
    data: torch.Tensor,
    units: torch.Tensor,
    raw: torch.Tensor,
    crc: torch.Tensor,
    tables: Tables,
    index: torch.Tensor,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Decode stored pages.

    data: uint8 ``[n, at least 64 * units]``; units, raw, crc: ``[n]`` as in
    `StoredPages`; index: int64 ``[n]``, the table of each, or -1 where none is loaded.
    Returns the pages, int16 ``[n, 2048]``, and an `Error` code each, int64 ``[n]``; a page whose
    code is not 0 is all zeros.
    """
    n = len(data)
    index = torch.where(index >= len(tables), -1, index)
    pages = torch.zeros(n, PAGE_VALUES, dtype=torch.int16)
    if (short := PAGE_BYTES - data.shape[1]) > 0:
        data = torch.nn.functional.pad(data, (0, short))
    data = data[:, :PAGE_BYTES].contiguous()
    errors = _verdict(data, units, raw, crc, tables, index)
    good_raw = raw & (errors == Error.OK)
    pages[good_raw] = data.view(torch.int16)[good_raw]

    coded = ~raw & (errors == Error.OK)
    lossless = tables.lossless[index.clamp_min(0)]
    for mode, values_of in ((False, dequantise), (True, join)):
        mine = (coded & (lossless == mode)).nonzero().squeeze(1)
        for part in mine.split(_DECODE_CHUNK) if len(mine) else ():
            errors[part] = _decode(data, units, tables, index, part, values_of, pages)
    return pages, errors


def through(pages: torch.Tensor, tables: Tables, index: torch.Tensor) -> torch.Tensor:
    """Raw pages (int16 ``[n, 2048]``) as they come back: compressed and decompressed."""
    stored = compress(pages, tables, index)
    back, errors = decompress(stored.data, stored.units, stored.raw, stored.crc, tables, index)
    if errors.any():
        raise AssertionError(f"own pages do not decode: {errors.unique().tolist()}")
    return back


def _verdict(
    data: torch.Tensor,
    units: torch.Tensor,
    raw: torch.Tensor,
    crc: torch.Tensor,
    tables: Tables,
    index: torch.Tensor,
) -> torch.Tensor:
    """What is known of pages before they are decoded: `Error` codes, int64 ``[n]``."""
    errors = torch.zeros(len(data), dtype=torch.int64)

    def check(bad: torch.Tensor, error: Error) -> None:
        errors[bad & (errors == Error.OK)] = error

    check(torch.where(raw, units != RAW_UNITS, (units < 1) | (units > _MAX_UNITS)), Error.LENGTH)
    check(~raw & (data[:, 0] != FORMAT_ID), Error.HEADER)
    seeds = tables.crc[index.clamp_min(0)]
    check(~raw & ((index < 0) | (data[:, 1] != (seeds & 0xFF))), Error.TABLE)

    units = units.clamp(1, RAW_UNITS)
    last = units * (UNIT_BYTES // 4) - 1
    found = data.view(torch.int32)[torch.arange(len(data)), last].long() & 0xFFFFFFFF
    blank = data.clone()
    blank.view(torch.int32)[~raw, last[~raw]] = 0
    expected = _crc(blank, units, torch.where(raw, 0, seeds))
    check((expected != crc) | (~raw & (found != crc)), Error.CRC)
    return errors


def _decode(data, units, tables, index, part, values_of, pages) -> torch.Tensor:
    """Decode coded pages `part` (int64, indices) into `pages`; returns their `Error` codes."""
    n = len(part)
    units, index = units[part], index[part]
    low_bits = tables.low_bits[index]
    class_id = tables.class_id[index].repeat(1, tables.tokens).view(-1)
    rank, plane_bits = _take_planes(data[part], class_id)
    escapes = (rank == ESCAPE_RANK.index_select(0, class_id)).view(n, PAGE_VALUES)

    escape_counts = escapes.view(n, ROWS, LANES).sum(-1)
    row_words = 2 * low_bits[:, None] + escape_counts
    bad = (row_words > MAX_ROW_WORDS).any(1) | (_units(plane_bits, row_words.sum(1)) != units)

    words = data[part].view(torch.int16)
    starts = units[:, None] * LANES - 1 - CRC_WORDS - (row_words.cumsum(1) - row_words)
    low = torch.zeros(n, PAGE_VALUES, dtype=torch.int16)
    for bit in range(int(low_bits.max()) if n else 0):
        page, row = (bit < low_bits).nonzero().squeeze(1)[:, None], torch.arange(ROWS)
        at = (starts[page, row] - 2 * bit).clamp_(1, _PAGE_WORDS - 1)
        halves = torch.stack([words[page, at], words[page, at - 1]], -1)
        lanes = np.unpackbits(halves.view(torch.uint8).numpy(), axis=-1, bitorder="little")
        low[page.squeeze(1)] |= torch.from_numpy(lanes).to(torch.int16).view(-1, PAGE_VALUES) << bit

    out = values_of(Symbols(rank.view(n, PAGE_VALUES), low), tables, index)
    page, place = escapes.nonzero().unbind(1)
    row = place // LANES
    before = escapes.view(n, ROWS, LANES).cumsum(-1).view(n, PAGE_VALUES)[page, place] - 1
    at = (starts[page, row] - 2 * low_bits[page] - before).clamp_(0, _PAGE_WORDS - 1)
    out[page, place] = words[page, at]
    out[bad] = 0
    pages[part] = out
    return torch.where(bad, int(Error.CONTENT), int(Error.OK))


def _decoder_states() -> torch.Tensor:
    """What becomes of a class and its code so far once plane d has given the next bit: int16
    ``[plane, class << 8 | code]``, a rank, or -1 - the code to go on with."""
    states = torch.zeros(PLANES, CLASSES, 256, dtype=torch.int16)
    code = torch.arange(256, dtype=torch.int16)
    counts = torch.tensor(COUNTS, dtype=torch.int16)
    bases = counts.cumsum(1, dtype=torch.int16) - counts
    for plane in range(PLANES):
        count, base = counts[:, plane, None], bases[:, plane, None]
        states[plane] = torch.where(code < count, base + code, -1 - 2 * (code - count))
    return states.view(PLANES, -1)


_STATES = _decoder_states()


def _take_planes(data: torch.Tensor, class_id: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Ranks, uint8 ``[n * 2048]``, and the plane streams' lengths, int64 ``[n]``, of coded pages
    (uint8 ``[n, 4096]``) whose values have the given classes (int32 ``[n * 2048]``).

    Goes step by step as the hardware does: a plane's values in a row are known only from the
    plane before, five steps ago.
    """
    n = len(data)
    data = data[:, :_STREAM_BYTES]
    bits = torch.from_numpy(np.unpackbits(data.numpy(), axis=1, bitorder="little")).view(-1)
    rank = torch.zeros(n * PAGE_VALUES, dtype=torch.uint8)
    first = torch.arange(n) * (8 * _STREAM_BYTES) + HEADER_BITS
    pointer = first.clone()
    order = torch.arange(n * LANES)
    # An item is a value a plane has a bit of: where it is << 13 | its class << 8 | its code so far.
    row0 = (order // LANES * PAGE_VALUES + order % LANES) << 13
    classes = class_id.view(n, ROWS, LANES)
    everyone = torch.full((n,), LANES)
    waiting: list[dict] = [{} for _ in range(PLANES + 1)]  # [plane][row]
    for step in range(STEPS):
        for plane in reversed(range(PLANES)):
            row = step - SKEW * plane
            if not 0 <= row < ROWS:
                continue
            if plane == 0:
                items = row0 + ((row * LANES << 13) + (classes[:, row].reshape(-1) << 8))
                count = everyone
            else:
                items, count = waiting[plane].pop(row)
            if len(items):
                behind = pointer - (count.cumsum(0) - count)
                pointer += count
                at = behind.repeat_interleave(count, output_size=len(items))
                at += order[: len(items)]
                items = items + bits.index_select(0, at)
                state = _STATES[plane].index_select(0, items & 0x1FFF)
                rank[items >> 13] = state.to(torch.uint8)  # a later plane overwrites what is none
                left = (state < 0).nonzero().squeeze(1)
                items = (items.index_select(0, left) & ~0xFF) - state.index_select(0, left) - 1
                count = torch.bincount(items >> 24, minlength=n)
            waiting[plane + 1][row] = items, count
    return rank, pointer - first
