"""Row pointers kept on chip (rtl/mem/skv_row_cache.sv), by the ATU and by the page store."""

from __future__ import annotations

from typing import Generic, TypeVar

PAGE_BITS = 19

Row = TypeVar("Row")


def fold(number: int, bits: int) -> int:
    """The XOR of a number's digits of `bits` bits."""
    folded = 0
    while number:
        folded ^= number & (1 << bits) - 1
        number >>= bits
    return folded


class RowCache(Generic[Row]):
    """Direct-mapped by request and page; a row's pointer counts for its owner only.

    `content` holds (request, page), owner and row by index.
    """

    def __init__(self, rows: int):
        self.bits = rows.bit_length() - 1
        self.content: dict[int, tuple[tuple[int, int], int, Row]] = {}

    def lookup(self, request: int, page: int, tenant: int) -> Row | None:
        place, owner, row = self.content.get(self._index(request, page), (None, None, None))
        return row if (place, owner) == ((request, page), tenant) else None

    def keep(self, request: int, page: int, owner: int, row: Row) -> None:
        self.content[self._index(request, page)] = (request, page), owner, row

    def clear(self) -> None:
        self.content.clear()

    def _index(self, request: int, page: int) -> int:
        return fold(request << PAGE_BITS | page, self.bits)
