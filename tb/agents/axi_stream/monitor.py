"""The passive side: rebuilds packets and checks the handshake."""

from __future__ import annotations

from dataclasses import dataclass

from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time
from pyuvm import uvm_analysis_port, uvm_component, uvm_monitor

from tb.agents.axi_stream.packet import AxisPacket
from tb.agents.axi_stream.signals import AxisSignals
from tb.agents.common import ResetWatch


class ProtocolError(Exception):
    """A stream broke the AXI4-Stream rules."""


@dataclass(frozen=True)
class AxisReset:
    """A reset was asserted; `beats` of an unfinished packet were seen and dropped."""

    beats: int


class AxisMonitor(uvm_monitor):
    """Publishes on `ap` each `AxisPacket` as its last beat is taken, and each `AxisReset`.

    Raises ProtocolError, which fails the test, when an offered beat is withdrawn or changed before
    it is taken.
    """

    def __init__(self, name: str, parent: uvm_component, signals: AxisSignals):
        super().__init__(name, parent)
        self._signals = signals
        self._beats: list[int] = []
        self._user: list[int] = []

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)

    @property
    def inside_packet(self) -> bool:
        """A packet's first beat was taken and its last was not."""
        return bool(self._beats)

    def _drop(self) -> None:
        self.ap.write(AxisReset(len(self._beats)))
        self._beats, self._user = [], []

    def _payload(self) -> tuple[int, int, bool]:
        """TDATA, TUSER and TLAST now."""
        signals = self._signals
        user = 0 if signals.tuser is None else int(signals.tuser.value)
        return signals.tdata.value.to_unsigned(), user, bool(signals.tlast.value)

    async def run_phase(self) -> None:
        tvalid, tready = self._signals.tvalid, self._signals.tready
        reset = ResetWatch(self._signals.rst_n, on_assert=self._drop)
        edge, rise = RisingEdge(self._signals.clk), RisingEdge(tvalid)
        offered = None  # the payload that waits for TREADY
        while True:
            await edge
            if reset.active:
                offered = None
            elif not tvalid.value:
                if offered is not None:
                    raise ProtocolError(f"{self._signals.name}: TVALID fell before TREADY")
                await rise  # sleep through an idle stream
            else:
                payload = self._payload()
                if offered is not None and payload != offered:
                    raise ProtocolError(
                        f"{self._signals.name}: payload changed before TREADY:"
                        f" {offered} then {payload}"
                    )
                offered = payload
                if tready.value:
                    offered = None
                    self._take(*payload)

    def _take(self, data: int, user: int, last: bool) -> None:
        if not self._beats:
            self._first = get_sim_time("ps")
        self._beats.append(data)
        self._user.append(user)
        if last:
            packet = AxisPacket(self._beats, self._user)
            packet.first, packet.last = self._first, get_sim_time("ps")
            self._beats, self._user = [], []
            self.ap.write(packet)
