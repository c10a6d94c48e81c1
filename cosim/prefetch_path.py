"""``make cosim-prefetch``: the prefetch core in RTL between a GPU that decodes and a DMA engine.

Traced steps of conversations, from three quarters of each on: at each layer the GPU asks for the
pages that it needs, and reports its page scores.  First with fetches that take no time, over
buffer sizes and contexts: then the core has to count what the study (models/prefetch.py) counts, to
the page.  Then with fetches that take their time, over the time that the GPU spends on a layer: a
page that comes late counts as late.
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from matplotlib.figure import Figure
from tabulate import tabulate

from cosim import page
from cosim.errors import ERRORS
from cosim.prefetch_study import SHARES
from cosim.report import svg
from cosim.runs import PROCESSES, MismatchError
from cosim.simulation import JOB
from cosim.trace import Trace, load_traces
from cosim.transactor import BUILD_ARGS
from models import prefetch
from models.llm import LLM
from models.prefetch import Count, Step
from tb.sim import BUILD, Bench

PREFETCH = Bench(
    name="cosim-prefetch",
    engine="prefetch",
    toplevel="prefetch_cosim_tb_top",
    test_module="cosim.prefetch_path_job",
    sources=(
        "cosim/rtl/sim_clock.sv",
        "cosim/rtl/prefetch_gpu_dpi.sv",
        "cosim/rtl/prefetch_cosim_tb_top.sv",
    ),
    build_args=(*BUILD_ARGS[1:], str(Path(__file__).with_name("prefetch_gpu.cpp"))),
)
# Conversations, tokens, steps counted: of all runs, then of other contexts.
SIZES = {
    "default": ((2, 2048, 256), (2, 1024, 192)),
    "full": ((4, 2048, 512), (4, 1024, 192), (4, 4096, 512), (2, 8192, 512)),
}
GOALS = {0.125: 88, 0.1875: 94, 0.25: 97}  # per cent of needed pages, by share of the pages
WARM = 64  # steps that fill the buffer
MHZ = 400
# Of a load from HBM-like device memory, median and a page at 57.6 bytes a cycle (cosim-memory).
LATENCY, SPACING = 532, 71  # cycles
TIMED_SHARE = 0.25
GAPS = (250, 500, 1000, 2000)  # cycles between a layer's reports and the next's questions
TIMED_STEPS = 64  # that count


@dataclass(frozen=True)
class Run:
    """A buffer that holds `share` of the pages; gap 0: fetches take no time."""

    share: float
    gap: int = 0


@dataclass(frozen=True)
class Measured:
    """What the core counted, in pages; deciding: cycles, of decisions over `decided` pages."""

    hits: int
    late: int
    misses: int
    full: int
    issued: int
    useful: int
    deciding: int
    decided: int
    cycles: int

    def __add__(self, other: Measured) -> Measured:
        return Measured(*(a + b for a, b in zip(self._all(), other._all(), strict=True)))

    def _all(self) -> tuple[int, ...]:
        return tuple(vars(self).values())

    @property
    def asked(self) -> int:
        return self.hits + self.late + self.misses + self.full

    @property
    def hit_rate(self) -> float:
        return self.hits / self.asked

    @property
    def late_rate(self) -> float:
        return self.late / self.asked

    @property
    def cost(self) -> float:
        """Pages fetched for each needed page that was not kept."""
        return (self.issued + self.misses) / max(1, self.misses + self.useful)

    @property
    def cycles_a_page(self) -> float:
        return self.deciding / self.decided


def steps_of(trace: Trace, counted: int) -> list[Step]:
    """Of a trace's third quarter's end, `WARM` more of them before those that count."""
    start = trace.source.tokens * 3 // 4 - WARM
    end = start + WARM + counted
    mass = trace.mass[:end]
    return list(prefetch.steps(mass, trace.source.tokens_per_page, start, begin=start))


def expected(sequence: list[Step], share: float, heads: int) -> Count:
    """The study's count of the same steps."""
    return prefetch.replay(sequence, prefetch.shipped(), share, heads, WARM)


