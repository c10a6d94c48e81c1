"""Random descriptors in bulk, and throughput, over memories behind DPI: Python wakes once a batch.

``SKV_DESCRIPTORS`` says how many (``make soak-dma``: a million), an eighth of the batches cut by a
reset in mid-transfer.
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import cocotb
from cocotb.triggers import RisingEdge, Timer
from tabulate import tabulate

from cosim import memory
from models.device_memory import PRESETS, DeviceMemory, Timing, fixed
from models.dma import Status
from tb.agents.paging import Paging
from tb.dma import ports
from tb.dma.world import RINGS, WEIGHTS, Batch, World, few_units

DESCRIPTORS = int(os.environ.get("SKV_DESCRIPTORS", "3000"))
BATCH = min(512, DESCRIPTORS // 12)  # a ring
HOST, DEVICE = 0, 1  # ports
NS = 1.25  # a cycle of sim_clock
GRACE = 12_000  # cycles, within which a reset hits a batch
CYCLES_EACH = 15  # that a descriptor takes, about
DRAINS = 40  # in 65536 cycles
# Short copies between the pages, so that a million end in minutes.
MIX = WEIGHTS | {"copy in": 36, "copy out": 36, "store": 6, "load": 5, "prefetch": 5}

LOG = logging.getLogger("cocotb.soak")


def report(test: str, *lines: str) -> None:
    """Into the log, and into a file beside it that ``python -m tb.dma`` shows."""
    for line in lines:
        LOG.info(line)
    Path(f"{test}.txt").write_text("".join(f"{line}\n" for line in lines))


def make(seed: int, host: Timing, device: Timing, megabytes: int = 24, **kwargs) -> World:
    """A world over memories behind DPI."""
    memories = [
        DeviceMemory(megabytes << 20, timing, seed=port + (seed & 0xFFFF))
        for port, timing in ((HOST, host), (DEVICE, device))
    ]
    for port, made in enumerate(memories):
        memory.attach(port, made)
        memory.stall(port, seed=0)
    world = World(*memories, Paging(seed), seed, **kwargs)
    ports.attach(world)
    return world


async def reset(world: World) -> None:
    """Reset; afterwards the rings are empty and the tables in."""
    dut = cocotb.top
    dut.rst_ni.value = 0
    dut.outstanding_i.value = 0
    world.paging.cancel([])
    world.clear_completions()
    ports.drive(world.rings, enable=0)
    await Timer(8 * NS, "ns")
    dut.rst_ni.value = 1
    await ports.load(world.tables)
    ports.drive(world.rings)


def chance(batch: Batch) -> int:
    """Of a cancellation a cycle, in 256, so that they last as long as the batch."""
    return max(1, 256 * len(batch.cancels) // (CYCLES_EACH * len(batch)))


async def run(world: World, batch: Batch) -> int:
    """Ring the doorbells of a posted batch, wait for its end, judge; cycles."""
    dut = cocotb.top
    world.paging.cancel(batch.cancels, chance(batch))
    begin = memory.cycle(HOST)
    ports.drive(world.rings)
    await Timer(20 * NS, "ns")  # settled_o of before falls
    if not dut.settled_o.value:
        await RisingEdge(dut.settled_o)
    assert not dut.stuck_o.value, f"nothing moves any more: {ports.where(world.rings)}"
    cycles = memory.cycle(HOST) - begin
    world.paging.cancel([])
    world.judge(batch)
    return cycles


async def cut(world: World, batch: Batch, after: int) -> None:
    """Ring the doorbells, reset `after` so many cycles, judge what there is."""
    world.paging.cancel(batch.cancels, chance(batch))
    ports.drive(world.rings)
    if after:
        await Timer(NS * after, "ns")
    cocotb.top.rst_ni.value = 0
    await Timer(4 * NS, "ns")
    world.judge(batch, whole=False)
    await reset(world)


@cocotb.test()
async def soak(_) -> None:
    """Every kind of descriptor in random order, over changing stalls and delays, with
    cancellations, drains, and here and there a reset in the middle."""
    memories = PRESETS["ddr5"], PRESETS["hbm"]
    world = make(cocotb.RANDOM_SEED, *memories, size_log2=10, copy_units=few_units)
    g = world.g
    await reset(world)
    done = batches = resets = cycles = 0
    begin = time.perf_counter()
    while done < DESCRIPTORS:
        most = max(1, (DESCRIPTORS - done) // RINGS)
        counts = {r: min(g.randint(BATCH // 2, BATCH), most) for r in range(RINGS)}
        batch = world.batch(counts, MIX)
        for port in (HOST, DEVICE):
            p = g.choice((0, 0, 20, 100))
            memory.stall(port, g.getrandbits(30), ar=p, r=p, aw=p, w=p, b=p)
        world.paging.pace(g.choice((0, 4, 40)), g.choice((1, 20, 200)), g.choice((0, 60)), DRAINS)
        if batches % 8 == 2:
            resets += 1
            await cut(world, batch, g.randint(100, GRACE))
        else:
            cycles += await run(world, batch)
        done = world.seen.total()
        batches += 1
        if batches % 32 == 0:
            LOG.info("%d descriptors, %.0f s", done, time.perf_counter() - begin)
    seconds = time.perf_counter() - begin
    by_status = Counter()
    for seen, count in world.seen.items():
        by_status[Status(seen.status).name] += count
    report(
        "soak",
        f"{done} descriptors in {batches} batches, {resets} of them cut by a reset, in "
        f"{seconds:.0f} s; {cycles} cycles for the others",
        "completions: none lost, none twice, none hanging; memory bit for bit as modelled",
        ", ".join(f"{name} {count}" for name, count in by_status.most_common()),
    )
    never = set(MIX) - {seen.case for seen in world.seen}
    assert not never, f"cases that never came: {never}"
    if DESCRIPTORS >= 100_000:
        never = {s.name for s in Status} - by_status.keys() - {Status.STOPPED.name}
        assert not never, f"statuses that never came: {never}"


LATENCY = 200  # cycles
WARM, WINDOW = 2000, 6000  # cycles before the measurement, and of it
PAGES = 160  # each way: more than go in that time


def cycles(count: float) -> Timing:
    """A memory that takes so many cycles of 400 MHz and gives a line a cycle."""
    return fixed(count / 0.4)


@dataclass(frozen=True)
class Rate:
    """Bytes a cycle, on the way in (from the host) and out."""

    into: float
    out: float


async def measure(latency: float, cases: tuple[str, str], outstanding: int = 0) -> Rate:
    """4 KB descriptors of the first case in ring 0 and of the second in ring 1, with so many
    outstanding in each (0: as many as go); what the host's port moved in the middle."""
    timing = cycles(latency)
    world = make(cocotb.RANDOM_SEED, timing, timing, size_log2=12, copy_units=lambda _: 64)
    await reset(world)
    batch = world.batch({0: PAGES}, {cases[0]: 1}, 0)
    world.batch({1: PAGES}, {cases[1]: 1}, 0, into=batch)
    cocotb.top.outstanding_i.value = outstanding
    ports.drive(world.rings)
    await Timer(NS * WARM, "ns")
    first, start = memory.moved(HOST), memory.cycle(HOST)
    await Timer(NS * WINDOW, "ns")
    last, end = memory.moved(HOST), memory.cycle(HOST)
    assert not cocotb.top.settled_o.value, "it ended before the measurement did"
    if outstanding:
        await cut(world, batch, 0)  # it would take long
    else:
        await RisingEdge(cocotb.top.settled_o)
        world.judge(batch)
    beats = 64 / (end - start)
    return Rate((last.r - first.r) * beats, (last.w - first.w) * beats)


