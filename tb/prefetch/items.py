"""What goes over the ports: packed structs of rtl/prefetch/prefetch_pkg.sv."""

from __future__ import annotations

from dataclasses import dataclass

from models.prefetch import MAX_SHARE
from models.prefetch_core import Answer, Arrived, Ask, Do, Verdict, Where
from tb.pagestore.items import pack, unpack

OK, CANCELLED = 0, 1  # of dma_pkg's status_e
ERRORS = (7, 8, 10, 11, 13, 14, 15)  # from unmapped to corrupt


def ask_word(ask: Ask) -> int:
    return pack(
        (ask.tag, 8),
        (ask.tenant, 16),
        (ask.handle, 8),
        (ask.layer, 8),
        (ask.head, 8),
        (ask.page, 16),
    )


def ask_of(word: int) -> Ask:
    return Ask(*unpack(word, 8, 16, 8, 8, 8, 16))


def answer_of(word: int) -> Answer:
    tag, verdict, slot = unpack(word, 8, 3, 16)
    return Answer(tag, Verdict(verdict), slot)


def arrived_of(word: int) -> Arrived:
    *where, slot, ok = unpack(word, 4, 7, 3, 8, 16, 1)
    return Arrived(Where(*where), slot, bool(ok))


@dataclass(frozen=True)
class Fetch:
    """A request to the DMA."""

    flight: int
    kind: int
    request: int
    layer: int
    head: int
    page: int
    tenant: int
    slot: int
    demand: bool

    @property
    def tag(self) -> int:
        return 2 * self.flight + self.kind

    @classmethod
    def of(cls, word: int) -> Fetch:
        tag, request, layer, head, kind, page, tenant, slot, demand = unpack(
            word, 8, 16, 8, 8, 1, 19, 16, 16, 1
        )
        assert tag & 1 == kind, f"kind {kind} with tag {tag}"
        return cls(tag >> 1, kind, request, layer, head, page, tenant, slot, bool(demand))


@dataclass(frozen=True)
class Done:
    """A completion."""

    tag: int
    status: int

    def word(self) -> int:
        return self.tag << 8 | self.status

    @classmethod
    def of(cls, word: int) -> Done:
        return cls(word >> 8, word & 0xFF)


@dataclass(frozen=True)
class Seen:
    """A cycle's part of trace_o."""

    op: tuple[Do, Where, int] | None  # and its flight
    changed: bool
    begun: bool
    rejected: bool
    stray: bool
    margin: int | None  # that was learnt
    share: int | None  # that was settled

    @classmethod
    def of(cls, word: int) -> Seen:
        op = None
        if word >> 32 & 1:
            do, *where, flight = unpack(word & 0xFFFFFFFF, 3, 4, 7, 3, 8, 7)
            op = Do(do), Where(*where), flight
        flags = (bool(word >> bit & 1) for bit in (40, 41, 42, 43))
        margin = (word >> 48 & (1 << 21) - 1 ^ 1 << 20) - (1 << 20)
        return cls(
            op,
            *flags,
            margin if word >> 44 & 1 else None,
            word >> 72 & MAX_SHARE if word >> 45 & 1 else None,
        )