def simulate(trace: Trace, sequence: list[Step], runs: list[Run], number: int) -> list[Measured]:
    """The runs of one conversation.  Raises SimError."""
    layers, heads = trace.source.layers, trace.source.kv_heads
    codes, needed = prefetch.arrays(sequence)
    pages = np.array([step.pages for step in sequence], np.int32)
    rooms = {
        run.share: [prefetch.room(run.share, int(p), layers, window=True) for p in pages]
        for run in runs
    }
    timed = min(len(sequence), WARM + TIMED_STEPS)
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="prefetch-", dir=BUILD) as name:
        folder = Path(name)
        for array, data in (("codes", codes), ("needed", needed.view(np.uint8)), ("pages", pages)):
            np.save(folder / f"{array}.npy", data)
        spec = {
            "warm": WARM,
            "layers": layers,
            "heads": heads,
            "width": codes.shape[-1],
            "runs": [
                {
                    "room": rooms[run.share],
                    "gap": run.gap,
                    "steps": len(sequence) if not run.gap else timed,
                    "latency": LATENCY if run.gap else 0,
                    "spacing": SPACING if run.gap else 0,
                }
                for run in runs
            ],
        }
        (folder / "job.json").write_text(json.dumps(spec))
        PREFETCH.run(seed=1 + number, env={JOB: name}, label=f"-{number}")
        return [Measured(**row) for row in json.loads((folder / "results.json").read_text())]


def compare(run: Run, found: Measured, count: Count) -> None:
    """Raises MismatchError where the core did not count what the study counts."""
    ours = (found.hits, found.misses, found.issued, found.useful, found.late, found.full)
    theirs = (count.there, count.asked - count.there, count.early, count.early_used, 0, 0)
    if ours != theirs:
        raise MismatchError(f"{run}: the core counts {ours}, the study {theirs}")


def study(traces: list[Trace], counted: int, runs: list[Run]) -> dict[Run, Measured]:
    """Every run over all traces, two simulations at a time.  Raises MismatchError, SimError."""

    def one(number: int) -> list[Measured]:
        trace = traces[number]
        sequence = steps_of(trace, counted)
        results = simulate(trace, sequence, runs, number)
        for run, result in zip(runs, results, strict=True):
            if not run.gap:
                compare(run, result, expected(sequence, run.share, trace.source.kv_heads))
        return results

    with ThreadPoolExecutor(PROCESSES) as pool:
        rows = list(pool.map(one, range(len(traces))))
    first, *others = rows
    for other in others:
        first = [a + b for a, b in zip(first, other, strict=True)]
    return dict(zip(runs, first, strict=True))


ALL_RUNS = [*(Run(share) for share in SHARES), *(Run(TIMED_SHARE, gap) for gap in GAPS)]
GOAL_RUNS = [Run(share) for share in GOALS]


def sizes_table(rows: dict[Run, Measured]) -> list[tuple[str, ...]]:
    """Figures over buffer sizes."""
    figures = {
        "needed pages there, %": lambda m: f"{100 * m.hit_rate:.1f}",
        "fetched for each new one": lambda m: f"{m.cost:.2f}",
        "missed": lambda m: f"{m.misses}",
        "prefetched": lambda m: f"{m.issued}",
        "of these asked for": lambda m: f"{m.useful}",
        "cycles a page and decision": lambda m: f"{m.cycles_a_page:.2f}",
    }
    shown = [row for run, row in rows.items() if not run.gap]
    return [(name, *map(figure, shown)) for name, figure in figures.items()]


def gaps_table(rows: dict[Run, Measured]) -> list[tuple[str, ...]]:
    """Figures over the time between a layer's reports and the next one's questions."""
    figures = {
        "there in time, %": lambda m: f"{100 * m.hit_rate:.1f}",
        "late, %": lambda m: f"{100 * m.late_rate:.2f}",
        "missed, %": lambda m: f"{100 * m.misses / m.asked:.1f}",
        "fetched for each new one": lambda m: f"{m.cost:.2f}",
    }
    shown = [row for run, row in rows.items() if run.gap]
    return [(name, *map(figure, shown)) for name, figure in figures.items()]


def contexts_table(contexts: dict[int, dict[Run, Measured]]) -> list[tuple[str, ...]]:
    """Figures over contexts, by tokens."""
    return [
        (f"{tokens}", *(f"{100 * m.hit_rate:.1f} ({m.cost:.2f})" for m in map(rows.get, GOAL_RUNS)))
        for tokens, rows in sorted(contexts.items())
    ]


