"""Streams that break the rules, so that one can see the monitor and the assertions notice."""

from __future__ import annotations

import cocotb
import pyuvm
from cocotb.triggers import RisingEdge
from pyuvm import ConfigDB, uvm_test

from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode
from tb.agents.common import reset, start_clock


class Fault(uvm_test):
    """Offers a beat to a full register, then lets `misbehave` break the handshake."""

    def build_phase(self) -> None:
        ConfigDB().set(self, "watch", "config", AxisConfig("s_axis", AxisMode.PASSIVE))
        self.watch = AxisAgent("watch", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        top = cocotb.top
        top.m_axis_tready_i.value = 0
        top.s_axis_tvalid_i.value = 0
        start_clock()
        await reset()
        top.s_axis_tvalid_i.value = 1
        for _ in range(5):
            await RisingEdge(top.clk_i)
        self.misbehave()
        for _ in range(5):
            await RisingEdge(top.clk_i)
        self.drop_objection()


@pyuvm.test()
class Withdraws(Fault):
    """TVALID falls before TREADY."""

    def misbehave(self) -> None:
        cocotb.top.s_axis_tvalid_i.value = 0


@pyuvm.test()
class Changes(Fault):
    """TDATA changes before TREADY."""

    def misbehave(self) -> None:
        cocotb.top.s_axis_tdata_i.value = 1
