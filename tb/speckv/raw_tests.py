"""Test bodies for the benches that raw pages go into: the compressor, and both in a row."""

from __future__ import annotations

from models.speckv import RAW_UNITS
from tb.codec.base import cycles
from tb.speckv import base
from tb.speckv.items import Job
from tb.speckv.pages import KINDS


class RawTest(base.SpeckvTest):
    """A bench that raw pages go into."""

    def random_page(self) -> Job:
        return self.random_job()


class KindsBody(RawTest):
    """Every kind of page to a table of every layout and mode."""

    async def stimulus(self) -> None:
        by_layout: dict[tuple, list[int]] = {}
        for slot, table in self.slots.items():
            key = (table.dtype, table.head_dim, table.lossless)
            by_layout.setdefault(key, []).append(slot)
        jobs = [
            self.job(kind, int(self.g.choice(slots)))
            for kind in KINDS
            for slots in by_layout.values()
        ]
        jobs += [self.job(kind, slot) for slot in self.slots for kind in ("normal", "narrow")]
        await self.send(self.shuffled(jobs))


class OrdersBody(RawTest, base.OrdersBody):
    """Tables behind tables."""

    def random_page_for(self, slot: int) -> Job:
        return self.job("normal" if self.g.random() < 0.7 else "any_bits", slot)


class TablesBody(RawTest, base.TablesBody):
    """Tables that change between pages, and images that are refused."""

    def page_for(self, slot: int) -> Job:
        return self.job("normal", slot)


class MalformedBody(RawTest):
    """TLAST early or late; the page behind is as always."""

    lengths = (1, 2, 31, 32, 62, 63, 65, 66, 127, 128, 129, 200)

    async def stimulus(self) -> None:
        jobs = []
        for beats in self.g.permutation(self.lengths):
            kind = str(self.g.choice(["normal", "any_bits", "zeros"]))
            jobs.append(self.job(kind, beats=int(beats)))
            if self.g.random() < 0.6:
                jobs.append(self.random_job())
        await self.send(jobs)


class ThroughputBody(RawTest):
    """Without stalls a raw beat goes in every cycle, whatever the pages."""

    each = 2

    async def stimulus(self) -> None:
        kinds = [*KINDS] * self.each
        await self.send(self.shuffled([self.job(kind) for kind in kinds]))
        await self.drain()
        # The first page may wait for the last table.
        taken = cycles(self.through[0][1].last, self.through[-1][1].last)
        self.logger.info("%d pages in %d cycles", len(kinds) - 1, taken)
        assert taken == RAW_UNITS * (len(kinds) - 1)
