"""A device memory that answers a master, over cocotbext-axi's channels."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import RisingEdge
from cocotbext.axi import axi_channels as channels
from pyuvm import ConfigDB, uvm_analysis_port, uvm_component

from models.device_memory import DeviceMemory
from tb.agents.axi4.access import Axi4Access
from tb.agents.common import Pattern, ResetWatch, no_stall, rng


@dataclass
class Axi4Stalls:
    """When the memory takes addresses and data, and offers answers."""

    aw: Pattern = no_stall
    w: Pattern = no_stall
    b: Pattern = no_stall
    ar: Pattern = no_stall
    r: Pattern = no_stall


@dataclass(frozen=True)
class Axi4Config:
    """The instance of axi4_port, the memory behind it, and its stalls."""

    port: HierarchyObject
    memory: DeviceMemory
    stalls: Axi4Stalls = field(default_factory=Axi4Stalls)


class Axi4Memory(uvm_component):
    """Reads its `Axi4Config` from the ConfigDB field ``config``.

    In reset it forgets what is under way and keeps the contents.  `quiet` says whether nothing is
    under way.
    """

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.config: Axi4Config = ConfigDB().get(self, "", "config")
        self.memory = self.config.memory
        self.cycle = 0

    def start_of_simulation_phase(self) -> None:
        top, made = cocotb.top, {}
        for name in ("aw", "w", "b", "ar", "r"):
            kind = f"Axi{name.upper()}"
            bus = getattr(channels, f"{kind}Bus").from_entity(self.config.port)
            end = getattr(channels, f"{kind}{'Source' if name in 'br' else 'Sink'}")
            made[name] = end(bus, top.clk_i, top.rst_ni, False)
            made[name].log.setLevel("WARNING")
            made[name].queue_occupancy_limit = 2
            stall = getattr(self.config.stalls, name)
            if stall is not no_stall:
                go = stall(rng(f"{self.get_full_name()}.{name}"))
                made[name].set_pause_generator(not g for g in go)
        self.aw, self.w, self.b, self.ar, self.r = made.values()
        self._forget()

    def _forget(self) -> None:
        self.memory.reset()
        for channel in (self.aw, self.w, self.b, self.ar, self.r):
            channel.clear()
        self._reads: dict[int, deque[Axi4Access]] = defaultdict(deque)
        self._writes: dict[int, deque[Axi4Access]] = defaultdict(deque)
        self._worst = 0

    @property
    def quiet(self) -> bool:
        return not any(self._reads.values()) and not any(self._writes.values())

    async def run_phase(self) -> None:
        reset = ResetWatch(cocotb.top.rst_ni, self._forget)
        edge = RisingEdge(cocotb.top.clk_i)
        while True:
            await edge
            self.cycle += 1
            if reset.active:
                continue
            self._take()
            self._answer()

    def _take(self) -> None:
        memory, cycle = self.memory, self.cycle
        while not self.ar.empty():
            t = self.ar.recv_nowait()
            id_, address, beats = int(t.arid), int(t.araddr), int(t.arlen) + 1
            self._reads[id_].append(Axi4Access(False, id_, address, beats, 0, cycle, 0))
            memory.ar(cycle, id_, address, beats)
        while not self.aw.empty():
            t = self.aw.recv_nowait()
            id_, address, beats = int(t.awid), int(t.awaddr), int(t.awlen) + 1
            self._writes[id_].append(Axi4Access(True, id_, address, beats, 0, cycle, 0))
            memory.aw(cycle, id_, address, beats)
        while not self.w.empty():
            t = self.w.recv_nowait()
            memory.w(int(t.wdata), int(t.wstrb))

    def _answer(self) -> None:
        if not self.r.full():
            beat = self.memory.r(self.cycle)
            if beat:
                self.r.send_nowait(
                    self.r._transaction_obj(
                        rid=beat.id, rdata=beat.data, rresp=beat.response, rlast=beat.last
                    )
                )
                self._worst = max(self._worst, beat.response)
                if beat.last:
                    self._publish(self._reads[beat.id].popleft(), self._worst)
                    self._worst = 0
        if not self.b.full():
            done = self.memory.b(self.cycle)
            if done:
                id_, response = done
                self.b.send_nowait(self.b._transaction_obj(bid=id_, bresp=response))
                self._publish(self._writes[id_].popleft(), response)

    def _publish(self, access: Axi4Access, response: int) -> None:
        fields = {**access.__dict__, "response": response, "end": self.cycle}
        self.ap.write(Axi4Access(**fields))