def plot(contexts: dict[int, dict[Run, Measured]]) -> Figure:
    """Needed pages that were there, over buffer sizes, contexts and the time between layers."""
    rows = next(iter(contexts.values()))
    figure = Figure(figsize=(7.5, 2.6))
    left, middle, right = figure.subplots(1, 3)
    sizes = {100 * run.share: 100 * row.hit_rate for run, row in rows.items() if not run.gap}
    left.plot(list(sizes), list(sizes.values()), "o-", ms=4, label="prefetch core")
    left.plot([100 * share for share in GOALS], list(GOALS.values()), "_", ms=12, label="goal")
    left.set(xlabel="buffer, % of the request's pages", ylabel="needed pages there, %")
    left.legend(fontsize=7)
    tokens = sorted(contexts)
    for run in reversed(GOAL_RUNS):
        reached = [100 * contexts[count][run].hit_rate for count in tokens]
        middle.plot(tokens, reached, "o-", ms=4, label=f"buffer {run.share:.2%}")
    middle.set(xlabel="tokens of the conversation", xscale="log")
    middle.set_xticks(tokens, [str(count) for count in tokens])
    middle.minorticks_off()
    middle.legend(fontsize=7)
    timed = {run.gap / MHZ: row for run, row in rows.items() if run.gap}
    right.plot(list(timed), [100 * row.hit_rate for row in timed.values()], "o-", label="in time")
    reached = [100 * (row.hit_rate + row.late_rate) for row in timed.values()]
    right.plot(list(timed), reached, "s--", ms=3, label="in time or late")
    right.set(xlabel=f"us between layers, buffer {TIMED_SHARE:.0%}", xscale="log")
    right.legend(fontsize=7)
    figure.tight_layout()
    return figure


def section(
    title: str, headers: tuple[str, ...], contexts: dict[int, dict[Run, Measured]]
) -> page.Section:
    rows = next(iter(contexts.values()))
    at = rows[Run(TIMED_SHARE)]
    return page.Section(
        name="prefetch",
        title="Prefetching",
        text=f"{title}. The prefetch core in RTL; left and middle: fetches take no time, as in the "
        f"study that it equals to the page; right: a fetch takes {LATENCY / MHZ:.2f} us.",
        headers=headers,
        rows=sizes_table(rows),
        plot=svg(plot(contexts)),
        claims=[
            page.Claim(
                "needed pages there when asked for",
                "95 % (of next tokens, LSTM)",
                f"{at.hit_rate:.1%}",
                f"measured, buffer of {TIMED_SHARE:.0%} of the pages, by decayed attention mass; "
                f"{at.cost:.2f} pages fetched for each new one",
            ),
        ],
    )


def main(
    scale: Annotated[str, typer.Option(envvar="SCALE", help="default or full.")] = "default",
    model: Annotated[Path | None, typer.Option(envvar="MODEL")] = None,
    out: Annotated[Path, typer.Option(help="Where the data goes.")] = Path("build/report/prefetch"),
) -> None:
    """Traced decode steps through the prefetch core in RTL."""
    if scale not in SIZES:
        raise typer.BadParameter(f"SCALE is {scale!r}, not one of {', '.join(SIZES)}")
    torch.set_num_threads(1)
    contexts: dict[int, dict[Run, Measured]] = {}
    try:
        llm = LLM(model)
        for conversations, tokens, counted in SIZES[scale]:
            traces = load_traces(llm, "evaluation", conversations, tokens)
            runs = GOAL_RUNS if contexts else ALL_RUNS
            contexts[tokens] = study(traces, counted, runs)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    conversations, tokens, counted = SIZES[scale][0]
    rows = contexts[tokens]
    title = (
        f"{conversations} conversations of {tokens} tokens, {counted} steps of each from three "
        "quarters on"
    )
    sizes = ("buffer, of the pages", *(f"{share:.2%}" for share in SHARES))
    others = ("tokens", *(f"buffer {run.share:.2%}" for run in GOAL_RUNS))
    gaps = ("time between layers, us", *(f"{gap / MHZ:g}" for gap in GAPS))
    page.write(section(title, sizes, contexts))
    out.mkdir(parents=True, exist_ok=True)
    data = [
        {"tokens": tokens} | asdict(run) | asdict(row)
        for tokens, rows in contexts.items()
        for run, row in rows.items()
    ]
    (out / "report.json").write_text(json.dumps(data, indent=1) + "\n")
    plot(contexts).savefig(out / "prefetch.png", dpi=110, bbox_inches="tight")
    typer.echo(f"{title}\n\nFetches take no time; equal to the study's, to the page:")
    typer.echo(tabulate(sizes_table(rows), sizes, disable_numparse=True))
    typer.echo("\nOver contexts, needed pages there, % (fetched for each new one):")
    typer.echo(tabulate(contexts_table(contexts), others, disable_numparse=True))
    typer.echo(f"\nA fetch takes {LATENCY / MHZ:.2f} us; buffer {TIMED_SHARE:.0%}:")
    typer.echo(tabulate(gaps_table(rows), gaps, disable_numparse=True))
    typer.echo(f"\nwritten to {out}")


if __name__ == "__main__":
    typer.run(main)
