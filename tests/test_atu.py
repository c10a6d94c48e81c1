"""Model of the address translation unit: its walks agree with the page table's own reading."""

from __future__ import annotations

import numpy as np
import pytest

from models.atu import Atu, Invalidate, Outcome, Region, Request, Tlb
from models.page_table import (
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
from models.row_cache import RowCache

ROOT, DIRECTORY, ROW, LIMIT = 8, 64, 256, 1 << 12
REQUEST, TENANT, LAYERS, HEADS, PAGE = 3, 77, 3, 2, 513
REGION = Region(ROOT, 16, LIMIT)


@pytest.fixture
def words() -> np.ndarray:
    """A memory with a request that has one row, every other page of it mapped."""
    words = np.zeros(LIMIT * 8, np.uint64)
    line = (ROOT + REQUEST) * 8
    words[line] = root_header(REQUEST, TENANT, LAYERS, HEADS)
    words[line + 2] = pointer(DIRECTORY, directory_key(REQUEST, 1))
    words[DIRECTORY * 8 + 1] = pointer(ROW, row_key(REQUEST, PAGE))
    for stream in range(0, LAYERS * HEADS * 2, 2):
        vpn = vpn_of(stream)
        entry = Entry(TENANT, 1000 + stream, 5, writable=stream % 4 == 0)
        words[ROW * 8 + 2 * stream :][:2] = entry.words(vpn)
    assert row_units(LAYERS, HEADS) == 3
    return words


def vpn_of(stream: int, page: int = PAGE) -> int:
    layer, head = divmod(stream // 2, HEADS)
    return int(Vpn(REQUEST, layer, head, stream % 2, page).number())


def finish(atu: Atu, words: np.ndarray) -> list:
    """Run all walks to their ends, the newest first."""
    answers = []
    for slot in sorted(atu.walks, reverse=True):
        address = atu.begin(slot)
        while address is not None:
            address = atu.data(slot, words[address // 8 :][:8])
        answers += atu.end(slot)
    return answers


def test_agrees_with_the_page_table(words: np.ndarray) -> None:
    g = np.random.default_rng(1)
    table = PageTable(words, ROOT, REGION.requests, LIMIT)
    atu = Atu(REGION, entries=8, ways=2, rows=2)
    seen = set()
    for tag in range(200):
        vpn = vpn_of(int(g.integers(LAYERS * HEADS * 2)), int(g.choice([PAGE, PAGE + 1, 3072])))
        if g.random() < 0.1:
            vpn ^= 1 << int(g.integers(52))
        request = Request(tag, vpn, int(g.choice([TENANT, TENANT + 1])), bool(g.integers(2)))
        outcome, answer = atu.request(request)
        if answer is None:
            (answer,) = finish(atu, words)
        fault, entry = table.translate(vpn, request.tenant, request.write)
        assert (answer.tag, answer.fault) == (tag, fault)
        if entry:
            low, high = (int(word) for word in entry.words(vpn))
            assert answer.entry == high << 64 | low
        else:
            assert answer.entry == 0
        seen.add((outcome, fault))
    assert {(Outcome.HIT, Fault.NONE), (Outcome.HIT, Fault.READ_ONLY)} <= seen
    assert {fault for _, fault in seen} == {
        Fault.NONE,
        Fault.UNMAPPED,
        Fault.FOREIGN,
        Fault.READ_ONLY,
    }


def test_requests_join_the_walk_of_their_own_tenant(words: np.ndarray) -> None:
    atu = Atu(REGION)
    asked = [Request(tag, vpn_of(0), TENANT + tag % 2, False) for tag in range(4)]
    outcomes = [atu.request(request)[0] for request in asked]
    assert outcomes == [Outcome.WALK, Outcome.WALK, Outcome.MERGE, Outcome.MERGE]
    answers = finish(atu, words)
    assert [(a.tag, a.fault) for a in answers] == [
        (1, Fault.FOREIGN),
        (3, Fault.FOREIGN),
        (0, Fault.NONE),
        (2, Fault.NONE),
    ]


@pytest.mark.parametrize("kind", Invalidate)
def test_a_walk_from_before_an_invalidation_is_not_used(
    words: np.ndarray, kind: Invalidate
) -> None:
    atu = Atu(REGION)
    assert atu.request(Request(0, vpn_of(0), TENANT))[0] == Outcome.WALK
    atu.invalidate(kind, vpn_of(0))
    assert atu.request(Request(1, vpn_of(0), TENANT))[0] == Outcome.WALK
    finish(atu, words)
    assert atu.request(Request(2, vpn_of(0), TENANT))[0] == Outcome.HIT
    atu.invalidate(kind, vpn_of(0))
    assert atu.request(Request(3, vpn_of(0), TENANT))[0] == Outcome.WALK
    # Its row is forgotten too, unless only a page was.
    root = (ROOT + REQUEST) * 64
    assert (atu.begin(0) == root) == (kind != Invalidate.PAGE)


def test_a_row_is_known_to_its_owner_only() -> None:
    rows = RowCache(4)
    rows.keep(REQUEST, PAGE, TENANT, 99)
    assert rows.lookup(REQUEST, PAGE, TENANT) == 99
    assert rows.lookup(REQUEST, PAGE, TENANT + 1) is None
    assert rows.lookup(REQUEST, PAGE + 4, TENANT) is None
    rows.clear()
    assert rows.lookup(REQUEST, PAGE, TENANT) is None


def test_tlb_replaces_what_was_used_longest_ago() -> None:
    tlb = Tlb(entries=8, ways=4)
    vpns = [v for v in range(64) if bin(v).count("1") % 2 == 0]  # one set
    for vpn in vpns[:4]:
        tlb.fill(vpn, TENANT, vpn)
    for vpn in (vpns[0], vpns[2], vpns[1]):
        assert tlb.lookup(vpn, TENANT) == vpn
    tlb.fill(vpns[4], TENANT, vpns[4])
    assert tlb.holds(vpns[3], TENANT) is None
    assert tlb.lookup(vpns[4], TENANT + 1) is None
