"""What the agent publishes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Axi4Access:
    """A burst that is through: the cycle its address was taken, and its last beat or response.

    response: the worst of its beats'.
    """

    write: bool
    id: int
    address: int
    beats: int
    response: int
    start: int
    end: int
