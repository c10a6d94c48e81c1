"""``make sweep``: the whole device in RTL over buffer sizes, memories and models.

Simulations run side by side here, or on a Ray cluster (`cosim.jobs`); what is done is kept, so a
sweep that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from cosim.errors import ERRORS
from cosim.jobs import JobError, run_all
from cosim.system import MEMORY, SHARE, SIZES, Found, jobs
from cosim.trace import load_traces
from models.calibration import calibrated
from models.device_memory import PRESETS
from models.llm import LLM
from tb.sim import ROOT

REPORT = ROOT / "build" / "report" / "sweep.json"
CONVERSATIONS, TOKENS = 3, 1024
_, COUNTED = SIZES["default"]
HEADS = ("model", "memory", "buffer", "there", "late", "missed", "cycles a token", "agreement")


def main(
    share: Annotated[list[float], typer.Option(help="L1 and L2, of a request's pages.")] = (
        0.125,
        0.1875,
        SHARE,
        0.375,
    ),
    memory: Annotated[list[str], typer.Option(help=f"Of {', '.join(PRESETS)}.")] = (MEMORY,),
    model: Annotated[list[Path], typer.Option(help="Folders or .gguf files.")] = (),
    conversations: Annotated[int, typer.Option(min=1)] = CONVERSATIONS,
    tokens: Annotated[int, typer.Option(min=512)] = TOKENS,
    counted: Annotated[int, typer.Option(min=1, help="Steps of a conversation.")] = COUNTED,
    processes: Annotated[int, typer.Option(min=1)] = os.cpu_count() or 1,
) -> None:
    """Run every combination and print a line for each."""
    if unknown := set(memory) - PRESETS.keys():
        raise typer.BadParameter(f"no memory {', '.join(unknown)}: there are {', '.join(PRESETS)}")
    points = {}
    try:
        for path in model or [None]:
            llm = LLM(path)
            calibrated(llm)
            traces = load_traces(llm, "evaluation", conversations, tokens)
            for of_memory, of_share in product(memory, share):
                point = llm.name, of_memory, of_share
                points[point] = jobs(traces, path, counted, of_share, of_memory)
        run_all([job for planned in points.values() for job in planned], processes)
    except (*ERRORS, JobError) as error:
        raise SystemExit(str(error)) from None
    rows = []
    for (name, of_memory, of_share), planned in points.items():
        found = Found.of(planned)
        rates = (found.answers[answer] / found.asked for answer in ("HIT", "LATE", "MISS"))
        rows.append(
            (
                *(name, of_memory, f"{of_share:.2%}"),
                *(f"{rate:.1%}" for rate in rates),
                f"{found.cycles:.0f}",
                f"{found.accuracy['steps in RTL'].agreement.value:.2%}",
            )
        )
    print(tabulate(rows, HEADS, disable_numparse=True))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    table = [dict(zip(HEADS, row, strict=True)) for row in rows]
    REPORT.write_text(json.dumps(table, indent=1) + "\n")
    print(f"written to {REPORT.relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
