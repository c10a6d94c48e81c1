"""Device memory behind AXI4: contents, timing, errors.

One C++ model (device_memory.cpp) serves the pyuvm agent (`tb.agents.axi4`) and, over DPI, the bulk
co-simulation.  It schedules accesses first come first served over channels, banks and open rows;
a real controller reorders and does a little better.  All times of `Timing` are nanoseconds.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).with_suffix(".cpp")
FOLDER = Path(__file__).resolve().parent.parent / "build" / "device_memory"
LINE_BYTES = 64
OKAY, SLVERR, DECERR = 0, 2, 3


@dataclass(frozen=True)
class Timing:
    """How a memory answers, in ns; `gigabytes` a second is the peak of all channels together.

    front, back: on the way to the banks and back (controller, physical layer, link).
    activate: opening a row (tRP + tRCD); column: reading one from an open row (CL).
    jitter: mean of an exponential addition; tail: what a share of `tail_chance` takes longer.
    """

    front: float
    back: float
    activate: float
    column: float
    gigabytes: float
    channels: int
    banks: int
    row_bytes: int
    turnaround: float = 0.0
    jitter: float = 0.0
    tail_chance: float = 0.0
    tail: float = 0.0


# A fixed latency of `ns` and no limit but the port's own 64 bytes a cycle, for directed tests.
def fixed(ns: float) -> Timing:
    return Timing(ns, 0.0, 0.0, 0.0, 1e9, 1, 1, 1 << 30)


PRESETS = {
    # Page hit 106.7 ns, page miss 137.8 ns: Wang et al., "Shuhai: Benchmarking High Bandwidth
    # Memory on FPGAs", FCCM 2020.  A share of a stack: 4 of its 32 pseudo-channels of 14.4 GB/s.
    # Banks and row size: JESD235 (16 banks, 1 KB a pseudo-channel).
    "hbm": Timing(45.0, 47.0, 31.1, 14.0, 57.6, 4, 16, 1024, turnaround=5.0, jitter=3.0),
    # DDR5-4800 (JESD79-5: CL 40, tRCD and tRP 39 cycles of 2400 MHz; two subchannels of 19.2 GB/s,
    # 32 banks, 1 KB rows a device, 8 KB a subchannel's) behind a soft controller, as DDR4's in
    # Shuhai (73 ns with a page hit, less the column access).
    "ddr5": Timing(30.0, 27.0, 32.5, 16.7, 38.4, 2, 32, 8192, turnaround=7.0, jitter=4.0),
    # An ASIC CXL expander, 250 ns and 36 GB/s (Gen5 x8: ServeTheHome, Hot Chips 34; Micron CZ120),
    # with the long tail that Melody (ASPLOS 2025) measured on such devices.
    "cxl": Timing(
        110.0, 100.0, 32.5, 16.7, 36.0, 2, 32, 8192, 7.0, jitter=10.0, tail_chance=1e-3, tail=600.0
    ),
}


class _Timing(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_double) for name in ("front", "back", "activate", "column", "line")),
        *((name, ctypes.c_double) for name in ("turnaround", "jitter", "tail_chance", "tail")),
        *((name, ctypes.c_uint32) for name in ("channels", "banks", "row_lines")),
    ]


class Counters(ctypes.Structure):
    """Lines read and written, row hits and misses, accesses that waited for a bank, lines that were
    answered with an error."""

    _fields_ = [
        (name, ctypes.c_uint64)
        for name in ("read_lines", "write_lines", "row_hits", "row_misses", "waited", "errors")
    ]


class ModelBuildError(Exception):
    """The model cannot be built; the message holds the compiler's."""


@cache
def _library() -> ctypes.CDLL:
    """The C++ model: the simulator's own copy if it has one, else built on first use."""
    whole = ctypes.CDLL(None)
    if not hasattr(whole, "skv_memory_new"):
        digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
        path = FOLDER / f"{digest}.so"
        if not path.exists():
            FOLDER.mkdir(parents=True, exist_ok=True)
            scratch = path.with_suffix(f".{os.getpid()}.tmp")
            command = ["g++", "-O2", "-std=c++17", "-shared", "-fPIC", SOURCE, "-o", scratch]
            done = subprocess.run(command, text=True, capture_output=True)
            if done.returncode:
                raise ModelBuildError(f"g++ cannot build {SOURCE}:\n{done.stderr}")
            scratch.replace(path)
        whole = ctypes.CDLL(str(path))
    whole.skv_memory_new.restype = ctypes.c_void_p
    whole.skv_memory_bytes.restype = ctypes.c_void_p
    whole.skv_memory_counters.restype = ctypes.POINTER(Counters)
    return whole


@dataclass(frozen=True)
class Beat:
    """A beat of read data: 64 bytes as an int (byte 0 lowest), ID, response, last of its burst,
    poison."""

    data: int
    id: int
    response: int
    last: bool
    poison: bool = False


