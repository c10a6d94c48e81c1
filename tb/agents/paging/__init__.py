"""Translation and page store for a DMA engine, all behind DPI: any delay, any order, any fault.

The bench's top level has one `paging_dpi`.  In a test::

    paging = Paging(seed=1)
    paging.pace(least=4, spread=30, stalls=20)
    paging.put([Page(vpn, entry=entry), Page(vpn + 1, fault=Fault.BUS), Page(vpn + 2, address=77)])

A page without a record is unmapped, and its request not begun.  `Paging` is a `models.dma.Paging`
too, for the model of the engine: it keeps records of its own, so that what the engine mapped can be
compared with what it should have.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from models.dma import StoreStatus
from models.page_table import Entry, Fault

SOURCES = ("tb/agents/paging/paging_dpi.sv",)
BUILD_ARGS = (str(Path(__file__).with_name("paging.cpp")),)

PAGE = np.dtype(
    [
        ("vpn", "<u8"),
        ("entry", "<u8", 2),
        ("address", "<u8"),
        ("fault", "u1"),
        ("place", "u1"),
        ("map", "u1"),
        ("unused", "u1", 5),
    ]
)
LOG = np.dtype(
    [
        ("vpn", "<u8"),
        ("entry", "<u8", 2),
        ("tenant", "<u4"),
        ("value", "<u4"),
        ("kind", "u1"),
        ("unused", "u1", 7),
    ]
)
TRANSLATE, PLACE, MAP = range(3)
_CHECK = np.uint64(0xFFFF << 16)  # the page store's to fill in


@dataclass(frozen=True)
class Page:
    """A page's entry, where it is placed when it is stored, and what goes wrong."""

    vpn: int
    entry: Entry | None = None
    address: int = 0
    fault: Fault = Fault.NONE
    place: StoreStatus = StoreStatus.OK
    map: StoreStatus = StoreStatus.OK


# A request as it is counted: kind, VPN, tenant and write or units; a map: entry instead.
Request = tuple[int, ...]


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)  # the simulator itself
    library.skv_paging_error.restype = ctypes.c_char_p
    for name in ("log", "most", "cancels_left"):
        getattr(library, f"skv_paging_{name}").restype = ctypes.c_uint64
    return library


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _words(page: Page) -> np.ndarray:
    if page.entry is None:
        return np.zeros(2, np.uint64)
    words = page.entry.words(page.vpn)
    words[1] &= ~_CHECK
    return words


class Paging:
    """The one of a simulation.  `asked` counts what the model asked for since `check`."""

    def __init__(self, seed: int):
        self.pages: dict[int, Page] = {}
        self.asked: Counter[Request] = Counter()
        self.seed = seed
        _library().skv_paging_clear()
        self.pace()
        self.cancel([])

    def pace(self, least: int = 0, spread: int = 0, stalls: int = 0, drains: int = 0) -> None:
        """Answers come after `least` to `least + spread` cycles; stalls in 256 and drains in 65536
        cycles."""
        self.seed += 1
        seed = np.random.SeedSequence(self.seed).generate_state(1, np.uint64)
        _library().skv_paging_pace(least, spread, stalls, drains, ctypes.c_uint64(int(seed[0])))

    def put(self, pages: Iterable[Page]) -> None:
        pages = list(pages)
        self.pages |= {page.vpn: page for page in pages}
        self._put(pages)

    def hide(self) -> None:
        """Free every request: for the engine nothing is mapped any more, nor can be; for the model
        all is as it was, up to the next `put`."""
        self._put([Page(vpn, place=StoreStatus.UNMAPPED) for vpn in self.pages])

    def _put(self, pages: list[Page]) -> None:
        records = np.zeros(len(pages), PAGE)
        for record, page in zip(records, pages, strict=True):
            record["vpn"], record["address"] = page.vpn, page.address
            record["fault"], record["place"], record["map"] = page.fault, page.place, page.map
            record["entry"] = _words(page)
        _library().skv_paging_put(_pointer(records), ctypes.c_uint64(len(records)))

    def cancel(self, which: Iterable[tuple[int, int]], chance: int = 256) -> None:
        """Cancel (ring, tag) one after the other, each with chance/256 a cycle."""
        values = np.array([ring << 32 | tag for ring, tag in which], np.uint64)
        n = ctypes.c_uint64(len(values))
        _library().skv_paging_cancels(_pointer(values), n, chance)

    @property
    def cancels_left(self) -> int:
        return _library().skv_paging_cancels_left()

    @property
    def most(self) -> int:
        """Translations that were under way at once."""
        return _library().skv_paging_most()

    # ---- For the model ----

    def translate(self, vpn: int, tenant: int, write: bool) -> tuple[Fault, Entry | None]:
        self.asked[TRANSLATE, vpn, tenant, int(write)] += 1
        page = self.pages.get(vpn, Page(vpn))
        entry = page.entry
        if page.fault:
            return page.fault, None
        if entry is None:
            return Fault.UNMAPPED, None
        if entry.owner != tenant:
            return Fault.FOREIGN, None
        if write and not entry.writable:
            return Fault.READ_ONLY, None
        return Fault.NONE, entry

    def place(self, vpn: int, tenant: int, units: int) -> tuple[StoreStatus, int]:
        self.asked[PLACE, vpn, tenant, units] += 1
        page = self.pages.get(vpn)
        if page is None:
            return StoreStatus.UNMAPPED, 0
        return page.place, page.address

    def map(self, vpn: int, entry: Entry) -> StoreStatus:
        page = self.pages[vpn]
        mapped = replace(page, entry=entry)
        self.asked[MAP, vpn, *_words(mapped).tolist()] += 1
        if page.map == StoreStatus.OK:
            self.pages[vpn] = mapped
        return page.map

    # ---- The engine against the model ----

    def check(self) -> tuple[Counter[Request], Counter[Request]]:
        """What the engine asked for and the model did not, and the other way round, since the last
        call.  Raises AssertionError for what is never right."""
        library = _library()
        log = np.zeros(library.skv_paging_log(None), LOG)
        library.skv_paging_log(_pointer(log))
        error = library.skv_paging_error().decode()
        assert not error, error
        found: Counter[Request] = Counter()
        log["entry"][:, 1] &= ~_CHECK
        for kind, vpn, tenant, value, entry in zip(
            *(log[name].tolist() for name in ("kind", "vpn", "tenant", "value", "entry")),
            strict=True,
        ):
            found[(kind, vpn, *entry) if kind == MAP else (kind, vpn, tenant, value)] += 1
        asked, self.asked = self.asked, Counter()
        return found - asked, asked - found
