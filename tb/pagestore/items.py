"""Commands and answers as they go over the ports: packed structs of rtl/mem/skv_mem_pkg.sv."""

from __future__ import annotations

from dataclasses import dataclass

from models.page_store import Placed, Status
from models.page_table import Entry, Vpn

INV_PAGE, INV_REQUEST = 0, 1


def pack(*fields: tuple[int, int]) -> int:
    """(value, width) from the most significant on."""
    word = 0
    for value, width in fields:
        word = word << width | int(value) & (1 << width) - 1
    return word


def unpack(word: int, *widths: int) -> list[int]:
    """The fields of these widths from the most significant on."""
    fields = []
    for width in reversed(widths):
        fields.append(word & (1 << width) - 1)
        word >>= width
    return fields[::-1]


@dataclass(frozen=True)
class Manage:
    free: bool
    request: int
    tenant: int
    layers: int = 0
    heads: int = 0

    def word(self) -> int:
        fields = (self.request, 16), (self.tenant, 16), (self.layers, 8), (self.heads, 8)
        return pack((self.free, 1), *fields)

    @classmethod
    def of(cls, word: int) -> Manage:
        free, *rest = unpack(word, 1, 16, 16, 8, 8)
        return cls(bool(free), *rest)


@dataclass(frozen=True)
class Place:
    tag: int
    vpn: int
    tenant: int
    length: int

    def word(self) -> int:
        return pack((self.tag, 8), (self.vpn, 52), (self.tenant, 16), (self.length, 7))

    @classmethod
    def of(cls, word: int) -> Place:
        return cls(*unpack(word, 8, 52, 16, 7))

    @property
    def at(self) -> Vpn:
        return Vpn.of(self.vpn)


def placed(word: int) -> tuple[int, Placed]:
    """The tag and the answer."""
    tag, status, address, at = unpack(word, 8, 4, 40, 42)
    return tag, Placed(Status(status), address, at)


@dataclass(frozen=True)
class Map:
    """noise: what goes in the entry's check field, which the page store fills in."""

    tag: int
    vpn: int
    at: int
    entry: Entry
    noise: int = 0

    def word(self) -> int:
        low, high = (int(word) for word in self.entry.words(self.vpn))
        high = high & ~(0xFFFF << 16) | self.noise << 16
        return pack((self.tag, 8), (self.vpn, 52), (self.at, 42), (high, 64), (low, 64))


def mapped(word: int) -> tuple[int, Status]:
    """The tag and the status."""
    tag, status = unpack(word, 8, 4)
    return tag, Status(status)
