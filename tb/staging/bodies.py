"""What the tests of both benches do."""

from __future__ import annotations

from itertools import product

import cocotb
from cocotb.triggers import ClockCycles

from models.staging import PAGE_LINES, DmaStatus, WindowStatus
from tb.agents.common import PATTERNS, rng
from tb.agents.cxl_mem.messages import ALL_BYTES
from tb.coherence.bodies import AXI_CHANNELS, HOST_CHANNELS, CoherenceTest
from tb.coherence.golden import POISON
from tb.coherence.traffic import Traffic, run
from tb.staging.env import (
    COVERAGE,
    FRAMES,
    PAGES,
    StagingConfig,
    StagingEnv,
    line_of,
)

RAW = range(8)  # lines outside the window


class StagingTest(CoherenceTest):
    """Opens pages 0 to `opened` - 1, every third one fresh, the others stored."""

    env_kind = StagingEnv
    env: StagingEnv
    opened = PAGES - 3

    def surroundings(self) -> StagingConfig:
        return StagingConfig()

    async def work(self) -> None:
        self.g = rng("test")
        await self.open_all()
        await super().work()
        counts = self.env.counts()
        assert counts["window hit"] + counts["window miss"] == self.env.monitor.accesses
        self.logger.info("%s", dict(COVERAGE.hits))

    async def open_all(self) -> None:
        for page in range(self.opened):
            vpn = 1000 + page
            fresh = page % 3 == 2 and vpn not in self.env.store.pages
            if not fresh and vpn not in self.env.store.pages:
                lines = [self.g.getrandbits(512) for _ in range(PAGE_LINES)]
                self.env.store.pages[vpn] = lines
            await self.env.open(page, vpn, fresh, page + 7, page + 1)

    def lines(self, pages: int, each: int) -> list[int]:
        """Some lines of each page, and some of none."""
        out = list(RAW)
        for page in range(pages):
            out += [line_of(page, self.g.randrange(PAGE_LINES)) for _ in range(each)]
        return out

    async def seals(self, pages: int, count: int, pause: int) -> None:
        """A driver that seals pages, and asks for what cannot be."""
        g = rng("driver")
        for _ in range(count):
            await ClockCycles(cocotb.top.clk_i, 1 + g.randrange(pause))
            if not self.env.window.pages:  # a reset closed them
                return
            if g.random() < 0.8:
                await self.env.seal(g.randrange(pages))
            else:
                env = self.env
                what = g.choice((env.open, env.seal, env.close, env.discard))
                number = PAGES + g.randrange(100)
                if g.random() < 0.5:
                    opens = what == self.env.open
                    number = g.randrange(self.opened) if opens else g.randrange(self.opened, PAGES)
                await what(number)

    async def pressure(self, but: int) -> None:
        """Write to other pages until `but` has no frame: clean ones would be given up first."""
        for page in range(self.opened):
            if page != but:
                await self.env.write(
                    self.env.gpu, line_of(page), [(self.g.getrandbits(512), ALL_BYTES)]
                )


class MixedBody(StagingTest):
    """All agents over more pages than frames, while the driver seals."""

    limit_us = 20_000

    async def stimulus(self) -> None:
        working = cocotb.start_soon(self.seals(9, 25, 300))
        await run(self.env, Traffic(self.lines(9, 4), 60))
        await working


class FewBody(StagingTest):
    """All agents on few lines of as many pages as frames, sealed again and again."""

    limit_us = 20_000

    async def stimulus(self) -> None:
        working = cocotb.start_soon(self.seals(4, 25, 50))
        await run(self.env, Traffic(self.lines(4, 3), 100))
        await working


