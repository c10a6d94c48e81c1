"""The part of cosim.simulation that runs inside the simulator."""

from __future__ import annotations

import os
import time
from pathlib import Path

import cocotb
import numpy as np

from cosim.simulation import BEATS_PER_PAGE, JOB, RtlPages, RtlTiming, save
from cosim.transactor import BEAT_BYTES, Packets, Room, reset, transfer


def table_packets(tables: np.ndarray) -> Packets:
    """A packet a table (uint8 ``[slots, bytes]``), TUSER its slot."""
    slots, size = tables.shape
    beats = np.ascontiguousarray(tables.reshape(-1, BEAT_BYTES))
    lengths = np.full(slots, size // BEAT_BYTES, np.uint32)
    return Packets(beats, lengths, np.arange(slots, dtype=np.uint64))


@cocotb.test()
async def job(_) -> None:
    """Tables, if any, from sources 1 and 2, then one batch: source 0 -> compressor -> tap 0 ->
    decompressor -> sink 1."""
    folder = Path(os.environ[JOB])
    pages, users = np.load(folder / "pages.npy"), np.load(folder / "users.npy")
    n = len(pages)
    beats = pages.view(np.uint8).reshape(-1, BEAT_BYTES)
    raw = Packets(beats, np.full(n, BEATS_PER_PAGE, np.uint32), users)
    await reset()
    if (folder / "tables.npy").exists():
        tables = table_packets(np.load(folder / "tables.npy"))
        await transfer({1: tables, 2: tables}, {})
    begin = time.perf_counter()
    batch = await transfer({0: raw}, {0: Room(n, len(beats)), 1: Room(n, len(beats))})
    seconds = time.perf_counter() - begin
    sent, stored, decoded = batch.sent[0], batch.received[0], batch.received[1]
    pages = RtlPages(
        stored=stored.packets.beats,
        units=stored.packets.lengths,
        status=stored.packets.users,
        errors=decoded.packets.users,
        decoded=decoded.packets.beats,
    )
    timing = RtlTiming(
        raw_cycles=np.stack([sent.first, sent.last]),
        stored_cycles=np.stack([stored.first, stored.last]),
        decoded_cycles=np.stack([decoded.first, decoded.last]),
        blocked=np.array([sent.blocked, stored.blocked, decoded.blocked], np.uint64),
        starved=np.array([stored.starved, decoded.starved], np.uint64),
        seconds=np.array(seconds),
    )
    save(pages, folder)
    save(timing, folder)
