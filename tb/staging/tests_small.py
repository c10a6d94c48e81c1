"""The staging area behind a tiny engine: whenever pages are waited for, all of its slots wait."""

from __future__ import annotations

import pyuvm

from tb.staging import bodies


@pyuvm.test()
class Mixed(bodies.MixedBody): ...


@pyuvm.test()
class Few(bodies.FewBody): ...


@pyuvm.test()
class Stalls(bodies.StallsBody): ...


@pyuvm.test()
class Lives(bodies.LivesBody): ...


@pyuvm.test()
class Resets(bodies.ResetsBody): ...


@pyuvm.test()
class Busy(bodies.BusyBody): ...
