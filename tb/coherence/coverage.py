"""Functional coverage: which operation met which state of a line, by agent, and how it went on."""

from __future__ import annotations

import logging
import os
from collections import Counter

from models.coherence import ANSWERS, SNOOPS, TAKES, Action, Op, State, decide

AGENT = {Op.DevRead: "GPU", Op.DevPeek: "DMA", Op.DevWrite: "device", Op.Evict: "engine"}
# (operation, state, snooped, answer or None) -> why no legal traffic gets there.
UNREACHABLE = "a host that legally sends it does not hold the line"


class DecisionError(Exception):
    """The engine decided other than the model."""


def cells() -> dict[str, str]:
    """Every cell of operation x state x answer x room, and for the unreachable ones the reason."""
    out = {}
    for op in Op:
        for state in State:
            out[f"{op.name} {state.name}"] = ""
            if op in SNOOPS and decide(op, state).action == Action.Snoop:
                for answer in ANSWERS[SNOOPS[op]]:
                    if answer <= state:
                        out[f"{op.name} {state.name} answered {answer.name[-1]}"] = ""
            if op in SNOOPS and op is not Op.DevWrite and state == State.I:
                # A write-back took the entry while the host was asked.
                out[f"{op.name} I answered I"] = ""
        if op in TAKES:
            out[f"{op.name} evicts"] = ""
            out[f"{op.name} reserved"] = ""
    out["DevWrite I answered I"] = ""
    out["DevRead S answered S"] = out["DevPeek S answered S"] = ""
    return out


class Coverage:
    """Counts cells, and compares each decision with the model's."""

    def __init__(self) -> None:
        self.cells = cells()
        self.hits: Counter[str] = Counter()
        self._names: dict[int, str] = {}
        self.decisions = 0

    def decision(self, word: int) -> None:
        """One decision, as coherence_tb_top packs it."""
        name = self._names.get(word)
        if name is None:
            name = self._names[word] = self._judge(word)
        self.hits[name] += 1
        self.decisions += 1

    def _judge(self, word: int) -> str:
        fields = []
        for width in (2, 2, 1, 3, 2, 1, 1, 1, 1, 2, 4):
            fields.append(word & (1 << width) - 1)
            word >>= width
        grant, after, update, action, answer, snooped, victim, room, entry, state, op = fields
        op, state, answer = Op(op), State(state), State(answer)
        made = decide(op, state, bool(entry), bool(room), bool(victim), bool(snooped), answer)
        writes = made.update
        if (made.action, writes, made.grant) != (action, bool(update), grant) or (
            writes and made.next != after
        ):
            raise DecisionError(f"{op.name} {state.name}: {fields}, the model says {made}")
        if made.action == Action.Evict:
            return f"{op.name} evicts"
        if op in TAKES and entry and state == State.I:
            return f"{op.name} reserved"
        name = f"{op.name} {state.name}"
        return f"{name} answered {answer.name}" if snooped else name

    def judge(self, log: logging.Logger) -> None:
        """Fail a whole run that left a reachable cell empty."""
        missed = [name for name, why in self.cells.items() if not why and not self.hits[name]]
        hit = len(self.cells) - len(missed)
        log.info("%d of %d cells hit, %d decisions", hit, len(self.cells), self.decisions)
        extra = sorted(set(self.hits) - set(self.cells))
        if extra:
            log.info("beyond the cells: %s", ", ".join(extra))
        if os.environ.get("SKV_WHOLE_RUN") == "1":
            assert not missed, f"{len(missed)} bins never hit:\n" + "\n".join(missed)
        elif missed:
            log.info("never hit: %s", ", ".join(missed))
