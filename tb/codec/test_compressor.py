"""Tests of int8rle_compressor."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cocotb
import pyuvm

from models.int8rle import RAW_UNITS
from tb.codec import base
from tb.codec.coverage import CompressorCoverage
from tb.codec.items import Item, RawPage, to_compress

LATENCY = 22  # cycles beyond the two passes of 64, as the header of the module says
COVERAGE = CompressorCoverage()


class CompressorTest(base.RawTest):
    coverage = COVERAGE

    def items(self, pages: Sequence[RawPage]) -> list[Item]:
        return to_compress(pages, self.g)


@pyuvm.test()
class Kinds(CompressorTest, base.KindsBody):
    """Every kind of page in every layout, and captured pages."""


@pyuvm.test()
class Orders(CompressorTest, base.OrdersBody):
    """Every layout and every outcome behind every other."""


@pyuvm.test()
class Malformed(CompressorTest, base.MalformedBody):
    """TLAST early or late."""


@pyuvm.test()
class Stalls(CompressorTest, base.StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(CompressorTest, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Soak(CompressorTest, base.SoakBody):
    """Random pages under changing stall patterns."""


@pyuvm.test()
class Throughput(CompressorTest):
    """Without stalls a raw beat is taken every cycle, whatever the pages are."""

    async def stimulus(self) -> None:
        mixed = ("runs_2013", "zeros", "runs_2012", "nan_any", "smooth", "runs_28", "any_bits")
        for kinds in (["runs_2048"], ["runs_2012"], ["any_bits"], ["zeros"], ["channels"], mixed):
            pages = [
                self.raw(str(self.g.choice(kinds)), int(self.g.integers(8))) for _ in range(10)
            ]
            self.through.clear()
            await self.send(pages)
            await self.drain()
            taken = base.cycles(self.through[0][1].first, self.through[-1][1].last) + 1
            self.logger.info("%s: %d pages taken in %d cycles", kinds, len(pages), taken)
            assert taken == RAW_UNITS * len(pages)


@pyuvm.test()
class Latency(CompressorTest):
    """From a page's last beat in to its first beat out, the second pass taken off."""

    async def stimulus(self) -> None:
        for kind in ("zeros", "runs_2012", "runs_2048", "any_bits", "smooth", "below_tiny_border"):
            self.through.clear()
            await self.send([self.pick([kind])])
            await self.drain()
            item, sent, received = self.through[0]
            latency = base.cycles(sent.last, received.first) - RAW_UNITS
            self.logger.info("%s: latency %d cycles beyond the passes", item, latency)
            assert latency == LATENCY


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