class StallsBody(StagingTest):
    """Any stall pattern on any channel, any latency, and stores that fail now and then."""

    limit_us = 60_000

    def surroundings(self) -> StagingConfig:
        g = rng("surroundings")

        def some(channels: tuple[str, ...]) -> dict:
            names = ("none", "light", "heavy", "bursts")
            return {name: PATTERNS[g.choice(names)] for name in channels}

        low = g.choice((1, 5, 30))
        delay = g.choice((0, 20, 300))
        return StagingConfig(
            latency=(low, low + g.choice((0, 10, 80))),
            answer_after=(0, g.choice((0, 30, 200))),
            host=some(HOST_CHANNELS),
            device=some(AXI_CHANNELS),
            memory=some(AXI_CHANNELS),
            dma_delay=(0, delay),
            dma_jobs=g.choice((1, 2, 4)),
        )

    async def stimulus(self) -> None:
        self.env.random_fate = 0.3
        working = cocotb.start_soon(self.seals(7, 12, 500))
        await run(self.env, Traffic(self.lines(7, 3), 40, threads=6, pause=20))
        await working


class LivesBody(StagingTest):
    """Pages are opened, written, sealed, closed, and opened anew for others, whatever the host
    still holds of their lines."""

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, self.g
        page = self.opened  # not open yet
        vpn = 5000
        for what in (env.open, env.seal, env.close, env.discard):
            await what(PAGES)
            await what(0 if what == env.open else page)
        for life in range(8):
            fresh = life % 2 == 0
            if not fresh:
                env.store.pages[vpn] = [g.getrandbits(512) for _ in range(PAGE_LINES)]
            assert await env.open(page, vpn, fresh) == WindowStatus.Ok
            if fresh and life == 2:
                assert await env.seal(page) == WindowStatus.Absent
                assert await env.close(page) == WindowStatus.Ok
                vpn += 1
                continue
            for _ in range(12):
                line = line_of(page, g.randrange(PAGE_LINES))
                await g.choice((host.load, host.evict))(line)
                await host.store(line, g.getrandbits(512), g.choice((1, ALL_BYTES)))
                await env.read(g.choice((env.gpu, env.dma)), line)
                await env.write(env.gpu, line, [(g.getrandbits(512), g.getrandbits(64))])
                await host.load(line_of(page, g.randrange(PAGE_LINES)))
            # The host's dirty lines are in no memory yet.
            await host.store(line_of(page, 5), g.getrandbits(512))
            assert await env.close(page) == WindowStatus.Busy
            assert await env.seal(page) == WindowStatus.Ok
            assert await env.seal(page) == WindowStatus.Ok  # nothing to do
            for offset in range(PAGE_LINES):
                await env.read(env.gpu, line_of(page, offset))
                await host.load(line_of(page, offset))
            if life % 3 == 0:
                await self.pressure(page)
                for offset in range(0, PAGE_LINES, 7):
                    await env.read(env.dma, line_of(page, offset))
            end = env.discard if life % 4 == 1 else env.close
            assert await end(page) == WindowStatus.Ok
            line = line_of(page, 9)
            assert await env.read(env.gpu, line) == [POISON]
            await env.write(env.gpu, line, [(1, ALL_BYTES)])
            assert (await host.read_uncached(line)) & POISON
            vpn += 1


class SpilledBody(StagingTest):
    """A page that was written is stored exactly and comes back as it was, then sealed."""

    async def stimulus(self) -> None:
        env, g = self.env, self.g
        for page in (0, 2):
            for offset in range(PAGE_LINES):
                await env.write(env.gpu, line_of(page, offset), [(g.getrandbits(512), ALL_BYTES)])
            await self.pressure(page)
            for offset in range(0, PAGE_LINES, 5):
                await env.read(env.gpu, line_of(page, offset))
            await self.pressure(page)
            assert await env.close(page) == WindowStatus.Busy  # its exact bytes are stored
            assert await env.seal(page) == WindowStatus.Ok  # of a page that is not there
            for offset in range(PAGE_LINES):
                await env.read(env.gpu, line_of(page, offset))
            assert await env.close(page) == WindowStatus.Ok


