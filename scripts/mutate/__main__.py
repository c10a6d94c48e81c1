"""Break an engine's RTL, one place at a time: ``python -m scripts.mutate codec``."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts.mutate.report import read_reasons, reason_of, summarise, write_report
from scripts.mutate.run import Cache, Outcome, benches_of, files_under, fingerprint, run_all
from scripts.mutate.schemata import describe, write_copy
from scripts.mutate.sites import Mutant, find_mutants, sample
from tb.sim import BUILD, ROOT, SimError

SAMPLE_SEED = 1
GOAL = 0.9


def main(
    engine: str,
    size: Annotated[int, typer.Option(help="Mutants to run.")] = 120,
    seed: Annotated[int, typer.Option(help="The benches' seed.")] = 1,
    test: Annotated[str, typer.Option(help="Only tests matching this expression.")] = "",
    list_only: Annotated[bool, typer.Option("--list", help="Show the mutants and stop.")] = False,
) -> None:
    """Run the benches of rtl/ENGINE on mutants of rtl/ENGINE; write docs/mutation-ENGINE.md.

    Fails unless at least 90 % of the mutants that change behaviour are caught.
    """
    try:
        benches = benches_of(engine)
    except ValueError as error:
        raise SystemExit(str(error)) from None
    reached = set().union(*map(files_under, benches))
    found = [mutant for mutant in find_mutants(engine) if mutant.file in reached]
    mutants = sample(found, size, SAMPLE_SEED)
    if list_only:
        for number, mutant in enumerate(mutants, start=1):
            print(f"{number:4} {mutant.file}:{mutant.line} {mutant.kind}: {describe(mutant)}")
        return
    folder = BUILD.parent / "mutate" / engine
    write_copy(folder, mutants)
    print(f"{len(mutants)} of {len(found)} possible changes of {engine}")
    cache = Cache(folder / "outcomes.json", fingerprint(engine, seed, test))
    try:
        outcomes = run_all(benches, mutants, folder, cache, seed, test)
    except SimError as error:
        raise SystemExit(str(error)) from None
    report(engine, len(found), outcomes)


def report(engine: str, found: int, outcomes: dict[Mutant, Outcome]) -> None:
    """Write the report, show the survivors, and judge."""
    reasons = read_reasons(ROOT / "tb" / engine / "mutants.toml")
    path = ROOT / "docs" / f"mutation-{engine}.md"
    write_report(path, engine, found, SAMPLE_SEED, outcomes, reasons)
    for mutant, outcome in outcomes.items():
        if not outcome.killer:
            reason = reason_of(mutant, reasons)
            verdict = reason.verdict if reason else "unexplained"
            print(f"{verdict:12} {mutant.file}:{mutant.line}: {describe(mutant)}")
    summary = summarise(outcomes, reasons)
    print(f"{summary.killed} killed, {summary.rate:.1%} of those that change behaviour")
    print(f"report in {path.relative_to(ROOT)}")
    if summary.rate < GOAL or summary.unexplained:
        raise SystemExit(1)


typer.run(main)
