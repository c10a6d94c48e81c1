"""Tests of a small core: few slots, few flights, everything at random."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles

from models.prefetch import MAX_MARGIN, MAX_SHARE, ROOM_UNIT
from models.prefetch_core import Do, Kind
from tb.agents.common import PATTERNS, no_stalls, random_stalls, reset
from tb.prefetch.base import PrefetchTest
from tb.prefetch.coverage import RESETS, STREAMS, PrefetchCoverage
from tb.prefetch.traffic import Resident

COVERAGE = PrefetchCoverage()


class SmallTest(PrefetchTest):
    coverage = COVERAGE
    sizes = {"requests": 2, "layers": 4, "heads": 2, "pages": 64, "slots": 64, "flights": 4}

    async def life(self, handle: int, steps: int, **how: int) -> None:
        """A request from its begin to its end."""
        resident = await self.traffic.begin(handle, **how)
        for _ in range(steps):
            await self.traffic.step(resident)
        await self.traffic.end(handle)


@pyuvm.test()
class Steps(SmallTest):
    """Requests one after another; everything comes before it is asked for."""

    async def stimulus(self) -> None:
        self.traffic.wait = True
        self.env.dma.delay = 4
        for i in range(6):
            await self.life(i % 2, 6, pages=[1, 16, 64, 30, 47, 15][i])


class RandomTest(SmallTest):
    """Lives with everything at random, and illegal input between."""

    wrong = 0.2
    lives = 5

    def stalls(self) -> dict[str, str]:
        return random_stalls(self.g, STREAMS)

    async def live(self, handle: int) -> None:
        for _ in range(self.lives):
            self.traffic.wait = self.g.random() < 0.3
            resident = await self.traffic.begin(handle)
            for _ in range(self.g.randint(1, 5)):
                await self.traffic.step(resident)
                if self.g.random() < self.wrong:
                    await self.traffic.wrong()
            # Sometimes with questions behind its end.
            late = [self.traffic.question(resident, 0, 0, 0)] * self.g.randrange(3)
            await self.traffic.end(handle)
            await self.traffic.ask(late)

    async def strange(self) -> None:
        """Questions of strangers, wrong packets."""
        while not self.over:
            await ClockCycles(cocotb.top.clk_i, self.g.randint(1, 400))
            await self.g.choice([self.traffic.wrong, self.traffic.stranger])()

    async def stimulus(self) -> None:
        self.over = False
        strange = cocotb.start_soon(self.strange())
        other = cocotb.start_soon(self.live(1))
        await self.live(0)
        await other
        self.over = True
        await strange


@pyuvm.test()
class Mix(RandomTest):
    """Two requests at once."""


@pyuvm.test()
class Failures(RandomTest):
    """Fetches fail, and completions come that nobody waits for."""

    async def stimulus(self) -> None:
        self.env.dma.fails, self.env.dma.strays = 0.3, 0.05
        await super().stimulus()


@pyuvm.test()
class Slow(RandomTest):
    """A slow DMA: pages come late, are dropped on their way, and their requests freed."""

    lives = 3

    async def stimulus(self) -> None:
        self.env.dma.delay, self.env.dma.cancels = 500, self.g.choice([0.0, 0.5, 1.0])
        await super().stimulus()


class StallsTest(RandomTest):
    """Every pattern on every stream: five tests, each with the patterns shifted by one."""

    shift: int
    lives = 2

    def stalls(self) -> dict[str, str]:
        names = sorted(PATTERNS)
        return {s: names[(i + self.shift) % len(names)] for i, s in enumerate(STREAMS)}


@pyuvm.test()
class Stalls0(StallsTest):
    shift = 0


@pyuvm.test()
class Stalls1(StallsTest):
    shift = 1


@pyuvm.test()
class Stalls2(StallsTest):
    shift = 2


@pyuvm.test()
class Stalls3(StallsTest):
    shift = 3


@pyuvm.test()
class Stalls4(StallsTest):
    shift = 4


@pyuvm.test()
class Freed(SmallTest):
    """A request is freed while its pages are on their way, and its handle goes to another tenant:
    nothing of the first reaches the second."""

    async def stimulus(self) -> None:
        dma, traffic, g = self.env.dma, self.traffic, self.g
        for i in range(6):
            dma.delay = 1500
            first = await traffic.begin(0, pages=30, layers=2, heads=2)
            first.room = 4
            await traffic.send(first.packet(Kind.STEP, pages=30, room=512))
            if i % 2:
                await traffic.ask([traffic.question(first, 1, 0, g.randrange(29))])
            await self.cycles(g.randint(100, 900))
            await traffic.end(0)
            second = await traffic.begin(0, pages=20, layers=2, heads=2)
            await traffic.send(second.packet(Kind.STEP, pages=20, room=512))
            dma.delay = 20
            traffic.wait = True
            await traffic.step(second)
            await traffic.ask([traffic.question(first, 0, 0, page) for page in (0, 5, 29)])
            traffic.wait = False
            await traffic.end(0)
            await traffic.idle()


@pyuvm.test()
class Merged(SmallTest):
    """Questions meet prefetches on their way, which come, fail, or are dropped."""

    async def stimulus(self) -> None:
        dma, traffic, core = self.env.dma, self.traffic, self.env.scoreboard.core
        for i in range(6):
            dma.delay, dma.fails = 3000, float(i % 3 == 0)
            # Three are fetched: so many that the core has decided when they are under way.
            resident = await traffic.begin(0, pages=7, layers=1, heads=1)
            await traffic.send(resident.packet(Kind.STEP, pages=7, room=512))
            while len(core.under_way) < 3:
                await self.cycles(10)
            pages = [flight.where for flight in core.under_way.values()]
            asks = [traffic.question(resident, p.layer, p.head, p.page) for p in pages]
            await traffic.ask([replace(asks[0], tenant=resident.tenant ^ 1), *asks])
            if i % 3 == 2:
                await traffic.end(0)
                await self.cycles(40)
            dma.delay = 20
            await traffic.idle()
            if i % 3 < 2:
                await traffic.ask(asks)  # there, or failed and fetched anew
                await traffic.end(0)
                await traffic.idle()


@pyuvm.test()
class Unsent(SmallTest):
    """Prefetches that are dropped before the DMA takes them."""

    def stalls(self) -> dict[str, str]:
        return no_stalls(STREAMS) | {"fetch": "long"}

    async def stimulus(self) -> None:
        for _ in range(10):
            resident = await self.traffic.begin(0, pages=7, layers=1, heads=1)
            await self.traffic.send(resident.packet(Kind.STEP, pages=7, room=512))
            await self.traffic.end(0)


@pyuvm.test()
class Full(SmallTest):
    """The last slot is a prefetch's that is dropped on its way; a stranger asks for the newest."""

    async def stimulus(self) -> None:
        dma, traffic, board = self.env.dma, self.traffic, self.env.scoreboard
        dma.delay = 4
        resident = await traffic.begin(0, pages=64, layers=1, heads=2)
        await traffic.send(resident.packet(Kind.STEP, pages=64, room=20 * 128))
        await traffic.idle()
        core = board.core
        for page in range(63, -1, -1):
            for head in (0, 1):
                if core.there[0].sum() < 63:
                    await traffic.ask([traffic.question(resident, 0, head, page)])
                    await traffic.idle()
        kept = int(core.there[0, 0, 0].sum())
        dma.delay = 6000
        await traffic.send(resident.packet(Kind.STEP, pages=64, room=kept * 128))
        while not core.under_way:
            await self.cycles(10)
        (flight,) = core.under_way.values()
        codes = bytes(0 if page == flight.where.page else 100 for page in range(64))
        await traffic.send(resident.packet(Kind.REPORT, pages=64, codes=codes))
        stranger = traffic.question(resident, 0, 0, 63)
        await traffic.ask([replace(stranger, tenant=resident.tenant ^ 1)])
        await self.cycles(500)
        assert flight.dropped
        dma.delay = 4
        await traffic.end(0)


