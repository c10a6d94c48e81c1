"""Has the model follow the unit step by step, and judges every answer twice.

The steps, each in the cycle in which it takes effect: lookups two cycles after their requests were
taken, begins of walks, data two cycles after they came, invalidations, ends of walks.  The model
says whether a lookup hits, joins or walks, where walks read, and which answers come in which order.
Each answer must also be one that the page table gave at some time that the invalidation rule
allows, whatever the model thinks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, Event, RisingEdge, select
from cocotb.utils import get_sim_time
from pyuvm import uvm_component

from models.atu import Answer, Atu, Invalidate, Outcome, Request, matches
from models.page_table import Fault
from tb.agents.common import ResetWatch
from tb.agents.translate import Answered, Asked, Seen, TranslateReset
from tb.agents.translate.agent import PERIOD
from tb.atu.table import Table

DATA_CYCLES = 2  # from data to what they do


@dataclass
class Record:
    """A request and what became of it: cycles, outcome, answer.

    memory: cycles that the walk spent in reads; reads: how many.
    """

    request: Request
    asked: int
    outcome: Outcome | None = None
    answer: Answer | None = None
    answered: int = 0
    slot: int = -1
    memory: int = 0
    reads: int = 0
    changes: int = 0  # of the table before it was asked

    @property
    def cycles(self) -> int:
        return self.answered - self.asked


@dataclass
class Forgotten:
    """An invalidation: when it was accepted and done, and the table's changes before it."""

    kind: Invalidate
    vpn: int
    changes: int
    done: int | None = None


@dataclass
class WalkLog:
    """A walk's reads."""

    records: list[Record]
    reads: list[tuple[int, int]] = field(default_factory=list)  # address, cycles
    sent: int = -1
    known: bool = False  # its row pointer
    failed: bool = False  # a bus error


