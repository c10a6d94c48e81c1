"""Environment: the three streams of commands and answers, what stands for ATU and DMA engine, and a
memory."""

from __future__ import annotations

import cocotb
from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time
from pyuvm import ConfigDB, uvm_component, uvm_env

from models.device_memory import DeviceMemory
from tb.agents.axi4 import Axi4Config, Axi4Memory, Axi4Stalls
from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode
from tb.agents.common import PATTERNS, ResetWatch, rng
from tb.pagestore.coverage import StoreCoverage
from tb.pagestore.scoreboard import Scoreboard

SOURCES, SINKS = ("manage", "place", "map"), ("managed", "placed", "mapped", "inv")
MAX_INV = 12  # cycles of an invalidation


class Forgetter(uvm_component):
    """Completes invalidations as an ATU does, `delay` cycles after they were taken."""

    def build_phase(self) -> None:
        self.g = rng("forgetter")
        self.delay = MAX_INV
        self.scoreboard: Scoreboard

    async def run_phase(self) -> None:
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        valid, ready, done = top.m_inv_tvalid_o, top.m_inv_tready_i, top.inv_done_i
        reset = ResetWatch(top.rst_ni)
        left = 0  # cycles until the invalidation under way is done
        done.value = 0
        while True:
            await edge
            if reset.active:
                left, done.value = 0, 0
            elif left:
                left -= 1
                done.value = left == 0
                if left == 0:
                    self.scoreboard.forgotten()
            else:
                done.value = 0
                if valid.value and ready.value:
                    left = self.g.randint(1, self.delay)


class Drainer(uvm_component):
    """Ends a drain as the DMA engine does, once what was under way when it began is through.

    `under_way` tells the transfers that are: a set.  eager: in the first cycle that it can be.
    """

    def build_phase(self) -> None:
        self.g = rng("drainer")
        self.under_way = set
        self.eager = False
        self.scoreboard: Scoreboard
        self.coverage: StoreCoverage

    async def run_phase(self) -> None:
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        drain, drained = top.drain_o, top.drained_i
        reset = ResetWatch(top.rst_ni)
        waiting: set | None = None
        drained.value = 0
        while True:
            await edge
            self.coverage.draining = bool(drain.value)
            if reset.active:
                waiting, drained.value = None, 0
            elif drained.value:
                assert drain.value, "a drain that was not waited for"
                self.scoreboard.drained(int(get_sim_time("ps")))
                waiting, drained.value = None, 0
            elif drain.value:
                if waiting is None:
                    assert self.scoreboard.request_forgotten, "a drain before the ATU forgot"
                    waiting = set(self.under_way())
                waiting &= self.under_way()
                if not waiting and (self.eager or self.g.random() < 0.2):
                    drained.value = 1


class StoreEnv(uvm_env):
    """ConfigDB ``device`` is the memory, ``coverage`` the bench's, ``stalls`` names of PATTERNS by
    stream."""

    def build_phase(self) -> None:
        device: DeviceMemory = ConfigDB().get(self, "", "device")
        self.coverage: StoreCoverage = ConfigDB().get(self, "", "coverage")
        self.stalls: dict[str, str] = ConfigDB().get(self, "", "stalls")
        self.coverage.stalls(self.stalls)
        for names, mode, prefix in (
            (SOURCES, AxisMode.SOURCE, "s"),
            (SINKS, AxisMode.SINK, "m"),
        ):
            for name in names:
                config = AxisConfig(f"{prefix}_{name}", mode, PATTERNS[self.stalls[name]])
                ConfigDB().set(self, name, "config", config)
                setattr(self, name, AxisAgent(name, self))
        stalls = Axi4Stalls(**{c: PATTERNS[self.stalls[c]] for c in ("aw", "w", "b", "ar", "r")})
        ConfigDB().set(self, "memory", "config", Axi4Config(cocotb.top.u_m_axi, device, stalls))
        self.memory = Axi4Memory("memory", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.forgetter = Forgetter("forgetter", self)
        self.drainer = Drainer("drainer", self)

    def connect_phase(self) -> None:
        for name in (*SOURCES, *SINKS, "memory"):
            tap = getattr(self.scoreboard, f"tap_{name}")
            getattr(self, name).ap.connect(tap.analysis_export)
        self.scoreboard.cycle = lambda: self.memory.cycle
        self.scoreboard.coverage = self.drainer.coverage = self.coverage
        self.forgetter.scoreboard = self.drainer.scoreboard = self.scoreboard
