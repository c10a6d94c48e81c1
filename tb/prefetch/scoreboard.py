"""Follows the core with its model, and compares everything that comes out."""

from __future__ import annotations

from collections import deque
from dataclasses import astuple
from functools import partial

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import uvm_component

from models.prefetch_core import Ask, Core, Do, Flight, Op, Packet, Steps
from tb.agents.axi_stream import AxisPacket, AxisReset
from tb.agents.common import ResetWatch
from tb.prefetch.coverage import PrefetchCoverage
from tb.prefetch.items import CANCELLED, OK, Done, Fetch, Seen, answer_of, arrived_of, ask_of

WAIT = 20_000  # cycles, more than anything takes


class Scoreboard(uvm_component):
    """`see` is told of every transfer; `sizes` are the core's parameters.

    The directory's operations come by trace_o, which `run_phase` reads: the engine's must be those
    of the model, questions and landings are the model's to answer.  So do margins and shares.
    """

    sizes: dict[str, int]
    coverage: PrefetchCoverage
    prompt: int  # cycles in which a stale prefetch has to be cancelled; 0: something stalls that

    def build_phase(self) -> None:
        self.matched = {"answer": 0, "arrived": 0, "fetch": 0, "operation": 0}
        self.lost = 0

    def begin(self) -> None:
        """After a reset: nothing is resident."""
        self.core = Core(**self.sizes)
        self.packets: deque[Packet] = deque()
        self.asks: deque[Ask] = deque()
        self.events: deque[tuple[str, AxisPacket]] = deque()
        self.expected: dict[str, deque] = {"answer": deque(), "arrived": deque()}
        self.seen: dict[str, deque] = {"answer": deque(), "arrived": deque()}
        self.to_send: deque[Flight] = deque()
        self.sent: dict[int, dict[int, bool]] = {}  # by flight and kind: whether it is done
        self.cancelled: set[int] = set()  # tags
        self.stale: dict[int, int] = {}  # dropped flights, and since which cycle
        self.cycle = 0
        self.steps: Steps | None = None
        self.op: Op | None = None
        self.visible = list(self.core.table)
        self.changes: deque[list] = deque()
        self.strays = 0

    def see(self, name: str, event: AxisPacket | AxisReset) -> None:
        """A transfer on stream `name`; looked at once the trace of its cycle was."""
        if isinstance(event, AxisPacket):
            self.events.append((name, event))

    def tap(self, name: str):
        return partial(self.see, name)

    async def run_phase(self) -> None:
        top, edge = cocotb.top, RisingEdge(cocotb.top.clk_i)
        self.begin()
        reset = ResetWatch(top.rst_ni)
        trace = top.trace_o
        while True:
            await edge
            self.cycle += 1
            if reset.active:
                self.begin()
                continue
            if word := int(trace.value):
                self._follow(Seen.of(word))
            while self.events:
                name, event = self.events.popleft()
                getattr(self, f"_{name}")(event)

    # ---- The trace ----

    def _follow(self, seen: Seen) -> None:
        if seen.changed:
            self.visible = self.changes.popleft()
        if seen.op:
            self._operation(*seen.op)
        if seen.begun or seen.rejected:
            self._packet_begun(seen.begun)
        self.strays += seen.stray
        core = self.core
        if seen.margin is not None:
            margin = core.learnt[self.latest.handle].margin
            assert seen.margin == margin, f"margin {seen.margin}, expected {margin}"
        if seen.share is not None:
            share = core.share(self.latest.handle, self.latest.layer, self.latest.head)
            assert seen.share == share, f"share {seen.share}, expected {share}: {self.latest}"

    def _operation(self, do: Do, where, number: int) -> None:
        self.matched["operation"] += 1
        core = self.core
        before = set(core.under_way)
        if do == Do.ASK:
            ask = self.asks.popleft()
            state = self._state(ask)
            answer = core.ask(ask, self.visible)
            self.coverage.answer(answer, state)
            self._expect("answer", answer)
        elif do == Do.LAND:
            flight = core.under_way[number]
            sent = self.sent.pop(number, {})
            assert all(sent.values()), f"flight {number} ended before the DMA was through"
            assert len(sent) == 2 or flight.dropped, f"flight {number} was not asked for"
            self.cancelled -= {2 * number, 2 * number + 1}
            self.stale.pop(number, None)
            self.coverage.landing(flight, len(sent))
            arrived = core.land(number)
            if arrived:
                self._expect("arrived", arrived)
        else:
            assert self.op == Op(do, where), f"{do.name} {where}, expected {self.op}"
            self.coverage.operation(core, self.op)
            flight = core.place.get(where) if do == Do.EVICT else None
            if isinstance(flight, Flight) and not flight.demand:
                self.stale[flight.number] = self.cycle
            found = core.do(self.op)
            self._advance(found)
        begun = core.under_way.keys() - before
        if do == Do.FETCH and begun:
            most = core.flights - core.flights // 4
            assert len(core.under_way) <= most, "a prefetch took a flight that is left to demands"
        for new in begun:
            self.to_send.append(core.under_way[new])
            self.coverage.flights(len(core.under_way), core.flights)

    def _state(self, ask: Ask) -> str:
        """Of a page that is asked for: of a good question."""
        owner = self.visible[ask.handle] if ask.handle < self.core.requests else None
        if owner is None or not owner.valid or ask.page >= owner.pages:
            return "none"
        if ask.layer >= owner.layers or ask.head >= owner.heads:
            return "none"
        if ask.page == owner.pages - 1:
            return "newest"
        at = ask.handle, ask.layer, ask.head, ask.page
        return "early" if self.core.early[at] else "other"

    def _packet_begun(self, accepted: bool) -> None:
        packet = self.latest = self.packets.popleft()
        assert self.op is None, f"a packet before {self.op}"
        steps = self.core.packet(packet)
        name = "accepted" if accepted else "rejected"
        assert (steps is not None) == accepted, f"{packet} was {name}"
        self.coverage.packet(packet, name, self.core)
        if steps is not None:
            self.steps = steps
            if packet.kind in (1, 3):
                self.changes.append(list(self.core.table))
            self._advance(None)
            self.begin_of_clear = packet.kind == 0

    def _advance(self, found) -> None:
        try:
            self.op = self.steps.send(found)
        except StopIteration:
            self.op = self.steps = None
            if self.begin_of_clear:
                self.changes.append(list(self.core.table))
                self.begin_of_clear = False

    begin_of_clear = False

    # ---- Streams ----

    def _packet(self, event: AxisPacket) -> None:
        packet = Packet.of(event.beats)
        if packet.sound(self.sizes["pages"]):
            self.packets.append(packet)
        else:
            self.core.counters.rejected += 1
            self.coverage.packet(packet, "malformed", self.core)

    def _ask(self, event: AxisPacket) -> None:
        self.asks.append(ask_of(event.beats[0]))

    def _answer(self, event: AxisPacket) -> None:
        self.seen["answer"].append(answer_of(event.beats[0]))
        self._match("answer")

    def _arrived(self, event: AxisPacket) -> None:
        self.seen["arrived"].append(arrived_of(event.beats[0]))
        self._match("arrived")

    def _expect(self, name: str, what) -> None:
        self.expected[name].append(what)
        self._match(name)

    def _match(self, name: str) -> None:
        expected, seen = self.expected[name], self.seen[name]
        while expected and seen:
            assert expected[0] == seen[0], f"{name}: got {seen[0]}, expected {expected[0]}"
            expected.popleft()
            seen.popleft()
            self.matched[name] += 1

    def _fetch(self, event: AxisPacket) -> None:
        fetch = Fetch.of(event.beats[0])
        # Those nobody wanted any more are passed over.
        while self.to_send[0].number != fetch.flight or self.to_send[0].slot != fetch.slot:
            assert self.to_send.popleft().dropped, f"passed over for {fetch}"
        flight, where = self.to_send[0], self.to_send[0].where
        sent = self.sent.setdefault(fetch.flight, {})
        assert fetch.kind == len(sent), f"kinds in another order: {fetch}"
        expected = Fetch(
            flight.number,
            fetch.kind,
            flight.request,
            where.layer,
            where.head,
            where.page,
            flight.tenant,
            flight.slot,
            flight.demand,
        )
        assert fetch == expected, f"got {fetch}, expected {expected}"
        sent[fetch.kind] = False
        self.matched["fetch"] += 1
        if len(sent) == 2:
            self.to_send.popleft()

    def _cancel(self, event: AxisPacket) -> None:
        tag = event.beats[0]
        flight = self.core.under_way[tag >> 1]
        assert flight.dropped and not flight.demand, f"{flight} was cancelled"
        assert tag & 1 in self.sent[tag >> 1], f"{flight} was cancelled before it was asked for"
        assert tag not in self.cancelled, f"{flight} was cancelled twice"
        self.cancelled.add(tag)

    def _done(self, event: AxisPacket) -> None:
        done = Done.of(event.beats[0])
        self.coverage.done(done.status)
        sent = self.sent.get(done.tag >> 1, {})
        if sent.get(done.tag & 1, True):
            self.strays -= 1
            return
        assert done.status != CANCELLED or done.tag in self.cancelled
        stale = self.cycle - self.stale.get(done.tag >> 1, self.cycle)
        if self.prompt and stale > self.prompt:
            assert done.tag in self.cancelled, f"tag {done.tag} was stale, and not cancelled"
        sent[done.tag & 1] = True
        if done.status != OK:
            self.core.under_way[done.tag >> 1].failed = True

    # ---- The end ----

    async def drain(self) -> None:
        """Wait until nothing is under way, and compare what was counted."""
        for _ in range(WAIT // 50):
            await ClockCycles(cocotb.top.clk_i, 50)
            if cocotb.top.idle_o.value and not self.events and self.op is None:
                break
        else:
            raise AssertionError(f"never idle: {self.op}, {self.core.under_way}")
        await ClockCycles(cocotb.top.clk_i, 4)  # the trace is behind
        assert not self.core.under_way and not self.packets and not self.asks
        assert not any(self.expected.values()) and not any(self.seen.values())
        assert all(flight.dropped for flight in self.to_send)
        assert self.strays == 0, f"{self.strays} strays told too many"
        word, counters = int(cocotb.top.counters_o.value), []
        for _ in range(12):
            counters.insert(0, word & 0xFFFFFFFF)
            word >>= 32
        assert tuple(counters) == astuple(self.core.counters), f"{counters}: {self.core.counters}"

    def check_phase(self) -> None:
        assert self.matched["operation"], "the core did nothing"
        self.logger.info("matched %s", self.matched)
