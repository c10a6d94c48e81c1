"""Every test bench, each with a seed of its own."""

import pytest

from tb.sim import Bench, all_benches

QUICK = "skid"  # the bench that make quick runs

PARAMS = [
    pytest.param(bench, id=bench.id, marks=() if bench.name == QUICK else pytest.mark.slow)
    for bench in all_benches()
]


@pytest.mark.parametrize("bench", PARAMS)
def test_bench(bench: Bench) -> None:
    assert bench.run().passed
