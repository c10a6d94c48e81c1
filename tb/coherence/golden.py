"""What every line holds, version by version, and which writes are still to come.

A host's store counts when its cache takes it, any other write when the memory does.  A value of a
line is an int of 512 bits; bit 512 says that it is poisoned.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from tb.agents.cxl_mem.messages import ALL_BYTES

POISON = 1 << 512
_SPREAD = [
    int.from_bytes(bytes(255 if b >> i & 1 else 0 for i in range(8)), "little") for b in range(256)
]


class StaleError(Exception):
    """An agent saw a value that the line did not hold."""


def mask(strb: int) -> int:
    """512 bits from 64 byte enables."""
    if strb == ALL_BYTES:
        return POISON - 1
    out = 0
    for i in range(8):
        out |= _SPREAD[strb >> 8 * i & 255] << 64 * i
    return out


def merged(old: int, data: int, strb: int, poison: bool = False) -> int:
    """A line after a write: poison goes with a whole line, and stays under a part of one."""
    bits = mask(strb)
    kept = old & POISON if strb != ALL_BYTES else 0
    return (old & (POISON - 1) & ~bits) | (data & bits) | kept | (POISON if poison else 0)


@dataclass(slots=True, eq=False)
class Write:
    """One that was sent and is to reach the memory."""

    line: int
    data: int
    strb: int
    poison: bool
    keeps: bool  # a write-back: it changes nothing
    performed: bool = False


class Golden:
    """`now` is the clock, in cycles, set by who counts them."""

    def __init__(self) -> None:
        self.now = 0
        self.value: dict[int, int] = defaultdict(int)
        self._history: dict[int, list[tuple[int, int]]] = defaultdict(lambda: [(-1, 0)])
        self._coming: dict[int, list[Write]] = defaultdict(list)
        self.checked = 0

    def set(self, line: int, value: int) -> None:
        """The line has a new value from now on."""
        self.value[line] = value
        history = self._history[line]
        history.append((self.now, value))
        if len(history) > 400:
            del history[:200]

    def expect(
        self, line: int, data: int, strb: int = ALL_BYTES, poison: bool = False, keeps: bool = False
    ) -> Write:
        write = Write(line, data, strb, poison, keeps)
        self._coming[line].append(write)
        return write

    def _sent(self, line: int, data: int, strb: int, poison: bool) -> Write:
        """The write that this is; it is no longer to come."""
        bits = mask(strb)
        for write in self._coming[line]:
            if write.strb == strb and write.poison == poison and not (write.data ^ data) & bits:
                break
        else:
            raise StaleError(f"line {line:#x}: nobody sent what was written")
        self._coming[line].remove(write)
        write.performed = True
        return write

    def refuse(self, line: int, data: int, strb: int, poison: bool) -> None:
        """A write was answered with an error: it has no effect."""
        self._sent(line, data, strb, poison)

    def perform(self, line: int, data: int, strb: int, poison: bool) -> None:
        """A write reached the memory: it must be one of those that were sent."""
        write = self._sent(line, data, strb, poison)
        after = merged(self.value[line], data, strb, poison)
        if write.keeps:
            if after != self.value[line]:
                raise StaleError(f"line {line:#x}: a write-back changed it")
        else:
            self.set(line, after)

    def check_now(self, line: int, value: int, who: str) -> None:
        """A value that a cache holds."""
        self.checked += 1
        if value != self.value[line]:
            raise StaleError(f"{who}, line {line:#x}: {value:#x} is not {self.value[line]:#x}")

    def check_since(self, line: int, value: int, start: int, who: str) -> None:
        """A value that was read between `start` and now."""
        self.checked += 1
        until = None
        for at, held in reversed(self._history[line]):
            if (until is None or until >= start) and (held == value or held & value & POISON):
                return
            if at < start:
                break
            until = at
        raise StaleError(f"{who}, line {line:#x}: it did not hold {value:#x} since cycle {start}")

    def reset(self, memory: dict[int, int]) -> None:
        """What is in memory is all there is; what was under way is lost."""
        self._coming.clear()
        for line, value in list(self.value.items()):
            if value != memory.get(line, 0):
                self.set(line, memory.get(line, 0))

    def check_end(self) -> None:
        left = [write for coming in self._coming.values() for write in coming]
        if left:
            raise StaleError(f"{len(left)} writes never reached the memory: {left[:3]}")
