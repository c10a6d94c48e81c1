"""What the tests of both ATU benches share.  Each bench's module decorates its own subclasses."""

from __future__ import annotations

from collections.abc import Sequence

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, with_timeout
from pyuvm import ConfigDB, uvm_test

from models.atu import Invalidate, Outcome, Region
from models.device_memory import DECERR, SLVERR, DeviceMemory, Timing, fixed
from models.page_table import (
    DIR_ROWS,
    UNIT_BYTES,
    Entry,
    Fault,
    Vpn,
    check,
    directory_key,
    entry_key,
    pointer,
    root_header,
    root_key,
    row_key,
)
from models.row_cache import fold
from tb.agents.common import PATTERNS, reset, rng, start_clock
from tb.agents.translate import Ask, Translation
from tb.atu.coverage import AtuCoverage
from tb.atu.env import STREAMS, AtuEnv
from tb.atu.scoreboard import Record
from tb.atu.table import Request, Table

ROOT_BASE = 64
REQUESTS = 48
MEMORY_UNITS = 1 << 16
LIMIT = MEMORY_UNITS - 1024
PAGES = (0, 1, 7, 8, 63, 64, 511, 512, 1023, 2049, 3071)
TENANTS = (1, 2, 0xFFFE)
HIT_CYCLES = 4
WALK_CYCLES = {1: 9, 2: 12, 3: 15}  # by reads: beside the memory's own
MAX_WALK_CYCLES = 15
CYCLE_NS = 2.5  # of DeviceMemory's clock


def cycles(n: float) -> Timing:
    """A memory that answers after so many cycles."""
    return fixed(n * CYCLE_NS)


class AtuTest(uvm_test):
    """`coverage` and `sizes` (entries, ways, walks, rows) are the bench's, `timing` a test's.

    `g` is the test's random generator, `table` the page table.
    """

    coverage: AtuCoverage
    sizes: dict[str, int]
    timing: Timing = cycles(8)
    memory_name = "fixed"

    def build_phase(self) -> None:
        self.g = np.random.default_rng(rng(type(self).__name__).getrandbits(64))
        self.memory = DeviceMemory(
            MEMORY_UNITS * UNIT_BYTES, self.timing, seed=int(self.g.integers(1, 1 << 16))
        )
        self.table = Table(self.memory, Region(ROOT_BASE, REQUESTS, LIMIT), self.g)
        for name in ("memory", "table", "sizes", "coverage"):
            ConfigDB().set(self, "env", name, getattr(self, name))
        self.env = AtuEnv("env", self)
        self.coverage.memory(self.memory_name)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await with_timeout(self.stimulus(), 200, "us")
        await self.env.scoreboard.drain()
        await ClockCycles(cocotb.top.clk_i, 20)
        assert self.env.axi.quiet
        self.drop_objection()

    async def stimulus(self) -> None:
        raise NotImplementedError

    # ---- What tests do ----

    async def send(self, translations: Sequence[Translation]) -> None:
        """Returns when the last was taken."""
        await Ask(list(translations)).start(self.env.agent.sequencer)

    async def ask(self, translations: Sequence[Translation]) -> list[Record]:
        """Returns when all are answered, with what became of each."""
        first = len(self.env.scoreboard.records)
        await self.send(translations)
        await ClockCycles(cocotb.top.clk_i, 1)
        await self.env.scoreboard.drain()
        return self.env.scoreboard.records[first:]

    async def expect(self, wanted: Sequence[tuple[Translation, Fault]]) -> list[Record]:
        """Ask, and compare with faults that are known without a model."""
        records = await self.ask([translation for translation, _ in wanted])
        for record, (translation, fault) in zip(records, wanted, strict=True):
            got = record.answer.fault
            assert got == fault, f"{translation}: {got.name}, expected {fault.name}"
        return records

    async def invalidate(self, kind: Invalidate, vpn: int = 0) -> None:
        await self.env.invalidator.invalidate(kind, vpn)

    def stall(self, **names: str) -> None:
        """Stall patterns by stream; all others none."""
        chosen = {stream: names.get(stream, "none") for stream in STREAMS}
        for stream, name in chosen.items():
            self.env.stalls[stream].name = name
        self.coverage.stalls(chosen)

    def populate(self, requests: int = 6, pages: int = 5, each: int = 6) -> None:
        """Requests of several tenants with some pages of some streams."""
        numbers = self.g.permutation(REQUESTS)[:requests]
        for i, number in enumerate(numbers):
            tenant = TENANTS[i % len(TENANTS)]
            self.request(int(number), tenant, pages, each)

    def request(self, number: int, tenant: int, pages: int = 5, each: int = 6) -> Request:
        """Begin a request and map some pages."""
        g = self.g
        layers, heads = int(g.integers(1, 7)), int(g.integers(1, 5))
        if g.random() < 0.1:
            layers, heads = int(g.choice([255, 200])), int(g.choice([1, 3]))
        made = self.table.begin(number, tenant, layers, heads)
        for page in g.choice(PAGES, pages, replace=False):
            for _ in range(each):
                self.table.map(made.vpn(g, number, int(page)))
        return made

    def known(self, mine: bool = True) -> list[Translation]:
        """One for every page that is mapped, by its owner or by another."""
        return [
            Translation(vpn, r.tenant if mine else r.tenant ^ 1, bool(self.g.integers(2)))
            for r in self.table.requests.values()
            for vpn in r.pages
        ]

    def any_translation(self) -> Translation:
        """Of a page that is there, most times."""
        g, requests = self.g, self.table.requests
        number = int(g.choice(list(requests)))
        request = requests[number]
        write, tenant = bool(g.random() < 0.3), request.tenant
        dice = g.random()
        if dice < 0.8 and request.pages:
            # Few pages are asked for often.
            vpns = list(request.pages)
            vpn = vpns[int(len(vpns) * g.random() ** 2)]
        else:
            vpn = request.vpn(g, number, int(g.choice([*PAGES, 3072, (1 << 19) - 1])))
            if dice > 0.95:
                vpn ^= 1 << int(g.integers(52))
        if g.random() < 0.12:
            tenant = int(g.choice([*TENANTS, request.tenant ^ 1 << int(g.integers(16))]))
        return Translation(vpn, tenant, write)


