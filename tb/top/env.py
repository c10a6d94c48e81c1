"""Environment of the whole device: agents at its ports, memories, and the driver in between."""

from __future__ import annotations

import logging
import os
import random
from dataclasses import dataclass

import cocotb
import numpy as np
from cocotb.task import resume
from cocotb.triggers import Timer
from pyuvm import ConfigDB, uvm_env

from cosim import memory
from driver.device import LINE, Device, Layout
from driver.registers import Registers
from models.device_memory import DeviceMemory, Timing
from tb.agents.axi_lite import AxiLiteConfig, AxiLiteMaster
from tb.agents.common import CLOCK_PS
from tb.agents.cxl_mem.host import CoherentHost, HostConfig
from tb.agents.lines import LineMaster, LineMasterConfig
from tb.sim import LOG_LEVEL

GPU_BYTES, DEVICE_BYTES = 72 << 20, 8 << 20
CHANNEL_PORT = 4  # of channel 0; GPU memory of lane i is port i
HDM_BASE = 1 << 40
BI_ID = 0x5A
BLOCK = 1 << 12  # bytes that lie in one channel
WAIT = 40  # cycles that the driver waits between looks
# The counters of beats that top_tb_top counts, in its order.
BEATS = ("gpu_read", "gpu_write", "io_read", "io_write", "cxl_read", "cxl_write")


@dataclass
class _Write:
    """A write of which nobody asks whether it reached the memory: the tests look at values."""

    performed: bool = True


class Unchecked:
    """The host agent's golden memory, here the tests' own affair."""

    now = 0

    def set(self, line: int, value: int) -> None: ...

    def expect(self, *_: object) -> _Write:
        return _Write()

    def check_now(self, line: int, value: int, who: str) -> None: ...

    def check_since(self, line: int, value: int, start: int, who: str) -> None: ...


class Bus:
    """Registers through the AXI4-Lite agent, for code that blocks."""

    def __init__(self, axil: AxiLiteMaster):
        self.read = resume(axil.read)
        self.write = resume(axil.write)


class GpuMailbox:
    """The mailbox through the GPU's port."""

    def __init__(self, gpu: LineMaster):
        self._write = resume(gpu.write)

    def write(self, address: int, data: bytes) -> bool:
        beats = []
        for at in range(0, len(data), LINE):
            part = data[at : at + LINE]
            beats.append((int.from_bytes(part, "little"), (1 << len(part)) - 1))
        return self._write(address // LINE, beats) == 0


class TopEnv(uvm_env):
    """Reads the memories' ``timing`` from the ConfigDB; sizes and `layout` are a job's own."""

    gpu_bytes = GPU_BYTES
    pool_bytes = DEVICE_BYTES
    layout = Layout.plan(
        DEVICE_BYTES,
        requests=64,
        window_pages=16,
        staging_pages=4,
        raw_lines=1024,
        vocabulary=300,
        predictor_slots=64,
        l2_slots=8192,
        hdm_base=HDM_BASE,
        bi_id=BI_ID,
    )

    def build_phase(self) -> None:
        timing: Timing = ConfigDB().get(self, "", "timing")
        seed = cocotb.RANDOM_SEED & 0xFFFF
        self.g, self.np = random.Random(cocotb.RANDOM_SEED), np.random.default_rng(seed)
        top = cocotb.top
        logging.getLogger("driver").setLevel(os.environ.get(LOG_LEVEL, "INFO"))
        self.lanes, self.channels = len(top.lanes_o), len(top.channels_o)
        self.gpu_memories = [DeviceMemory(self.gpu_bytes, timing, seed=seed)]
        for i in range(1, self.lanes):
            shares = self.gpu_memories[0]
            made = DeviceMemory(self.gpu_bytes, timing, seed=seed + i, shares=shares)
            self.gpu_memories.append(made)
        self.device_memories = [
            DeviceMemory(self.pool_bytes // self.channels, timing, seed=seed + 8 + c)
            for c in range(self.channels)
        ]
        for first, memories in ((0, self.gpu_memories), (CHANNEL_PORT, self.device_memories)):
            for i, made in enumerate(memories):
                made.bytes[:] = self.np.integers(0, 256, len(made.bytes), np.uint8)
                memory.attach(first + i, made)

        def make(name: str, kind: type, config: object):
            ConfigDB().set(self, name, "config", config)
            return kind(name, self)

        self.host = make(
            "host", CoherentHost, HostConfig(Unchecked(), HDM_BASE // LINE, 1 << 20, BI_ID)
        )
        self.gpu = make("gpu", LineMaster, LineMasterConfig("gpu", {}))
        self.io = make("io", LineMaster, LineMasterConfig("io", {}))
        self.axil = make("axil", AxiLiteMaster, AxiLiteConfig(top.u_axil))

    def stall(self, chance: int) -> None:
        """Every channel of every memory, by so much of 256 a cycle."""
        for port in (*range(self.lanes), *range(CHANNEL_PORT, CHANNEL_PORT + self.channels)):
            stalls = dict.fromkeys(("ar", "r", "aw", "w", "b"), chance)
            memory.stall(port, self.g.getrandbits(30), **stalls)

    def beats(self) -> dict[str, int]:
        """What passed each port, by the name of its counter; of memories since the run began."""
        word = cocotb.top.beats_o.value.to_unsigned()
        found = {f"{name}_beats": word >> 32 * i & 0xFFFFFFFF for i, name in enumerate(BEATS)}
        for name, first, count in (("l2", 0, self.lanes), ("device", CHANNEL_PORT, self.channels)):
            moved = [memory.moved(port) for port in range(first, first + count)]
            found[f"{name}_read_beats"] = sum(m.r for m in moved)
            found[f"{name}_write_beats"] = sum(m.w for m in moved)
        return found

    # ---- For the driver's thread ----

    def device(self) -> Device:
        """A driver of the device."""
        wait = resume(self._pass)
        gpu = self.gpu_memories[0].bytes
        return Device(Registers(Bus(self.axil)), GpuMailbox(self.gpu), gpu, wait)

    @staticmethod
    async def _pass() -> None:
        await Timer(WAIT * CLOCK_PS, "ps")

    def forget(self) -> None:
        """A reset: what the agents had under way is lost."""
        for agent in (self.host, self.gpu, self.io):
            agent.forget()

    def device_bytes(self, unit: int, length: int) -> np.ndarray:
        """Bytes of device memory from a unit on, within a block of 4 KB: a view."""
        at = unit * LINE
        block, inside = divmod(at, BLOCK)
        assert inside + length <= BLOCK
        start = block // self.channels * BLOCK + inside
        return self.device_memories[block % self.channels].bytes[start : start + length]