class DeviceMemory:
    """`size` bytes, a multiple of 64; what lies beyond answers DECERR.

    `bytes` is uint8 ``[size]``, the contents themselves, or those of the memory that it `shares`: a
    second port, with timing of its own.  `cycle` arguments count clock cycles.
    """

    def __init__(
        self,
        size: int,
        timing: Timing,
        clock_mhz: float = 400.0,
        seed: int = 1,
        shares: DeviceMemory | None = None,
    ):
        if size % LINE_BYTES:
            raise ValueError(f"a memory of {size} bytes is no whole number of lines")
        per_ns = clock_mhz / 1000
        line = LINE_BYTES * timing.channels / timing.gigabytes * per_ns
        self._library = _library()
        made = _Timing(
            *(ns * per_ns for ns in (timing.front, timing.back, timing.activate, timing.column)),
            line,
            timing.turnaround * per_ns,
            timing.jitter * per_ns,
            timing.tail_chance,
            timing.tail * per_ns,
            timing.channels,
            timing.banks,
            max(1, timing.row_bytes // LINE_BYTES),
        )
        self._shares = shares  # must live as long
        first = ctypes.c_void_p(shares.bytes.ctypes.data) if shares else None
        new = self._library.skv_memory_new
        self.handle = ctypes.c_void_p(
            new(ctypes.byref(made), ctypes.c_uint64(size), ctypes.c_uint64(seed), first)
        )
        at = self._library.skv_memory_bytes(self.handle)
        self.bytes = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(at))
        self._data = ctypes.create_string_buffer(LINE_BYTES)
        self._flags = [kind() for kind in (ctypes.c_uint16, *[ctypes.c_uint8] * 3)]

    @property
    def counters(self) -> Counters:
        return self._library.skv_memory_counters(self.handle).contents

    def reset(self) -> None:
        """Forget what is under way; the contents stay."""
        self._library.skv_memory_reset(self.handle)

    def fault(
        self,
        address: int,
        length: int = LINE_BYTES,
        *,
        reads: bool = True,
        writes: bool = True,
        response: int = SLVERR,
        count: int = -1,
    ) -> None:
        """Answer accesses to these bytes with `response`, the next `count` lines or for ever."""
        first, last = address // LINE_BYTES, (address + length - 1) // LINE_BYTES
        self._library.skv_memory_fault(
            self.handle,
            ctypes.c_uint64(first),
            ctypes.c_uint64(last),
            ctypes.c_bool(reads),
            ctypes.c_bool(writes),
            ctypes.c_uint8(response),
            ctypes.c_int64(count),
        )

    def clear_faults(self) -> None:
        self._library.skv_memory_clear_faults(self.handle)

    def poison(self, address: int, length: int = LINE_BYTES, *, poisoned: bool = True) -> None:
        """Poison the lines of these bytes, or end their poison."""
        first, last = address // LINE_BYTES, (address + length - 1) // LINE_BYTES
        if not 0 <= first <= last < len(self.bytes) // LINE_BYTES:
            raise ValueError(f"bytes {address} to {address + length - 1} are not in this memory")
        self._library.skv_memory_poison(
            self.handle, ctypes.c_uint64(first), ctypes.c_uint64(last), ctypes.c_bool(poisoned)
        )

    def error_chance(self, chance: float) -> None:
        """Answer every line with SLVERR by this chance."""
        self._library.skv_memory_error_chance(self.handle, ctypes.c_double(chance))

    # ---- The port, as an agent uses it ----

    def ar(self, cycle: int, id_: int, address: int, beats: int) -> None:
        self._library.skv_memory_ar(
            self.handle,
            ctypes.c_uint64(cycle),
            ctypes.c_uint16(id_),
            ctypes.c_uint64(address),
            ctypes.c_uint32(beats),
        )

    def r(self, cycle: int) -> Beat | None:
        """The next beat that may be offered, if there is one."""
        id_, response, last, poison = self._flags
        if not self._library.skv_memory_r(
            self.handle,
            ctypes.c_uint64(cycle),
            self._data,
            *(ctypes.byref(flag) for flag in self._flags),
        ):
            return None
        data = int.from_bytes(self._data.raw, "little")
        return Beat(data, id_.value, response.value, bool(last.value), bool(poison.value))

    def aw(self, cycle: int, id_: int, address: int, beats: int) -> None:
        self._library.skv_memory_aw(
            self.handle,
            ctypes.c_uint64(cycle),
            ctypes.c_uint16(id_),
            ctypes.c_uint64(address),
            ctypes.c_uint32(beats),
        )

    def w(self, data: int, strobe: int, poison: bool = False) -> None:
        self._library.skv_memory_w(
            self.handle,
            data.to_bytes(LINE_BYTES, "little"),
            ctypes.c_uint64(strobe),
            ctypes.c_bool(poison),
        )

    def b(self, cycle: int) -> tuple[int, int] | None:
        """ID and response of the next write that is through, if there is one."""
        id_, response, *_ = self._flags
        got = self._library.skv_memory_b(
            self.handle, ctypes.c_uint64(cycle), ctypes.byref(id_), ctypes.byref(response)
        )
        return (id_.value, response.value) if got else None

    def __del__(self) -> None:
        if hasattr(self, "handle"):
            self._library.skv_memory_delete(self.handle)