@pyuvm.test()
class Margin(SmallTest):
    """The margin goes to its end either way, and stays there."""

    async def stimulus(self) -> None:
        await self.up()
        await self.down()

    async def up(self) -> None:
        """More pages are needed in each step than are kept."""
        traffic = self.traffic
        resident = await traffic.begin(0, pages=8, layers=1, heads=1)
        for _ in range(130):
            await traffic.send(resident.packet(Kind.STEP, pages=8, room=256))
            await traffic.ask(traffic.question(resident, 0, 0, page) for page in range(7))
            await traffic.send(resident.packet(Kind.REPORT, pages=8, codes=bytes(16)))
        await traffic.idle()
        assert self.env.scoreboard.core.learnt[0].margin == MAX_MARGIN
        await traffic.end(0)

    async def down(self) -> None:
        """The layer above promises other pages in each step, and none is needed."""
        traffic = self.traffic
        resident = await traffic.begin(0, pages=32, layers=2, heads=1)
        for step in range(250):
            await traffic.send(resident.packet(Kind.STEP, pages=32, room=128))
            codes = bytearray(32)
            for i in range(3):
                codes[1 + (3 * step + i) % 30] = 127
            await traffic.send(resident.packet(Kind.REPORT, pages=32, codes=bytes(codes)))
            await traffic.send(resident.packet(Kind.REPORT, layer=1, pages=32, codes=bytes(32)))
            await traffic.idle()
        assert self.env.scoreboard.core.learnt[0].margin == -MAX_MARGIN
        await traffic.end(0)


