"""What the engines do, from the reports of their co-simulations."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cosim.prefetch_study import OURS
from models.page import PAGE_BYTES
from tb.sim import BUILD

REPORTS = BUILD.parent / "report"
MEMORY = REPORTS / "memory" / "report.json"
PREFETCH = REPORTS / "prefetch-study.json"
LRU = "LRU"


class ReportError(Exception):
    """A report is missing or damaged; the message says what makes it."""


@dataclass(frozen=True)
class Buffer:
    """Shares of the needed pages: fetched on demand, and fetched early."""

    demand: float
    early: float


@dataclass(frozen=True)
class Engine:
    """A lane of the memory path, and what buffers hold.

    ratio: raw bytes over bytes in device memory, everything counted.  load_bytes, store_bytes: raw
    bytes a cycle, both at once.  load_cycles: a load alone, descriptor to completion.
    ours, lru: (share of the request's pages that the buffer holds) -> Buffer.
    """

    ratio: float
    load_bytes: float
    store_bytes: float
    load_cycles: float
    ours: dict[float, Buffer]
    lru: dict[float, Buffer]


def load(memory: str = "ddr5", path: Path = MEMORY, prefetch: Path = PREFETCH) -> Engine:
    """The figures with one device memory (models/device_memory.py).  Raises ReportError."""
    rows = _read(path, "make cosim-memory")
    try:
        (row,) = (row for row in rows if row["memory"] == memory)
        both = row["both"]
        counts = _read(prefetch, "make prefetch-study")
        return Engine(
            ratio=row["raw_bytes"] / row["pool_bytes"],
            load_bytes=both["loads"] * PAGE_BYTES / both["cycles"],
            store_bytes=both["stores"] * PAGE_BYTES / both["cycles"],
            load_cycles=row["alone"]["load"][0],
            ours=_buffers(counts[OURS]),
            lru=_buffers(counts[LRU]),
        )
    except (KeyError, ValueError, TypeError, ZeroDivisionError) as error:
        raise ReportError(f"{path}, {prefetch}: {type(error).__name__}: {error}") from error


def _buffers(counts: dict[str, dict[str, int]]) -> dict[float, Buffer]:
    return {
        float(share): Buffer(1 - count["there"] / count["asked"], count["early"] / count["asked"])
        for share, count in counts.items()
    }


def _read(path: Path, how: str):
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise ReportError(f"{path} is missing: {how}") from None
    except (OSError, json.JSONDecodeError) as error:
        raise ReportError(f"{path} cannot be read ({error}): {how} writes it") from None
