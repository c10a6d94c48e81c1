"""Tests of speckv_compressor."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cocotb
import pyuvm

from models.speckv import RAW_UNITS
from tb.codec.base import SoakBody, StallsBody, cycles
from tb.codec.items import Item
from tb.speckv import base, raw_tests
from tb.speckv.coverage import CompressorCoverage
from tb.speckv.items import Job, to_compress

LATENCY = 64  # beyond the two passes over the page, as the header of the module says
COVERAGE = CompressorCoverage()


class CompressorTest(raw_tests.RawTest):
    coverage = COVERAGE

    def items(self, pages: Sequence[Job]) -> list[Item]:
        return to_compress(pages, self.g)


@pyuvm.test()
class Kinds(CompressorTest, raw_tests.KindsBody):
    """Every kind of page to a table of every layout and mode."""


@pyuvm.test()
class Orders(CompressorTest, raw_tests.OrdersBody):
    """Tables behind tables."""


@pyuvm.test()
class Tables(CompressorTest, raw_tests.TablesBody):
    """Tables that change between pages, and images that are refused."""


@pyuvm.test()
class Malformed(CompressorTest, raw_tests.MalformedBody):
    """TLAST early or late."""


@pyuvm.test()
class Stalls(CompressorTest, StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(CompressorTest, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Soak(CompressorTest, SoakBody):
    """Random pages under changing stall patterns."""


@pyuvm.test()
class Throughput(CompressorTest, raw_tests.ThroughputBody):
    """Without stalls a raw beat goes in every cycle."""


@pyuvm.test()
class Latency(CompressorTest):
    """A page alone leaves LATENCY cycles after its two passes."""

    async def stimulus(self) -> None:
        for kind in ("normal", "any_bits", "zeros", "bursts"):
            await self.send([self.job(kind)])
            await self.drain()
        for item, sent, received in self.through:
            delay = cycles(sent.last, received.first) - RAW_UNITS
            self.logger.info("%s: %d cycles", item, delay)
            assert delay == LATENCY


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
