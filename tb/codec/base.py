"""What the tests of all codec benches share.  Each bench's module decorates its own subclasses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import ConfigDB, uvm_test
from safetensors.numpy import load_file

from models.int8rle import LAYOUTS, RAW_UNITS
from tb.agents.axi_stream import AxisPacket, AxisSend
from tb.agents.common import PATTERNS, reset, rng, start_clock
from tb.codec.coverage import Coverage
from tb.codec.env import CodecEnv
from tb.codec.items import Item, RawPage, StoredPage
from tb.codec.raw_pages import KINDS

PERIOD = 1250  # ps
DRAIN_CYCLES = 6000  # without a page coming out: more than any pair of stall patterns needs
REAL_PAGES = Path(__file__).parent / "data" / "real_pages.safetensors"

Page = RawPage | StoredPage


def all_pairs(n: int) -> list[int]:
    """A sequence of 0 to n - 1 in which every number follows every number, itself included."""
    sequence = [x for a in range(n) for x in (a, *(y for b in range(a + 1, n) for y in (a, b)))]
    return [*sequence, sequence[0]]


def cycles(start: int, end: int) -> int:
    """Clock cycles between two times in ps."""
    return round((end - start) / PERIOD)


class CodecTest(uvm_test):
    """Resets the DUT, runs `stimulus`, and waits for every page to come out.

    `coverage` and `items` are the bench's.  `g` is the test's random generator; `through` collects
    the pages that came out: the item, and the packets the monitors saw go in and come out.
    """

    coverage: Coverage

    def items(self, pages: Sequence[Page]) -> list[Item]:
        """What to send for `pages`, and what to expect."""
        raise NotImplementedError

    def random_page(self) -> Page:
        """Any page that the bench knows to make."""
        raise NotImplementedError

    def build_phase(self) -> None:
        self.g = np.random.default_rng(rng(type(self).__name__).getrandbits(64))
        ConfigDB().set(self, "env", "coverage", self.coverage)
        self.env = CodecEnv("env", self)
        self.through: list[tuple[Item, AxisPacket, AxisPacket]] = []

    def end_of_elaboration_phase(self) -> None:
        self.env.scoreboard.observers.append(lambda *page: self.through.append(page))

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await self.stimulus()
        await self.drain()
        self.drop_objection()

    async def stimulus(self) -> None:
        raise NotImplementedError

    async def drain(self) -> None:
        await self.env.scoreboard.drain(DRAIN_CYCLES)

    async def send(self, pages: Sequence[Page]) -> None:
        """Plan and send; returns when the last beat was taken."""
        items = self.items(pages)
        self.env.scoreboard.plan(items)
        await AxisSend(items).start(self.env.source.sequencer)

    def random_pages(self, n: int) -> list[Page]:
        return [self.random_page() for _ in range(n)]

    def shuffled(self, pages: Sequence[Page]) -> list[Page]:
        return [pages[i] for i in self.g.permutation(len(pages))]


# ---- Test bodies that fit every bench ----


class StallsBody(CodecTest):
    """Every stall pattern on one side with every one on the other."""

    pages_each = 4

    async def stimulus(self) -> None:
        pairs = [(a, b) for a in PATTERNS for b in PATTERNS]
        for i in self.g.permutation(len(pairs)):
            self.env.source_stall.name, self.env.sink_stall.name = pairs[i]
            await self.send(self.random_pages(self.pages_each))
            await self.drain()


class ResetsBody(CodecTest):
    """Resets at random moments, inside a page and between pages on both sides, then more pages."""

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
        sending = cocotb.start_soon(self.send(self.random_pages(5)))
        await ClockCycles(cocotb.top.clk_i, int(self.g.integers(1, 250)))
        met = False
        for _ in range(600):
            if self.env.phase == phase:
                self.coverage.reset(phase)
                await reset(int(self.g.integers(1, 5)))
                met = True
                break
            await RisingEdge(cocotb.top.clk_i)
        await sending
        if self.g.random() < 0.5:  # or the next reset finds pages of this round
            await self.drain()
        return met


class SoakBody(CodecTest):
    """Random pages under stall patterns that change at random moments."""

    rounds = 10
    pages_each = 8

    async def stimulus(self) -> None:
        for _ in range(self.rounds):
            sending = cocotb.start_soon(self.send(self.random_pages(self.pages_each)))
            while not sending.done():
                self.env.source_stall.name = str(self.g.choice(["none", *PATTERNS]))
                self.env.sink_stall.name = str(self.g.choice(["none", *PATTERNS]))
                await ClockCycles(cocotb.top.clk_i, int(self.g.integers(50, 500)))


# ---- Raw pages, for the compressor and for both in a row ----


def real_pages() -> list[RawPage]:
    """Captured pages (`tb.codec.real_pages`), keys and values, under both delta axes."""
    layouts = [x for x in LAYOUTS if x.flags & 3 == 0]  # FP16, head dimension 64
    patterns = load_file(REAL_PAGES)["pages"].view(np.uint16)
    return [RawPage("real", layouts[i % 2], page) for i, page in enumerate(patterns)]


class RawTest(CodecTest):
    """A bench that raw pages go into."""

    def raw(self, kind: str, flags: int, beats: int = RAW_UNITS) -> RawPage:
        layout = LAYOUTS[flags]
        return RawPage(kind, layout, KINDS[kind](self.g, layout), beats)

    def pick(self, kinds: Iterable[str], flags: int | None = None) -> RawPage:
        """A page of one of `kinds`, in any layout unless one is given."""
        flags = int(self.g.integers(8)) if flags is None else flags
        return self.raw(str(self.g.choice(list(kinds))), flags)

    def random_page(self) -> RawPage:
        page = self.pick([*KINDS, "normals", "channels", "smooth", "sparse"])
        if self.g.random() < 0.95:
            return page
        return replace(page, beats=int(self.g.integers(1, 201)))


class KindsBody(RawTest):
    """Every kind of page in every layout, and captured pages, in random order."""

    real = 96

    async def stimulus(self) -> None:
        pages = [self.raw(kind, flags) for kind in KINDS for flags in range(8)]
        await self.send(self.shuffled(pages + real_pages()[: self.real]))


class OrdersBody(RawTest):
    """Every layout behind every layout, every outcome behind every outcome."""

    async def stimulus(self) -> None:
        quick = ("channels", "smooth", "sparse", "exponents")
        await self.send([self.pick(quick, x) for x in all_pairs(8)])
        pages = []
        for outcome in all_pairs(5):
            flags = int(self.g.integers(8))
            if outcome == 4:
                beats = int(self.g.choice([1, 2, 63, 65, 66]))
                pages.append(self.raw("channels", flags, beats))
            else:
                kind = ("smooth", "nan_any", "below_tiny_border", "runs_2013")[outcome]
                pages.append(self.raw(kind, flags | (outcome == 2)))
        await self.send(pages)


class MalformedBody(RawTest):
    """TLAST early or late, in every layout; the page behind is as always."""

    lengths = (1, 2, 31, 32, 62, 63, 65, 66, 127, 128, 129, 200)

    async def stimulus(self) -> None:
        await self.send(list(self.pages()))

    def pages(self) -> Iterator[RawPage]:
        lengths = [*self.lengths, *self.g.integers(2, 63, 4), *self.g.integers(66, 200, 4)]
        for i, beats in enumerate(self.g.permutation(lengths)):
            yield self.raw(str(self.g.choice(["channels", "nan_any", "zeros"])), i % 8, int(beats))
            if self.g.random() < 0.6:
                yield self.random_page()
