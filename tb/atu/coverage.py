"""Functional coverage of the ATU benches."""

from __future__ import annotations

from models.atu import Atu, Invalidate, Outcome, matches
from models.page_table import Fault, Vpn
from tb.agents.common import PATTERNS
from tb.atu.scoreboard import Forgotten, Record, WalkLog
from tb.codec.coverage import Coverage, Group

STREAMS = ("ask", "answer", "ar", "r")
FAULTS = tuple(fault.name for fault in Fault)
OUTCOMES = tuple(outcome.name for outcome in Outcome)
# What an invalidation met.
MET = ("entry", "open walk", "other walk", "row", "nothing")
DAMAGES = ("header", "directory pointer", "row pointer", "entry")
MEMORIES = ("fixed", "hbm", "ddr5", "cxl")
RESETS = ("idle", "asking", "walking", "answering", "invalidating")


class AtuCoverage(Coverage):
    """What requests met, and what invalidations met."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._answers = Group(
            f"{name}.answers",
            {
                "outcome": OUTCOMES,
                "fault": FAULTS,
                "access": ("read", "write"),
                "reads": ("0", "1", "2", "3"),
                "row": ("known", "not known"),
            },
            {
                "outcome_x_fault": ("outcome", "fault"),
                "fault_x_reads": ("fault", "reads"),
                "fault_x_access": ("fault", "access"),
            },
            {
                "outcome_x_fault": [
                    ("HIT", name) for name in FAULTS if name not in ("NONE", "READ_ONLY")
                ],
                "fault_x_reads": [
                    *((fault, "0") for fault in FAULTS if fault != "UNMAPPED"),
                    *((fault, "2") for fault in ("NONE", "READ_ONLY", "FOREIGN")),
                ],
                "fault_x_access": [("READ_ONLY", "read")],
            },
        )
        self._foreign = Group(
            f"{name}.foreign",
            {"owner": ("has it in the TLB", "walks for it", "has its row", "has nothing")},
        )
        self._forgets = Group(
            f"{name}.forgets",
            {"kind": tuple(kind.name for kind in Invalidate), "met": MET},
            {"kind_x_met": ("kind", "met")},
            # Everything met is all's.
            {"kind_x_met": [("ALL", "other walk")]},
        )
        self._damages = Group(f"{name}.damages", {"what": DAMAGES})
        self._stalls = Group(f"{name}.stalls", {stream: tuple(PATTERNS) for stream in STREAMS})
        self._memories = Group(f"{name}.memories", {"memory": MEMORIES})
        self._load = Group(f"{name}.load", {"walks": ("some", "all busy", "others wait", "full")})
        self._resets = Group(f"{name}.resets", {"phase": RESETS})

    def connect(self, env) -> None:
        """Count what this environment's scoreboard sees."""
        self.env = env
        env.scoreboard.observers.append(self.answer)
        env.scoreboard.on_forget.append(self.forget)
        env.scoreboard.on_look_up.append(self.look_up)

    def answer(self, record: Record, log: WalkLog | None) -> None:
        self._answers.sample(
            outcome=record.outcome.name,
            fault=record.answer.fault.name,
            access="write" if record.request.write else "read",
            reads=str(len(log.reads)) if log else None,
            row=("known" if log.known else "not known") if log else None,
        )

    def look_up(self, record: Record, model: Atu) -> None:
        """Before the model does."""
        request, table = record.request, self.env.table
        number = request.vpn >> 36
        at = table.requests.get(number)
        if at and at.tenant != request.tenant:
            walks = [w for w in model.walks.values() if w.vpn == request.vpn]
            met = set()
            if model.tlb.holds(request.vpn, at.tenant) is not None:
                met.add("has it in the TLB")
            if any(walk.tenant == at.tenant for walk in walks):
                met.add("walks for it")
            if model.row(request.vpn, at.tenant):
                met.add("has its row")
            self._foreign.sample(owner=met or {"has nothing"})
        busy, walks = len(model.walks), model.slots // 2
        load = {"some"} if busy < walks else {"all busy"}
        load |= {"others wait"} if busy > walks else set()
        load |= {"full"} if busy >= model.slots - 2 else set()
        self._load.sample(walks=load)

    def forget(self, forgotten: Forgotten, model: Atu) -> None:
        """Before the model does."""
        kind, vpn = forgotten.kind, forgotten.vpn
        ways = [way for ways in model.tlb.content for way in ways if way]
        met = set()
        if any(matches(kind, vpn, way.vpn) for way in ways):
            met.add("entry")
        walks = [walk for walk in model.walks.values() if walk.open]
        if any(matches(kind, vpn, walk.vpn) for walk in walks):
            met.add("open walk")
        if any(not matches(kind, vpn, walk.vpn) for walk in walks):
            met.add("other walk")
        at = Vpn.of(vpn)
        rows = {place for place, _, _ in model.rows.content.values()}
        if kind == Invalidate.PAGE:
            rows &= {(int(at.request), int(at.page))}  # stays
        elif kind == Invalidate.REQUEST:
            rows = {row for row in rows if row[0] == at.request}
        if rows:
            met.add("row")
        self._forgets.sample(kind=kind.name, met=met or {"nothing"})

    def damage(self, what: str) -> None:
        self._damages.sample(what=what)

    def stalls(self, names: dict[str, str]) -> None:
        self._stalls.sample(**names)

    def memory(self, name: str) -> None:
        self._memories.sample(memory=name)

    def phase(self, name: str) -> None:
        self._resets.sample(phase=name)
