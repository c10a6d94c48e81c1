"""What the tests of both benches share."""

from __future__ import annotations

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles
from pyuvm import ConfigDB, uvm_test

from models.device_memory import PRESETS, DeviceMemory, Timing, fixed
from tb.agents.common import no_stalls, reset, rng, start_clock
from tb.pagestore.coverage import STREAMS, StoreCoverage
from tb.pagestore.env import StoreEnv
from tb.pagestore.scoreboard import Layout
from tb.pagestore.traffic import Traffic

MEMORIES: dict[str, Timing] = {"fixed": fixed(50), **PRESETS}
READY_CYCLES = 40_000


class StoreTest(uvm_test):
    """Resets the DUT over a memory full of garbage, runs `stimulus`, settles and checks.

    `requests`, `segment_units` and `rows` are the bench's, `segments` the test's.
    """

    coverage: StoreCoverage
    requests: int
    segment_units: int
    rows: int
    segments = 24
    memory_name = "fixed"
    timing: Timing | None = None

    def stalls(self) -> dict[str, str]:
        return no_stalls(STREAMS)

    def build_phase(self) -> None:
        self.g = rng(type(self).__name__)
        g = self.g
        root = g.randint(1, 90)
        link = root + self.requests + g.randint(0, 50)
        pool = link + -(-self.segments // 8) + g.randint(0, 50)
        sizes = self.segments, self.requests, self.segment_units, self.rows
        self.layout = Layout(root, link, pool, *sizes)
        timing = self.timing or MEMORIES[self.memory_name]
        size = self.layout.limit * 64
        self.device = DeviceMemory(size, timing, seed=g.getrandbits(31))
        self.device.bytes[:] = np.frombuffer(g.randbytes(size), np.uint8)
        self.coverage.memory(self.memory_name)
        ConfigDB().set(self, "env", "device", self.device)
        ConfigDB().set(self, "env", "coverage", self.coverage)
        ConfigDB().set(self, "env", "stalls", self.stalls())
        self.env = StoreEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        top, at = cocotb.top, self.layout
        top.root_base_i.value, top.link_base_i.value = at.root_base, at.link_base
        top.pool_base_i.value, top.segments_i.value = at.pool_base, at.segments
        self.env.scoreboard.start(self.device.bytes.view(np.uint64), at)
        self.traffic = Traffic(self.env, at, self.g)
        start_clock()
        await reset()
        await self.ready()
        await self.stimulus()
        await self.settle()
        self.drop_objection()

    async def ready(self) -> None:
        top = cocotb.top
        await ClockCycles(top.clk_i, 2)
        for _ in range(READY_CYCLES // 8):
            if top.ready_o.value:
                break
            await ClockCycles(top.clk_i, 8)
        assert top.ready_o.value, "never ready"
        whole = at_most(self.layout)
        assert int(top.free_units_o.value) == whole

    async def settle(self) -> None:
        await self.traffic.settle()
        self.env.scoreboard.check(self.g, int(cocotb.top.free_units_o.value))

    async def empty(self) -> None:
        """Free everything: then all is free again."""
        self.device.error_chance(0)
        self.device.clear_faults()
        await self.traffic.settle()
        await self.traffic.free_all()
        await self.settle()
        assert int(cocotb.top.free_units_o.value) == at_most(self.layout), "something leaked"

    async def stimulus(self) -> None:
        raise NotImplementedError


def at_most(layout: Layout) -> int:
    """Units of all segments."""
    return layout.segments * layout.segment_units
