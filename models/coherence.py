"""Reference of the coherence protocol: CXL.mem requests, the engine's decisions, their tables.

The RTL is rtl/cxl/cxl_decode_*.sv and rtl/coherence/coh_decide.sv; the benches compare each with
this file over every input, and docs/coherence.md holds the tables that `tables` prints:
``python -m models.coherence``.  Encodings: see that document.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import product

LINE_BYTES = 64


class ReqOp(IntEnum):
    """M2S Req opcodes."""

    MemInv = 0x0
    MemRd = 0x1
    MemRdData = 0x2
    MemRdFwd = 0x3
    MemWrFwd = 0x4
    MemRdTEE = 0x5
    MemRdDataTEE = 0x6
    MemSpecRd = 0x8
    MemInvNT = 0x9
    MemClnEvct = 0xA
    MemSpecRdTEE = 0xC
    TEUpdate = 0xD


class RwdOp(IntEnum):
    """M2S RwD opcodes."""

    MemWr = 0x1
    MemWrPtl = 0x2
    BIConflict = 0x4
    MemRdFill = 0x5
    MemWrTEE = 0x9
    MemWrPtlTEE = 0xA
    MemRdFillTEE = 0xD


class BiRsp(IntEnum):
    """M2S BIRsp opcodes; those of blocks (4 to 6) answer what is never asked here."""

    BIRspI = 0
    BIRspS = 1
    BIRspE = 2


class BiSnp(IntEnum):
    """S2M BISnp opcodes; block snoops (4 to 6) are never sent."""

    BISnpCur = 0
    BISnpData = 1
    BISnpInv = 2


class Ndr(IntEnum):
    """S2M NDR opcodes."""

    Cmp = 0
    CmpS = 1
    CmpE = 2
    CmpM = 3
    BIConflictAck = 4
    CmpTEE = 5


class Drs(IntEnum):
    """S2M DRS opcodes."""

    MemData = 0
    MemDataNXM = 1
    MemDataTEE = 2


class Snp(IntEnum):
    """SnpType."""

    NoOp = 0
    SnpData = 1
    SnpCur = 2
    SnpInv = 3


class Meta(IntEnum):
    """MetaField."""

    Meta0State = 0
    ExtMetaState = 1
    NoOp = 3


class Value(IntEnum):
    """MetaValue."""

    Invalid = 0
    Any = 2
    Shared = 3


class State(IntEnum):
    """What the host may hold of a line, as the filter has it: Owned is E or M."""

    I = 0  # noqa: E741
    S = 1
    E = 2


class Op(IntEnum):
    """What the engine does (coh_pkg::op_e)."""

    Read = 0
    ReadShared = 1
    ReadData = 2
    ReadOwn = 3
    Own = 4
    Drop = 5
    DevRead = 6
    DevPeek = 7
    DevWrite = 8
    Evict = 9
    Write = 10
    WriteShare = 11
    WriteKeep = 12


class Action(IntEnum):
    """coh_pkg::action_e."""

    Read = 0
    Write = 1
    Done = 2
    Snoop = 3
    Evict = 4
    Retry = 5


HOST_READS = (Op.Read, Op.ReadShared, Op.ReadData, Op.ReadOwn)
WRITES = (Op.Write, Op.WriteShare, Op.WriteKeep)
TAKES = (Op.ReadShared, Op.ReadData, Op.ReadOwn, Op.Own)  # an entry of the filter
SNOOPS = {Op.DevRead: BiSnp.BISnpData, Op.DevPeek: BiSnp.BISnpCur}
SNOOPS |= {Op.DevWrite: BiSnp.BISnpInv, Op.Evict: BiSnp.BISnpInv}
# What a host may answer.
ANSWERS = {
    BiSnp.BISnpCur: (BiRsp.BIRspI, BiRsp.BIRspS, BiRsp.BIRspE),
    BiSnp.BISnpData: (BiRsp.BIRspI, BiRsp.BIRspS),
    BiSnp.BISnpInv: (BiRsp.BIRspI,),
}


@dataclass(frozen=True)
class Decoded:
    """What becomes of a request: the engine's operation; or, without one, Cmp, BI-ConflictAck or
    nothing at once."""

    op: Op | None = None
    answer: Ndr | None = None
    illegal: bool = False
    partial: bool = False  # the byte enables count


# Legal (opcode, MetaField, MetaValue or None for any, SnpType) of HDM-DB.
REQUESTS = {
    (ReqOp.MemRd, Meta.Meta0State, Value.Any, Snp.SnpInv): Op.ReadOwn,
    (ReqOp.MemRd, Meta.Meta0State, Value.Shared, Snp.SnpData): Op.ReadShared,
    (ReqOp.MemRd, Meta.NoOp, None, Snp.SnpCur): Op.Read,
    (ReqOp.MemRd, Meta.NoOp, None, Snp.SnpInv): Op.Read,
    (ReqOp.MemRdData, Meta.NoOp, None, Snp.SnpData): Op.ReadData,
    (ReqOp.MemInv, Meta.Meta0State, Value.Any, Snp.SnpInv): Op.Own,
    (ReqOp.MemInvNT, Meta.Meta0State, Value.Any, Snp.SnpInv): Op.Own,
    (ReqOp.MemInv, Meta.Meta0State, Value.Invalid, Snp.SnpInv): Op.Drop,
    (ReqOp.MemInvNT, Meta.Meta0State, Value.Invalid, Snp.SnpInv): Op.Drop,
    (ReqOp.MemClnEvct, Meta.Meta0State, Value.Invalid, Snp.NoOp): Op.Drop,
}
WRITE_REQUESTS = {
    (RwdOp.MemWr, Meta.Meta0State, Value.Invalid, Snp.NoOp): Op.Write,
    (RwdOp.MemWr, Meta.Meta0State, Value.Invalid, Snp.SnpInv): Op.Write,
    (RwdOp.MemWr, Meta.Meta0State, Value.Shared, Snp.NoOp): Op.WriteShare,
    (RwdOp.MemWr, Meta.Meta0State, Value.Any, Snp.NoOp): Op.WriteKeep,
    (RwdOp.MemWrPtl, Meta.Meta0State, Value.Invalid, Snp.SnpInv): Op.Write,
}


def _found(table: dict, opcode: int, meta: int, value: int, snp: int) -> Op | None:
    exact = table.get((opcode, meta, value, snp))
    return table.get((opcode, meta, None, snp)) if exact is None else exact


def decode_req(opcode: int, meta: int, value: int, snp: int, hdm_h: bool = False) -> Decoded:
    """An M2S Req, every field as it is on the wire."""
    if opcode == ReqOp.MemSpecRd:
        return Decoded()
    if opcode in (ReqOp.MemRd, ReqOp.MemRdData):
        op = Op.Read if hdm_h else _found(REQUESTS, opcode, meta, value, snp)
        return Decoded(Op.Read, illegal=True) if op is None else Decoded(op)
    if opcode in (ReqOp.MemInv, ReqOp.MemInvNT) and hdm_h:
        return Decoded(answer=Ndr.Cmp)
    if opcode in (ReqOp.MemInv, ReqOp.MemInvNT, ReqOp.MemClnEvct):
        op = None if hdm_h else _found(REQUESTS, opcode, meta, value, snp)
        return Decoded(answer=Ndr.Cmp, illegal=True) if op is None else Decoded(op)
    return Decoded(illegal=True)


def decode_rwd(opcode: int, meta: int, value: int, snp: int, hdm_h: bool = False) -> Decoded:
    """An M2S RwD."""
    if opcode == RwdOp.BIConflict:
        return Decoded(illegal=True) if hdm_h else Decoded(answer=Ndr.BIConflictAck)
    if opcode in (RwdOp.MemWr, RwdOp.MemWrPtl):
        partial = opcode == RwdOp.MemWrPtl
        op = Op.WriteKeep if hdm_h else _found(WRITE_REQUESTS, opcode, meta, value, snp)
        if op is None:
            return Decoded(Op.WriteKeep, illegal=True, partial=partial)
        return Decoded(op, partial=partial)
    return Decoded(illegal=True)


@dataclass(frozen=True)
class Decision:
    """`next` is the state written, if `update`; `grant` what the host's Cmp says."""

    action: Action
    next: State
    grant: State = State.I
    update: bool = False


