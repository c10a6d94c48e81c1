"""An AXI4-Lite master, over cocotbext-axi's channels: its own master has no scattered strobes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import Event
from cocotbext.axi import AxiResp
from cocotbext.axi import axil_channels as channels
from pyuvm import ConfigDB, uvm_analysis_port, uvm_component

from tb.agents.common import Pattern, ResetWatch, no_stall, rng

CHANNELS = ("aw", "w", "b", "ar", "r")


@dataclass(slots=True, eq=False)
class AxiLiteAccess:
    """A read, or with `strb` a write; `resp` is None until it is through, and if a reset cut it."""

    address: int
    data: int = 0
    strb: int | None = None
    resp: AxiResp | None = None
    done: Event = field(default_factory=Event, repr=False)


@dataclass(frozen=True)
class AxiLiteConfig:
    """The instance of axil_master, and stalls by channel."""

    port: HierarchyObject
    stalls: Mapping[str, Pattern] = field(default_factory=dict)


class AxiLiteMaster(uvm_component):
    """Reads its `AxiLiteConfig` from the ConfigDB field ``config``."""

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.config: AxiLiteConfig = ConfigDB().get(self, "", "config")

    def start_of_simulation_phase(self) -> None:
        top, made = cocotb.top, {}
        for name in CHANNELS:
            kind = f"AxiLite{name.upper()}"
            bus = getattr(channels, f"{kind}Bus").from_entity(self.config.port)
            end = getattr(channels, f"{kind}{'Sink' if name in 'br' else 'Source'}")
            made[name] = end(bus, top.clk_i, top.rst_ni, False)
            made[name].log.setLevel("WARNING")
            stall = self.config.stalls.get(name, no_stall)
            if stall is not no_stall:
                go = stall(rng(f"{self.get_full_name()}.{name}"))
                made[name].set_pause_generator(not g for g in go)
        self.aw, self.w, self.b, self.ar, self.r = made.values()
        self._reads: deque[AxiLiteAccess] = deque()
        self._writes: deque[AxiLiteAccess] = deque()
        self._watch = ResetWatch(top.rst_ni, self._forget)

    def _forget(self) -> None:
        for channel in (self.aw, self.w, self.b, self.ar, self.r):
            channel.clear()
        for access in (*self._reads, *self._writes):
            access.done.set()
        self._reads.clear()
        self._writes.clear()

    def begin(self, access: AxiLiteAccess) -> AxiLiteAccess:
        """Put an access behind those under way; `done` tells when it is through."""
        if access.strb is None:
            self._reads.append(access)
            self.ar.send_nowait(channels.AxiLiteARTransaction(araddr=access.address))
        else:
            self._writes.append(access)
            self.aw.send_nowait(channels.AxiLiteAWTransaction(awaddr=access.address))
            self.w.send_nowait(
                channels.AxiLiteWTransaction(wdata=access.data, wstrb=access.strb),
            )
        return access

    async def read(self, address: int) -> int:
        access = self.begin(AxiLiteAccess(address))
        await access.done.wait()
        return access.data

    async def write(self, address: int, data: int) -> None:
        await self.begin(AxiLiteAccess(address, data, 0xFF)).done.wait()

    async def run_phase(self) -> None:
        cocotb.start_soon(self._collect_writes())
        while True:
            answer = await self.r.recv()
            access = self._reads.popleft()
            access.data, access.resp = int(answer.rdata), AxiResp(int(answer.rresp))
            self._end(access)

    async def _collect_writes(self) -> None:
        while True:
            answer = await self.b.recv()
            access = self._writes.popleft()
            access.resp = AxiResp(int(answer.bresp))
            self._end(access)

    def _end(self, access: AxiLiteAccess) -> None:
        self.ap.write(access)
        access.done.set()
