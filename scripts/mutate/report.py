"""The report of a mutation run, and the reasons given for survivors."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scripts.mutate.run import Outcome
from scripts.mutate.schemata import describe
from scripts.mutate.sites import Mutant, one_line
from tb.sim import ROOT

VERDICTS = ("equivalent", "allowed", "gap")


class ReasonError(Exception):
    """mutants.toml says something that does not hold; the message names the entry."""


@dataclass(frozen=True)
class Reason:
    """Why a mutant survives: it is `equivalent`, its change is `allowed`, or the bench has a `gap`.

    It is for the change of `original` to `mutated` in `file`, on lines that contain `on`.
    """

    file: str
    original: str
    mutated: str
    verdict: str
    reason: str
    on: str = ""

    def fits(self, mutant: Mutant) -> bool:
        change = (mutant.file, one_line(mutant.original), mutant.mutated)
        if change != (self.file, self.original, self.mutated):
            return False
        return self.on in (ROOT / self.file).read_text().splitlines()[mutant.line - 1]


def read_reasons(path: Path) -> list[Reason]:
    """The reasons in a mutants.toml; raises ReasonError for an unknown verdict."""
    entries = tomllib.loads(path.read_text()).get("mutant", []) if path.is_file() else []
    reasons = [Reason(**entry) for entry in entries]
    for reason in reasons:
        if reason.verdict not in VERDICTS:
            raise ReasonError(f"{path}: {reason.original}: verdict {reason.verdict!r}")
    return reasons


def reason_of(mutant: Mutant, reasons: list[Reason]) -> Reason | None:
    return next((reason for reason in reasons if reason.fits(mutant)), None)


@dataclass(frozen=True)
class Summary:
    """How many mutants there were, by what became of them."""

    killed: int
    equivalent: int
    allowed: int
    gaps: int
    unexplained: int

    @property
    def rate(self) -> float:
        """Killed, of those that change behaviour: all but the equivalent ones."""
        effective = self.killed + self.allowed + self.gaps + self.unexplained
        return self.killed / effective if effective else 0.0


def summarise(outcomes: dict[Mutant, Outcome], reasons: list[Reason]) -> Summary:
    """Count; raises ReasonError if a mutant that a reason calls equivalent was caught."""
    verdicts: Counter[str] = Counter()
    for mutant, outcome in outcomes.items():
        reason = reason_of(mutant, reasons)
        if not outcome.killer:
            verdicts[reason.verdict if reason else ""] += 1
        elif reason and reason.verdict == "equivalent":
            raise ReasonError(f"{mutant.file}:{mutant.line}: not equivalent: {outcome.detail}")
    killed = len(outcomes) - verdicts.total()
    return Summary(killed, *(verdicts[name] for name in (*VERDICTS, "")))


def cell(text: str) -> str:
    """Text inside a Markdown table."""
    return one_line(text).replace("|", "\\|")


def code(text: str) -> str:
    return f"`{cell(text)}`"


def write_report(
    path: Path,
    engine: str,
    found: int,
    seed: int,
    outcomes: dict[Mutant, Outcome],
    reasons: list[Reason],
) -> None:
    """Write the Markdown report; the same outcomes give the same text."""
    summary = summarise(outcomes, reasons)
    killers = Counter(o.killer for o in outcomes.values() if o.killer)
    lines = [
        f"# Mutation run of {engine}",
        "",
        f"Written by `make mutate-{engine}`; do not edit. The RTL was broken in {len(outcomes)}",
        f"places, one at a time, drawn from {found} possible changes (sample seed {seed}), and the",
        "engine's benches were run on each until one failed. A survivor is",
        "equivalent (nothing outside can tell), allowed (the specification leaves open what it",
        "changes), or shows a gap in the benches.",
        "",
        "| killed | equivalent | allowed | gaps | unexplained | kill rate |",
        "|---|---|---|---|---|---|",
        f"| {summary.killed} | {summary.equivalent} | {summary.allowed} | {summary.gaps} "
        f"| {summary.unexplained} | {summary.rate:.1%} of all but the equivalent |",
        "",
        "Killed by: " + ", ".join(f"{name} {n}" for name, n in killers.most_common()) + ".",
        "",
        "## Survivors",
        "",
        "| place | change | verdict | reason |",
        "|---|---|---|---|",
    ]
    for mutant, outcome in outcomes.items():
        if not outcome.killer:
            reason = reason_of(mutant, reasons)
            verdict, why = (reason.verdict, reason.reason) if reason else ("unexplained", "")
            place = f"{mutant.file}:{mutant.line}"
            change = code(describe(mutant))
            lines.append(f"| {place} | {change} | {verdict} | {cell(why)} |")
    lines += ["", "## All mutants", "", "| place | kind | change | outcome |", "|---|---|---|---|"]
    for mutant, outcome in outcomes.items():
        place = f"{mutant.file}:{mutant.line}"
        result = f"{outcome.killer}: {cell(outcome.detail)[:90]}" if outcome.killer else "survived"
        lines.append(f"| {place} | {mutant.kind} | {code(describe(mutant))} | {result} |")
    path.write_text("\n".join(lines) + "\n")