class CountsBody(StagingTest):
    """What is counted, one thing at a time: hits, misses, sweeps."""

    async def stimulus(self) -> None:
        env, line, page = self.env, line_of(0), self.opened
        for work, hits, misses, sweeps in (
            (lambda: env.read(env.gpu, line, 3), 0, 3, 0),  # before it is there
            (lambda: env.read(env.gpu, line, 8), 8, 0, 0),
            (lambda: env.write(env.gpu, line, [(1, 1), (2, ALL_BYTES)]), 2, 0, 0),
            (lambda: env.gpu.write(line, [(1, 0)]), 0, 0, 0),  # not a byte
            (lambda: env.read(env.gpu, RAW[0]), 0, 0, 0),
            (lambda: env.seal(0), 0, 0, 2),  # of what was written, and of what it was before
            (lambda: env.seal(0), 0, 0, 1),
            (lambda: env.close(0), 0, 0, 1),
            (lambda: env.close(0), 0, 0, 0),
            (lambda: env.open(page, 1000, False), 0, 0, 2),
            (lambda: env.open(page, 1000, False), 0, 0, 0),
        ):
            before = env.counts()
            await work()
            await env.drain()
            after = env.counts()
            grown = [after[name] - before[name] for name in ("window hit", "window miss", "sweep")]
            assert grown == [hits, misses, sweeps]


