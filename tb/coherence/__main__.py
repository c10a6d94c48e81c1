"""Latencies and rates of the engine, alone and over the staging area: ``python -m tb.coherence``, a
part of ``make bench``."""

import re

from matplotlib.figure import Figure

from cosim import page
from cosim.report import svg
from tb import coherence, staging
from tb.sim import Bench

Figures = list[tuple[str, str, str]]  # what, how many, of what unit


def measure(name: str, benches: tuple[Bench, ...]) -> Figures:
    """Run a bench's timing test; the figures that it logged."""
    bench = next(bench for bench in benches if bench.name == name)
    log = bench.run(1, "Timing").log.read_text(errors="replace")
    return re.findall(r"timing: (.*?) +([\d.]+) (cycles.*)", log)


def plot(figures: Figures) -> Figure:
    figure = Figure(figsize=(7.5, 0.4 + 0.22 * len(figures)))
    axes = figure.subplots()
    axes.barh([what for what, *_ in figures], [float(number) for _, number, _ in figures])
    axes.invert_yaxis()
    axes.set(xlabel="cycles")
    axes.tick_params(axis="y", labelsize=7)
    return figure


def main() -> None:
    """Run the timing tests, print their figures and leave the report's section."""
    rows, shown = [], []
    for title, name, benches in (
        ("coherency engine", "coherence", coherence.BENCHES),
        ("coherency engine over the staging area", "staging", staging.BENCHES),
    ):
        figures = measure(name, benches)
        shown += figures
        print(f"{title}, cycles")
        for what, number, unit in figures:
            print(f"  {what:80} {number:>6} {unit}")
            rows.append((f"{title}: {what}", f"{number} {unit}"))
    page.write(
        page.Section(
            name="coherence",
            title="Coherence",
            text="CXL.mem endpoint, snoop filter and the staging area of compressed pages in RTL.",
            headers=("", "measured"),
            rows=rows,
            plot=svg(plot(shown)),
        )
    )


main()
