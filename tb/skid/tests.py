"""Tests of the skid register.  Each also exercises the agent it uses."""

from __future__ import annotations

import random

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles, RisingEdge
from cocotb.utils import get_sim_time
from pyuvm import ConfigDB, uvm_test

from tb.agents.axi_stream import AxisPacket, AxisSend
from tb.agents.common import PATTERNS, reset, rng, start_clock
from tb.skid.env import SkidEnv

DRAIN_CYCLES = 2000  # more than any stall pattern needs for what the register holds


def random_packet(stream: random.Random) -> AxisPacket:
    """A packet of 1 to 64 beats of 512 random bits."""
    beats = [stream.getrandbits(512) for _ in range(stream.randint(1, 64))]
    return AxisPacket(beats, [stream.getrandbits(1) for _ in beats])


class SkidTest(uvm_test):
    """Sends `packets` random packets under the stall patterns `source_stall`, `sink_stall`."""

    source_stall = "none"
    sink_stall = "none"
    packets = 20

    def build_phase(self) -> None:
        ConfigDB().set(self, "env", "stall", (self.source_stall, self.sink_stall))
        self.env = SkidEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await self.stimulus()
        await ClockCycles(cocotb.top.clk_i, DRAIN_CYCLES)
        self.drop_objection()

    def draw(self) -> list[AxisPacket]:
        stream = rng("packets")
        return [random_packet(stream) for _ in range(self.packets)]

    async def stimulus(self) -> None:
        await AxisSend(self.draw()).start(self.env.source.sequencer)


@pyuvm.test()
class Streaming(SkidTest):
    """Without stalls a beat leaves every cycle."""

    async def stimulus(self) -> None:
        packets = self.draw()
        await RisingEdge(cocotb.top.clk_i)
        start = get_sim_time("ps")
        await AxisSend(packets).start(self.env.source.sequencer)
        cycles = (get_sim_time("ps") - start) / 1250
        assert cycles == sum(len(p.beats) for p in packets), cycles


@pyuvm.test()
class Stalls(SkidTest):
    """Any pattern on either side."""

    packets = 40

    def build_phase(self) -> None:
        stream = rng("patterns")
        self.source_stall, self.sink_stall = stream.choices(sorted(PATTERNS), k=2)
        self.logger.info("stalls: source %s, sink %s", self.source_stall, self.sink_stall)
        super().build_phase()


@pyuvm.test()
class ResetMidPacket(SkidTest):
    """Resets at random moments: what was under way is lost, what follows is not."""

    source_stall = "light"
    sink_stall = "light"

    async def stimulus(self) -> None:
        stream = rng("resets")
        packets = self.draw()
        resets = self.env.scoreboard.expect.resets
        sending = cocotb.start_soon(AxisSend(packets).start(self.env.source.sequencer))
        for _ in range(5):
            await ClockCycles(cocotb.top.clk_i, stream.randint(20, 100))
            await reset()
        await sending
        assert any(packet.cut for packet in packets), "no reset fell inside a packet"
        assert self.env.scoreboard.expect.resets == resets + 5
