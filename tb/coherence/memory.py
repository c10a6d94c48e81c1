"""The memory behind the engine: single lines over AXI4, with poison, in any legal order.

It is where a device's accesses take effect, so it tells the golden memory of every write and keeps
its clock.  It also hands on the engine's decisions: one wake-up a cycle for all of that.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import RisingEdge
from pyuvm import ConfigDB, uvm_component

from tb.agents.common import Pattern, ResetWatch, no_stall, rng
from tb.coherence.golden import POISON, Golden, merged

OKAY, SLVERR = 0, 2


def request(ax: int) -> tuple[int, int]:
    """ID and line of an address beat (`skv_axi_pkg::ax_t`); lines have 32 bits."""
    length, line = ax & 0xFF, ax >> 14 & (1 << 58) - 1
    assert length == 0 and line >> 32 == 0, f"{length + 1} beats from line {line:#x}"
    return ax >> 72, line


@dataclass
class MemoryConfig:
    """`latency` is in cycles, from an address to its answer, drawn anew for each."""

    golden: Golden
    latency: tuple[int, int] = (5, 40)
    stalls: dict[str, Pattern] = field(default_factory=dict)  # by channel: ar, aw, w, r, b
    on_decision: Callable[[int], None] | None = None


class LineMemory(uvm_component):
    """Reads its `MemoryConfig` from the ConfigDB field ``config``.

    `lines` are the contents; an access to a line in `refused` gets SLVERR and has no effect.
    """

    def build_phase(self) -> None:
        self.config: MemoryConfig = ConfigDB().get(self, "", "config")
        self.golden = self.config.golden
        self.g: random.Random = rng(self.get_full_name())
        self.lines: dict[int, int] = defaultdict(int)
        self.refused: set[int] = set()
        self.reads = self.writes = 0
        self.forget()

    def forget(self) -> None:
        """A reset: nothing is under way; the contents stay."""
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._aw: deque[tuple[int, int]] = deque()
        self._w: deque[int] = deque()
        self._r: deque[int] = deque()
        self._b: deque[int] = deque()
        self._reading: set[int] = set()

    @property
    def quiet(self) -> bool:
        return not (self._due or self._aw or self._w or self._r or self._b)

    def _later(self, least: int, what: Callable[[], None]) -> None:
        low, high = self.config.latency
        delay = max(least, self.g.randint(low, high))
        heapq.heappush(self._due, (self.golden.now + delay, self._number, what))
        self._number += 1

    async def run_phase(self) -> None:
        top, golden, config = cocotb.top, self.golden, self.config
        flags, decision = top.memory_flags_o, top.decision_o
        stalls = {n: config.stalls.get(n, no_stall) for n in ("ar", "aw", "w", "r", "b")}
        go = {
            n: None if s is no_stall else s(rng(f"{self.get_full_name()}.{n}"))
            for n, s in stalls.items()
        }
        ready = {n: getattr(top, f"memory_{n}_ready_i") for n in ("ar", "aw", "w")}
        goes = dict.fromkeys(ready, True)
        out = {
            n: (getattr(top, f"memory_{n}_valid_i"), getattr(top, f"memory_{n}_i")) for n in "rb"
        }
        active = dict.fromkeys(out, False)
        for handle in ready.values():
            handle.value = 1
        for valid, _ in out.values():
            valid.value = 0

        reset = ResetWatch(top.rst_ni)
        edge = RisingEdge(top.clk_i)
        while True:
            await edge
            golden.now += 1
            if reset.active:
                for name, (valid, _) in out.items():
                    valid.value = active[name] = False
                continue
            word = flags.value.to_unsigned()
            if word & 1 and goes["ar"]:
                self._take_read(top.memory_ar_o.value.to_unsigned())
            if word & 2 and goes["aw"]:
                ax = top.memory_aw_o.value.to_unsigned()
                self._aw.append(request(ax))
            if word & 4 and goes["w"]:
                self._w.append(top.memory_w_o.value.to_unsigned())
            if word & 32 and config.on_decision is not None:
                config.on_decision(decision.value.to_unsigned())
            while self._aw and self._w:
                self._take_write(*self._aw.popleft(), self._w.popleft())
            while self._due and self._due[0][0] <= golden.now:
                heapq.heappop(self._due)[2]()
            for name, queue, taken in (("r", self._r, word & 8), ("b", self._b, word & 16)):
                valid, data = out[name]
                if active[name] and taken:
                    active[name] = False
                    if not queue:
                        valid.value = 0
                if not active[name]:
                    if queue and (go[name] is None or next(go[name])):
                        data.value = queue.popleft()
                        valid.value = 1
                        active[name] = True
                    elif queue:
                        valid.value = 0
            for name, handle in ready.items():
                if go[name] is not None:
                    now = next(go[name])
                    if now != goes[name]:
                        handle.value = goes[name] = now

    def _take_read(self, ax: int) -> None:
        id_, line = request(ax)
        assert id_ not in self._reading, f"two reads with ID {id_}"
        self._reading.add(id_)
        self.reads += 1

        def sample() -> None:
            self._reading.discard(id_)
            value = self.lines.get(line, 0)
            refused = SLVERR if line in self.refused else OKAY
            data = value & (POISON - 1)
            last = 1
            word = ((id_ << 512 | data) << 2 | refused) << 1 | last
            self._r.append(word << 1 | value >> 512)

        self._later(1, sample)

    def _performed(self, line: int, data: int, strb: int, poison: bool) -> None:
        self.golden.perform(line, data, strb, poison)

    def _take_write(self, id_: int, line: int, word: int) -> None:
        poison, strb, data = word & 1, word >> 2 & (1 << 64) - 1, word >> 66
        self.writes += 1

        def perform() -> None:
            response = SLVERR if line in self.refused else OKAY
            if response == OKAY:
                self._performed(line, data, strb, bool(poison))
                self.lines[line] = merged(self.lines.get(line, 0), data, strb, bool(poison))
            self._later(1, lambda: self._b.append(id_ << 2 | response))

        self._later(1, perform)
