"""Tests of speckv_decompressor."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import cocotb
import pyuvm

from models.speckv import RAW_UNITS, Error
from tb.codec.base import SoakBody, StallsBody, all_pairs, cycles
from tb.codec.items import Item
from tb.speckv import base
from tb.speckv.coverage import DecompressorCoverage
from tb.speckv.faults import FAULTS
from tb.speckv.items import StoredJob, compress, stored_jobs, to_decompress
from tb.speckv.pages import KINDS

LATENCY = 62  # cycles from a page's last stored beat, as the header of the module says
COVERAGE = DecompressorCoverage()

# For each error a fault that always has it.
OF_ERROR = {
    Error.LENGTH: "raw_short",
    Error.HEADER: "header_bit",
    Error.TABLE: "tag_bit",
    Error.CRC: "crc_bit",
    Error.CONTENT: "sealed_longer",
}


class DecompressorTest(base.SpeckvTest):
    coverage = COVERAGE

    def items(self, pages: Sequence[StoredJob]) -> list[Item]:
        return to_decompress(pages, self.g)

    def stored(self, kind: str, slot: int | None = None) -> StoredJob:
        """A sound stored page."""
        job = self.job(kind, slot)
        return stored_jobs([job], compress([job]))[0]

    def coded(self, slot: int | None = None) -> StoredJob:
        """One that is not raw."""
        slot = self.slot() if slot is None else slot
        for kind in (*["normal", "narrow", "zeros"] * 4, *["normal"] * 8):
            page = self.stored(kind, slot)
            if not page.raw:
                return page
        return self.coded()  # a wild table may have no page that shrinks

    def damaged(self, fault: str, slot: int | None = None) -> StoredJob:
        page = FAULTS[fault](self.g, self.coded(slot))
        return replace(page, kind=fault)

    def random_page(self) -> StoredJob:
        if self.g.random() < 0.35:
            return self.damaged(str(self.g.choice(list(FAULTS))))
        job = self.random_job()
        return stored_jobs([job], compress([job]))[0]

    def wrong_table(self) -> StoredJob:
        """A page with another table than it was coded with."""
        page, other = self.coded(), self.slot()
        return replace(page, kind="sound", slot=other, loaded=self.slots[other])


@pyuvm.test()
class Kinds(DecompressorTest):
    """Every kind of sound page, every table, every fault."""

    async def stimulus(self) -> None:
        pages = [self.stored(kind) for kind in KINDS for _ in range(3)]
        pages += [self.stored(kind, slot) for slot in self.slots for kind in ("normal", "narrow")]
        pages += [self.damaged(fault) for fault in FAULTS for _ in range(4)]
        pages += [self.wrong_table() for _ in range(10)]
        await self.send(self.shuffled(pages))


@pyuvm.test()
class Orders(DecompressorTest, base.OrdersBody):
    """Tables behind tables, every error behind every error and in every layout."""

    async def stimulus(self) -> None:
        await super().stimulus()
        pages = []
        for code in all_pairs(len(Error)):
            error = Error(code)
            pages.append(self.damaged(OF_ERROR[error]) if error else self.coded())
        pages += [self.damaged(fault, slot) for slot in self.slots for fault in OF_ERROR.values()]
        await self.send(pages)

    def random_page_for(self, slot: int) -> StoredJob:
        return self.stored("normal" if self.g.random() < 0.7 else "any_bits", slot)


@pyuvm.test()
class Tables(DecompressorTest, base.TablesBody):
    """Tables that change between pages, and images that are refused."""

    def page_for(self, slot: int) -> StoredJob:
        if slot in self.slots:
            return self.stored("normal", slot)
        return replace(self.coded(), slot=slot, loaded=None)


@pyuvm.test()
class Corruption(DecompressorTest):
    """Random faults, back to back."""

    async def stimulus(self) -> None:
        await self.send([self.damaged(str(self.g.choice(list(FAULTS)))) for _ in range(120)])


@pyuvm.test()
class Stalls(DecompressorTest, StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(DecompressorTest, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Soak(DecompressorTest, SoakBody):
    """Random pages, sound and not, under changing stall patterns."""


@pyuvm.test()
class Throughput(DecompressorTest):
    """Without stalls a raw beat leaves every cycle, whatever the pages."""

    async def stimulus(self) -> None:
        pages = self.shuffled([self.stored(kind) for kind in [*KINDS] * 2])
        await self.send(pages)
        await self.drain()
        spent = cycles(self.through[0][2].first, self.through[-1][2].last) + 1
        self.logger.info("%d pages in %d cycles", len(pages), spent)
        assert spent == RAW_UNITS * len(pages)


@pyuvm.test()
class Latency(DecompressorTest):
    """A page alone starts to leave LATENCY cycles after its last beat came."""

    async def stimulus(self) -> None:
        for kind in ("normal", "any_bits", "zeros", "bursts"):
            await self.send([self.stored(kind)])
            await self.drain()
        for item, sent, received in self.through:
            delay = cycles(sent.last, received.first)
            self.logger.info("%s: %d cycles", item, delay)
            assert delay == LATENCY


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
