"""Functional coverage of the DMA bench: what was asked for, how it ended, and under what."""

from __future__ import annotations

from models.dma import COPIES, Op, Status
from models.speckv import Error
from tb.agents.common import PATTERNS
from tb.codec.coverage import Coverage, Group, bins_of
from tb.dma.world import CASES, RINGS, Batch, Seen

LENGTHS = {"64": (64, 64), "128-960": (128, 960), "1024-4032": (1024, 4032), "4096": (4096, 4096)}
OPS = tuple(op.name for op in Op)
STATUSES = tuple(status.name for status in Status)
ERRORS = tuple(error.name for error in Error if error not in (Error.OK, Error.CONTENT))
MEMORIES = ("fixed", "ddr5", "hbm", "cxl")
CROSSINGS = ("inside", "across 4 KB")
ONLY_PAGES = (
    Status.UNMAPPED,
    Status.FOREIGN,
    Status.TABLE,
    Status.TABLE_BUS,
    Status.READ_ONLY,
    Status.NO_MEMORY,
    Status.CORRUPT,
)
ONLY_STORES = (Status.READ_ONLY, Status.NO_MEMORY)


def _never() -> list[tuple[str, str]]:
    """Operations that cannot end so."""
    out = []
    for op in Op:
        for status in Status:
            page = op not in COPIES
            if (
                (status in ONLY_PAGES and not page)
                or (status in ONLY_STORES and op != Op.STORE)
                or (status == Status.CORRUPT and op == Op.STORE)
                or (status == Status.WINDOW and page)
                or (status == Status.CANCELLED and op != Op.PREFETCH)
                or status in (Status.FETCH, Status.STOPPED)
            ):
                out.append((op.name, status.name))
    return out


class DmaCoverage(Coverage):
    """Counts of its own; of `Coverage` only the judgement."""

    name = "dma"

    def __init__(self) -> None:
        self._ends = Group(
            "dma.ends",
            {
                "case": tuple(CASES),
                "op": OPS,
                "status": STATUSES,
                "error": ERRORS,
                "copied": tuple(LENGTHS),
            },
            {"op_x_status": ("op", "status")},
            {"op_x_status": _never()},
        )
        self._around = Group(
            "dma.around",
            {
                "ring": tuple(map(str, range(RINGS))),
                "host": CROSSINGS,
                "memory": MEMORIES,
                "host_stall": tuple(PATTERNS),
                "device_stall": tuple(PATTERNS),
            },
        )
        self._events = Group(
            "dma.events",
            {"event": ("wrapped", "completions full", "disabled", "reset", "drained", "cancelled")},
        )

    def end(self, seen: Seen) -> None:
        """A descriptor that ended as expected."""
        known = seen.op in tuple(Op)
        copied = known and seen.op in COPIES and seen.status == Status.OK
        self._ends.sample(
            case=seen.case,
            op=Op(seen.op).name if known else None,
            status=Status(seen.status).name,
            error=Error(seen.error).name if seen.error else None,
            copied=bins_of([seen.length], LENGTHS) if copied else None,
        )

    def batch(self, batch: Batch, memory: str, stalls: tuple[str, str]) -> None:
        """A batch that ended as expected."""
        for ring, posted in batch.posted.items():
            at, length = posted.descriptors["host"], posted.descriptors["length"]
            across = at % 4096 + length > 4096
            self._around.sample(
                ring=str(ring),
                host={CROSSINGS[int(a)] for a in set(across.tolist())},
                memory=memory,
                host_stall=stalls[0],
                device_stall=stalls[1],
            )

    def event(self, name: str) -> None:
        self._events.sample(event=name)
