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
SPACE = 4 << 16  # bytes of each master: a block in each of four channels
ROUNDS = 40
EDGES = [block * 1024 - k for block in range(1, SPACE >> 16) for k in range(20)]  # lines
CHANNELS = len(cocotb.top.channels_o)


def master(number: int) -> AxiMaster:
    """A bus model at slave port `number` of the DUT."""
    bus = AxiBus.from_entity(cocotb.top.gen_master[number].u_axi)
    made = AxiMaster(bus, cocotb.top.clk_i, cocotb.top.rst_ni, False)
    for part in (made.write_if, made.read_if):
        part.log.setLevel("WARNING")
    return made


class CrossbarTest(uvm_test):
    """`timing` and `stalls` of the memory are a test's own."""

    timing = fixed(50)
    stalls = Axi4Stalls()

    def build_phase(self) -> None:
        seed = cocotb.RANDOM_SEED & 0xFFFF
        self.devices, self.memories = [], []
        for c in range(CHANNELS):
            size = MASTERS * SPACE // CHANNELS
            self.devices.append(DeviceMemory(size, self.timing, seed=seed + c))
            port = cocotb.top.gen_channel[c].u_m_axi
            config = Axi4Config(port, self.devices[c], self.stalls)
            ConfigDB().set(self, f"memory{c}", "config", config)
            self.memories.append(Axi4Memory(f"memory{c}", self))

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        self.masters = [master(i) for i in range(MASTERS)]
        await reset()
        await with_timeout(self.stimulus(), 2, "ms")
        self.drop_objection()

    async def stimulus(self) -> None:
        await gather(*(self.work(i) for i in range(MASTERS)))
        assert all(memory.quiet for memory in self.memories)

    async def work(self, number: int) -> None:
        g = rng(f"master{number}")
        base, port = number * SPACE, self.masters[number]
        known = bytearray(SPACE)
        for _ in range(ROUNDS):
            # Several writes to different places, then several reads: all of each at once.
            lines = g.sample(range(SPACE // 64 - 24), 4) + g.sample(EDGES, 2)
            places = [64 * line for line in lines]
            id_ = g.choice((None, g.randrange(64)))  # of all of them, or as the bus model likes
            blobs = {at: g.randbytes(64 * g.randint(1, 20)) for at in places}
            order = []
            for at, data in blobs.items():
                if any(at < b + len(blobs[b]) and b < at + len(data) for b in order):
                    continue
                order.append(at)
                known[at : at + len(data)] = data
            await gather(*(port.write(base + at, blobs[at], awid=id_) for at in order))
            reads = [
                (at, cocotb.start_soon(port.read(base + at, 64 * 20, arid=id_)))
                for at in (*order, places[0])
            ]
            for at, task in reads:
                got = await task
                assert got.resp == AxiResp.OKAY
                assert got.data == bytes(known[at : at + 64 * 20]), f"master {number} at {at}"


@pyuvm.test()
class Fixed(CrossbarTest):
    """Nothing in the way."""


@pyuvm.test()
class Cxl(CrossbarTest):
    """A long latency with a tail, everything stalled at random."""

    timing = PRESETS["cxl"]
    stalls = Axi4Stalls(
        *(PATTERNS[name] for name in ("heavy", "bursts", "light", "heavy", "bursts"))
    )


@pyuvm.test()
class Faults(CrossbarTest):
    """An error goes to the master whose access it is, and to no other."""

    async def stimulus(self) -> None:
        for device in self.devices:
            device.fault(SPACE // CHANNELS, SPACE // CHANNELS)
        for number in range(MASTERS):
            port = self.masters[number]
            wrote = await port.write(number * SPACE, bytes(64))
            read = await port.read(number * SPACE, 64)
            wanted = AxiResp.SLVERR if number == 1 else AxiResp.OKAY
            assert wrote.resp == read.resp == wanted


@pyuvm.test()
class Resets(CrossbarTest):
    """A reset in the middle; afterwards everything works."""

    async def stimulus(self) -> None:
        for port in self.masters:
            cocotb.start_soon(port.write(0, bytes(4096)))
            cocotb.start_soon(port.read(0, 4096))
        await ClockCycles(cocotb.top.clk_i, 30)
        await reset()
        await ClockCycles(cocotb.top.clk_i, 5)
        assert all(memory.quiet for memory in self.memories)
        for device in self.devices:
            device.bytes[:] = 0
        await super().stimulus()
