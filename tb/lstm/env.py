"""Environment: agents at every port, a memory, and a scoreboard that asks the reference."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import cocotb
from cocotb.triggers import ClockCycles
from pyuvm import ConfigDB, uvm_env, uvm_subscriber

from models.device_memory import DeviceMemory
from tb.agents.axi4 import Axi4Config, Axi4Memory, Axi4Stalls
from tb.agents.axi_stream import AxisAgent, AxisConfig, AxisMode, AxisPacket, AxisReset
from tb.codec.env import Throttle
from tb.lstm.reference import Answer, Reference, Step

WAIT = 20_000  # cycles, more than any answer takes


class Taken(uvm_subscriber):
    """Steps that the DUT took, each with the answer that the reference gives."""

    def build_phase(self) -> None:
        self.reference = Reference()
        self.waiting: deque[tuple[Answer, AxisPacket]] = deque()

    def write(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            return
        step = Step.of(event.beats[0])
        self.waiting.append((self.reference.take(step), event))

    def forget(self) -> list[int]:
        """Drop what is under way; the slots whose states may be anything now."""
        slots = [answer.step.slot for answer, _ in self.waiting]
        self.waiting.clear()
        return slots


class Scoreboard(uvm_subscriber):
    """Compares each answer with the next that was expected.

    observers are called with an answer that was right, and the packets in and out.
    """

    def build_phase(self) -> None:
        self.taken = Taken("taken", self)
        self.observers: list[Callable[[Answer, AxisPacket, AxisPacket], None]] = []
        self.matched = 0

    def write(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisReset):
            return
        assert self.taken.waiting, f"unexpected answer {event}"
        expected, sent = self.taken.waiting.popleft()
        assert event.beats[0] == expected.beat, (
            f"{expected.step}: got {event.beats[0]:#x}, expected {expected.beat:#x}"
            f" ({expected.status.name}, {expected.tokens})"
        )
        self.matched += 1
        for observe in self.observers:
            observe(expected, sent, event)

    async def drain(self) -> None:
        """Wait until everything that was taken is answered."""
        waited = 0
        while self.taken.waiting:
            matched = self.matched
            await ClockCycles(cocotb.top.clk_i, 50)
            waited = 0 if self.matched > matched else waited + 50
            assert waited < WAIT, f"{len(self.taken.waiting)} answers never came out"

    def check_phase(self) -> None:
        assert self.matched, "no answer came out"
        assert not self.taken.waiting, f"{len(self.taken.waiting)} answers never came out"
        self.logger.info("matched %d answers", self.matched)


class LstmEnv(uvm_env):
    """ConfigDB ``memory`` holds the bench's memory."""

    def build_phase(self) -> None:
        self.step_stall, self.answer_stall = Throttle(), Throttle()
        self.memory_stall, self.weights_stall = Throttle(), Throttle()
        self.device: DeviceMemory = ConfigDB().get(self, "", "memory")
        for name, prefix, mode, stall in (
            ("steps", "s_axis_step", AxisMode.SOURCE, self.step_stall),
            ("weights", "s_axis_weights", AxisMode.SOURCE, self.weights_stall),
            ("answers", "m_axis_answer", AxisMode.SINK, self.answer_stall),
        ):
            ConfigDB().set(self, name, "config", AxisConfig(prefix, mode, stall))
            setattr(self, name, AxisAgent(name, self))
        stalls = Axi4Stalls(*[self.memory_stall] * 5)
        ConfigDB().set(
            self, "memory", "config", Axi4Config(cocotb.top.u_m_axi, self.device, stalls)
        )
        self.memory = Axi4Memory("memory", self)
        self.scoreboard = Scoreboard("scoreboard", self)

    def connect_phase(self) -> None:
        self.steps.ap.connect(self.scoreboard.taken.analysis_export)
        self.answers.ap.connect(self.scoreboard.analysis_export)

    @property
    def reference(self) -> Reference:
        return self.scoreboard.taken.reference

    @property
    def stalls(self) -> tuple[str, str, str]:
        return self.step_stall.name, self.answer_stall.name, self.memory_stall.name
