"""The memory behind DPI: what is written is in it, is read back, and errors go to their port."""

from __future__ import annotations

import cocotb
import numpy as np
import pytest
from cocotb.triggers import ClockCycles
from cocotbext.axi import AxiBus, AxiMaster
from cocotbext.axi.constants import AxiResp

from cosim.memory import attach, cycle, moved, stall
from models.device_memory import PRESETS, DeviceMemory, fixed
from tb.agents.common import reset, start_clock

SIZE = 1 << 16
PORTS = 2


async def start(timing=PRESETS["cxl"]) -> tuple[list[DeviceMemory], list[AxiMaster]]:
    """Two memories of random contents, and their masters."""
    g = np.random.default_rng(cocotb.RANDOM_SEED)
    memories = [DeviceMemory(SIZE, timing, seed=7 + i) for i in range(PORTS)]
    for i, memory in enumerate(memories):
        memory.bytes[:] = g.integers(0, 256, SIZE, np.uint8)
        attach(i, memory)
        stall(i, seed=0)
    start_clock()
    masters = []
    for i in range(PORTS):
        bus = AxiBus.from_entity(cocotb.top.gen_port[i].u_axi)
        masters.append(AxiMaster(bus, cocotb.top.clk_i, cocotb.top.rst_ni, False))
        for part in (masters[-1].write_if, masters[-1].read_if):
            part.log.setLevel("WARNING")
    await reset()
    return memories, masters


@cocotb.test()
async def reads_and_writes(_) -> None:
    """Bursts of all lengths, both ports at once, without stalls and with."""
    memories, masters = await start()
    g = np.random.default_rng(cocotb.RANDOM_SEED)

    async def work(i: int) -> None:
        for _ in range(20):
            at, length = 64 * int(g.integers(0, 800)), 64 * int(g.integers(1, 200))
            blob = g.integers(0, 256, length, np.uint8).tobytes()
            before = moved(i)
            await masters[i].write(at, blob)
            assert memories[i].bytes[at : at + length].tobytes() == blob
            assert moved(i).w - before.w == length // 64
            assert (await masters[i].read(at, length)).data == blob
            assert moved(i).r - before.r == length // 64

    for chance in (0, 100):
        for i in range(PORTS):
            stall(i, 3, ar=chance, r=chance, aw=chance, w=chance, b=chance)
        tasks = [cocotb.start_soon(work(i)) for i in range(PORTS)]
        for task in tasks:
            await task


@cocotb.test()
async def latency_and_rate(_) -> None:
    """A read takes the memory's latency, then a beat a cycle."""
    _, masters = await start(fixed(100 / 0.4))
    begin = cycle(0)
    await masters[0].read(0, 4096)
    assert 164 <= cycle(0) - begin <= 175


@cocotb.test()
async def errors(_) -> None:
    """A fault is its own memory's; beyond the end nothing answers."""
    memories, masters = await start()
    memories[0].fault(4096)
    for i, wanted in enumerate((AxiResp.SLVERR, AxiResp.OKAY)):
        before = memories[i].bytes[4096:4160].tobytes()
        assert (await masters[i].write(4096, bytes(64))).resp == wanted
        assert (memories[i].bytes[4096:4160].tobytes() == before) == (wanted != AxiResp.OKAY)
        assert (await masters[i].read(4096, 64)).resp == wanted
        assert (await masters[i].read(SIZE, 64)).resp == AxiResp.DECERR


@cocotb.test()
async def resets(_) -> None:
    """A reset ends what is under way and keeps the contents."""
    memories, masters = await start()
    kept = memories[0].bytes.copy()
    cocotb.start_soon(masters[0].read(0, 16384))
    cocotb.start_soon(masters[1].write(0, bytes(16384)))
    await ClockCycles(cocotb.top.clk_i, 150)
    await reset()
    assert (await masters[0].read(0, 4096)).data == kept[:4096].tobytes()
    assert (memories[0].bytes == kept).all()


@cocotb.test()
async def bad_calls(_) -> None:
    for call in (lambda: stall(0, 0, x=1), lambda: stall(0, 0, r=257), lambda: cycle(9)):
        with pytest.raises(ValueError, match="not"):
            call()
