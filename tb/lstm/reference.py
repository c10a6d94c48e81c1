"""What the engine must answer, and leave in memory."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch

from models.lstm import State, Weights, logits, predict, step

SLOTS = 100  # of the bench's DUT


class Status(IntEnum):
    OK = 0
    UNLOADED = 1
    ILLEGAL = 2
    READ = 3
    WRITE = 4


@dataclass(frozen=True)
class Step:
    """A step, and its beat."""

    slot: int
    token: int
    first: bool = False
    predict: bool = True

    @property
    def beat(self) -> int:
        return self.slot << 18 | self.token << 2 | self.first << 1 | self.predict

    @classmethod
    def of(cls, beat: int) -> Step:
        return cls(beat >> 18, beat >> 2 & 0xFFFF, bool(beat & 2), bool(beat & 1))


@dataclass(frozen=True)
class Answer:
    """What comes of a step, and its beat.

    state: what the step left in the slot; logits: int64 ``[shortlist]``, of a prediction.
    """

    step: Step
    status: Status
    tokens: tuple[int, ...] = (0, 0, 0, 0)
    state: State | None = None
    logits: torch.Tensor | None = None

    @property
    def beat(self) -> int:
        tokens = sum(token << 16 * i for i, token in enumerate(self.tokens))
        return self.step.slot << 67 | self.status << 64 | tokens


class Reference:
    """Follows the engine step by step.

    weights: what is loaded, if anything; bad_tokens, bad_reads, bad_writes: tokens and slots whose
    memory answers with errors; states: slot -> its state, None if it was lost.
    """

    def __init__(self) -> None:
        self.weights: Weights | None = None
        self.bad_tokens: set[int] = set()
        self.bad_reads: set[int] = set()
        self.bad_writes: set[int] = set()
        self.states: dict[int, State | None] = {}

    def take(self, s: Step) -> Answer:
        """The answer to the next step."""
        if self.weights is None:
            return Answer(s, Status.UNLOADED)
        if s.slot >= SLOTS or s.token >= self.weights.vocabulary:
            return Answer(s, Status.ILLEGAL)
        if s.token in self.bad_tokens or (not s.first and s.slot in self.bad_reads):
            return Answer(s, Status.READ)
        old = State.zeros(1) if s.first else self.states[s.slot]
        assert old is not None, f"{s} goes on from a state that was lost"
        new = step(self.weights, old, torch.tensor([s.token]))
        if s.slot in self.bad_writes:
            self.states[s.slot] = None
            return Answer(s, Status.WRITE)
        self.states[s.slot] = new
        if not s.predict:
            return Answer(s, Status.OK, state=new)
        tokens = tuple(predict(self.weights, new)[0].tolist())
        return Answer(s, Status.OK, tokens, new, logits(self.weights, new)[0])
