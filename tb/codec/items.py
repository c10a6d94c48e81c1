"""Sequence items: a page to send, with what the model says must come out for it.

Expected pages are computed for many items at once; the model is vectorised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from models.int8rle import LAYOUTS, RAW_UNITS, UNIT_BYTES, Layout, compress, decompress
from models.page import PAGE_BYTES, PAGE_VALUES
from tb.agents.axi_stream import AxisPacket
from tb.codec.raw_pages import ROW
from tb.codec.stored_pages import Stored

# TUSER of a stored page.
RAW, NONFINITE, MALFORMED = 1, 2, 4


@dataclass(frozen=True)
class RawPage:
    """A page to compress: patterns uint16 ``[2048]``.

    `beats` other than 64 puts TLAST early or late; late beats repeat the page from its start.
    """

    kind: str
    layout: Layout
    patterns: np.ndarray
    beats: int = RAW_UNITS


@dataclass(frozen=True)
class StoredPage:
    """A page to decompress."""

    kind: str
    layout: Layout
    page: Stored


@dataclass(eq=False)
class Expected:
    """What must come out: TUSER at the last beat, and the beats.  `exact` is False for a page with
    an error, whose data mean nothing."""

    beats: list[int]
    user: int
    exact: bool = True


class Item(AxisPacket):
    """A packet to send.  `source` is the page it was made of, `expected` what must come out.

    `user_on_all` says whether TUSER stands on every beat that comes out or only on the last, the
    others' being 0.  `stored` is the page in its stored form, uint8 ``[64 * n]``, and `status` its
    TUSER.
    """

    def __init__(
        self,
        source: RawPage | StoredPage,
        beats: list[int],
        user: list[int],
        expected: Expected,
        user_on_all: bool,
        stored: np.ndarray,
        status: int,
    ) -> None:
        super().__init__(beats, user)
        self.source = source
        self.expected = expected
        self.stored = stored
        self.status = status
        length = len(expected.beats)
        last = expected.user
        self.expected_user = [last] * length if user_on_all else [0] * (length - 1) + [last]
        self.index = -1  # place in the order of sending
        self.accepted = False  # the DUT took its last beat
        self.lost = False  # a reset caught it inside the DUT
        self.done = False  # it came out

    def __str__(self) -> str:
        return f"page {self.index} ({self.source.kind}, {self.source.layout})"


def _beats(data: np.ndarray) -> list[int]:
    return AxisPacket.from_bytes(data).beats


def _first_user(g: np.random.Generator, user: int, beats: int, limit: int) -> list[int]:
    """TUSER counts on the first beat only: the others' are noise."""
    return [user, *g.integers(0, limit, beats - 1).tolist()]


@dataclass
class _Coded:
    """The model's stored pages, in the order of the raw ones."""

    data: np.ndarray
    units: np.ndarray
    raw: np.ndarray
    user: list[int] = field(default_factory=list)


def _whole(page: RawPage) -> np.ndarray:
    """What is left of a page of other than 64 beats: filled up with zeros, or cut."""
    patterns = page.patterns.copy()
    patterns[min(page.beats, RAW_UNITS) * ROW :] = 0
    return patterns


def _compress(pages: Sequence[RawPage]) -> _Coded:
    n = len(pages)
    out = _Coded(
        np.zeros((n, PAGE_BYTES), np.uint8), np.zeros(n, np.int64), np.zeros(n, bool), [0] * n
    )
    whole = np.stack([_whole(page) for page in pages]).view(np.int16)
    for layout in LAYOUTS:
        mine = [i for i, page in enumerate(pages) if page.layout == layout]
        if not mine:
            continue
        stored = compress(torch.from_numpy(whole[mine]), layout)
        out.data[mine], out.units[mine], out.raw[mine] = stored.data, stored.units, stored.raw
        for i, nonfinite in zip(mine, stored.nonfinite.tolist(), strict=True):
            out.user[i] = NONFINITE * nonfinite
    for i, page in enumerate(pages):
        if page.beats != RAW_UNITS:
            out.data[i], out.units[i], out.raw[i] = whole[i].view(np.uint8), RAW_UNITS, True
            out.user[i] |= MALFORMED
        out.user[i] |= RAW * bool(out.raw[i])
    return out


def _raw_beats(page: RawPage) -> list[int]:
    values = page.beats * ROW
    return _beats(np.resize(page.patterns, max(values, PAGE_VALUES))[:values].view(np.uint8))


def to_compress(pages: Sequence[RawPage], g: np.random.Generator) -> list[Item]:
    """Items for the compressor."""
    coded = _compress(pages)
    items = []
    for i, page in enumerate(pages):
        data = coded.data[i, : coded.units[i] * UNIT_BYTES]
        expected = Expected(_beats(data), coded.user[i])
        user = _first_user(g, page.layout.flags, page.beats, 8)
        items.append(Item(page, _raw_beats(page), user, expected, True, data, coded.user[i]))
    return items


def to_decompress(pages: Sequence[StoredPage], g: np.random.Generator) -> list[Item]:
    """Items for the decompressor."""
    data = np.zeros((len(pages), PAGE_BYTES), np.uint8)
    for row, page in zip(data, pages, strict=True):
        size = min(len(page.page.data), PAGE_BYTES)
        row[:size] = page.page.data[:size]
    units = torch.tensor([len(page.page.data) // UNIT_BYTES for page in pages])
    raw = torch.tensor([page.page.raw for page in pages])
    values, errors = decompress(torch.from_numpy(data), units, raw)
    items = []
    for page, value, error in zip(pages, values.numpy(), errors.tolist(), strict=True):
        beats = _beats(page.page.data)
        expected = Expected(_beats(value.view(np.uint8)), error, exact=error == 0)
        user = _first_user(g, int(page.page.raw), len(beats), 2)
        items.append(Item(page, beats, user, expected, False, page.page.data, user[0]))
    return items


def to_chain(pages: Sequence[RawPage], g: np.random.Generator) -> list[Item]:
    """Items for compressor and decompressor in a row."""
    coded = _compress(pages)
    units, raw = torch.from_numpy(coded.units), torch.from_numpy(coded.raw)
    values, errors = decompress(torch.from_numpy(coded.data), units, raw)
    items = []
    for i, page in enumerate(pages):
        expected = Expected(_beats(values[i].numpy().view(np.uint8)), int(errors[i]))
        user = _first_user(g, page.layout.flags, page.beats, 8)
        data = coded.data[i, : coded.units[i] * UNIT_BYTES]
        items.append(Item(page, _raw_beats(page), user, expected, False, data, coded.user[i]))
    return items
