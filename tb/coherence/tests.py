"""The bench of the default size; the last test judges coverage."""

from __future__ import annotations

import pyuvm

from tb.coherence import bodies, litmus, timing
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
class Odd(bodies.OddBody): ...


@pyuvm.test()
class Faults(bodies.FaultsBody): ...


@pyuvm.test()
class Resets(bodies.ResetsBody): ...


@pyuvm.test()
class WritesPass(bodies.WritesPassBody): ...


@pyuvm.test()
class Pairs(bodies.PairsBody): ...


@pyuvm.test()
class Silent(bodies.SilentBody): ...


@pyuvm.test()
class Conflicts(bodies.ConflictsBody): ...


@pyuvm.test()
class Litmus(litmus.LitmusBody): ...


@pyuvm.test()
class Timing(timing.TimingBody): ...


@pyuvm.test()
class ZCoverage(bodies.CoherenceTest):
    """Every cell was hit."""

    async def stimulus(self) -> None:
        await self.env.host.load(0)
        COVERAGE.judge(self.logger)
