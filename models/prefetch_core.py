"""What rtl/prefetch does, exactly, in the order in which its directory does it.

The core's state changes by operations, one after the other (`Op`).  A reader's questions
(`Core.ask`) and the ends of flights (`Core.land`) come when they come; the others are the engine's,
and which they are is decided here: `Core.packet` checks a packet and gives the operations that
follow from it, each of them a function of what the ones before found.  So whoever knows in which
order questions and landings fell between the engine's operations can follow the core to the bit::

    steps = core.packet(packet)         # None: rejected
    op = next(steps)
    op = steps.send(core.do(op))        # until StopIteration

`Core.run` does all of them at once, with nothing in between.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum

import numpy as np

from models.prefetch import (
    FIRST_MARGIN,
    LEAST_SCORE,
    MARGIN,
    NEEDED,
    ROOM_UNIT,
    UNIT,
    Shares,
    moved,
    slowness,
    weight,
)

LANES = 16  # pages in a word, codes in a beat
MAX_CODE = 127
MAX_COUNT = (1 << 16) - 1


class Kind(IntEnum):
    BEGIN = 0
    STEP = 1
    REPORT = 2
    END = 3


@dataclass(frozen=True)
class Packet:
    """A packet; of `layer` and `head` a Begin says how many, `codes` are a Report's."""

    kind: int
    handle: int
    tenant: int
    request: int = 0
    layer: int = 0
    head: int = 0
    pages: int = 0
    room: int = 0
    codes: bytes = b""
    zero: int = 0  # of a good packet

    def beats(self) -> list[int]:
        """Of 16 bytes."""
        fields = (
            (self.kind, 1),
            (self.handle, 1),
            (self.tenant, 2),
            (self.request, 2),
            (self.layer, 1),
            (self.head, 1),
            (self.pages, 2),
            (self.room, 2),
            (self.zero, 4),
        )
        data = b"".join(value.to_bytes(size, "little") for value, size in fields) + self.codes
        return [int.from_bytes(data[i : i + 16], "little") for i in range(0, len(data), 16)]

    @classmethod
    def of(cls, beats: list[int]) -> Packet:
        data = b"".join(beat.to_bytes(16, "little") for beat in beats)
        ends = np.cumsum([0, 1, 1, 2, 2, 1, 1, 2, 2, 4])
        values = [int.from_bytes(data[a:b], "little") for a, b in zip(ends, ends[1:], strict=False)]
        *fields, zero = values
        return cls(*fields, codes=data[16:], zero=zero)

    def sound(self, most: int) -> bool:
        """Whether the intake hands it on; most: pages of a stream."""
        beats = len(self.codes) // LANES
        if self.kind == Kind.REPORT:
            return not self.zero and 1 <= self.pages <= most and beats == -(-self.pages // LANES)
        return not self.zero and self.kind <= Kind.END and not beats


@dataclass(frozen=True)
class Where:
    """A page."""

    handle: int
    layer: int
    head: int
    page: int


class Do(IntEnum):
    CLEAR = 0
    READ = 1
    SETTLE = 2
    ENTER = 3
    FETCH = 4
    EVICT = 5
    ASK = 6
    LAND = 7


@dataclass(frozen=True)
class Op:
    """An operation of the engine; of a word, `where.page` is its first."""

    do: Do
    where: Where


class Verdict(IntEnum):
    HIT = 0
    LATE = 1
    MISS = 2
    FULL = 3
    FOREIGN = 4
    ILLEGAL = 5


@dataclass(frozen=True)
class Ask:
    tag: int
    tenant: int
    handle: int
    layer: int
    head: int
    page: int


@dataclass(frozen=True)
class Answer:
    tag: int
    verdict: Verdict
    slot: int = 0


@dataclass(frozen=True)
class Arrived:
    where: Where
    slot: int
    ok: bool


@dataclass
class Flight:
    """A page on its way."""

    number: int
    where: Where
    slot: int
    demand: bool
    request: int
    tenant: int
    asked: bool
    dropped: bool = False
    failed: bool = False


@dataclass
class Request:
    valid: bool = False
    request: int = 0
    tenant: int = 0
    layers: int = 0
    heads: int = 0
    pages: int = 0
    room: int = 0


@dataclass
class Learnt:
    """What prefetching cost a request, and how far it goes."""

    margin: int = FIRST_MARGIN  # in parts of `MARGIN`
    new: int = 0
    wasted: int = 0

    def learn(self, layers: int, heads: int, pages: int) -> None:
        slow = slowness(layers, heads, pages)
        self.margin = moved(self.margin, self.new, self.wasted, slow)
        self.new = self.wasted = 0


class State(Enum):
    ABSENT = 0
    PRESENT = 1
    PENDING = 2


@dataclass
class Counters:
    hits: int = 0
    late: int = 0
    misses: int = 0
    full: int = 0
    refused: int = 0
    issued: int = 0
    unplaced: int = 0
    useful: int = 0
    cancelled: int = 0
    failed: int = 0
    wasted: int = 0
    rejected: int = 0


Steps = Generator[Op, np.ndarray | None, None]


@dataclass
class Core:
    """requests, layers, heads, pages, slots, flights: as the RTL's parameters.

    `table` are the requests as the engine knows them.
    """

    requests: int = 4
    layers: int = 32
    heads: int = 4
    pages: int = 256
    slots: int = 8192
    flights: int = 32
    counters: Counters = field(default_factory=Counters)

    def __post_init__(self) -> None:
        shape = (self.requests, self.layers, self.heads, self.pages)
        self.average = np.zeros(shape, np.int32)
        self.there = np.zeros(shape, bool)
        self.early = np.zeros(shape, bool)
        self.fresh = np.zeros(shape, bool)  # newly needed in this step
        self.place: dict[Where, int | Flight] = {}  # slot or flight of each that is there
        self.table = [Request() for _ in range(self.requests)]
        self.learnt = [Learnt() for _ in range(self.requests)]
        self.under_way: dict[int, Flight] = {}
        self._fresh = 0
        self._used: deque[int] = deque()
        self._turn: tuple | None = None  # the report that must come next, or a layer's first
        self._lean = np.zeros((self.requests, self.pages), np.int32)
        self._new = 0  # of the stream whose report is under way
        self.shares = [Shares(self.layers * self.heads) for _ in range(self.requests)]

    # ---- Slots and flights ----

    @property
    def room(self) -> bool:
        """Whether a slot is free."""
        return self._fresh < self.slots or bool(self._used)

    def _take(self) -> int:
        if self._fresh < self.slots:
            self._fresh += 1
            return self._fresh - 1
        return self._used.popleft()

    def _begin(self, where: Where, owner: Request, demand: bool) -> Flight:
        number = min(set(range(self.flights)) - self.under_way.keys())
        flight = Flight(
            number, where, self._take(), demand, owner.request, owner.tenant, asked=demand
        )
        self.under_way[number] = flight
        self._put(where, flight, early=not demand)
        return flight

    def _put(self, where: Where, place: int | Flight, early: bool = False) -> None:
        at = self._at(where)
        self.there[at], self.early[at] = True, early
        self.place[where] = place

    def _remove(self, where: Where) -> None:
        at = self._at(where)
        self.there[at] = self.early[at] = False
        self.place.pop(where, None)

    @staticmethod
    def _at(where: Where) -> tuple[int, int, int, int]:
        return where.handle, where.layer, where.head, where.page

    def _word(self, where: Where) -> tuple:
        return where.handle, where.layer, where.head, slice(where.page, where.page + LANES)

    # ---- Operations ----

    def state(self, where: Where) -> State:
        if not self.there[self._at(where)]:
            return State.ABSENT
        return State.PENDING if isinstance(self.place[where], Flight) else State.PRESENT

    def do(self, op: Op) -> np.ndarray | None:
        """An operation of the engine; of a word, which of its pages are there."""
        where, count = op.where, self.counters
        if op.do in (Do.CLEAR, Do.READ, Do.SETTLE):
            word = self._word(where)
            found = self.there[word].copy()
            if op.do == Do.SETTLE:
                wasted, new = int(self.early[word].sum()), int(self.fresh[word].sum())
                count.wasted += wasted
                learnt = self.learnt[where.handle]
                learnt.wasted = min(MAX_COUNT, learnt.wasted + wasted)
                learnt.new = min(MAX_COUNT, learnt.new + new)
                self._new += new
                self.early[word] = False
            if op.do in (Do.SETTLE, Do.CLEAR):
                self.fresh[word] = False
            return found
        state = self.state(where)
        owner = self.table[where.handle]
        if op.do == Do.EVICT:
            place = self.place.get(where)
            if state == State.PENDING:
                place.dropped = True
            elif state == State.PRESENT:
                self._used.append(place)
            self._remove(where)
            self.fresh[self._at(where)] = False
        elif state == State.ABSENT:
            if op.do == Do.FETCH:
                count.issued += self.room
                count.unplaced += not self.room
            if self.room and op.do == Do.ENTER:
                self._put(where, self._take())
            elif self.room:
                self._begin(where, owner, demand=False)
        return None

    def ask(self, ask: Ask, table: list[Request] | None = None) -> Answer:
        """A reader's question; table: the requests as questions see them, if not as they are."""
        count = self.counters
        table = table or self.table
        owner = table[ask.handle] if ask.handle < self.requests else Request()
        # A handle beyond the last is looked up by its low bits, and nobody's.
        if owner.valid and owner.tenant != ask.tenant:
            count.refused += 1
            return Answer(ask.tag, Verdict.FOREIGN)
        inside = ask.layer < owner.layers and ask.head < owner.heads and ask.page < owner.pages
        if not (owner.valid and inside):
            count.refused += 1
            return Answer(ask.tag, Verdict.ILLEGAL)
        where = Where(ask.handle, ask.layer, ask.head, ask.page)
        state, early = self.state(where), bool(self.early[self._at(where)])
        newest = ask.page == owner.pages - 1
        if early or (state == State.ABSENT and not newest):
            self.fresh[self._at(where)] = True
        count.useful += early
        self.early[self._at(where)] = False
        if state == State.PRESENT:
            count.hits += 1
            return Answer(ask.tag, Verdict.HIT, self.place[where])
        if state == State.PENDING:
            count.late += 1
            flight = self.place[where]
            flight.asked = True
            return Answer(ask.tag, Verdict.LATE, flight.slot)
        if self.room and not newest:
            count.misses += 1
            return Answer(ask.tag, Verdict.MISS, self._begin(where, owner, demand=True).slot)
        count.full += 1
        return Answer(ask.tag, Verdict.FULL)

    def land(self, number: int) -> Arrived | None:
        """A flight is through; `failed` of it is set by then."""
        flight = self.under_way.pop(number)
        ok = not (flight.failed or flight.dropped)
        if ok:
            self.place[flight.where] = flight.slot
        else:
            self._used.append(flight.slot)
            if not flight.dropped:
                self._remove(flight.where)
        self.counters.cancelled += flight.dropped
        self.counters.failed += flight.failed and not flight.dropped
        return Arrived(flight.where, flight.slot, ok) if flight.asked else None

    # ---- Packets ----

    def packet(self, packet: Packet) -> Steps | None:
        """What follows from a sound packet, or None if it does not fit."""
        if packet.handle >= self.requests or not self._fits(packet):
            self.counters.rejected += 1
            return None
        owner = self.table[packet.handle]
        if packet.kind == Kind.REPORT and packet.head + 1 != owner.heads:
            self._turn = packet.handle, packet.layer, packet.head + 1
        else:
            self._turn = None
        if packet.kind == Kind.BEGIN:
            self.learnt[packet.handle] = Learnt()
            return self._clear(packet)
        if packet.kind == Kind.STEP:
            if owner.pages:  # from the second step on
                self.learnt[packet.handle].learn(owner.layers, owner.heads, owner.pages)
            new = replace(owner, pages=packet.pages, room=packet.room)
            self.table[packet.handle] = new
            return self._fetch(packet.handle, 0)
        if packet.kind == Kind.REPORT:
            return self._report(packet)
        self.table[packet.handle] = replace(owner, valid=False)
        return self._release(packet.handle)

    def run(self, packet: Packet) -> None:
        """A packet, with nothing in between."""
        steps, found = self.packet(packet), None
        while steps is not None:
            try:
                found = self.do(steps.send(found))
            except StopIteration:
                return

    def _fits(self, p: Packet) -> bool:
        owner = self.table[p.handle]
        if p.kind == Kind.BEGIN:
            return not owner.valid and 1 <= p.layer <= self.layers and 1 <= p.head <= self.heads
        if not owner.valid or owner.tenant != p.tenant:
            return False
        if p.kind == Kind.STEP:
            return max(1, owner.pages) <= p.pages <= self.pages
        if p.kind == Kind.REPORT:
            inside = p.layer < owner.layers and p.head < owner.heads
            in_turn = p.head == 0 or self._turn == (p.handle, p.layer, p.head)
            return inside and in_turn and p.pages == owner.pages
        return True

    def _words(self, handle: int, layer: int, head: int, pages: int, do: Do) -> Steps:
        """An operation on each word of a stream; returns which pages are there."""
        found = np.zeros(self.pages, bool)
        for page in range(0, pages, LANES):
            there = yield Op(do, Where(handle, layer, head, page))
            found[page : page + LANES] = there
        return found

    def _clear(self, packet: Packet) -> Steps:
        handle = packet.handle
        for layer in range(self.layers):
            for head in range(self.heads):
                yield from self._words(handle, layer, head, self.pages, Do.CLEAR)
        self.average[handle] = 0
        self.shares[handle] = Shares(self.layers * self.heads)
        self.table[handle] = Request(True, packet.request, packet.tenant, packet.layer, packet.head)

    def _release(self, handle: int) -> Steps:
        for layer in range(self.layers):
            for head in range(self.heads):
                for page in range(0, self.pages, LANES):
                    there = yield Op(Do.READ, Where(handle, layer, head, page))
                    for lane in there.nonzero()[0]:
                        yield Op(Do.EVICT, Where(handle, layer, head, page + int(lane)))

    def stream(self, layer: int, head: int) -> int:
        """Its number among a request's shares."""
        return layer * self.heads + head

    def share(self, handle: int, layer: int, head: int) -> int:
        """A stream's share of its request's room."""
        return self.shares[handle].share[self.stream(layer, head)]

    def limit(self, handle: int, layer: int, head: int) -> int:
        """How many pages a stream keeps."""
        turn = (79 * layer + 43 * head) % ROOM_UNIT
        room = self.shares[handle].room(self.stream(layer, head), self.table[handle].room)
        return max(1, min(self.pages, (room + turn) // ROOM_UNIT))

    def _report(self, p: Packet) -> Steps:
        owner, at = self.table[p.handle], (p.handle, p.layer, p.head)
        codes = np.minimum(np.frombuffer(p.codes, np.uint8)[: p.pages], MAX_CODE).astype(np.int32)
        average = self.average[at][: p.pages]
        off = UNIT * codes - average
        lean = self._lean[p.handle, : p.pages]
        if p.head == 0:
            lean[:] = lean >> 1 if p.layer else 0
        lean += off
        average += off >> 1
        self._new = 0
        there = yield from self._words(*at, p.pages, Do.SETTLE)
        keys = _keys(average)
        keep = _greatest(keys, there[: p.pages], self.limit(*at))
        for page in (there[: p.pages] & ~keep).nonzero()[0]:
            yield Op(Do.EVICT, Where(*at, int(page)))
        self.shares[p.handle].settle(self.stream(p.layer, p.head), self._new)
        if p.head + 1 == owner.heads and p.layer + 1 < owner.layers:
            yield from self._fetch(p.handle, p.layer + 1)

    def _fetch(self, handle: int, layer: int) -> Steps:
        """What is fetched for a layer, before it is asked for."""
        owner, margin = self.table[handle], self.learnt[handle].margin // MARGIN
        pages = owner.pages
        above = np.zeros(pages, np.int32)
        if layer:
            above = self._lean[handle, :pages] * weight(owner.heads) >> 8
        for head in range(owner.heads):
            at = handle, layer, head
            yield Op(Do.ENTER, Where(*at, pages - 1))
            found = yield from self._words(*at, pages, Do.READ)
            there = found[:pages]
            there[pages - 1] = True
            left = self.limit(*at) + pages // NEEDED - int(there.sum())
            if left <= 0:
                continue
            score = np.maximum(self.average[at][:pages] + above, LEAST_SCORE)
            begin = np.sort(score)[-max(1, pages // NEEDED)]
            wanted = (score >= begin - margin) & ~there
            for page in _greatest(_keys(score), wanted, left).nonzero()[0]:
                yield Op(Do.FETCH, Where(*at, int(page)))


def _keys(rank: np.ndarray) -> np.ndarray:
    """Of equal pages the newest, the first and the newest page before all."""
    keys = rank.astype(np.int64)
    keys[[0, -1]] = 1 << 15
    return keys * 1024 + np.arange(len(keys))


def _greatest(keys: np.ndarray, among: np.ndarray, n: int) -> np.ndarray:
    """The n greatest keys of those `among`."""
    chosen = np.zeros(len(keys), bool)
    members = among.nonzero()[0]
    chosen[members[np.argsort(keys[members])[::-1][:n]]] = True
    return chosen
