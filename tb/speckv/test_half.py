"""Tests of the engines at half the width, compressor and decompressor in a row.

Their pages are laid out for 16 lanes, which the model does not do.  But what a page is when it
comes back does not depend on its layout, so long as it is coded either way.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyuvm
import torch

from models import speckv
from models.page import PAGE_VALUES
from models.speckv import Tables
from tb.agents.axi_stream import AxisPacket
from tb.codec.base import StallsBody
from tb.codec.items import Expected, Item
from tb.speckv import base, raw_tests
from tb.speckv.coverage import ChainCoverage
from tb.speckv.items import RAW, Job, to_chain

LANES = 16
BEAT_BYTES = 2 * LANES
FORMAT_ID = 0x52


def halves(beats: list[int]) -> list[int]:
    """Beats of 32 lanes as beats of 16."""
    return AxisPacket.from_bytes(AxisPacket(beats).to_bytes(), beat_bytes=BEAT_BYTES).beats


def coded_either_way(job: Job, status: int) -> bool:
    """Whether a page's rows have no more escapes than fit, with 16 lanes as with 32."""
    if job.loaded is None or job.loaded.lossless:
        return True
    page = torch.from_numpy(job.page.astype("int32")).to(torch.int16)[None]
    rank = speckv.quantise(page, Tables([job.loaded]), torch.zeros(1, dtype=torch.int64)).rank
    escapes = (rank == 255).view(PAGE_VALUES // LANES, LANES).sum(1)
    return not status & RAW and int(escapes.max()) <= LANES - job.loaded.low_bits


class HalfTest(raw_tests.RawTest):
    coverage = ChainCoverage()

    async def load(self, slot: int, image: bytes) -> bool:
        return await super().load(slot, bytes([FORMAT_ID]) + image[1:])

    def items(self, pages: Sequence[Job]) -> list[Item]:
        return [
            Item(
                item.source,
                halves(item.beats),
                [user for user in item.user for _ in range(2)],
                Expected(halves(item.expected.beats), item.expected.user),
                False,
                item.stored,
                item.status,
            )
            for item in to_chain(pages, self.g)
            if coded_either_way(item.source, item.status)
        ]


@pyuvm.test()
class Kinds(HalfTest, raw_tests.KindsBody):
    """Every kind of page to a table of every layout and mode."""


@pyuvm.test()
class Orders(HalfTest, raw_tests.OrdersBody):
    """Tables behind tables."""


@pyuvm.test()
class Stalls(HalfTest, StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(HalfTest, base.ResetsBody):
    """Resets at random moments."""
