"""What the tests of both benches share."""

from __future__ import annotations

import cocotb
from cocotb.triggers import ClockCycles, with_timeout
from pyuvm import ConfigDB, uvm_test

from tb.agents.common import no_stalls, reset, rng, start_clock
from tb.prefetch.coverage import STREAMS, PrefetchCoverage
from tb.prefetch.env import PrefetchEnv
from tb.prefetch.traffic import Traffic


class PrefetchTest(uvm_test):
    """Resets the core, runs `stimulus`, waits until nothing is under way and compares.

    `coverage` and `sizes` are the bench's; a stimulus that takes more than `most` hangs.
    """

    coverage: PrefetchCoverage
    sizes: dict[str, int]
    most = 1000  # us

    def stalls(self) -> dict[str, str]:
        return no_stalls(STREAMS)

    def build_phase(self) -> None:
        self.g = rng(type(self).__name__)
        for name in ("sizes", "coverage"):
            ConfigDB().set(self, "env", name, getattr(self, name))
        ConfigDB().set(self, "env", "stalls", self.stalls())
        self.env = PrefetchEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        self.traffic = Traffic(self.env, self.sizes, self.g)
        start_clock()
        await reset()
        await with_timeout(self.stimulus(), self.most, "us")
        self.env.dma.strays = 0.0  # one in the last cycle would be counted on one side only
        await self.env.scoreboard.drain()
        self.drop_objection()

    async def stimulus(self) -> None:
        raise NotImplementedError

    async def cycles(self, n: int) -> None:
        await ClockCycles(cocotb.top.clk_i, n)
