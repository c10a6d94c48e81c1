"""The bench of the staging area; the last test judges coverage."""

from __future__ import annotations

import pyuvm

from tb.staging import bodies, timing
from tb.staging.env import COVERAGE


@pyuvm.test()
class Mixed(bodies.MixedBody): ...


@pyuvm.test()
class Few(bodies.FewBody): ...


@pyuvm.test()
class Stalls(bodies.StallsBody): ...


@pyuvm.test()
class Lives(bodies.LivesBody): ...


@pyuvm.test()
class Spilled(bodies.SpilledBody): ...


@pyuvm.test()
class Counts(bodies.CountsBody): ...


@pyuvm.test()
class Faults(bodies.FaultsBody): ...


@pyuvm.test()
class Resets(bodies.ResetsBody): ...


@pyuvm.test()
class Busy(bodies.BusyBody): ...


@pyuvm.test()
class Silent(bodies.SilentBody): ...


@pyuvm.test()
class Timing(timing.StagingTimingBody): ...


@pyuvm.test()
class ZCoverage(bodies.StagingTest):
    """Every goal was hit."""

    async def stimulus(self) -> None:
        COVERAGE.judge(self.logger)
        await self.env.read(self.env.gpu, 0)
