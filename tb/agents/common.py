"""What every agent shares: random streams, stall patterns, reset.

Benches drive the clock with `cocotb.clock.Clock`.  Then, on Verilator, a coroutine that wakes at
``RisingEdge(clk_i)`` reads the values the flip-flops see at that edge, and what it writes they see
at the next one: one wake-up a cycle both samples and drives.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator

import cocotb
from cocotb.clock import Clock
from cocotb.handle import LogicObject
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge
from pyuvm import uvm_component, uvm_subscriber

CLOCK_PS = 1250  # 800 MHz, the paper's clock

# A stall pattern makes, from a random stream, one bool a cycle without end: True to go, False to
# stall.
Pattern = Callable[[random.Random], Iterator[bool]]


def rng(name: str) -> random.Random:
    """The random stream of the component `name`: fixed by the seed of the test and that name."""
    return random.Random(f"{cocotb.RANDOM_SEED}:{name}")


def no_stall(_: random.Random) -> Iterator[bool]:
    """Go in every cycle."""
    while True:
        yield True


def random_stall(p: float) -> Pattern:
    """Stall in each cycle with probability `p`, below 1."""

    def pattern(stream: random.Random) -> Iterator[bool]:
        while True:
            yield stream.random() >= p

    return pattern


def burst_stall(go: int, stall: int) -> Pattern:
    """Alternate runs of 1 to `go` cycles and stalls of 1 to `stall` cycles."""

    def pattern(stream: random.Random) -> Iterator[bool]:
        while True:
            yield from [True] * stream.randint(1, go)
            yield from [False] * stream.randint(1, stall)

    return pattern


PATTERNS: dict[str, Pattern] = {
    "none": no_stall,
    "light": random_stall(0.1),
    "heavy": random_stall(0.7),
    "bursts": burst_stall(16, 16),
    "long": burst_stall(100, 300),
}


def no_stalls(streams: Iterable[str]) -> dict[str, str]:
    """The name of a pattern for each stream: none stalls."""
    return dict.fromkeys(streams, "none")


def random_stalls(g: random.Random, streams: Iterable[str]) -> dict[str, str]:
    """Half of the streams without, the others with any."""
    return {s: g.choice(sorted(PATTERNS)) if g.random() < 0.5 else "none" for s in streams}


class Tap(uvm_subscriber):
    """Hands what a monitor publishes to each of `sinks`."""

    def __init__(self, name: str, parent: uvm_component, *sinks: Callable):
        super().__init__(name, parent)
        self.sinks = list(sinks)

    def write(self, event) -> None:
        for sink in self.sinks:
            sink(event)


class ResetWatch:
    """Whether ``rst_ni`` is asserted, known without a read every cycle."""

    def __init__(self, rst_ni: LogicObject, on_assert: Callable[[], None] = lambda: None) -> None:
        """Watch `rst_ni` and call `on_assert` each time it falls."""
        self._rst_ni = rst_ni
        self._on_assert = on_assert
        self.active = not rst_ni.value
        cocotb.start_soon(self._watch())

    async def _watch(self) -> None:
        while True:
            if self.active:
                await RisingEdge(self._rst_ni)
                self.active = False
            else:
                await FallingEdge(self._rst_ni)
                self.active = True
                self._on_assert()

    async def released(self) -> None:
        """Wait until reset is not asserted."""
        if self.active:
            await RisingEdge(self._rst_ni)


def start_clock() -> None:
    """Run ``clk_i`` of the top level."""
    Clock(cocotb.top.clk_i, CLOCK_PS, "ps").start()


async def reset(cycles: int = 4) -> None:
    """Assert ``rst_ni`` of the top level for `cycles` clock edges."""
    cocotb.top.rst_ni.value = 0
    await ClockCycles(cocotb.top.clk_i, cycles)
    cocotb.top.rst_ni.value = 1
