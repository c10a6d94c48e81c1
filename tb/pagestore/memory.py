"""The model's memory: it does what the DUT's accesses did, and checks that they are its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np

from models.page_store import LINKS, Memory, Status, StoreError
from models.page_table import UNIT_BYTES
from tb.agents.axi4 import Axi4Access

BURST_UNITS = 64  # a burst ends at multiples of 4 KB


class Watched(Memory):
    """`reads` and `writes` are the DUT's accesses that are through, the oldest first.

    An access of the model takes the next one: it must have the same address and length, and must
    have begun once everything was through that has to be before it.  Its response is the model's
    too.  `known` says which words the DUT's memory must have; what a burst that failed left is not
    known.  `log` has the kind of each access of the command under way; `seen` is told of it, and
    whether it failed.
    """

    kinds = {1: "word", 2: "entry", LINKS: "line"}

    def __init__(
        self, words: np.ndarray, region: Callable[[int], str], seen: Callable[[str, bool], None]
    ):
        super().__init__(words)
        self.known = np.ones(len(words), dtype=bool)
        self.region, self.seen = region, seen
        self.reads: deque[Axi4Access] = deque()
        self.writes: deque[Axi4Access] = deque()
        self.written = 0  # the cycle by which all writes were through
        self.settled = 0  # the same, of earlier commands
        self.log: list[str] = []

    def forget(self) -> None:
        """A reset."""
        self.reads.clear()
        self.writes.clear()
        self.written = self.settled = 0

    def command(self) -> None:
        """What comes next is another command's."""
        self.settled = self.written
        self.log: list[str] = []

    def _next(self, queue: deque[Axi4Access], unit: int, beats: int, after: int) -> Axi4Access:
        assert queue, f"no access to unit {unit:#x}"
        access = queue.popleft()
        wanted, found = (unit * UNIT_BYTES, beats), (access.address, access.beats)
        assert found == wanted, f"access (address, beats) {found}, expected {wanted}"
        assert access.start > after, f"{access} begins before cycle {after}"
        return access

    def _note(self, kind: str, unit: int, failed: bool) -> None:
        name = f"{kind} {self.region(unit)}"
        self.log.append(name)
        self.seen(name, failed)
        if failed:
            raise StoreError(Status.BUS)

    def read(self, at: int) -> int:
        access = self._next(self.reads, at // LINKS, 1, self.settled)
        assert self.known[at], f"word {at:#x} is read, though it was never written"
        self._note("read", at // LINKS, access.response > 0)
        return super().read(at)

    def write(self, at: int, values) -> None:
        access = self._next(self.writes, at // LINKS, 1, self.written)
        self.written = access.end
        self._note(self.kinds[len(values)], at // LINKS, access.response > 0)
        super().write(at, values)

    def clear(self, unit: int, count: int) -> None:
        after, failed, first, end = self.written, False, unit, unit + count
        while unit < end:
            beats = min(BURST_UNITS - unit % BURST_UNITS, end - unit)
            access = self._next(self.writes, unit, beats, after)
            self.written = max(self.written, access.end)
            words = slice(unit * LINKS, (unit + beats) * LINKS)
            if not access.response:
                super().clear(unit, beats)
                self.known[words] = True
            elif beats > 1:
                self.known[words] = False
            failed |= access.response > 0
            unit += beats
        self._note("clear", first, failed)
