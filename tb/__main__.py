"""Run the benches of one folder: ``python -m tb skid --seed 7 --test Stalls --waves``."""

from typing import Annotated

import typer

from tb.sim import ROOT, SimError, benches


def main(
    name: str,
    seed: Annotated[int | None, typer.Option(help="Replay this seed.")] = None,
    test: Annotated[str, typer.Option(help="Only tests matching this expression.")] = "",
    waves: Annotated[bool, typer.Option(help="Write a VCD waveform.")] = False,
) -> None:
    """Run the benches of tb/NAME, or one of them: codec-chain is a bench of tb/codec."""
    try:
        for bench in benches(name):
            results = bench.run(seed, test, waves)
            print(f"{bench.id}: {len(results.passed)} passed, seed {results.seed}")
            if results.waves:
                print(f"  waveform {results.waves.relative_to(ROOT)}")
    except SimError as error:
        raise SystemExit(str(error)) from None


typer.run(main)
