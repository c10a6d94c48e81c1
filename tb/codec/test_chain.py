"""Tests of compressor and decompressor in a row: a page comes back as the model says."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cocotb
import pyuvm

from models.int8rle import RAW_UNITS
from tb.codec import base
from tb.codec.coverage import ChainCoverage
from tb.codec.items import Item, RawPage, to_chain

COVERAGE = ChainCoverage()


class ChainTest(base.RawTest):
    coverage = COVERAGE

    def items(self, pages: Sequence[RawPage]) -> list[Item]:
        return to_chain(pages, self.g)


@pyuvm.test()
class Kinds(ChainTest, base.KindsBody):
    """Every kind of page in every layout, and captured pages."""


@pyuvm.test()
class Orders(ChainTest, base.OrdersBody):
    """Every layout and every outcome behind every other."""


@pyuvm.test()
class Malformed(ChainTest, base.MalformedBody):
    """TLAST early or late."""


@pyuvm.test()
class Stalls(ChainTest, base.StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(ChainTest, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Soak(ChainTest, base.SoakBody):
    """Random pages under changing stall patterns."""


@pyuvm.test()
class Throughput(ChainTest):
    """Without stalls a raw beat goes in and a raw beat comes out every cycle."""

    async def stimulus(self) -> None:
        kinds = ("runs_2013", "zeros", "runs_2012", "nan_any", "smooth", "runs_28", "any_bits")
        pages = [self.pick(kinds) for _ in range(30)]
        await self.send(pages)
        await self.drain()
        taken = base.cycles(self.through[0][1].first, self.through[-1][1].last) + 1
        spent = base.cycles(self.through[0][2].first, self.through[-1][2].last) + 1
        self.logger.info("%d pages in %d cycles, out %d", len(pages), taken, spent)
        assert taken == RAW_UNITS * len(pages)


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
