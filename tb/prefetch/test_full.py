"""Tests of the core at its real size."""

from __future__ import annotations

import cocotb
import pyuvm
from cocotb.utils import get_sim_time

from models.prefetch_core import Kind
from tb.agents.common import random_stalls
from tb.prefetch.base import PrefetchTest
from tb.prefetch.coverage import STREAMS, PrefetchCoverage

PERIOD = 1250  # ps
MOST = 4.0  # cycles a page
FROM = 48  # pages of a stream


class FullTest(PrefetchTest):
    coverage = PrefetchCoverage()
    sizes = {"requests": 4, "layers": 32, "heads": 4, "pages": 256, "slots": 8192, "flights": 32}


@pyuvm.test()
class Throughput(FullTest):
    """Decisions one after another, nothing in between: cycles a page of a stream, in a step of
    three layers and three heads of which half of what is wanted has to be fetched."""

    async def stimulus(self) -> None:
        self.env.dma.delay = 1
        for pages in (16, 32, 48, 64, 128, 256):
            resident = await self.traffic.begin(0, pages=pages, layers=3, heads=3)
            resident.room = pages / 4
            for _ in range(2):
                await self.traffic.step(resident)
                await self.traffic.idle()
            cycles = await self.step(resident) / (9 * pages)
            self.logger.info("%3d pages: %.2f cycles a page", pages, cycles)
            assert pages < FROM or cycles <= MOST
            await self.traffic.end(0)

    async def step(self, r) -> int:
        """A step's packets at once; cycles until the core has decided."""
        codes = [self.traffic.codes(r, layer, head) for layer in range(3) for head in range(3)]
        packets = [r.packet(Kind.STEP, pages=r.pages, room=int(128 * r.room))]
        for stream, code in enumerate(codes):
            where = {"layer": stream // 3, "head": stream % 3}
            packets.append(r.packet(Kind.REPORT, pages=r.pages, codes=code, **where))
        start = get_sim_time("ps")
        await self.traffic.send(*packets)
        while self.env.scoreboard.op is not None or self.env.scoreboard.packets:
            await self.cycles(1)
        return (get_sim_time("ps") - start) // PERIOD


@pyuvm.test()
class AnswerTime(FullTest):
    """A question is answered after four cycles by an idle core."""

    async def stimulus(self) -> None:
        resident = await self.traffic.begin(0, pages=40, layers=2, heads=2)
        await self.traffic.step(resident)
        await self.traffic.idle()
        took, asked = [], []
        self.env.tap_ask.sinks.append(lambda event: asked.append(event.last))
        self.env.tap_answer.sinks.append(lambda event: took.append(event.last - asked[-1]))
        for page in range(20):
            await self.traffic.ask([self.traffic.question(resident, 0, 0, page)])
            await self.traffic.idle()
        assert took and max(took) == 4 * PERIOD, took


@pyuvm.test()
class Mix(FullTest):
    """Requests of many layers at once."""

    def stalls(self) -> dict[str, str]:
        return random_stalls(self.g, STREAMS)

    async def life(self, handle: int) -> None:
        pages = self.g.choice([100, 255])
        resident = await self.traffic.begin(handle, pages=pages, layers=self.g.randint(4, 8))
        resident.room = pages / 5
        for _ in range(2):
            await self.traffic.step(resident)
        await self.traffic.end(handle)

    async def stimulus(self) -> None:
        tasks = [cocotb.start_soon(self.life(handle)) for handle in (1, 3)]
        for task in tasks:
            await task
