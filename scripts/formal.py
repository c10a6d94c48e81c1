"""Proofs: ``python -m scripts.formal [NAME ...]``, by yowasp-sby and Bitwuzla.  Harnesses: formal/.

``formal/<engine>.toml`` lists an engine's proofs; the file's first is a pattern for more::

    [[proof]]
    top = "skid_formal"           # formal/skid_formal.sv
    says = "what is proven"
    mode = "prove"                # by induction of this depth; "bmc": that many cycles from reset
    depth = 4
    [[proof.smaller]]             # a change that makes the RTL small enough, in all runs
    file = "rtl/coherence/coh_pkg.sv"
    original = "LineW = 32"
    mutated = "LineW = 3"
    [[proof.broken]]              # a change of the RTL with which the proof must fail
    file = "rtl/common/skv_skid.sv"
    original = "ready_i | ~valid_q"
    mutated = "ready_i"

A harness has ports ``clk_i``, ``rst_ni`` and whatever is free; each proof starts in reset, which
may come again.  It assumes with SKV_ASSUME; the RTL's own SKV_ASSERT and SKV_ASSUME are all proven.
SKV_COVER in the harness must be reachable within `reach`, so that no proof is empty.

Slang for Yosys knows no implications in properties, so the macros are rewritten to immediate
assertions on a copy of the sources (`immediate`).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from tabulate import tabulate

from tb.sim import ROOT, file_list

FOLDER = ROOT / "formal"
OUT = ROOT / "build" / "formal"
JOBS = 2
TOOLS = ("yosys", "yosys-smtbmc", "yosys-witness")
SOLVER = ROOT / "scripts" / "bitwuzla_solver.py"
MINUTES = 20  # of one run

_MACRO = re.compile(r"`SKV_(ASSERT|ASSUME|COVER)\(")
_SAMPLED = re.compile(r"\$(stable|past|rose|fell|changed)\(")
_SAMPLED_AS = {
    "stable": "(({x}) == {was})",
    "past": "{was}",
    "rose": "(({x}) && !{was})",
    "fell": "(!({x}) && {was})",
    "changed": "(({x}) != {was})",
}

_SBY = """\
[options]
mode {mode}
depth {depth}
skip {skip}

[engines]
smtbmc bitwuzla

[script]
read_slang --threads 1 -I . --top {top} {names}
prep -top {top}

[files]
{paths}
"""


class FormalError(Exception):
    """A proof cannot be run; the message says what is wrong where."""


@dataclass(frozen=True)
class Change:
    """What breaks the RTL: the first `original` in `file` becomes `mutated`."""

    file: str
    original: str
    mutated: str


@dataclass(frozen=True)
class Proof:
    """A harness and how it is proven."""

    engine: str
    top: str
    says: str
    mode: str
    depth: int
    reach: int = 0  # cycles to a cover or to a broken version's failure, if more than `depth`
    skip: int = 0  # cycles in which nothing is checked: what is proven says nothing of them
    long: bool = False  # minutes: left to make formal
    broken: tuple[Change, ...] = ()
    smaller: tuple[Change, ...] = ()

    @property
    def harness(self) -> Path:
        return FOLDER / f"{self.top}.sv"

    @property
    def far(self) -> int:
        """The depth of covers and broken versions."""
        return max(self.depth, self.reach)


@dataclass(frozen=True)
class Outcome:
    """What sby said (PASS, FAIL, UNKNOWN, ERROR, TIMEOUT) and where its log is."""

    status: str
    seconds: float
    log: Path


def proofs() -> list[Proof]:
    """Every proof of every engine; raises FormalError for an entry that is not as it should be."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text())["proof"]:
            changes = {
                kind: tuple(Change(**change) for change in entry.pop(kind, ()))
                for kind in ("broken", "smaller")
            }
            try:
                proof = Proof(engine=path.stem, **changes, **entry)
            except TypeError as error:
                raise FormalError(f"{path}: {error}") from None
            if proof.mode not in ("prove", "bmc"):
                raise FormalError(f"{path}: {proof.top}: mode is {proof.mode}, not prove or bmc")
            found.append(proof)
    return found


# ---- Sources: concurrent assertions become immediate ones ----


