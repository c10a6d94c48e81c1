"""A waveform of the time around an event: ``make wave RUN=skid TEST=Stalls SEED=3 AT=error``.

The run is made twice: once to find when the event was, in its log, and again, with the same seed,
up to then, with a waveform of that time alone.
"""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Annotated

import typer

from cosim import system_faults
from tb.agents.common import CLOCK_PS
from tb.sim import ROOT, Bench, SimError, benches

CYCLE = CLOCK_PS / 1000  # ns
NEVER = (1e18, 1e18)
SYSTEMS = {"faults-system": system_faults.SYSTEM}  # co-simulations that need no job
# What begins a line of a log: cocotb's time, or that of an assertion, in ps.
STAMP = re.compile(r"\s*(?:(?P<ns>[\d.]+)ns |\[(?P<ps>\d+)\] )")
EVENTS = {
    "error": r"ns (ERROR|CRITICAL) |cocotb\.regression .* failed$|%Error",
    "stall": r" stall: ",  # the driver has waited long for something
}


class EventError(Exception):
    """There is no such event in the log; the message says where it was looked for."""


def when(log: Path, at: str) -> float:
    """The time in ns of the first line of a log that matches the regular expression `at`, or that
    tells of one of `EVENTS`.  Raises EventError."""
    pattern = re.compile(EVENTS.get(at, at))
    times = []
    for line in log.read_text(errors="replace").splitlines():
        stamp = STAMP.match(line)
        if stamp and pattern.search(line):
            times.append(float(stamp["ns"]) if stamp["ns"] else int(stamp["ps"]) / 1000)
    if not times:
        raise EventError(f"no line of {log} matches {at!r}")
    return min(times)  # assertions are printed in the end


def record(
    bench: Bench, test: str, seed: int, at: str, before: int = 2000, after: int = 500
) -> tuple[Path, float]:
    """The waveform of so many cycles before and after an event, and the event's time in ns.

    at: a time in ns, or what `when` looks for.  Raises EventError, and SimError if nothing ran.
    """
    if re.fullmatch(r"\d+(\.\d+)?", at):
        time = float(at)
    else:
        time = when(_run(bench, test, seed, NEVER), at)
    window = max(0.0, time - before * CYCLE), time + after * CYCLE
    path = _run(bench, test, seed, window).parent / "window.vcd"
    if not path.exists():
        raise EventError(f"the run ended before {window[0]} ns ({path.parent / 'sim.log'})")
    return path, time


def _run(bench: Bench, test: str, seed: int, window: tuple[float, float]) -> Path:
    """The log of a run; it may fail, as that may be the event, and as its end is cut off."""
    try:
        return bench.run(seed, test, window=window).log
    except SimError as error:
        if error.log is None:
            raise
        return error.log


def main(
    run: Annotated[str, typer.Option(envvar="RUN", help="A bench: its name, or with parameters.")],
    at: Annotated[str, typer.Option(envvar="AT", help="ns, error, stall, or text of the log.")],
    test: Annotated[str, typer.Option(envvar="TEST", help="Only tests matching this.")] = "",
    seed: Annotated[int | None, typer.Option(envvar="SEED")] = None,
    before: Annotated[int, typer.Option(min=0, help="Cycles.")] = 2000,
    after: Annotated[int, typer.Option(min=1, help="Cycles.")] = 500,
) -> None:
    """Write a waveform of the time around an event of a run."""
    try:
        bench = SYSTEMS.get(run) or benches(run)[0]
    except SimError as error:
        raise SystemExit(f"RUN={run}: {error}, {', '.join(SYSTEMS)}") from None
    seed = random.SystemRandom().getrandbits(31) if seed is None else seed
    try:
        path, time = record(bench, test, seed, at, before, after)
    except (EventError, SimError) as error:
        raise SystemExit(str(error)) from None
    print(f"{bench.id}, seed {seed}: the event was at {time:.2f} ns")
    print(f"  waveform {path.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
