"""Three masters read and write at random places of their own; each gets back what it wrote."""

from __future__ import annotations

import cocotb
import pyuvm
from cocotb.triggers import ClockCycles, gather, with_timeout
from cocotbext.axi import AxiBus, AxiMaster
from cocotbext.axi.constants import AxiResp
from pyuvm import ConfigDB, uvm_test

from models.device_memory import PRESETS, DeviceMemory, fixed
from tb.agents.axi4 import Axi4Config, Axi4Memory, Axi4Stalls
from tb.agents.common import PATTERNS, reset, rng, start_clock

MASTERS = 3
SPACE = 1 << 16  # bytes of each master
ROUNDS = 40


def master(number: int) -> AxiMaster:
    """A bus model at slave port `number` of the DUT."""
    bus = AxiBus.from_entity(cocotb.top.gen_master[number].u_axi)
    made = AxiMaster(bus, cocotb.top.clk_i, cocotb.top.rst_ni, False)
    for part in (made.write_if, made.read_if):
        part.log.setLevel("WARNING")
    return made


class MuxTest(uvm_test):
    """`timing` and `stalls` of the memory are a test's own."""

    timing = fixed(50)
    stalls = Axi4Stalls()

    def build_phase(self) -> None:
        self.device = DeviceMemory(MASTERS * SPACE, self.timing, seed=cocotb.RANDOM_SEED & 0xFFFF)
        ConfigDB().set(
            self, "memory", "config", Axi4Config(cocotb.top.u_m_axi, self.device, self.stalls)
        )
        self.memory = Axi4Memory("memory", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        self.masters = [master(i) for i in range(MASTERS)]
        await reset()
        await with_timeout(self.stimulus(), 2, "ms")
        self.drop_objection()

    async def stimulus(self) -> None:
        await gather(*(self.work(i) for i in range(MASTERS)))
        assert self.memory.quiet

    async def work(self, number: int) -> None:
        g = rng(f"master{number}")
        base, port = number * SPACE, self.masters[number]
        known = bytearray(SPACE)
        for _ in range(ROUNDS):
            # Several writes to different places, then several reads: all of each at once.
            places = [64 * line for line in g.sample(range(SPACE // 64 - 24), 6)]
            blobs = {at: g.randbytes(64 * g.randint(1, 20)) for at in places}
            order = []
            for at, data in blobs.items():
                if any(at < b + len(blobs[b]) and b < at + len(data) for b in order):
                    continue
                order.append(at)
                known[at : at + len(data)] = data
            await gather(*(port.write(base + at, blobs[at]) for at in order))
            reads = [
                (at, cocotb.start_soon(port.read(base + at, 64 * 20))) for at in (*order, places[0])
            ]
            for at, task in reads:
                got = await task
                assert got.resp == AxiResp.OKAY
                assert got.data == bytes(known[at : at + 64 * 20]), f"master {number} at {at}"


@pyuvm.test()
class Fixed(MuxTest):
    """Nothing in the way."""


@pyuvm.test()
class Cxl(MuxTest):
    """A long latency with a tail, everything stalled at random."""

    timing = PRESETS["cxl"]
    stalls = Axi4Stalls(
        *(PATTERNS[name] for name in ("heavy", "bursts", "light", "heavy", "bursts"))
    )


@pyuvm.test()
class Faults(MuxTest):
    """An error goes to the master whose access it is, and to no other."""

    async def stimulus(self) -> None:
        self.device.fault(SPACE, SPACE)
        for number in range(MASTERS):
            port = self.masters[number]
            wrote = await port.write(number * SPACE, bytes(64))
            read = await port.read(number * SPACE, 64)
            wanted = AxiResp.SLVERR if number == 1 else AxiResp.OKAY
            assert wrote.resp == read.resp == wanted


@pyuvm.test()
class Resets(MuxTest):
    """A reset in the middle; afterwards everything works."""

    async def stimulus(self) -> None:
        for port in self.masters:
            cocotb.start_soon(port.write(0, bytes(4096)))
            cocotb.start_soon(port.read(0, 4096))
        await ClockCycles(cocotb.top.clk_i, 30)
        await reset()
        await ClockCycles(cocotb.top.clk_i, 5)
        assert self.memory.quiet
        self.device.bytes[:] = 0
        await super().stimulus()
