"""Random traffic, by what makes it hard."""

from __future__ import annotations

import cocotb
import pyuvm
from cocotb.triggers import with_timeout
from pyuvm import ConfigDB, uvm_test

from tb.agents.common import PATTERNS, reset, rng, start_clock
from tb.coherence.env import COVERAGE, CoherenceEnv, EnvConfig
from tb.coherence.traffic import Traffic, run

HOST_CHANNELS = ("req", "rwd", "birsp", "ndr", "drs", "bisnp")
AXI_CHANNELS = ("ar", "r", "aw", "w", "b")


class CoherenceTest(uvm_test):
    """`stimulus` is a test's own, and what its surroundings are."""

    config = EnvConfig()
    limit_us = 2000

    def build_phase(self) -> None:
        ConfigDB().set(self, "env", "config", self.config)
        self.env = CoherenceEnv("env", self)

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


@pyuvm.test()
class Hot(CoherenceTest):
    """All agents on a few lines."""

    async def stimulus(self) -> None:
        await run(self.env, Traffic(range(5), 60))


@pyuvm.test()
class Many(CoherenceTest):
    """Many lines, spread over all of the filter and all of the device."""

    async def stimulus(self) -> None:
        g = rng("lines")
        lines = [g.randrange(1 << 24) for _ in range(400)]
        await run(self.env, Traffic(lines, 60))
