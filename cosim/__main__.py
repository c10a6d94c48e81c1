"""The main job: a real LLM's KV-cache through a codec in RTL.  ``python -m cosim --help``."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import torch
import typer
from tqdm import tqdm

from cosim.int8rle import MismatchError, PageRun, layout_of, run_traces
from cosim.report import write_report
from cosim.study import AccuracyRow, Study, ratio_of, timing_of
from cosim.trace import Trace, TraceError, load_traces
from models import int8rle
from models.accuracy import TokenScores, compare, summarise
from models.attention import EVERYTHING, L1_WINDOW
from models.conversations import ConversationError
from models.int8rle import Axis
from models.llm import LLM, ModelError
from models.page import PAGE_VALUES, from_pages
from tb.sim import SimError


class Codec(StrEnum):
    """Which codec."""

    INT8RLE = "int8rle"


class Scale(StrEnum):
    """How much: evaluation conversations x tokens of each."""

    DEFAULT = "default"
    FULL = "full"


SIZES = {Scale.DEFAULT: (4, 2048), Scale.FULL: (32, 4096)}

REGIONS = {"first page and last 128 tokens raw (L1)": L1_WINDOW, "all sealed pages": EVERYTHING}


def main(
    codec: Annotated[Codec, typer.Option(envvar="CODEC")] = Codec.INT8RLE,
    scale: Annotated[Scale, typer.Option(envvar="SCALE")] = Scale.DEFAULT,
    model: Annotated[
        Path | None,
        typer.Option(envvar="MODEL", help="Model folder or .gguf file; default SmolLM2."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Where the report goes.")] = Path("build/report"),
):
    """Run a real LLM's KV-cache through a codec in RTL and report what that does to it."""
    conversations, tokens = SIZES[scale]
    try:
        llm = LLM(model)
        traces = load_traces(llm, "evaluation", conversations, tokens)
        study = study_int8rle(llm, traces)
        paths = write_report(study, out / codec)
    except (ModelError, ConversationError, TraceError, SimError, MismatchError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(paths.table)
    typer.echo(f"\nreport: {paths.html}\ndata:   {paths.json}")


def study_int8rle(llm: LLM, traces: list[Trace]) -> Study:
    """The paper's codec on `traces`: ratio and cycles in RTL, accuracy in `llm`."""
    jobs = len(traces) * len(Axis)
    runs = list(tqdm(run_traces(traces), "pages through the RTL", jobs, unit="run"))
    ratios = [ratio_of(runs, axis) for axis in Axis]
    best = max(ratios, key=lambda ratio: ratio.overall)
    by_best = [run for run in runs if run.axis == Axis[best.axis.upper()]]
    source = traces[0].source
    return Study(
        codec="int8rle",
        model=source.model,
        cache_dtype=source.cache_dtype,
        layers=source.layers,
        kv_heads=source.kv_heads,
        head_dim=source.head_dim,
        tokens=source.tokens,
        conversations=[trace.source.conversation for trace in traces],
        ratios=ratios,
        timing=timing_of(runs),
        accuracy=list(accuracy_int8rle(llm, by_best, best.overall)),
        command=shlex.join(["python", "-m", "cosim", *sys.argv[1:]]),
    )


def accuracy_int8rle(llm: LLM, runs: list[PageRun], ratio: float):
    """Rows of the accuracy table: the RTL's bytes in the attention, and the INT8 step alone."""

    def from_rtl(run: PageRun, regions) -> torch.Tensor:
        source = run.trace.source
        kinds = run.decoded.unbind(2)
        keys, values = (from_pages(k, source.head_dim, llm.cache_dtype) for k in kinds)
        return llm.replay(run.trace.tokens, keys, values, regions)

    def from_int8(run: PageRun, regions) -> torch.Tensor:
        layout = layout_of(run.trace, run.axis)

        def codec(pages: torch.Tensor, _kind: int, _layer: int) -> torch.Tensor:
            return int8rle.int8_alone(pages.flatten(0, -2), layout).view(pages.shape)

        return llm.closed_loop(run.trace.tokens, codec, regions)

    # A page of INT8 codes and a header, padded to whole units.
    int8_units = -(-(int8rle.HEADER_BYTES + PAGE_VALUES) // int8rle.UNIT_BYTES)
    int8_ratio = int8rle.RAW_UNITS / int8_units
    caches = (
        ("int8rle, bytes back from the RTL", "measured", ratio, from_rtl),
        ("its INT8 step alone, no page kept raw", "modelled", int8_ratio, from_int8),
    )
    with tqdm(desc="LLM passes", total=len(caches) * len(REGIONS) * len(runs), unit="pass") as bar:

        def score(run: PageRun, hidden: torch.Tensor) -> TokenScores:
            bar.update()
            return compare(llm, run.trace.tokens, run.trace.hidden, hidden)

        for cache, how, cache_ratio, read_back in caches:
            for region, regions in REGIONS.items():
                scores = [score(run, read_back(run, regions)) for run in runs]
                yield AccuracyRow(cache, region, how, cache_ratio, summarise(scores))


if __name__ == "__main__":
    typer.run(main)