class Scoreboard(uvm_component):
    """`observers` are given each record that is complete, and its walk if it had one."""

    def build_phase(self) -> None:
        self.make: Callable[[], Atu]
        self.table: Table
        self.observers: list[Callable[[Record, WalkLog | None], None]] = []
        self.on_look_up: list[Callable[[Record, Atu], None]] = []
        self.on_forget: list[Callable[[Forgotten, Atu], None]] = []
        self.records: list[Record] = []
        self.matched = self.lost = self.resets = 0
        self.forgotten: list[Forgotten] = []
        self.counts = dict.fromkeys(Outcome, 0)
        self.begun = 0
        self._progress = Event()  # all are answered, or a reset took them

    def start_of_simulation_phase(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.model = self.make()
        self.asked: deque[Record] = deque()  # not looked up yet
        self.waiting: dict[int, Record] = {}  # by tag
        self.expected: deque[Answer] = deque()
        self.reads: dict[int, int] = {}  # slot: the address it is to send
        self.logs: dict[int, WalkLog] = {}
        self.walk_of: dict[int, WalkLog] = {}  # tag
        self.over: set[int] = set()
        self._data: deque[tuple | None] = deque([None] * DATA_CYCLES)
        self._pending: Forgotten | None = None
        self.forgotten.clear()

    @property
    def outstanding(self) -> int:
        return len(self.waiting)

    async def drain(self, cycles: int = 4000) -> None:
        """Wait until every request is answered; fails when none is for `cycles`."""
        while left := len(self.waiting):
            before = self.matched
            self._progress.clear()
            done, _ = await select(self._progress.wait(), ClockCycles(cocotb.top.clk_i, cycles))
            assert done == 0 or self.matched > before, f"{left} answers missing"

    # ---- What the agent sees ----

    def seen(self, event: Seen) -> None:
        if isinstance(event, TranslateReset):
            self.lost += len(self.waiting)
            self.resets += 1
            self._forget()
            self._progress.set()
        elif isinstance(event, Asked):
            record = Record(event.request, event.cycle)
            record.changes = self._since(event.request)
            self.asked.append(record)
            self.records.append(record)
            assert event.request.tag not in self.waiting
            self.waiting[event.request.tag] = record
        else:
            self._answered(event)

    def _since(self, request: Request) -> int:
        """Changes of the table that a request accepted now must know of."""
        return max(
            (f.changes for f in self.forgotten if matches(f.kind, f.vpn, request.vpn)), default=0
        )

    def _answered(self, event: Answered) -> None:
        got = event.answer
        assert self.expected, f"unexpected {got}"
        wanted = self.expected.popleft()
        assert got == wanted, f"got {got}, expected {wanted}"
        record = self.waiting.pop(got.tag)
        record.answer, record.answered = got, event.cycle
        log = self.walk_of.pop(got.tag, None)
        if log:
            record.memory = sum(cycles for _, cycles in log.reads)
            record.reads = len(log.reads)
        if got.fault != Fault.BUS:
            self._judge_by_table(record)
        self.matched += 1
        if not self.waiting:
            self._progress.set()
        for observer in self.observers:
            observer(record, log)

    def _judge_by_table(self, record: Record) -> None:
        request = record.request
        until = self.table.changes_before(record.answered)
        fields = request.tag, request.vpn, request.tenant, request.write
        allowed = self.table.answers(*fields, record.changes, until)
        assert any(answer == record.answer for answer in allowed), (
            f"{request} answered {record.answer}, which the table did not hold"
            f" since the last invalidation (change {record.changes} of {until})"
        )

    # ---- The unit's steps ----

    async def run_phase(self) -> None:
        top = cocotb.top
        port, steps = top.u_m_axi, top.steps_o
        reset = ResetWatch(top.rst_ni)
        edge = RisingEdge(top.clk_i)
        while True:
            await edge
            if reset.active:
                continue
            bits = int(steps.value)
            due = self._data.popleft()
            taken = None
            if bits & 0x3:
                self._look_up(bits)
            if bits & 0x8:
                self._begin(bits >> 8 & 0xFF)
            if due:
                self._take_data(*due)
            if bits & 0x10:
                self._invalidate()
            if bits & 0x20:
                self._end(bits >> 16 & 0xFF)
            if bits & 0x40:
                taken = self._read_done(port)
            if bits & 0x80:
                self._read_sent(int(port.arid.value), int(port.araddr.value))
            if bits & 1 << 24:
                self._accept_invalidation(top.inv_i.value.to_unsigned())
            if bits & 1 << 25:
                self._complete_invalidation()
            self._data.append(taken)

    def _look_up(self, bits: int) -> None:
        record = self.asked.popleft()
        for observer in self.on_look_up:
            observer(record, self.model)
        outcome, answer = self.model.request(record.request)
        record.outcome = outcome
        self.counts[outcome] += 1
        found = {(1, 0): Outcome.HIT, (0, 1): Outcome.MERGE, (0, 0): Outcome.WALK}
        got = found[bits & 1, bits >> 2 & 1]
        assert got == outcome, f"{record.request}: {got}, expected {outcome}"
        if answer:
            self.expected.append(answer)
            return
        slot = next(
            slot for slot, walk in self.model.walks.items() if record.request in walk.requests
        )
        record.slot = slot
        if outcome == Outcome.WALK:
            self.logs[slot] = WalkLog([])
        self.logs[slot].records.append(record)
        self.walk_of[record.request.tag] = self.logs[slot]

    def _begin(self, slot: int) -> None:
        self.begun += 1
        walk = self.model.walks[slot]
        self.logs[slot].known = self.model.row(walk.vpn, walk.tenant) is not None
        self._next(slot, self.model.begin(slot))

    def _next(self, slot: int, address: int | None) -> None:
        if address is None:
            self.over.add(slot)
        else:
            self.reads[slot] = address

    def _read_sent(self, slot: int, address: int) -> None:
        wanted = self.reads.pop(slot, None)
        assert address == wanted, f"walk {slot} reads {address:#x}, expected {wanted}"
        log = self.logs[slot]
        log.reads.append((address, 0))
        log.sent = get_sim_time("ps") // PERIOD

    def _read_done(self, port) -> tuple[int, np.ndarray | None]:
        slot = int(port.rid.value)
        log = self.logs[slot]
        log.reads[-1] = log.reads[-1][0], get_sim_time("ps") // PERIOD - log.sent
        if int(port.rresp.value) & 2:
            log.failed = True
            return slot, None
        data = port.rdata.value.to_unsigned().to_bytes(64, "little")
        return slot, np.frombuffer(data, np.uint64)

    def _take_data(self, slot: int, line: np.ndarray | None) -> None:
        self._next(slot, self.model.data(slot, line))

    def _end(self, slot: int) -> None:
        assert slot in self.over, f"walk {slot} ends before its time"
        self.over.remove(slot)
        self.expected.extend(self.model.end(slot))
        self.logs.pop(slot)

    def _accept_invalidation(self, bits: int) -> None:
        cycle = get_sim_time("ps") // PERIOD
        kind, vpn = Invalidate(bits >> 52), bits & (1 << 52) - 1
        self._pending = Forgotten(kind, vpn, self.table.changes_before(cycle))

    def _invalidate(self) -> None:
        if self._pending is None:
            return  # of its own accord, after reset
        for observer in self.on_forget:
            observer(self._pending, self.model)
        self.model.invalidate(self._pending.kind, self._pending.vpn)

    def _complete_invalidation(self) -> None:
        self._pending.done = get_sim_time("ps") // PERIOD
        self.forgotten.append(self._pending)
        self._pending = None

    def check_phase(self) -> None:
        assert self.matched, "no request was answered"
        assert not self.waiting, f"{len(self.waiting)} requests never answered"
        assert not self.model.walks and not self.expected
        assert self.matched + self.lost == len(self.records)
        counts = ", ".join(f"{n} {outcome.name}" for outcome, n in self.counts.items())
        self.logger.info("matched %d: %s; %d lost", self.matched, counts, self.lost)
