"""What the tests of both benches do."""

from __future__ import annotations

from functools import partial

import cocotb
from cocotb.triggers import ClockCycles, with_timeout
from pyuvm import ConfigDB, uvm_test

from models.coherence import (
    REQUESTS,
    TAKES,
    WRITE_REQUESTS,
    Meta,
    Op,
    ReqOp,
    RwdOp,
    Snp,
)
from tb.agents.common import PATTERNS, burst_stall, reset, rng, start_clock
from tb.agents.cxl_mem.messages import ALL_BYTES
from tb.coherence.env import LINES, CoherenceEnv, EnvConfig
from tb.coherence.golden import POISON
from tb.coherence.traffic import Traffic, run

HOST_CHANNELS = ("req", "rwd", "birsp", "ndr", "drs", "bisnp")
AXI_CHANNELS = ("ar", "r", "aw", "w", "b")
SETS = 512  # of the larger filter: lines that differ by a multiple compete for the ways of one set


class CoherenceTest(uvm_test):
    """`stimulus` is a test's own, and what its surroundings are."""

    limit_us = 4000
    env_kind: type[CoherenceEnv] = CoherenceEnv

    def surroundings(self) -> EnvConfig:
        return EnvConfig()

    def build_phase(self) -> None:
        ConfigDB().set(self, "env", "config", self.surroundings())
        self.env = self.env_kind("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await with_timeout(self.work(), self.limit_us, "us")
        self.drop_objection()

    async def work(self) -> None:
        await self.stimulus()
        await self.env.drain()
        self.logger.info("%s", dict(sorted(self.env.host.seen.items())))
        self.logger.info("%s", self.env.counts())

    async def stimulus(self) -> None:
        raise NotImplementedError


def drawn_stalls() -> EnvConfig:
    """Stall patterns and latencies at random."""
    g = rng("surroundings")

    def some(channels: tuple[str, ...]) -> dict:
        return {name: PATTERNS[g.choice(("none", "light", "heavy", "bursts"))] for name in channels}

    low = g.choice((1, 5, 30))
    return EnvConfig(
        latency=(low, low + g.choice((0, 10, 80))),
        answer_after=(0, g.choice((0, 30, 200))),
        host=some(HOST_CHANNELS),
        device=some(AXI_CHANNELS),
        memory=some(AXI_CHANNELS),
    )


class HotBody(CoherenceTest):
    """All agents on a few lines; illegal requests and poison among them."""

    count = 120

    async def stimulus(self) -> None:
        await run(self.env, Traffic(range(6), self.count, odd=1, poison=0.05))


class ManyBody(CoherenceTest):
    """Many lines, spread over all of the filter and all of the device."""

    async def stimulus(self) -> None:
        g = rng("lines")
        lines = [g.randrange(LINES) for _ in range(400)]
        await run(self.env, Traffic(lines, 60))


class ThrashBody(CoherenceTest):
    """More lines than the ways of their sets: every other host read evicts."""

    count = 120

    async def stimulus(self) -> None:
        lines = [s + SETS * i for i in range(24) for s in (3, 77)]
        await run(self.env, Traffic(lines, self.count, odd=1))
        assert self.env.counts()["evict"] > self.count, "the filter did not thrash"


class StallsBody(CoherenceTest):
    """Any stall pattern on any channel, any latency."""

    limit_us = 40_000
    count = 50

    def surroundings(self) -> EnvConfig:
        return drawn_stalls()

    async def stimulus(self) -> None:
        lines = [i + SETS * (i % 13) for i in range(12)]
        await run(self.env, Traffic(lines, self.count, threads=6, pause=20, odd=1, poison=0.02))


class OddBody(CoherenceTest):
    """Illegal, unknown and out-of-range messages are each counted, and disturb nobody."""

    async def stimulus(self) -> None:
        await run(self.env, Traffic(range(40), 150, odd=8))
        await self.env.drain()
        seen, counts = self.env.host.seen, self.env.counts()
        assert counts["req illegal"] == seen["illegal Req"] > 0
        assert counts["rwd illegal"] == seen["illegal RwD"] > 0
        assert counts["birsp illegal"] + counts["answer bad"] == seen["odd BIRsp"] > 0
        assert counts["req nxm"] == seen["nxm Req"] > 0
        assert counts["rwd nxm"] == seen["nxm RwD"] > 0
        assert counts["spec read"] == seen["MemSpecRd"] > 0


class FaultsBody(CoherenceTest):
    """Poison stays with its line until it is overwritten; what the memory refuses is reported."""

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, rng("faults")
        for line in range(20):
            data = g.getrandbits(512)
            await host.write_uncached(line, data, ALL_BYTES, True)
            assert (await env.read(env.gpu, line)) == [POISON]
            assert (await env.read(env.dma, line)) == [POISON]
            await env.write(env.gpu, line, [(g.getrandbits(512), g.getrandbits(63))])
            got = await host.load(line)
            assert got & POISON, "a part of a line ended its poison"
            await host.store(line, data, 1)
            await host.evict(line)
            assert (await env.read(env.gpu, line)) == [POISON]
            await env.write(env.dma, line, [(data, ALL_BYTES)])
            assert (await host.load(line)) == data
        refused = range(1000, 1020)
        env.memory.refused.update(refused)
        for line in refused:
            assert (await host.read_refused(line)) & POISON
            await host.write_refused(line)
            assert (await env.read(env.gpu, line - 1, 3)) is not None
            await env.write(env.gpu, line - 1, [(g.getrandbits(512), ALL_BYTES)] * 3)
        await env.drain()
        assert env.counts()["write error"] == len(refused)
        # Beyond device memory.
        for master in (env.gpu, env.dma):
            for beats in (1, 3):
                got = await master.read(1 << 32, beats)
                assert got == [(0, 3)] * beats
                assert await master.write(1 << 40, [(0, ALL_BYTES)] * beats) == 3
                assert (await env.read(master, 5)) is not None
                await env.write(master, 5, [(g.getrandbits(512), ALL_BYTES)])


class ResetsBody(CoherenceTest):
    """Resets in the middle of everything; what memory holds is then what there is."""

    rounds = 6
    limit_us = 20_000

    async def stimulus(self) -> None:
        g = rng("resets")
        lost = 0
        for i in range(self.rounds):
            traffic = Traffic([*range(6), *(SETS * k for k in range(24))], 30, threads=5, odd=1)
            working = cocotb.start_soon(run(self.env, traffic, f"round{i}"))
            await ClockCycles(cocotb.top.clk_i, 1000 + g.randrange(1500))
            lost += not self.env.quiet
            await self.env.reset(g.randint(1, 5))
            await working
            await self.env.drain()
        assert lost, "no reset caught anything"


class WritesPassBody(CoherenceTest):
    """While the host keeps every back-invalidation waiting, its writes go through, to the lines in
    question and others, and what `others` there are do too."""

    asked = range(8)
    others = range(100, 110)  # lines that need room in the filter, and slots

    def surroundings(self) -> EnvConfig:
        return EnvConfig(answer_after=(6000, 6000))

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, rng("passes")
        for line in self.asked:
            await host.store(line, g.getrandbits(512))
        writes = [
            cocotb.start_soon(env.write(env.gpu, line, [(g.getrandbits(512), 1)]))
            for line in self.asked
        ]
        await ClockCycles(cocotb.top.clk_i, 200)
        assert all(host.line(line).snoop is not None for line in self.asked)
        start = env.golden.now
        for line in self.asked:
            await host.write_back_while_asked(line)
            await host.write_uncached(1000 + line, g.getrandbits(512))
        for line in self.others:
            await host.store(line, g.getrandbits(512))
            await host.evict(line)
            await env.read(env.dma, line)
        assert env.golden.now - start < 4000, "something waited for the answers"
        assert not any(write.done() for write in writes)
        for write in writes:
            await write
        for line in self.asked:
            await env.read(env.gpu, line)
            await env.read(env.gpu, 1000 + line)


class PairsBody(CoherenceTest):
    """An access of a device and one of the host to one line, close together, and nothing else under
    way that could wake the one that waits."""

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, rng("pairs")
        for _ in range(200):
            line = g.randrange(1 << 16)
            if g.random() < 0.5:
                await host.store(line, g.getrandbits(512))
            data = g.getrandbits(512), g.getrandbits(512)
            of_device = (
                partial(env.read, env.gpu, line),
                partial(env.write, env.gpu, line, [(data[0], ALL_BYTES)]),
            )
            of_host = (
                *(partial(act, line) for act in (host.load, host.evict, host.read_uncached)),
                partial(host.write_uncached, line, data[1]),
            )
            pair = [g.choice(of_device)(), g.choice(of_host)()]
            g.shuffle(pair)
            first = cocotb.start_soon(pair[0])
            await ClockCycles(cocotb.top.clk_i, 1 + g.randrange(30))
            await pair[1]
            await first


class SilentBody(CoherenceTest):
    """Every request of the host, legal or not, on lines of which the filter knows nothing, or that
    the host shared or owned and dropped without a word."""

    async def stimulus(self) -> None:
        host, g = self.env.host, rng("silent")
        reads = [key for key, op in REQUESTS.items() if op in TAKES]
        asks = [key for key, op in REQUESTS.items() if op not in TAKES]
        asks += [(op, Meta.ExtMetaState, 0, Snp.NoOp) for op in (ReqOp.MemRd, ReqOp.MemRdData)]
        puts = [*WRITE_REQUESTS, *((op, 1, 0, 0) for op in (RwdOp.MemWr, RwdOp.MemWrPtl))]
        line = 20_000
        for how in (None, Op.ReadShared, Op.ReadOwn):
            for kind, keys in (("fetch", reads), ("ask", asks), ("put", puts)):
                for key in keys:
                    line += 1
                    if how is not None:
                        await host.load(line, how)
                        await host.drop(line)
                    opcode, meta, value, snp = key
                    if kind == "fetch":
                        await host.fetch(line, key)
                    elif kind == "ask":
                        await host.ask(line, opcode, meta, value or 0, snp)
                    else:
                        await host.put(line, opcode, meta, value, snp, g.getrandbits(512))
                    await self.env.read(self.env.gpu, line)


class ConflictsBody(CoherenceTest):
    """Back-invalidations that cross requests of their line, early and late."""

    def surroundings(self) -> EnvConfig:
        return EnvConfig(host={"ndr": burst_stall(20, 60), "drs": burst_stall(10, 90)})

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, rng("conflicts")
        for _ in range(300):
            line = g.randrange(4)
            if g.random() < 0.5:
                await host.load(line, Op.ReadShared)
                work = host.store(line, g.getrandbits(512), 1)
            else:
                await host.load(line, Op.ReadOwn)
                await host.drop(line)
                work = host.load(line, g.choice((Op.ReadOwn, Op.ReadShared)))
            write = env.write(env.gpu, line, [(g.getrandbits(512), ALL_BYTES)])
            tasks = []
            for one in g.sample([work, write], 2):
                tasks.append(cocotb.start_soon(one))
                await ClockCycles(cocotb.top.clk_i, 1 + g.randrange(12))
            for task in tasks:
                await task
        assert host.seen["early conflict"], "no early conflict"
        late = host.seen["late conflict"] + host.seen["late conflict, data to come"]
        assert late, "no late conflict"
