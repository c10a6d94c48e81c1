"""Host, GPU, DMA engine and memory around the endpoint and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field

import cocotb
from cocotb.triggers import ClockCycles
from pyuvm import ConfigDB, uvm_env

from tb.agents.common import Pattern
from tb.agents.cxl_mem.host import CoherentHost, HostConfig
from tb.agents.lines import LineMaster, LineMasterConfig
from tb.coherence.coverage import Coverage
from tb.coherence.golden import POISON, Golden
from tb.coherence.memory import OKAY, SLVERR, LineMemory, MemoryConfig

BASE = 0x2_0000_0000  # of the device's lines in the host's map
LINES = 1 << 24
BI_ID = 0x5A
DRAIN_CYCLES = 20_000
COUNTS = ("req illegal", "rwd illegal", "birsp illegal", "answer bad", "req nxm", "rwd nxm")
COUNTS += ("spec read", "write error", "evict", "blocked", "hit", "miss")

COVERAGE = Coverage()  # one a run


@dataclass
class EnvConfig:
    """How the surroundings behave; stalls by channel (`m2s_req` is ``req``, and so on)."""

    latency: tuple[int, int] = (5, 40)
    answer_after: tuple[int, int] = (0, 20)
    host: dict[str, Pattern] = field(default_factory=dict)
    device: dict[str, Pattern] = field(default_factory=dict)
    memory: dict[str, Pattern] = field(default_factory=dict)


class CoherenceEnv(uvm_env):
    """Reads its `EnvConfig` from the ConfigDB field ``config``."""

    golden_kind: type[Golden] = Golden
    memory_kind: type[LineMemory] = LineMemory
    count_names = COUNTS

    def build_phase(self) -> None:
        config: EnvConfig = ConfigDB().get(self, "", "config")
        self.golden = self.golden_kind()

        def make(name: str, kind: type, made: object):
            ConfigDB().set(self, name, "config", made)
            return kind(name, self)

        memory = MemoryConfig(self.golden, config.latency, config.memory, self._decided)
        self.memory = make("memory", self.memory_kind, memory)
        host = HostConfig(self.golden, BASE, LINES, BI_ID, config.host, config.answer_after)
        self.host = make("host", CoherentHost, host)
        self.gpu = make("gpu", LineMaster, LineMasterConfig("gpu", config.device))
        self.dma = make("dma", LineMaster, LineMasterConfig("dma", config.device))

    def start_of_simulation_phase(self) -> None:
        top = cocotb.top
        top.base_i.value, top.lines_i.value, top.bi_id_i.value = BASE, LINES, BI_ID

    # ---- Device accesses, checked ----

    async def read(self, master: LineMaster, line: int, beats: int = 1) -> list[int]:
        """A burst of reads; each line's value was the line's at some time between."""
        start = self.golden.now
        got = await master.read(line, beats)
        if got is None:
            return []
        values = []
        for i, (data, response) in enumerate(got):
            if line + i in self.memory.refused:
                assert response == SLVERR
                continue
            assert response in (OKAY, SLVERR)
            value = POISON if response == SLVERR else data
            self.golden.check_since(line + i, value, start, master.get_name())
            values.append(value)
        return values

    async def write(self, master: LineMaster, line: int, beats: list[tuple[int, int]]) -> None:
        """A burst of writes, each at the memory before the response."""
        coming = []
        for i, (data, strb) in enumerate(beats):
            if line + i not in self.memory.refused:
                coming.append(self.golden.expect(line + i, data, strb))
        response = await master.write(line, beats)
        if response is None:
            return
        assert all(write.performed for write in coming), "a response before the write is done"
        assert response == (SLVERR if len(coming) < len(beats) else OKAY)

    async def reset(self, cycles: int) -> None:
        """Assert reset: everything under way is lost, and what the host's cache held."""
        top = cocotb.top
        top.rst_ni.value = 0
        await ClockCycles(top.clk_i, 2)
        self.golden.reset(self.memory.lines)
        for agent in (self.memory, self.host, self.gpu, self.dma):
            agent.forget()
        await ClockCycles(top.clk_i, cycles)
        top.rst_ni.value = 1

    def _decided(self, word: int) -> None:
        """A decision of the engine, and whose."""
        owner, tag = word >> 36, word >> 20 & 0xFFFF
        COVERAGE.decision(word & 0xFFFFF, owner, None if owner else self.host.request(tag))

    @property
    def quiet(self) -> bool:
        return self.host.quiet and self.gpu.quiet and self.dma.quiet and self.memory.quiet

    async def drain(self) -> None:
        """Wait until nothing is under way anywhere."""
        for _ in range(DRAIN_CYCLES // 20):
            await ClockCycles(cocotb.top.clk_i, 20)
            if self.quiet and not int(cocotb.top.used_o.value):
                break
        else:
            raise AssertionError("something never came to an end: timeout")
        self.golden.check_end()

    def counts(self) -> dict[str, int]:
        word = int(cocotb.top.counts_o.value)
        return {name: word >> 32 * i & 0xFFFFFFFF for i, name in enumerate(self.count_names)}

    def check_phase(self) -> None:
        assert self.golden.checked, "no value was checked"
