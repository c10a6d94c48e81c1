"""Functional coverage of the prefetch core."""

from __future__ import annotations

from models.prefetch import MAX_MARGIN, MAX_SHARE, SHARE
from models.prefetch_core import (
    Answer,
    Core,
    Do,
    Flight,
    Kind,
    Op,
    Packet,
    State,
    Verdict,
)
from tb.agents.common import PATTERNS
from tb.codec.coverage import Coverage, Group
from tb.prefetch.items import CANCELLED, OK

STREAMS = ("packet", "ask", "answer", "arrived", "fetch", "cancel", "done")
RESETS = ("idle", "clear", "report", "fetch", "release", "flight")
PAGES = ("1", "2-15", "16", "17-63", "64")
_EARLY = ("early", "other", "newest", "none")


def pages_bin(pages: int) -> str:
    if pages in (1, 16, 64):
        return str(pages)
    return "2-15" if pages < 16 else "17-63"


def share_bin(share: int) -> str:
    if share in (SHARE, MAX_SHARE):
        return "mean" if share == SHARE else "most"
    return "less" if share < SHARE else "more"


class PrefetchCoverage(Coverage):
    """What was asked, done and told, and under which stalls."""

    name = "prefetch"

    def __init__(self) -> None:
        self._answers = Group(
            "prefetch.answers",
            {"verdict": tuple(v.name for v in Verdict), "page": _EARLY},
            {"verdict_x_page": ("verdict", "page")},
            {
                "verdict_x_page": [
                    *((v.name, "none") for v in Verdict if v < Verdict.FOREIGN),
                    ("LATE", "newest"),
                    ("MISS", "newest"),
                    ("MISS", "early"),
                    ("FULL", "early"),
                    *(("ILLEGAL", p) for p in _EARLY if p != "none"),
                ]
            },
        )
        self._operations = Group(
            "prefetch.operations",
            {
                "operation": ("ENTER", "FETCH", "EVICT"),
                "page": tuple(state.name for state in State),
                "slot": ("free", "none"),
            },
            {"operation_x_page_x_slot": ("operation", "page", "slot")},
            {
                "operation_x_page_x_slot": [
                    *(("EVICT", "ABSENT", slot) for slot in ("free", "none")),
                    *(("ENTER", "PENDING", slot) for slot in ("free", "none")),
                    # A question came first: it took the slot, or found none.
                    ("FETCH", "PENDING", "none"),
                    ("FETCH", "PRESENT", "none"),
                    ("FETCH", "PRESENT", "free"),
                ]
            },
        )
        self._landings = Group(
            "prefetch.landings",
            {
                "fetch": ("prefetch", "demand"),
                "end": ("ok", "failed", "dropped"),
                "asked": ("asked", "not"),
                "sent": ("0", "1", "2"),
            },
            {"fetch_x_end_x_asked": ("fetch", "end", "asked")},
            {
                "fetch_x_end_x_asked": [
                    ("demand", end, "not") for end in ("ok", "failed", "dropped")
                ]
            },
        )
        self._packets = Group(
            "prefetch.packets",
            {
                "kind": tuple(kind.name for kind in Kind),
                "outcome": ("accepted", "rejected", "malformed"),
                "pages": PAGES,
                "margin": ("least", "between", "most"),
                "share": ("less", "mean", "more", "most"),
            },
            {"kind_x_outcome": ("kind", "outcome")},
        )
        self._flights = Group("prefetch.flights", {"under_way": ("some", "all")})
        self._done = Group("prefetch.done", {"status": ("ok", "cancelled", "error")})
        self._stalls = Group("prefetch.stalls", {stream: tuple(PATTERNS) for stream in STREAMS})
        self._resets = Group("prefetch.resets", {"phase": RESETS})

    def answer(self, answer: Answer, page: str) -> None:
        self._answers.sample(verdict=answer.verdict.name, page=page)

    def operation(self, core: Core, op: Op) -> None:
        """One that is about to be done."""
        if op.do in (Do.ENTER, Do.FETCH, Do.EVICT):
            self._operations.sample(
                operation=op.do.name,
                page=core.state(op.where).name,
                slot="free" if core.room else "none",
            )

    def landing(self, flight: Flight, sent: int) -> None:
        end = "dropped" if flight.dropped else "failed" if flight.failed else "ok"
        self._landings.sample(
            fetch="demand" if flight.demand else "prefetch",
            end=end,
            asked="asked" if flight.asked else "not",
            sent=str(sent),
        )

    def packet(self, packet: Packet, outcome: str, core: Core) -> None:
        step = packet.kind == Kind.STEP and outcome == "accepted"
        margin = core.learnt[packet.handle].margin if step else 0
        ends = {MAX_MARGIN: "most", -MAX_MARGIN: "least"}
        share = None
        if packet.kind == Kind.REPORT and outcome == "accepted":
            share = core.share(packet.handle, packet.layer, packet.head)
        self._packets.sample(
            kind=Kind(packet.kind).name if packet.kind <= Kind.END else None,
            outcome=outcome,
            pages=pages_bin(packet.pages) if step else None,
            margin=ends.get(margin, "between") if step else None,
            share=share_bin(share) if share is not None else None,
        )

    def flights(self, under_way: int, most: int) -> None:
        self._flights.sample(under_way="all" if under_way == most else "some")

    def done(self, status: int) -> None:
        names = {OK: "ok", CANCELLED: "cancelled"}
        self._done.sample(status=names.get(status, "error"))

    def stalls(self, names: dict[str, str]) -> None:
        self._stalls.sample(**names)

    def reset(self, phase: str) -> None:
        self._resets.sample(phase=phase)
