"""Functional coverage of the page store."""

from __future__ import annotations

from models.page_store import Placed, Status
from tb.agents.common import PATTERNS
from tb.codec.coverage import Coverage, Group, bins_of

OPS = {
    "begin": (Status.OK, Status.RANGE, Status.BUS, Status.EXISTS),
    "free": (Status.OK, Status.UNMAPPED, Status.FOREIGN, Status.BUS),
    "release": (Status.OK, Status.BUS),
    "place": tuple(status for status in Status if status != Status.EXISTS),
    "map": (Status.OK, Status.BUS),
}
OUTCOMES = tuple(f"{op} {status.name}" for op, known in OPS.items() for status in known)
LEVELS = ("at hand", "found", "made", "looked for and made")
SEGMENTS = ("none", "fresh", "listed", "several")
LENGTHS = {"1": (1, 1), "2-20": (2, 20), "21-63": (21, 63), "64": (64, 64)}
ACCESSES = (
    *("read root", "read pool", "read links", "line root", "word root", "word pool", "word links"),
    *("clear root", "clear pool", "entry pool"),
)
STREAMS = (
    "manage",
    "managed",
    "place",
    "placed",
    "map",
    "mapped",
    "inv",
    "aw",
    "w",
    "b",
    "ar",
    "r",
)
RESETS = ("clearing", "idle", "place", "begin", "free", "drain", "map")


class StoreCoverage(Coverage):
    """What commands there were and what they met."""

    name = "pagestore"

    def __init__(self) -> None:
        self._outcomes = Group(f"{self.name}.outcomes", {"outcome": OUTCOMES})
        self._places = Group(
            f"{self.name}.places",
            {
                "row": LEVELS,
                "directory": LEVELS,
                "segment": SEGMENTS,
                "length": tuple(LENGTHS),
                "drain": ("in a drain", "outside"),
            },
            {"row_x_segment": ("row", "segment")},
            # Several only if something is made.
            {"row_x_segment": [("at hand", "several"), ("found", "several")]},
        )
        self._accesses = Group(
            f"{self.name}.accesses",
            {"kind": ACCESSES, "failed": ("good", "failed")},
            {"kind_x_failed": ("kind", "failed")},
        )
        self._stalls = Group(f"{self.name}.stalls", {stream: tuple(PATTERNS) for stream in STREAMS})
        self._memories = Group(f"{self.name}.memories", {"memory": ("fixed", "hbm", "ddr5", "cxl")})
        self._resets = Group(f"{self.name}.resets", {"phase": RESETS})
        self.draining = False

    def manage(self, op: str, status: Status) -> None:
        self._outcomes.sample(outcome=f"{op} {status.name}")

    def map(self, status: Status) -> None:
        self._outcomes.sample(outcome=f"map {status.name}")

    def access(self, kind: str, failed: bool) -> None:
        self._accesses.sample(kind=kind, failed="failed" if failed else "good")

    def stalls(self, names: dict[str, str]) -> None:
        self._stalls.sample(**names)

    def memory(self, name: str) -> None:
        self._memories.sample(memory=name)

    def reset(self, phase: str) -> None:
        self._resets.sample(phase=phase)

    def place(
        self, answer: Placed, length: int, accesses: list[str], taken: tuple[int, int]
    ) -> None:
        """accesses: what the model did; taken: segments never used before, and off the list."""
        self._outcomes.sample(outcome=f"place {answer.status.name}")
        if answer.status != Status.OK:
            return
        fresh, listed = taken
        self._places.sample(
            row=_level(accesses, "pool"),
            directory=_level(accesses, "root"),
            segment="several" if fresh + listed > 1 else SEGMENTS[fresh + 2 * listed],
            length=bins_of([length], LENGTHS),
            drain="in a drain" if self.draining else "outside",
        )


def _level(accesses: list[str], where: str) -> str:
    """How a row (its pointer is in the pool) or a directory (in the root table) was come by."""
    read, made = f"read {where}" in accesses, f"word {where}" in accesses
    return LEVELS[read + 2 * made]