class FaultsBody(StagingTest):
    """Everything that can fail: nothing hangs, nothing that was written is lost unnoticed."""

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, self.g
        await self.cannot_load()
        await self.cannot_seal()
        await self.cannot_store()
        await self.discarded()
        # A poisoned line keeps its page from being stored until it is overwritten.
        line = line_of(4, 20)
        await host.write_uncached(line, g.getrandbits(512), ALL_BYTES, True)
        assert await env.seal(4) == WindowStatus.Failed
        assert env.events[-1] == (4, True, DmaStatus.PoolBus)
        assert await env.read(env.gpu, line) == [POISON]
        await env.write(env.dma, line, [(g.getrandbits(512), ALL_BYTES)])
        assert await env.seal(4) == WindowStatus.Ok
        await env.read(env.gpu, line)

    async def cannot_load(self) -> None:
        env, host, g = self.env, self.env.host, self.g
        for status in (DmaStatus.Corrupt, DmaStatus.PoolBus, DmaStatus.Unmapped):
            before = len(env.events)
            env.fail(0, "load", status)
            line = line_of(0, g.randrange(PAGE_LINES))
            reads = [cocotb.start_soon(env.read(env.gpu, line_of(0, i))) for i in range(30)]
            writes = [
                cocotb.start_soon(env.write(env.dma, line_of(0, i), [(i, ALL_BYTES)]))
                for i in range(30, 40)
            ]
            for read in reads:
                assert await read == [POISON]
            for write in writes:
                await write
            assert await env.read(env.gpu, line) == [POISON]
            assert (await host.read_uncached(line)) & POISON
            await host.load(line)  # and caches it
            assert await env.seal(0) == WindowStatus.Failed
            assert env.events[before:] == [(0, False, status)], "reported once"
            assert await env.close(0) == WindowStatus.Ok
            assert await env.open(0, 1000, False, 7, 1) == WindowStatus.Ok
            await env.read(env.gpu, line)
            await host.load(line)
            await env.seal(0)
            assert await env.close(0) == WindowStatus.Ok
            assert await env.open(0, 1000, False, 7, 1) == WindowStatus.Ok
            await self.pressure(0)

    async def cannot_seal(self) -> None:
        """Of a page that was just written, and of one whose exact bytes are stored already, which
        the failed attempt may have replaced."""
        env, g = self.env, self.g
        failures = (("seal", DmaStatus.NoMemory), ("load", DmaStatus.Corrupt))
        for (kind, status), stored in product(failures, (False, True)):
            for offset in range(0, PAGE_LINES, 9):
                await env.write(env.gpu, line_of(1, offset), [(g.getrandbits(512), ALL_BYTES)])
            if stored:
                await self.pressure(1)
                await env.read(env.gpu, line_of(1))
            env.fail(1, kind, status)
            working = cocotb.start_soon(env.seal(1))
            for _ in range(0 if stored else 20):
                line = line_of(1, g.randrange(PAGE_LINES))
                await env.write(env.gpu, line, [(g.getrandbits(512), ALL_BYTES)])
            assert await working == WindowStatus.Failed
            assert env.events[-1] == (1, True, status)
            for offset in range(PAGE_LINES):
                await env.read(env.gpu, line_of(1, offset))
            await self.pressure(1)
            for offset in range(PAGE_LINES):
                await env.read(env.gpu, line_of(1, offset))

    async def discarded(self) -> None:
        """What was written goes, what was stored last stays, whatever can be stored meanwhile."""
        env, host, g = self.env, self.env.host, self.g

        async def write(page: int) -> None:
            for offset in range(0, PAGE_LINES, 5):
                await env.write(env.gpu, line_of(page, offset), [(g.getrandbits(512), ALL_BYTES)])
            await host.store(line_of(page, 7), g.getrandbits(512))  # in no memory yet

        async def discard(page: int, vpn: int, fresh: bool) -> None:
            assert await env.close(page) == WindowStatus.Busy
            assert await env.discard(page) == WindowStatus.Ok
            assert await env.read(env.gpu, line_of(page, 5)) == [POISON]
            assert await env.open(page, vpn, fresh, 7, 1) == WindowStatus.Ok
            for offset in range(PAGE_LINES):
                await env.read(env.gpu, line_of(page, offset))
                await host.load(line_of(page, offset))

        await write(1)
        env.fail(1, "seal", DmaStatus.NoMemory)
        env.fail(1, "exact", *[DmaStatus.NoMemory] * 20)
        assert await env.seal(1) == WindowStatus.Failed
        await self.pressure(1)
        COVERAGE.hit("Discard of a page that cannot be stored")
        await discard(1, 1001, False)
        env.fail(1, "exact")
        await write(3)
        await self.pressure(3)  # its exact bytes are stored, the host's apart
        await discard(3, 1003, False)
        fresh = self.opened
        assert await env.open(fresh, 7000, True) == WindowStatus.Ok
        await write(fresh)
        await discard(fresh, 7000, True)
        assert await env.discard(fresh) == WindowStatus.Ok

    async def cannot_store(self) -> None:
        """All frames are dirty and the pool is full."""
        env, g = self.env, self.g
        for page in range(self.opened):
            assert await env.seal(page) == WindowStatus.Ok
        for page in range(self.opened):
            env.fail(page, "exact", *[DmaStatus.NoMemory] * 20)
        before = len(env.events)
        written = range(5, 5 + FRAMES)
        for page in written:
            await env.write(env.gpu, line_of(page, 3), [(g.getrandbits(512), ALL_BYTES)])
        lost = 5 + FRAMES
        env.golden.lost.add(lost)
        assert await env.read(env.gpu, line_of(lost)) == [POISON]
        await env.write(env.gpu, line_of(lost), [(1, ALL_BYTES)])
        assert env.events[before:], "nothing was reported"
        for page in written:
            await env.read(env.gpu, line_of(page, 3))
        assert await env.seal(5) == WindowStatus.Failed  # it needs a second frame
        for page in range(self.opened):
            env.fail(page, "exact")
        env.golden.lost.discard(lost)
        await env.read(env.gpu, line_of(lost))
        await self.pressure(5)
        for page in written:
            await env.read(env.gpu, line_of(page, 3))
        # A fresh page that cannot be cleared.
        fresh = self.opened
        await env.open(fresh, 6000, True)
        staging = {line for line in env.memory.lines if line >= 1 << 26}
        env.memory.refused.update(staging)
        env.golden.lost.add(fresh)
        env.window.pages[fresh].bad = DmaStatus.PoolBus
        assert await env.read(env.gpu, line_of(fresh, 1)) == [POISON]
        assert env.events[-1] == (fresh, False, DmaStatus.PoolBus)
        env.memory.refused.clear()
        assert await env.close(fresh) == WindowStatus.Ok


