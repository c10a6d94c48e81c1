"""``make rd-curve``: what each way of compressing a KV-cache costs in accuracy, side by side.

Modelled, not through RTL (`make cosim` does that for this project's codecs): the pages of a real
LLM's own cache pass through each scheme as the text runs, so that errors feed forward from layer
to layer.  The first page and the last 128 tokens are raw, as the L1 tier holds them.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import torch
import typer
from matplotlib.figure import Figure
from tabulate import tabulate
from tqdm import tqdm

from cosim.errors import ERRORS
from cosim.trace import load_traces
from models import baselines, speckv
from models.accuracy import Accuracy, compare, summarise
from models.attention import L1_WINDOW
from models.baselines import Coded, Scheme, Shape
from models.calibration import POINTS, Calibration, calibrated
from models.llm import LLM
from models.page import PAGE_BYTES

FAMILY = "speckv"
mpl.rcParams["svg.hashsalt"] = "cxl-speckv"


@dataclass(frozen=True)
class Row:
    """One scheme.  ratio: raw bytes over coded bytes, of all sealed pages, K, and V."""

    family: str
    scheme: str
    ratio: float
    ratio_k: float
    ratio_v: float
    accuracy: Accuracy


def of_speckv(calibration: Calibration, point: str) -> Scheme:
    """This project's codec, headers, checksums and padding to 64 bytes counted."""
    tables = calibration.tables(point)

    def scheme(pages: torch.Tensor, kind: int, layer: int) -> Coded:
        heads, count, _ = pages.shape
        index = torch.tensor([calibration.index(layer, kind, head) for head in range(heads)])
        index = index.repeat_interleave(count)
        stored = speckv.compress(pages.flatten(0, 1), tables, index)
        back, _ = speckv.decompress(
            stored.data, stored.units, stored.raw, stored.crc, tables, index
        )
        size = stored.units.double() * speckv.UNIT_BYTES
        return back.view(pages.shape), size.view(heads, count)

    return scheme


def schemes(
    llm: LLM, calibration: Calibration, cache: torch.Tensor
) -> list[tuple[str, str, Scheme]]:
    """(family, name, scheme); cache: calibration pages, for those that need statistics."""
    shape = Shape(llm.cache_dtype, llm.head_dim)
    mean = cache.float().mean((0, 4))
    return [
        *((FAMILY, f"speckv {point}", of_speckv(calibration, point)) for point in POINTS),
        ("the paper's codec", "INT8, delta, run-length", baselines.paper(shape)),
        ("INT per token", "INT8 per token", baselines.per_token(shape, 8)),
        ("INT per token", "INT4 per token", baselines.per_token(shape, 4)),
        ("KIVI", "KIVI-style INT4", baselines.kivi(shape, 4)),
        ("KIVI", "KIVI-style INT2", baselines.kivi(shape, 2)),
        *(
            (
                "Hadamard, entropy-coded",
                f"Hadamard, step {step}",
                baselines.rotated(shape, step, mean),
            )
            for step in (0.35, 0.7)
        ),
        *(
            ("CacheGen", f"CacheGen-style, step {step}", baselines.CacheGen(shape, cache, step))
            for step in (0.1, 0.3)
        ),
        ("general-purpose", "zstd -3", baselines.zstd()),
        ("general-purpose", "lz4", baselines.lz4_frame()),
    ]


def measure(llm: LLM, traces: list, entries: list[tuple[str, str, Scheme]]) -> list[Row]:
    """Score every scheme on every text."""
    rows = []
    for family, name, scheme in tqdm(entries, desc="schemes"):
        sizes: dict[int, list[torch.Tensor]] = defaultdict(list)

        def codec(pages: torch.Tensor, kind: int, layer: int, scheme=scheme, sizes=sizes):
            back, size = scheme(pages, kind, layer)
            sizes[kind].append(size.flatten())
            return back

        scores = []
        for trace in traces:
            hidden = llm.closed_loop(trace.tokens, codec, L1_WINDOW)
            scores.append(compare(llm, trace.tokens, trace.hidden, hidden))
        of_kind = [PAGE_BYTES / float(torch.cat(sizes[kind]).mean()) for kind in (0, 1)]
        everything = torch.cat([size for kind in (0, 1) for size in sizes[kind]])
        ratio = PAGE_BYTES / float(everything.mean())
        rows.append(Row(family, name, ratio, *of_kind, summarise(scores)))
    return rows


def table(rows: list[Row]) -> str:
    """As text."""
    return tabulate(
        [
            (
                row.scheme,
                f"{row.ratio:.2f}",
                f"{row.ratio_k:.2f}",
                f"{row.ratio_v:.2f}",
                f"{row.accuracy.perplexity_change.value:+.2%}",
                f"{row.accuracy.perplexity_change.error:.2%}",
                f"{row.accuracy.agreement.value:.2%}",
                f"{row.accuracy.agreement.error:.2%}",
                f"{row.accuracy.kl.value:.5f}",
            )
            for row in rows
        ],
        headers=("scheme", "ratio", "K", "V", "perplexity", "±", "agreement", "±", "KL, nats"),
        disable_numparse=True,
    )


def plot(rows: list[Row]) -> Figure:
    """Ratio against disagreement and against KL divergence, a line a family."""
    families = defaultdict(list)
    for row in rows:
        families[row.family].append(row)
    figure = Figure(figsize=(10, 4))
    panels = figure.subplots(1, 2)
    what: list[tuple[str, Callable[[Row], float]]] = [
        ("next-token disagreement, %", lambda row: 100 * (1 - row.accuracy.agreement.value)),
        ("KL divergence, nats a token", lambda row: row.accuracy.kl.value),
    ]
    for panel, (label, of), floor in zip(panels, what, (0.1, 1e-4), strict=True):
        for family, members in families.items():
            points = sorted((row.ratio, of(row)) for row in members)
            style = "o-" if family == FAMILY else "s--"
            panel.plot(
                *zip(*points, strict=True), style, label=family, lw=2 if family == FAMILY else 1
            )
        panel.axvspan(2.5, 4, color="#eeeeee", zorder=0)
        panel.set(xlabel="compression ratio (grey: the paper's claim)", ylabel=label)
        panel.set_yscale("symlog", linthresh=floor)
        panel.grid(alpha=0.3)
    panels[0].legend(fontsize=7)
    return figure


def main(
    model: Annotated[
        Path | None,
        typer.Option(envvar="MODEL", help="Model folder or .gguf file; default SmolLM2."),
    ] = None,
    conversations: Annotated[int, typer.Option(min=2)] = 4,
    tokens: int = 2048,
    out: Path = Path("build/report/rd-curve"),
):
    """Ratio against accuracy, this project's codec and others, on evaluation conversations."""
    try:
        llm = LLM(model)
        calibration = calibrated(llm)
        known = load_traces(llm, "calibration", 4, 1024)
        traces = load_traces(llm, "evaluation", conversations, tokens)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    cache = torch.stack([torch.stack([trace.keys, trace.values], 1) for trace in known])
    rows = measure(llm, traces, schemes(llm, calibration, cache))
    out.mkdir(parents=True, exist_ok=True)
    text = table(rows)
    (out / "rd-curve.txt").write_text(text + "\n")
    (out / "rd-curve.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    plot(rows).savefig(out / "rd-curve.png", dpi=110, bbox_inches="tight")
    typer.echo(text)
    typer.echo(f"\nplot: {out / 'rd-curve.png'}")


if __name__ == "__main__":
    typer.run(main)
