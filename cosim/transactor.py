"""Moves whole batches of AXI4-Stream packets between NumPy and the simulated RTL.

The top level has ports ``rst_ni`` and ``done_o`` and holds ``sim_clock``, ``batch_dpi`` and any of
``axis_source_dpi``, ``axis_tap_dpi`` and ``axis_sink_dpi`` (cosim/rtl), each with an `Id`; taps and
sinks share one set of Ids.  In a cocotb test::

    await reset()
    batch = await transfer(send={0: packets}, receive={1: Room(packets=n, beats=64 * n)})
    batch.received[1].packets

Python sleeps until the batch is through; beats never pass through VPI.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge, Timer

# What a bench with a transactor adds to its `sources` and its `build_args`.  The C++ side becomes
# part of the simulator, which exports its functions to ctypes.
SOURCES = tuple(
    f"cosim/rtl/{name}.sv"
    for name in ("sim_clock", "batch_dpi", "axis_source_dpi", "axis_tap_dpi", "axis_sink_dpi")
)
BUILD_ARGS = (
    str(Path(__file__).with_suffix(".cpp")),
    "--timing",
    *("-CFLAGS", "-std=c++20 -fcoroutines"),  # what --timing needs of g++ 12
    *("-CFLAGS", "-O3 -march=native"),
    *("-LDFLAGS", "-rdynamic"),
)

BEAT_BYTES = 64
MAX_STREAMS = 16


class TransferError(Exception):
    """A batch cannot be moved as asked; the message says which stream and which numbers."""


@dataclass(frozen=True)
class Packets:
    """Packets back to back: beats uint8 ``[sum(lengths), 64]``; ``[n]`` each:

    `lengths`, uint32, in beats, at least 1; `users`, uint64: TUSER, constant in a packet.
    """

    beats: np.ndarray
    lengths: np.ndarray
    users: np.ndarray

    def __post_init__(self) -> None:
        """Raises ValueError for arrays that do not fit together."""
        lengths, users = self.lengths, self.users
        if lengths.ndim != 1 or lengths.shape != users.shape:
            raise ValueError(f"lengths{lengths.shape} and users{users.shape} differ")
        if lengths.size and not lengths.all():
            raise ValueError("a packet has at least one beat")
        if self.beats.shape != (int(lengths.sum()), BEAT_BYTES):
            raise ValueError(f"beats{self.beats.shape} for {int(lengths.sum())} beats in lengths")
        for array, dtype in ((self.beats, np.uint8), (lengths, np.uint32), (users, np.uint64)):
            if array.dtype != dtype or not array.flags.c_contiguous:
                raise ValueError(f"need contiguous {np.dtype(dtype)}, got {array.dtype}")


@dataclass(frozen=True)
class Room:
    """What a sink is to receive: exactly `packets` packets, in at most `beats` beats."""

    packets: int
    beats: int


@dataclass(frozen=True)
class Sent:
    """Cycles in which each packet's first and last beat was taken, uint64 ``[n]``.

    `blocked` counts the cycles in which an offered beat waited: back-pressure.
    """

    first: np.ndarray
    last: np.ndarray
    blocked: int


@dataclass(frozen=True)
class Received:
    """The packets, and the cycles in which each one's first and last beat was taken.

    From the first beat to the last, `blocked` counts cycles with TVALID and no TREADY, `starved`
    cycles with TREADY and no TVALID.
    """

    packets: Packets
    first: np.ndarray
    last: np.ndarray
    blocked: int
    starved: int


@dataclass(frozen=True)
class Batch:
    """What `transfer` moved, by Id."""

    sent: dict[int, Sent]
    received: dict[int, Received]


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)  # the simulator itself
    library.skv_error.restype = ctypes.c_char_p
    for name in ("source_blocked", "sink_blocked", "sink_starved", "sink_beats"):
        getattr(library, f"skv_{name}").restype = ctypes.c_uint64
    return library


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def throttle(sources: dict[int, int], sinks: dict[int, int], seed: int) -> None:
    """From now on stall each named stream at random, with probability p/256 a cycle.

    `sources` and `sinks` map an Id to its p, 0 to 255; raises ValueError for another p.
    """
    for kind, streams in (("source", sources), ("sink", sinks)):
        for stream, p in streams.items():
            if not 0 <= p <= 255:
                raise ValueError(f"{kind} {stream}: p is {p}, not in 0..255")
            state = np.random.SeedSequence((seed, stream, len(kind))).generate_state(1, np.uint64)
            call = getattr(_library(), f"skv_throttle_{kind}")
            call(stream, p, ctypes.c_uint64(int(state[0])))


async def reset() -> None:
    """Reset the top level: 8 cycles of ``sim_clock``."""
    cocotb.top.rst_ni.value = 0
    await Timer(10, "ns")
    cocotb.top.rst_ni.value = 1


async def transfer(send: dict[int, Packets], receive: dict[int, Room]) -> Batch:
    """Send all packets and receive all packets asked for, by stream Id.

    Every sink and tap that beats reach must be in `receive`.  Raises TransferError if one gets more
    than its `Room` or if nothing moves any more; the RTL is then to be reset.  Do not reset it
    during a batch.
    """
    library = _library()
    for stream in (*send, *receive):
        if not 0 <= stream < MAX_STREAMS:
            raise ValueError(f"stream {stream} is not in 0..{MAX_STREAMS - 1}")
    library.skv_begin()
    sent, received = {}, {}
    for stream, packets in send.items():
        n = packets.lengths.size
        sent[stream] = first, last = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
        arrays = (packets.beats, packets.lengths, packets.users)
        library.skv_send(
            stream, *map(_pointer, arrays), ctypes.c_uint64(n), _pointer(first), _pointer(last)
        )
    for stream, room in receive.items():
        arrays = (
            np.empty((room.beats, BEAT_BYTES), np.uint8),
            np.zeros(room.packets, np.uint32),
            np.zeros(room.packets, np.uint64),
            np.zeros(room.packets, np.uint64),
            np.zeros(room.packets, np.uint64),
        )
        received[stream] = arrays
        sizes = (ctypes.c_uint64(room.packets), ctypes.c_uint64(room.beats))
        pointers = [_pointer(array) for array in arrays]
        library.skv_receive(stream, *pointers[:3], *sizes, *pointers[3:])
    library.skv_arm()
    await RisingEdge(cocotb.top.done_o)
    if error := library.skv_error().decode():
        raise TransferError(error)
    return Batch(
        {s: Sent(*stamps, library.skv_source_blocked(s)) for s, stamps in sent.items()},
        {s: _received(library, s, arrays) for s, arrays in received.items()},
    )


def _received(library: ctypes.CDLL, stream: int, arrays: tuple[np.ndarray, ...]) -> Received:
    beats, lengths, users, first, last = arrays
    packets = Packets(beats[: library.skv_sink_beats(stream)], lengths, users)
    blocked, starved = library.skv_sink_blocked(stream), library.skv_sink_starved(stream)
    return Received(packets, first, last, blocked, starved)
