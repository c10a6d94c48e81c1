"""Random traffic of all three agents over some lines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import cocotb
from cocotb.triggers import ClockCycles

from tb.agents.common import rng
from tb.agents.cxl_mem.messages import ALL_BYTES
from tb.agents.lines import LineMaster
from tb.coherence.env import LINES, CoherenceEnv

HOST = {"load": 30, "store": 30, "evict": 10, "clean": 8, "read_uncached": 6, "write_uncached": 6}
HOST |= {"flush_device": 2}
ODD = {"odd_request": 4, "odd_write": 2, "odd_answer": 2, "out_of_range": 2}


@dataclass
class Traffic:
    """`lines` are drawn from, `threads` of each agent work at once, each doing `count` things with
    pauses of up to `pause` cycles."""

    lines: Sequence[int]
    count: int
    threads: int = 8
    pause: int = 0
    odd: int = 0  # weight of illegal and unknown requests among them
    poison: float = 0.0


class Worker:
    """What one thread does."""

    def __init__(self, env: CoherenceEnv, name: str, traffic: Traffic) -> None:
        self.env = env
        self.g: random.Random = rng(name)
        self.traffic = traffic
        self.done = 0

    def line(self) -> int:
        return self.g.choice(self.traffic.lines)

    def strobes(self) -> int:
        """A whole line, a run of bytes, or any."""
        g = self.g
        if g.random() < 0.4:
            return ALL_BYTES
        if g.random() < 0.7:
            size = g.choice((1, 2, 4, 8, 16, 32))
            return ((1 << size) - 1) << size * g.randrange(64 // size)
        return g.getrandbits(64)

    async def pause(self) -> None:
        if self.traffic.pause and (cycles := self.g.randrange(self.traffic.pause)):
            await ClockCycles(cocotb.top.clk_i, cycles)

    async def host(self) -> None:
        weights = HOST | {name: weight * self.traffic.odd for name, weight in ODD.items()}
        names, host, g = list(weights), self.env.host, self.g
        for _ in range(self.traffic.count):
            kind, line = g.choices(names, weights.values())[0], self.line()
            if kind == "store":
                await host.store(line, g.getrandbits(512), self.strobes())
            elif kind == "write_uncached":
                poison = g.random() < self.traffic.poison
                await host.write_uncached(line, g.getrandbits(512), self.strobes(), poison)
            elif kind == "odd_write":
                await host.odd_write(line, g.getrandbits(512))
            elif kind == "odd_answer":
                await host.odd_answer()
            elif kind == "out_of_range":
                await host.out_of_range(g.random() < 0.5)
            else:
                await getattr(host, kind)(line)
            self.done += 1
            await self.pause()

    async def device(self, master: LineMaster) -> None:
        g = self.g
        for _ in range(self.traffic.count):
            line = self.line()
            most = min(4, 64 - line % 64, LINES - line)
            beats = g.randint(1, most)
            if g.random() < 0.5:
                await self.env.read(master, line, beats)
            else:
                await self.env.write(
                    master, line, [(g.getrandbits(512), self.strobes()) for _ in range(beats)]
                )
            self.done += beats
            await self.pause()


async def run(env: CoherenceEnv, traffic: Traffic, label: str = "") -> int:
    """All threads at once; how many things were done."""
    workers = []
    tasks = []
    for i in range(traffic.threads):
        for name in ("host", "gpu", "dma"):
            worker = Worker(env, f"{label}{name}{i}", traffic)
            workers.append(worker)
            work = worker.host() if name == "host" else worker.device(getattr(env, name))
            tasks.append(cocotb.start_soon(work))
    for task in tasks:
        await task
    return sum(worker.done for worker in workers)
