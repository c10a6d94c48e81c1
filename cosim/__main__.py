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
from cosim.serving import engine
from tb.sim import ROOT


@dataclass(frozen=True)
class Stage:
    """Modules that are run, with their arguments, and the sections that the last one leaves."""

    commands: tuple[tuple[str, ...], ...]
    sections: tuple[str, ...]


POLICIES = (engine.OURS, engine.LRU)  # that the serving model needs
STAGES = (
    Stage((("cosim.codec",),), ("accuracy", "compression")),
    Stage((("cosim.system",),), ("system",)),
    Stage((("cosim.memory_path",),), ("memory",)),
    Stage((("cosim.prefetch_path",),), ("prefetch",)),
    Stage((("tb.coherence",),), ("coherence",)),
    Stage(
        (
            ("cosim.prefetch_study", "--conversations", "2")
            + tuple(word for policy in POLICIES for word in ("--only", policy)),
            ("cosim.serving",),
        ),
        ("serving",),
    ),
)


def there(stage: Stage) -> bool:
    """Whether all that a stage leaves was made by these sources and settings."""
    found = [page.read(name) for name in stage.sections]
    return all(section is not None and section.key == page.key() for section in found)


def main() -> None:
    """Run what is missing and make the report; ends with 1 where a study fails."""
    for stage in STAGES:
        if there(stage):
            print(f"== {', '.join(stage.sections)}: there already", flush=True)
            continue
        for module, *arguments in stage.commands:
            print(f"== {module}", flush=True)
            begin = time.perf_counter()
            if subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT).returncode:
                raise SystemExit(f"{module} failed; `make cosim` goes on from there")
            print(f"== {module}: {time.perf_counter() - begin:.0f} s\n", flush=True)
    page.render()


main()
