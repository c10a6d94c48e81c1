"""Tests of compressor and decompressor in a row: a page comes back as the model says."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cocotb
import pyuvm

from models.speckv import RAW_UNITS
from tb.codec.base import SoakBody, StallsBody, cycles
from tb.codec.items import Item
from tb.speckv import base, raw_tests
from tb.speckv.coverage import ChainCoverage
from tb.speckv.items import Job, to_chain

COVERAGE = ChainCoverage()


class ChainTest(raw_tests.RawTest):
    coverage = COVERAGE

    def items(self, pages: Sequence[Job]) -> list[Item]:
        return to_chain(pages, self.g)


@pyuvm.test()
class Kinds(ChainTest, raw_tests.KindsBody):
    """Every kind of page to a table of every layout and mode."""


@pyuvm.test()
class Orders(ChainTest, raw_tests.OrdersBody):
    """Tables behind tables."""


@pyuvm.test()
class Tables(ChainTest, raw_tests.TablesBody):
    """Tables that change between pages, and images that are refused."""


@pyuvm.test()
class Malformed(ChainTest, raw_tests.MalformedBody):
    """TLAST early or late."""


@pyuvm.test()
class Stalls(ChainTest, StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(ChainTest, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Soak(ChainTest, SoakBody):
    """Random pages under changing stall patterns."""


@pyuvm.test()
class Throughput(ChainTest, raw_tests.ThroughputBody):
    """Without stalls a raw beat goes in every cycle, and one comes out."""

    async def drain(self) -> None:
        await super().drain()
        if len(self.through) < 2:
            return
        spent = cycles(self.through[0][2].first, self.through[-1][2].last) + 1
        # A long page behind a short one is wholly in later: the stream waits for that, once.
        assert spent <= RAW_UNITS * (len(self.through) + 1)


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
