"""The memory path's page of the report, and its data."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure
from tabulate import tabulate

from cosim.report import svg

if TYPE_CHECKING:
    from cosim.memory_path import Measured

PORT = 64  # bytes a cycle at most


def plot(rows: list[Measured]) -> Figure:
    """Raw bytes a cycle each way, by memory and by what goes on."""
    figure = Figure(figsize=(7.5, 2.6))
    axes = figure.subplots()
    names = ("stores alone", "loads alone", "both: stores", "both: loads")
    for i, row in enumerate(rows):
        values = (
            row.store.store_bytes,
            row.load.load_bytes,
            row.both.store_bytes,
            row.both.load_bytes,
        )
        places = [n + 0.8 * (i + 0.5) / len(rows) - 0.4 for n in range(len(names))]
        axes.bar(places, values, 0.75 / len(rows), label=row.memory)
    axes.axhline(PORT, color="grey", ls=":", lw=0.8, label="a port's 64")
    axes.set(xticks=range(len(names)), xticklabels=names, ylabel="raw bytes a cycle", ylim=(0, 80))
    axes.legend(fontsize=7, ncols=4, loc="upper center")
    return figure


def write_report(
    title: str,
    lines: list[tuple[str, ...]],
    headers: tuple[str, ...],
    rows: list[Measured],
    out: Path,
) -> Path:
    """Write ``report.html``, ``report.json`` and ``memory.png`` into `out`; returns the first."""
    out.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    html = environment.get_template("memory_report.html.j2").render(
        title=title, plot=svg(plot(rows)), table=tabulate(lines, headers, tablefmt="html")
    )
    (out / "report.html").write_text(html)
    (out / "report.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    plot(rows).savefig(out / "memory.png", dpi=110, bbox_inches="tight")
    return out / "report.html"
