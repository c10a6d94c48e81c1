"""`make wave`: the waveform is of the time around the event, and of no other."""

from dataclasses import replace
from pathlib import Path

import pytest

from tb.skid import BENCHES
from tb.wave import CYCLE, EventError, record, when

pytestmark = pytest.mark.slow

SKID = BENCHES[0]


def times(waveform: Path) -> list[float]:
    """In ns."""
    text = waveform.read_text()
    assert "$timescale 1ps $end" in text
    assert " s_axis_tdata_i " in text
    return [int(line[1:]) / 1000 for line in text.splitlines() if line.startswith("#")]


def test_a_time() -> None:
    path, time = record(SKID, "Stalls", 3, "200.0", before=16, after=8)
    assert time == 200
    found = times(path)
    assert found[0] == time - 16 * CYCLE
    assert found[-1] == time + 8 * CYCLE
    assert len(found) > 2 * 16


def test_an_error() -> None:
    """A failed assertion is found, and what was before it; the run ends soon after."""
    broken = replace(SKID, test_module="tb.skid.faults")
    path, time = record(broken, "Withdraws", 1, "error", before=4, after=100)
    found = times(path)
    assert found[0] == time - 4 * CYCLE
    assert time <= found[-1] <= time + 2 * CYCLE
    with pytest.raises(EventError, match="no line of .* matches 'nothing like it'"):
        record(broken, "Withdraws", 1, "nothing like it")


def test_lines_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "sim.log"
    log.write_text(
        "     0.00ns INFO     test     begin\n"
        "    12.50ns INFO     test     page 7 is there\n"
        "    13.75ns DEBUG    driver   stall: page 8\n"
        "                              page 7 as well\n"
        "    99.25ns WARNING  cocotb.regression    tb.x.Y failed\n"
        "[98500] %Error: a.sv:5: Assertion failed\n"
    )
    assert when(log, "page 7") == 12.5
    assert when(log, r"%Err|failed$") == 98.5
    assert when(log, "error") == 98.5
    assert when(log, "stall") == 13.75
    with pytest.raises(EventError, match="page 9"):
        when(log, "page 9")
