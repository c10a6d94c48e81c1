"""A page table in a device memory, what can be done to it, and what it was at any time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from models.atu import Answer, Region
from models.device_memory import DeviceMemory
from models.page_table import (
    DIR_ROWS,
    DIR_UNITS,
    Entry,
    Fault,
    PageTable,
    Vpn,
    directory_key,
    pointer,
    root_header,
    row_key,
    row_units,
)

WORDS = 8  # of a unit


class _Past:
    """The memory's words as they were after the changes before a moment."""

    def __init__(self, words: np.ndarray, changes: dict[int, list[tuple[int, int]]], moment: int):
        self.words, self.changes, self.moment = words, changes, moment

    def __getitem__(self, at: int | slice) -> np.ndarray:
        if isinstance(at, slice):
            return np.array([self._word(i) for i in range(at.start, at.stop)], np.uint64)
        return np.uint64(self._word(at))

    def _word(self, at: int) -> int:
        for moment, before in self.changes.get(at, ()):
            if moment >= self.moment:
                return before
        return int(self.words[at])


@dataclass
class Request:
    """A request that is in the table."""

    tenant: int
    layers: int
    heads: int
    directories: dict[int, int] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)
    pages: dict[int, Entry] = field(default_factory=dict)

    def vpn(self, g: np.random.Generator, number: int, page: int) -> int:
        """Of any stream."""
        layer, head = int(g.integers(self.layers)), int(g.integers(self.heads))
        return int(Vpn(number, layer, head, int(g.integers(2)), page).number())


class Table:
    """Every change of the memory goes through `write`, which remembers what was there.

    `now` tells the time, in cycles.
    """

    def __init__(self, memory: DeviceMemory, region: Region, g: np.random.Generator):
        self.memory, self.region, self.g = memory, region, g
        self.words = memory.bytes.view(np.uint64)
        self.requests: dict[int, Request] = {}
        self.free = region.root_base + region.requests
        self.now: Callable[[], int] = lambda: 0
        self.times: list[int] = []  # of each change
        self.changes: dict[int, list[tuple[int, int]]] = defaultdict(list)

    def write(self, at: int, *words: int) -> None:
        """Words of 64 bits from word `at` on."""
        for offset, word in enumerate(words):
            self.changes[at + offset].append((len(self.times), int(self.words[at + offset])))
            self.words[at + offset] = np.uint64(word)
        self.times.append(self.now())

    def take(self, units: int) -> int:
        """Room that was never used; all zeros."""
        at = self.free
        self.free += units
        assert self.free < self.region.limit, "the table is full"
        return at

    # ---- Requests and pages ----

    def begin(self, number: int, tenant: int, layers: int, heads: int) -> Request:
        made = self.requests[number] = Request(tenant, layers, heads)
        header = root_header(number, tenant, layers, heads)
        # Pointers of one who had the number before go first.
        line = self.root(number)
        self.write(line, *[0] * WORDS)
        self.write(line, int(header))
        return made

    def end(self, number: int) -> None:
        self.write(self.root(number), *[0] * WORDS)
        del self.requests[number]

    def root(self, number: int) -> int:
        """The first word of a root line."""
        return (self.region.root_base + number) * WORDS

    def directory_pointer(self, number: int, page: int) -> int:
        return self.root(number) + 1 + page // DIR_ROWS

    def row_pointer(self, number: int, page: int) -> int:
        directory = self.requests[number].directories[page // DIR_ROWS]
        return directory * WORDS + page % DIR_ROWS

    def place(self, vpn: int) -> int:
        """The first word of an entry, whose row is there."""
        at = Vpn.of(vpn)
        request = self.requests[int(at.request)]
        stream = (int(at.layer) * request.heads + int(at.kv_head)) * 2 + int(at.kind)
        return request.rows[int(at.page)] * WORDS + 2 * stream

    def row(self, number: int, page: int) -> None:
        """Make a row, and its directory, if there is none."""
        request = self.requests[number]
        block = page // DIR_ROWS
        if block not in request.directories:
            address = request.directories[block] = self.take(DIR_UNITS)
            word = pointer(address, directory_key(number, block))
            self.write(self.directory_pointer(number, page), int(word))
        if page not in request.rows:
            address = request.rows[page] = self.take(row_units(request.layers, request.heads))
            self.write(self.row_pointer(number, page), int(pointer(address, row_key(number, page))))

    def entry(self, tenant: int, **fields: int) -> Entry:
        """Any entry of a tenant's page."""
        g = self.g
        length = int(g.integers(1, 65))
        codec = int(g.integers(2))
        made = {
            "owner": tenant,
            "address": int(g.integers(1, self.region.limit - length + 1)),
            "length": length,
            "slot": int(g.integers(256)),
            "codec": codec,
            "writable": int(g.integers(2)),
            "crc": int(g.integers(1 << 32)),
        }
        return Entry(**(made | fields))

    def map(self, vpn: int, **fields: int) -> Entry:
        """Write a page's entry, new or in place of another."""
        at = Vpn.of(vpn)
        number = int(at.request)
        self.row(number, int(at.page))
        request = self.requests[number]
        entry = request.pages[vpn] = self.entry(request.tenant, **fields)
        self.write(self.place(vpn), *entry.words(vpn))
        return entry

    def unmap(self, vpn: int) -> None:
        self.write(self.place(vpn), 0, 0)
        del self.requests[int(Vpn.of(vpn).request)].pages[vpn]

    # ---- The past ----

    def changes_before(self, cycle: int) -> int:
        """How many changes there were in the cycles before and in this one."""
        return bisect_right(self.times, cycle)

    def answers(
        self, tag: int, vpn: int, tenant: int, write: bool, since: int, until: int
    ) -> Iterator[Answer]:
        """What may be answered, by the table after change number `since` up to `until`."""
        region = self.region
        for moment in range(until, since - 1, -1):
            past = _Past(self.words, self.changes, moment)
            table = PageTable(past, region.root_base, region.requests, region.limit)
            fault, entry = table.translate(vpn, tenant, write)
            bits = 0
            if fault == Fault.NONE:
                low, high = (int(word) for word in entry.words(vpn))
                bits = high << 64 | low
            yield Answer(tag, fault, bits)
