"""The capacity study: its data are whole, and a small run adds up."""

from __future__ import annotations

import numpy as np
import pytest

from cosim import capacity
from models.speckv import RAW_UNITS


@pytest.fixture(scope="module")
def measured() -> capacity.Measured:
    return capacity.load()


def test_data(measured: capacity.Measured) -> None:
    units = np.array(measured.units)
    assert units.shape == (measured.layers, 2, RAW_UNITS + 1)
    assert (units.sum(-1) > 0).all()
    for length, bits in enumerate(measured.bits):
        assert bits == 0 or length - 1 < bits / 512 <= length
    for turns in measured.turns:
        assert turns == sorted(turns)


def test_lengths_are_drawn_as_they_were_measured(measured: capacity.Measured) -> None:
    draws = capacity.Lengths(measured, seed=3)
    mean = np.mean([draws.row() for _ in range(400)])
    units = np.array(measured.units)
    wanted = (units * np.arange(RAW_UNITS + 1)).sum((1, 2)) / units.sum((1, 2))
    assert mean == pytest.approx(wanted.mean(), rel=0.01)


def test_seals() -> None:
    steps, end = capacity._seals([40, 100, 130], 32)
    assert end == 60
    assert steps.tolist() == [0, 24, 56, 60]


def test_small_run(measured: capacity.Measured) -> None:
    found = capacity.run(measured, 1024, 1 << 26)
    assert found.occupancy == pytest.approx(0.9, abs=0.07)
    assert capacity.GOAL < found.gained < 1
    assert found.tails > 0
    assert found.rounding / found.raw < 64 / 4096
