"""The environment of the DMA bench: two memories, the rings, the scoreboard."""

from __future__ import annotations

from collections import Counter

import cocotb
from pyuvm import ConfigDB, uvm_env, uvm_subscriber

from models.device_memory import DeviceMemory, Timing
from tb.agents.axi4 import Axi4Config, Axi4Memory, Axi4Stalls
from tb.agents.common import PATTERNS, Pattern
from tb.agents.paging import Paging
from tb.dma import ports
from tb.dma.coverage import DmaCoverage
from tb.dma.rings import Completion, RingAgent
from tb.dma.world import Batch, MismatchError, World

HOST_BYTES, DEVICE_BYTES = 3 << 20, 2 << 20


class Scoreboard(uvm_subscriber):
    """Every completion that the ring monitor saw is one of a batch that the world judged."""

    def build_phase(self) -> None:
        super().build_phase()
        self.world: World = ConfigDB().get(self, "", "world")
        self.coverage: DmaCoverage = ConfigDB().get(self, "", "coverage")
        self.seen: list[Completion] = []  # in the order of their coming
        self.waiting: Counter[int] = Counter()  # of those by ring, not judged
        self.judged = 0

    def write(self, completion: Completion) -> None:
        self.seen.append(completion)
        self.waiting[completion.ring] += 1

    def judge(self, batch: Batch, *, whole: bool = True, stopped: bool = False) -> None:
        """A batch is through, or a reset cut it: compare it with the model."""
        world, before = self.world, sum(self.world.seen.values())
        earlier = world.seen.copy()
        world.judge(batch, whole=whole, stopped=stopped)
        count = sum(world.seen.values()) - before
        if whole:
            for ring, posted in batch.posted.items():
                if self.waiting[ring] != len(posted.descriptors):
                    raise MismatchError(
                        f"ring {ring}: {self.waiting[ring]} completions were seen to come for "
                        f"{len(posted.descriptors)} descriptors"
                    )
        self.waiting.clear()
        self.judged += count
        for seen in world.seen - earlier:
            self.coverage.end(seen)

    def check_phase(self) -> None:
        assert self.judged, "no completion was judged"
        assert not +self.waiting, f"completions nobody asked for: {self.waiting}"


class DmaEnv(uvm_env):
    """`timing` and `stalls` (host's and device's patterns by name) come from the test."""

    def build_phase(self) -> None:
        timing: Timing = ConfigDB().get(self, "", "timing")
        self.stalls: tuple[str, str] = ConfigDB().get(self, "", "stalls")
        size_log2: int = ConfigDB().get(self, "", "size_log2")
        seed = cocotb.RANDOM_SEED & 0x7FFFFFFF
        top = cocotb.top
        memories = []
        for name, size, port, stall in (
            ("host", HOST_BYTES, top.u_host, self.stalls[0]),
            ("device", DEVICE_BYTES, top.u_mem, self.stalls[1]),
        ):
            memories.append(DeviceMemory(size, timing, seed=seed + len(memories)))
            pattern: Pattern = PATTERNS[stall]
            config = Axi4Config(port, memories[-1], Axi4Stalls(*[pattern] * 5))
            ConfigDB().set(self, name, "config", config)
            setattr(self, name, Axi4Memory(name, self))
        self.world = World(*memories, Paging(seed), seed, size_log2=size_log2)
        ports.attach(self.world)
        ConfigDB().set(self, "*", "world", self.world)
        self.rings = RingAgent("rings", self)
        self.scoreboard = Scoreboard("scoreboard", self)

    def connect_phase(self) -> None:
        self.rings.ap.connect(self.scoreboard.analysis_export)
