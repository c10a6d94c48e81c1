"""The master: all five channels in one coroutine, which sleeps while nothing is under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import Event, RisingEdge
from pyuvm import ConfigDB, uvm_component

from tb.agents.common import Pattern, ResetWatch, no_stall, rng

ALL_BYTES = (1 << 64) - 1


class AxiError(Exception):
    """An answer that nobody asked for, or out of order."""


@dataclass
class LineMasterConfig:
    """A port of the top level, and when each channel goes."""

    port: str
    stalls: dict[str, Pattern] = field(default_factory=dict)  # by channel: ar, r, aw, w, b


@dataclass(slots=True)
class _Burst:
    id: int
    beats: int
    over: Event
    got: list[tuple[int, int]] = field(default_factory=list)  # data, response
    response: int | None = None


class _Channel:
    """Valid, ready and payload, and what waits to be sent."""

    def __init__(self, port: str, name: str, out: bool, stall: Pattern) -> None:
        top = cocotb.top
        ours, theirs = ("i", "o") if out else ("o", "i")
        self.valid = getattr(top, f"{port}_{name}_valid_{ours}")
        self.ready = getattr(top, f"{port}_{name}_ready_{theirs}")
        self.data = getattr(top, f"{port}_{name}_{ours}")
        self.queue: deque[int] = deque()
        self.active = False
        self._go = None if stall is no_stall else stall(rng(f"{port}.{name}"))
        (self.valid if out else self.ready).value = 0

    def goes(self) -> bool:
        return self._go is None or next(self._go)

    def send(self) -> None:
        """After an edge: what was offered may be taken, the next one offered."""
        if self.active and self.ready.value:
            self.active = False
            if not self.queue:
                self.valid.value = 0
        if not self.active:
            if self.queue and self.goes():
                self.data.value = self.queue.popleft()
                self.valid.value = 1
                self.active = True
            elif self.valid.value:
                self.valid.value = 0

    def take(self) -> int | None:
        """After an edge: what was taken, if anything; ready for the next edge."""
        word = None
        if self.active and self.valid.value:
            word = self.data.value.to_unsigned()
        goes = self.goes()
        if goes != self.active:
            self.ready.value = goes
            self.active = goes
        return word

    def drop(self, out: bool) -> None:
        self.queue.clear()
        self.active = False
        (self.valid if out else self.ready).value = 0


class LineMaster(uvm_component):
    """Reads its `LineMasterConfig` from the ConfigDB field ``config``."""

    def build_phase(self) -> None:
        self.config: LineMasterConfig = ConfigDB().get(self, "", "config")
        self.g = rng(self.get_full_name())
        self._reads: deque[_Burst] = deque()
        self._writes: deque[_Burst] = deque()
        self._work = Event()

    def start_of_simulation_phase(self) -> None:
        def channel(name: str, out: bool) -> _Channel:
            return _Channel(self.config.port, name, out, self.config.stalls.get(name, no_stall))

        self._ar, self._aw, self._w = (channel(name, True) for name in ("ar", "aw", "w"))
        self._r, self._b = channel("r", False), channel("b", False)

    @property
    def quiet(self) -> bool:
        return not self._reads and not self._writes

    async def read(self, line: int, beats: int = 1) -> list[tuple[int, int]] | None:
        """Data and response of each line; None if a reset came between."""
        burst = _Burst(self.g.randrange(64), beats, Event())
        self._reads.append(burst)
        self._ar.queue.append(burst.id << 72 | line << 14 | beats - 1)
        self._work.set()
        await burst.over.wait()
        return burst.got if len(burst.got) == beats else None

    async def write(self, line: int, beats: Sequence[tuple[int, int]]) -> int | None:
        """Write (data, byte enables) of each line; the response, None if a reset came between."""
        burst = _Burst(self.g.randrange(64), len(beats), Event())
        self._writes.append(burst)
        self._aw.queue.append(burst.id << 72 | line << 14 | len(beats) - 1)
        for i, (data, strb) in enumerate(beats):
            word = (data << 64 | strb) << 2 | (i == len(beats) - 1) << 1  # poison lowest
            self._w.queue.append(word)
        self._work.set()
        await burst.over.wait()
        return burst.response

    def forget(self) -> None:
        """A reset: nothing is under way."""
        for channel in (self._ar, self._aw, self._w):
            channel.drop(True)
        for channel in (self._r, self._b):
            channel.drop(False)
        for bursts in (self._reads, self._writes):
            while bursts:
                burst = bursts.popleft()
                burst.got = []
                burst.over.set()

    async def run_phase(self) -> None:
        reset = ResetWatch(cocotb.top.rst_ni)
        edge = RisingEdge(cocotb.top.clk_i)
        while True:
            if self.quiet:
                self._work.clear()
                await self._work.wait()
            await edge
            if reset.active:
                continue
            if self._reads:
                self._ar.send()
                word = self._r.take()
                if word is not None:
                    self._take_read(word)
            if self._writes:
                self._aw.send()
                self._w.send()
                word = self._b.take()
                if word is not None:
                    self._take_response(word)

    def _take_read(self, word: int) -> None:
        last, response = word >> 1 & 1, word >> 2 & 3  # poison lowest
        data, id_ = word >> 4 & (1 << 512) - 1, word >> 516
        burst = self._reads[0]
        burst.got.append((data, response))
        if id_ != burst.id or last != (len(burst.got) == burst.beats):
            raise AxiError(f"{self.config.port}: read data of {id_}, last {last}, are not in order")
        if last:
            self._reads.popleft()
            burst.over.set()

    def _take_response(self, word: int) -> None:
        burst = self._writes.popleft()
        if word >> 2 != burst.id:
            raise AxiError(f"{self.config.port}: response of {word >> 2} is not in order")
        burst.response = word & 3
        burst.over.set()
