"""``make cosim``: every study behind the report, then the report.

A study whose part of the report is there, made by these sources and settings, is not run again: a
run that was killed goes on where it was.  Two studies run at a time, a thread each, and then those
that need what the others left, or the machine for themselves; what they print goes to
``build/report/logs``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from cosim import codec, page
from cosim.errors import ERRORS
from cosim.runs import PROCESSES
from cosim.serving import engine
from cosim.trace import load_traces
from models.calibration import calibrated
from models.llm import LLM
from tb.sim import ROOT

LOGS = page.REPORT / "logs"
TAIL = 30  # lines of a failed study's log


class StageError(Exception):
    """A study failed; the message has the end of its log."""


@dataclass(frozen=True)
class Stage:
    """Modules that are run, with their arguments, and the sections that they leave."""

    commands: tuple[tuple[str, ...], ...]
    sections: tuple[str, ...]

    @property
    def name(self) -> str:
        return " and ".join(self.sections)

    @property
    def log(self) -> Path:
        return LOGS / f"{self.sections[0]}.log"

    def there(self) -> bool:
        """Whether all that it leaves was made by these sources and settings."""
        found = [page.read(name) for name in self.sections]
        return all(section is not None and section.key == page.key() for section in found)

    def run(self, threads: int) -> str:
        """Run it; its name and time.  Raises StageError."""
        begin = time.perf_counter()
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        with self.log.open("w") as log:
            for command in self.commands:
                call = [sys.executable, "-m", *command]
                if subprocess.run(
                    call, cwd=ROOT, env=environment, stdout=log, stderr=log
                ).returncode:
                    end = self.log.read_text(errors="replace").splitlines()[-TAIL:]
                    raise StageError("\n".join((*end, f"{command[0]} failed: {self.log}")))
        return f"{self.name}: {time.perf_counter() - begin:.0f} s"


STUDY = ["cosim.prefetch_study", "--conversations", "2"]
for policy in (engine.OURS, engine.LRU):  # that the serving model needs
    STUDY += ["--only", policy]
STAGES = (  # the longest first
    Stage((("cosim.system",),), ("system",)),
    Stage((("cosim.codec",),), ("accuracy", "compression")),
    Stage((("cosim.prefetch_path",), tuple(STUDY)), ("prefetch",)),
    Stage((("cosim.memory_path",),), ("memory",)),
    Stage((("tb.coherence",),), ("coherence",)),
)
ALONE = (
    Stage((("cosim.serving",),), ("serving",)),
    Stage((("cosim.bench",),), ("speed",)),
)


def run_all(stages: tuple[Stage, ...], at_once: int) -> None:
    """Run those that are missing.  Raises StageError once all ended."""
    missing = [stage for stage in stages if not stage.there()]
    threads = PROCESSES // at_once  # of each
    failed = []
    with ThreadPoolExecutor(at_once) as pool, tqdm(total=len(missing), unit="study") as bar:
        for done in as_completed([pool.submit(stage.run, threads) for stage in missing]):
            try:
                bar.write(done.result())
            except StageError as error:
                failed.append(str(error))
            bar.update()
    if failed:
        raise StageError("\n\n".join(failed))


def prepare() -> None:
    """What several studies read: traces and calibration, so that no two of them make it."""
    llm = LLM(os.environ.get("MODEL") or None)
    scale = codec.Scale(os.environ.get("SCALE") or codec.Scale.DEFAULT)
    load_traces(llm, "evaluation", *codec.SIZES[scale])
    calibrated(llm)


def main() -> None:
    """Run what is missing and make the report; ends with 1 where a study fails."""
    LOGS.mkdir(parents=True, exist_ok=True)
    try:
        prepare()
        run_all(STAGES, PROCESSES)
        run_all(ALONE, 1)
    except StageError as error:
        raise SystemExit(f"{error}\n`make cosim` goes on from there") from None
    except ERRORS as error:
        raise SystemExit(f"error: {error}") from None
    page.render()


if __name__ == "__main__":
    main()
