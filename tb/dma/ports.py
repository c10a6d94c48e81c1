"""The engine's registers and its codec's tables, as a driver reaches them."""

from __future__ import annotations

import ctypes

import cocotb
import numpy as np

from cosim.simulation_job import table_packets
from cosim.transactor import Packets, transfer
from models.speckv import Table
from tb.dma.world import COUNTS, RINGS, RingState, World

ALL = (1 << RINGS) - 1


def packed(values: list[int], bits: int) -> int:
    """One port for all rings, ring 0 lowest."""
    return sum(int(value) % (1 << bits) << bits * i for i, value in enumerate(values))


def drive(rings: list[RingState], enable: int = ALL) -> None:
    """Tell the engine all of the rings, doorbells included."""
    dut = cocotb.top
    dut.tenant_i.value = packed([r.ring.tenant for r in rings], 16)
    dut.window_base_i.value = packed([r.ring.window_base for r in rings], 40)
    dut.window_limit_i.value = packed([r.ring.window_limit for r in rings], 40)
    dut.base_i.value = packed([r.base for r in rings], 64)
    dut.completions_i.value = packed([r.completions for r in rings], 64)
    dut.size_log2_i.value = packed([r.size_log2 for r in rings], 4)
    dut.tail_i.value = packed([r.tail for r in rings], 16)
    dut.consumed_i.value = packed([r.consumed for r in rings], 16)
    dut.enable_i.value = enable


def counts(port: str) -> list[int]:
    """``fetched`` or ``completed`` of every ring, modulo 2^16."""
    value = int(getattr(cocotb.top, f"{port}_o").value)
    return [value >> 16 * i & COUNTS - 1 for i in range(RINGS)]


def where(rings: list[RingState]) -> str:
    """How far everything is, in words."""
    fetched, completed = counts("fetched"), counts("completed")
    return "; ".join(
        f"ring {r.number}: tail {r.tail % COUNTS}, fetched {fetched[r.number]}, "
        f"completed {completed[r.number]}, consumed {r.consumed % COUNTS}"
        for r in rings
    )


def attach(world: World) -> None:
    """Say where the feed's descriptors are: in the host's memory, as those of any ring."""
    ctypes.CDLL(None).skv_feed_attach(ctypes.c_void_p(world.host.bytes.ctypes.data))


async def load(tables: dict[int, Table]) -> None:
    """Load tables, by slot, into both halves of the codec."""
    packets = [
        Packets(p.beats, p.lengths, np.array([slot], np.uint64))
        for slot, table in tables.items()
        for p in [table_packets(np.frombuffer(table.image(), np.uint8)[None])]
    ]
    everything = Packets(
        np.concatenate([p.beats for p in packets]),
        np.concatenate([p.lengths for p in packets]),
        np.concatenate([p.users for p in packets]),
    )
    await transfer({0: everything, 1: everything}, {})
