"""The main job: a real LLM's KV-cache through a codec in RTL.  ``python -m cosim --help``."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cosim import int8rle, speckv
from cosim.report import write_report
from cosim.runs import MismatchError
from cosim.trace import TraceError, load_traces
from models.calibration import CalibrationError
from models.conversations import ConversationError
from models.llm import LLM, ModelError
from tb.sim import SimError


class Codec(StrEnum):
    """Which codec."""

    SPECKV = "speckv"
    INT8RLE = "int8rle"


class Scale(StrEnum):
    """How much: evaluation conversations x tokens of each."""

    DEFAULT = "default"
    FULL = "full"


SIZES = {Scale.DEFAULT: (4, 2048), Scale.FULL: (32, 4096)}

ERRORS = (
    ModelError,
    ConversationError,
    CalibrationError,
    TraceError,
    SimError,
    MismatchError,
)
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
        study = STUDIES[codec](llm, traces, shlex.join(["python", "-m", "cosim", *sys.argv[1:]]))
        paths = write_report(study, out / codec)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(paths.table)
    typer.echo(f"\nreport: {paths.html}\ndata:   {paths.json}")


if __name__ == "__main__":
    typer.run(main)
