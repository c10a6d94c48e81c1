"""Functional coverage of the staging area: what happened, by name."""

from __future__ import annotations

import logging
import os
from collections import Counter

from models.staging import WindowOp, WindowStatus

# The bits of window_flags_o, the lowest first; those without a name are no goals.
FLAGS = (
    "",
    "",
    "a line moves to its sealed page",
    "event",
    "a write without a byte",
    "a read answered with poison",
    "a write answered with an error",
    "read hits",
    "write hits",
    "read waits for its page",
    "write waits for its page",
    "clean page dropped",
    "fresh page cleared",
    "a wanted page given up",
    "",
    "read of a line that has not moved yet",
    "read of a line that has moved",
    "write to a page that is being sealed",
    "",
)
WRITE, ANSWER, MOVE, EVENT, WRITE_HITS, GAVE_UP, OPENED, READ = 0, 1, 2, 3, 8, 13, 14, 18
LEGAL = {
    WindowOp.Open: (WindowStatus.Ok, WindowStatus.Range, WindowStatus.Exists),
    WindowOp.Seal: (
        WindowStatus.Ok,
        WindowStatus.Range,
        WindowStatus.Absent,
        WindowStatus.Failed,
    ),
    WindowOp.Close: (
        WindowStatus.Ok,
        WindowStatus.Range,
        WindowStatus.Absent,
        WindowStatus.Busy,
    ),
    WindowOp.Discard: (WindowStatus.Ok, WindowStatus.Range, WindowStatus.Absent),
}
GOALS = {name for name in FLAGS if name}
GOALS |= {f"{op.name}: {status.name}" for op, legal in LEGAL.items() for status in legal}
GOALS |= {
    "page stored exactly",
    "page stored exactly, loaded again",
    "page sealed",
    "page sealed twice",
    "sealed page loaded",
    "exact store failed",
    "sealing store failed",
    "sealing load failed",
    "load failed",
    "poisoned page not stored",
    "written after Seal, before its answer",
    "Close of a page that cannot be loaded",
    "Discard of what was written",
    "Discard of a page that cannot be stored",
    "reset with pages under way",
    "reset while sealing",
}


class Coverage:
    """Counts."""

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()

    def hit(self, name: str) -> None:
        self.hits[name] += 1

    def judge(self, log: logging.Logger) -> None:
        """Fail a whole run that left a goal out."""
        missed = sorted(GOALS - set(self.hits))
        log.info("%d of %d goals: %s", len(GOALS) - len(missed), len(GOALS), dict(self.hits))
        if os.environ.get("SKV_WHOLE_RUN") == "1":
            assert not missed, f"{len(missed)} bins never hit:\n" + "\n".join(missed)
        elif missed:
            log.info("never hit: %s", ", ".join(missed))