# ---- Hits and walks in time ----


class HitsBody(AtuTest):
    """Hits a cycle, each after HIT_CYCLES."""

    count = 600

    async def stimulus(self) -> None:
        self.populate()
        self.stall()
        await self.ask(self.known())
        held = [
            t
            for t in self.known()
            if self.env.scoreboard.model.tlb.holds(t.vpn, t.tenant) is not None
        ]
        assert len(held) > self.sizes["entries"] // 4
        translations = [held[i] for i in self.g.integers(len(held), size=self.count)]
        records = await self.ask(translations)
        assert all(r.outcome == Outcome.HIT for r in records)
        assert records[-1].asked - records[0].asked == self.count - 1, "not a hit a cycle"
        assert {r.cycles for r in records} == {HIT_CYCLES}


class WalkTimeBody(AtuTest):
    """A walk alone takes MAX_WALK_CYCLES at most besides the memory's own."""

    count = 120

    async def stimulus(self) -> None:
        self.populate()
        self.stall()
        g, seen = self.g, set()
        dice = self.known() + self.known(mine=False)
        # Requests that are not there, and rows that are not.
        dice += [Translation(REQUESTS << 36, 1), Translation(int(Vpn(0, 0, 0, 0, 99).number()), 1)]
        dice += [
            Translation(r.vpn(g, number, page), r.tenant)
            for number, r in self.table.requests.items()
            for page in (1024 + 7, *(block * DIR_ROWS + 99 for block in r.directories))
        ]
        for i in g.permutation(len(dice))[: self.count]:
            (record,) = await self.ask([dice[i]])
            if record.outcome == Outcome.HIT:
                assert record.cycles == HIT_CYCLES
                continue
            own = record.cycles - record.memory
            if record.reads:
                assert own == WALK_CYCLES[record.reads], (record, own)
            assert own <= MAX_WALK_CYCLES
            seen.add((record.reads, own))
        self.logger.info("reads and cycles besides the memory's own: %s", sorted(seen))
        assert {1, 2, 3} <= {reads for reads, _ in seen}


