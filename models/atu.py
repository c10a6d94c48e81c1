"""The address translation unit (rtl/atu): what hits, what joins a walk, what walks read and answer.

Cycle-free: `Atu` is told what happens in the order in which it takes effect, and says what follows.
A request takes effect when it is looked up, in the order of requests; that a walk begins, gets data
or ends is up to the memory, so whoever drives the model says when.  The answers of each step are in
the order in which the unit gives them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

import numpy as np

from models.page_table import (
    DIR_ROWS,
    DIRECTORIES,
    UNIT_BYTES,
    Entry,
    Fault,
    Root,
    Vpn,
    directory_key,
    pointer_address,
    row_key,
)
from models.row_cache import RowCache, fold

REQUEST_SHIFT = 36  # of a virtual page number
ADDRESS_BITS = 40


class Invalidate(enum.IntEnum):
    """What is forgotten."""

    PAGE = 0
    REQUEST = 1
    ALL = 2


class Outcome(enum.Enum):
    """What became of a request."""

    HIT = enum.auto()
    MERGE = enum.auto()  # joined a walk
    WALK = enum.auto()  # its own


@dataclass(frozen=True)
class Request:
    """A translation asked for; `vpn` of 52 bits."""

    tag: int
    vpn: int
    tenant: int
    write: bool = False


@dataclass(frozen=True)
class Answer:
    """`entry`: the page's, 128 bits as in memory; 0 with a fault."""

    tag: int
    fault: Fault
    entry: int


@dataclass(frozen=True)
class Row:
    """Where a row is (units), and the range of its streams."""

    layers: int
    heads: int
    address: int


@dataclass(frozen=True)
class Region:
    """The page table's place: units; `requests` root lines; addresses are below `limit`."""

    root_base: int
    requests: int
    limit: int


# ---- The TLB ----


@dataclass
class _Way:
    vpn: int
    owner: int
    entry: int


class Tlb:
    """Set-associative; what is replaced is an empty way, else the one that the tree points to."""

    def __init__(self, entries: int, ways: int):
        self.ways, self.sets = ways, entries // ways
        self.bits = self.sets.bit_length() - 1
        self.clear()

    def clear(self) -> None:
        self.content: list[list[_Way | None]] = [[None] * self.ways for _ in range(self.sets)]
        self.tree = [[0] * (self.ways - 1) for _ in range(self.sets)]  # node n: 2n + 1, 2n + 2

    def holds(self, vpn: int, tenant: int) -> int | None:
        """The way of a tenant's page in its set."""
        for number, way in enumerate(self.content[fold(vpn, self.bits)]):
            if way and way.vpn == vpn and way.owner == tenant:
                return number
        return None

    def lookup(self, vpn: int, tenant: int) -> int | None:
        """The entry of a page, if it is there and the tenant's; it counts as used."""
        number = self.holds(vpn, tenant)
        if number is None:
            return None
        at = fold(vpn, self.bits)
        self._use(at, number)
        return self.content[at][number].entry

    def fill(self, vpn: int, owner: int, entry: int) -> None:
        at = fold(vpn, self.bits)
        ways = self.content[at]
        number = ways.index(None) if None in ways else self._oldest(at)
        ways[number] = _Way(vpn, owner, entry)
        self._use(at, number)

    def forget(self, kind: Invalidate, vpn: int) -> None:
        if kind == Invalidate.ALL:
            self.clear()
        for ways in self.content:
            for number, way in enumerate(ways):
                if way and matches(kind, vpn, way.vpn):
                    ways[number] = None

    def _use(self, at: int, number: int) -> None:
        node, half = 0, self.ways // 2
        while half:
            right = bool(number & half)
            self.tree[at][node] = int(not right)
            node, half = 2 * node + 1 + right, half // 2

    def _oldest(self, at: int) -> int:
        node = 0
        while node < self.ways - 1:
            node = 2 * node + 1 + self.tree[at][node]
        return node - (self.ways - 1)


def matches(kind: Invalidate, given: int, vpn: int) -> bool:
    """Whether an invalidation of page or request `given` is one of page `vpn`."""
    if kind == Invalidate.PAGE:
        return given == vpn
    return kind == Invalidate.ALL or given >> REQUEST_SHIFT == vpn >> REQUEST_SHIFT


# ---- Walks ----


