"""The store at its real size: how fast it is, and a mix of everything once more."""

from __future__ import annotations

from itertools import accumulate

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles
from cocotb.utils import get_sim_time

from models.device_memory import fixed
from models.page_store import ROWS, SEGMENT_UNITS, Placed
from models.page_table import Entry
from tb.agents.axi4 import Axi4Access
from tb.agents.axi_stream import AxisPacket, AxisSend
from tb.agents.common import Tap, random_stalls
from tb.pagestore.base import StoreTest
from tb.pagestore.coverage import STREAMS, StoreCoverage
from tb.pagestore.items import Map, Place

COVERAGE = StoreCoverage()
PERIOD = 1250  # ps
LATENCY = 200  # cycles
SHAPE = (30, 3)  # layers and KV heads of SmolLM2-135M
MOST = 40  # cycles a page may take


class FullTest(StoreTest):
    coverage = COVERAGE
    requests = 1024
    segment_units = SEGMENT_UNITS
    rows = ROWS
    segments = 48


class Measured(FullTest):
    """A latency of 200 cycles, answers taken at once, nothing wrong.

    `spans` collects the accesses that are through.
    """

    timing = fixed(LATENCY * 2.5)

    def build_phase(self) -> None:
        super().build_phase()
        self.spans: list[Axi4Access] = []
        self.tap = Tap("tap", self, self.spans.append)

    def connect_phase(self) -> None:
        self.env.memory.ap.connect(self.tap.analysis_export)

    async def stimulus(self) -> None:
        self.traffic.wrong = self.traffic.store_fails = self.traffic.map_again = 0
        self.env.drainer.eager = True
        await self.measure()

    async def measure(self) -> None:
        raise NotImplementedError

    async def request(self, layers: int, heads: int) -> int:
        before = set(self.traffic.slots)
        await self.traffic.begin(layers, heads)
        (request,) = set(self.traffic.slots) - before
        return request

    async def row(self, request: int, page: int, lengths: list[int]) -> tuple[float, list]:
        """Place this page of every stream."""
        return await self.places(
            request, [(page, stream, length) for stream, length in enumerate(lengths)]
        )

    async def places(self, request: int, pages: list[tuple[int, int, int]]) -> tuple[float, list]:
        """Place pages (number, stream, length) as fast as it goes: cycles a page, and answers."""
        answers, slot = [], self.traffic.slots[request]
        items = [
            Place(i % 256, slot.vpn(request, page, stream), slot.tenant, length)
            for i, (page, stream, length) in enumerate(pages)
        ]
        packets = [AxisPacket([item.word()]) for item in items]
        self.env.scoreboard.on_placed = lambda item, answer: answers.append((item, answer))
        start = get_sim_time("ps")
        await AxisSend(packets).start(self.env.place.sequencer)
        while len(answers) < len(packets):
            await ClockCycles(cocotb.top.clk_i, 1)
        bad = [(item, answer) for item, answer in answers if answer.status]
        assert not bad, f"{len(bad)} of {len(answers)} not placed, the first: {bad[0]}"
        return (get_sim_time("ps") - start) / PERIOD / len(packets), answers

    async def map(self, answers: list[tuple[Place, Placed]]) -> float:
        """Map what was placed as fast as it goes: cycles a page."""
        maps = [
            Map(
                item.tag,
                item.vpn,
                answer.at,
                Entry(owner=item.tenant, address=answer.address, length=item.length),
            )
            for item, answer in answers
        ]
        done = []
        self.env.scoreboard.on_mapped = lambda item, status: done.append(item)
        self.env.scoreboard.planned_maps.extend(maps)
        start = get_sim_time("ps")
        packets = [AxisPacket([item.word()]) for item in maps]
        cocotb.start_soon(AxisSend(packets).start(self.env.map.sequencer))
        while len(done) < len(maps):
            await ClockCycles(cocotb.top.clk_i, 1)
        return (get_sim_time("ps") - start) / PERIOD / len(maps)

    def at_once(self, id_: int) -> int:
        """Most writes of an ID that were under way together."""
        spans = [span for span in self.spans if span.write and span.id == id_]
        changes = sorted([(s.start, 1) for s in spans] + [(s.end, -1) for s in spans])
        return max(accumulate(change for _, change in changes))


@pyuvm.test()
class Throughput(Measured):
    """Pages appended row by row, and mapped, and appended across rows: at least one in 40 cycles,
    whatever their length, with 16 entries under way."""

    async def measure(self) -> None:
        request = await self.request(*SHAPE)
        streams = self.traffic.slots[request].streams
        page = 0
        for name, low, high in (("compressed", 8, 14), ("raw", 64, 64)):
            slowest = 0.0
            for _ in range(3):
                lengths = [self.g.randint(low, high) for _ in range(streams)]
                cycles, answers = await self.row(request, page, lengths)
                slowest, page = max(slowest, cycles), page + 1
            self.logger.info("place, %s pages: %.1f cycles a page", name, slowest)
            assert slowest <= MOST
        cycles = await self.map(answers)
        self.logger.info("map: %.1f cycles a page, %d at once", cycles, self.at_once(1))
        assert cycles <= MOST
        assert self.at_once(1) >= 16
        across = [(number, stream, 10) for stream in range(30) for number in range(page)]
        cycles, _ = await self.places(request, across)
        self.logger.info("place, another row each time: %.1f cycles a page", cycles)
        assert cycles <= MOST


@pyuvm.test()
class MapsWait(Measured):
    """A memory so slow that all entries are under way, and more maps have to wait."""

    timing = fixed(3 * LATENCY * 2.5)

    async def measure(self) -> None:
        request = await self.request(*SHAPE)
        _, answers = await self.row(request, 0, [10] * self.traffic.slots[request].streams)
        await self.map(answers)
        assert self.at_once(1) == 32


@pyuvm.test()
class FreeingTime(Measured):
    """A request with many pages is freed as fast as one with a few."""

    async def measure(self) -> None:
        took = []
        for rows in (1, 4):
            request = await self.request(*SHAPE)
            for page in range(rows):
                lengths = [self.g.randint(8, 14) for _ in range(2 * SHAPE[0] * SHAPE[1])]
                _, answers = await self.row(request, page, lengths)
                await self.map(answers)
            start, before = get_sim_time("ps"), len(self.spans)
            await self.traffic.free(request)
            took.append((get_sim_time("ps") - start) / PERIOD)
            assert len(self.spans) - before == 2, "accesses of a free"
        self.logger.info("free: %d and %d cycles for four times the pages", *took)
        assert abs(took[1] - took[0]) < 40


@pyuvm.test()
class Mix(FullTest):
    """Everything at random."""

    memory_name = "cxl"

    def stalls(self) -> dict[str, str]:
        return random_stalls(self.g, STREAMS)

    async def stimulus(self) -> None:
        for _ in range(6):
            await self.traffic.begin()
        for _ in range(3):
            await self.traffic.places(120)
            await self.traffic.free()
            await self.traffic.begin()
        await self.settle()
        await self.empty()
