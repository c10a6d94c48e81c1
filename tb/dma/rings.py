"""The ring agent: rings doorbells, consumes completions, and sees each as it comes."""

from __future__ import annotations

from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import (
    ConfigDB,
    uvm_agent,
    uvm_analysis_port,
    uvm_component,
    uvm_driver,
    uvm_sequence,
    uvm_sequence_item,
    uvm_sequencer,
)

from models.dma import COMPLETION, PHASE
from tb.agents.common import rng
from tb.dma import ports
from tb.dma.world import COUNTS, Batch, World


class RingItem(uvm_sequence_item):
    """A posted batch.  The driver tells of it in so many strokes of the bell, cancels what is to
    be cancelled, and is done with it when all is completed.
    """

    def __init__(self, batch: Batch, strokes: int = 1, chance: int = 20):
        super().__init__("batch")
        self.batch, self.strokes, self.chance = batch, strokes, chance


@dataclass(frozen=True)
class Completion:
    """A completion as it was seen in host memory."""

    ring: int
    place: int  # in the ring's order
    record: np.void
    cycle: int


class RingDriver(uvm_driver):
    """Takes `RingItem`s; raises AssertionError when nothing moves for `PATIENCE` cycles."""

    PATIENCE = 20_000

    def build_phase(self) -> None:
        self.world: World = ConfigDB().get(self, "", "world")
        self.g = rng(self.get_full_name())

    async def run_phase(self) -> None:
        while True:
            item = await self.seq_item_port.get_next_item()
            await self._work(item)
            self.seq_item_port.item_done()

    async def _work(self, item: RingItem) -> None:
        rings = self.world.rings
        tails = {n: (p.first, len(p.descriptors)) for n, p in item.batch.posted.items()}
        self.world.paging.cancel(item.batch.cancels, item.chance)
        goal = [r.tail for r in rings]
        for stroke in range(1, item.strokes + 1):
            for n, (first, count) in tails.items():
                rings[n].tail = first + count * stroke // item.strokes
            ports.drive(rings)
            if stroke < item.strokes:
                await ClockCycles(cocotb.top.clk_i, self.g.randrange(1, 300))
        assert [r.tail for r in rings] == goal
        await self.completed()

    async def completed(self) -> None:
        """Wait until the engine has completed what the bells told of."""
        rings, before, still = self.world.rings, None, 0
        while True:
            done = ports.counts("completed")
            if all(done[r.number] == r.tail % COUNTS for r in rings):
                return
            still = still + 8 if done == before else 0
            assert still < self.PATIENCE, f"nothing moves any more: {ports.where(rings)}"
            before = done
            await ClockCycles(cocotb.top.clk_i, 8)


class RingMonitor(uvm_component):
    """Publishes each `Completion` as its phase bit comes to host memory."""

    EVERY = 4  # cycles

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.world: World = ConfigDB().get(self, "", "world")
        self.restart()

    def restart(self) -> None:
        """The rings begin anew."""
        self.places = [0] * len(self.world.rings)

    async def run_phase(self) -> None:
        cycle, edge = 0, RisingEdge(cocotb.top.clk_i)
        host, rings = self.world.host.bytes, self.world.rings
        areas = [host[r.completions : r.completions + 16 * r.size].view(COMPLETION) for r in rings]
        while True:
            await edge
            cycle += 1
            if cycle % self.EVERY:
                continue
            for r, records in zip(rings, areas, strict=True):
                while True:
                    place = self.places[r.number]
                    record = records[place % r.size]
                    if (record["flags"] & PHASE != 0) != ((place // r.size + 1) % 2 == 1):
                        break
                    self.places[r.number] += 1
                    self.ap.write(Completion(r.number, place, record.copy(), cycle))


class RingAgent(uvm_agent):
    """Driver, monitor and sequencer; `ap` is the monitor's."""

    def build_phase(self) -> None:
        self.sequencer = uvm_sequencer("sequencer", self)
        self.driver = RingDriver("driver", self)
        self.monitor = RingMonitor("monitor", self)

    def connect_phase(self) -> None:
        self.driver.seq_item_port.connect(self.sequencer.seq_item_export)
        self.ap = self.monitor.ap


class Send(uvm_sequence):
    """One item."""

    def __init__(self, item: RingItem):
        super().__init__("send")
        self.item = item

    async def body(self) -> None:
        await self.start_item(self.item)
        await self.finish_item(self.item)
