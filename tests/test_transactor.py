"""The bulk transactor against a C++ harness without Python, on RTL that costs next to nothing.

The RTL is two register slices, so this is the transactor's own cost at its most visible.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cosim import bare
from tb.transactor import BENCHES

PACKETS = 10_000  # of 64 beats


@pytest.mark.slow
def test_beats_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beats = np.random.default_rng(1).integers(0, 256, (PACKETS * 64, 64), np.uint8)
    harness = bare.build("transactor_top", "common", ("tb/transactor/transactor_top.sv",))
    out, bare_seconds = bare.run(harness, beats, 64)
    assert (out == beats).all()

    env = {"SPEED_IN": str(tmp_path / "in.npy"), "SPEED_OUT": str(tmp_path / "out")}
    np.save(env["SPEED_IN"], beats)
    replace(BENCHES[0], test_module="tb.transactor.speed").run(env=env)
    seconds = float(Path(env["SPEED_OUT"]).read_text())
    with capsys.disabled():
        print(f"\ntransactor {len(beats) / seconds:,.0f} beats/s", end=", ")
        print(f"bare C++ {len(beats) / bare_seconds:,.0f} beats/s")
    assert len(beats) / seconds > 300_000
