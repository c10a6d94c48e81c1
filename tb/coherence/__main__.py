"""The engine's latencies and rates: ``python -m tb.coherence``, a part of ``make bench``."""

import re

from tb.coherence import BENCHES


def main() -> None:
    """Run the timing test and print its figures."""
    bench = next(bench for bench in BENCHES if bench.name == "coherence")
    log = bench.run(1, "Timing").log.read_text(errors="replace")
    print("coherency engine, cycles")
    for what, figure, unit in re.findall(r"timing: (.*?) +([\d.]+) (cycles.*)", log):
        print(f"  {what:60} {figure:>6} {unit}")


main()
