"""``make cosim``: every study behind the report, then the report.

A study whose part of the report is there, made by these sources and settings, is not run again: a
run that was killed goes on where it was.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass

from cosim import page
from tb.sim import ROOT


@dataclass(frozen=True)
class Stage:
    """A module that is run, and the sections that it leaves."""

    module: str
    sections: tuple[str, ...]


STAGES = (
    Stage("cosim.codec", ("accuracy", "compression")),
    Stage("cosim.system", ("system",)),
    Stage("cosim.memory_path", ("memory",)),
    Stage("cosim.prefetch_path", ("prefetch",)),
    Stage("tb.coherence", ("coherence",)),
    Stage("cosim.serving", ("serving",)),
)


def there(stage: Stage) -> bool:
    """Whether all that a stage leaves was made by these sources and settings."""
    found = [page.read(name) for name in stage.sections]
    return all(section is not None and section.key == page.key() for section in found)


def main() -> None:
    """Run what is missing and make the report; ends with 1 where a study fails."""
    for stage in STAGES:
        if there(stage):
            print(f"== {stage.module}: there already", flush=True)
            continue
        print(f"== {stage.module}", flush=True)
        begin = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", stage.module], cwd=ROOT)
        if done.returncode:
            raise SystemExit(f"{stage.module} failed; `make cosim` goes on from there")
        print(f"== {stage.module}: {time.perf_counter() - begin:.0f} s\n", flush=True)
    page.render()


main()
