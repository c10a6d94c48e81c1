"""``make cosim-codec``: a real LLM's KV-cache through a codec in RTL."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cosim import int8rle, page, speckv
from cosim.errors import ERRORS
from cosim.report import sections, write_report
from cosim.trace import load_traces
from models.llm import LLM


class Codec(StrEnum):
    """Which codec."""

    SPECKV = "speckv"
    INT8RLE = "int8rle"


class Scale(StrEnum):
    """How much: evaluation conversations x tokens of each."""

    DEFAULT = "default"
    FULL = "full"


SIZES = {Scale.DEFAULT: (4, 2048), Scale.FULL: (32, 4000)}  # of 4096 there are 31
STUDIES = {Codec.SPECKV: speckv.study, Codec.INT8RLE: int8rle.study}


def main(
    codec: Annotated[Codec, typer.Option(envvar="CODEC")] = Codec.SPECKV,
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
        study = STUDIES[codec](
            llm, traces, shlex.join(["python", "-m", "cosim.codec", *sys.argv[1:]])
        )
        paths = write_report(study, out / codec)
        if codec == Codec.SPECKV:
            for section in sections(study):
                page.write(section)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(paths.table)
    typer.echo(f"\nreport: {paths.html}\ndata:   {paths.json}")


if __name__ == "__main__":
    typer.run(main)