def _closing(text: str, start: int) -> int:
    """Where the parenthesis that was opened before `start` is closed."""
    depth = 1
    for at in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if not depth:
            return at
    raise FormalError(f"no closing parenthesis behind {text[start : start + 60]!r}")


def _statement(kind: str, name: str, prop: str) -> str:
    """A property as an immediate assertion, with the registers it needs."""
    if "##" in prop:
        raise FormalError(f"{name}: delays (##) are not rewritten; use |=> and registers")
    registers = []

    def sampled(text: str) -> str:
        while match := _SAMPLED.search(text):
            end = _closing(text, match.end())
            value = sampled(text[match.end() : end])
            was = f"{name}_was{len(registers)}_q"
            registers.append(
                f"var type({value}) {was}; always_ff @(posedge clk_i) {was} <= {value};"
            )
            new = _SAMPLED_AS[match[1]].format(x=value, was=was)
            text = text[: match.start()] + new + text[end + 1 :]
        return text

    parts = re.split(r"(\|->|\|=>)", prop)
    if len(parts) > 3:
        raise FormalError(f"{name}: more than one implication")
    before, arrow, after = parts if len(parts) == 3 else ("1'b1", "|->", prop)
    before, after = sampled(before.strip()), sampled(after.strip())
    if arrow == "|=>":
        registers.append(
            f"logic {name}_before_q;"
            f" always_ff @(posedge clk_i) {name}_before_q <= rst_ni && ({before});"
        )
        before = f"{name}_before_q"
    join = "&&" if kind == "cover" else "||"
    first = f"({before})" if kind == "cover" else f"!({before})"
    check = f"always_comb if (rst_ni) {name} : {kind} ({first} {join} ({after}));"
    return " ".join((*registers, check))


def immediate(text: str, *, harness: bool) -> str:
    """SystemVerilog text with its SKV_ASSERT, SKV_ASSUME and SKV_COVER as immediate assertions.

    Outside the harness assumptions are proven and covers left out.  Raises FormalError for a
    property that is more than an expression or one implication.
    """
    out, at = [], 0
    while match := _MACRO.search(text, at):
        end = _closing(text, match.end())
        name, prop = text[match.end() : end].split(",", 1)
        kind = match[1].lower()
        if not harness:
            kind = {"assert": "assert", "assume": "assert", "cover": ""}[kind]
        out.append(text[at : match.start()])
        if kind:
            out.append(_statement(kind, name.strip(), prop.strip()))
        at = end + 1
    return "".join((*out, text[at:]))


_RESET = """
  logic formal_started_q = 1'b0;
  always_ff @(posedge clk_i) formal_started_q <= 1'b1;
  always_comb if (!formal_started_q) assume (!rst_ni);

endmodule
"""


def _sources(proof: Proof, change: Change | None) -> dict[str, str]:
    """Name and text of each file that Yosys reads, headers first."""
    files = file_list(proof.engine)
    texts = {}
    headers = [path for folder in files.includes for path in sorted(folder.glob("*.svh"))]
    for path in (*headers, *files.sources):
        text = path.read_text()
        for made in (*proof.smaller, *([change] if change else [])):
            if path == ROOT / made.file:
                if made.original not in text:
                    raise FormalError(f"{proof.top}: {made.file} has no {made.original!r}")
                text = text.replace(made.original, made.mutated, 1)
        texts[path.name] = text if path.suffix == ".svh" else immediate(text, harness=False)
    text = immediate(proof.harness.read_text(), harness=True)
    texts[proof.harness.name] = text[: text.rindex("endmodule")] + _RESET
    return texts


# ---- Runs ----


def _environment() -> dict[str, str]:
    """The environment with the tools' names as sby wants them."""
    tools, folder = OUT / "bin", Path(sys.executable).parent
    tools.mkdir(parents=True, exist_ok=True)
    for tool in TOOLS:
        program = folder / f"yowasp-{tool}"
        if not program.exists():
            raise FormalError(f"{program} is missing: make setup")
        if not (tools / tool).exists():
            (tools / tool).symlink_to(program)
    solver = tools / "bitwuzla"
    if not solver.exists():
        solver.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SOLVER}" "$@"\n')
        solver.chmod(0o755)
    return {**os.environ, "PATH": f"{tools}{os.pathsep}{folder}{os.pathsep}{os.environ['PATH']}"}


