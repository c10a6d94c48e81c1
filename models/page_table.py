"""The page table in device memory, bit for bit (docs/memory-path.md).

Words are built and read as NumPy uint64; an entry is two of them, low half first.  All functions
take arrays of any one shape and are vectorised.
"""

from __future__ import annotations

import binascii
import enum
from dataclasses import dataclass

import numpy as np

UNIT_BYTES = 64
DIRECTORIES = 6
DIR_ROWS = 512
DIR_UNITS = DIR_ROWS * 8 // UNIT_BYTES
ROOT_UNITS = 1
SPECKV, AS_IS = 0, 1  # codecs

_POLYNOMIAL = 0x1021
_CHECK_SHIFT = 48  # of the check in a root header or a pointer


class Fault(enum.IntEnum):
    """Why a translation gives no entry."""

    NONE = 0
    UNMAPPED = 1
    FOREIGN = 2
    READ_ONLY = 3
    MALFORMED = 4
    BUS = 5


def u64(values) -> np.ndarray:
    """Any integers as uint64."""
    return np.asarray(values, dtype=np.uint64)


def _field(values, low: int, width: int) -> np.ndarray:
    return u64(values) >> np.uint64(low) & np.uint64((1 << width) - 1)


# ---- Virtual page numbers ----


@dataclass(frozen=True)
class Vpn:
    """The fields of virtual page numbers: integers or arrays of one shape."""

    request: np.ndarray | int
    layer: np.ndarray | int
    kv_head: np.ndarray | int
    kind: np.ndarray | int
    page: np.ndarray | int

    def number(self) -> np.ndarray:
        """The 52-bit numbers, uint64."""
        fields = (self.request, 36), (self.layer, 28), (self.kv_head, 20), (self.kind, 19)
        number = u64(self.page)
        for field, shift in fields:
            number = number | u64(field) << np.uint64(shift)
        return number

    @classmethod
    def of(cls, number) -> Vpn:
        """The fields of 52-bit numbers."""
        parts = ((36, 16), (28, 8), (20, 8), (19, 1), (0, 19))
        return cls(*(_field(number, low, width).astype(np.int64) for low, width in parts))


# ---- Checks ----


def _crc_table() -> np.ndarray:
    table = np.arange(256, dtype=np.uint32) << 8
    for _ in range(8):
        table = np.where(table & 0x8000, table << 1 ^ _POLYNOMIAL, table << 1) & 0xFFFF
    return table


_TABLE = _crc_table()


def check(*words) -> np.ndarray:
    """CRC-16 of 64-bit words, the first one's most significant bit first; uint64."""
    words = np.broadcast_arrays(*(u64(word) for word in words))
    if not words[0].ndim:  # a single one: much faster so
        data = b"".join(int(word).to_bytes(8, "big") for word in words)
        return u64(binascii.crc_hqx(data, 0xFFFF))
    crc = np.full(words[0].shape, 0xFFFF, dtype=np.uint32)
    for word in words:
        for shift in range(56, -8, -8):
            byte = _field(word, shift, 8).astype(np.uint32)
            crc = (crc << 8 ^ _TABLE[crc >> 8 ^ byte]) & 0xFFFF
    return crc.astype(np.uint64)


def root_key(request) -> np.ndarray:
    return u64(request)


def directory_key(request, number) -> np.ndarray:
    return u64(1 << 62) | u64(request) << np.uint64(10) | u64(number)


def row_key(request, row) -> np.ndarray:
    return u64(2 << 62) | u64(request) << np.uint64(20) | u64(row)


def entry_key(vpn) -> np.ndarray:
    return u64(3 << 62) | u64(vpn)


def link_key(segment) -> np.ndarray:
    return u64(1 << 62 | 0x3FFFFF << 40) | u64(segment)


# ---- Root headers and pointers ----


def _sealed(word, key) -> np.ndarray:
    return word | check(key, word) << np.uint64(_CHECK_SHIFT)


def _sound(word, key) -> np.ndarray:
    body = u64(word) & np.uint64((1 << _CHECK_SHIFT) - 1)
    return check(key, body) == _field(word, _CHECK_SHIFT, 16)


def root_header(request, tenant, layers, heads) -> np.ndarray:
    """The first word of a request's root line."""
    word = u64(1) | u64(layers) << np.uint64(8) | u64(heads) << np.uint64(16)
    return _sealed(word | u64(tenant) << np.uint64(32), root_key(request))


@dataclass(frozen=True)
class Root:
    """A root header's fields, and whether it is well formed (absent ones are not)."""

    sound: np.ndarray
    layers: np.ndarray
    heads: np.ndarray
    owner: np.ndarray

    @classmethod
    def of(cls, word, request) -> Root:
        word = u64(word)
        layers, heads = _field(word, 8, 8), _field(word, 16, 8)
        zero = (_field(word, 1, 7) | _field(word, 24, 8)) == 0
        sound = (_field(word, 0, 1) == 1) & zero & (layers > 0) & (heads > 0)
        return cls(sound & _sound(word, root_key(request)), layers, heads, _field(word, 32, 16))


def pointer(address, key) -> np.ndarray:
    """A pointer to `address` (units), in the place that `key` names."""
    return _sealed(u64(1) | u64(address) << np.uint64(1), key)


