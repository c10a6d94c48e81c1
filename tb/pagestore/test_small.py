"""A small store that fills up again and again, with all that can go wrong."""

from __future__ import annotations

from collections import deque

import cocotb
import pyuvm
from cocotb.task import Task
from cocotb.triggers import ClockCycles

from models.page_store import LINKS, Status
from models.page_table import (
    DIR_ROWS,
    DIR_UNITS,
    DIRECTORIES,
    directory_key,
    link_key,
    pointer,
    row_key,
)
from tb.agents.common import PATTERNS, random_stalls, reset
from tb.pagestore.base import StoreTest
from tb.pagestore.coverage import RESETS, STREAMS, StoreCoverage
from tb.pagestore.items import Manage
from tb.pagestore.traffic import Slot

COVERAGE = StoreCoverage()


class SmallTest(StoreTest):
    coverage = COVERAGE
    requests = 8
    segment_units = 128
    rows = 4
    rounds = 2
    full = 12  # answers of no memory that end a round

    async def lives(self) -> None:
        """Requests come and go, until halted."""
        g = self.g
        while not self.over and not self.traffic.halted:
            if len(self.traffic.slots) < 3 or g.random() < 0.75:
                await self.traffic.begin()
            else:
                await self.traffic.free()
            await ClockCycles(cocotb.top.clk_i, g.randint(1, 1200))

    async def fill(self, most: int = 900) -> None:
        """Place pages while requests come and go, until there is no memory left."""
        self.over = False
        living = cocotb.start_soon(self.lives())
        self.traffic.statuses.clear()
        for _ in range(most // 10):
            await self.traffic.places(10)
            if self.traffic.statuses.count(Status.NO_MEMORY) >= self.full:
                break
        self.over = True
        await living


class RandomTest(SmallTest):
    """Everything at random; `memory_name` is the memory."""

    def stalls(self) -> dict[str, str]:
        return random_stalls(self.g, STREAMS)

    async def stimulus(self) -> None:
        for _ in range(self.rounds):
            self.traffic.lengths = self.g.choice(["mixed", "small", "large", "any"])
            await self.fill()
            await self.settle()
            await self.empty()


@pyuvm.test()
class Fixed(RandomTest):
    """A short, even latency."""


@pyuvm.test()
class Hbm(RandomTest):
    memory_name = "hbm"


@pyuvm.test()
class Ddr5(RandomTest):
    memory_name = "ddr5"


@pyuvm.test()
class Cxl(RandomTest):
    memory_name = "cxl"
    rounds = 1


class StallsTest(SmallTest):
    """Every pattern on every stream: five tests, each with the patterns shifted by one."""

    shift: int

    def stalls(self) -> dict[str, str]:
        names = sorted(PATTERNS)
        return {s: names[(i + self.shift) % len(names)] for i, s in enumerate(STREAMS)}

    async def stimulus(self) -> None:
        await self.fill(80)
        await self.settle()
        await self.empty()


@pyuvm.test()
class Stalls0(StallsTest):
    shift = 0


@pyuvm.test()
class Stalls1(StallsTest):
    shift = 1


@pyuvm.test()
class Stalls2(StallsTest):
    shift = 2


@pyuvm.test()
class Stalls3(StallsTest):
    shift = 3


@pyuvm.test()
class Stalls4(StallsTest):
    shift = 4


@pyuvm.test()
class BusErrors(SmallTest):
    """Accesses fail at random, or all of a kind for a while; afterwards all that was taken comes
    back."""

    rounds = 10

    async def stimulus(self) -> None:
        g, at = self.g, self.layout
        parts = (
            (at.root_base, at.requests),
            (at.link_base, at.pool_base - at.link_base),
            (at.pool_base, at.segments * at.segment_units),
        )
        for i in range(self.rounds):
            await self.traffic.begin()
            if i % 2:
                self.device.error_chance(g.choice([0.003, 0.01, 0.03]))
            else:
                first, units = g.choice(parts)
                start, some = first + g.randrange(units), g.randint(1, units)
                self.device.fault(64 * start, 64 * some, count=30)
            await self.fill(300)
            await self.empty()


@pyuvm.test()
class FailedSteps(SmallTest):
    """Commands of which an access fails once: tried again they succeed."""

    async def stimulus(self) -> None:
        at, traffic = self.layout, self.traffic
        traffic.wrong = traffic.store_fails = traffic.map_again = 0
        root, links = (at.root_base, at.requests), (at.link_base, at.pool_base - at.link_base)
        pool = at.pool_base, at.segments * at.segment_units
        bad, ok = Status.BUS, Status.OK
        for request in range(at.requests):
            begin, free = Manage(False, request, 7, 2, 2), Manage(True, request, 7)
            self.fail(root)
            assert await traffic.manage(begin) == bad
            assert await traffic.manage(begin) == ok
            traffic.slots = {request: Slot(7, 2, 2)}
            if request:
                self.fail(links, reads=True)  # off the free list
                assert await self.place(request, 0) == bad
            for page, part, reads in (  # row pointers of 5 and 514 take the place of 0's
                (0, root, False),  # the pointer to a new directory
                (5, pool, False),  # a new row's zeros
                (2, self.directory, False),  # the pointer to one
                (0, self.directory, True),  # one that is there
                (514, pool, False),  # a new directory's zeros
                (0, root, True),  # the pointer to one that is there
            ):
                self.fail(part(request) if callable(part) else part, reads)
                assert await self.place(request, page) == bad
                assert await self.place(request, page) == ok
            self.fail(pool)  # an entry, but the place is good
            assert await self.place(request, 0) == ok
            await traffic.places(20)
            await traffic.settle()
            assert await traffic.manage(Manage(True, request, 8)) == Status.FOREIGN
            self.fail(root)
            assert await traffic.manage(free) == bad
            await traffic.places(5)
            await traffic.settle()
            self.fail(links)
            assert await traffic.manage(free) == bad
            assert await traffic.manage(begin) == Status.EXISTS
            await traffic.places(3)  # nobody finds it any more
            await traffic.settle()
            assert traffic.statuses[-3:] == [Status.UNMAPPED] * 3
            assert await traffic.manage(free) == ok
            assert await traffic.manage(free) == Status.UNMAPPED
            traffic.slots = {}
        await self.empty()

    def directory(self, request: int) -> tuple[int, int]:
        """Where the first one is."""
        slot = (self.layout.root_base + request) * LINKS + 1
        return int(self.env.scoreboard.device[slot]) >> 1 & (1 << 40) - 1, DIR_UNITS

    async def place(self, request: int, page: int) -> Status:
        """This page of the first stream."""
        self.traffic.slots[request].pages = deque([(page, 0)])
        await self.traffic.place(request)
        await self.traffic.settle()
        return self.traffic.statuses[-1]

    def fail(self, part: tuple[int, int], reads: bool = False) -> None:
        """The next read or write of these: the first, and how many."""
        unit, units = part
        self.device.clear_faults()
        self.device.fault(64 * unit, 64 * units, reads=reads, writes=not reads, count=1)


@pyuvm.test()
class Unready(SmallTest):
    """The root table cannot be cleared at first: not ready until it is."""

    async def stimulus(self) -> None:
        at = self.layout
        for count in (1, 3):
            self.device.fault((at.root_base + self.g.randrange(at.requests)) * 64, count=count)
            await self.restart()
            await self.fill(30)
            await self.settle()

    async def restart(self, *tasks: Task) -> None:
        """Reset, once nothing more is sent, and wait for what sends to end."""
        self.traffic.halted = self.over = True
        await ClockCycles(cocotb.top.clk_i, 3)
        await reset(self.g.randint(1, 4))
        for task in tasks:
            await task
        self.traffic.forget()
        self.traffic.halted = False
        await self.ready()


@pyuvm.test()
class Resets(Unready):
    """Resets in everything that can be under way; afterwards the pool is empty and all works."""

    def phase(self) -> str:
        """What the DUT is doing."""
        board = self.env.scoreboard
        if not cocotb.top.ready_o.value:
            return "clearing"
        if cocotb.top.drain_o.value:
            return "drain"
        commands = [command for _, command in board.commands]
        manage = [command for command in commands if isinstance(command, Manage)]
        if manage or board.freeing:
            return "free" if board.freeing or manage[0].free else "begin"
        if board.mapping:
            return "map"
        return "place" if commands else "idle"

    async def stimulus(self) -> None:
        for phase in self.g.sample(RESETS, len(RESETS)):
            self.over, tasks = False, []
            if phase == "clearing":
                self.traffic.halted = True
                await ClockCycles(cocotb.top.clk_i, 3)
                await reset(2)
                await ClockCycles(cocotb.top.clk_i, self.g.randint(1, 30))
                assert self.phase() == phase
            elif phase != "idle":
                both = self.lives(), self.traffic.places(10_000)
                tasks = [cocotb.start_soon(work) for work in both]
                await ClockCycles(cocotb.top.clk_i, self.g.randint(500, 2000))
                for _ in range(20_000):
                    await ClockCycles(cocotb.top.clk_i, 1)
                    if self.phase() == phase:
                        break
                else:
                    raise AssertionError(f"never in {phase}")
            self.coverage.reset(phase)
            await self.restart(*tasks)
            await self.fill(40)
            await self.settle()
        await self.empty()


@pyuvm.test()
class Damage(SmallTest):
    """Links and pointers that are damaged, or cannot be read or written for a while: it is noticed,
    and nothing is lost."""

    rounds = 6

    async def stimulus(self) -> None:
        g, board = self.g, self.env.scoreboard
        seen = []
        for i in range(self.rounds):
            await self.fill(120)
            for request in g.sample(list(self.traffic.slots), len(self.traffic.slots) // 2):
                await self.traffic.free(request)
            await self.settle()
            damaged = {}
            for at in self.written() if i % 2 else ():
                reads = g.random() < 0.4
                self.device.fault(64 * (at // LINKS), reads=reads, writes=not reads, count=3)
            for at, key in self.pointers() if i % 2 == 0 else ():
                word = int(board.device[at])
                bad = word ^ 1 << g.randrange(64)
                if g.random() < 0.5:  # sound, but in no range
                    address = g.choice([0, self.layout.pool_base - 1, self.layout.limit])
                    bad = int(pointer(address, key))
                damaged[at] = word, bad
                board.device[at] = board.engine.words[at] = bad
            await self.fill(250)
            await self.traffic.settle()
            seen += self.traffic.statuses
            for at, (word, bad) in damaged.items():
                if board.device[at] == bad:
                    board.device[at] = board.engine.words[at] = word
            await self.empty()
        counts = {status.name: seen.count(status) for status in (Status.MALFORMED, Status.BUS)}
        self.logger.info("noticed %s", counts)
        assert min(counts.values()) > 1

    def written(self) -> list[int]:
        """Some words that are in use, of every kind."""
        g, board, at = self.g, self.env.scoreboard, self.layout
        chains = [request.chain for request in board.store.requests.values()]
        found = [word for word, _ in self.pointers()]
        found += [at.link_base * LINKS + chain.newest for chain in chains if chain.count]
        found += [row * LINKS for row in board.rows.values()]
        found += [(at.root_base + request) * LINKS for request in board.store.requests]
        return [word for word in found if g.random() < 0.3]

    def pointers(self) -> list[tuple[int, int]]:
        """Some words that hold a pointer or a link, with their keys."""
        g, board, at = self.g, self.env.scoreboard, self.layout
        found = []
        if board.store.allocator.listed:
            head = board.store.allocator.head
            found.append((at.link_base * LINKS + head, link_key(head)))
        for request in board.store.requests:
            for number in range(DIRECTORIES):
                slot = (at.root_base + request) * LINKS + 1 + number
                word = int(board.device[slot])
                if not word:
                    continue
                if g.random() < 0.3:
                    found.append((slot, directory_key(request, number)))
                base = (word >> 1 & (1 << 40) - 1) * LINKS
                for row in range(DIR_ROWS):
                    if board.device[base + row] and g.random() < 0.5:
                        found.append((base + row, row_key(request, number * DIR_ROWS + row)))
        return found


@pyuvm.test()
class Covered(StoreTest):
    """The goal of functional coverage."""

    coverage = COVERAGE
    requests = 8
    segment_units = 128
    rows = 4

    async def stimulus(self) -> None:
        self.traffic.wrong = self.traffic.store_fails = 0
        await self.traffic.begin(1, 1)
        await self.traffic.place()
        await self.traffic.settle()
        COVERAGE.judge(self.logger)
