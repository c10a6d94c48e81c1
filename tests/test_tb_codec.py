"""The codec benches' own parts: stimuli are what their names say, differences are named."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from models.int8rle import LAYOUTS, MAX_RUNS, Error
from tb.agents.axi_stream import AxisPacket
from tb.codec.base import REAL_PAGES, all_pairs, real_pages
from tb.codec.items import MALFORMED, RAW, RawPage, StoredPage, to_compress, to_decompress
from tb.codec.raw_pages import EXACT_RUNS, KINDS, quantiser_ties
from tb.codec.scoreboard import _compare
from tb.codec.stored_pages import SOUND


@pytest.fixture
def g() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_all_pairs(n):
    assert Counter(pairwise(all_pairs(n))) == dict.fromkeys(np.ndindex(n, n), 1)


@pytest.mark.parametrize("runs", EXACT_RUNS)
def test_exact_runs(g, runs):
    items = to_compress([RawPage("", x, KINDS[f"runs_{runs}"](g, x)) for x in LAYOUTS], g)
    for item in items:
        assert bool(item.status & RAW) == (runs > MAX_RUNS)
        if runs <= MAX_RUNS:
            assert int(item.stored[2:4].view("<u2")[0]) == runs


def test_sound_pages_are_sound(g):
    pages = [StoredPage(kind, x, make(g, x)) for kind, make in SOUND.items() for x in LAYOUTS]
    for item in to_decompress(pages, g):
        assert item.expected.user == Error.OK, str(item)


def test_ties_exist():
    assert set(quantiser_ties()) == {1024, 2032}


def test_real_pages():
    assert REAL_PAGES.stat().st_size < 1 << 20
    assert len(real_pages()) == 96


def test_short_page_is_filled_with_zeros(g):
    page = RawPage("normals", LAYOUTS[0], KINDS["normals"](g, LAYOUTS[0]), beats=3)
    (item,) = to_compress([page], g)
    assert len(item.beats) == 3
    assert item.expected.user == RAW | MALFORMED
    assert item.expected.beats == item.beats + [0] * 61


def test_the_first_difference_is_named(g):
    page = RawPage("normals", LAYOUTS[0], KINDS["runs_2048"](g, LAYOUTS[0]))
    (item,) = to_compress([page], g)
    beats, user = list(item.expected.beats), list(item.expected_user)
    _compare(item, AxisPacket(beats, user))
    with pytest.raises(AssertionError, match=r"\(normals.* 63 beats out, expected 64"):
        _compare(item, AxisPacket(beats[:63], user[:63]))
    with pytest.raises(AssertionError, match="TUSER 0x0 at beat 63, expected 0x1"):
        _compare(item, AxisPacket(beats, [*user[:63], 0]))
    beats[7] ^= 1 << 8 * 11
    with pytest.raises(AssertionError, match=r"beat 7 of 64 differs from byte 11 on \(value 229\)"):
        _compare(item, AxisPacket(beats, user))
