"""The page table's words: what is written is read, what is damaged is noticed."""

from __future__ import annotations

import binascii

import numpy as np
import pytest

from models.page_table import (
    AS_IS,
    DIR_ROWS,
    Entry,
    Fault,
    PageTable,
    Root,
    Vpn,
    check,
    directory_key,
    entry_key,
    link_key,
    pointer,
    pointer_address,
    root_header,
    row_key,
)

LIMIT = 1 << 20
ROOT, DIRECTORY, ROW, PAGE = 16, 64, 256, 1000  # addresses, in units
REQUEST, TENANT = 5, 77
VPN = int(Vpn(REQUEST, 2, 1, 1, 513).number())


def test_check_is_the_standard_crc_16() -> None:
    g = np.random.default_rng(1)
    words = g.integers(0, 1 << 64, (20, 3), dtype=np.uint64)
    checks = check(*words.T)
    for row, found in zip(words, checks, strict=True):
        data = b"".join(int(word).to_bytes(8, "big") for word in row)
        assert found == check(*row) == binascii.crc_hqx(data, 0xFFFF)


def test_vpn_round_trip() -> None:
    fields = (65535, 255, 254, 1, (1 << 19) - 2)
    back = Vpn.of(Vpn(*fields).number())
    assert (back.request, back.layer, back.kv_head, back.kind, back.page) == fields
    assert int(Vpn(*fields).number()) < 1 << 52


def test_entry_round_trip_and_every_flipped_bit() -> None:
    entry = Entry(owner=0xBEEF, address=0x9_8765, length=64, slot=200, codec=AS_IS, crc=0xDEADBEEF)
    words = entry.words(VPN)
    sound, back = Entry.of(words, VPN, LIMIT)
    assert sound
    assert all(int(getattr(back, name)) == value for name, value in vars(entry).items())
    for bit in range(128):
        damaged = words.copy()
        damaged[bit // 64] ^= np.uint64(1 << bit % 64)
        assert not Entry.of(damaged, VPN, LIMIT)[0], f"bit {bit}"
    assert not Entry.of(words, VPN + 1, LIMIT)[0]
    assert not Entry.of(words, VPN, 0x9_8765 + 63)[0]


@pytest.mark.parametrize(
    "key", [directory_key(REQUEST, 5), row_key(REQUEST, 3071), link_key(12), entry_key(VPN)]
)
def test_pointer_round_trip_and_every_flipped_bit(key: np.ndarray) -> None:
    word = pointer(0x8_1234, key)
    sound, address = pointer_address(word, key, LIMIT)
    assert sound
    assert address == 0x8_1234
    for bit in range(64):
        assert not pointer_address(word ^ np.uint64(1 << bit), key, LIMIT)[0], f"bit {bit}"
    assert not pointer_address(word, key ^ np.uint64(1), LIMIT)[0]


def test_root_round_trip_and_every_flipped_bit() -> None:
    word = root_header(REQUEST, TENANT, 30, 3)
    root = Root.of(word, REQUEST)
    assert (root.sound, root.layers, root.heads, root.owner) == (True, 30, 3, TENANT)
    for bit in range(64):
        assert not Root.of(word ^ np.uint64(1 << bit), REQUEST).sound, f"bit {bit}"
    assert not Root.of(word, REQUEST + 1).sound


@pytest.fixture
def table() -> PageTable:
    """One page of one request, read-only."""
    words = np.zeros(LIMIT // 64, dtype=np.uint64)
    line = (ROOT + REQUEST) * 8
    words[line] = root_header(REQUEST, TENANT, 4, 2)
    words[line + 1 + 513 // DIR_ROWS] = pointer(DIRECTORY, directory_key(REQUEST, 1))
    words[DIRECTORY * 8 + 513 % DIR_ROWS] = pointer(ROW, row_key(REQUEST, 513))
    stream = (2 * 2 + 1) * 2 + 1
    at = ROW * 8 + 2 * stream
    words[at : at + 2] = Entry(TENANT, PAGE, 11, slot=9, writable=0).words(VPN)
    return PageTable(words, ROOT, 64, LIMIT)


def test_translate(table: PageTable) -> None:
    fault, entry = table.translate(VPN, TENANT)
    assert (fault, entry.address, entry.length, entry.slot) == (Fault.NONE, PAGE, 11, 9)
    assert table.translate(VPN, TENANT, write=True)[0] == Fault.READ_ONLY
    assert table.translate(VPN, TENANT + 1)[0] == Fault.FOREIGN
    for fields in ((64, 0, 0, 0, 0), (6, 0, 0, 0, 0), (5, 4, 0, 0, 513), (5, 2, 2, 0, 513)):
        assert table.translate(int(Vpn(*fields).number()), TENANT)[0] == Fault.UNMAPPED
    for fields in ((5, 2, 1, 1, 512), (5, 2, 1, 1, 3), (5, 2, 1, 0, 513), (5, 2, 1, 1, 3072)):
        assert table.translate(int(Vpn(*fields).number()), TENANT)[0] == Fault.UNMAPPED


def test_every_damaged_word_on_the_way_is_malformed(table: PageTable) -> None:
    for at in np.flatnonzero(table.words):
        for bit in range(64):
            table.words[at] ^= np.uint64(1 << bit)
            assert table.translate(VPN, TENANT)[0] == Fault.MALFORMED, f"word {at} bit {bit}"
            table.words[at] ^= np.uint64(1 << bit)
