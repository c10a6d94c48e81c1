"""The surroundings of `tb.coherence`, with a window of compressed pages in what they share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import cocotb
from cocotb.triggers import ClockCycles, Lock, RisingEdge
from pyuvm import ConfigDB, uvm_component

from models.staging import (
    PAGE_LINES,
    DmaStatus,
    Page,
    PageStore,
    Window,
    WindowOp,
    WindowStatus,
)
from tb.agents.common import ResetWatch, rng
from tb.agents.lines import LineMaster
from tb.coherence.env import COUNTS, CoherenceEnv, EnvConfig
from tb.coherence.golden import POISON, Golden, StaleError
from tb.coherence.memory import SLVERR, LineMemory
from tb.staging import coverage
from tb.staging.coverage import FLAGS, Coverage
from tb.staging.dma import DmaConfig, Job, PageDma

WINDOW = 1 << 20  # its first line
STAGING = 1 << 26  # beyond the host's lines
PAGES = 16
FRAMES = 4
EXACT = 0xE7  # table slot that is never loaded
COVERAGE = Coverage()  # one a run
_PATTERN = int.from_bytes(bytes(range(64)), "little")
_KEPT = int.from_bytes(b"\xf8" * 64, "little")


def lossy(line: int) -> int:
    """What a codec with a table makes of a line: fewer bits, and never the same line again."""
    return (line & _KEPT) ^ _PATTERN


def line_of(page: int, offset: int = 0) -> int:
    return WINDOW + PAGE_LINES * page + offset


def page_of(line: int) -> int | None:
    page = (line - WINDOW) // PAGE_LINES
    return page if 0 <= page < PAGES else None


@dataclass
class StagingConfig(EnvConfig):
    """`dma_delay` and `dma_jobs` as in `DmaConfig`."""

    dma_delay: tuple[int, int] = (0, 60)
    dma_jobs: int = 4


class StagingGolden(Golden):
    """Lines of a page that cannot be had are poison."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = set(range(PAGES))  # pages that cannot be had

    def _excused(self, line: int, value: int) -> bool:
        return bool(value & POISON) and page_of(line) in self.lost

    def check_now(self, line: int, value: int, who: str) -> None:
        if not self._excused(line, value):
            super().check_now(line, value, who)

    def check_since(self, line: int, value: int, start: int, who: str) -> None:
        if not self._excused(line, value):
            super().check_since(line, value, start, who)


class StagingMemory(LineMemory):
    """What is written in the staging area is nobody's line."""

    def _performed(self, line: int, data: int, strb: int, poison: bool) -> None:
        if line < STAGING:
            super()._performed(line, data, strb, poison)


@dataclass
class MonitorConfig:
    """Who is told."""

    env: StagingEnv


class WindowMonitor(uvm_component):
    """Sees the engine's accesses of the window, and every line that moves to a sealed page."""

    def build_phase(self) -> None:
        self.env: StagingEnv = ConfigDB().get(self, "", "config").env
        self.forget()

    def forget(self) -> None:
        self.accesses = 0  # that read or write a byte
        self._writes: dict[int, tuple[int, int, int, bool]] = {}

    async def run_phase(self) -> None:
        top, env = cocotb.top, self.env
        reset, edge = ResetWatch(top.rst_ni), RisingEdge(top.clk_i)
        names = [(1 << i, name) for i, name in enumerate(FLAGS) if name]
        flags, hits = top.window_flags_o, COVERAGE.hits
        while True:
            await edge
            if reset.active or not (word := flags.value.to_unsigned()):
                continue
            for bit, name in names:
                if word & bit:
                    hits[name] += 1
            if word >> coverage.ANSWER & 1:
                answer = top.window_b_o.value.to_unsigned()
                write = self._writes.pop(answer >> 2, None)
                if write is not None:
                    env.wrote(*write, answer & 3)
            if word >> coverage.READ & 1:
                self.accesses += 1
                env.window.accessed(page_of(top.window_read_o.value.to_unsigned()), False)
            if word >> coverage.WRITE & 1:
                self._take(top.window_write_o.value.to_unsigned())
            if word & (1 << coverage.MOVE | 1 << coverage.WRITE_HITS):
                look = top.window_look_o.value.to_unsigned()
                page, offset = look >> 6 & (1 << 26) - 1, look & 63
                if word >> coverage.WRITE_HITS & 1:
                    env.window.accessed(page, True)
                if word >> coverage.MOVE & 1 and not look >> 32:
                    env.moved(page, offset)
            if word >> coverage.OPENED & 1:
                env.opened()
            if word >> coverage.GAVE_UP & 1:
                env.gave_up()
            if word >> coverage.EVENT & 1:
                env.reported(top.window_event_o.value.to_unsigned())

    def _take(self, word: int) -> None:
        poison, strb, data = word & 1, word >> 2 & (1 << 64) - 1, word >> 66 & (1 << 512) - 1
        line, slot = word >> 578 & 0xFFFFFFFF, word >> 610
        if strb:
            self.accesses += 1
            self._writes[slot] = line, data, strb, bool(poison)
            known = self.env.window.pages.get(page_of(line))
            if known is not None:
                known.touched = True


