"""The usual ways to move pages into RTL, timed inside the simulator for cosim.bench."""

from __future__ import annotations

import os
import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge
from cocotbext.axi import AxiStreamBus, AxiStreamFrame, AxiStreamSink, AxiStreamSource

from tb.agents.common import reset, start_clock

FOLDER = "SKV_BENCH_JOB"  # environment variable: where pages.npy is and results go


def bus(dut, prefix: str, forward: str, backward: str) -> AxiStreamBus:
    """A stream whose ports end in their direction: TREADY in `backward`, the rest in `forward`."""
    ends = {"tvalid": forward, "tready": backward, "tlast": forward, "tuser": forward}
    names = {
        "_signals": {"tdata": f"tdata_{forward}"},
        "_optional_signals": {name: f"{name}_{end}" for name, end in ends.items()},
    }
    return type("DirectedBus", (AxiStreamBus,), names)(dut, prefix)


async def _timed(dut, way, count: int) -> None:
    """Send `count` pages with `way`, check what comes back and leave the pages a second."""
    folder = Path(os.environ[FOLDER])
    pages, expected = (np.load(folder / f"{name}.npy")[:count] for name in ("pages", "decoded"))
    start_clock()
    begin = time.perf_counter()
    decoded = await way(dut, [page.tobytes() for page in pages])
    seconds = time.perf_counter() - begin
    assert decoded == [page.tobytes() for page in expected]
    (folder / f"{way.__name__}.txt").write_text(str(count / seconds))


async def cocotbext_axi(dut, pages: list[bytes]) -> list[bytes]:
    """cocotbext-axi's AxiStreamSource and AxiStreamSink."""
    ports = {"clock": dut.clk_i, "reset": dut.rst_ni, "reset_active_level": False}
    source = AxiStreamSource(bus(dut, "s_axis", "i", "o"), **ports)
    sink = AxiStreamSink(bus(dut, "m_axis", "o", "i"), **ports)
    await reset()
    for page in pages:
        await source.send(AxiStreamFrame(page))
    return [bytes((await sink.recv()).tdata) for _ in pages]


async def coroutine(dut, pages: list[bytes]) -> list[bytes]:
    """A coroutine that drives and one that samples every beat."""
    edge = RisingEdge(dut.clk_i)
    dut.m_axis_tready_i.value = 1
    dut.s_axis_tuser_i.value = 0
    await reset()

    async def send() -> None:
        ready = dut.s_axis_tready_o
        dut.s_axis_tvalid_i.value = 1
        for page in pages:
            for at in range(0, len(page), 64):
                dut.s_axis_tdata_i.value = int.from_bytes(page[at : at + 64], "little")
                dut.s_axis_tlast_i.value = at + 64 == len(page)
                await edge
                while not ready.value:
                    await edge
        dut.s_axis_tvalid_i.value = 0

    async def receive() -> list[bytes]:
        valid, data, last = dut.m_axis_tvalid_o, dut.m_axis_tdata_o, dut.m_axis_tlast_o
        decoded, beats = [], []
        while len(decoded) < len(pages):
            await edge
            if valid.value:
                beats.append(data.value.to_unsigned().to_bytes(64, "little"))
                if last.value:
                    decoded.append(b"".join(beats))
                    beats = []
        return decoded

    cocotb.start_soon(send())
    return await receive()


@cocotb.test()
async def usual(dut) -> None:
    """cocotbext-axi, which needs a second for some ten pages."""
    await _timed(dut, cocotbext_axi, 24)


@cocotb.test()
async def by_hand(dut) -> None:
    """One coroutine wake-up a beat and side."""
    await _timed(dut, coroutine, 240)
