"""Tests of int8rle_decompressor."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

import cocotb
import pyuvm

from models.int8rle import HEADER_BYTES, LAYOUTS, RAW_UNITS, Error
from tb.codec import base
from tb.codec.coverage import DecompressorCoverage, stored_runs
from tb.codec.items import Item, StoredPage, to_decompress
from tb.codec.raw_pages import ROW
from tb.codec.stored_pages import FAULTS, SOUND

LATENCY = 24  # cycles from the beat that completes row 0, as the header of the module says
# With a sink that is always ready, a page's last beat leaves this many cycles after its TLAST at
# most: behind 4 pages that are being expanded two more, of one beat, find room in the input
# register.
BOUND = (4 + 2) * RAW_UNITS + LATENCY
HEADER_LANES = HEADER_BYTES // 2
COVERAGE = DecompressorCoverage()

# For each error a kind of page that always has it.
OF_CODE = {
    Error.OK: "compressed_sparse",
    Error.BAD_HEADER: "bad_flags",
    Error.BAD_LENGTH: "truncated",
    Error.BAD_RUNS: "last_count_1_less",
    Error.BAD_PADDING: "last_padding",
    Error.BAD_CODE: "any_code",
}


class DecompressorTest(base.CodecTest):
    coverage = COVERAGE

    def items(self, pages: Sequence[StoredPage]) -> list[Item]:
        return to_decompress(pages, self.g)

    def stored(self, kind: str, flags: int) -> StoredPage:
        layout = LAYOUTS[flags]
        return StoredPage(kind, layout, (SOUND | FAULTS)[kind](self.g, layout))

    def pick(self, kinds: Iterable[str], flags: int | None = None) -> StoredPage:
        """A page of one of `kinds`, in any layout unless one is given."""
        flags = int(self.g.integers(8)) if flags is None else flags
        return self.stored(str(self.g.choice(list(kinds))), flags)

    def random_page(self) -> StoredPage:
        return self.pick(SOUND if self.g.random() < 0.6 else FAULTS)


class Bounded(DecompressorTest):
    """Without stalls, a page's end leaves at most BOUND cycles after it came."""

    def check_phase(self) -> None:
        delays = [base.cycles(sent.last, received.last) for _, sent, received in self.through]
        self.logger.info("last beat in to last beat out: at most %d cycles", max(delays))
        assert max(delays) <= BOUND, str(self.through[delays.index(max(delays))][0])


@pyuvm.test()
class Kinds(Bounded):
    """Every kind of sound page in every layout, every kind of fault in some."""

    async def stimulus(self) -> None:
        pages = [self.stored(kind, flags) for kind in SOUND for flags in range(8)]
        for i, kind in enumerate(FAULTS):
            pages += [self.stored(kind, (i + 3 * k) % 8) for k in range(3)]
        await self.send(self.shuffled(pages))


@pyuvm.test()
class Orders(Bounded):
    """Every layout behind every layout, every error behind every error and in every layout."""

    async def stimulus(self) -> None:
        quick = ("free_form", "compressed_smooth", "compressed_sparse", "ties")
        await self.send([self.pick(quick, x) for x in base.all_pairs(8)])
        seen = dict.fromkeys(Error, 0)
        pages = []
        codes = base.all_pairs(len(Error)) * 2
        for code in codes:
            pages.append(self.stored(OF_CODE[Error(code)], seen[Error(code)] % 8))
            seen[Error(code)] += 1
        await self.send(pages)
        await self.drain()
        for (item, _, _), code in zip(
            self.through[-len(pages) :], base.all_pairs(6) * 2, strict=True
        ):
            assert item.expected.user == code, f"{item} does not have the fault of its name"


@pyuvm.test()
class Corruption(Bounded):
    """Random corruption, back to back."""

    async def stimulus(self) -> None:
        kinds = ("flips", "header_flips", "noise", "noise_with_header", "two_faults", "free_form")
        await self.send([self.pick(kinds) for _ in range(120)])


@pyuvm.test()
class Stalls(DecompressorTest, base.StallsBody):
    """All pairs of stall patterns."""


@pyuvm.test()
class Resets(DecompressorTest, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Soak(DecompressorTest, base.SoakBody):
    """Random pages, sound and not, under changing stall patterns."""


@pyuvm.test()
class Throughput(DecompressorTest):
    """Without stalls a raw beat leaves every cycle, whatever the pages are."""

    async def stimulus(self) -> None:
        mixed = ("stored_raw", "compressed_zeros", "compressed_runs_2012", "compressed_smooth")
        sets = (
            ("stored_raw",),
            ("most_runs",),
            ("equal_runs",),
            ("compressed_channels",),
            ("compressed_zeros",),
            ("fewest_runs",),
            mixed,
            ("stored_raw", "most_runs"),
            tuple(OF_CODE.values()),
        )
        for kinds in sets:
            pages = [self.pick(kinds) for _ in range(10)]
            self.through.clear()
            await self.send(pages)
            await self.drain()
            spent = base.cycles(self.through[0][2].first, self.through[-1][2].last) + 1
            self.logger.info("%s: %d pages out in %d cycles", kinds, len(pages), spent)
            # Once only: row 0 of a raw page is known with its first beat, of most others with
            # their second.
            assert 0 <= spent - RAW_UNITS * len(pages) <= 1


@pyuvm.test()
class Latency(DecompressorTest):
    """From the beat that completes row 0 to the first beat out."""

    async def stimulus(self) -> None:
        kinds = ("stored_raw", "compressed_zeros", "compressed_smooth", "most_runs", "fewest_runs")
        for kind in kinds:
            self.through.clear()
            await self.send([self.pick([kind])])
            await self.drain()
            item, sent, received = self.through[0]
            latency = base.cycles(sent.first, received.first) - completing_beat(item)
            self.logger.info("%s: latency %d cycles", item, latency)
            assert latency == LATENCY


def completing_beat(item: Item) -> int:
    """The beat, 0 or 1, that completes row 0: a header leaves its beat room for 28 runs only."""
    if item.source.page.raw:
        return 0
    return 0 if stored_runs(item)[: ROW - HEADER_LANES].sum() >= ROW else 1


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