class ColdBody(AtuTest):
    """Pages that nothing is known of, row by row: a translation every so many cycles."""

    timing = cycles(200)
    layers, heads, rows = 30, 3, 2
    most = 27.5  # in a row whose pointer is known

    async def stimulus(self) -> None:
        self.stall()
        number, tenant = 5, 77
        self.table.begin(number, tenant, self.layers, self.heads)
        vpns = [
            int(Vpn(number, layer, head, kind, page).number())
            for page in range(self.rows)
            for layer in range(self.layers)
            for head in range(self.heads)
            for kind in range(2)
        ]
        for vpn in vpns:
            self.table.map(vpn)
        each = len(vpns) // self.rows
        records = await self.ask([Translation(vpn, tenant) for vpn in vpns])
        times = sorted(r.answered for r in records)
        overall = (times[-1] - times[0]) / (len(times) - 1)
        last = [r.answered for r in records[-each // 2 :]]
        known = (max(last) - min(last)) / (len(last) - 1)
        self.logger.info("a translation every %.1f cycles, %.1f in a known row", overall, known)
        assert known <= self.most * 8 / self.sizes["walks"]
        assert all(r.outcome == Outcome.WALK for r in records)


class PassBody(AtuTest):
    """Hits pass while all walks are under way, and as many more wait."""

    timing = cycles(400)

    async def stimulus(self) -> None:
        self.request(3, 9, pages=2, each=2)
        hot = self.known()[0]
        await self.ask([hot])
        cold = self.request(4, 9, pages=8, each=8)
        walks = self.sizes["walks"]
        bits = (self.sizes["entries"] // self.sizes["ways"]).bit_length() - 1
        other = [v for v in cold.pages if fold(v, bits) != fold(hot.vpn, bits)]  # sets
        translations = [Translation(vpn, 9) for vpn in other][: 2 * walks - 3]
        first = len(self.env.scoreboard.records)
        await self.send(translations)
        await self.send([hot] * 50)
        await ClockCycles(cocotb.top.clk_i, 10)
        records = self.env.scoreboard.records[first:]
        hits = records[len(translations) :]
        assert all(r.cycles == HIT_CYCLES for r in hits)
        assert not any(r.answer for r in records[: len(translations)])
        assert self.env.scoreboard.begun - 1 == min(walks, len(translations))
        # One more than there is room for holds everything back.
        room = [Translation(vpn, 9) for vpn in other][len(translations) : 2 * walks + 1]
        await self.send([*room, hot])
        await self.env.scoreboard.drain()
        assert self.env.scoreboard.records[-1].cycles == HIT_CYCLES


# ---- Faults ----


class FaultsBody(AtuTest):
    """Each fault, in the order of docs/memory-path.md."""

    async def stimulus(self) -> None:
        self.stall()
        table, g = self.table, self.g
        mine = table.begin(7, 50, 3, 2)
        vpn = int(Vpn(7, 2, 1, 1, 513).number())
        table.map(vpn, writable=1)
        fixed_vpn = int(Vpn(7, 0, 0, 0, 513).number())
        table.map(fixed_vpn, writable=0)
        table.begin(8, 60, 255, 255)

        def at(request: int = 7, layer: int = 2, head: int = 1, kind: int = 1, page: int = 513):
            return int(Vpn(request, layer, head, kind, page).number())

        for _ in range(2):  # the second time with what the first one left
            await self.expect(
                [
                    (Translation(vpn, 50), Fault.NONE),
                    (Translation(vpn, 50, True), Fault.NONE),
                    (Translation(fixed_vpn, 50), Fault.NONE),
                    (Translation(fixed_vpn, 50, True), Fault.READ_ONLY),
                    (Translation(vpn, 51), Fault.FOREIGN),
                    (Translation(at(page=3072), 51), Fault.FOREIGN),
                    (Translation(at(layer=3), 51), Fault.FOREIGN),
                    (Translation(at(9), 50), Fault.UNMAPPED),
                    (Translation(at(REQUESTS), 50), Fault.UNMAPPED),
                    (Translation(at(65535), 50), Fault.UNMAPPED),
                    (Translation(at(layer=3), 50), Fault.UNMAPPED),
                    (Translation(at(head=2), 50), Fault.UNMAPPED),
                    (Translation(at(layer=255, head=255), 50), Fault.UNMAPPED),
                    (Translation(at(page=3072), 50), Fault.UNMAPPED),
                    (Translation(at(page=513 + 4096), 50), Fault.UNMAPPED),
                    (Translation(at(page=3071), 50), Fault.UNMAPPED),
                    (Translation(at(page=514), 50), Fault.UNMAPPED),
                    (Translation(at(kind=0), 50), Fault.UNMAPPED),
                    (Translation(int(Vpn(8, 254, 254, 1, 0).number()), 60), Fault.UNMAPPED),
                ]
            )
        # An entry of another owner than its request's.
        table.map(at(layer=1), owner=51)
        await self.expect(
            [
                (Translation(at(layer=1), 50), Fault.FOREIGN),
                (Translation(at(layer=1), 51), Fault.FOREIGN),
            ]
        )
        # Two at once: the request's owner counts before the row's pointer and the entry's.
        table.write(table.row_pointer(7, 513), 1)
        await self.invalidate(Invalidate.ALL)
        await self.expect(
            [
                (Translation(vpn, 51), Fault.FOREIGN),
                (Translation(vpn, 50), Fault.MALFORMED),
                (Translation(at(layer=3), 50), Fault.UNMAPPED),
            ]
        )
        table.write(table.root(7), 1 | g.integers(1 << 32).item() << 8)
        await self.invalidate(Invalidate.REQUEST, vpn)
        await self.expect([(Translation(vpn, t), Fault.MALFORMED) for t in (50, 51)])
        assert mine.tenant == 50


class BusBody(AtuTest):
    """A bus error at each level, of both kinds; the next walk is as always."""

    async def stimulus(self) -> None:
        self.stall()
        table, memory = self.table, self.memory
        self.populate(requests=3, pages=3, each=3)
        for number, request in list(table.requests.items()):
            for vpn in list(request.pages)[::9]:
                page = int(Vpn.of(vpn).page)
                at = Translation(vpn, request.tenant)
                words = table.root(number), table.row_pointer(number, page), table.place(vpn)
                for word in words:
                    for response in (SLVERR, DECERR):
                        await self.invalidate(Invalidate.ALL)
                        memory.fault(word * 8, 1, response=response, count=1)
                        await self.expect([(at, Fault.BUS)])
                        await self.expect([(at, Fault.NONE)])
                        memory.clear_faults()
        # A fault of the first read is everyone's who waits for it, and not the next one's.
        await self.invalidate(Invalidate.ALL)
        memory.fault(words[0] * 8, 1, count=1)
        write = Translation(vpn, request.tenant, True)
        await self.expect([(at, Fault.BUS), (write, Fault.BUS), (at, Fault.BUS)])
        # Beyond the memory.
        number, request = next(iter(table.requests.items()))
        directory = request.directories[next(iter(request.directories))]
        block = next(iter(request.directories))
        word = pointer(LIMIT - 1, directory_key(number, block))
        table.write(table.root(number) + 1 + block, int(word))
        far = Vpn(number, 0, 0, 0, block * DIR_ROWS + 511).number()
        await self.invalidate(Invalidate.ALL)
        await self.expect([(Translation(int(far), request.tenant), Fault.UNMAPPED)])
        word = pointer(directory, directory_key(number, block))
        table.write(table.root(number) + 1 + block, int(word))


class NoiseBody(AtuTest):
    """Bus errors by chance under everything else."""

    async def stimulus(self) -> None:
        self.populate()
        self.memory.error_chance(0.1)
        self.stall(ask="light")
        for _ in range(3):
            await self.ask([self.any_translation() for _ in range(60)])
            await self.invalidate(Invalidate.ALL)
        self.memory.error_chance(0)


class DamageBody(AtuTest):
    """Every bit of every kind of word flipped, and words of a right check with a wrong content."""

    share = 0.4  # of the bits

    async def stimulus(self) -> None:
        self.stall()
        g, table = self.g, self.table
        number, tenant = 11, 500
        request = table.begin(number, tenant, 4, 2)
        pages = [*range(500, 524), 3071]
        for page in pages:
            for layer in range(4):
                table.map(int(Vpn(number, layer, int(g.integers(2)), 0, page).number()))
        vpns = list(request.pages)
        words = {
            "header": lambda vpn: (table.root(number), 64),
            "directory pointer": lambda vpn: (
                table.directory_pointer(number, int(Vpn.of(vpn).page)),
                64,
            ),
            "row pointer": lambda vpn: (table.row_pointer(number, int(Vpn.of(vpn).page)), 64),
            "entry": lambda vpn: (table.place(vpn), 128),
        }
        for what, where in words.items():
            bits = g.permutation(where(vpns[0])[1])
            for bit in bits[: int(len(bits) * self.share)]:
                vpn = vpns[int(g.integers(len(vpns)))]
                word = where(vpn)[0] + int(bit) // 64
                before = int(table.words[word])
                table.write(word, before ^ 1 << int(bit) % 64)
                kind = Invalidate.PAGE if what == "entry" else Invalidate.REQUEST
                await self.invalidate(kind, vpn)
                writes = bool(g.integers(2)), bool(g.integers(2))  # the second joins
                await self.expect([(Translation(vpn, tenant, w), Fault.MALFORMED) for w in writes])
                self.coverage.damage(what)
                table.write(word, before)
            await self.expect([(Translation(vpn, tenant), Fault.NONE)])
        await self.sealed(number, tenant, vpns)

    async def sealed(self, number: int, tenant: int, vpns: list[int]) -> None:
        """Words that are wrong although their checks are right, and the last that are right."""
        table, g, limit = self.table, self.g, LIMIT
        bad, good = Fault.MALFORMED, Fault.NONE
        vpn = vpns[int(g.integers(len(vpns)))]
        at = Vpn.of(vpn)
        page = int(at.page)

        def sealed(word: int, key: np.ndarray) -> int:
            body = word & (1 << 48) - 1
            return body | int(check(key, body)) << 48

        header = int(root_header(number, tenant, 4, 2))
        own = root_key(number)
        cases = [
            (table.root(number), [sealed(word, own)], bad)
            for word in (
                header ^ 1,
                *(header ^ 1 << bit for bit in (*range(1, 8), *range(24, 32))),
                header & ~(0xFF << 8),
                header & ~(0xFF << 16),
            )
        ]
        cases += [(table.root(number), [int(root_header(number ^ 1, tenant, 4, 2))], bad)]
        block, _ = divmod(page, DIR_ROWS)
        levels = (
            (table.directory_pointer(number, page), directory_key(number, block)),
            (table.row_pointer(number, page), row_key(number, page)),
        )
        for word, key in levels:
            now = int(table.words[word])
            flipped = [now ^ 1, *(now ^ 1 << bit for bit in range(41, 48))]
            cases += [(word, [sealed(value, key)], bad) for value in flipped]
            for address in (0, limit, limit + 1, (1 << 40) - 1):
                cases.append((word, [int(pointer(address, key))], bad))
        cases.append((levels[0][0], [int(pointer(limit - 1, levels[0][1]))], Fault.UNMAPPED))
        cases.append((levels[1][0], [int(pointer(limit - 1, levels[1][1]))], Fault.UNMAPPED))
        # Another place's words.
        cases.append((levels[1][0], [int(table.words[levels[1][0] + 1])], None))
        entry = table.requests[number].pages[vpn]
        place = table.place(vpn)
        for fields, fault in (
            ({"length": 0}, bad),
            ({"length": 65}, bad),
            ({"length": 127}, bad),
            ({"length": 64, "address": limit - 64}, good),
            ({"length": 64, "address": limit - 63}, bad),
            ({"length": 1, "address": limit - 1}, good),
            ({"length": 1, "address": limit}, bad),
            ({"length": 1, "address": (1 << 40) - 1}, bad),
            ({"length": 1, "address": 1}, good),
            ({"address": 0}, bad),
            ({"codec": 2}, bad),
            ({"codec": 3}, bad),
            ({"codec": 0, "crc": 5}, good),
            ({"codec": 1, "crc": 0}, good),
            ({"owner": tenant ^ 1}, Fault.FOREIGN),
        ):
            made = Entry(**(vars(entry) | fields))
            cases.append((place, [int(word) for word in made.words(vpn)], fault))
        other = next(v for v in vpns if v != vpn)
        cases.append((place, [int(word) for word in entry.words(other)], bad))
        low, high = (int(word) for word in entry.words(vpn))
        for bit in (0, *range(75, 80)):
            pair = low | (high & ~(0xFFFF << 16)) << 64
            pair ^= 1 << bit
            low2, high2 = pair & (1 << 64) - 1, pair >> 64
            seal = int(check(entry_key(vpn), high2, low2))
            cases.append((place, [low2, high2 | seal << 16], bad))
        for i in g.permutation(len(cases)):
            word, values, fault = cases[i]
            before = [int(w) for w in table.words[word : word + len(values)]]
            table.write(word, *values)
            await self.invalidate(Invalidate.ALL)
            if fault is None:
                await self.ask([Translation(vpn, tenant)])
            else:
                await self.expect([(Translation(vpn, tenant), fault)])
            table.write(word, *before)


# ---- Everything at once ----


class MixBody(AtuTest):
    """Several tenants ask for what is there and what is not, while pages and requests come and go
    and are invalidated, under changing stall patterns."""

    rounds = len(PATTERNS)
    each = 250

    async def stimulus(self) -> None:
        self.populate()
        orders = {stream: self.g.permutation(list(PATTERNS)) for stream in STREAMS}
        for i in range(self.rounds):
            self.stall(**{stream: str(order[i]) for stream, order in orders.items()})
            sending = cocotb.start_soon(self.asking())
            await self.changing(sending)
            self.stall(ask="none")
            await sending
            await self.env.scoreboard.drain()

    async def asking(self) -> None:
        left = self.each
        while left > 0:
            # Some of them ask for the same page again and again.
            batch = [self.any_translation() for _ in range(int(self.g.integers(1, 8)))]
            batch = [t for t in batch for _ in range(int(self.g.choice([1, 1, 1, 2, 5])))]
            self.g.shuffle(batch)
            await self.send(batch)
            left -= len(batch)

    async def changing(self, sending) -> None:
        g = self.g
        while not sending.done():
            await ClockCycles(cocotb.top.clk_i, int(g.integers(1, 120)))
            await self.change()

    async def change(self) -> None:
        """Change something, and have it forgotten."""
        g, table = self.g, self.table
        number = int(g.choice(list(table.requests)))
        request = table.requests[number]
        dice = g.random()
        vpns = list(request.pages)
        vpn = vpns[int(g.integers(len(vpns)))] if vpns else request.vpn(g, number, 0)
        if dice < 0.45 and vpns:
            table.map(vpn)
            await self.invalidate(Invalidate.PAGE, vpn)
        elif dice < 0.6 and vpns:
            table.unmap(vpn)
            await self.invalidate(Invalidate.PAGE, vpn)
        elif dice < 0.75 and table.free < LIMIT - 2000:
            page = int(g.choice([int(Vpn.of(v).page) for v in vpns] or [0]))
            table.map(request.vpn(g, number, page))  # may be new: nothing is to be forgotten
            await self.invalidate(Invalidate.PAGE, list(request.pages)[-1])
        elif dice < 0.9:
            table.end(number)
            await self.invalidate(Invalidate.REQUEST, vpn)
            if table.free < LIMIT - 12000:
                number = int(g.choice([n for n in range(REQUESTS) if n not in table.requests]))
                self.request(number, int(g.choice(TENANTS)), pages=3, each=4)
            if not table.requests:
                self.request(0, TENANTS[0], pages=3, each=4)
        else:
            await self.invalidate(Invalidate.ALL)


class RacesBody(AtuTest):
    """Pages change and are invalidated at every moment of their walks."""

    timing = cycles(12)

    async def stimulus(self) -> None:
        self.stall()
        g, table = self.g, self.table
        request = self.request(20, 7, pages=4, each=3)
        kinds = [Invalidate.PAGE, Invalidate.PAGE, Invalidate.REQUEST, Invalidate.ALL]
        for delay in g.permutation(90):
            vpn = list(request.pages)[int(g.integers(len(request.pages)))]
            at = Translation(vpn, 7)
            if g.random() < 0.5:
                await self.invalidate(Invalidate.ALL)  # so that it walks, from the root
            before = cocotb.start_soon(self.send([at] * int(g.integers(1, 4))))
            await ClockCycles(cocotb.top.clk_i, int(delay) // 2 + 1)
            table.map(vpn)
            kind = Invalidate(int(g.choice(kinds)))
            forgetting = cocotb.start_soon(self.invalidate(kind, vpn))
            between = cocotb.start_soon(self.send([at, Translation(vpn, 8)]))
            await forgetting
            await self.send([at] * int(g.integers(1, 3)))
            await before
            await between
            if g.random() < 0.5:
                await self.env.scoreboard.drain()

        # A row that moves.
        for _ in range(10):
            vpn = list(request.pages)[int(g.integers(len(request.pages)))]
            at, page = Translation(vpn, 7), int(Vpn.of(vpn).page)
            await self.send([at])
            await ClockCycles(cocotb.top.clk_i, int(g.integers(1, 60)))
            pages = [v for v in request.pages if int(Vpn.of(v).page) == page]
            before = request.rows.pop(page)
            units = -(-request.layers * request.heads * 2 // 4)
            made = request.rows[page] = table.take(units)
            for offset in range(units * 8):
                word = int(table.words[before * 8 + offset])
                if word:
                    table.write(made * 8 + offset, word)
            table.write(table.row_pointer(20, page), int(pointer(made, row_key(20, page))))
            await self.invalidate(Invalidate.REQUEST, vpn)
            await self.env.scoreboard.drain()  # walks from before may still read the old row
            table.write(before * 8, *[0] * (units * 8))
            await self.ask([Translation(v, 7) for v in pages])


class ForeignBody(AtuTest):
    """What a tenant sees, and when, does not depend on what another has in the TLB."""

    pages = 4

    async def stimulus(self) -> None:
        self.stall()
        table, g = self.table, self.g
        theirs = table.begin(1, 100, 4, 2)
        for page in range(self.pages):
            table.map(int(Vpn(1, 1, 1, 0, page).number()))
            table.map(int(Vpn(1, 2, 0, 1, 512 + page).number()))
        mine = table.begin(2, 200, 4, 2)
        bits = self.env.scoreboard.model.tlb.bits
        taken = {fold(vpn, bits) for vpn in theirs.pages}
        for page in range(64):
            vpn = int(Vpn(2, 1, 0, 0, page).number())
            if len(mine.pages) < self.pages and (
                fold(vpn, bits) not in taken or len(taken) == 1 << bits
            ):
                table.map(vpn)
        asked = [Translation(vpn, 200) for vpn in (*theirs.pages, *mine.pages)]
        asked = [asked[i] for i in g.integers(len(asked), size=60)]
        vpns = list(theirs.pages)
        seen = []
        for warm in ([], vpns[: len(vpns) // 2], vpns[len(vpns) // 2 :], vpns):
            await reset()
            await ClockCycles(cocotb.top.clk_i, 2 * self.sizes["entries"])
            await self.ask([Translation(vpn, 100) for vpn in warm for _ in range(2)])
            await ClockCycles(cocotb.top.clk_i, 20)
            # One by one, and in a stream.
            records = []
            for translation in asked:
                records += await self.ask([translation])
                await ClockCycles(cocotb.top.clk_i, 4)
            await self.invalidate(Invalidate.REQUEST, 2 << 36)
            records += await self.ask(asked)
            start = records[0].asked
            seen.append(
                [(r.asked - start, r.answered - start, r.answer.fault, r.outcome) for r in records]
            )
            # And the owner finds everything as it was.
            again = await self.ask([Translation(vpn, 100) for vpn in warm])
            assert all(r.outcome == Outcome.HIT for r in again)
        for other in seen[1:]:
            for first, then in zip(seen[0], other, strict=True):
                assert first == then, f"{first} with nothing of another's, {then} with"
        faults = {fault for _, _, fault, _ in seen[0]}
        assert faults == {Fault.NONE, Fault.FOREIGN}


class MergesBody(AtuTest):
    """One page asked for by its owner and by others, many times while it walks."""

    async def stimulus(self) -> None:
        g = self.g
        self.stall()
        self.populate(requests=3)
        for _ in range(12):
            await self.invalidate(Invalidate.ALL)
            some = [self.known()[int(i)] for i in g.integers(len(self.known()), size=2)]
            batch = []
            for t in some:
                for tenant, count in ((t.tenant, 6), (t.tenant ^ 1, 3), (t.tenant ^ 2, 2)):
                    batch += [Translation(t.vpn, tenant, bool(g.integers(2))) for _ in range(count)]
            g.shuffle(batch)
            self.stall(ask=str(g.choice(["none", "light", "heavy"])))
            walks = self.env.scoreboard.begun
            records = await self.ask(batch)
            assert self.env.scoreboard.begun > walks
            for r in records:
                owner = self.table.requests[r.request.vpn >> 36].tenant
                foreign = r.request.tenant != owner
                assert (r.answer.fault == Fault.FOREIGN) == foreign


class ResetsBody(AtuTest):
    """Resets at random moments; what was under way is gone, what comes behind is as always."""

    rounds = 24

    async def stimulus(self) -> None:
        g = self.g
        self.populate()
        for i in range(self.rounds):
            names = {s: str(g.choice(list(PATTERNS))) for s in STREAMS} if i % 2 else {}
            self.stall(**names)
            work = [] if i % 8 == 7 else [self.any_translation() for _ in range(60)]
            sending = cocotb.start_soon(self.send(work)) if work else None
            await ClockCycles(cocotb.top.clk_i, int(g.integers(1, 260)))
            while i % 4 == 2 and not (self.env.scoreboard.expected or sending.done()):
                await ClockCycles(cocotb.top.clk_i, 1)  # until there is something to answer
            forgetting = None
            if i % 3 == 0:
                kind = Invalidate(int(g.integers(1, 3)))
                forgetting = cocotb.start_soon(self.invalidate(kind, work[0].vpn if work else 0))
                await ClockCycles(cocotb.top.clk_i, int(g.integers(1, 30)))
            self.coverage.phase(self.phase(sending, forgetting))
            await reset(int(g.integers(1, 4)))
            for task in (sending, forgetting):
                if task:
                    await task
            self.stall()
            if i % 2:  # or the next reset finds the TLB empty
                await self.ask([self.any_translation() for _ in range(10)])
        assert self.env.scoreboard.lost

    def phase(self, sending, forgetting) -> set[str]:
        scoreboard = self.env.scoreboard
        found = set()
        if sending and not sending.done():
            found.add("asking")
        if scoreboard.model.walks:
            found.add("walking")
        if scoreboard.expected:
            found.add("answering")
        if forgetting and not forgetting.done():
            found.add("invalidating")
        return found or {"idle"}
