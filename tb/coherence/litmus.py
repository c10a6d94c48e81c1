"""Litmus tests: what two agents may see of each other, each run many times with random delays.

Every variable is a line; an iteration writes its number, so that of all runs on one line numbers
only grow.  An agent does its accesses one after the other, as sequential consistency demands.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Coroutine

import cocotb
from cocotb.triggers import ClockCycles

from tb.agents.common import rng
from tb.agents.cxl_mem.messages import ALL_BYTES
from tb.coherence.bodies import CoherenceTest
from tb.coherence.env import CoherenceEnv

RUNS = int(os.environ.get("SKV_LITMUS", "120"))  # of each test
STREAMS = 24  # at once, each on lines of its own
PAIRS = (("host", "gpu"), ("gpu", "host"), ("host", "dma"), ("dma", "host"), ("gpu", "dma"))


class LitmusError(Exception):
    """Two agents saw what no order of their accesses explains."""


class Agent:
    """One of the three, reading and writing numbers."""

    def __init__(self, env: CoherenceEnv, name: str, g) -> None:
        self.env, self.name, self.g = env, name, g

    async def pause(self) -> None:
        if cycles := self.g.choice((0, 0, 1, 3, 10, 40)):
            await ClockCycles(cocotb.top.clk_i, self.g.randrange(cycles) + 1)

    async def store(self, line: int, number: int) -> None:
        await self.pause()
        if self.name != "host":
            await self.env.write(getattr(self.env, self.name), line, [(number, ALL_BYTES)])
        elif self.g.random() < 0.2:
            await self.env.host.write_uncached(line, number)
        else:
            await self.env.host.store(line, number, self.g.choice((ALL_BYTES, 0xFF)))

    async def load(self, line: int) -> int:
        await self.pause()
        if self.name != "host":
            return (await self.env.read(getattr(self.env, self.name), line))[0]
        if self.g.random() < 0.2:
            return await self.env.host.read_uncached(line)
        return await self.env.host.load(line)

    async def stir(self, line: int) -> None:
        """Change how the line is held, not what it holds."""
        if self.name == "host" and self.g.random() < 0.5:
            await getattr(self.env.host, self.g.choice(("evict", "clean", "load")))(line)


async def both(first: Coroutine, second: Coroutine) -> tuple:
    tasks = [cocotb.start_soon(first), cocotb.start_soon(second)]
    return await tasks[0], await tasks[1]


async def _in_turn(*steps: Coroutine) -> list[int]:
    return [await step for step in steps if step is not None]


# Each runs once with number n on lines x, y and says what was seen; the outcome it names forbidden
# may not come up.
async def message_passing(p: Agent, q: Agent, x: int, y: int, n: int) -> str:
    _, (flag, data) = await both(
        _in_turn(p.store(x, n), p.store(y, n)), _in_turn(q.load(y), q.load(x))
    )
    return f"flag {flag == n}, data {data == n}"


async def store_buffering(p: Agent, q: Agent, x: int, y: int, n: int) -> str:
    (_, a), (_, b) = await both(
        _in_turn(p.store(x, n), p.load(y)), _in_turn(q.store(y, n), q.load(x))
    )
    return f"{a == n}, {b == n}"


async def load_buffering(p: Agent, q: Agent, x: int, y: int, n: int) -> str:
    (a, _), (b, _) = await both(
        _in_turn(p.load(x), p.store(y, n)), _in_turn(q.load(y), q.store(x, n))
    )
    return f"{a == n}, {b == n}"


async def read_read(p: Agent, q: Agent, x: int, _: int, n: int) -> str:
    _, (a, b) = await both(_in_turn(p.store(x, n)), _in_turn(q.load(x), q.load(x)))
    return f"{a == n}, then {b == n}"


async def write_write(p: Agent, q: Agent, x: int, _: int, n: int) -> str:
    _, (a, b) = await both(
        _in_turn(p.store(x, 2 * n), p.store(x, 2 * n + 1)), _in_turn(q.load(x), q.load(x))
    )
    last = await p.load(x)
    rank = {2 * n: 1, 2 * n + 1: 2}
    seen = f"{rank.get(a, 0)}, then {rank.get(b, 0)}"
    return seen if last == 2 * n + 1 else "the last write is lost"


LITMUS: dict[str, tuple[Callable, tuple[str, ...]]] = {
    "MP": (message_passing, ("flag True, data False",)),
    "SB": (store_buffering, ("False, False",)),
    "LB": (load_buffering, ("True, True",)),
    "CoRR": (read_read, ("True, then False",)),
    "CoWW": (
        write_write,
        ("2, then 1", "2, then 0", "1, then 0", "the last write is lost"),
    ),
}


async def stream(env: CoherenceEnv, name: str, number: int, runs: int, seen: Counter) -> None:
    """Runs of one test, one after the other, on two lines."""
    g = rng(f"litmus {name} {number}")
    test, forbidden = LITMUS[name]
    base = 4096 + 64 * list(LITMUS).index(name) * STREAMS
    x, y = base + 2 * number, base + 2 * number + 1 + 512 * g.randrange(2)
    for n in range(1, runs + 1):
        p, q = (Agent(env, who, g) for who in g.choice(PAIRS))
        for agent in (p, q):
            await agent.stir(x)
            await agent.stir(y)
        outcome = await test(p, q, x, y, n)
        seen[outcome] += 1
        if outcome in forbidden:
            raise LitmusError(f"{name}, {p.name} and {q.name}: {outcome}")


class LitmusBody(CoherenceTest):
    """MP, SB, LB, CoRR and CoWW between host, GPU and DMA."""

    limit_us = 1_000_000

    async def stimulus(self) -> None:
        for name in LITMUS:
            seen: Counter[str] = Counter()
            each = -(-RUNS // STREAMS)
            tasks = [
                cocotb.start_soon(stream(self.env, name, i, each, seen)) for i in range(STREAMS)
            ]
            for task in tasks:
                await task
            total = sum(seen.values())
            self.logger.info("%s: %d runs, %s", name, total, dict(sorted(seen.items())))
            assert len(seen) > 1, f"{name}: the agents never met"
