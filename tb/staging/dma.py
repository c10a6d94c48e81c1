"""The DMA engine as the staging area sees it: stores and loads whole pages, in any order.

It moves a line a cycle between device memory and the page store, so whoever touches a page
meanwhile is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import RisingEdge
from pyuvm import ConfigDB, uvm_component

from models.staging import PAGE_LINES, DmaStatus, PageStore
from tb.agents.common import ResetWatch, rng
from tb.coherence.golden import POISON


@dataclass(frozen=True)
class Job:
    """A request: coh_pkg::feed_t."""

    tag: int
    store: bool
    tenant: int
    vpn: int
    table_slot: int
    readonly: bool
    line: int

    @staticmethod
    def unpack(word: int) -> Job:
        fields = []
        for width in (58, 1, 8, 52, 16, 1, 8):
            fields.append(word & (1 << width) - 1)
            word >>= width
        line, readonly, slot, vpn, tenant, store, tag = fields
        return Job(tag, bool(store), tenant, vpn, slot, bool(readonly), line)


@dataclass
class DmaConfig:
    """`delay` is drawn for each request, before and after its lines; `fate` is what becomes of it.

    `jobs` are under way at once at most."""

    store: PageStore
    memory: Callable[[], dict[int, int]]
    delay: tuple[int, int] = (0, 60)
    jobs: int = 4
    fate: Callable[[Job], DmaStatus] = lambda _: DmaStatus.Ok
    on_begin: Callable[[Job], None] = lambda _: None
    on_end: Callable[[Job, DmaStatus], None] = lambda _, __: None


@dataclass(slots=True, eq=False)
class _Running:
    job: Job
    wait: int
    at: int = 0
    lines: list[int] = field(default_factory=list)


class PageDma(uvm_component):
    """Reads its `DmaConfig` from the ConfigDB field ``config``."""

    def build_phase(self) -> None:
        self.config: DmaConfig = ConfigDB().get(self, "", "config")
        self.g = rng(self.get_full_name())
        self.worked = self.took = 0  # cycles that all requests, and the last one, were under way
        self.forget()

    def forget(self) -> None:
        """A reset: nothing is under way; what is stored stays."""
        self._running: list[_Running] = []
        self._done: list[int] = []

    @property
    def quiet(self) -> bool:
        return not self._running and not self._done

    async def run_phase(self) -> None:
        top, config = cocotb.top, self.config
        reset = ResetWatch(top.rst_ni)
        ready = offered = False
        top.feed_ready_i.value = top.fed_valid_i.value = 0
        edge = RisingEdge(top.clk_i)
        while True:
            await edge
            if reset.active:
                top.feed_ready_i.value = top.fed_valid_i.value = 0
                ready = offered = False
                continue
            if ready and top.feed_valid_o.value:
                self._begin(Job.unpack(top.feed_o.value.to_unsigned()))
            if offered and top.fed_ready_o.value:
                offered = False
                top.fed_valid_i.value = 0
            if not self.quiet or offered:
                self.worked += 1
                self.took += 1
            for running in list(self._running):
                self._step(running)
            if self._done and not offered:
                top.fed_i.value = self._done.pop(self.g.randrange(len(self._done)))
                top.fed_valid_i.value = 1
                offered = True
            now = len(self._running) < config.jobs and self.g.random() < 0.7
            if now != ready:
                top.feed_ready_i.value = ready = now

    def _begin(self, job: Job) -> None:
        for other in self._running:
            assert other.job.vpn != job.vpn, "two requests of one page under way"
            assert other.job.line != job.line, "two requests at one place under way"
        assert not job.readonly and job.line % PAGE_LINES == 0
        self.took = 1
        self.config.on_begin(job)
        self._running.append(_Running(job, self.g.randint(*self.config.delay)))

    def _step(self, running: _Running) -> None:
        if running.wait:
            running.wait -= 1
            return
        job, memory, at = running.job, self.config.memory(), running.at
        if at == 0:
            running.lines = [] if job.store else list(self.config.store.load(job.vpn) or [])
        if at < PAGE_LINES:
            if job.store:
                running.lines.append(memory.get(job.line + at, 0))
            elif running.lines:
                memory[job.line + at] = running.lines[at]
            running.at += 1
            if running.at == PAGE_LINES:
                running.wait = self.g.randint(*self.config.delay)
            return
        status = self.config.fate(job)
        if job.store and any(line & POISON for line in running.lines):
            status = DmaStatus.PoolBus
        if not job.store and not running.lines:
            status = DmaStatus.Unmapped
        if status == DmaStatus.Ok and job.store:
            self.config.store.store(job.vpn, job.table_slot, running.lines)
        self._running.remove(running)
        self._done.append(job.tag << 8 | status)
        self.config.on_end(job, status)
