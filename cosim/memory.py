"""Device memories behind AXI4 ports in bulk runs: no beat passes through VPI.

The top level holds an ``axi4_memory_dpi`` (cosim/rtl) for each memory, with an `Id` of its own.  In
a cocotb test, before reset is released::

    host = DeviceMemory(1 << 28, PRESETS["ddr5"])
    attach(0, host)
    stall(0, seed=1, r=40, w=40)

`host.bytes` is the memory itself, for the test to fill and to read whenever Python is awake.  A
bench adds `SOURCES` to its sources and `BUILD_ARGS` behind those of `cosim.transactor`, whose
``sim_clock`` it may use (or any other clock).
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from models import device_memory
from models.device_memory import DeviceMemory

SOURCES = ("cosim/rtl/axi4_memory_dpi.sv",)
BUILD_ARGS = (str(Path(__file__).with_suffix(".cpp")), str(device_memory.SOURCE))

PORTS = 8
CHANNELS = ("ar", "r", "aw", "w", "b")

_attached: dict[int, DeviceMemory] = {}  # what C++ points to must live


@dataclass(frozen=True)
class Moved:
    """Transfers on each channel since the simulation began."""

    ar: int
    r: int
    aw: int
    w: int
    b: int


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)  # the simulator itself
    for name in ("cycle", "moved"):
        getattr(library, f"skv_port_{name}").restype = ctypes.c_uint64
    return library


def _check(port: int) -> None:
    if not 0 <= port < PORTS:
        raise ValueError(f"port {port} is not in 0..{PORTS - 1}")


def attach(port: int, memory: DeviceMemory) -> None:
    """Put `memory` behind port `port`, in reset or while nothing is under way."""
    _check(port)
    _library().skv_port_attach(port, memory.handle)
    _attached[port] = memory


def stall(port: int, seed: int, **chances: int) -> None:
    """From now on stall channels of a port at random, by p/256 a cycle: ``r=40, w=100``.

    256 stops a channel; those that are not named do not stall.  Raises ValueError for another p
    than 0 to 256.
    """
    _check(port)
    values = [chances.pop(name, 0) for name in CHANNELS]
    if chances or not all(0 <= p <= 256 for p in values):
        raise ValueError(f"stalls are 0..256 for {CHANNELS}, not {chances or values}")
    state = np.random.SeedSequence((seed, port)).generate_state(1, np.uint64)
    array = (ctypes.c_uint32 * len(CHANNELS))(*values)
    _library().skv_port_stall(port, array, ctypes.c_uint64(int(state[0])))


def cycle(port: int) -> int:
    """Cycles of a port since the simulation began, without those in reset."""
    _check(port)
    return _library().skv_port_cycle(port)


def moved(port: int) -> Moved:
    """What passed a port so far."""
    _check(port)
    return Moved(*(_library().skv_port_moved(port, i) for i in range(len(CHANNELS))))
