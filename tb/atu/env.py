"""Environment: who asks, who invalidates, a memory with a page table, a scoreboard, coverage."""

from __future__ import annotations

import cocotb
from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time
from pyuvm import ConfigDB, uvm_component, uvm_env

from models.atu import Atu, Invalidate
from models.device_memory import DeviceMemory
from tb.agents.axi4 import Axi4Config, Axi4Memory, Axi4Stalls
from tb.agents.common import ResetWatch, Tap
from tb.agents.translate import TranslateAgent, TranslateConfig
from tb.agents.translate.agent import PERIOD
from tb.atu.scoreboard import Scoreboard
from tb.atu.table import Table
from tb.codec.env import Throttle

STREAMS = ("ask", "answer", "ar", "r")


def cycle() -> int:
    return get_sim_time("ps") // PERIOD


class Invalidator(uvm_component):
    """Invalidates, one at a time."""

    def build_phase(self) -> None:
        self.done = 0

    def start_of_simulation_phase(self) -> None:
        cocotb.top.inv_valid_i.value = 0
        self._reset = ResetWatch(cocotb.top.rst_ni)

    async def invalidate(self, kind: Invalidate, vpn: int = 0) -> int:
        """Returns, when it is done, after how many cycles; 0 if a reset came before."""
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        top.inv_i.value = kind << 52 | vpn
        top.inv_valid_i.value = 1
        while True:
            await edge
            if self._reset.active or top.inv_ready_o.value:
                break
        top.inv_valid_i.value = 0
        cycles = 0
        while not self._reset.active:
            await edge
            cycles += 1
            if top.inv_done_o.value:
                self.done += 1
                return cycles
        return 0


class AtuEnv(uvm_env):
    """ConfigDB: ``memory`` and ``table``, ``sizes`` (arguments of the model) and ``coverage``."""

    def build_phase(self) -> None:
        self.memory: DeviceMemory = ConfigDB().get(self, "", "memory")
        self.table: Table = ConfigDB().get(self, "", "table")
        sizes = ConfigDB().get(self, "", "sizes")
        self.coverage = ConfigDB().get(self, "", "coverage")
        self.stalls = {name: Throttle() for name in STREAMS}
        asks = TranslateConfig(ask_stall=self.stalls["ask"], answer_stall=self.stalls["answer"])
        ConfigDB().set(self, "agent", "config", asks)
        self.agent = TranslateAgent("agent", self)
        stalls = Axi4Stalls(ar=self.stalls["ar"], r=self.stalls["r"])
        port = Axi4Config(cocotb.top.u_m_axi, self.memory, stalls)
        ConfigDB().set(self, "axi", "config", port)
        self.axi = Axi4Memory("axi", self)
        self.invalidator = Invalidator("invalidator", self)
        self.scoreboard = Scoreboard("scoreboard", self)
        self.scoreboard.table = self.table
        self.scoreboard.make = lambda: Atu(self.table.region, **sizes)
        self.tap = Tap("tap", self, self.scoreboard.seen)
        self.table.now = cycle

    def connect_phase(self) -> None:
        self.agent.ap.connect(self.tap.analysis_export)
        self.coverage.connect(self)

    def start_of_simulation_phase(self) -> None:
        top, region = cocotb.top, self.table.region
        top.root_base_i.value = region.root_base
        top.requests_i.value = region.requests
        top.limit_i.value = region.limit
