"""``make lossless``: how near speckv's lossless mode comes to the entropy of real pages.

Modelled, not through RTL (`make cosim` shows the same ratio from there).  Pages of evaluation
conversations, as FP16 and with the same values rounded to BF16; tables from calibration
conversations.  The bound is the order-0 entropy of sign and exponent, per channel, in the very
pages that are coded, plus the raw mantissa.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torch
import typer
from tabulate import tabulate
from tqdm import tqdm

from cosim.errors import ERRORS
from cosim.trace import load_traces
from models import baselines, calibration, speckv
from models.calibration import LOSSLESS, Statistics
from models.llm import LLM
from models.page import PAGE_BYTES, to_pages

TABLES_FROM = (8, 1024)  # calibration conversations, tokens of each


class NotLosslessError(Exception):
    """A page came back changed."""


@dataclass(frozen=True)
class Row:
    """Ratios of one cache dtype: raw bytes over coded bytes, speckv's with all its overhead."""

    dtype: str
    speckv: float
    entropy: float
    zstd: float

    @property
    def excess(self) -> float:
        """Bytes that speckv takes beyond the entropy's, as a share of them."""
        return self.entropy / self.speckv - 1


def entropy_bits(cache: torch.Tensor) -> float:
    """Bits a value of the bound; cache: ``[texts, layers, kinds, kv_heads, tokens, head_dim]``."""
    mantissa = speckv.MANTISSA_BITS[cache.dtype]
    symbols = 1 << (16 - mantissa)  # sign and exponent
    bits = 0.0
    channels = cache.permute(1, 2, 3, 5, 0, 4).flatten(1, 3).flatten(2)  # [layers, channels, n]
    for layer in channels:
        top = layer.view(torch.int16).to(torch.int64) >> mantissa & (symbols - 1)
        first = torch.arange(len(top))[:, None] * symbols
        counts = torch.bincount((top + first).flatten(), minlength=len(top) * symbols)
        share = counts.view(len(top), symbols).double() / top.shape[1]
        bits -= float(torch.xlogy(share, share).sum() / torch.log(torch.tensor(2.0)))
    return bits / channels.shape[:2].numel() + mantissa


def measure(known: torch.Tensor, cache: torch.Tensor) -> Row:
    """Both: ``[texts, layers, kinds, kv_heads, tokens, head_dim]`` of one dtype, whole pages.

    Tables are made from `known`; `cache` is coded.  Raises NotLosslessError.
    """
    _, layers, kinds, heads, _, head_dim = cache.shape
    statistics = Statistics(torch.zeros(layers, kinds, heads, head_dim), known)
    tables = speckv.Tables(calibration.tables(statistics, [LOSSLESS])[LOSSLESS])
    zstd = baselines.zstd()
    units = by_zstd = 0.0
    for text in tqdm(cache, desc=f"lossless, {cache.dtype}", unit="text"):
        for layer, of_layer in enumerate(text):
            pages = to_pages(of_layer).flatten(0, 1)  # [kind and head, n, 2048]
            index = torch.arange(len(pages)) + layer * len(pages)
            index = index.repeat_interleave(pages.shape[1])
            flat = pages.flatten(0, 1)
            stored = speckv.compress(flat, tables, index)
            back, errors = speckv.decompress(
                stored.data, stored.units, stored.raw, stored.crc, tables, index
            )
            if errors.any() or not torch.equal(back, flat):
                raise NotLosslessError(f"layer {layer}: speckv's lossless mode changed a page")
            units += float(stored.units.sum())
            by_zstd += float(zstd(pages, 0, layer)[1].sum())
    pages = cache.numel() * 2 / PAGE_BYTES
    return Row(
        dtype=str(cache.dtype).removeprefix("torch."),
        speckv=pages * PAGE_BYTES / (units * speckv.UNIT_BYTES),
        entropy=16 / entropy_bits(cache),
        zstd=pages * PAGE_BYTES / by_zstd,
    )


def table(rows: list[Row]) -> str:
    """As text."""
    return tabulate(
        [(r.dtype, r.speckv, r.entropy, f"{r.excess:.2%}", r.zstd) for r in rows],
        headers=("cache", "speckv lossless", "entropy", "excess", "zstd -3"),
        floatfmt=".4f",
    )


def main(
    model: Annotated[
        Path | None,
        typer.Option(envvar="MODEL", help="Model folder or .gguf file; default SmolLM2."),
    ] = None,
    conversations: Annotated[int, typer.Option(min=1)] = 4,
    tokens: int = 2048,
    out: Path = Path("build/report/lossless.json"),
):
    """Lossless ratios against the entropy and zstd, FP16 and BF16."""
    try:
        llm = LLM(model)
        known = load_traces(llm, "calibration", *TABLES_FROM)
        traces = load_traces(llm, "evaluation", conversations, tokens)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    pair = [
        torch.stack([torch.stack([trace.keys, trace.values], 1) for trace in some])
        for some in (known, traces)
    ]
    rows = [measure(*(cache.to(d) for cache in pair)) for d in (torch.float16, torch.bfloat16)]
    typer.echo(table(rows))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
