"""Every test bench but one, each with a seed of its own."""

import pytest

from tb.sim import Bench, all_benches

QUICK = "skid"  # the bench that make quick runs
LEFT_OUT = {"top-Lanes2-Channels2"}  # takes ten minutes to compile: make tb-top

PARAMS = [
    pytest.param(bench, id=bench.id, marks=() if bench.name == QUICK else pytest.mark.slow)
    for bench in all_benches()
    if bench.id not in LEFT_OUT
]


@pytest.mark.parametrize("bench", PARAMS)
def test_bench(bench: Bench) -> None:
    assert bench.run().passed