@dataclass
class Walk:
    """A walk of the page table for a page and a tenant.

    `begin` and `data` return the byte address of the next read, or None at the end, when `fault`
    and `entry` are known; `found` is a row pointer that it has just read.
    """

    vpn: int
    tenant: int
    region: Region
    requests: list[Request] = field(default_factory=list)
    open: bool = True  # for other requests to join
    fresh: bool = True  # its row may be kept
    fault: Fault = Fault.NONE
    entry: int = 0
    found: Row | None = None

    def __post_init__(self) -> None:
        self.at = Vpn.of(self.vpn)
        self._steps = iter(())

    def begin(self, row: Row | None) -> int | None:
        self._steps = self._walk(row)
        return self._next(None)

    def data(self, line: np.ndarray | None) -> int | None:
        """line: uint64 ``[8]``, or None for a bus error."""
        return self._next(line)

    def _next(self, line: np.ndarray | None) -> int | None:
        self.found = None
        try:
            return self._steps.send(line)
        except StopIteration as end:
            self.fault, self.entry = end.value
            return None

    def _read(self, unit: int):
        line = yield unit * UNIT_BYTES
        return line

    def _pointer(self, word: int, key: int) -> tuple[Fault, int]:
        if not word:
            return Fault.UNMAPPED, 0
        sound, address = pointer_address(word, key, self.region.limit)
        return (Fault.NONE, int(address)) if sound else (Fault.MALFORMED, 0)

    def _walk(self, row: Row | None):
        at, region = self.at, self.region
        request, page = int(at.request), int(at.page)
        if request >= region.requests:
            return Fault.UNMAPPED, 0
        if row is None:
            fault, row = yield from self._find_row(request, page)
            if fault:
                return fault, 0
            self.found = row
        elif not self._inside(row.layers, row.heads):
            return Fault.UNMAPPED, 0
        stream = (int(at.layer) * row.heads + int(at.kv_head)) * 2 + int(at.kind)
        line = yield from self._read(row.address + stream // 4)
        if line is None:
            return Fault.BUS, 0
        words = line[stream % 4 * 2 :][:2]
        if not words.any():
            return Fault.UNMAPPED, 0
        sound, entry = Entry.of(words, self.vpn, region.limit)
        if not sound:
            return Fault.MALFORMED, 0
        if entry.owner != self.tenant:
            return Fault.FOREIGN, 0
        return Fault.NONE, int(words[1]) << 64 | int(words[0])

    def _inside(self, layers: int, heads: int) -> bool:
        at = self.at
        return bool(at.layer < layers and at.kv_head < heads and at.page < DIRECTORIES * DIR_ROWS)

    def _find_row(self, request: int, page: int):
        line = yield from self._read(self.region.root_base + request)
        if line is None:
            return Fault.BUS, None
        if not line[0]:
            return Fault.UNMAPPED, None
        root = Root.of(line[0], request)
        if not root.sound:
            return Fault.MALFORMED, None
        if root.owner != self.tenant:
            return Fault.FOREIGN, None
        if not self._inside(root.layers, root.heads):
            return Fault.UNMAPPED, None
        number, row = divmod(page, DIR_ROWS)
        fault, address = self._pointer(line[1 + number], directory_key(request, number))
        if fault:
            return fault, None
        line = yield from self._read(address + row // 8)
        if line is None:
            return Fault.BUS, None
        fault, address = self._pointer(line[row % 8], row_key(request, page))
        return fault, Row(int(root.layers), int(root.heads), address)


# ---- The unit ----


class Atu:
    """Told what happens, in order; says what follows.

    Walks are named by their slots, 0 to 2 `walks` - 1; a new one takes the lowest that is free.
    """

    def __init__(
        self, region: Region, entries: int = 256, ways: int = 4, walks: int = 8, rows: int = 128
    ):
        self.region = region
        self.tlb, self.rows = Tlb(entries, ways), RowCache[Row](rows)
        self.walks: dict[int, Walk] = {}
        self.slots = 2 * walks

    def request(self, request: Request) -> tuple[Outcome, Answer | None]:
        """A request is looked up: what becomes of it, and its answer if it hit."""
        entry = self.tlb.lookup(request.vpn, request.tenant)
        if entry is not None:
            return Outcome.HIT, self._answer(request, Fault.NONE, entry)
        for walk in self.walks.values():
            if walk.open and (walk.vpn, walk.tenant) == (request.vpn, request.tenant):
                walk.requests.append(request)
                return Outcome.MERGE, None
        slot = next(slot for slot in range(self.slots) if slot not in self.walks)
        self.walks[slot] = Walk(request.vpn, request.tenant, self.region, [request])
        return Outcome.WALK, None

    def row(self, vpn: int, tenant: int) -> Row | None:
        """What is known of a page's row."""
        at = Vpn.of(vpn)
        return self.rows.lookup(int(at.request), int(at.page), tenant)

    def begin(self, slot: int) -> int | None:
        """A walk begins: the byte address of its first read, None if it needs none."""
        walk = self.walks[slot]
        return walk.begin(self.row(walk.vpn, walk.tenant))

    def data(self, slot: int, line: np.ndarray | None) -> int | None:
        """A walk's data, uint64 ``[8]`` or None for a bus error: its next read, None at its end."""
        walk = self.walks[slot]
        address = walk.data(line)
        if walk.found and walk.fresh:
            self.rows.keep(int(walk.at.request), int(walk.at.page), walk.tenant, walk.found)
        return address

    def end(self, slot: int) -> list[Answer]:
        """A walk that has ended is taken out: its entry is kept, its requests are answered."""
        walk = self.walks.pop(slot)
        if walk.open and not walk.fault:
            self.tlb.fill(walk.vpn, walk.tenant, walk.entry)
        return [self._answer(request, walk.fault, walk.entry) for request in walk.requests]

    def invalidate(self, kind: Invalidate, vpn: int = 0) -> None:
        self.tlb.forget(kind, vpn)
        if kind != Invalidate.PAGE:
            self.rows.clear()
        for walk in self.walks.values():
            if matches(kind, vpn, walk.vpn):
                walk.open = False
                walk.fresh &= kind == Invalidate.PAGE

    @staticmethod
    def _answer(request: Request, fault: Fault, entry: int) -> Answer:
        if not fault and request.write and not entry >> 1 & 1:
            fault = Fault.READ_ONLY
        return Answer(request.tag, fault, 0 if fault else entry)
