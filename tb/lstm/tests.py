"""Tests of the predictor."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import pairwise

import cocotb
import numpy as np
import pyuvm

from models import lstm
from models.device_memory import PRESETS, fixed
from tb.agents.axi_stream import AxisPacket, AxisSend
from tb.agents.common import PATTERNS
from tb.codec.base import all_pairs, cycles
from tb.lstm import weights
from tb.lstm.base import COVERAGE, LstmTest
from tb.lstm.reference import SLOTS, Status, Step

# Cycles, over a memory that answers in 20: of a prediction alone, from its step to its answer; of
# predictions in a row, from answer to answer.  Without the output rows, two cycles a group.
LATENCY, PERIOD = 607, 565


@pyuvm.test()
class Kinds(LstmTest):
    """Every kind of weights, shortlists of 1 to 8 groups, sixteen tokens on from zeros and more."""

    async def stimulus(self) -> None:
        for kind in self.g.permutation(weights.KINDS):
            for groups in (1, int(self.g.integers(3, 9))):
                vocabulary = int(self.g.choice([1, 300, 0x10000]))
                await self.use(weights.make(self.g, kind, groups, vocabulary), kind)
                slot = int(self.g.integers(SLOTS))
                await self.send([Step(slot, self.token(), i == 0, i > 15) for i in range(20)])
                await self.settle()


@pyuvm.test()
class Shipped(LstmTest):
    """The shipped weights, whole."""

    async def stimulus(self) -> None:
        await self.use(lstm.load(), "shipped")
        await self.send([Step(5, self.token(), i == 0, i % 4 == 3) for i in range(12)])


@pyuvm.test()
class Slots(LstmTest):
    """All slots in turn, each with a state of its own; the same one again and again."""

    timing = PRESETS["cxl"]

    async def stimulus(self) -> None:
        for first in (True, False):
            slots = self.g.permutation(SLOTS).tolist()
            await self.send([Step(slot, self.token(), first, False) for slot in slots])
        await self.send([Step(slots[0], self.token(), False, bool(i & 1)) for i in range(8)])


@pyuvm.test()
class Errors(LstmTest):
    """Every status behind every other; after an error the state is as it was, or lost."""

    async def stimulus(self) -> None:
        for predict in (False, True):
            await self.begin(predict)
            statuses = [s for s in Status if s != Status.UNLOADED]
            order = [statuses[i] for i in all_pairs(len(statuses))] * 2
            await self.send([self.step_for(s, predict, bool(self.g.integers(2))) for s in order])
            await self.settle()
            self.mend()
            await self.send([Step(s, self.token(), s == self.writes) for s in self.slots])
            await self.settle()
            await self.unloaded(predict)

    async def begin(self, predict: bool) -> None:
        """Slots with states, then one whose state cannot be read and one that cannot be written."""
        self.slots = [int(s) for s in self.g.choice(SLOTS, 4, replace=False)]
        await self.send([Step(slot, 7, True, predict) for slot in self.slots])
        await self.settle()
        self.reads, self.writes = self.slots[:2]
        self.break_slot(self.reads, reads=True)
        self.break_slot(self.writes, reads=False)
        self.break_token(3)

    def step_for(self, status: Status, predict: bool, first: bool) -> Step:
        sound = Step(int(self.g.choice(self.slots[2:])), 7, first, predict)
        if status == Status.ILLEGAL:
            return replace(self.illegal(), first=first, predict=predict)
        if status == Status.READ:
            return replace(sound, token=3) if first else replace(sound, slot=self.reads)
        if status == Status.WRITE:
            return replace(sound, slot=self.writes, first=True)
        return sound

    async def unloaded(self, predict: bool) -> None:
        """Without weights every step says so, on both sides of an error of every kind."""
        made = self.env.reference.weights
        for status in Status:
            if status == Status.WRITE:
                self.break_slot(self.writes, reads=False)
            if status == Status.READ:
                self.break_token(3)
            if status != Status.UNLOADED:
                await self.send([self.step_for(status, predict, True)])
            await self.env.scoreboard.drain()
            assert not await self.load(made.image()[:64], made)
            for first in (True, False):
                await self.send([Step(1, 7, first, predict)])
            await self.use(made)
            if status != Status.UNLOADED:
                await self.send([self.step_for(status, predict, True)])
            await self.settle()
            self.mend()


@pyuvm.test()
class LostStates(LstmTest):
    """A write that fails once: the step says so; the one after, from zeros, is right."""

    async def stimulus(self) -> None:
        for _ in range(6):
            await self.send(self.random_steps(4, slots=2))
            await self.settle()
            slot = int(self.g.choice(self.known()))
            self.break_slot(slot, reads=False)
            await self.send([Step(slot, self.token(), False, bool(self.g.integers(2)))])
            await self.settle()
            self.mend()
            await self.send([Step(slot, self.token(), True), Step(slot, self.token())])


@pyuvm.test()
class Images(LstmTest):
    """Images that are refused, with steps before, during and after them."""

    async def stimulus(self) -> None:
        faults = self.g.permutation(list(weights.FAULTS)).tolist()
        for n, fault in enumerate(faults + faults[:3]):
            self.env.weights_stall.name = "none" if n < len(faults) else "light"
            made = weights.make(self.g, self.kind)
            await self.use(made)
            working = n % 2 == 0
            if working:
                await self.send(self.random_steps(2, slots=2))
            else:
                await self.settle()
            bad = weights.FAULTS[fault](self.g, made.image())
            assert not await self.load(bad, made), f"an image with bad {fault} was taken"
            COVERAGE.image(fault, working)
            await self.send([Step(1, 1, True)])
        await self.env.scoreboard.drain()
        await self.use(weights.make(self.g, self.kind))
        await self.send(self.random_steps(4))


@pyuvm.test()
class Stalls(LstmTest):
    """Every stall pattern of steps with every one of answers; the memory's by turns."""

    async def stimulus(self) -> None:
        pairs = [(a, b) for a in PATTERNS for b in PATTERNS]
        for n, i in enumerate(self.g.permutation(len(pairs))):
            self.env.step_stall.name, self.env.answer_stall.name = pairs[i]
            self.env.memory_stall.name = list(PATTERNS)[n % len(PATTERNS)]
            steps = self.random_steps(4, slots=3)
            steps.insert(int(self.g.integers(5)), self.illegal())
            await self.send(steps)
            await self.settle()


