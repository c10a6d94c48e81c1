"""The prefetch core's page of the report, and its data."""

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
    from cosim.prefetch_path import Measured, Run

GOALS = {0.125: 88, 0.1875: 94, 0.25: 97}  # per cent of needed pages, by share of the pages
Table = tuple[list[tuple[str, ...]], tuple[str, ...]]  # rows, headers


def plot(rows: dict[Run, Measured]) -> Figure:
    """Needed pages that were there, over buffer sizes and over the time between layers."""
    from cosim.prefetch_path import MHZ, TIMED_SHARE

    figure = Figure(figsize=(7.5, 2.8))
    left, right = figure.subplots(1, 2)
    sizes = {100 * run.share: 100 * row.hit_rate for run, row in rows.items() if not run.gap}
    left.plot(list(sizes), list(sizes.values()), "o-", label="prefetch core")
    left.plot([100 * share for share in GOALS], list(GOALS.values()), "_", ms=14, label="goal")
    left.set(xlabel="buffer, % of the request's pages", ylabel="needed pages there, %")
    left.legend(fontsize=7)
    timed = {run.gap / MHZ: row for run, row in rows.items() if run.gap}
    right.plot(list(timed), [100 * row.hit_rate for row in timed.values()], "o-", label="in time")
    reached = [100 * (row.hit_rate + row.late_rate) for row in timed.values()]
    right.plot(list(timed), reached, "s--", ms=3, label="in time or late")
    right.set(xlabel="time between layers, us", xscale="log", title=f"buffer {TIMED_SHARE:.0%}")
    right.legend(fontsize=7)
    return figure


def write_report(
    title: str, sizes: Table, gaps: Table, rows: dict[Run, Measured], out: Path
) -> Path:
    """Write ``report.html``, ``report.json`` and ``prefetch.png`` into `out`; returns the first."""
    out.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    tables = {
        name: tabulate(lines, headers, tablefmt="html", disable_numparse=True)
        for name, (lines, headers) in (("sizes", sizes), ("gaps", gaps))
    }
    html = environment.get_template("prefetch_report.html.j2").render(
        title=title, plot=svg(plot(rows)), **tables
    )
    (out / "report.html").write_text(html)
    data = [asdict(run) | asdict(row) for run, row in rows.items()]
    (out / "report.json").write_text(json.dumps(data, indent=1) + "\n")
    plot(rows).savefig(out / "prefetch.png", dpi=110, bbox_inches="tight")
    return out / "report.html"
