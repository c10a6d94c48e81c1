"""Reference of the staging area (rtl/coherence/coh_staging.sv): what a window page may hold, and
what each command may be answered.

A page is its stored bytes, or what was written over them since.  Which pages lie in the staging
area at a time is not modelled: nobody may notice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

PAGE_LINES = 64


class WindowOp(IntEnum):
    """coh_pkg::window_op_e."""

    Open = 0
    Seal = 1
    Close = 2
    Discard = 3


class WindowStatus(IntEnum):
    """coh_pkg::window_status_e."""

    Ok = 0
    Range = 1
    Exists = 2
    Absent = 3
    Busy = 4
    Failed = 5


class DmaStatus(IntEnum):
    """dma_pkg::status_e, those that a page operation can end with."""

    Ok = 0
    Unmapped = 7
    Foreign = 8
    ReadOnly = 9
    Table = 10
    TableBus = 11
    NoMemory = 12
    PoolBus = 14
    Corrupt = 15


@dataclass
class Page:
    """An open page.  `writes` counts those that changed it, `sealed` how many of them the last Seal
    had seen; `touched`: somebody accessed it."""

    vpn: int
    tenant: int
    table_slot: int
    fresh: bool
    touched: bool = False
    writes: int = 0
    sealed: int = 0
    bad: DmaStatus | None = None


@dataclass
class PageStore:
    """What lies in the pool, by virtual page: the raw bytes that a load gives, as ints a line.

    `lossy` is what a codec with a table makes of a line; through `exact_slot` nothing changes.
    """

    exact_slot: int
    lossy: Callable[[int], int]
    pages: dict[int, list[int]] = field(default_factory=dict)

    def store(self, vpn: int, table_slot: int, lines: list[int]) -> None:
        exact = table_slot == self.exact_slot
        self.pages[vpn] = list(lines) if exact else [self.lossy(line) for line in lines]

    def load(self, vpn: int) -> list[int] | None:
        return self.pages.get(vpn)


class Window:
    """The open pages of a window of `size`, and the answers that commands may get.

    `start` says what a command may be answered as it is sent, given what was done before; `end`
    narrows that by what happened meanwhile, checks the answer and does the command.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.pages: dict[int, Page] = {}

    def accessed(self, page: int, write: bool) -> None:
        """An access of the page is on its way, or ended."""
        known = self.pages.get(page)
        if known is not None:
            known.touched = True
            known.writes += write

    def start(self, op: WindowOp, number: int) -> tuple[bool, int]:
        """What has to be known of the page as the command starts: touched, and its writes."""
        page = self.pages.get(number)
        return (page.touched, page.writes) if page else (False, 0)

    def legal(
        self, op: WindowOp, number: int, before: tuple[bool, int], failed: DmaStatus | None
    ) -> set[WindowStatus]:
        """What may be answered now; `failed` is a status that the DMA engine gave for the page."""
        if not 0 <= number < self.size:
            return {WindowStatus.Range}
        page = self.pages.get(number)
        if op == WindowOp.Open:
            return {WindowStatus.Exists if page else WindowStatus.Ok}
        if page is None:
            return {WindowStatus.Absent}
        if op == WindowOp.Discard:
            return {WindowStatus.Ok}
        untouched = page.fresh and not before[0]
        if page.bad is not None:
            return {WindowStatus.Ok if op == WindowOp.Close else WindowStatus.Failed}
        if op == WindowOp.Seal:
            legal = {WindowStatus.Failed} if failed is not None else {WindowStatus.Ok}
            if untouched:
                legal = {WindowStatus.Absent} | (legal if page.touched else set())
            return legal
        was, now = before[1] > page.sealed or page.fresh, page.writes > page.sealed or page.fresh
        if untouched:
            return {WindowStatus.Ok} | ({WindowStatus.Busy} if page.touched else set())
        if was:
            return {WindowStatus.Busy}
        return {WindowStatus.Ok, WindowStatus.Busy} if now else {WindowStatus.Ok}

    def end(
        self, op: WindowOp, number: int, before: tuple[bool, int], status: WindowStatus
    ) -> None:
        """The command was answered."""
        page = self.pages.get(number)
        if op == WindowOp.Seal and status == WindowStatus.Ok:
            # Writes that came meanwhile may be part of what was sealed, or not.
            page.sealed = before[1]
            page.fresh = False
        elif op in (WindowOp.Close, WindowOp.Discard) and status == WindowStatus.Ok:
            del self.pages[number]
