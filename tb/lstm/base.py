"""What the tests of the predictor share."""

from __future__ import annotations

from collections.abc import Sequence

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles, FallingEdge
from pyuvm import ConfigDB, uvm_test

from models.device_memory import DECERR, PRESETS, SLVERR, DeviceMemory, Timing
from models.lstm import STATE_BYTES, Weights
from tb.agents.axi_stream import AxisPacket, AxisSend
from tb.agents.common import reset, rng, start_clock
from tb.lstm import weights
from tb.lstm.coverage import LstmCoverage
from tb.lstm.env import LstmEnv
from tb.lstm.reference import SLOTS, Answer, Step

MEMORY = 8 << 20
EMBEDDINGS = 0x1000 * 3  # bytes
STATES = 5 << 20
COVERAGE = LstmCoverage()


class LstmTest(uvm_test):
    """Loads weights, then runs `stimulus`.

    `g` is the test's random generator; `through` collects answers, and the packets of their steps
    and themselves; `kind` is that of the weights.  At its end what is in memory is compared.
    """

    timing: Timing = PRESETS["hbm"]
    kind = "typical"

    def build_phase(self) -> None:
        self.g = np.random.default_rng(rng(type(self).__name__).getrandbits(64))
        self.device = DeviceMemory(MEMORY, self.timing, seed=cocotb.RANDOM_SEED & 0xFFFF)
        self.device.bytes[:] = self.g.integers(0, 256, MEMORY, dtype=np.uint8)
        ConfigDB().set(self, "env", "memory", self.device)
        self.env = LstmEnv("env", self)
        self.through: list[tuple[Answer, AxisPacket, AxisPacket]] = []

    def end_of_elaboration_phase(self) -> None:
        COVERAGE.start_test()
        observers = self.env.scoreboard.observers
        observers.append(lambda *event: self.through.append(event))
        observers.append(lambda answer, *_: COVERAGE.answer(answer, self.kind, self.env.stalls))

    async def run_phase(self) -> None:
        self.raise_objection()
        cocotb.top.embeddings_i.value = EMBEDDINGS // 64
        cocotb.top.states_i.value = STATES // 64
        start_clock()
        await reset()
        await self.use(weights.make(self.g, self.kind))
        await self.stimulus()
        await self.settle()
        self.drop_objection()

    async def stimulus(self) -> None:
        raise NotImplementedError

    async def settle(self) -> None:
        """Wait for all answers; what is in memory must be right then."""
        await self.env.scoreboard.drain()
        for slot, state in self.env.reference.states.items():
            if state is not None:
                at = STATES + slot * STATE_BYTES
                found = self.device.bytes[at : at + STATE_BYTES].tobytes()
                assert found == state.to_bytes()[0], f"the state of slot {slot} in memory"

    async def use(self, made: Weights, kind: str | None = None) -> None:
        """Load weights and put the embedding into memory."""
        await self.env.scoreboard.drain()
        table = np.frombuffer(made.embedding_image(), np.uint8)
        self.device.bytes[EMBEDDINGS : EMBEDDINGS + len(table)] = table
        assert await self.load(made.image(), made)
        self.kind = kind or self.kind
        COVERAGE.image("sound", False)

    async def load(self, image: bytes, made: Weights | None) -> bool:
        """Stream an image; whether it was taken.  `made`: the weights of a sound one."""
        top, sent = cocotb.top, False
        packet = AxisPacket.from_bytes(np.frombuffer(image, np.uint8))
        sending = cocotb.start_soon(AxisSend([packet]).start(self.env.weights.sequencer))
        for _ in range(20 * len(packet.beats) + 20_000):
            await FallingEdge(top.clk_i)
            if top.loaded_valid_o.value:
                sent = True
                break
        assert sent, "an image is not taken"
        ok = bool(top.loaded_ok_o.value)
        self.env.reference.weights = made if ok else None
        await sending
        return ok

    async def send(self, steps: Sequence[Step]) -> None:
        """Returns when the last step was taken."""
        packets = [AxisPacket([step.beat]) for step in steps]
        await AxisSend(packets).start(self.env.steps.sequencer)

    async def reset(self, phase: str) -> None:
        """Reset; states of slots under way may be old, new or torn then."""
        COVERAGE.reset(phase)
        lost = self.env.scoreboard.taken.forget()
        await reset(int(self.g.integers(1, 5)))
        for slot in lost:
            self.env.reference.states[slot] = None
        self.env.reference.weights = None

    # ---- Steps ----

    def token(self) -> int:
        loaded = self.env.reference.weights
        return int(self.g.integers(loaded.vocabulary if loaded else 300))

    def known(self) -> list[int]:
        """Slots that hold a state."""
        return [slot for slot, state in self.env.reference.states.items() if state is not None]

    def random_steps(self, n: int, slots: int = 6, predict: float = 0.5) -> list[Step]:
        """Legal steps of a few requests, the first of each from zeros."""
        begun, steps = set(self.known()), []
        for slot in self.g.choice(SLOTS, slots, replace=False)[self.g.integers(0, slots, n)]:
            first = slot not in begun or self.g.random() < 0.1
            begun.add(slot)
            predicts = bool(self.g.random() < predict)
            steps.append(Step(int(slot), self.token(), bool(first), predicts))
        return steps

    def illegal(self) -> Step:
        """A token or a slot beyond the last."""
        step = self.random_steps(1)[0]
        if self.g.random() < 0.5:
            vocabulary = self.env.reference.weights.vocabulary
            token = int(self.g.choice([vocabulary, self.g.integers(vocabulary, 0x10000), 0xFFFF]))
            return Step(step.slot, token, step.first, step.predict)
        slot = int(self.g.choice([SLOTS, self.g.integers(SLOTS, 0x10000), 0xFFFF]))
        return Step(slot, step.token, step.first, step.predict)

    # ---- Memory errors, while nothing is under way ----

    def break_token(self, token: int) -> None:
        self.env.reference.bad_tokens.add(token)
        self._fault(EMBEDDINGS + 64 * token, 64, reads=True)

    def break_slot(self, slot: int, reads: bool) -> None:
        """One of the slot's lines answers reads, or else writes, with an error."""
        bad = self.env.reference.bad_reads if reads else self.env.reference.bad_writes
        bad.add(slot)
        line = int(self.g.integers(STATE_BYTES // 64))
        self._fault(STATES + slot * STATE_BYTES + 64 * line, 64, reads=reads)

    def _fault(self, at: int, length: int, reads: bool) -> None:
        response = int(self.g.choice([SLVERR, DECERR]))
        self.device.fault(at, length, reads=reads, writes=not reads, response=response)

    def mend(self) -> None:
        self.device.clear_faults()
        reference = self.env.reference
        for bad in (reference.bad_tokens, reference.bad_reads, reference.bad_writes):
            bad.clear()

    async def wait(self, most: int) -> None:
        await ClockCycles(cocotb.top.clk_i, int(self.g.integers(1, most)))
