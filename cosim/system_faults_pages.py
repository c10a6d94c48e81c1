"""Pages through the whole device in every way, and faults in the memories around it.

Each page that is handed over as good is compared with the model's (`Pages.judge`); what a fault
hits must be marked, and all else be good (`Pages.settle`).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import cocotb
import numpy as np
from pyuvm import ConfigDB

from cosim.damage import damage
from cosim.system_faults import MISLED
from driver.csr_map import WindowStatus
from driver.device import COUNTS, LINE, PAGE, Answer, Arrival, Ring, Verdict
from models.device_memory import DECERR, PRESETS, SLVERR, DeviceMemory
from models.dma import Op, Status
from models.page_table import Entry, PageTable
from models.prefetch_core import Kind, Packet
from tb.agents.cxl_mem.host import POISON
from tb.top.env import TopEnv
from tb.top.tests import TENANT, TopTest, lines_of

STOCK = 128  # different pages
SEGMENTS = 12  # of the pool
FREE_PAGE = 64  # where in GPU memory pages are loaded to
PATIENCE = 250  # the driver's: above anything that a device without a fault takes
UNTOUCHED = 0xEE
ZERO = "zero"  # a damage, beside those of cosim.damage

READ_ERROR, POISONED = "bus error on reading: ", "poison: "

# How a fault showed, beside the statuses of completions.
ARRIVAL, LINES, NO_EFFECT = "arrival", "lines", "no effect"


@dataclass(frozen=True)
class Fault:
    """What was done, and the pages (their VPNs) that cannot be had because of it.

    sure: they are all marked; else it may not have come to that.
    """

    kind: str
    pages: Sequence[int]
    sure: bool = True


class FaultsEnv(TopEnv):
    """A pool so small that segments are used again."""

    layout = replace(TopEnv.layout, segments=SEGMENTS)


class Pages(TopTest):
    """counts: faults by kind and outcome.  wrong: what must not be.  pages: handed over as good and
    compared.  request: that of the pages; holds: VPN -> number of what is stored, in `stock`."""

    def build_phase(self) -> None:
        ConfigDB().set(self, "*", "timing", PRESETS["hbm"])
        self.env = FaultsEnv("env", self)
        self.counts: Counter[tuple[str, str]] = Counter()
        self.wrong: list[str] = []
        self.round = self.pages = self.request = 0
        self.holds: dict[int, int] = {}
        self._undo: list[Callable[[], None]] = []

    def check_beats(self) -> None:
        """Hard resets clear the counters."""

    def prepare(self) -> None:
        """Pages to store and how they come back, once the device runs."""
        self.device.patience = PATIENCE
        self.stock = self.make(STOCK)
        self.codec.prepare((page.tobytes(), slot) for page, slot in self.stock)
        self.models = [self.seen(page, slot) for page, slot in self.stock]
        if MISLED in os.environ:
            self.models[0] = self.models[0] ^ 1
        self.pool, self.host_memory = self.env.device_memories[0], self.env.gpu_memories[0]
        layout = self.env.layout
        words, limit = self.pool.bytes.view(np.uint64), layout.pool + SEGMENTS * 1024
        self.table = PageTable(words, layout.roots, layout.links - layout.roots, limit)

    def of(self, layer: int, head: int, page: int, kind: int) -> int:
        return self.vpn(self.request, layer, head, kind, page)

    def both(self, keys: Sequence[tuple[int, int, int]]) -> list[int]:
        """Keys and values."""
        return [self.of(*key, kind) for key in keys for kind in (0, 1)]

    def say(self, what: str) -> None:
        cocotb.log.error(what)
        self.wrong.append(f"round {self.round}: {what}")

    def settle(self, faults: list[Fault], marks: dict[int, str], what: str) -> None:
        """Count faults; marks: of the pages that were not had, VPN -> how one knows."""
        hit = {vpn for fault in faults for vpn in fault.pages}
        for fault in faults:
            seen = [marks[vpn] for vpn in fault.pages if vpn in marks]
            if fault.sure and len(seen) < len(fault.pages):
                self.say(f"{what}: {fault.kind}: not all of its pages were marked")
            self.counts[fault.kind, seen[0] if seen else NO_EFFECT] += 1
        for vpn, mark in marks.items():
            # Keys and values arrive together.
            if vpn not in hit and not (mark == ARRIVAL and vpn ^ 1 << 19 in hit):
                self.say(f"{what}: page {vpn:#x} is sound and was marked: {mark}")

    def judge(self, vpn: int, page: np.ndarray, what: str) -> None:
        """A page is handed over as good."""
        self.pages += 1
        if not np.array_equal(page, self.models[self.holds[vpn]]):
            self.say(f"{what}: page {vpn:#x} is wrong and was handed over as good")

    # ---- Faults, and what ends them ----

    def spoil(self, at: int, length: int, how: str) -> None:
        """Damage bytes of device memory."""
        old, new = self.pool.bytes[at : at + length], np.zeros(length, np.uint8)
        got = damage(self.env.np, old, how) if how != ZERO else new
        new[: len(got)] = got
        self.overwrite(at, new)

    def overwrite(self, at: int, new: np.ndarray) -> None:
        """Other bytes in device memory."""
        view = self.pool.bytes[at : at + len(new)]
        self._undo.append(partial(view.__setitem__, slice(None), view.copy()))
        view[:] = new

    def refuse(self, where: DeviceMemory, at: int, **how: object) -> None:
        """From now on a line answers with an error."""
        where.fault(at, response=self.g.choice((SLVERR, DECERR)), **how)

    def poison(self, where: DeviceMemory, at: int) -> None:
        where.poison(at)
        self._undo.append(partial(where.poison, at, poisoned=False))

    def unreadable(self, where: DeviceMemory, at: int, what: str) -> str:
        """Let the line at `at` answer reads with an error or poison; what that is called."""
        if self.g.random() < 0.3:
            self.poison(where, at)
            return POISONED + what
        self.refuse(where, at, writes=False)
        return READ_ERROR + what

    def undo(self) -> None:
        for back in reversed(self._undo):
            back()
        self._undo.clear()
        self.pool.clear_faults()
        self.host_memory.clear_faults()

    # ---- The page table ----

    def entry_at(self, vpn: int) -> int:
        """Where a page's entry is, in bytes."""
        fault, word, _ = self.table.entry_place(vpn)
        if fault:
            raise AssertionError(f"page {vpn:#x} has no row: {fault.name}")
        return 8 * word

    def entry(self, vpn: int) -> Entry:
        at = self.entry_at(vpn)
        words = self.pool.bytes[at : at + 16].view(np.uint64)
        sound, entry = Entry.of(words, vpn, self.table.limit)
        if not sound:
            raise AssertionError(f"page {vpn:#x} has no entry")
        return entry

    # ---- Rings ----

    def put(self, vpns: Sequence[int], ring: Ring) -> dict[int, str]:
        """Store pages; which failed."""
        pages = [self.stock[self.holds[vpn]] for vpn in vpns]
        places = [self.place(i) for i in range(len(vpns))]
        for at, (page, _) in zip(places, pages, strict=True):
            self.gpu[at : at + PAGE] = page
        found = ring.run(self.descriptors(Op.STORE, vpns, places, [slot for _, slot in pages]))
        return self.failed(vpns, found)

    @staticmethod
    def failed(vpns: Sequence[int], found: np.ndarray) -> dict[int, str]:
        statuses = zip(vpns, found["status"].tolist(), strict=True)
        return {vpn: Status(status).name for vpn, status in statuses if status}

    def target(self, i: int) -> int:
        return self.place(FREE_PAGE + i)

    def loads(self, vpns: Sequence[int], op: Op = Op.LOAD) -> np.ndarray:
        """Descriptors that load pages to where nothing is."""
        for i in range(len(vpns)):
            self.gpu[self.target(i) :][:PAGE] = UNTOUCHED
        return self.descriptors(op, vpns, [self.target(i) for i in range(len(vpns))])

    def get(self, vpns: Sequence[int], ring: Ring, what: str) -> dict[int, str]:
        """Load pages through a ring; which failed."""
        found = ring.run(self.loads(vpns, self.g.choice((Op.LOAD, Op.PREFETCH))))
        marks = self.failed(vpns, found)
        for i, vpn in enumerate(vpns):
            page = self.gpu[self.target(i) :][:PAGE]
            if vpn not in marks:
                self.judge(vpn, page, what)
            elif marks[vpn] != Status.HOST_BUS.name and (page != UNTOUCHED).any():
                self.say(f"{what}: page {vpn:#x} was marked and written all the same")
        return marks

    def again(self, vpns: Sequence[int]) -> None:
        """Without a fault everything is good."""
        if vpns:
            marks = self.get(vpns, self.rings[0], "afterwards")
            self.settle([], marks, "afterwards")

    def post(self, vpns: Sequence[int], ring: Ring) -> Callable[[], bool]:
        """Post loads of pages; what it returns judges what came and says whether that was all."""
        first, came = ring.tail, []
        ring.post(self.loads(vpns))

        def all_came() -> bool:
            found = ring.poll()
            came.extend(found["number"].tolist())
            for number, status in zip(found["number"], found["status"], strict=True):
                at = (int(number) - first) % COUNTS
                if status == Status.OK:
                    self.judge(vpns[at], self.gpu[self.target(at) :][:PAGE], "interrupted")
                elif status != Status.STOPPED:
                    self.say(f"page {vpns[at]:#x} was marked: {Status(status).name}")
            return len(came) == len(vpns)

        return all_came

    # ---- Prefetching ----

    def packet(self, kind: Kind, **fields: int) -> None:
        self.device.packet(Packet(kind, 0, TENANT, **fields).beats())

    def ask(self, keys: Sequence[tuple[int, int, int]], what: str) -> dict[int, str]:
        """Ask the prefetch core for pages; which did not come."""
        self.device.ask([(tag, TENANT, 0, *key) for tag, key in enumerate(keys)])
        answers: dict[int, Answer] = {}
        arrived: dict[tuple[int, int, int], Arrival] = {}

        def enough() -> bool:
            for event in self.device.events():
                if isinstance(event, Answer):
                    answers[event.tag] = event
                else:
                    arrived[event.layer, event.head, event.page] = event
            return len(answers) == len(keys) and all(
                keys[tag] in arrived
                for tag, answer in answers.items()
                if answer.verdict in (Verdict.LATE, Verdict.MISS)
            )

        self.device.until(enough, "what was asked for")
        marks = {}
        for tag, key in enumerate(keys):
            answer, arrival = answers[tag], arrived.get(key)
            if answer.verdict > Verdict.MISS:
                self.say(f"{what}: {answer}")
            elif arrival and not arrival.ok:
                marks |= dict.fromkeys(self.both([key]), ARRIVAL)
            else:
                for kind in (0, 1):
                    at = self.env.layout.l2 + PAGE * (2 * answer.slot + kind)
                    self.judge(self.of(*key, kind), self.gpu[at : at + PAGE], what)
        return marks

    # ---- Pages as memory ----

    def look(self, vpns: Sequence[int]) -> dict[int, str]:
        """Read pages as memory; which were refused."""
        marks = {}
        for page, vpn in enumerate(vpns):
            slot = self.stock[self.holds[vpn]][1]
            if self.device.open_page(page, TENANT, vpn, slot) != WindowStatus.OK:
                self.say(f"page {vpn:#x} was not opened")
            if not self.lines(page, vpn):
                marks[vpn] = LINES
                event = self.device.until(self.device.page_event, "the event of a page")
                if event["page"] != page or event["store"]:
                    self.say(f"page {page} was refused, told of was {event}")
            if self.device.close_page(page) != WindowStatus.OK:
                self.say(f"page {page} was not closed")
        return marks

    def lines(self, page: int, vpn: int) -> bool:
        """Whether a page of the window has all its lines; those that it has are right."""
        first = self.device.window_address(page) // LINE
        right = lines_of(self.models[self.holds[vpn]])
        got = [beat for at in range(0, 64, 16) for beat in self.gpu_read(first + at, 16)]
        good = [at for at in range(64) if not got[at][1]]
        one = self.g.randrange(64)
        value = self.host_load(first + one)
        self.host_evict(first + one)
        if any(got[at][0] != right[at] for at in good):
            self.say(f"the GPU read wrong lines of page {vpn:#x}")
        if not value & POISON and value != right[one]:
            self.say(f"the host read a wrong line of page {vpn:#x}")
        if bool(value & POISON) != (one not in good):
            self.say(f"host and GPU see page {vpn:#x} otherwise")
        self.pages += len(good) == 64
        return len(good) == 64

    def marked(self, line: int, kind: str) -> None:
        """A line that cannot be read: the host sees poison, devices see errors."""
        host = self.host_load(line)
        self.host_evict(line)
        if not host & POISON or not self.gpu_read(line)[0][1] or not self.io_read(line)[0][1]:
            self.say(f"{kind}: the line was handed over as good")
        self.counts[kind, LINES] += 1
