"""The DMA engine in bulk: ``python -m tb.dma soak --descriptors 1000000``, or ``... curve``.

Runs one test of the bench dma-soak and shows what it reports.
"""

from __future__ import annotations

from typing import Annotated

import typer

from tb.sim import SimError, benches


def main(
    test: Annotated[str, typer.Argument(help="soak, throughput or curve")],
    seed: Annotated[int | None, typer.Option(help="Replay this seed.")] = None,
    descriptors: Annotated[int, typer.Option(min=1, help="Of the soak.")] = 1_000_000,
) -> None:
    """Run TEST; fails where it fails."""
    (bench,) = benches("dma-soak")
    try:
        results = bench.run(seed, f"test_soak.{test}", env={"SKV_DESCRIPTORS": str(descriptors)})
    except SimError as error:
        raise SystemExit(str(error)) from None
    print(results.log.with_name(f"{test}.txt").read_text(), end="")
    print(f"seed {results.seed}")


typer.run(main)
