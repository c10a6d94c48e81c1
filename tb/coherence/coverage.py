"""Functional coverage: every request of every agent x what the filter says of its line.

A cell is named by agent and request, the state, and for those that ask the host what it answered.
"""

from __future__ import annotations

import logging
import os
from collections import Counter

from models.coherence import (
    ANSWERS,
    REQUESTS,
    SNOOPS,
    TAKES,
    WRITE_REQUESTS,
    Action,
    Meta,
    Op,
    ReqOp,
    RwdOp,
    Snp,
    State,
    Value,
    decide,
    decode_req,
    decode_rwd,
)
from tb.agents.cxl_mem.messages import Req, Rwd

DEVICES = {1: "GPU", 2: "DMA"}
DEVICE_OPS = {"GPU read": Op.DevRead, "DMA read": Op.DevPeek}
DEVICE_OPS |= {"GPU write": Op.DevWrite, "DMA write": Op.DevWrite}
RETRIES = "retries for want of a way"


class DecisionError(Exception):
    """The engine decided other than the model."""


def row_name(opcode: ReqOp | RwdOp, meta: int, value: int | None, snp: int) -> str:
    """A legal request of the host."""
    what = "" if value is None else f" {Value(value).name}"
    return f"{opcode.name}{what or f' {Meta(meta).name}'} {Snp(snp).name}"


def request_name(request: Req | Rwd | None) -> str:
    """The row of a request that the engine decides on."""
    if request is None:  # it was answered already
        return "host?"
    kind, decode = (RwdOp, decode_rwd) if isinstance(request, Rwd) else (ReqOp, decode_req)
    fields = request.meta_field, request.meta_value, request.snp_type
    if decode(request.opcode, *fields).illegal:
        return f"{kind(request.opcode).name} illegal"
    meta, value, snp = fields
    return row_name(kind(request.opcode), meta, None if meta == Meta.NoOp else value, snp)


def _rows() -> dict[str, Op]:
    """Every request that the engine sees, of every agent."""
    rows = {row_name(*key): op for key, op in {**REQUESTS, **WRITE_REQUESTS}.items()}
    rows |= {f"{op.name} illegal": Op.Read for op in (ReqOp.MemRd, ReqOp.MemRdData)}
    rows |= {f"{op.name} illegal": Op.WriteKeep for op in (RwdOp.MemWr, RwdOp.MemWrPtl)}
    return rows | DEVICE_OPS | {"eviction": Op.Evict}


def cells() -> set[str]:
    out = set()
    for row, op in _rows().items():
        for state in State:
            out.add(f"{row}: {state.name}")
            if op in SNOOPS:
                # The state may have fallen, by a write-back, to what the answer says.
                for answer in ANSWERS[SNOOPS[op]]:
                    if decide(op, state).action == Action.Snoop and answer <= state:
                        out.add(f"{row}: {state.name}, answer {answer.name[-1]}")
                    if answer == state and answer < 2:
                        out.add(f"{row}: {state.name}, answer {answer.name[-1]}")
        if op in TAKES:
            out.add(f"{row}: evicts")
            out.add(f"{row}: reserved")
    return out


class Coverage:
    """Counts cells, and compares each decision with the model's."""

    def __init__(self) -> None:
        self.cells = cells()
        self.hits: Counter[tuple[str, str]] = Counter()
        self._judged: dict[int, tuple[Op, str]] = {}
        self._names: dict[tuple, str] = {}

    def decision(self, word: int, owner: int, request: Req | Rwd | None) -> None:
        """One decision, as coherence_tb_top packs it, and whose."""
        judged = self._judged.get(word)
        if judged is None:
            judged = self._judged[word] = self._judge(word)
        op, how = judged
        if op == Op.Evict:
            who = "eviction"
        elif owner:
            who = f"{DEVICES[owner]} {'write' if op == Op.DevWrite else 'read'}"
        elif request is None:
            who = "host?"
        else:
            key = (type(request), request.opcode, request.meta_field, request.meta_value)
            key += (request.snp_type,)
            who = self._names.get(key)
            if who is None:
                who = self._names[key] = request_name(request)
        self.hits[who, how] += 1

    def _judge(self, word: int) -> tuple[Op, str]:
        fields = []
        for width in (2, 2, 1, 3, 2, 1, 1, 1, 1, 2, 4):
            fields.append(word & (1 << width) - 1)
            word >>= width
        grant, after, update, action, answer, snooped, victim, room, entry, state, op = fields
        op, state, answer = Op(op), State(state), State(answer)
        made = decide(op, state, bool(entry), bool(room), bool(victim), bool(snooped), answer)
        same = (made.action, made.update, made.grant) == (action, bool(update), grant)
        if not same or (made.update and made.next != after):
            raise DecisionError(f"{op.name} {state.name}: {fields}, the model says {made}")
        if made.action == Action.Evict:
            return op, "evicts"
        if made.action == Action.Retry:
            return op, RETRIES
        if op in TAKES and entry and state == State.I:
            return op, "reserved"
        return op, f"{state.name}, answer {answer.name}" if snooped else state.name

    @property
    def retries(self) -> int:
        """How often a request found no way it could take."""
        return sum(count for (_, how), count in self.hits.items() if how == RETRIES)

    def judge(self, log: logging.Logger) -> None:
        """Fail a whole run that left a cell empty."""
        hit = {f"{who}: {how}" for who, how in self.hits}
        missed = sorted(self.cells - hit)
        total = sum(self.hits.values())
        log.info("%d of %d cells, %d decisions", len(self.cells & hit), len(self.cells), total)
        log.info("beyond the cells: %s", ", ".join(sorted(hit - self.cells)))
        if os.environ.get("SKV_WHOLE_RUN") == "1":
            assert not missed, f"{len(missed)} bins never hit:\n" + "\n".join(missed)
        elif missed:
            log.info("never hit: %s", ", ".join(missed))
