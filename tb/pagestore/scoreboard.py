"""Compares every answer with the model, and checks on its own what the model is about.

Commands are carried out in the order in which they are taken, so the model carries them out in that
order too, once an answer says that the DUT has; the second half of a free counts from the cycle in
which the drain ended.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pyuvm import uvm_component

from models.page_store import LINKS, PAGES, PageStore, Status
from models.page_table import DIR_UNITS, DIRECTORIES, Entry, Fault, PageTable, Vpn, row_units
from tb.agents.axi4 import Axi4Access
from tb.agents.axi_stream import AxisPacket, AxisReset
from tb.agents.common import Tap
from tb.pagestore.items import INV_PAGE, INV_REQUEST, Manage, Map, Place, mapped, placed, unpack
from tb.pagestore.memory import Watched

SAMPLE = 60  # pages translated at a quiet point


@dataclass(frozen=True)
class Layout:
    """Where things are, in units."""

    root_base: int
    link_base: int
    pool_base: int
    segments: int
    requests: int
    segment_units: int
    rows: int  # kept on chip

    @property
    def limit(self) -> int:
        return self.pool_base + self.segments * self.segment_units

    def region(self, unit: int) -> str:
        """What lies at a unit."""
        if unit >= self.pool_base:
            return "pool"
        return "links" if unit >= self.link_base else "root"


class Release:
    """The second half of a free."""


class Scoreboard(uvm_component):
    """`start` gives it the memory and its layout; taps are fed by the environment.

    `on_placed`, `on_mapped` and `on_managed` are told of each answer, once it was compared.
    `mapped` holds what was mapped: VPN -> (entry, whether it translates).
    """

    taps = ("manage", "managed", "place", "placed", "map", "mapped", "inv", "memory")

    def build_phase(self) -> None:
        for name in self.taps:
            setattr(self, f"tap_{name}", Tap(name, self, getattr(self, f"_{name}")))
        self.on_placed: Callable = lambda place, answer: None
        self.on_mapped: Callable = lambda item, status: None
        self.on_managed: Callable = lambda status: None
        self.compared = dict.fromkeys(("managed", "placed", "mapped"), 0)
        self.coverage = None
        self.cycle: Callable[[], int]

    def start(self, device: np.ndarray, layout: Layout) -> None:
        """device: uint64 view of the DUT's memory."""
        self.device, self.layout = device, layout
        words = device.copy()
        self.engine = Watched(words, layout.region, self.coverage.access)
        self.entries = Watched(words, layout.region, self.coverage.access)
        self.entries.known = self.engine.known
        self._forget()

    def _forget(self) -> None:
        """A reset: what is in memory stays, all else is gone."""
        self.engine.words[:] = self.device
        self.engine.known[:] = True
        self.engine.forget()
        self.entries.forget()
        self.store: PageStore | None = None
        self.commands: list[tuple[int, Manage | Place | Release]] = []  # with the cycle taken
        self.expected_managed: deque[Status] = deque()
        self.expected_placed: deque[tuple] = deque()
        self.mapping: deque[Map] = deque()
        self.planned_maps: deque[Map] = deque()
        self.invalidated: deque[tuple[int, int, int]] = deque()
        self.inv_ends: deque[int] = deque()
        self.freeing: Manage | None = None
        self.mapped: dict[int, tuple[Entry, bool]] = {}
        # Whose a unit of the pool is: request + 1, negative for a row's.
        self.owner = np.zeros(self.layout.limit, dtype=np.int64)
        self.rows: dict[tuple[int, int], int] = {}
        self.shape: dict[int, int] = {}  # of a live request: units of a row

    # ---- What the environment sees ----

    def _memory(self, access: Axi4Access) -> None:
        if not access.write:
            self.engine.reads.append(access)
        elif access.id == 0:
            self.engine.writes.append(access)
        else:
            assert access.id == 1
            self.entries.writes.append(access)

    def _manage(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            self._forget()
        else:
            self.commands.append((event.last, Manage.of(event.beats[0])))

    def _place(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisPacket):
            self.commands.append((event.last, Place.of(event.beats[0])))

    def drained(self, time: int) -> None:
        """The drain ended at this time, in ps."""
        self.commands.append((time + 1, Release()))

    def _map(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisPacket):
            item = self.planned_maps.popleft()
            assert event.beats[0] == item.word(), f"another item than {item} went in"
            self.mapping.append(item)

    def _inv(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisPacket):
            kind, vpn = unpack(event.beats[0], 2, 52)
            self.invalidated.append((kind, vpn, self.cycle()))

    def forgotten(self) -> None:
        """An invalidation was completed."""
        self.inv_ends.append(self.cycle())

    @property
    def request_forgotten(self) -> bool:
        """An invalidation of a request was completed, and the free it belongs to was not."""
        done = list(self.invalidated)[: len(self.inv_ends)]
        return any(kind == INV_REQUEST for kind, _, _ in done)

    # ---- The model ----

    def _run(self) -> None:
        """Carry out the next command."""
        self.commands.sort(key=lambda item: item[0])
        _, command = self.commands.pop(0)
        if self.store is None:
            at = self.layout
            bases = at.root_base, at.link_base, at.pool_base, at.segments
            self.store = PageStore(self.engine, *bases, at.requests, at.segment_units, at.rows)
        self.engine.command()
        store = self.store
        if isinstance(command, Place):
            used, listed = store.allocator.used, store.allocator.listed
            answer = store.place(command.vpn, command.tenant, command.length)
            taken = store.allocator.used - used, listed - store.allocator.listed
            self.coverage.place(answer, command.length, self.engine.log, taken)
            self.expected_placed.append((command, answer, self.engine.written))
        elif isinstance(command, Release):
            status = store.release(self.freeing.request)
            self._finish_free(status)
        elif command.free:
            status = store.unroot(command.request, command.tenant)
            self.coverage.manage("free", status)
            if status:
                self.expected_managed.append(status)
            else:
                self.freeing, self.unrooted = command, self.engine.written
                for vpn in self.mapped:
                    if vpn >> 36 == command.request:
                        self.mapped[vpn] = self.mapped[vpn][0], False
        else:
            fields = command.request, command.tenant, command.layers, command.heads
            status = store.begin(*fields)
            self.coverage.manage("begin", status)
            if status == Status.OK:
                self.shape[command.request] = row_units(command.layers, command.heads)
            self.expected_managed.append(status)

    def _finish_free(self, status: Status) -> None:
        request = self.freeing.request
        self.coverage.manage("release", status)
        self.expected_managed.append(status)
        if status == Status.OK:
            self.owner[np.abs(self.owner) == request + 1] = 0
            self.rows = {key: row for key, row in self.rows.items() if key[0] != request}
            self.mapped = {vpn: e for vpn, e in self.mapped.items() if vpn >> 36 != request}
        self._forgets((INV_REQUEST, request << 36), self.unrooted)
        self.freeing = None

    def _forgets(self, wanted: tuple[int, int], after: int = 0) -> int:
        """The DUT had the ATU forget this, after that cycle; returns when it was done."""
        found = next((i for i in self.invalidated if i[:2] == wanted), None)
        assert found, f"no invalidation {wanted}"
        position = self.invalidated.index(found)
        assert found[2] > after, f"invalidation {found} before cycle {after}"
        del self.invalidated[position]
        end = self.inv_ends[position]
        del self.inv_ends[position]
        return end

    # ---- Answers ----

    def _managed(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            return
        while not self.expected_managed:
            assert self.commands, "an answer to no command"
            self._run()
        found, wanted = Status(event.beats[0]), self.expected_managed.popleft()
        assert found == wanted, f"managed {found!r}, expected {wanted!r}"
        self.compared["managed"] += 1
        self.on_managed(found)

    def _placed(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            return
        while not self.expected_placed:
            assert self.commands, "an answer to no command"
            self._run()
        command, wanted, written = self.expected_placed.popleft()
        tag, found = placed(event.beats[0])
        assert (tag, found) == (command.tag, wanted), f"{command}: {found}, expected {wanted}"
        assert self.cycle() >= written, f"{command} answered before its row was in memory"
        self.compared["placed"] += 1
        if found.status == Status.OK:
            self._occupy(command, found.address, found.at)
        self.on_placed(command, found)

    def _occupy(self, command: Place, address: int, at: int) -> None:
        """What was placed is nobody else's."""
        vpn = command.at
        request, page = int(vpn.request), int(vpn.page)
        known = self.store.requests[request]
        stream = (int(vpn.layer) * known.heads + int(vpn.kv_head)) * 2 + int(vpn.kind)
        row, rest = divmod(at - stream, 4)
        assert rest == 0, f"{command}: entry at {at:#x}"
        if (request, page) not in self.rows:
            self.rows[request, page] = row
            self._take(row, self.shape[request], -request - 1)
        before = self.rows[request, page]
        assert row == before, f"{command}: row at {row:#x}, before at {before:#x}"
        self._take(address, command.length, request + 1)

    def _take(self, address: int, units: int, owner: int) -> None:
        assert self.layout.pool_base <= address <= self.layout.limit - units
        area = self.owner[address : address + units]
        assert not area.any(), f"units of {set(area.tolist())} given to {owner}"
        area[:] = owner

    def _mapped(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            return
        assert self.mapping, "an answer to no map"
        item = self.mapping.popleft()
        tag, status = mapped(event.beats[0])
        wanted = self._map_in_model(item)
        assert (tag, status) == (item.tag, wanted), f"{item}: {tag}, {status}, expected {wanted!r}"
        end = self._forgets((INV_PAGE, item.vpn), self.entries.written)
        assert self.cycle() >= end, f"{item} answered before it was forgotten"
        self.compared["mapped"] += 1
        if item.vpn >> 36 in self.store.requests and status == Status.OK:
            self.mapped[item.vpn] = item.entry, True
        self.on_mapped(item, status)

    def _map_in_model(self, item: Map) -> Status:
        # Entries of different pages go side by side.
        self.entries.written = 0
        status = PageStore.map(_Through(self.entries), item.vpn, item.at, item.entry)
        self.coverage.map(status)
        return status

    # ---- Quiet points ----

    def check(self, g: random.Random, free_units: int) -> None:
        """Nothing is under way: the memory's words, translations, free units."""
        assert not self.expected_managed and not self.expected_placed and not self.mapping
        while self.commands:
            self._run()
        assert not self.engine.reads and not self.engine.writes and not self.entries.writes
        assert not self.invalidated, f"invalidations too many: {self.invalidated}"
        if self.store is None:
            return
        differs = (self.device != self.engine.words) & self.engine.known
        assert not differs.any(), f"{differs.sum()} words differ, the first {differs.argmax():#x}"
        assert free_units == self.store.free_units, f"{free_units}, {self.store.free_units}"
        self._check_directories()
        at = self.layout
        table = PageTable(self.device, at.root_base, at.requests, at.limit)
        for vpn in g.sample(sorted(self.mapped), min(SAMPLE, len(self.mapped))):
            entry, live = self.mapped[vpn]
            fault, found = table.translate(vpn, entry.owner)
            if not live:
                assert fault == Fault.UNMAPPED
                continue
            assert fault == Fault.NONE, f"{Vpn.of(vpn)}: {fault}"
            for name, value in vars(entry).items():
                assert int(getattr(found, name)) == value, f"{Vpn.of(vpn)}: {name}"
            assert table.translate(vpn, entry.owner ^ 1)[0] == Fault.FOREIGN
        for _ in range(SAMPLE // 4):
            shape = g.randrange(4), g.randrange(4), g.randrange(2), g.randrange(PAGES)
            vpn = int(Vpn(g.randrange(at.requests), *shape).number())
            if vpn not in self.mapped:
                assert table.translate(vpn, 0)[0] in (Fault.UNMAPPED, Fault.FOREIGN)

    def _check_directories(self) -> None:
        """Directories are nobody else's either."""
        taken = self.owner.copy()
        lines = self.device[self.layout.root_base * LINKS :].reshape(-1, LINKS)
        for request in range(self.layout.requests):
            if not lines[request, 0]:
                assert not lines[request].any() or request in self.store.requests
                continue
            for word in lines[request, 1 : 1 + DIRECTORIES].tolist():
                if word:
                    address = word >> 1 & (1 << 40) - 1
                    area = taken[address : address + DIR_UNITS]
                    assert not area.any(), f"a directory of {request} on {set(area.tolist())}"
                    area[:] = request + 1

    def check_phase(self) -> None:
        assert all(self.compared.values()), f"compared {self.compared}"
        self.logger.info("compared %s", self.compared)


@dataclass(frozen=True)
class _Through:
    """As much of a page store as a map needs."""

    memory: Watched