class ResetsBody(StagingTest):
    """Resets in the middle of everything: what is stored is what there is."""

    limit_us = 40_000

    async def stimulus(self) -> None:
        lost = 0
        for i in range(8):
            if i:
                await self.open_all()
            working = cocotb.start_soon(self.seals(8, 6, 100))
            traffic = Traffic(self.lines(8, 3), 20, threads=5)
            running = cocotb.start_soon(run(self.env, traffic, f"round{i}"))
            await ClockCycles(cocotb.top.clk_i, 800 + self.g.randrange(2500))
            lost += not self.env.quiet
            await self.env.reset(self.g.randint(1, 5))
            await working
            await running
            await self.env.drain()
        assert lost, "no reset caught anything"


class BusyBody(StagingTest):
    """A page is sealed, however much it is read and written meanwhile."""

    limit_us = 20_000
    threads = 6

    async def stimulus(self) -> None:
        env, host = self.env, self.env.host
        over = False

        async def spin(name: str, offset: int) -> None:
            g = rng(name)
            while not over:
                await ClockCycles(cocotb.top.clk_i, 1)  # a load from the cache takes none
                line = line_of(0, (offset + g.randrange(3)) % PAGE_LINES)
                if name.startswith("host"):
                    await host.load(line)
                    if g.random() < 0.2:
                        await host.store(line, g.getrandbits(512), 1)
                elif name.startswith("dma"):  # the last lines, which move last
                    await env.read(env.dma, line_of(0, PAGE_LINES - 4), 4)
                elif g.random() < 0.8:
                    await env.read(env.gpu, line)
                else:
                    await env.write(env.gpu, line, [(g.getrandbits(512), 1)])

        spins = [
            cocotb.start_soon(spin(f"{who}{i}", 21 * i))
            for who in ("host", "gpu")
            for i in range(self.threads)
        ]
        spins.append(cocotb.start_soon(spin("dma", 0)))
        for _ in range(6):
            await ClockCycles(cocotb.top.clk_i, 100)
            start = env.golden.now
            assert await env.seal(0) == WindowStatus.Ok
            assert env.golden.now - start < 6000, "the Seal waited for the traffic to end"
        over = True
        for task in spins:
            await task


class SilentBody(StagingTest):
    """While the host keeps every back-invalidation waiting, pages come and go: what is in the way
    is stored, whatever the host holds of it.  (Responses of a device port are in order, so writes
    of both ports wait.)"""

    def surroundings(self) -> StagingConfig:
        return StagingConfig(answer_after=(30_000, 30_000))

    async def stimulus(self) -> None:
        env, host, g = self.env, self.env.host, self.g
        held = [line_of(page, 7) for page in range(FRAMES)]
        for line in held:
            await host.store(line, g.getrandbits(512), 1)
        asked = [
            cocotb.start_soon(env.write(env.gpu, line, [(g.getrandbits(512), 1)])) for line in held
        ]
        sealing = cocotb.start_soon(env.seal(0))
        await ClockCycles(cocotb.top.clk_i, 200)
        start = env.golden.now
        for _ in range(2):
            for page in range(FRAMES, self.opened):
                await host.write_uncached(line_of(page, 3), g.getrandbits(512))
                await host.store(line_of(page, 5), g.getrandbits(512), 1)
                await env.read(env.dma, line_of(page, 3))
        assert env.golden.now - start < 25_000, "something waited for the host"
        assert not sealing.done() and not any(write.done() for write in asked)
        for write in asked:
            await write
        assert await sealing == WindowStatus.Ok
        for line in held:
            await env.read(env.dma, line)