@pyuvm.test()
class Resets(LstmTest):
    """Resets at random moments; then nothing is loaded, and what follows is right."""

    async def stimulus(self) -> None:
        phases = ["idle", "loading"] + ["working"] * 8
        for phase in self.g.permutation(phases):
            made = self.env.reference.weights
            if phase == "loading":
                sending = cocotb.start_soon(self.load_cut(made))
                await self.wait(3000)
            elif phase == "working":
                self.env.memory_stall.name = str(self.g.choice(["none", "heavy", "bursts"]))
                sending = cocotb.start_soon(self.send(self.random_steps(3, slots=2)))
                await self.wait(1800)
                while not self.env.scoreboard.taken.waiting:
                    await self.wait(10)
            await self.reset(phase)
            if phase != "idle":
                await sending
            self.env.memory_stall.name = "none"
            await self.env.scoreboard.drain()  # of steps that came in behind the reset
            await self.send([Step(2, 1, True)])
            await self.use(made)
            await self.send(self.random_steps(3, slots=2))
            await self.settle()

    async def load_cut(self, made: lstm.Weights) -> None:
        packet = AxisPacket.from_bytes(np.frombuffer(made.image(), np.uint8))
        await AxisSend([packet]).start(self.env.weights.sequencer)
        assert packet.cut


@pyuvm.test()
class Soak(LstmTest):
    """Random steps, legal and not, with errors in memory, under changing stalls."""

    async def stimulus(self) -> None:
        for _ in range(8):
            names = self.g.choice(["none", "light", "bursts"], 3)
            self.env.step_stall.name, self.env.answer_stall.name, self.env.memory_stall.name = map(
                str, names
            )
            steps = self.random_steps(12, predict=0.3)
            # Not at a request's first step, which must leave a state for the next.
            fresh = {step.token for step in steps if step.first}
            for token in {step.token for step in steps[::4]} - fresh:
                self.break_token(token)
            steps += [self.illegal() for _ in range(3)]
            order = sorted(self.g.permutation(len(steps))[:3].tolist())
            for place, step in zip(order, steps[12:], strict=True):
                steps.insert(place, step)
            await self.send(steps[:15])
            await self.settle()
            self.mend()


@pyuvm.test()
class Speed(LstmTest):
    """With the shipped weights: the cycles of a prediction alone, and in a row."""

    timing = fixed(50)

    async def stimulus(self) -> None:
        for shortlist in (4096, 1024):
            made = lstm.load().shortened(shortlist)
            await self.use(made, "shipped")
            await self.run_steps([Step(1, 1, True)])
            ((sent, answered),) = await self.run_steps([Step(1, 2)])
            latency = cycles(sent, answered)
            row = await self.run_steps([Step(1, 3), Step(2, 3, True), Step(1, 4)])
            periods = [cycles(a, b) for (_, a), (_, b) in pairwise(row)]
            self.logger.info("a prediction: %d cycles alone, %s in a row", latency, periods)
            assert latency == LATENCY + 2 * made.groups
            assert set(periods) == {PERIOD + 2 * made.groups}

    async def run_steps(self, steps: list[Step]) -> list[tuple[int, int]]:
        """When each step was taken and answered."""
        self.through.clear()
        await self.send(steps)
        await self.settle()
        return [(sent.last, answered.last) for _, sent, answered in self.through]


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
