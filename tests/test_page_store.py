"""The page store's model: nothing it places overlaps, what it maps is found, all comes back."""

from __future__ import annotations

import numpy as np
import pytest

from models.page_store import LINKS, PAGES, Memory, PageStore, Status, StoreError
from models.page_table import Entry, Fault, PageTable, Vpn, link_key, pointer

REQUESTS, SEGMENTS, UNITS = 8, 20, 128
BASES = ROOT, LINK, POOL = 3, 16, 24


class Failing(Memory):
    """Accesses to words in `bad` fail; what a failed write leaves is garbage."""

    def __init__(self, words: np.ndarray):
        super().__init__(words)
        self.bad: set[int] = set()

    def read(self, at: int) -> int:
        if at in self.bad:
            raise StoreError(Status.BUS)
        return super().read(at)

    def write(self, at: int, values) -> None:
        if at in self.bad:
            self.words[at] = 0x123456789
            raise StoreError(Status.BUS)
        super().write(at, values)


@pytest.fixture
def store() -> PageStore:
    words = np.full((POOL + SEGMENTS * UNITS) * LINKS, 0xA5A5, dtype=np.uint64)
    return PageStore(Failing(words), *BASES, SEGMENTS, REQUESTS, UNITS)


def vpn(request: int, page: int, layer: int = 0, head: int = 0, kind: int = 0) -> int:
    return int(Vpn(request, layer, head, kind, page).number())


def table(store: PageStore) -> PageTable:
    return PageTable(store.memory.words, ROOT, REQUESTS, store.limit)


def test_requests_come_and_go(store: PageStore) -> None:
    g = np.random.default_rng(1)
    whole = store.free_units
    for _ in range(30):
        owner = np.zeros(store.limit, dtype=int)
        mapped, full = {}, 0
        for request in range(4):
            assert store.begin(request, 70 + request, 3, 2) == Status.OK
        while not full:
            request = int(g.integers(4))
            page = int(g.choice([0, 1, 2, 600, PAGES - 1]))
            at = vpn(request, page, int(g.integers(3)), int(g.integers(2)), int(g.integers(2)))
            length = int(g.integers(1, 65))
            placed = store.place(at, 70 + request, length)
            if placed.status == Status.NO_MEMORY:
                full += 1
                continue
            area = owner[placed.address : placed.address + length]
            assert placed.status == Status.OK
            assert not area.any()
            area[:] = request + 1
            entry = Entry(70 + request, placed.address, length)
            assert store.map(at, placed.at, entry) == Status.OK
            mapped[at] = entry
        for at, entry in mapped.items():
            fault, found = table(store).translate(at, entry.owner)
            assert fault == Fault.NONE
            assert (found.address, found.length) == (entry.address, entry.length)
        for request in g.permutation(4).tolist():
            assert store.free(request, 70 + request) == Status.OK
        assert store.free_units == whole
        assert all(table(store).translate(at, 70)[0] == Fault.UNMAPPED for at in mapped)


def test_refusals(store: PageStore) -> None:
    assert store.begin(REQUESTS, 1, 1, 1) == Status.RANGE
    assert store.begin(0, 1, 0, 1) == Status.RANGE
    assert store.begin(0, 1, 255, 2) == Status.RANGE  # a row of more than a segment
    assert store.place(vpn(0, 0), 1, 1).status == Status.UNMAPPED
    assert store.begin(0, 1, 2, 1) == Status.OK
    assert store.begin(0, 1, 2, 1) == Status.EXISTS
    assert store.place(vpn(0, 0), 2, 1).status == Status.FOREIGN
    for at in (vpn(0, PAGES), vpn(0, 0, layer=2), vpn(0, 0, head=1)):
        assert store.place(at, 1, 1).status == Status.RANGE
    for length in (0, 65):
        assert store.place(vpn(0, 0), 1, length).status == Status.RANGE
    assert store.free(0, 2) == Status.FOREIGN
    assert store.free(1, 2) == Status.UNMAPPED


def test_a_row_is_placed_as_its_pages_are(store: PageStore) -> None:
    g = np.random.default_rng(2)
    lengths = g.integers(1, 65, (5, 12))
    found = []
    for request in (0, 1):
        assert store.begin(request, 5, 3, 2) == Status.OK
        for page, row in enumerate(lengths):
            if request:
                addresses, at = store.place_row(request, page, row)
                found[page] += [addresses - found[page][0], at]
            else:
                places = [
                    store.place(vpn(0, page, *divmod(i // 2, 2), i % 2), 5, int(n))
                    for i, n in enumerate(row)
                ]
                assert [p.at for p in places] == list(range(places[0].at, places[0].at + 12))
                found.append([np.array([p.address for p in places])])
        if not request:
            assert store.free(0, 5) == Status.OK
            store.allocator.used = store.allocator.listed = 0  # the same segments once more
    assert all((page[1] == 0).all() for page in found)


def test_a_link_that_cannot_be_read_costs_nothing_for_good(store: PageStore) -> None:
    whole = store.free_units

    def fill(request: int, count: int) -> list[Status]:
        return [store.place(vpn(request, 0), 1, 64).status for _ in range(count)]

    for request in (0, 1):
        store.begin(request, 1, 1, 1)
    assert fill(0, 8) == [Status.OK] * 8
    store.free(0, 1)
    for status in (Status.BUS, Status.MALFORMED):
        segment = store.allocator.head
        head = LINK * LINKS + segment
        word = store.memory.words[head]
        if status == Status.BUS:
            store.memory.bad.add(head)
        else:
            store.memory.words[head] = pointer(store.allocator.used + 1, link_key(segment))
        taken = fill(1, 4)
        assert taken.count(status) == 1
        assert taken[-1] == Status.OK
        store.memory.bad.clear()
        store.memory.words[head] = word
        store.free(1, 1)
        store.begin(1, 1, 1, 1)
        assert store.free_units == whole
    assert fill(1, 100)[-1] == Status.NO_MEMORY
    store.free(1, 1)
    assert store.free_units == whole


def test_failed_steps_leave_a_request_that_can_be_freed(store: PageStore) -> None:
    whole = store.free_units
    store.begin(2, 1, 1, 1)
    assert [store.place(vpn(2, 0), 1, 64).status for _ in range(6)] == [Status.OK] * 6
    chain = store.requests[2].chain
    store.memory.bad.add(LINK * LINKS + chain.newest)
    assert store.free(2, 1) == Status.BUS
    assert store.place(vpn(2, 0), 1, 1).status == Status.UNMAPPED
    assert store.begin(2, 1, 1, 1) == Status.EXISTS
    store.memory.bad.clear()
    assert store.free(2, 1) == Status.OK
    assert store.free_units == whole
