"""Environment: agents at every stream, what stands for the DMA engine, and the scoreboard."""

from __future__ import annotations

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import ConfigDB, uvm_component, uvm_env

from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode, AxisPacket, AxisReset, AxisSend
from tb.agents.common import PATTERNS, Tap, no_stalls, rng
from tb.prefetch.coverage import STREAMS, PrefetchCoverage
from tb.prefetch.items import CANCELLED, ERRORS, OK, Done, Fetch
from tb.prefetch.scoreboard import Scoreboard

PROMPT = 100  # cycles in which everything stale is cancelled
SOURCES, SINKS = ("packet", "ask", "done"), ("answer", "arrived", "fetch", "cancel")


class Dma(uvm_component):
    """Completes what it is asked for, in any order.

    `delay`: cycles of a completion at most; `fails`, `strays`: how often one fails, or comes
    without a request; `cancels`: how often a cancellation is in time.
    """

    def build_phase(self) -> None:
        self.g = rng("dma")
        self.delay, self.fails, self.strays, self.cancels = 60, 0.0, 0.0, 0.8
        self.open: dict[int, int] = {}  # tag -> status
        self.agent: AxisAgent
        self.flights: int

    def fetch(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            self.open.clear()
            return
        fails = self.g.random() < self.fails
        self.open[Fetch.of(event.beats[0]).tag] = self.g.choice(ERRORS) if fails else OK

    def cancel(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset) or self.g.random() >= self.cancels:
            return
        if event.beats[0] in self.open:
            self.open[event.beats[0]] = CANCELLED

    async def run_phase(self) -> None:
        edge, g = RisingEdge(cocotb.top.clk_i), self.g
        while True:
            await edge
            if g.random() < self.strays:
                # Of a flight there is not: another's may be asked for by the time it is sent.
                await self._send(Done(g.randrange(2 * self.flights, 256), OK))
            if self.open:
                tag = g.choice(list(self.open))
                await ClockCycles(cocotb.top.clk_i, g.randint(1, 1 + self.delay // len(self.open)))
                # A reset may have come meanwhile.
                if tag in self.open:
                    await self._send(Done(tag, self.open.pop(tag)))

    async def _send(self, done: Done) -> None:
        await AxisSend([AxisPacket([done.word()])]).start(self.agent.sequencer)


class PrefetchEnv(uvm_env):
    """ConfigDB ``sizes`` are the core's parameters, ``coverage`` the bench's, ``stalls`` names of
    PATTERNS by stream."""

    def build_phase(self) -> None:
        self.coverage: PrefetchCoverage = ConfigDB().get(self, "", "coverage")
        stalls: dict[str, str] = ConfigDB().get(self, "", "stalls")
        self.coverage.stalls(stalls)
        for names, mode, prefix in (
            (SOURCES, AxisMode.SOURCE, "s_axis"),
            (SINKS, AxisMode.SINK, "m_axis"),
        ):
            for name in names:
                config = AxisConfig(f"{prefix}_{name}", mode, PATTERNS[stalls[name]])
                ConfigDB().set(self, name, "config", config)
                setattr(self, name, AxisAgent(name, self))
                setattr(self, f"tap_{name}", Tap(f"tap_{name}", self))
        self.scoreboard = Scoreboard("scoreboard", self)
        self.scoreboard.sizes = ConfigDB().get(self, "", "sizes")
        self.scoreboard.coverage = self.coverage
        self.scoreboard.prompt = PROMPT if stalls == no_stalls(STREAMS) else 0
        self.dma = Dma("dma", self)
        self.dma.flights = self.scoreboard.sizes["flights"]

    def connect_phase(self) -> None:
        for name in STREAMS:
            tap = getattr(self, f"tap_{name}")
            getattr(self, name).ap.connect(tap.analysis_export)
            tap.sinks.append(self.scoreboard.tap(name))
        self.tap_fetch.sinks.append(self.dma.fetch)
        self.tap_cancel.sinks.append(self.dma.cancel)
        self.dma.agent = self.done
