"""``make faults-system``: faults in everything around the whole device in RTL, through its driver.

Bytes of device memory are damaged, memories answer with errors, poison or not at all, and resets
come in mid-traffic, while pages are stored and read by rings, prefetching and as memory.  Every
page that is handed over as good must be the model's, byte for byte; what a fault hits must be
marked, all else be good, nothing may hang, and without the fault all must work again.  Ends with
an error otherwise.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from tabulate import tabulate

from cosim.errors import ERRORS
from cosim.jobs import Job, JobError, run_all
from cosim.runs import PROCESSES
from tb.sim import ROOT
from tb.top import SINGLE

SYSTEM = replace(SINGLE, test_module="cosim.system_faults_job")
FAULTS = 10_000
# Environment of the simulation: how many faults; set if an expected page is to be wrong.
COUNT, MISLED = "SKV_FAULTS", "SKV_FAULTS_MISLED"
RESULT = "result.json"  # where it runs
REPORT = Path("build/report/faults-system.json")

# How the outcomes that the job counts are summed up; all others are statuses of completions.
COLUMNS = {
    "arrival": "prefetch",
    "lines": "lines",
    "command": "driver",
    "stuck": "driver",
    "no effect": "no effect",
    "cut": "no effect",
}
HEADERS = ("fault", "injected", "completion", "prefetch", "lines", "driver", "no effect")
NOTES = """\
completion: its status says so; prefetch: the arrival says that the page could not be had; lines:
poison to the host, errors to GPU and other devices, and an event; driver: an error of a command, or
"stuck"; no effect: not met (a link that nobody followed), or late and right, or cut off by a reset.

What is checked: stored pages by a CRC-32 with the table's, which their entries have too; entries,
pointers, root lines and links by a CRC-16 with their place; everything by poison and error
responses.  What has no check but these and is not damaged here: coherent lines and pages in the
staging area, the predictor's embeddings and states (a guess at worst), GPU memory.  And a page's
own entry of before passes for the new one, as long as the page of before is still where it was."""


@dataclass(frozen=True)
class Found:
    """What came of faults: by kind and outcome; pages handed over as good; what was wrong."""

    counts: Counter[tuple[str, str]]
    pages: int
    wrong: list[str]

    @classmethod
    def of(cls, results: list[dict[str, Any]]) -> Found:
        """Of what `inject` returned."""
        counts: Counter[tuple[str, str]] = Counter()
        for result in results:
            counts.update({(kind, outcome): n for kind, outcome, n in result["counts"]})
        wrong = [what for result in results for what in result["wrong"]]
        return cls(counts, sum(result["pages"] for result in results), wrong)


def inject(parameters: dict[str, Any], _: Path) -> dict[str, Any]:
    """A job: so many `faults` in one simulation with a `seed`; `misled` with one of the expected
    pages wrong, which must be noticed.  Raises SimError."""
    faults, seed, misled = (parameters[name] for name in ("faults", "seed", "misled"))
    env = {COUNT: str(faults)} | ({MISLED: "1"} if misled else {})
    log = SYSTEM.run(seed=seed, env=env, label="-misled" if misled else "").log
    result = json.loads((log.parent / RESULT).read_text())
    result["wrong"] = [f"seed {seed}, {what}" for what in result["wrong"]]
    return result


def campaign(faults: int, seed: int) -> Found:
    """Inject so many, in simulations side by side.  Raises JobError."""
    each = -(-faults // PROCESSES)
    jobs = []
    for number in range(seed, seed + PROCESSES):
        parameters = {"faults": each, "seed": number, "misled": False}
        jobs.append(Job("faults-system", f"seed {number}", inject, parameters))
    return Found.of(run_all(jobs, PROCESSES))


def table(counts: Counter[tuple[str, str]]) -> str:
    """A line a kind: how many, and how they were told of."""
    rows = []
    for kind in (*dict.fromkeys(kind for kind, _ in sorted(counts)), "all"):
        sums: Counter[str] = Counter()
        for (of, outcome), n in counts.items():
            if kind in (of, "all"):
                sums[COLUMNS.get(outcome, "completion")] += n
        rows.append((kind, sums.total(), *(sums[name] for name in HEADERS[2:])))
    return tabulate(rows, headers=HEADERS)


def main(
    faults: Annotated[int, typer.Option(min=1, help="How many, at least.")] = FAULTS,
    seed: Annotated[int, typer.Option(envvar="SEED")] = 1,
) -> None:
    """Faults around the whole device in RTL."""
    try:
        found = campaign(faults, seed)
    except (*ERRORS, JobError) as error:
        raise SystemExit(str(error)) from None
    print(table(found.counts))
    print(f"\n{NOTES}\n")
    path = ROOT / REPORT
    path.parent.mkdir(parents=True, exist_ok=True)
    kinds: dict[str, dict[str, int]] = {}
    for (kind, outcome), n in sorted(found.counts.items()):
        kinds.setdefault(kind, {})[outcome] = n
    data = {"seed": seed, "kinds": kinds, "pages": found.pages, "wrong": found.wrong}
    path.write_text(json.dumps(data, indent=1) + "\n")
    print(f"written to {REPORT}")
    if found.wrong:
        print("\n".join(("error:", *found.wrong[:10])), file=sys.stderr)
        sys.exit(1)
    print(
        f"{found.counts.total()} faults: no wrong page was handed over as good, of {found.pages} "
        "that were; nothing hung; without its fault everything was good again"
    )


if __name__ == "__main__":
    typer.run(main)
