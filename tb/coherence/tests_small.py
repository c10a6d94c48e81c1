"""The bench of a tiny engine: two ways, a handful of slots, everything full all the time."""

from __future__ import annotations

import os

import pyuvm

from tb.coherence import bodies
from tb.coherence.env import COVERAGE


@pyuvm.test()
class Hot(bodies.HotBody): ...


@pyuvm.test()
class Many(bodies.ManyBody): ...


@pyuvm.test()
class Thrash(bodies.ThrashBody): ...


@pyuvm.test()
class Stalls(bodies.StallsBody): ...


@pyuvm.test()
class Resets(bodies.ResetsBody): ...


@pyuvm.test()
class WritesPass(bodies.WritesPassBody):
    asked = range(3)
    others = range(0)


@pyuvm.test()
class ZRetries(bodies.CoherenceTest):
    """Some request found no way it could take."""

    async def stimulus(self) -> None:
        await self.env.host.load(0)
        assert COVERAGE.retries or os.environ.get("SKV_WHOLE_RUN") != "1", "bins never hit: retries"
