"""Latency and throughput, in cycles of the engine, against limits; the figures are in the log."""

from __future__ import annotations

import cocotb

from models.coherence import Meta, Op, ReqOp, Snp, Value
from tb.agents.common import rng
from tb.agents.cxl_mem.host import Mesi
from tb.agents.cxl_mem.messages import ALL_BYTES
from tb.coherence.bodies import SETS, CoherenceTest
from tb.coherence.env import EnvConfig

MEMORY = 12  # cycles, from an address to its data
RUN = 400


class TimingBody(CoherenceTest):
    """A memory of a fixed latency, nothing else in the way."""

    further = 0  # cycles that the memory is further away
    most_put = 2.5  # cycles each of the host's uncached writes, of which 16 are under way

    def surroundings(self) -> EnvConfig:
        return EnvConfig(latency=(MEMORY, MEMORY), answer_after=(0, 0))

    async def stimulus(self) -> None:
        self.figures: list[tuple[str, float, str]] = []
        await self.latencies()
        await self.rates()
        await self.thrash()
        for what, figure, unit in self.figures:
            self.logger.info("timing: %s %.2f %s", what, figure, unit)

    async def taken(self, work) -> int:
        """Cycles that a piece of work takes, with nothing else under way."""
        await self.env.drain()
        start = self.env.golden.now
        await work
        return self.env.golden.now - start

    def limit(self, what: str, figure: float, most: float, unit: str = "cycles") -> None:
        self.figures.append((what, figure, unit))
        assert figure <= most, f"{what}: {figure} {unit}"

    async def latencies(self) -> None:
        env, host = self.env, self.env.host
        await host.load(1, Op.ReadOwn)
        await host.drop(1)
        hit = await self.taken(host.load(1, Op.ReadOwn))
        self.limit(
            "host read that finds its entry, less the memory", hit - MEMORY, 16 + self.further
        )
        miss = await self.taken(host.load(2, Op.ReadOwn))
        self.limit(
            "host read that takes an entry, less the memory", miss - MEMORY, 16 + self.further
        )
        own = await self.taken(
            host._ask(3, ReqOp.MemInv, Meta.Meta0State, Value.Invalid, Snp.SnpInv)
        )
        self.limit("host request without data (MemInv)", own, 13)
        free = await self.taken(env.read(env.gpu, 50))
        self.limit("GPU read, line not held, less the memory", free - MEMORY, 16 + self.further)
        asked = await self.taken(env.read(env.gpu, 1))
        assert host.line(1).state != Mesi.E
        self.limit("GPU read, line held clean: what asking the host adds", asked - free, 18)
        await host.store(4, 1)
        dirty = await self.taken(env.read(env.gpu, 4))
        write = 2 * (MEMORY + self.further)
        self.limit(
            "GPU read, line held dirty: beyond that, less the write", dirty - asked - write, 16
        )

    async def rate(self, what: str, most: float, *requests) -> None:
        """Cycles each of some requests that are all sent at once."""
        await self.env.drain()
        start = self.env.golden.now
        tasks = [cocotb.start_soon(request) for request in requests]
        for task in tasks:
            await task
        cycles = self.env.golden.now - start
        self.limit(what, cycles / len(requests), most, "cycles each")

    async def rates(self) -> None:
        env, host = self.env, self.env.host
        # Pipeline and memory are filled and emptied once in each run.
        most = 1 + 50 / RUN
        lines = range(1000, 1000 + RUN)
        await self.rate("host reads that take an entry", most, *(host.load(n) for n in lines))
        for line in lines:
            await host.drop(line)
        await self.rate("host reads that find their entry", most, *(host.load(n) for n in lines))
        uncached = (
            host._ask(n, ReqOp.MemRd, Meta.NoOp, 0, Snp.SnpCur) for n in range(3000, 3000 + RUN)
        )
        await self.rate("host reads, uncached", most, *uncached)
        flushes = (
            host._ask(n, ReqOp.MemInv, Meta.Meta0State, Value.Invalid, Snp.SnpInv)
            for n in range(3000, 3000 + RUN)
        )
        await self.rate("host requests without data", most, *flushes)
        half = RUN // 2
        both = [env.read(env.gpu, n) for n in range(5000, 5000 + half)]
        both += [host.load(n) for n in range(6000, 6000 + half)]
        await self.rate("host and GPU reads together", most, *both)
        bursts = (env.read(env.gpu, 8000 + 8 * n, 8) for n in range(RUN // 8))
        await self.rate("GPU reads in bursts of 8 lines", 8 * most, *bursts)
        writes = (env.write(env.gpu, 8000 + 8 * n, [(n, ALL_BYTES)] * 8) for n in range(RUN // 8))
        await self.rate("GPU writes in bursts of 8 lines", 8 * most, *writes)
        puts = (host.write_uncached(n, n) for n in range(7000, 7000 + RUN))
        await self.rate("host writes, uncached", self.most_put, *puts)

    async def thrash(self) -> None:
        env, host, g = self.env, self.env.host, rng("thrash")
        lines = [7 + SETS * (100 + i) for i in range(200)]
        g.shuffle(lines)
        before = env.counts()["evict"]
        await env.drain()
        start = env.golden.now
        tasks = [cocotb.start_soon(host.load(line, Op.ReadOwn)) for line in lines]
        for task in tasks:
            await task
        each = (env.golden.now - start) / len(lines)
        evictions = env.counts()["evict"] - before
        self.limit(f"host reads into one full set ({evictions} evictions)", each, 8, "cycles each")
