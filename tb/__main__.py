"""Run the benches of one folder: ``python -m tb skid --seed 7 --test Stalls --waves``."""

from typing import Annotated

import typer

from tb.sim import ROOT, NoTestError, SimError, benches


def main(
    name: str,
    seed: Annotated[int | None, typer.Option(help="Replay this seed.")] = None,
    test: Annotated[str, typer.Option(help="Only tests matching this expression.")] = "",
    waves: Annotated[bool, typer.Option(help="Write a VCD waveform.")] = False,
) -> None:
    """Run the benches of tb/NAME, or one of them: codec-chain is a bench of tb/codec."""
    missed = []
    try:
        chosen = benches(name)
    except SimError as error:
        raise SystemExit(str(error)) from None
    for bench in chosen:
        try:
            results = bench.run(seed, test, waves)
        except NoTestError as error:
            missed.append(error)
            continue
        except SimError as error:
            raise SystemExit(str(error)) from None
        print(f"{bench.id}: {len(results.passed)} passed, seed {results.seed}")
        if results.waves:
            print(f"  waveform {results.waves.relative_to(ROOT)}")
    if len(missed) == len(chosen):
        raise SystemExit(f"no bench of {name} has a test that matches {test!r}")


typer.run(main)
