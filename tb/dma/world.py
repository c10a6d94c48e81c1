"""What the engine works on in its benches: two memories, rings, pages, and random descriptors.

A `Batch` of descriptors touches every byte once at most, so the order in which the engine completes
them does not matter; what it leaves behind is checked whole against the model (models/dma.py).
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models.device_memory import DeviceMemory
from models.dma import (
    COMPLETION,
    COPIES,
    DESCRIPTOR,
    LOADS,
    PHASE,
    READ_ONLY,
    Bad,
    Codec,
    Dma,
    Memory,
    Op,
    Result,
    Ring,
    Status,
    StoreStatus,
    check,
    fresh,
)
from models.page import PAGE_BYTES
from models.page_table import AS_IS, SPECKV, UNIT_BYTES, Entry, Fault
from models.speckv import RAW_UNITS
from tb.agents.paging import TRANSLATE, Page, Paging
from tb.speckv import pages as raw_pages
from tb.speckv import tables as raw_tables

RINGS = 5
FEED = RINGS - 1  # worked off through the engine's feed, see feed_ring.sv
TENANTS = (7, 7, 0xA5C3, 1, 0x5A)  # of the rings: two share one
SLOTS = (0, 1, 77, 255)  # that hold tables
NO_TABLE = 100  # a slot that holds none
RAW_PAGES = 32  # that stores are of
PLACE_UNITS = 80  # of a place in the pool: a page and where in it the page may start
ZONE = 4 * PAGE_BYTES  # of bus errors
GUARD = PAGE_BYTES  # beside it, never used but for accesses that reach into it
COUNTS = 1 << 16  # ring counters count modulo this
PAGES = (Op.STORE, *LOADS)
FED = (  # cases that can be asked for without a descriptor
    *("store", "load", "prefetch", "unmapped", "no request", "foreign", "read-only", "table"),
    *("no place", "not mapped", "store, host error", "store, device error"),
    *("load, host error", "load, device error", "corrupt"),
)


class MismatchError(AssertionError):
    """The engine did other than the model."""


@dataclass
class RingState:
    """A ring of the bench: where it is, and how far its driver is."""

    number: int
    ring: Ring
    base: int
    completions: int
    size_log2: int
    bad: frozenset[int] = frozenset()  # places of descriptors that cannot be read
    tail: int = 0
    consumed: int = 0

    @property
    def size(self) -> int:
        return 1 << self.size_log2


@dataclass
class Posted:
    """Descriptors of a batch in one ring: numbers `first` to `first + n - 1`."""

    first: int
    descriptors: np.ndarray
    cases: list[str]


@dataclass
class Batch:
    """Descriptors by ring, and which (ring, tag) are to be cancelled."""

    posted: dict[int, Posted] = field(default_factory=dict)
    cancels: list[tuple[int, int]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(p.descriptors) for p in self.posted.values())


@dataclass(frozen=True)
class Seen:
    """What became of a descriptor."""

    case: str
    op: int
    length: int
    status: Status
    error: int


@dataclass
class Area:
    """Bytes `first` to `end` of a memory, handed out once a batch; behind them two zones of bus
    errors, one for reads and one for writes."""

    first: int
    end: int
    cursor: int = 0

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.cursor = self.first

    @property
    def bad(self) -> list[Bad]:
        reads = self.end + GUARD
        writes = reads + ZONE + 2 * GUARD
        return [
            Bad(reads, reads + ZONE, writes=False),
            Bad(writes, writes + ZONE, reads=False),
        ]

    @property
    def beyond(self) -> int:
        """Where what follows may begin."""
        return self.bad[1].end + GUARD

    @classmethod
    def within(cls, first: int, beyond: int) -> Area:
        return cls(first, beyond - 2 * ZONE - 4 * GUARD)


def any_units(g: random.Random) -> int:
    return g.choice((1, 1, 2, 64, g.randint(1, 64), g.randint(1, 16)))


def few_units(g: random.Random) -> int:
    """Mostly short."""
    return g.randint(1, 64) if g.random() < 0.05 else g.choice((1, 1, 2, 3, 8))


class World:
    """Memories, rings, tables and pages of one test; `descriptor` kinds by name in `CASES`.

    host, device: the memories as the bench has them; contents and bus errors are set here.
    copy_units: draws the length of a copy, 1 to 64.
    """

    def __init__(
        self,
        host: DeviceMemory,
        device: DeviceMemory,
        paging: Paging,
        seed: int,
        size_log2: int = 6,
        copy_units: Callable[[random.Random], int] = any_units,
    ):
        self.g = random.Random(seed)
        self.np = np.random.default_rng(seed)
        self.host, self.device, self.paging = host, device, paging
        for memory in (host, device):
            memory.bytes[:] = self.np.integers(0, 256, len(memory.bytes), np.uint8)
            memory.clear_faults()
        self.copy_units = copy_units
        self._turns: dict[str, list] = defaultdict(list)
        self._make_rings(size_log2)
        self._make_areas()
        self._make_tables()
        self.model = Dma(
            Memory(host.bytes.copy(), Status.HOST_BUS, self.bad_host),
            Memory(device.bytes.copy(), Status.POOL_BUS, self.bad_device),
            self.codec,
            paging,
        )
        for memory, bad in ((host, self.bad_host), (device, self.bad_device)):
            for b in bad:
                memory.fault(b.first, b.end - b.first, reads=b.reads, writes=b.writes)
        self.mapped: dict[int, list[int]] = defaultdict(list)  # by tenant, to load and to store
        self.locked: dict[int, list[int]] = defaultdict(list)  # read-only
        self.corrupt: dict[int, list[int]] = defaultdict(list)
        self.unreadable: dict[int, list[int]] = defaultdict(list)
        self._make_pages()
        self.seen: Counter[Seen] = Counter()
        self._begin()

    # ---- Construction ----

    def _make_rings(self, size_log2: int) -> None:
        self.rings: list[RingState] = []
        at = PAGE_BYTES
        window = UNIT_BYTES * 64
        span = len(self.device.bytes) // 8
        for number in range(RINGS):
            size = 1 << size_log2
            base = at
            completions = base + max(PAGE_BYTES, 64 * size)
            at = completions + max(PAGE_BYTES, 16 * size)
            ring = Ring(TENANTS[number], window // UNIT_BYTES, (window + span) // UNIT_BYTES)
            window += span + 64 * UNIT_BYTES
            bad = frozenset([self.g.randrange(size)] if number != FEED else ())
            self.rings.append(RingState(number, ring, base, completions, size_log2, bad))
        self.host_data, self.pool_first = at, window
        self.clear_completions()

    def clear_completions(self) -> None:
        """As a driver leaves its rings behind a reset."""
        for ring in self.rings:
            self.host.bytes[ring.completions : ring.completions + 16 * ring.size] = 0
            ring.tail = ring.consumed = 0

    def _make_areas(self) -> None:
        self.area = Area.within(self.host_data, len(self.host.bytes) - GUARD)
        self.windows = [
            Area.within(r.ring.window_base * UNIT_BYTES, r.ring.window_limit * UNIT_BYTES)
            for r in self.rings
        ]
        self.pool = Area.within(self.pool_first, len(self.device.bytes))
        self.bad_host = self.area.bad + [
            Bad(r.base + 64 * place, r.base + 64 * place + 64, writes=False)
            for r in self.rings
            for place in r.bad
        ]
        self.bad_device = self.pool.bad + [bad for w in self.windows for bad in w.bad]
        places = (self.pool.end - self.pool.first) // (PLACE_UNITS * UNIT_BYTES)
        first = self.pool.first // UNIT_BYTES
        self.places = [first + PLACE_UNITS * i for i in range(places)]
        self.g.shuffle(self.places)
        self.all_places = places

    def _make_tables(self) -> None:
        g = self.np
        layouts = raw_tables.LAYOUTS
        made = [
            raw_tables.suited(g, *layouts[0], 0),
            raw_tables.suited(g, *layouts[3], 3),
            raw_tables.lossless(g, *layouts[1]),
            raw_tables.tight(g, *layouts[2]),
        ]
        self.tables = dict(zip(SLOTS, made, strict=True))
        self.codec = Codec(self.tables)
        kinds = ("normal", "narrow", "wide", "any_bits", "zeros", "some_wild")
        self.raw: list[tuple[np.ndarray, int]] = []  # pages with the slots they are made to
        for i in range(RAW_PAGES):
            slot = SLOTS[i % len(SLOTS)]
            make = raw_pages.KINDS[kinds[i // len(SLOTS) % len(kinds)]]
            self.raw.append((make(g, self.tables[slot]).view(np.uint8), slot))
        self.raw.append((self.raw[0][0], NO_TABLE))
        self.codec.prepare((page.tobytes(), slot) for page, slot in self.raw)
        self.noise = g.integers(0, 256, 16 * PAGE_BYTES, np.uint8)

    def turn(self, name: str, options: Sequence) -> object:
        """One of `options` at random, each as often as the others."""
        left = self._turns[name]
        if not left:
            left += options
            self.g.shuffle(left)
        return left.pop()

    def _vpn(self) -> int:
        """A page number that was not used before."""
        while True:
            vpn = self.g.getrandbits(52)
            if vpn not in self.paging.pages:
                return vpn

    def _place(self) -> int:
        """A free place in the pool, and somewhere in it."""
        place = self.places.pop()
        self._used.append(place)
        return place + self.g.randrange(PLACE_UNITS - RAW_UNITS + 1)

    def _make_pages(self) -> None:
        """Pages of every tenant that are in the pool beforehand: sound, damaged and unreadable."""
        self._used: list[int] = []
        made: list[Page] = []
        for tenant in sorted(set(TENANTS)):
            for page, slot in self.g.sample(self.raw, min(8, len(self.raw))):
                vpn = self._vpn()
                made.append(self._stored(vpn, tenant, page, slot))
                self.mapped[tenant].append(vpn)
            for damage in DAMAGES:
                vpn = self._vpn()
                made.append(damage(self, vpn, tenant))
                self.corrupt[tenant].append(vpn)
            reads = self.pool.bad[0]
            for at in (reads.first - UNIT_BYTES, reads.first + PAGE_BYTES, reads.end - UNIT_BYTES):
                vpn = self._vpn()
                entry = Entry(tenant, at // UNIT_BYTES, 2 + self.g.randrange(60), SLOTS[0])
                made.append(Page(vpn, entry))
                self.unreadable[tenant].append(vpn)
        self.paging.put(made)
        self._used.clear()  # they stay
        self.model.host.bytes[:] = self.host.bytes
        self.model.device.bytes[:] = self.device.bytes

    def _stored(self, vpn: int, tenant: int, page: np.ndarray, slot: int) -> Page:
        """A sound page in the pool."""
        stored = self.codec.compress(page, slot)
        address = self._place()
        self.device.bytes[address * UNIT_BYTES :][: len(stored.data)] = stored.data
        codec = AS_IS if stored.raw else SPECKV
        return Page(vpn, Entry(tenant, address, stored.units, slot, codec, crc=stored.crc), address)

    # ---- Batches ----

    def _begin(self) -> None:
        for area in (self.area, self.pool, *self.windows):
            area.restart()
        self._edges = {
            id(area): [[bad.first, bad.end] for bad in area.bad]
            for area in (self.area, self.pool, *self.windows)
        }
        for edges in self._edges[id(self.area)]:
            edges.append(len(self.host.bytes))
        self._used: list[int] = []
        self._freed: list[int] = []
        self._loaded: set[int] = set()
        self._stores: list[tuple[int, int]] = []  # tenant, VPN
        self._new: list[Page] = []

    def take(self, area: Area, length: int) -> int:
        """Bytes that are nobody else's in this batch."""
        at = area.cursor + UNIT_BYTES * self.g.choice((0, 0, 0, 1, 2, 5))
        area.cursor = at + length
        if area.cursor > area.end:
            raise ValueError("the batch is too large for the memories")
        return at

    def take_bad(self, area: Area, length: int, *, write: bool) -> int:
        """Bytes with a bus error in them: somewhere all, or at an edge of a zone some."""
        bad, edges = area.bad[write], self._edges[id(area)][write]
        if edges and length > UNIT_BYTES and self.g.random() < 0.5:
            edge = edges.pop()
            return edge - UNIT_BYTES * self.g.randrange(1, length // UNIT_BYTES)
        if area is self.area and self.g.random() < 0.2:
            return len(self.host.bytes) + UNIT_BYTES * self.g.getrandbits(40)
        return bad.first + UNIT_BYTES * self.g.randrange((ZONE - length) // UNIT_BYTES + 1)

    def source(self, memory: DeviceMemory, at: int, length: int) -> None:
        """Something to copy."""
        start = self.g.randrange(len(self.noise) - length)
        memory.bytes[at : at + length] = self.noise[start : start + length]

    def new_page(self, **fields) -> int:
        """A record for a page nobody knows."""
        vpn = self._vpn()
        page = Page(vpn, **fields)
        self.paging.pages[vpn] = page
        self._new.append(page)
        return vpn

    def page_to_load(self, ring: RingState) -> int:
        tenant = ring.ring.tenant
        known = self.locked if self.locked[tenant] and self.g.random() < 0.2 else self.mapped
        vpn = self.g.choice(known[tenant])
        self._loaded.add(vpn)
        return vpn

    def page_to_store(self, ring: RingState, **fields) -> int:
        """A new page, or one that is there and that nobody loads, with a place for it."""
        tenant, mapped = ring.ring.tenant, self.mapped[ring.ring.tenant]
        if len(mapped) > 4 and self.g.random() < 0.5:
            at = self.g.randrange(len(mapped))
            if mapped[at] not in self._loaded:
                mapped[at], mapped[-1] = mapped[-1], mapped[at]
                vpn = mapped.pop()
                old = self.paging.pages[vpn]
                self._freed.append(self._start(old.entry.address))
                page = replace(old, **{"address": self._place(), **fields})
                self.paging.pages[vpn] = page
                self._new.append(page)
                self._stores.append((tenant, vpn))
                return vpn
        vpn = self.new_page(**{"address": self._place(), **fields})
        self._stores.append((tenant, vpn))
        return vpn

    def _start(self, address: int) -> int:
        """The place that an address is in."""
        first = self.pool.first // UNIT_BYTES
        return first + (address - first) // PLACE_UNITS * PLACE_UNITS

    @property
    def room(self) -> bool:
        """Whether there are places for pages."""
        return len(self.places) > 0

    def batch(
        self,
        counts: dict[int, int],
        weights: dict[str, float] | None = None,
        cancel: float = 0.5,
        into: Batch | None = None,
    ) -> Batch:
        """Random descriptors, so many a ring, by weighted case; posts them, to a batch that has
        not begun if there is one."""
        weights = weights or WEIGHTS
        batch = into or Batch()
        cancels: list[tuple[float, tuple[int, int]]] = []
        for number, n in counts.items():
            ring = self.rings[number]
            assert ring.tail - ring.consumed + n <= ring.size, "the ring is full"
            descriptors = np.zeros(n, DESCRIPTOR)
            fed = number == FEED
            odds = {name: w for name, w in weights.items() if not fed or name in FED} or {"load": 1}
            cases = self.g.choices(list(odds), list(odds.values()), k=n)
            for i, case in enumerate(cases):
                if not self.room:
                    case = cases[i] = "load" if fed else "copy in"
                d = descriptors[i]
                d["tag"] = (ring.tail + i) % COUNTS if fed else self.g.getrandbits(32)
                CASES[case](self, ring, d)
                if self.g.random() < (cancel if d["op"] == Op.PREFETCH else cancel / 10):
                    cancels.append((i + self.g.gauss(0, 20), (number, int(d["tag"]))))
            self.post(batch, ring, descriptors, cases)
        self.paging.put(self._new)
        self._new.clear()
        batch.cancels += [name for _, name in sorted(cancels)]  # about when they are under way
        self.sync()
        return batch

    def sync(self) -> None:
        """The model's memories are the bench's, as a batch begins."""
        self.model.host.bytes[:] = self.host.bytes
        self.model.device.bytes[:] = self.device.bytes

    def post(
        self, batch: Batch, ring: RingState, descriptors: np.ndarray, cases: list[str]
    ) -> None:
        """Write descriptors into their ring; the doorbell is the bench's to ring."""
        at = (ring.tail + np.arange(len(descriptors))) % ring.size
        lines = self.host.bytes[ring.base : ring.base + 64 * ring.size].reshape(-1, 64)
        lines[at] = descriptors.view(np.uint8).reshape(-1, 64)
        batch.posted[ring.number] = Posted(ring.tail, descriptors, cases)
        ring.tail += len(descriptors)

    # ---- Judgement ----

    def seen_of(self, status: Status, op: Op | None = None) -> int:
        """How many ended so, of all operations or one."""
        return sum(
            n for s, n in self.seen.items() if s.status == status and (op is None or s.op == op)
        )

    def completions(self, ring: RingState) -> np.ndarray:
        """Those in host memory that were not consumed, as far as the phase says."""
        area = self.host.bytes[ring.completions : ring.completions + 16 * ring.size]
        return fresh(area.view(COMPLETION), ring.consumed)

    def judge(self, batch: Batch, *, whole: bool = True, stopped: bool = False) -> None:
        """Completions and memory against the model.  Raises MismatchError.

        whole: all is done; else a reset ended it, and what has no completion may or may not have
        happened.  stopped: the rings were disabled meanwhile.
        """
        memories = (self.host, self.model.host), (self.device, self.model.device)
        old = [None if whole else model.bytes.copy() for _, model in memories]
        maybe: Counter = Counter()
        cancelled = set(batch.cancels)
        for number, posted in batch.posted.items():
            self._judge_ring(self.rings[number], posted, cancelled, whole, stopped, maybe)
        for (memory, model), before in zip(memories, old, strict=True):
            self._judge_memory(memory, model, before)
        more, less = self.paging.check()
        if whole and (less - maybe or more - maybe):
            raise MismatchError(f"asked for besides: {more - maybe}; not asked for: {less - maybe}")
        self._end(whole)

    def _judge_ring(
        self,
        ring: RingState,
        posted: Posted,
        cancelled: set[tuple[int, int]],
        whole: bool,
        stopped: bool,
        maybe: Counter,
    ) -> None:
        n, d = len(posted.descriptors), posted.descriptors
        found = self.completions(ring)
        where = f"ring {ring.number}"
        at = (found["number"].astype(np.int64) - posted.first) % COUNTS
        if (at >= n).any() or len(np.unique(at)) != len(at) or (whole and len(at) != n):
            missing = sorted(set(range(n)) - set(at.tolist()))[:5]
            twice = [a for a, count in Counter(at.tolist()).items() if count > 1 or a >= n][:5]
            raise MismatchError(
                f"{where}: {len(at)} completions for {n} descriptors from {posted.first}; without "
                f"one: {missing}; more than one, or none of ours: {twice}"
            )
        ring.consumed += len(found)
        done = dict(zip(at.tolist(), found.tolist(), strict=True))
        tenant = ring.ring.tenant
        expected: dict[int, Result] = {}
        sound = check(d, ring.ring) == 0
        for i in range(n):
            status = done[i][2] if i in done else None
            if (posted.first + i) % ring.size in ring.bad:
                expected[i] = Result(Status.FETCH)
                continue
            is_prefetch = d[i]["op"] == Op.PREFETCH
            may = {
                Status.CANCELLED: is_prefetch and (ring.number, int(d[i]["tag"])) in cancelled,
                Status.STOPPED: stopped,
            }
            if sound[i] and may.get(status):
                expected[i] = Result(Status(status))
                asked = TRANSLATE, int(d[i]["target"]) // PAGE_BYTES, tenant, 0
                maybe[asked] += is_prefetch
        todo = [i for i in range(n) if i not in expected]
        expected |= zip(todo, self.model.run(d[todo], ring.ring), strict=True)
        for i, (tag, _, status, flags, units, rest) in done.items():
            result, case = expected[i], posted.cases[i]
            wanted = (
                0 if result.status == Status.FETCH else int(d[i]["tag"]),
                result.status,
                result.error,
                result.units,
            )
            found = tag, status, flags & ~PHASE, units
            if found != wanted or any(rest):
                raise MismatchError(
                    f"{where} {posted.first + i} ({case}): tag, status, error, units are {found}, "
                    f"have to be {wanted}: {d[i]}"
                )
            op, length = int(d[i]["op"]), int(d[i]["length"])
            self.seen[Seen(case, op, length, result.status, result.error)] += 1

    def _judge_memory(self, memory: DeviceMemory, model: Memory, old: np.ndarray | None) -> None:
        if memory is self.host:
            for ring in self.rings:
                part = slice(ring.completions, ring.completions + 16 * ring.size)
                model.bytes[part] = memory.bytes[part]
        wrong = lines_that_differ(memory.bytes, model.bytes)
        if old is not None:
            still = set(lines_that_differ(memory.bytes, old).tolist())
            wrong = np.array([line for line in wrong.tolist() if line in still], np.int64)
            model.bytes[:] = memory.bytes
        if len(wrong):
            name = "host" if memory is self.host else "device"
            raise MismatchError(
                f"{len(wrong)} units of {name} memory differ, the first at {int(wrong[0]):#x}"
            )

    def judge_freed(self, batch: Batch) -> None:
        """A batch of loads and stores whose pages were freed while it went on (`Paging.hide`): each
        load is of the page as it was, or found it unmapped.  The pages come back."""
        for number, posted in batch.posted.items():
            ring = self.rings[number]
            found = self.completions(ring)
            at = (found["number"].astype(np.int64) - posted.first) % COUNTS
            if sorted(at.tolist()) != list(range(len(posted.descriptors))):
                raise MismatchError(f"ring {number}: not one completion for each descriptor")
            if not np.isin(found["status"], (Status.OK, Status.UNMAPPED, Status.FETCH)).all():
                raise MismatchError(f"ring {number}: statuses {set(found['status'].tolist())}")
            d = posted.descriptors[at]
            self.model.run(d[(found["status"] == Status.OK) & (d["op"] != Op.STORE)], ring.ring)
            for status in found["status"].tolist():
                self.seen[Seen("freed", Op.LOAD, PAGE_BYTES, Status(status), 0)] += 1
        self._judge_memory(self.host, self.model.host, None)
        self.paging.check()
        self.device.bytes[:] = self.model.device.bytes
        self._end(whole=False)
        self.paging.put(list(self.paging.pages.values()))

    def _end(self, whole: bool) -> None:
        """What the pages are like now; places that are free again."""
        pages = self.paging.pages
        freed = set(self._freed)
        for tenant, vpn in self._stores:
            page = pages[vpn]
            entry = page.entry
            if not whole:  # nobody knows
                pages[vpn] = Page(vpn)
                self._new.append(pages[vpn])
                freed.add(self._start(page.address))
                continue
            if entry is None or entry.address != page.address:  # the store failed
                freed.add(self._start(page.address))
                if entry is not None:
                    freed.discard(self._start(entry.address))
                    pages[vpn] = Page(vpn, entry, entry.address)
                    self._new.append(pages[vpn])
                    self.mapped[tenant].append(vpn)
                continue
            (self.mapped if entry.writable else self.locked)[tenant].append(vpn)
        self.places += sorted(freed)
        self._forget_some()
        self.paging.put(self._new)
        self._begin()

    def _forget_some(self) -> None:
        """Unmap pages until half of the places are free."""
        lists = [known[t] for known in (self.mapped, self.locked) for t in set(TENANTS)]
        while len(self.places) < self.all_places // 2:
            known = max(lists, key=len)
            if len(known) <= 4:
                return
            vpn = known.pop(self.g.randrange(len(known)))
            self.places.append(self._start(self.paging.pages[vpn].entry.address))
            self.paging.pages[vpn] = Page(vpn)
            self._new.append(self.paging.pages[vpn])


def lines_that_differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """First bytes of the units in which two memories differ."""
    wide = (a.view(np.uint64) != b.view(np.uint64)).reshape(-1, UNIT_BYTES // 8)
    return UNIT_BYTES * np.flatnonzero(wide.any(1))


# ---- Damaged pages, in the pool beforehand ----

Damage = Callable[[World, int, int], Page]


def _sound(world: World, vpn: int, tenant: int, *, raw: bool) -> Page:
    while True:
        page, slot = world.g.choice(world.raw)
        stored = world.codec.compress(page, slot)
        if stored.raw == raw and (raw or stored.units > 1):
            return world._stored(vpn, tenant, page, slot)


def _flip(world: World, vpn: int, tenant: int, *, raw: bool) -> Page:
    page = _sound(world, vpn, tenant, raw=raw)
    bit = world.g.randrange(16, 8 * UNIT_BYTES * page.entry.length)
    world.device.bytes[page.entry.address * UNIT_BYTES + bit // 8] ^= 1 << bit % 8
    return page


def flipped(world: World, vpn: int, tenant: int) -> Page:
    """A bit of a coded page."""
    return _flip(world, vpn, tenant, raw=False)


def flipped_raw(world: World, vpn: int, tenant: int) -> Page:
    """A bit of a page stored as it is."""
    return _flip(world, vpn, tenant, raw=True)


def other_crc(world: World, vpn: int, tenant: int) -> Page:
    """A sound page beside another CRC: what is a whole page, but not this one."""
    page = _sound(world, vpn, tenant, raw=world.g.random() < 0.5)
    crc = page.entry.crc ^ 1 << world.g.randrange(32)
    return replace(page, entry=replace(page.entry, crc=crc))


def header(world: World, vpn: int, tenant: int) -> Page:
    """No speckv page."""
    page = _sound(world, vpn, tenant, raw=False)
    world.device.bytes[page.entry.address * UNIT_BYTES] ^= 1 << world.g.randrange(8)
    return page


def other_table(world: World, vpn: int, tenant: int) -> Page:
    """A slot without a table."""
    page = _sound(world, vpn, tenant, raw=False)
    return replace(page, entry=replace(page.entry, slot=NO_TABLE))


def short(world: World, vpn: int, tenant: int) -> Page:
    """A page stored as it is, with units missing."""
    page = _sound(world, vpn, tenant, raw=True)
    return replace(page, entry=replace(page.entry, length=world.g.randrange(1, RAW_UNITS)))


DAMAGES: tuple[Damage, ...] = (flipped, flipped_raw, other_crc, header, other_table, short)


# ---- Descriptors by case ----

Case = Callable[[World, RingState, np.void], None]
CASES: dict[str, Case] = {}
WEIGHTS: dict[str, float] = {}


def case(name: str, weight: float) -> Callable[[Case], Case]:
    def add(make: Case) -> Case:
        CASES[name], WEIGHTS[name] = make, weight
        return make

    return add


def _copy(
    w: World,
    ring: RingState,
    d: np.void,
    op: Op,
    *,
    host: str = "good",
    device: str = "good",
) -> None:
    length = UNIT_BYTES * w.copy_units(w.g)
    window = w.windows[ring.number]
    into = op == Op.COPY_IN
    d["op"], d["length"] = op, length
    if host == "good":
        d["host"] = w.take(w.area, length)
    else:
        d["host"] = w.take_bad(w.area, length, write=not into)
    if device == "good":
        d["target"] = w.take(window, length)
    else:
        d["target"] = w.take_bad(window, length, write=into)
    if host == "good" and into:
        w.source(w.host, int(d["host"]), length)
    if device == "good" and not into:
        w.source(w.device, int(d["target"]), length)


@case("copy in", 14)
def copy_in(w: World, ring: RingState, d: np.void) -> None:
    _copy(w, ring, d, Op.COPY_IN)


@case("copy out", 14)
def copy_out(w: World, ring: RingState, d: np.void) -> None:
    _copy(w, ring, d, Op.COPY_OUT)


def _store(w: World, ring: RingState, d: np.void, vpn: int) -> None:
    page, slot = w.g.choice(w.raw)
    host = w.take(w.area, PAGE_BYTES)
    w.host.bytes[host : host + PAGE_BYTES] = page
    d["op"], d["host"], d["length"], d["slot"] = Op.STORE, host, PAGE_BYTES, slot
    d["target"] = vpn * PAGE_BYTES


@case("store", 14)
def store(w: World, ring: RingState, d: np.void) -> None:
    _store(w, ring, d, w.page_to_store(ring))
    d["flags"] = READ_ONLY if w.g.random() < 0.2 else 0


def _load(w: World, ring: RingState, d: np.void, vpn: int, op: Op | None = None) -> None:
    d["op"] = op or w.g.choice(LOADS)
    d["host"], d["length"] = w.take(w.area, PAGE_BYTES), PAGE_BYTES
    d["target"] = vpn * PAGE_BYTES


def _use(w: World, ring: RingState, d: np.void, vpn: int, op: Op) -> None:
    if op == Op.STORE:
        _store(w, ring, d, vpn)
    else:
        _load(w, ring, d, vpn, op)


@case("load", 12)
def load(w: World, ring: RingState, d: np.void) -> None:
    _load(w, ring, d, w.page_to_load(ring), Op.LOAD)


@case("prefetch", 12)
def prefetch(w: World, ring: RingState, d: np.void) -> None:
    _load(w, ring, d, w.page_to_load(ring), Op.PREFETCH)


def _any(w: World, ring: RingState, d: np.void) -> None:
    """A sound descriptor of any operation, to make something wrong with it."""
    w.turn("any", (copy_in, copy_out, load, prefetch, _blind_store))(w, ring, d)


def _blind_store(w: World, ring: RingState, d: np.void) -> None:
    _store(w, ring, d, w._vpn())


@case("unknown operation", 1)
def unknown(w: World, ring: RingState, d: np.void) -> None:
    _any(w, ring, d)
    d["op"] = w.g.choice((0, 6, 7, 8, 9, 17, 33, 65, 129, 255))


@case("odd bits", 1)
def odd_bits(w: World, ring: RingState, d: np.void) -> None:
    _any(w, ring, d)
    if d["op"] != Op.STORE and w.g.random() < 0.3:
        if w.g.random() < 0.5:
            d["flags"] = READ_ONLY
        else:
            d["slot"] = 1 << w.g.randrange(8)
        return
    bit = 1 << w.g.randrange(8)
    where = w.g.randrange(39)
    if where < 36:
        d["rest"][where] = bit
    elif where == 36:
        d["zero"] = bit
    elif where == 37:
        d["host"] |= np.uint64(1 << 63)
    else:
        d["flags"] |= max(bit, 2)


@case("unaligned", 1)
def unaligned(w: World, ring: RingState, d: np.void) -> None:
    _any(w, ring, d)
    which = "host" if w.g.random() < 0.5 else "target"
    grain = 6 if which == "host" or d["op"] in COPIES else 12
    d[which] += 1 << w.g.randrange(grain)


@case("length", 1)
def length(w: World, ring: RingState, d: np.void) -> None:
    _any(w, ring, d)
    odd = (0, 1, 63, 65, 4095, 4097, 4160, 8192, 1 << 31, (1 << 32) - 64, 4096 | 1 << 16)
    d["length"] = w.g.choice(odd if d["op"] in COPIES else (*odd, 64, 4032))


@case("outside", 1)
def outside(w: World, ring: RingState, d: np.void) -> None:
    w.g.choice((copy_in, copy_out))(w, ring, d)
    size = int(d["length"])
    first, end = (UNIT_BYTES * x for x in (ring.ring.window_base, ring.ring.window_limit))
    d["target"] = w.g.choice(
        (
            0,
            first - UNIT_BYTES,
            first - size,
            end - size + UNIT_BYTES,
            end,
            w.pool.first,
            1 << w.g.randrange(40, 64),
            first | 1 << 46,
            (1 << 64) - size,
        )
    )


@case("unmapped", 1)
def unmapped(w: World, ring: RingState, d: np.void) -> None:
    _load(w, ring, d, w._vpn(), w.turn("unmapped", LOADS))


@case("no request", 1)
def no_request(w: World, ring: RingState, d: np.void) -> None:
    _blind_store(w, ring, d)


@case("foreign", 1)
def foreign(w: World, ring: RingState, d: np.void) -> None:
    others = [t for t in set(TENANTS) if t != ring.ring.tenant]
    vpn = w.g.choice(w.corrupt[w.g.choice(sorted(others))])
    _use(w, ring, d, vpn, w.turn("foreign", PAGES))


@case("read-only", 1)
def read_only(w: World, ring: RingState, d: np.void) -> None:
    locked = w.locked[ring.ring.tenant]
    vpn = w.g.choice(locked) if locked else w.new_page(fault=Fault.READ_ONLY)
    w._loaded.add(vpn)
    _store(w, ring, d, vpn)


@case("table", 1)
def table(w: World, ring: RingState, d: np.void) -> None:
    fault, op = w.turn("table", [(f, op) for f in (Fault.MALFORMED, Fault.BUS) for op in PAGES])
    _use(w, ring, d, w.new_page(fault=fault), op)


@case("no place", 1)
def no_place(w: World, ring: RingState, d: np.void) -> None:
    why = [s for s in StoreStatus if s not in (StoreStatus.OK, StoreStatus.EXISTS)]
    _store(w, ring, d, w.new_page(place=w.turn("no place", why)))


@case("not mapped", 1)
def not_mapped(w: World, ring: RingState, d: np.void) -> None:
    _store(w, ring, d, w.page_to_store(ring, map=StoreStatus.BUS))


@case("copy in, host error", 1)
def copy_in_host(w: World, ring: RingState, d: np.void) -> None:
    _copy(w, ring, d, Op.COPY_IN, host="bad")


@case("copy in, device error", 1)
def copy_in_device(w: World, ring: RingState, d: np.void) -> None:
    _copy(w, ring, d, Op.COPY_IN, device="bad")


@case("copy out, host error", 1)
def copy_out_host(w: World, ring: RingState, d: np.void) -> None:
    _copy(w, ring, d, Op.COPY_OUT, host="bad")


@case("copy out, device error", 1)
def copy_out_device(w: World, ring: RingState, d: np.void) -> None:
    _copy(w, ring, d, Op.COPY_OUT, device="bad")


@case("store, host error", 1)
def store_host(w: World, ring: RingState, d: np.void) -> None:
    _blind_store(w, ring, d)
    d["target"] = w.page_to_store(ring) * PAGE_BYTES
    d["host"] = w.take_bad(w.area, PAGE_BYTES, write=False)


@case("store, device error", 1)
def store_device(w: World, ring: RingState, d: np.void) -> None:
    vpn = w.new_page(address=w.take_bad(w.pool, PAGE_BYTES, write=True) // UNIT_BYTES)
    _store(w, ring, d, vpn)


@case("load, host error", 1)
def load_host(w: World, ring: RingState, d: np.void) -> None:
    _load(w, ring, d, w.page_to_load(ring), w.turn("host error", LOADS))
    d["host"] = w.take_bad(w.area, PAGE_BYTES, write=True)


@case("load, device error", 1)
def load_device(w: World, ring: RingState, d: np.void) -> None:
    vpn = w.g.choice(w.unreadable[ring.ring.tenant])
    _load(w, ring, d, vpn, w.turn("device error", LOADS))


@case("corrupt", 2)
def corrupt(w: World, ring: RingState, d: np.void) -> None:
    vpn = w.turn(f"corrupt {ring.ring.tenant}", w.corrupt[ring.ring.tenant])
    _load(w, ring, d, vpn, w.turn("corrupt", LOADS))
