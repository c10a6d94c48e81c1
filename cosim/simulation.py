"""Runs pages through a codec's compressor and decompressor in RTL.

Each job is a simulation of its own (a process), so jobs run side by side.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np

from cosim.transactor import BEAT_BYTES, BUILD_ARGS, SOURCES
from models.page import PAGE_BYTES
from tb.sim import BUILD, Bench

TOPS = ("cosim/rtl/int8rle_cosim_top.sv", "cosim/rtl/int8rle_cosim_tb_top.sv")
INT8RLE = Bench(
    name="cosim-int8rle",
    engine="codec",
    toplevel="int8rle_cosim_tb_top",
    test_module="cosim.simulation_job",
    sources=(*SOURCES, *TOPS),
    build_args=BUILD_ARGS,
)
SPECKV_TOPS = ("cosim/rtl/speckv_cosim_top.sv", "cosim/rtl/speckv_cosim_tb_top.sv")
SPECKV = Bench(
    name="cosim-speckv",
    engine="speckv",
    toplevel="speckv_cosim_tb_top",
    test_module="cosim.simulation_job",
    sources=(*SOURCES, *SPECKV_TOPS),
    build_args=BUILD_ARGS,
)

JOB = "SKV_COSIM_JOB"  # environment variable: the job's folder
BEATS_PER_PAGE = PAGE_BYTES // BEAT_BYTES


@dataclass(frozen=True)
class RtlTiming:
    """When n pages passed.

    raw_cycles, stored_cycles, decoded_cycles: uint64 ``[2, n]``, the cycles in which the first and
        the last beat of each page passed the compressor's input, the stream between the engines
        and the decompressor's output.
    blocked: uint64 ``[3]``, cycles in which those three streams had a beat waiting.
    starved: uint64 ``[2]``, cycles in which the last two were ready for a beat that was not there.
    seconds: float64 ``[]``, wall time of the simulation without build and start-up.
    """

    raw_cycles: np.ndarray
    stored_cycles: np.ndarray
    decoded_cycles: np.ndarray
    blocked: np.ndarray
    starved: np.ndarray
    seconds: np.ndarray

    @property
    def pages(self) -> int:
        return self.raw_cycles.shape[1]

    @property
    def cycles(self) -> int:
        """From the first raw beat in to the last decoded beat out."""
        return int(self.decoded_cycles[1, -1] - self.raw_cycles[0, 0]) + 1


@dataclass(frozen=True)
class RtlPages:
    """What the RTL made of n pages.

    stored: uint8 ``[sum(units), 64]``, the stored pages back to back.
    units: uint32 ``[n]``, stored length of each page in 64-byte units.
    status, errors: uint64 ``[n]``, TUSER of the stored and of the decoded page.
    decoded: uint8 ``[64 n, 64]``, the decoded pages.
    """

    stored: np.ndarray
    units: np.ndarray
    status: np.ndarray
    errors: np.ndarray
    decoded: np.ndarray


Arrays = TypeVar("Arrays", RtlTiming, RtlPages)


def save(arrays: RtlTiming | RtlPages, folder: Path) -> None:
    """Every array to a file of its own in `folder`."""
    for field in fields(arrays):
        np.save(folder / f"{field.name}.npy", getattr(arrays, field.name))


def load(kind: type[Arrays], folder: Path) -> Arrays:
    """What `save` left."""
    return kind(**{field.name: np.load(folder / f"{field.name}.npy") for field in fields(kind)})


def run_rtl(
    bench: Bench,
    pages: np.ndarray,
    users: np.ndarray,
    job: int = 0,
    tables: np.ndarray | None = None,
) -> tuple[RtlPages, RtlTiming]:
    """Send pages (int16 ``[n, 2048]``) with TUSER `users` (``[n]``) through `bench`.

    tables: uint8 ``[slots, bytes]``, loaded before into both engines' slots from 0 on.
    Jobs that run at the same time have different numbers.  Raises SimError if the simulation
    fails.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cosim-", dir=BUILD) as folder:
        np.save(Path(folder) / "pages.npy", pages)
        np.save(Path(folder) / "users.npy", users.astype(np.uint64))
        if tables is not None:
            np.save(Path(folder) / "tables.npy", tables)
        bench.run(seed=job, env={JOB: folder})
        return load(RtlPages, Path(folder)), load(RtlTiming, Path(folder))
