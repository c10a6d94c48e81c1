"""Tests of the ATU with two walks, 16 entries and 4 row pointers."""

from __future__ import annotations

import logging

import cocotb
import pyuvm

from models.device_memory import PRESETS
from tb.atu import base
from tb.atu.coverage import AtuCoverage

COVERAGE = AtuCoverage("atu_small")


class Sized(base.AtuTest):
    coverage = COVERAGE
    sizes = {"entries": 16, "ways": 4, "walks": 2, "rows": 4}


@pyuvm.test()
class Hits(Sized, base.HitsBody):
    """A hit a cycle, each after four."""


@pyuvm.test()
class WalkTime(Sized, base.WalkTimeBody):
    """What a walk takes besides the memory's own time."""


@pyuvm.test()
class Cold(Sized, base.ColdBody):
    """Pages that nothing is known of."""

    layers = 10


@pyuvm.test()
class Pass(Sized, base.PassBody):
    """Hits pass misses."""


@pyuvm.test()
class Faults(Sized, base.FaultsBody):
    """Each fault."""


@pyuvm.test()
class Bus(Sized, base.BusBody):
    """Bus errors at each level."""


@pyuvm.test()
class Noise(Sized, base.NoiseBody):
    """Bus errors by chance."""


@pyuvm.test()
class Damage(Sized, base.DamageBody):
    """Flipped bits, and wrong words with right checks."""


@pyuvm.test()
class Merges(Sized, base.MergesBody):
    """Requests that join walks."""


@pyuvm.test()
class Races(Sized, base.RacesBody):
    """Invalidations at every moment of a walk."""


@pyuvm.test()
class Foreign(Sized, base.ForeignBody):
    """Nothing of another tenant's is seen."""


@pyuvm.test()
class Resets(Sized, base.ResetsBody):
    """Resets at random moments."""


@pyuvm.test()
class Mix(Sized, base.MixBody):
    """Everything at once."""


@pyuvm.test()
class MixHbm(Sized, base.MixBody):
    """Everything at once, before a hbm memory."""

    timing, memory_name = PRESETS["hbm"], "hbm"
    rounds, each = 2, 150


@pyuvm.test()
class MixDdr5(Sized, base.MixBody):
    """Everything at once, before a ddr5 memory."""

    timing, memory_name = PRESETS["ddr5"], "ddr5"
    rounds, each = 2, 150


@pyuvm.test()
class MixCxl(Sized, base.MixBody):
    """Everything at once, before a cxl memory."""

    timing, memory_name = PRESETS["cxl"], "cxl"
    rounds, each = 2, 150


@cocotb.test(stage=1)
async def coverage_goal(_) -> None:
    """Every bin of functional coverage was hit."""
    COVERAGE.judge(logging.getLogger("cocotb.coverage"))
