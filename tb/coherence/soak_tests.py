"""What `tb.coherence.soak` runs."""

from __future__ import annotations

import os

import pyuvm

from tb.agents.common import rng
from tb.coherence import bodies, litmus
from tb.coherence.env import LINES
from tb.coherence.traffic import Traffic, run

COUNT = int(os.environ.get("SKV_SOAK", "1000"))
THREADS = 8
BATCH = 100  # things that each thread does between two drains


class SoakBody(bodies.CoherenceTest):
    """Batches until `COUNT` transactions are through."""

    limit_us = 10_000_000

    def lines(self) -> list[int]:
        raise NotImplementedError

    async def stimulus(self) -> None:
        done = batch = 0
        while done < COUNT:
            traffic = Traffic(self.lines(), BATCH, THREADS, odd=1, poison=0.01)
            done += await run(self.env, traffic, f"batch{batch}.")
            await self.env.drain()
            batch += 1
        kind, checked = type(self).__name__, self.env.golden.checked
        self.logger.info("soak: %s: %d transactions, %d values checked", kind, done, checked)


@pyuvm.test()
class SoakHot(SoakBody):
    """A handful of lines, some of one set."""

    def lines(self) -> list[int]:
        g = rng(f"hot{self.env.golden.now}")
        return [
            g.randrange(16) + bodies.SETS * g.randrange(12) for _ in range(g.choice((2, 5, 12)))
        ]


@pyuvm.test()
class SoakMany(SoakBody):
    """Lines all over, many of them in a few sets."""

    def lines(self) -> list[int]:
        g = rng(f"many{self.env.golden.now}")
        everywhere = [g.randrange(LINES) for _ in range(600)]
        crowded = [5 + bodies.SETS * g.randrange(LINES // bodies.SETS) for _ in range(40)]
        return everywhere + crowded


@pyuvm.test()
class Litmus(litmus.LitmusBody): ...


@pyuvm.test()
class Build(bodies.CoherenceTest):
    """Nothing but a start."""

    async def stimulus(self) -> None:
        await self.env.host.load(0)
