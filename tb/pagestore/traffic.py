"""What a driver and a DMA engine do with a page store, and what they should not."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import ClockCycles
from pyuvm import uvm_sequencer

from models.page_store import PAGES, Placed, Status
from models.page_table import AS_IS, SPECKV, Entry, Vpn
from tb.agents.axi_stream import AxisPacket, AxisSend
from tb.pagestore.env import StoreEnv
from tb.pagestore.items import Manage, Map, Place
from tb.pagestore.scoreboard import Layout

UNDER_WAY = 48  # transfers at once
FAR_PAGES = (0, 1, 510, 511, 512, 513, 1500, 2047, 2048, PAGES - 1)


@dataclass
class Slot:
    """A request as its driver sees it.  pages: those still to be placed, (page, stream)."""

    tenant: int
    layers: int
    heads: int
    pages: deque[tuple[int, int]] = field(default_factory=deque)

    @property
    def streams(self) -> int:
        return self.layers * self.heads * 2

    def vpn(self, request: int, page: int, stream: int) -> int:
        rest, kind = divmod(stream, 2)
        layer, head = divmod(rest, self.heads)
        return int(Vpn(request, layer, head, kind, page).number())


async def send(sequencer: uvm_sequencer, word: int) -> None:
    await AxisSend([AxisPacket([word])]).start(sequencer)


class Traffic:
    """`slots` are the requests that were begun.  Answers come by the scoreboard's hooks.

    wrong: share of commands that are to be refused.  halted: nothing more is sent.
    """

    def __init__(self, env: StoreEnv, layout: Layout, g: random.Random):
        self.env, self.layout, self.g = env, layout, g
        self.wrong = 0.1
        self.lengths = "mixed"
        self.store_fails = 0.05  # share of places that nothing comes of
        self.map_delay = 60
        self.map_again = 0.1
        scoreboard = env.scoreboard
        scoreboard.on_placed, scoreboard.on_mapped = self._placed, self._mapped
        scoreboard.on_managed = self._managed
        env.drainer.under_way = lambda: set(self.open)
        self.halted = False
        self.forget()
        cocotb.start_soon(self._map_sender())

    def forget(self) -> None:
        """A reset."""
        self.slots: dict[int, Slot] = {}
        self.open: dict[int, object] = {}  # by tag
        self.free_tags = list(range(256))
        self.g.shuffle(self.free_tags)
        self.map_queue: deque[Map] = deque()
        self.managing: deque[list[Status]] = deque()
        self.statuses: list[Status] = []
        self.epoch = object()

    # ---- Requests ----

    async def manage(self, item: Manage) -> Status | None:
        """Send it and wait for its answer; None if a reset came first."""
        answer: list[Status] = []
        self.managing.append(answer)
        await send(self.env.manage.sequencer, item.word())
        while not answer:
            if self.halted:
                return None
            await ClockCycles(cocotb.top.clk_i, 4)
        return answer[0]

    def _managed(self, status: Status) -> None:
        self.managing.popleft().append(status)

    async def begin(self, layers: int = 0, heads: int = 0) -> None:
        """A request that is not there yet, by chance in a wrong way."""
        g, at = self.g, self.layout
        free = [r for r in range(at.requests) if r not in self.slots]
        if g.random() < self.wrong:
            most = at.segment_units * 2
            bad = [
                (at.requests + g.choice([0, 1, 1000]), 2, 2),
                (g.randrange(at.requests), 0, g.randint(0, 3)),
                (g.randrange(at.requests), 3, 0),
                (g.randrange(at.requests), 255, most // 255 + 1),
                (g.choice([*self.slots, 0]), 1, 1),
            ]
            request, layers, heads = g.choice(bad)
        elif free:
            request = g.choice(free)
            if not layers:
                shapes = [(1, 1), (2, 2), (3, 1), (4, 3), (1, 2), (7, 5), (30, 3), (16, 16)]
                layers, heads = g.choice(shapes)
        else:
            return
        tenant = g.randrange(1 << 16)
        if await self.manage(Manage(False, request, tenant, layers, heads)) == Status.OK:
            self.slots[request] = Slot(tenant, layers, heads)

    async def free(self, request: int | None = None) -> Status | None:
        """A request that is there, by chance in a wrong way."""
        g = self.g
        if request is None and g.random() < self.wrong:
            request = g.randrange(self.layout.requests + 3)
            tenant = g.randrange(1 << 16)
            if request in self.slots:
                tenant = self.slots[request].tenant ^ 1 << g.randrange(16)
            return await self.manage(Manage(True, request, tenant))
        if request is None:
            if not self.slots:
                return None
            request = g.choice(list(self.slots))
        status = await self.manage(Manage(True, request, self.slots[request].tenant))
        if status == Status.OK:
            del self.slots[request]
        return status

    async def free_all(self) -> None:
        """Until all are, again and again where an error is in the way."""
        while self.slots and not self.halted:
            await self.free(self.g.choice(list(self.slots)))

    # ---- Pages ----

    def _length(self) -> int:
        g = self.g
        kinds = {
            "small": (8, 14),
            "large": (60, 64),
            "any": (1, 64),
            "least": (1, 1),
            "most": (64, 64),
        }
        kind = self.lengths if self.lengths != "mixed" else g.choice(list(kinds))
        return g.randint(*kinds[kind])

    def _page(self, slot: Slot) -> tuple[int, int]:
        """The next page of a request and its stream: row by row, or anywhere."""
        g = self.g
        if not slot.pages:
            start = g.choice(FAR_PAGES)
            rows = [p % PAGES for p in range(start, start + g.randint(1, 3))]
            order = [(p, s) for p in rows for s in range(slot.streams)]
            if g.random() < 0.3:
                order = [(p, s) for s in range(slot.streams) for p in rows]
            first = g.randrange(len(order))
            slot.pages.extend(order[first : first + 40])
        return slot.pages.popleft()

    def _wrong_place(self, tag: int) -> Place:
        g = self.g
        request = g.choice([*self.slots, g.randrange(self.layout.requests + 2)])
        slot = self.slots.get(request) or Slot(1, 1, 1)
        page, stream = g.choice(FAR_PAGES), g.randrange(slot.streams)
        vpn, tenant, length = slot.vpn(request, page, stream), slot.tenant, self._length()
        match g.randrange(6):
            case 0:
                tenant ^= 1 << g.randrange(16)
            case 1:
                length = g.choice([0, 65, 127])
            case 2:
                vpn = int(Vpn(request, slot.layers + g.choice([0, 5]), 0, 0, page).number())
            case 3:
                vpn = int(Vpn(request, 0, slot.heads + g.choice([0, 9]), 1, page).number())
            case 4:
                vpn = slot.vpn(request, g.choice([PAGES, PAGES + 512, (1 << 19) - 1]), stream)
            case _:
                bad = g.choice([self.layout.requests, self.layout.requests + 8, 65535])
                vpn = slot.vpn(bad, page, stream)
        return Place(tag, vpn, tenant, length)

    async def place(self, request: int | None = None) -> None:
        """One page more, of this request or any."""
        g = self.g
        wrong = g.random() < self.wrong
        while len(self.open) >= UNDER_WAY or not (self.slots or wrong):
            if self.halted:
                return
            await ClockCycles(cocotb.top.clk_i, 4)
        tag = self.free_tags.pop(0)
        if wrong:
            item = self._wrong_place(tag)
        else:
            request = g.choice(list(self.slots)) if request is None else request
            slot = self.slots[request]
            page, stream = self._page(slot)
            item = Place(tag, slot.vpn(request, page, stream), slot.tenant, self._length())
        self.open[tag] = item
        await send(self.env.place.sequencer, item.word())

    async def places(self, count: int) -> None:
        for _ in range(count):
            if self.halted:
                return
            await self.place()

    def _close(self, tag: int) -> None:
        del self.open[tag]
        self.free_tags.append(tag)

    def _placed(self, item: Place, answer: Placed) -> None:
        self.statuses.append(answer.status)
        if answer.status != Status.OK:
            self._close(item.tag)
        else:
            cocotb.start_soon(self._map_later(item, answer))

    async def _map_later(self, item: Place, answer: Placed) -> None:
        g, epoch = self.g, self.epoch
        if self.map_delay:
            await ClockCycles(cocotb.top.clk_i, g.randint(1, self.map_delay))
        if self.epoch is not epoch:
            return
        if g.random() < self.store_fails:
            self._close(item.tag)
            return
        codec = g.choice([SPECKV, SPECKV, AS_IS])
        entry = Entry(
            owner=item.tenant,
            address=answer.address,
            length=item.length,
            slot=g.randrange(256),
            codec=codec,
            writable=g.randrange(2),
            crc=g.getrandbits(32),
        )
        self.map_queue.append(Map(item.tag, item.vpn, answer.at, entry, g.getrandbits(16)))

    async def _map_sender(self) -> None:
        while True:
            if self.halted or not self.map_queue:
                await ClockCycles(cocotb.top.clk_i, 1)
                continue
            item = self.map_queue.popleft()
            self.env.scoreboard.planned_maps.append(item)
            await send(self.env.map.sequencer, item.word())

    def _mapped(self, item: Map, status: Status) -> None:
        # A store that failed is tried again; the room stays the page's.
        if self.g.random() < self.map_again:
            self.map_queue.append(item)
        else:
            self._close(item.tag)

    async def settle(self, cycles: int = 60_000) -> None:
        """Wait until nothing is under way."""
        for _ in range(cycles // 8):
            if not self.open and not self.managing and self.env.memory.quiet:
                break
            await ClockCycles(cocotb.top.clk_i, 8)
        assert not self.open, f"{len(self.open)} transfers never end"
        assert not self.managing, f"{len(self.managing)} commands are never answered"
        await ClockCycles(cocotb.top.clk_i, 20)