class StagingEnv(CoherenceEnv):
    """Reads its `StagingConfig` from the ConfigDB field ``config``."""

    golden_kind = StagingGolden
    memory_kind = StagingMemory
    count_names = (*COUNTS, "window hit", "window miss", "sweep")

    def build_phase(self) -> None:
        super().build_phase()
        config: StagingConfig = ConfigDB().get(self, "", "config")
        self.g = rng("pages")
        self.store = PageStore(EXACT, lossy)
        self.window = Window(PAGES)
        self.events: list[tuple[int, bool, DmaStatus]] = []
        self.fates: dict[tuple[int, str], list[DmaStatus]] = {}
        self.random_fate = 0.0
        self._last_fate = self._store_failed = DmaStatus.Ok
        self._seal_failed: DmaStatus | None = None
        self._no_room: DmaStatus | None = None
        self._seal_stored = self._seal_vpn = -1
        self._exact: set[int] = set()
        self._sealed: Counter[int] = Counter()
        self._turn = Lock()
        made = DmaConfig(
            self.store,
            lambda: self.memory.lines,
            config.dma_delay,
            config.dma_jobs,
            self._fate,
            self._began,
            self._ended,
        )
        ConfigDB().set(self, "pages", "config", made)
        self.pages = PageDma("pages", self)
        ConfigDB().set(self, "monitor", "config", MonitorConfig(self))
        self.monitor = WindowMonitor("monitor", self)

    def start_of_simulation_phase(self) -> None:
        super().start_of_simulation_phase()
        top = cocotb.top
        top.window_base_i.value, top.staging_base_i.value = WINDOW, STAGING
        top.exact_slot_i.value = EXACT
        top.cmd_valid_i.value = 0
        top.cmd_answer_ready_i.value = 0

    # ---- What the DMA engine does ----

    @staticmethod
    def _kind(job: Job) -> str:
        if not job.store:
            return "load"
        return "exact" if job.table_slot == EXACT else "seal"

    def _page_by(self, vpn: int) -> tuple[int, Page]:
        return next((n, page) for n, page in self.window.pages.items() if page.vpn == vpn)

    def fail(self, page: int, kind: str, *statuses: DmaStatus) -> None:
        """What becomes of the page's next requests of a kind: load, exact, seal."""
        self.fates[self.window.pages[page].vpn, kind] = list(statuses)

    def _fate(self, job: Job) -> DmaStatus:
        waiting = self.fates.get((job.vpn, self._kind(job)))
        if waiting:
            return waiting.pop(0)
        # Never so often that a page is given up.
        if job.store and self._last_fate == DmaStatus.Ok and self.g.random() < self.random_fate:
            self._last_fate = DmaStatus.NoMemory
        else:
            self._last_fate = DmaStatus.Ok
        return self._last_fate

    def _began(self, job: Job) -> None:
        if self._kind(job) == "seal":
            _, page = self._page_by(job.vpn)
            page.sealed = page.writes
            self._seal_stored = job.vpn

    def _ended(self, job: Job, status: DmaStatus) -> None:
        number, page = self._page_by(job.vpn)
        kind = self._kind(job)
        assert (job.tenant, job.table_slot) == (
            page.tenant,
            {"load": 0, "exact": EXACT, "seal": page.table_slot}[kind],
        )
        sealing = self._seal_vpn == job.vpn and kind != "exact"
        if kind == "load" and sealing and self._seal_stored != job.vpn:
            sealing = False  # an exactly stored page, to be sealed
        if status != DmaStatus.Ok:
            self._failed(number, page, kind, sealing, status)
        elif kind == "exact":
            COVERAGE.hit("page stored exactly")
            self._exact.add(job.vpn)
        elif kind == "seal":
            COVERAGE.hit("page sealed")
            self._exact.discard(job.vpn)
            self._sealed[job.vpn] += 1
            if self._sealed[job.vpn] > 1:
                COVERAGE.hit("page sealed twice")
        elif not sealing:
            again = "page stored exactly, loaded again"
            COVERAGE.hit(again if job.vpn in self._exact else "sealed page loaded")

    def _failed(self, number: int, page: Page, kind: str, sealing: bool, status: DmaStatus) -> None:
        if sealing:
            self._seal_failed = status
            page.writes += 1  # what is held is to be stored again
            COVERAGE.hit("sealing load failed" if kind == "load" else "sealing store failed")
        elif kind == "load":
            page.bad = status
            self.golden.lost.add(number)
            COVERAGE.hit("load failed")
        else:
            self._store_failed = status
            COVERAGE.hit("exact store failed")
        if kind != "load" and status == DmaStatus.PoolBus:
            COVERAGE.hit("poisoned page not stored")

    # ---- What the monitor sees ----

    def wrote(self, line: int, data: int, strb: int, poison: bool, response: int) -> None:
        if response == SLVERR:
            if page_of(line) not in self.golden.lost:
                raise StaleError(f"line {line:#x}: a write was refused")
            self.golden.refuse(line, data, strb, poison)
        else:
            self.golden.perform(line, data, strb, poison)

    def moved(self, number: int, offset: int) -> None:
        """From now on the line is what the codec made of it: of all that was written to it."""
        line = line_of(number, offset)
        value = self.store.pages[self.window.pages[number].vpn][offset]
        if value != lossy(self.golden.value[line]):
            raise StaleError(f"line {line:#x}: what was sealed is not what it held")
        self.golden.set(line, value)

    def opened(self) -> None:
        """The page of the command under way is what is stored of it, or zeros."""
        number, vpn, fresh = self._opening
        for i, value in enumerate([0] * PAGE_LINES if fresh else self.store.pages[vpn]):
            self.golden.set(line_of(number, i), value)

    def gave_up(self) -> None:
        """A page got no frame; it may be the sealed one's second."""
        self._no_room = self._store_failed

    def reported(self, word: int) -> None:
        self.events.append((word >> 9, bool(word >> 8 & 1), DmaStatus(word & 255)))

    # ---- What the driver does ----

    async def open(
        self, number: int, vpn: int = 0, fresh: bool = False, tenant: int = 3, table_slot: int = 9
    ) -> WindowStatus:
        """Open a page."""
        async with self._turn:
            legal = self.window.legal(WindowOp.Open, number, (False, 0), None)
            if legal == {WindowStatus.Ok}:
                self.window.pages[number] = Page(vpn, tenant, table_slot, fresh)
                self._opening = number, vpn, fresh
            fields = tenant << 61 | vpn << 9 | table_slot << 1 | fresh
            status, _ = await self._command(WindowOp.Open, number, fields)
            if status == WindowStatus.Ok:
                self.golden.lost.discard(number)
            assert status is None or status in legal, f"Open of {number}: {status!r}"
            return status

    async def seal(self, number: int) -> WindowStatus:
        return await self._checked(WindowOp.Seal, number)

    async def close(self, number: int) -> WindowStatus:
        return await self._checked(WindowOp.Close, number)

    async def discard(self, number: int) -> WindowStatus:
        return await self._checked(WindowOp.Discard, number)

    async def _checked(self, op: WindowOp, number: int) -> WindowStatus | None:
        async with self._turn:
            before = self.window.start(op, number)
            page = self.window.pages.get(number)
            self._seal_failed = self._no_room = None
            self._seal_stored = -1
            self._seal_vpn = page.vpn if page and op == WindowOp.Seal else -1
            status, cause = await self._command(op, number, 0)
            self._seal_vpn = -1
            if status is None:
                return None
            failed = self._seal_failed or self._no_room
            legal = self.window.legal(op, number, before, self._seal_failed)
            if op == WindowOp.Seal and self._no_room:
                legal |= {WindowStatus.Failed}
            assert status in legal, f"{op.name} of {number}: {status!r}, {page}, {before}"
            if status == WindowStatus.Failed:
                assert cause == (failed or page.bad)
            if op == WindowOp.Seal and status == WindowStatus.Ok and page.writes > page.sealed:
                COVERAGE.hit("written after Seal, before its answer")
            if op in (WindowOp.Close, WindowOp.Discard) and status == WindowStatus.Ok:
                self.golden.lost.add(number)
                if op == WindowOp.Discard and page.writes > page.sealed:
                    COVERAGE.hit("Discard of what was written")
                if op == WindowOp.Close and page.bad is not None:
                    COVERAGE.hit("Close of a page that cannot be loaded")
            self.window.end(op, number, before, status)
            return status

    async def _command(
        self, op: WindowOp, number: int, fields: int
    ) -> tuple[WindowStatus | None, DmaStatus]:
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        reset = self._reset_count
        top.cmd_i.value = op << 93 | number << 77 | fields
        top.cmd_valid_i.value = 1
        while True:
            await edge
            if reset != self._reset_count:
                top.cmd_valid_i.value = 0
                return None, DmaStatus.Ok
            if top.cmd_ready_o.value:
                break
        top.cmd_valid_i.value = 0
        if pause := self.g.choice((0, 0, 5)):
            await ClockCycles(top.clk_i, pause)
        top.cmd_answer_ready_i.value = 1
        while True:
            await edge
            if reset != self._reset_count:
                top.cmd_answer_ready_i.value = 0
                return None, DmaStatus.Ok
            if top.cmd_answer_valid_o.value:
                break
        word = top.cmd_answer_o.value.to_unsigned()
        top.cmd_answer_ready_i.value = 0
        status = WindowStatus(word >> 8)
        COVERAGE.hit(f"{op.name}: {status.name}")
        return status, DmaStatus(word & 255)

    # ---- Device accesses of pages that may be lost ----

    async def write(self, master: LineMaster, line: int, beats: list[tuple[int, int]]) -> None:
        if page_of(line) is None:
            await super().write(master, line, beats)
            return
        coming = [self.golden.expect(line + i, data, strb) for i, (data, strb) in enumerate(beats)]
        response = await master.write(line, beats)
        if response is None:
            return
        assert all(write.performed for write in coming), "a response before the write is done"
        if response == SLVERR and page_of(line) not in self.golden.lost:
            raise StaleError(f"line {line:#x}: a write was refused")

    _reset_count = 0

    async def reset(self, cycles: int) -> None:
        if not self.pages.quiet:
            COVERAGE.hit("reset with pages under way")
        if self._seal_vpn >= 0:
            COVERAGE.hit("reset while sealing")
        self._reset_count += 1
        self.window.pages.clear()
        self.golden.lost.update(range(PAGES))
        self.pages.forget()
        self.monitor.forget()
        await super().reset(cycles)
        self._seal_vpn = -1

    @property
    def quiet(self) -> bool:
        return super().quiet and self.pages.quiet