@pyuvm.test()
class Rooms(SmallTest):
    """A stream needs what it has not got, the others nothing, until it keeps four times as much as
    they did; then the others need, so much that the pool has not enough for them."""

    PAGES, LAYERS, HEADS = 60, 4, 2

    async def stimulus(self) -> None:
        traffic, core = self.traffic, self.env.scoreboard.core
        self.env.dma.delay = 1
        resident = await traffic.begin(0, pages=self.PAGES, layers=self.LAYERS, heads=self.HEADS)
        hot = 1, 1
        for step in range(120):
            await self.step(resident, {hot: [1 + (11 * step + i) % 58 for i in range(11)]})
        assert core.share(0, *hot) == MAX_SHARE
        assert core.limit(0, *hot) > 4 * core.limit(0, 0, 0)
        others = set(product(range(self.LAYERS), range(self.HEADS))) - {hot}
        for step in range(3):
            await self.step(resident, dict.fromkeys(others, range(step, 59)))
        assert core.share(0, *hot) < MAX_SHARE
        await traffic.end(0)

    async def step(self, r: Resident, needed: dict[tuple[int, int], Iterable[int]]) -> None:
        """Codes say that no page matters, so none is fetched early and the newest are kept."""
        traffic = self.traffic
        await traffic.send(r.packet(Kind.STEP, pages=self.PAGES, room=2 * ROOM_UNIT))
        for layer in range(self.LAYERS):
            for head in range(self.HEADS):
                pages = needed.get((layer, head), ())
                await traffic.ask(traffic.question(r, layer, head, page) for page in pages)
            await traffic.idle()
            for head in range(self.HEADS):
                where = {"layer": layer, "head": head}
                await traffic.send(
                    r.packet(Kind.REPORT, pages=self.PAGES, codes=bytes(64), **where)
                )
        await traffic.idle()


@pyuvm.test()
class Resets(RandomTest):
    """Resets in everything that can be under way; afterwards nothing is resident and all works."""

    def phase(self) -> str:
        """What the core is doing."""
        board = self.env.scoreboard
        if board.op is None:
            return "flight" if board.core.under_way else "idle"
        if board.op.do in (Do.CLEAR, Do.SETTLE):
            return "clear" if board.op.do == Do.CLEAR else "report"
        kinds = {Do.ENTER: "fetch", Do.FETCH: "fetch", Do.EVICT: "report", Do.READ: "release"}
        # A read belongs to a release once the request is gone.
        gone = not board.core.table[board.op.where.handle].valid
        return "release" if gone else kinds[board.op.do].replace("release", "fetch")

    async def stimulus(self) -> None:
        traffic = self.traffic
        for phase in self.g.sample(RESETS, len(RESETS)):
            tasks = []
            self.env.dma.delay = 600 if phase == "flight" else 60
            if phase != "idle":
                tasks = [cocotb.start_soon(self.live(handle)) for handle in (0, 1)]
                await self.cycles(self.g.randint(500, 4000))
            for _ in range(30_000):
                if self.phase() == phase:
                    break
                await self.cycles(1)
                if all(task.done() for task in tasks):
                    tasks = [cocotb.start_soon(self.live(handle)) for handle in (0, 1)]
            else:
                raise AssertionError(f"never in {phase}")
            COVERAGE.reset(phase)
            traffic.halted = True
            await reset(self.g.randint(1, 4))
            for task in tasks:
                await task
            traffic.halted = False
            traffic.residents.clear()
            traffic.wait = False
            await self.life(self.g.randrange(2), 2)
            await self.env.scoreboard.drain()


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
