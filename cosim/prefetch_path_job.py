"""The part of cosim.prefetch_path that runs inside the simulator."""

from __future__ import annotations

import ctypes
import json
import os
import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from cosim.simulation import JOB
from cosim.transactor import reset


class _Job(ctypes.Structure):
    """Job of prefetch_gpu.cpp."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("codes", "needed", "pages", "room")),
        *(
            (name, ctypes.c_int32)
            for name in ("steps", "warm", "layers", "heads", "width", "latency", "spacing", "gap")
        ),
    )


class _Count(ctypes.Structure):
    """Count of prefetch_gpu.cpp."""

    _fields_ = (
        ("answers", ctypes.c_uint64 * 6),
        *(
            (name, ctypes.c_uint64)
            for name in ("issued", "useful", "deciding", "decided", "cycles")
        ),
    )


@cocotb.test()
async def job(_) -> None:
    """Every run of the job's folder, one after the other."""
    folder = Path(os.environ[JOB])
    spec = json.loads((folder / "job.json").read_text())
    arrays = {name: np.load(folder / f"{name}.npy") for name in ("codes", "needed", "pages")}
    gpu = ctypes.CDLL(None)  # the simulator itself
    await reset()
    results = []
    for run in spec["runs"]:
        room = np.array(run["room"], np.int32)
        data = {**arrays, "room": room}
        made = _Job(
            *(data[name].ctypes.data for name in ("codes", "needed", "pages", "room")),
            **{name: spec[name] for name in ("warm", "layers", "heads", "width")},
            **{name: run[name] for name in ("steps", "latency", "spacing", "gap")},
        )
        begin = time.perf_counter()
        gpu.skv_gpu_start(ctypes.byref(made))
        await RisingEdge(cocotb.top.finished_o)
        count = _Count()
        gpu.skv_gpu_count(ctypes.byref(count))
        hits, late, misses, full, *refused = count.answers
        assert not any(refused), "a question was refused"
        names = ("issued", "useful", "deciding", "decided", "cycles")
        results.append(
            {"hits": hits, "late": late, "misses": misses, "full": full}
            | {name: getattr(count, name) for name in names}
        )
        cocotb.log.info("%.1f s: %s", time.perf_counter() - begin, results[-1])
    (folder / "results.json").write_text(json.dumps(results))
