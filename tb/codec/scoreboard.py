"""Compares what comes out with what the model expects, page by page and in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import cocotb
from cocotb.triggers import ClockCycles
from pyuvm import uvm_component, uvm_subscriber

from tb.agents.axi_stream import AxisPacket, AxisReset
from tb.codec.items import Item

Event = AxisPacket | AxisReset
# Is given each page that matched, as sent and as received by the monitors.
Observer = Callable[[Item, AxisPacket, AxisPacket], None]

_POLL = 32  # cycles


class _Tap(uvm_subscriber):
    """Hands what a monitor publishes to a function."""

    def build_phase(self) -> None:
        self.sink: Callable[[Event], None]

    def write(self, event: Event) -> None:
        self.sink(event)


class Scoreboard(uvm_component):
    """Told by `plan` what will be sent, it follows each page into the DUT and out of it.

    A reset takes the pages inside the DUT, and the one being sent, out of what is expected.
    """

    def build_phase(self) -> None:
        self.entering: deque[Item] = deque()
        self.leaving: deque[Item] = deque()
        self.observers: list[Observer] = []
        self.planned = self.matched = self.lost = self.resets = 0
        self.source, self.sink = _Tap("source", self), _Tap("sink", self)
        self.source.sink, self.sink.sink = self._enter, self._leave
        self._sent: dict[int, AxisPacket] = {}

    def plan(self, items: list[Item]) -> None:
        """Expect these pages, in this order, behind all planned before."""
        for item in items:
            item.index = self.planned
            self.planned += 1
        self.entering.extend(items)
        self.leaving.extend(items)

    @property
    def outstanding(self) -> int:
        """Pages still to come out."""
        self._skip_gone()
        return len(self.leaving)

    async def drain(self, cycles: int) -> None:
        """Wait until every planned page has come out; fails when none does for `cycles`."""
        waited = 0
        while left := self.outstanding:
            await ClockCycles(cocotb.top.clk_i, _POLL)
            waited = waited + _POLL if self.outstanding == left else 0
            assert waited < cycles, f"{left} pages missing, the first is {self.leaving[0]}"

    def _skip_gone(self) -> None:
        for queue in (self.entering, self.leaving):
            while queue and (queue[0].cut or queue[0].lost):
                self.lost += queue is self.leaving
                queue.popleft()

    def _enter(self, event: Event) -> None:
        if isinstance(event, AxisReset):
            self.resets += 1
            for item in self.leaving:
                item.lost |= item.accepted and not item.done
            return
        self._skip_gone()
        item = self.entering.popleft()
        assert event == item, f"{item} was not driven as planned"
        item.accepted = True
        if item.done:  # what comes late is dropped behind a page that has left
            self._observe(item, event, self._sent.pop(item.index))
        else:
            self._sent[item.index] = event

    def _leave(self, event: Event) -> None:
        if isinstance(event, AxisReset):
            return
        self._skip_gone()
        assert self.leaving, f"unexpected {event}"
        item = self.leaving.popleft()
        _compare(item, event)
        item.done = True
        self.matched += 1
        if item.accepted:
            self._observe(item, self._sent.pop(item.index), event)
        else:
            assert len(item.beats) > len(item.expected.beats), f"{item} came out before it was in"
            self._sent[item.index] = event

    def _observe(self, item: Item, sent: AxisPacket, received: AxisPacket) -> None:
        for observer in self.observers:
            observer(item, sent, received)

    def check_phase(self) -> None:
        assert self.matched, "no page came out"
        assert not self.outstanding, f"{self.outstanding} pages never came out"
        assert self.matched + self.lost == self.planned
        self.logger.info(
            "matched %d pages, %d lost in %d resets", self.matched, self.lost, self.resets
        )


def _compare(item: Item, got: AxisPacket) -> None:
    """Raises AssertionError that names the page and the first difference."""
    want = item.expected
    assert len(got.beats) == len(want.beats), (
        f"{item}: {len(got.beats)} beats out, expected {len(want.beats)};"
        f" TUSER {got.user[-1]:#x}, expected {want.user:#x}"
    )
    if got.user != item.expected_user:
        beat = next(i for i, u in enumerate(got.user) if u != item.expected_user[i])
        raise AssertionError(
            f"{item}: TUSER {got.user[beat]:#x} at beat {beat},"
            f" expected {item.expected_user[beat]:#x}"
        )
    if want.exact and got.beats != want.beats:
        beat = next(i for i, b in enumerate(got.beats) if b != want.beats[i])
        differ = got.beats[beat] ^ want.beats[beat]
        byte = ((differ & -differ).bit_length() - 1) // 8
        at = byte & ~1
        raise AssertionError(
            f"{item}: beat {beat} of {len(got.beats)} differs from byte {byte} on (value"
            f" {beat * 32 + byte // 2}): {got.beats[beat] >> 8 * at & 0xFFFF:#06x},"
            f" expected {want.beats[beat] >> 8 * at & 0xFFFF:#06x}"
        )