def run(proof: Proof, mode: str, change: Change | None = None, label: str = "") -> Outcome:
    """Run sby on a copy of the sources."""
    folder = OUT / f"{proof.top}-{mode}{label}"
    source = folder / "in"
    source.mkdir(parents=True, exist_ok=True)
    texts = _sources(proof, change)
    for name, text in texts.items():
        (source / name).write_text(text)
    names = [name for name in texts if not name.endswith(".svh")]
    (folder / "proof.sby").write_text(
        _SBY.format(
            mode=mode,
            depth=proof.depth if change is None and mode == proof.mode else proof.far,
            skip=proof.skip if mode == "bmc" else 0,
            top=proof.top,
            names=" ".join(names),
            paths="\n".join(f"in/{name}" for name in texts),
        )
    )
    log = folder / "log.txt"
    begin = time.monotonic()
    with log.open("w") as file:
        try:
            subprocess.run(
                ["yowasp-sby", "-f", "-d", "run", "proof.sby"],
                cwd=folder,
                env=_environment(),
                stdout=file,
                stderr=file,
                timeout=60 * MINUTES,
            )
        except subprocess.TimeoutExpired:
            return Outcome("TIMEOUT", time.monotonic() - begin, log)
    found = re.findall(r"DONE \((\w+)", log.read_text())
    return Outcome(found[-1] if found else "ERROR", time.monotonic() - begin, log)


@dataclass(frozen=True)
class Verdict:
    """Of a proof: its own outcome, its covers' (None without), and its broken ones'."""

    proof: Proof
    proven: Outcome
    covered: Outcome | None
    broken: tuple[Outcome, ...]

    @property
    def problems(self) -> list[str]:
        """What is wrong, one line each."""
        wrong = []
        if self.proven.status != "PASS":
            wrong.append(f"{self.proof.top}: {self.proven.status}: {self.proven.log}")
        if self.covered and self.covered.status != "PASS":
            wrong.append(f"{self.proof.top}: a cover is not reached: {self.covered.log}")
        for change, outcome in zip(self.proof.broken, self.broken, strict=True):
            if outcome.status != "FAIL":
                what = f"{change.file}: {change.original!r} -> {change.mutated!r}"
                wrong.append(f"{self.proof.top}: {outcome.status} with {what}: {outcome.log}")
        return wrong

    @property
    def seconds(self) -> float:
        runs = (self.proven, *([self.covered] if self.covered else []), *self.broken)
        return sum(run.seconds for run in runs)


def check(proof: Proof) -> Verdict:
    """Prove, cover, and see that each broken version fails."""
    covers = "`SKV_COVER(" in proof.harness.read_text()
    return Verdict(
        proof,
        run(proof, proof.mode),
        run(proof, "cover") if covers else None,
        tuple(
            run(proof, proof.mode, change, f"-broken{i}") for i, change in enumerate(proof.broken)
        ),
    )


def main(names: Annotated[list[str] | None, typer.Argument(help="Proofs; all if none.")] = None):
    """Run proofs and print a table; fails if one fails, or if a broken one does not."""
    chosen = [proof for proof in proofs() if not names or proof.top in names]
    unknown = set(names or ()) - {proof.top for proof in chosen}
    if unknown:
        raise SystemExit(f"no proof is called {', '.join(sorted(unknown))}")
    rows, problems = [], []
    with ThreadPoolExecutor(JOBS) as pool:
        for verdict in pool.map(check, chosen):
            proof = verdict.proof
            how = f"induction, {proof.depth}" if proof.mode == "prove" else f"{proof.depth} cycles"
            caught = sum(outcome.status == "FAIL" for outcome in verdict.broken)
            rows.append(
                (
                    proof.top,
                    how,
                    verdict.proven.status,
                    verdict.covered.status if verdict.covered else "",
                    f"{caught} of {len(proof.broken)}",
                    f"{verdict.seconds:.0f}",
                    proof.says,
                )
            )
            problems += verdict.problems
            print(f"{verdict.proven.status:8}{proof.top}", flush=True)
    print(tabulate(rows, ("proof", "how", "result", "covers", "bugs caught", "s", "says")))
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    typer.run(main)