def decide(
    op: Op,
    state: State,
    entry: bool = True,
    room: bool = True,
    victim: bool = True,
    snooped: bool = False,
    answer: State = State.I,
) -> Decision:
    """What becomes of a request; arguments as the ports of coh_decide."""
    held = min(state, answer) if snooped else state
    if op in TAKES:
        if not entry and not room:
            return Decision(Action.Evict if victim else Action.Retry, state)
        wanted = {
            Op.ReadShared: max(state, State.S),
            Op.ReadData: State.S if state == State.S else State.E,
        }.get(op, State.E)
        action = Action.Done if op == Op.Own else Action.Read
        return Decision(action, wanted, wanted, wanted != state)
    if op in (Op.DevRead, Op.DevPeek) and state == State.E and not snooped:
        return Decision(Action.Snoop, state)
    if op in (Op.DevWrite, Op.Evict) and state != State.I and not snooped:
        return Decision(Action.Snoop, state)
    action = {Op.Drop: Action.Done, Op.Evict: Action.Done, Op.DevWrite: Action.Write}.get(
        op, Action.Write if op in WRITES else Action.Read
    )
    after = held
    if op in (Op.Drop, Op.Write):
        after = State.I
    elif op == Op.WriteShare:
        after = min(state, State.S)
    return Decision(action, after, State.I, after != state)


