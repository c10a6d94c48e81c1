"""The sequence item: one packet."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from pyuvm import uvm_sequence_item


class AxisPacket(uvm_sequence_item):
    """Beats up to and with TLAST, and TUSER at each beat.

    A beat is an int, byte 0 in its low bits.  `cut` is set by the driver when a reset ended the
    packet before its last beat was taken.  `first` and `last` are set by the monitor: the simulated
    time, in ps, of the clock edges that took the first and the last beat.
    """

    def __init__(self, beats: list[int], user: int | Iterable[int] = 0) -> None:
        """Make a packet of `beats` (at least one); an int `user` goes with every beat.

        Raises ValueError for no beats or another number of TUSER values than of beats.
        """
        super().__init__("packet")
        self.beats = beats
        self.user = [user] * len(beats) if isinstance(user, int) else list(user)
        self.cut = False
        self.first = self.last = 0
        if not beats or len(self.user) != len(beats):
            raise ValueError(f"{len(beats)} beats with {len(self.user)} TUSER values")

    @classmethod
    def from_bytes(
        cls, data: np.ndarray, user: int | Iterable[int] = 0, beat_bytes: int = 64
    ) -> AxisPacket:
        """Make a packet of `data`, uint8 ``[n * beat_bytes]``; ValueError for another size."""
        if data.dtype != np.uint8 or data.size % beat_bytes:
            raise ValueError(f"{data.dtype}[{data.size}] is not whole beats of {beat_bytes} bytes")
        raw = data.tobytes()
        starts = range(0, len(raw), beat_bytes)
        return cls([int.from_bytes(raw[i : i + beat_bytes], "little") for i in starts], user)

    def to_bytes(self, beat_bytes: int = 64) -> np.ndarray:
        """The payload, uint8 ``[n * beat_bytes]``."""
        raw = b"".join(beat.to_bytes(beat_bytes, "little") for beat in self.beats)
        return np.frombuffer(raw, np.uint8)

    def __eq__(self, other: object) -> bool:
        """Same beats and same TUSER."""
        same_kind = isinstance(other, AxisPacket)
        return same_kind and self.beats == other.beats and self.user == other.user

    def __str__(self) -> str:
        """One line: the length, TUSER at the last beat, the start of the payload."""
        return f"packet of {len(self.beats)} beats, user {self.user[-1]:#x}: {self.beats[0]:#x}..."