@cocotb.test()
async def throughput(_) -> None:
    """Both directions at once, 4 KB pages, 200 cycles of latency: at least 90 % of 64 bytes a
    cycle each way, raw and through the codec."""
    lines = []
    for cases in (("copy in", "copy out"), ("store", "load")):
        rate = await measure(LATENCY, cases)
        lines.append(
            f"{cases[0]} and {cases[1]} at once, {LATENCY} cycles of latency: "
            f"{rate.into:.1f} and {rate.out:.1f} bytes a cycle"
        )
        report("throughput", *lines)
        assert rate.into >= 0.9 * 64
        assert rate.out >= 0.9 * 64


@cocotb.test()
async def curve(_) -> None:
    """Bytes a cycle over outstanding descriptors and latency: more of the one makes up for the
    other."""
    rows = []
    for outstanding in (1, 2, 4, 8, 16, 32):
        row = [2 * outstanding]
        for latency in (50, 200, 400):
            rate = await measure(latency, ("copy in", "copy out"), outstanding)
            row.append(f"{rate.into:.1f} + {rate.out:.1f}")
        rows.append(row)
    latencies = [f"{latency} cycles" for latency in (50, 200, 400)]
    table = tabulate(rows, headers=("outstanding", *latencies))
    report("curve", "bytes a cycle, copies of 4 KB in + out at once", *table.splitlines())
