"""How fast beats move: the bulk transactor, to be compared with cosim/bare.py."""

from __future__ import annotations

import os
import time
from pathlib import Path

import cocotb
import numpy as np

from cosim.transactor import Packets, Room, reset, transfer


@cocotb.test()
async def measure(_) -> None:
    """Send file $SPEED_IN, uint8 ``[n, 64, 64]``, as packets; the best seconds to $SPEED_OUT."""
    beats = np.load(os.environ["SPEED_IN"]).reshape(-1, 64)
    n = len(beats) // 64
    packets = Packets(beats, np.full(n, 64, np.uint32), np.zeros(n, np.uint64))
    room = Room(n, len(beats))
    await reset()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        batch = await transfer({0: packets}, {0: room, 1: room})
        seconds.append(time.perf_counter() - start)
    assert (batch.received[1].packets.beats == beats).all()
    Path(os.environ["SPEED_OUT"]).write_text(str(min(seconds)))
