"""The endpoint's channels: every opcode, stalls, resets, order, speed."""

from __future__ import annotations

import os
from collections import Counter
from itertools import cycle

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles
from cocotb.utils import get_sim_time
from pyuvm import ConfigDB, uvm_test

from models.coherence import BiSnp, Meta, ReqOp, Snp, Value
from tb.agents.common import PATTERNS, reset, rng, start_clock
from tb.agents.cxl_mem.messages import Req
from tb.cxl.engine import BASE, LINES, EndpointBench

EVENTS = ("req illegal", "rwd illegal", "birsp illegal", "req nxm", "rwd nxm", "spec read")
CHANNELS = ("m2s_req", "m2s_rwd", "m2s_birsp", "s2m_ndr", "s2m_drs", "s2m_bisnp")
CHANNELS += ("host", "write", "data", "ack", "snoop")
OFFERS = ("s2m_ndr", "s2m_drs", "s2m_bisnp", "host", "write", "answer")
DRAIN_CYCLES = 30_000
LOADS = cycle((15, 16, 48, 56, 0, 47, 55, 64))  # slots in use, at the limits of DevLoad
SEEN: Counter[str] = Counter()  # in all tests of a run

GOAL = {f"{kind} {opcode}" for kind in ("Req", "RwD", "BIRsp") for opcode in range(16)}
GOAL |= {f"load {n}" for n in range(4)} | {"MemData-NXM"}
GOAL |= {"Cmp of the endpoint, Req", "Cmp of the endpoint, RwD"}
GOAL_DB = {"BI-ConflictAck", "ack behind its Cmp", *(kind.name for kind in BiSnp)}


class EndpointTest(uvm_test):
    """`count` rounds of random messages; in each a few of any kind."""

    count = 600
    delay = 30

    def stalls(self) -> dict:
        return {}

    def build_phase(self) -> None:
        ConfigDB().set(self, "bench", "stalls", self.stalls())
        ConfigDB().set(self, "bench", "delay", self.delay)
        self.bench = EndpointBench("bench", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await ClockCycles(cocotb.top.clk_i, 2)
        await self.stimulus()
        await self.drain()
        SEEN.update(self.bench.seen)
        self.drop_objection()

    async def stimulus(self) -> None:
        await self.traffic(self.count)

    async def traffic(self, count: int) -> None:
        bench, g = self.bench, rng("traffic")
        sends = [bench.random_req, bench.random_rwd, bench.random_birsp]
        if not bench.hdm_h:
            sends.append(bench.random_snoop)
        for i in range(count):
            for send in g.choices(sends, k=3):
                send()
            await ClockCycles(cocotb.top.clk_i, g.choice((1, 1, 2, 5)))
            if i % 100 == 99:
                await self.drain()
                cocotb.top.used_i.value = next(LOADS)
                await ClockCycles(cocotb.top.clk_i, 3)

    async def drain(self) -> None:
        for _ in range(DRAIN_CYCLES // 10):
            await ClockCycles(cocotb.top.clk_i, 10)
            if self.bench.quiet:
                break
        else:
            raise AssertionError("something never came out")
        await ClockCycles(cocotb.top.clk_i, 10)
        word = int(cocotb.top.counts_o.value)
        counts = {name: word >> 32 * i & 0xFFFFFFFF for i, name in enumerate(EVENTS)}
        assert counts == {name: self.bench.events[name] for name in EVENTS}


@pyuvm.test()
class Free(EndpointTest):
    """Nothing in the way."""


@pyuvm.test()
class Stalls(EndpointTest):
    """Any pattern on any channel."""

    count = 500

    def stalls(self) -> dict:
        g = rng("patterns")
        return {name: PATTERNS[g.choice(("none", "light", "heavy", "bursts"))] for name in CHANNELS}


@pyuvm.test()
class AnswersStall(EndpointTest):
    """The answers' channels are the slow ones, and what is behind them fills up."""

    count = 300

    def stalls(self) -> dict:
        return {"s2m_ndr": PATTERNS["heavy"], "s2m_drs": PATTERNS["heavy"]}


@pyuvm.test()
class NxmReads(EndpointTest):
    """Reads of this and of other devices' lines, faster than their data can leave."""

    delay = 0

    def stalls(self) -> dict:
        return {"s2m_drs": PATTERNS["bursts"]}

    async def stimulus(self) -> None:
        bench, g = self.bench, rng("nxm")
        for _ in range(300):
            line = g.choice((g.randrange(LINES), LINES + g.randrange(LINES)))
            fields = (ReqOp.MemRd, Snp.SnpCur, Meta.NoOp, 0)
            bench.send_req(Req(*fields, bench.next_tag(), BASE + line))


@pyuvm.test()
class Resets(EndpointTest):
    """Resets at random moments: what was under way is lost, what follows is not."""

    async def stimulus(self) -> None:
        g, lost = rng("resets"), 0
        for _ in range(8):
            working = cocotb.start_soon(self.feed(60))
            await ClockCycles(cocotb.top.clk_i, 20 + g.randrange(80))
            working.cancel()
            lost += not self.bench.quiet
            cocotb.top.rst_ni.value = 0
            await ClockCycles(cocotb.top.clk_i, 2)
            self.bench.forget()
            await ClockCycles(cocotb.top.clk_i, g.randint(1, 4))
            offers = {name: getattr(cocotb.top, f"{name}_valid_o").value for name in OFFERS}
            assert not any(map(int, offers.values())), f"in reset there is {offers}"
            cocotb.top.rst_ni.value = 1
            await ClockCycles(cocotb.top.clk_i, 3)
            await self.feed(20)
            await self.drain()
        assert lost, "no reset caught anything"

    async def feed(self, count: int) -> None:
        bench = self.bench
        for _ in range(count):
            bench.random_req()
            bench.random_rwd()
            if not bench.hdm_h:
                bench.random_snoop()
            await ClockCycles(cocotb.top.clk_i, 1)


@pyuvm.test()
class Throughput(EndpointTest):
    """A request in and an answer out each cycle."""

    delay = 0

    async def stimulus(self) -> None:
        bench, n = self.bench, 300
        bench.conflicts = 0
        start = get_sim_time("ps")
        for i in range(n):
            fields = (ReqOp.MemRd, Snp.SnpInv, Meta.Meta0State, Value.Any)
            bench.send_req(Req(*fields, bench.next_tag(), BASE + i))
        while not bench.quiet:
            await ClockCycles(cocotb.top.clk_i, 1)
        cycles = (get_sim_time("ps") - start) / 1250
        self.logger.info("%d reads in %.0f cycles", n, cycles)
        assert bench.compared >= 2 * n
        assert cycles <= n + 20, f"{n} reads took {cycles} cycles"


@pyuvm.test()
class ZCoverage(EndpointTest):
    """Every opcode and every kind of answer came up."""

    count = 10

    async def stimulus(self) -> None:
        await super().stimulus()
        SEEN.update(self.bench.seen)
        goal = GOAL if self.bench.hdm_h else GOAL | GOAL_DB
        missed = sorted(name for name in goal if not SEEN[name])
        self.logger.info("%d of %d bins", len(goal) - len(missed), len(goal))
        if os.environ.get("SKV_WHOLE_RUN") == "1":
            assert not missed, f"{len(missed)} bins never hit:\n" + "\n".join(missed)
