"""The part of cosim.faults that runs inside the simulator."""

from __future__ import annotations

import os
from pathlib import Path

import cocotb
import numpy as np

from cosim.simulation import BEATS_PER_PAGE, JOB
from cosim.simulation_job import table_packets
from cosim.transactor import Packets, Room, reset, throttle, transfer

STALLS = 40  # of 256: how often a side stalls


@cocotb.test()
async def job(_) -> None:
    """Tables from source 1, then stored pages from source 0 to sink 0."""
    folder = Path(os.environ[JOB])
    beats, lengths, users = (
        np.load(folder / f"{name}.npy") for name in ("beats", "lengths", "users")
    )
    await reset()
    await transfer({1: table_packets(np.load(folder / "tables.npy"))}, {})
    throttle({0: STALLS}, {0: STALLS}, cocotb.RANDOM_SEED)
    n = len(lengths)
    batch = await transfer({0: Packets(beats, lengths, users)}, {0: Room(n, n * BEATS_PER_PAGE)})
    decoded = batch.received[0].packets
    np.save(folder / "decoded.npy", decoded.beats)
    np.save(folder / "errors.npy", decoded.users)
