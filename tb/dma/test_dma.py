"""Tests of the DMA engine with both halves of speckv behind it."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import ConfigDB, uvm_test

from models.device_memory import PRESETS, fixed
from models.dma import COMPLETION, Op, Result, Status, completion
from models.page_table import UNIT_BYTES
from tb.agents.common import reset, start_clock
from tb.dma import ports
from tb.dma.coverage import DmaCoverage
from tb.dma.env import DmaEnv
from tb.dma.rings import RingItem, Send
from tb.dma.world import CASES, RINGS, WEIGHTS, Batch

COVERAGE = DmaCoverage()
MEMORIES = {"fixed": fixed(40.0), **PRESETS}

GOOD = ("copy in", "copy out", "store", "load", "prefetch")
MALFORMED = ("unknown operation", "odd bits", "unaligned", "length", "outside")
PAGING = ("unmapped", "no request", "foreign", "read-only", "table", "no place", "not mapped")
BUS = tuple(name for name in CASES if "error" in name)


def of(names: Iterable[str], share: float = 0.7) -> dict[str, float]:
    """Weights: these cases, and good ones between them."""
    names = tuple(names)
    return {n: share / len(names) for n in names} | {n: (1 - share) / len(GOOD) for n in GOOD}


class DmaTest(uvm_test):
    """`memory`, `stalls` (host's and device's) and the rings' size are a test's own."""

    memory = "fixed"
    stalls = ("none", "none")
    size_log2 = 6

    def build_phase(self) -> None:
        for name, value in (
            ("timing", MEMORIES[self.memory]),
            ("stalls", self.stalls),
            ("size_log2", self.size_log2),
            ("coverage", COVERAGE),
        ):
            ConfigDB().set(self, "*", name, value)
        self.env = DmaEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        self.world, self.paging = self.env.world, self.env.world.paging
        self.g = self.world.g
        start_clock()
        await self.restart()
        await self.stimulus()
        await ClockCycles(cocotb.top.clk_i, 20)
        assert self.env.host.quiet and self.env.device.quiet
        self.drop_objection()

    async def stimulus(self) -> None:
        raise NotImplementedError

    async def restart(self) -> None:
        """Reset, empty rings, tables."""
        cocotb.top.rst_ni.value = 0
        self.paging.cancel([])
        self.world.clear_completions()
        self.env.rings.monitor.restart()
        ports.drive(self.world.rings, enable=0)
        await reset()
        await ports.load(self.world.tables)
        ports.drive(self.world.rings)

    async def work(self, batch: Batch, strokes: int = 1, chance: int = 20) -> None:
        """A batch from the doorbells to its judgement."""
        item = RingItem(batch, strokes, chance)
        await Send(item).start(self.env.rings.sequencer)
        await ClockCycles(cocotb.top.clk_i, 2 * self.env.rings.monitor.EVERY)
        self.env.scoreboard.judge(batch)
        COVERAGE.batch(batch, self.memory, self.stalls)

    def batch(self, n: int, weights: dict[str, float] | None = None, cancel: float = 0) -> Batch:
        """`n` random descriptors in each ring."""
        return self.world.batch(dict.fromkeys(range(RINGS), n), weights, cancel)


@pyuvm.test()
class Operations(DmaTest):
    """Every operation alone, then mixed."""

    async def stimulus(self) -> None:
        for name in GOOD:
            await self.work(self.batch(2, {name: 1}))
        await self.work(self.batch(10, of(GOOD)), strokes=3)


@pyuvm.test()
class Malformed(DmaTest):
    """Everything that can be wrong with a descriptor."""

    async def stimulus(self) -> None:
        for name in MALFORMED:
            await self.work(self.batch(12, of([name], 0.9)))


@pyuvm.test()
class Refused(DmaTest):
    """Everything that translation and page store can answer, late and in any order."""

    async def stimulus(self) -> None:
        for least, spread, stalls in ((0, 1, 0), (5, 100, 60)):
            self.paging.pace(least, spread, stalls)
            await self.work(self.batch(24, of(PAGING)))


@pyuvm.test()
class BusErrors(DmaTest):
    """Bus errors on every channel, whole transfers and parts of them."""

    memory = "hbm"
    size_log2 = 5

    async def stimulus(self) -> None:
        await self.work(self.batch(20, of(BUS, 0.85)), strokes=4)
        await self.work(self.batch(12, of(BUS, 0.85)))
        assert self.world.seen_of(Status.FETCH), "no descriptor was unreadable"


@pyuvm.test()
class LostCompletion(DmaTest):
    """A completion that cannot be written is lost; nothing else is."""

    async def stimulus(self) -> None:
        ring = self.world.rings[1]
        line = ring.completions + UNIT_BYTES
        before = self.world.host.bytes[line : line + UNIT_BYTES].copy()
        self.world.host.fault(line, count=4)
        batch = self.world.batch({1: 12}, {"copy in": 1}, 0)
        await Send(RingItem(batch)).start(self.env.rings.sequencer)
        assert (self.world.host.bytes[line : line + UNIT_BYTES] == before).all()
        assert ports.counts("completed")[1] == 12
        records = self.world.host.bytes[ring.completions :][: 16 * 12].view(COMPLETION)
        there = [*range(4), *range(8, 12)]
        missing = set(range(12)) - set(records["number"][there].tolist())
        assert len(missing) == 4, "the others are not there once each"
        for place, number in zip(range(4, 8), sorted(missing), strict=True):
            tag = int(batch.posted[1].descriptors["tag"][number])
            status = Status.FETCH if number in ring.bad else Status.OK
            records[place] = completion(tag, number, Result(status), phase=1)
        await ClockCycles(cocotb.top.clk_i, 2 * self.env.rings.monitor.EVERY)
        self.env.scoreboard.judge(batch)
        await self.work(self.batch(8))


@pyuvm.test()
class Corrupt(DmaTest):
    """Damaged pages, sound ones between them."""

    async def stimulus(self) -> None:
        await self.work(self.batch(12, of(["corrupt"], 0.8)))


class Mix(DmaTest):
    """Everything, with cancellations and drains."""

    each = 16

    async def stimulus(self) -> None:
        self.paging.pace(self.g.choice((0, 8)), self.g.choice((1, 60)), 20, 100)
        await self.work(self.batch(self.each, WEIGHTS, 0.4), strokes=self.g.randint(1, 5))


@pyuvm.test()
class MixDdr5(Mix):
    """Over DDR5, everything stalled a little."""

    memory = "ddr5"
    stalls = ("light", "bursts")


@pyuvm.test()
class MixHbm(Mix):
    """The device slow, the host not."""

    memory = "hbm"
    stalls = ("none", "heavy")


@pyuvm.test()
class MixCxl(Mix):
    """The host slow, the device far."""

    memory = "cxl"
    stalls = ("bursts", "long")


@pyuvm.test()
class MixLong(Mix):
    """The host away for long."""

    stalls = ("long", "light")
    each = 8


@pyuvm.test()
class MixHeavy(Mix):
    """The host slow."""

    stalls = ("heavy", "none")
    each = 8


@pyuvm.test()
class Cancels(DmaTest):
    """Prefetches that wait are cancelled, those that write are not; nothing else is."""

    memory = "cxl"

    async def stimulus(self) -> None:
        weights = {"prefetch": 4, "load": 1, "copy out": 1, "store": 1, "unmapped": 0.3}
        for chance in (60, 10):
            self.paging.pace(20, 100)
            await self.work(self.batch(24, weights, 0.8), chance=chance)
        cancelled = self.world.seen_of(Status.CANCELLED)
        through = self.world.seen_of(Status.OK, Op.PREFETCH)
        assert cancelled > 10
        assert through > 10
        COVERAGE.event("cancelled")


@pyuvm.test()
class Priority(DmaTest):
    """A prefetch waits while anything else can go."""

    async def stimulus(self) -> None:
        self.paging.pace(stalls=240)  # translation is what all wait for
        batch = self.world.batch({0: 44}, {"prefetch": 1}, 0)
        self.world.batch({1: 24}, {"load": 1}, 0, into=batch)
        await self.work(batch)
        order = [c.ring for c in self.env.scoreboard.seen]
        late = order[len(order) - order[::-1].index(1) :].count(0)
        assert late >= 22, f"{late} of 44 prefetches came behind 24 loads"


@pyuvm.test()
class Disabled(DmaTest):
    """A ring that is disabled stops what has not begun; enabled again it goes on."""

    async def stimulus(self) -> None:
        stopped = 0
        for _ in range(2):
            self.paging.pace(100, 200)
            weights = {"copy in": 1, "load": 3, "store": 2, "prefetch": 2, "unaligned": 0.5}
            batch = self.batch(24, weights)
            rings = self.world.rings
            ports.drive(rings)
            await ClockCycles(cocotb.top.clk_i, self.g.randrange(60, 250))
            off = self.g.choice((0b0001, 0b0110, 0b1111))  # the feed cannot be stopped
            ports.drive(rings, enable=ports.ALL & ~off)
            for _ in range(3000):
                await ClockCycles(cocotb.top.clk_i, 4)
                fetched, completed = ports.counts("fetched"), ports.counts("completed")
                if all(fetched[r] == completed[r] for r in range(RINGS) if off >> r & 1):
                    break
            else:
                raise AssertionError(f"a disabled ring does not end: {ports.where(rings)}")
            await ClockCycles(cocotb.top.clk_i, 50)
            now = ports.counts("fetched")
            assert all(now[r] == fetched[r] for r in range(RINGS) if off >> r & 1)
            ports.drive(rings)
            await self.env.rings.driver.completed()
            await ClockCycles(cocotb.top.clk_i, 2 * self.env.rings.monitor.EVERY)
            self.env.scoreboard.judge(batch, stopped=True)
            stopped = self.world.seen_of(Status.STOPPED)
        assert stopped > 10, f"{stopped} were stopped"
        COVERAGE.event("disabled")


@pyuvm.test()
class SmallRings(DmaTest):
    """Rings of 16, many times round; and a full completion ring holds the fetching."""

    size_log2 = 4

    async def stimulus(self) -> None:
        for _ in range(2):
            await self.work(self.batch(16, of(MALFORMED, 0.5)), strokes=2)
        COVERAGE.event("wrapped")
        first = self.batch(16, {"copy in": 1})
        await Send(RingItem(first)).start(self.env.rings.sequencer)
        before = ports.counts("fetched")
        # 16 more are told of while none of the completions was read.
        rings = self.world.rings
        for r in rings:
            r.tail += 16
        ports.drive(rings)
        await ClockCycles(cocotb.top.clk_i, 1000)
        assert ports.counts("fetched") == before == ports.counts("completed")
        COVERAGE.event("completions full")
        for r in rings:
            r.tail -= 16
        ports.drive(rings)
        self.env.scoreboard.judge(first)
        await self.work(self.batch(16, {"copy out": 1}))


@pyuvm.test()
class Resets(DmaTest):
    """Resets in mid-transfer; afterwards everything works."""

    memory = "ddr5"

    async def stimulus(self) -> None:
        for _ in range(3):
            self.paging.pace(self.g.choice((0, 30)), self.g.choice((1, 60)))
            batch = self.batch(24, WEIGHTS)
            ports.drive(self.world.rings)
            await ClockCycles(cocotb.top.clk_i, self.g.randrange(5, 2000))
            cocotb.top.rst_ni.value = 0
            await ClockCycles(cocotb.top.clk_i, 3)
            self.env.scoreboard.judge(batch, whole=False)
            COVERAGE.event("reset")
            await self.restart()
        await self.work(self.batch(8))


@pyuvm.test()
class Drains(DmaTest):
    """Requests are freed: once the engine says that it is drained, nothing that began before
    touches their pages any more."""

    memory = "cxl"

    async def stimulus(self) -> None:
        world = self.world
        for _ in range(2):
            self.paging.pace(0, 30)
            batch = self.batch(24, {"load": 2, "store": 2, "prefetch": 1})
            ports.drive(world.rings)
            await ClockCycles(cocotb.top.clk_i, self.g.randrange(100, 900))
            # The page store: pages are gone, wait for the drain, use their memory anew.
            self.paging.hide()
            self.paging.pace(0, 30, drains=65536)
            await RisingEdge(cocotb.top.drain_o)
            self.paging.pace(0, 30)
            await RisingEdge(cocotb.top.drained_o)
            pool = slice(world.pool.first, world.pool.end)
            world.device.bytes[pool] = 0x5A
            await self.env.rings.driver.completed()
            assert (world.device.bytes[pool] == 0x5A).all(), "the pool was written to"
            world.judge_freed(batch)
            self.env.scoreboard.waiting.clear()
            self.env.scoreboard.judged += len(batch)
            COVERAGE.event("drained")
            await self.restart()


@pyuvm.test()
class Outstanding(DmaTest):
    """At least 16 descriptors are under way at once."""

    async def stimulus(self) -> None:
        self.paging.pace(600, 1)
        await self.work(self.batch(8, {"load": 1}))
        assert self.paging.most >= 16, f"{self.paging.most} translations at once"


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