def pointer_address(word, key, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Whether pointers are well formed, and their addresses.  Absent ones are not well formed.

    limit: addresses are below it and not 0 (links may be 0 and pass no limit).
    """
    word = u64(word)
    address = _field(word, 1, 40)
    sound = (_field(word, 0, 1) == 1) & (_field(word, 41, 7) == 0) & _sound(word, key)
    if limit is not None:
        sound &= (address > 0) & (address < limit)
    return sound, address


# ---- Entries ----


@dataclass(frozen=True)
class Entry:
    """An entry's fields: integers or arrays of one shape."""

    owner: np.ndarray | int
    address: np.ndarray | int
    length: np.ndarray | int
    slot: np.ndarray | int = 0
    codec: np.ndarray | int = SPECKV
    writable: np.ndarray | int = 1
    crc: np.ndarray | int = 0

    def words(self, vpn) -> np.ndarray:
        """uint64 ``[..., 2]``: the entries of these virtual page numbers."""
        low = u64(1) | u64(self.writable) << np.uint64(1) | u64(self.codec) << np.uint64(2)
        low = low | u64(self.length) << np.uint64(4) | u64(self.slot) << np.uint64(11)
        low = low | u64(self.owner) << np.uint64(19) | u64(self.address) << np.uint64(35)
        high = u64(self.address) >> np.uint64(29) | u64(self.crc) << np.uint64(32)
        high = high | check(entry_key(vpn), high, low) << np.uint64(16)
        return np.stack(np.broadcast_arrays(low, high), -1)

    @classmethod
    def of(cls, words, vpn, limit: int) -> tuple[np.ndarray, Entry]:
        """Whether entries (uint64 ``[..., 2]``) are well formed, and their fields."""
        low, high = u64(words)[..., 0], u64(words)[..., 1]
        address = _field(low, 35, 29) | _field(high, 0, 11) << np.uint64(29)
        found = cls(
            owner=_field(low, 19, 16),
            address=address,
            length=_field(low, 4, 7),
            slot=_field(low, 11, 8),
            codec=_field(low, 2, 2),
            writable=_field(low, 1, 1),
            crc=_field(high, 32, 32),
        )
        body = high & ~np.uint64(0xFFFF << 16)
        sound = (_field(low, 0, 1) == 1) & (_field(high, 11, 5) == 0)
        sound &= check(entry_key(vpn), body, low) == _field(high, 16, 16)
        sound &= (found.length >= 1) & (found.length <= 64) & (found.codec <= AS_IS)
        sound &= (address > 0) & (address + found.length <= limit)
        return sound, found


# ---- Walks ----


def row_units(layers: int, heads: int) -> int:
    """Units of a row: 16 bytes a stream."""
    return -(-layers * heads * 2 * 16 // UNIT_BYTES)


class PageTable:
    """Reads translations out of device memory.

    words: uint64 view of the memory; root_base and limit in units; requests: of the root table.
    """

    def __init__(self, words: np.ndarray, root_base: int, requests: int, limit: int):
        self.words, self.root_base, self.requests, self.limit = words, root_base, requests, limit

    def entry_place(self, vpn: int) -> tuple[Fault, int, int]:
        """Where a page's entry is: a fault or none, the entry's first word, the request's owner.

        The owner is -1 where the fault comes before it is known.
        """
        at, words = Vpn.of(vpn), self.words
        request, page = int(at.request), int(at.page)
        if request >= self.requests:
            return Fault.UNMAPPED, 0, -1
        line = (self.root_base + request) * 8
        if words[line] == 0:
            return Fault.UNMAPPED, 0, -1
        root = Root.of(words[line], request)
        if not root.sound:
            return Fault.MALFORMED, 0, -1
        owner = int(root.owner)
        inside = at.layer < root.layers and at.kv_head < root.heads
        if not inside or page >= DIRECTORIES * DIR_ROWS:
            return Fault.UNMAPPED, 0, owner
        number, row = divmod(page, DIR_ROWS)
        steps = (line + 1 + number, directory_key(request, number)), (row, row_key(request, page))
        base = 0
        for offset, key in steps:
            word = words[base + offset]
            if word == 0:
                return Fault.UNMAPPED, 0, owner
            sound, address = pointer_address(word, key, self.limit)
            if not sound:
                return Fault.MALFORMED, 0, owner
            base = int(address) * 8
        stream = (int(at.layer) * int(root.heads) + int(at.kv_head)) * 2 + int(at.kind)
        return Fault.NONE, base + 2 * stream, owner

    def translate(self, vpn: int, tenant: int, write: bool = False) -> tuple[Fault, Entry | None]:
        """What the address translation unit answers, in the order of docs/memory-path.md."""
        fault, place, owner = self.entry_place(vpn)
        if owner not in (-1, tenant):
            return Fault.FOREIGN, None
        if fault:
            return fault, None
        pair = self.words[place : place + 2]
        if not pair.any():
            return Fault.UNMAPPED, None
        sound, entry = Entry.of(pair, vpn, self.limit)
        if not sound:
            return Fault.MALFORMED, None
        if entry.owner != tenant:
            return Fault.FOREIGN, None
        if write and not entry.writable:
            return Fault.READ_ONLY, None
        return Fault.NONE, entry
