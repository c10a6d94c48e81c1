"""A small store that fills up again and again, with all that can go wrong."""

from __future__ import annotations

import cocotb
import numpy as np
import pyuvm
from cocotb.triggers import ClockCycles

from models.page_store import Status
from tb.agents.common import PATTERNS, reset
from tb.pagestore.base import MEMORIES, StoreTest
from tb.pagestore.coverage import RESETS, STREAMS, StoreCoverage
from tb.pagestore.env import random_stalls
from tb.pagestore.items import Manage

COVERAGE = StoreCoverage()


class SmallTest(StoreTest):
    coverage = COVERAGE
    requests = 8
    segment_units = 128
    rounds = 2
    full = 12  # answers of no memory that end a round

    async def lives(self) -> None:
        """Requests come and go, until halted."""
        g = self.g
        while not self.over and not self.traffic.halted:
            if len(self.traffic.slots) < 3 or g.random() < 0.75:
                await self.traffic.begin()
            else:
                await self.traffic.free()
            await ClockCycles(cocotb.top.clk_i, g.randint(1, 1200))

    async def fill(self, most: int = 900) -> None:
        """Place pages while requests come and go, until there is no memory left."""
        self.over = False
        living = cocotb.start_soon(self.lives())
        self.traffic.statuses.clear()
        for _ in range(most // 10):
            await self.traffic.places(10)
            if self.traffic.statuses.count(Status.NO_MEMORY) >= self.full:
                break
        self.over = True
        await living


class RandomTest(SmallTest):
    """Everything at random; `memory_name` is the memory."""

    def stalls(self) -> dict[str, str]:
        return random_stalls(self.g)

    async def stimulus(self) -> None:
        for _ in range(self.rounds):
            self.traffic.lengths = self.g.choice(["mixed", "small", "large", "any"])
            await self.fill()
            await self.settle()
            await self.empty()


@pyuvm.test()
class Fixed(RandomTest):
    """A short, even latency."""


@pyuvm.test()
class Hbm(RandomTest):
    memory_name = "hbm"


@pyuvm.test()
class Ddr5(RandomTest):
    memory_name = "ddr5"


@pyuvm.test()
class Cxl(RandomTest):
    memory_name = "cxl"
    rounds = 1


@pyuvm.test()
class Stalls(SmallTest):
    """Every pattern on every stream."""

    def stalls(self) -> dict[str, str]:
        self.shift = self.g.randrange(len(PATTERNS))
        return self.shifted(0)

    def shifted(self, by: int) -> dict[str, str]:
        names = sorted(PATTERNS)
        return {s: names[(i + by + self.shift) % len(names)] for i, s in enumerate(STREAMS)}

    async def stimulus(self) -> None:
        await self.fill(150)
        await self.settle()
        await self.empty()
