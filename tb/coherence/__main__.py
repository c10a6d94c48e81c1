"""Latencies and rates of the engine, alone and over the staging area: ``python -m tb.coherence``, a
part of ``make bench``."""

import re

from tb import coherence, staging


def main() -> None:
    """Run the timing tests and print their figures."""
    for title, name, benches in (
        ("coherency engine", "coherence", coherence.BENCHES),
        ("coherency engine over the staging area", "staging", staging.BENCHES),
    ):
        bench = next(bench for bench in benches if bench.name == name)
        log = bench.run(1, "Timing").log.read_text(errors="replace")
        print(f"{title}, cycles")
        for what, figure, unit in re.findall(r"timing: (.*?) +([\d.]+) (cycles.*)", log):
            print(f"  {what:80} {figure:>6} {unit}")


main()
