"""Latency and throughput with the staging area in the way, in cycles, against limits."""

from __future__ import annotations

from models.coherence import Op
from models.staging import PAGE_LINES, WindowStatus
from tb.coherence.timing import MEMORY, TimingBody
from tb.staging.env import FRAMES, StagingConfig, StagingEnv, line_of


class StagingTimingBody(TimingBody):
    """As the engine alone, on lines outside the window; then the window's."""

    env_kind = StagingEnv
    env: StagingEnv
    further = 3
    most_put = 2.8  # each holds its slot for three cycles more

    def surroundings(self) -> StagingConfig:
        return StagingConfig(latency=(MEMORY, MEMORY), answer_after=(0, 0), dma_delay=(0, 0))

    async def stimulus(self) -> None:
        self.figures: list[tuple[str, float, str]] = []
        await self.latencies()
        await self.rates()
        await self.window()
        for what, figure, unit in self.figures:
            self.logger.info("timing: %s %.2f %s", what, figure, unit)

    async def window(self) -> None:
        env, host = self.env, self.env.host
        for page in range(FRAMES + 1):
            env.store.pages[page] = [page << 8 | i for i in range(PAGE_LINES)]
            assert await env.open(page, page) == WindowStatus.Ok
        for page in range(FRAMES):
            missed = await self.taken(env.read(env.gpu, line_of(page)))
        free = await self.taken(env.read(env.gpu, 60_000))
        hit = await self.taken(env.read(env.gpu, line_of(0, 1)))
        self.limit("GPU read of a page that is there: more than of a raw line", hit - free, 0)
        self.limit(
            "GPU read of a page that is not, frame free: beyond that, less the DMA engine",
            missed - hit - env.pages.took,
            25,
        )
        evicted = await self.taken(env.read(env.gpu, line_of(FRAMES)))
        self.limit("what dropping a clean page adds", evicted - missed, 25)
        await env.read(env.gpu, line_of(0))
        lines = [line_of(page, 4 + i) for page in range(1, FRAMES) for i in range(50)]
        await env.drain()
        for line in lines[:: PAGE_LINES // 2]:
            await env.read(env.gpu, line)
        for line in lines:
            await host.load(line, Op.ReadShared)
            await host.drop(line)
        most = 1 + 50 / len(lines)
        await self.rate("host reads of pages that are there", most, *(host.load(n) for n in lines))
        await env.write(env.gpu, line_of(1), [(1, 1)])
        for line in lines[:16]:
            await host.store(line, 5, 1)
        before = env.pages.worked
        sealed = await self.taken(env.seal(1))
        worked = env.pages.worked - before
        self.limit("Seal of a page with 16 dirty lines, less the DMA engine", sealed - worked, 600)
