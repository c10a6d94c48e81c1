"""The agent: a monitor, and a driver of both sides where it is active."""

from __future__ import annotations

from dataclasses import dataclass

import cocotb
from cocotb.triggers import RisingEdge
from cocotb.utils import get_sim_time
from pyuvm import (
    ConfigDB,
    uvm_agent,
    uvm_analysis_port,
    uvm_component,
    uvm_driver,
    uvm_monitor,
    uvm_sequencer,
)

from models.atu import Answer, Request
from models.page_table import Fault
from tb.agents.common import Pattern, ResetWatch, Tap, no_stall, rng
from tb.agents.translate.items import Answered, Asked, TranslateReset

PERIOD = 1250  # ps, of start_clock
TAGS = 256

Seen = Asked | Answered | TranslateReset


@dataclass(frozen=True)
class TranslateConfig:
    """Where the ports are, when new requests are offered and when answers are taken."""

    prefix: str = ""
    active: bool = True
    ask_stall: Pattern = no_stall
    answer_stall: Pattern = no_stall


class _Signals:
    def __init__(self, prefix: str) -> None:
        top = cocotb.top
        self.req_valid = getattr(top, f"{prefix}req_valid_i")
        self.req_ready = getattr(top, f"{prefix}req_ready_o")
        self.req = getattr(top, f"{prefix}req_i")
        self.rsp_valid = getattr(top, f"{prefix}rsp_valid_o")
        self.rsp_ready = getattr(top, f"{prefix}rsp_ready_i")
        self.rsp = getattr(top, f"{prefix}rsp_o")


def packed(request: Request) -> int:
    """A translate_t."""
    fields = request.vpn << 17 | request.tenant << 1 | int(request.write)
    return request.tag << 69 | fields


def request_of(bits: int) -> Request:
    mask = (1 << 52) - 1
    return Request(bits >> 69, bits >> 17 & mask, bits >> 1 & 0xFFFF, bool(bits & 1))


def answer_of(bits: int) -> Answer:
    """Of a translated_t."""
    return Answer(bits >> 131, Fault(bits >> 128 & 7), bits & (1 << 128) - 1)


class TranslateMonitor(uvm_monitor):
    """Publishes what is taken."""

    def __init__(self, name: str, parent: uvm_component, signals: _Signals):
        super().__init__(name, parent)
        self._signals = signals

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)

    async def run_phase(self) -> None:
        s = self._signals
        reset = ResetWatch(cocotb.top.rst_ni, lambda: self.ap.write(TranslateReset()))
        edge = RisingEdge(cocotb.top.clk_i)
        while True:
            await edge
            if reset.active:
                continue
            if s.req_valid.value and s.req_ready.value:
                request = request_of(s.req.value.to_unsigned())
                self.ap.write(Asked(request, get_sim_time("ps") // PERIOD))
            if s.rsp_valid.value and s.rsp_ready.value:
                answer = answer_of(s.rsp.value.to_unsigned())
                self.ap.write(Answered(answer, get_sim_time("ps") // PERIOD))


class AskDriver(uvm_driver):
    """Sends requests, each with a free tag."""

    def __init__(self, name: str, parent: uvm_component, signals: _Signals, stall: Pattern):
        super().__init__(name, parent)
        self._signals = signals
        self._stall = stall
        self._free = list(range(TAGS))

    def seen(self, event: Seen) -> None:
        """Told by the monitor."""
        if isinstance(event, TranslateReset):
            self._free = list(range(TAGS))
        elif isinstance(event, Answered):
            self._free.append(event.answer.tag)

    async def run_phase(self) -> None:
        s = self._signals
        s.req_valid.value = 0
        self._stream = rng(self.get_full_name())
        self._go = self._stall(self._stream)
        self._reset = ResetWatch(cocotb.top.rst_ni)
        self._edge = RisingEdge(cocotb.top.clk_i)
        while True:
            batch = await self.seq_item_port.get_next_item()
            await self._reset.released()
            await self._send(batch.translations)
            s.req_valid.value = 0
            self.seq_item_port.item_done()

    async def _send(self, translations: list) -> None:
        """Drive each; up to a reset."""
        s, go, edge, reset = self._signals, self._go, self._edge, self._reset
        for item in translations:
            while not (next(go) and self._free):
                s.req_valid.value = 0
                await edge
                if reset.active:
                    return
            at = self._stream.randrange(len(self._free))
            self._free[at], self._free[-1] = self._free[-1], self._free[at]
            s.req.value = packed(Request(self._free.pop(), item.vpn, item.tenant, item.write))
            s.req_valid.value = 1
            while True:
                await edge
                if reset.active:
                    return
                if s.req_ready.value:
                    break


class AnswerDriver(uvm_component):
    """Drives rsp_ready by a stall pattern."""

    def __init__(self, name: str, parent: uvm_component, signals: _Signals, stall: Pattern):
        super().__init__(name, parent)
        self._signals = signals
        self._stall = stall

    async def run_phase(self) -> None:
        edge, ready = RisingEdge(cocotb.top.clk_i), None
        for go in self._stall(rng(self.get_full_name())):
            if go != ready:
                self._signals.rsp_ready.value = ready = go
            await edge


class TranslateAgent(uvm_agent):
    """Reads its `TranslateConfig` from the ConfigDB field ``config``."""

    def build_phase(self) -> None:
        self.config: TranslateConfig = ConfigDB().get(self, "", "config")
        signals = _Signals(self.config.prefix)
        self.monitor = TranslateMonitor("monitor", self, signals)
        if self.config.active:
            self.sequencer = uvm_sequencer("sequencer", self)
            self.driver = AskDriver("driver", self, signals, self.config.ask_stall)
            self.tap = Tap("tap", self, self.driver.seen)
            self.taker = AnswerDriver("taker", self, signals, self.config.answer_stall)

    def connect_phase(self) -> None:
        self.ap = self.monitor.ap
        if self.config.active:
            self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
            self.ap.connect(self.tap.analysis_export)
