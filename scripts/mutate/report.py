"""The report of a mutation run, and the reasons given for survivors."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scripts.mutate.run import Outcome
from scripts.mutate.schemata import describe
from scripts.mutate.sites import Mutant, one_line

VERDICTS = ("equivalent", "gap")


class ReasonError(Exception):
    """mutants.toml says something that does not hold; the message names the entry."""


@dataclass(frozen=True)
class Reason:
    """Why a mutant survives: it is `equivalent`, or it shows a `gap` in the bench."""

    verdict: str
    text: str


def read_reasons(path: Path) -> dict[tuple[str, str, str], Reason]:
    """Reasons by file, original and mutated text; raises ReasonError for an unknown verdict."""
    entries = tomllib.loads(path.read_text()).get("mutant", []) if path.is_file() else []
    reasons = {}
    for entry in entries:
        if entry["verdict"] not in VERDICTS:
            raise ReasonError(f"{path}: {entry['original']}: verdict {entry['verdict']!r}")
        reason = Reason(entry["verdict"], " ".join(entry["reason"].split()))
        reasons[entry["file"], entry["original"], entry["mutated"]] = reason
    return reasons


def reason_of(mutant: Mutant, reasons: dict[tuple[str, str, str], Reason]) -> Reason | None:
    return reasons.get((mutant.file, one_line(mutant.original), mutant.mutated))


@dataclass(frozen=True)
class Summary:
    """How many mutants there were, by what became of them."""

    killed: int
    equivalent: int
    gaps: int
    unexplained: int

    @property
    def rate(self) -> float:
        """Killed, of those that change behaviour; what is not explained counts as changing it."""
        effective = self.killed + self.gaps + self.unexplained
        return self.killed / effective if effective else 0.0


def summarise(outcomes: dict[Mutant, Outcome], reasons: dict) -> Summary:
    survivors = [m for m, outcome in outcomes.items() if not outcome.killer]
    found = [reason_of(mutant, reasons) for mutant in survivors]
    verdicts = Counter(reason.verdict if reason else "" for reason in found)
    killed = len(outcomes) - len(survivors)
    return Summary(killed, verdicts["equivalent"], verdicts["gap"], verdicts[""])


def cell(text: str) -> str:
    """Text inside a Markdown table."""
    return one_line(text).replace("|", "\\|")


def code(text: str) -> str:
    return f"`{cell(text)}`"


def write_report(
    path: Path, engine: str, found: int, seed: int, outcomes: dict[Mutant, Outcome], reasons: dict
) -> None:
    """Write the Markdown report; the same outcomes give the same text."""
    summary = summarise(outcomes, reasons)
    killers = Counter(o.killer for o in outcomes.values() if o.killer)
    lines = [
        f"# Mutation run of {engine}",
        "",
        f"Written by `make mutate-{engine}`; do not edit. The RTL was broken in {len(outcomes)}",
        f"places, one at a time, drawn from {found} possible changes (sample seed {seed}), and the",
        f"benches of `make tb-{engine}` were run on each until one failed.",
        "",
        "| killed | equivalent | gaps | unexplained | kill rate |",
        "|---|---|---|---|---|",
        f"| {summary.killed} | {summary.equivalent} | {summary.gaps} | {summary.unexplained} "
        f"| {summary.rate:.1%} of those that change behaviour |",
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
            reason = reason_of(mutant, reasons) or Reason("unexplained", "")
            place = f"{mutant.file}:{mutant.line}"
            change = code(describe(mutant))
            lines.append(f"| {place} | {change} | {reason.verdict} | {cell(reason.text)} |")
    lines += ["", "## All mutants", "", "| place | kind | change | outcome |", "|---|---|---|---|"]
    for mutant, outcome in outcomes.items():
        place = f"{mutant.file}:{mutant.line}"
        result = f"{outcome.killer}: {cell(outcome.detail)[:90]}" if outcome.killer else "survived"
        lines.append(f"| {place} | {mutant.kind} | {code(describe(mutant))} | {result} |")
    path.write_text("\n".join(lines) + "\n")