# ---- The tables of the document ----


def _responses(op: Op) -> str:
    data = " + MemData" if op in HOST_READS else ""
    if op in (Op.ReadShared, Op.ReadData):
        return f"Cmp-S or Cmp-E{data}"
    return ("Cmp-E" if op in TAKES else "Cmp") + data


def _request_row(key: tuple, op: Op) -> tuple[str, ...]:
    opcode, meta, value, snp = key
    value_name = "" if value is None else f" / {value.name}"
    return (
        opcode.name,
        f"{opcode:X}",
        f"{meta.name}{value_name}",
        snp.name,
        _responses(op),
        op.name,
    )


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def request_table() -> str:
    """Every M2S opcode with its legal responses, as HDM-DB has it."""
    rows = [_request_row(key, op) for key, op in {**REQUESTS, **WRITE_REQUESTS}.items()]
    for opcode in ReqOp:
        made = decode_req(opcode, 1, 1, 0)
        if opcode == ReqOp.MemSpecRd:
            rows.append((opcode.name, f"{opcode:X}", "any", "any", "nothing", "none"))
        elif made.op is None and made.answer is None:
            rows.append((opcode.name, f"{opcode:X}", "any", "any", "dropped, counted", "none"))
        else:
            answer = "Cmp + MemData, counted" if made.op is not None else "Cmp, counted"
            op = made.op.name if made.op is not None else "none"
            rows.append((opcode.name, f"{opcode:X}", "any other", "any other", answer, op))
    for opcode in RwdOp:
        made = decode_rwd(opcode, 1, 1, 0)
        if opcode == RwdOp.BIConflict:
            rows.append((opcode.name, f"{opcode:X}", "any", "any", "BI-ConflictAck", "none"))
        elif made.op is None:
            rows.append((opcode.name, f"{opcode:X}", "any", "any", "dropped, counted", "none"))
        else:
            row = ("any other", "any other", "Cmp, counted", made.op.name)
            rows.append((opcode.name, f"{opcode:X}", *row))
    heads = ("opcode", "code", "MetaField / MetaValue", "SnpType", "responses", "operation")
    return _table(heads, rows)


def _cell(op: Op, state: State) -> str:
    made = decide(op, state)
    if made.action == Action.Snoop:
        after = [decide(op, state, snooped=True, answer=State(a)) for a in ANSWERS[SNOOPS[op]]]
        states = "/".join(dict.fromkeys(d.next.name for d in after))
        return f"{SNOOPS[op].name}, then {after[0].action.name.lower()}, {states}"
    words = made.action.name.lower()
    if op in TAKES:
        words += f", grant {made.grant.name}"
    return words if made.next == state else f"{words}, {made.next.name}"


def state_table() -> str:
    """What the engine does and the filter's next state, where that changes, by operation and
    state."""
    rows = [(op.name, *(_cell(op, state) for state in State)) for op in Op]
    return _table(("operation", "I", "S", "E"), rows)


def tables() -> str:
    return f"{request_table()}\n\n{state_table()}"


def every_decision() -> list[tuple]:
    """Every input of `decide`."""
    flags = (False, True)
    return list(product(Op, State, flags, flags, flags, flags, State))


if __name__ == "__main__":
    print(tables())
