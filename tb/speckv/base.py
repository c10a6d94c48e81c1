"""What the tests of all speckv benches share."""

from __future__ import annotations

from collections.abc import Sequence

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge
from pyuvm import ConfigDB

from models.speckv import RAW_UNITS, Table
from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode, AxisPacket, AxisSend
from tb.agents.common import reset, start_clock
from tb.codec import base
from tb.codec.env import Throttle
from tb.speckv import tables
from tb.speckv.items import Job
from tb.speckv.pages import KINDS

LOAD_CYCLES = 6000  # at most, until a table is in behind pages that are still inside
FREE_SLOTS = (7, 200)  # never loaded


class SpeckvTest(base.CodecTest):
    """Loads a table of every kind before `stimulus`.

    `slots` is what the DUT holds: slot -> table.
    """

    def build_phase(self) -> None:
        super().build_phase()
        self.table_stall = Throttle()
        config = AxisConfig("s_axis_table", AxisMode.SOURCE, self.table_stall)
        ConfigDB().set(self, "tables", "config", config)
        self.tables = AxisAgent("tables", self)
        self.slots: dict[int, Table] = {}

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await self.load_all()
        await self.stimulus()
        await self.drain()
        self.drop_objection()

    async def load_all(self) -> None:
        """A table of each kind, in slots all over."""
        self.slots.clear()
        made = tables.every(self.g)
        free = [slot for slot in range(256) if slot not in FREE_SLOTS]
        slots = self.g.choice(free, len(made), replace=False)
        slots[:2] = 0, 255
        for slot, table in zip(slots.tolist(), made, strict=True):
            assert await self.load(slot, table.image())
            self.slots[slot] = table

    async def load(self, slot: int, image: bytes) -> bool:
        """Load an image; what `loaded_ok_o` says of it."""
        beats = AxisPacket.from_bytes(np.frombuffer(image, np.uint8)).beats
        noise = self.g.integers(0, 256, len(beats) - 1).tolist()
        sending = cocotb.start_soon(
            AxisSend([AxisPacket(beats, [slot, *noise])]).start(self.tables.sequencer)
        )
        dut, waiting, ok = cocotb.top, set(range(len(cocotb.top.loaded_valid_o))), True
        for _ in range(LOAD_CYCLES):
            await FallingEdge(dut.clk_i)
            for i in [i for i in waiting if int(dut.loaded_valid_o.value) >> i & 1]:
                waiting.remove(i)
                assert int(dut.loaded_slot_o.value) >> 8 * i & 0xFF == slot
                ok &= bool(int(dut.loaded_ok_o.value) >> i & 1)
            if not waiting:
                break
        assert not waiting, "a table is not taken"
        await sending
        return ok

    def slot(self) -> int:
        """One that holds a table."""
        return int(self.g.choice(list(self.slots)))

    def job(self, kind: str, slot: int | None = None, beats: int = RAW_UNITS) -> Job:
        """A raw page made to the table of a slot."""
        slot = self.slot() if slot is None else slot
        table = self.slots.get(slot)
        made_to = table or next(iter(self.slots.values()))
        return Job(kind, slot, table, KINDS[kind](self.g, made_to), beats)

    def random_job(self) -> Job:
        kind = str(self.g.choice([k for k in KINDS if k != "longest"]))
        return self.job("normal" if self.g.random() < 0.5 else kind)


class OrdersBody(SpeckvTest):
    """Every table behind another, by chance behind the same or a like one."""

    async def stimulus(self) -> None:
        order = []
        for slot in self.shuffled(list(self.slots) * 2):
            order += [slot] * int(self.g.integers(1, 3))
        await self.send([self.random_page_for(slot) for slot in order])

    def random_page_for(self, slot: int):
        raise NotImplementedError


class ResetsBody(SpeckvTest):
    """Resets at random moments, inside a page and between pages on both sides, then tables again
    and more pages."""

    rounds = 2
    tries = 20

    async def stimulus(self) -> None:
        phases = [(a, b) for a in (False, True) for b in (False, True)] * self.rounds
        for i in self.g.permutation(len(phases)):
            self.env.source_stall.name = str(self.g.choice(["none", "light", "bursts"]))
            self.env.sink_stall.name = str(self.g.choice(["none", "light", "bursts"]))
            for _ in range(self.tries):
                if await self.reset_in(phases[i]):
                    break
            else:
                raise AssertionError(f"phase {phases[i]} not met in {self.tries} tries")
        self.env.source_stall.name = self.env.sink_stall.name = "none"
        await self.send(self.random_pages(4))
        await self.drain()
        assert self.env.scoreboard.lost, "no reset caught a page"

    async def reset_in(self, phase: tuple[bool, bool]) -> bool:
        """Send pages and reset in `phase`; False if it did not come up."""
        self.halted = False
        sending = cocotb.start_soon(self.feed(self.random_pages(5)))
        await ClockCycles(cocotb.top.clk_i, int(self.g.integers(1, 350)))
        met = False
        for _ in range(600):
            if self.env.phase == phase:
                self.halted = met = True
                self.coverage.reset(phase)
                await reset(int(self.g.integers(1, 5)))
                break
            await RisingEdge(cocotb.top.clk_i)
        await sending
        if met:
            await self.drain()
            await self.load_all()
        return met

    async def feed(self, pages: Sequence) -> None:
        """Send page by page, up to a reset: there are no tables behind it."""
        for page in pages:
            if self.halted:
                return
            await self.send([page])


class TablesBody(SpeckvTest):
    """Tables that change between pages, and images that are refused."""

    async def stimulus(self) -> None:
        for stall in ("none", "bursts"):
            self.table_stall.name = self.env.sink_stall.name = stall
            slot = self.slot()
            await self.send([self.page_for(slot) for _ in range(3)])
            made = tables.every(self.g)
            table = made[int(self.g.integers(len(made)))]
            assert await self.load(slot, table.image())
            self.slots[slot] = table
            await self.send([self.page_for(slot) for _ in range(3)])
        self.table_stall.name = self.env.sink_stall.name = "none"
        for what, image in tables.bad_images(self.g).items():
            slot = self.slot()
            await self.send([self.page_for(slot)])
            assert not await self.load(slot, image), f"an image with bad {what} was taken"
            del self.slots[slot]
            await self.send([self.page_for(slot), self.page_for(self.slot())])
        await self.send([self.page_for(slot) for slot in FREE_SLOTS])

    def page_for(self, slot: int):
        raise NotImplementedError
