"""The two active sides: one drives packets into the DUT, the other its TREADY."""

from __future__ import annotations

from cocotb.triggers import RisingEdge
from pyuvm import uvm_component, uvm_driver

from tb.agents.axi_stream.packet import AxisPacket
from tb.agents.axi_stream.signals import AxisSignals
from tb.agents.common import Pattern, ResetWatch, rng


class AxisSourceDriver(uvm_driver):
    """Sends packets; the stall pattern says when a new beat may be offered.

    A reset ends the packet under way (`AxisPacket.cut`) and holds the next one back.
    """

    def __init__(self, name: str, parent: uvm_component, signals: AxisSignals, stall: Pattern):
        super().__init__(name, parent)
        self._signals = signals
        self._stall = stall

    async def run_phase(self) -> None:
        self._signals.tvalid.value = 0
        self._reset = ResetWatch(self._signals.rst_n)
        self._edge = RisingEdge(self._signals.clk)
        self._go = self._stall(rng(self.get_full_name()))
        while True:
            packet = await self.seq_item_port.get_next_item()
            await self._reset.released()
            packet.cut = not await self._send(packet)
            self._signals.tvalid.value = 0
            self.seq_item_port.item_done()

    async def _send(self, packet: AxisPacket) -> bool:
        """Drive every beat; False if a reset came first."""
        signals, reset, edge, go = self._signals, self._reset, self._edge, self._go
        last = len(packet.beats) - 1
        valid = False
        for i, (beat, user) in enumerate(zip(packet.beats, packet.user, strict=True)):
            while not next(go):
                if valid:
                    signals.tvalid.value = 0
                    valid = False
                await edge
                if reset.active:
                    return False
            signals.tdata.value = beat
            if signals.tuser is not None:
                signals.tuser.value = user
            if i == 0 or i == last:
                signals.tlast.value = i == last
            if not valid:
                signals.tvalid.value = 1
                valid = True
            while True:
                await edge
                if reset.active:
                    return False
                if signals.tready.value:
                    break
        return True


class AxisSinkDriver(uvm_component):
    """Drives TREADY, whatever TVALID does, by a stall pattern."""

    def __init__(self, name: str, parent: uvm_component, signals: AxisSignals, stall: Pattern):
        super().__init__(name, parent)
        self._signals = signals
        self._stall = stall

    async def run_phase(self) -> None:
        tready = self._signals.tready
        edge = RisingEdge(self._signals.clk)
        ready = None
        for go in self._stall(rng(self.get_full_name())):
            if go != ready:
                tready.value = ready = go
            await edge
