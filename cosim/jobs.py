"""Work that is done once: jobs side by side, their results kept on disk.

A job is a function and its parameters.  Its result lies in ``build/results/<kind>/<key>/``; the key
changes with the parameters and with every source file, so a result that is there is reused, also
after a run that was killed.  It appears whole or not at all, and one that was damaged since is made
anew.  Jobs run in processes of this machine, or, with RAY_ADDRESS in the environment, on that Ray
cluster, whose workers see the same folder.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cosim.errors import ERRORS
from models.checksum import sha256, sha256_of_sources
from tb.sim import ROOT

FOLDER = ROOT / "build" / "results"
SOURCES = ("rtl", "models", "driver", "cosim", "tb")
RESULT = "result.json"


class JobError(Exception):
    """Jobs that cannot be run, or whose results cannot be kept; says where and what to do."""


@dataclass(frozen=True)
class Job:
    """`work` (a function of a module) gets the parameters and an empty folder for files that it
    leaves; it returns what JSON can hold.  `kind` and `label` name it for people.
    """

    kind: str
    label: str
    work: Callable[[dict[str, Any], Path], dict[str, Any]]
    parameters: dict[str, Any]

    @property
    def folder(self) -> Path:
        text = f"{sources()}:{json.dumps(self.parameters, sort_keys=True)}"
        return FOLDER / self.kind / hashlib.sha256(text.encode()).hexdigest()[:16]

    def result(self) -> dict[str, Any] | None:
        """What `work` returned, if it did and all that it left is as it was."""
        try:
            kept = json.loads((self.folder / RESULT).read_bytes())
            sound = kept["sha256"] == _seal(kept["value"], kept["files"]) and all(
                sha256(self.folder / name) == digest for name, digest in kept["files"].items()
            )
        except FileNotFoundError:
            sound = not self.folder.exists()
            kept = {"value": None}
        except (ValueError, KeyError, TypeError):
            sound = False
        if not sound:
            print(f"{self.folder}: damaged, made anew", file=sys.stderr)
            shutil.rmtree(self.folder)
            return None
        return kept["value"]

    def run(self) -> None:
        """Do the work and keep its result."""
        scratch = self.folder.with_suffix(".part")
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            scratch.mkdir(parents=True)
            value = self.work(self.parameters, scratch)
            files = {path.name: sha256(path) for path in sorted(scratch.iterdir())}
            kept = {"value": value, "files": files, "sha256": _seal(value, files)}
            (scratch / RESULT).write_text(json.dumps(kept, indent=1) + "\n")
            scratch.rename(self.folder)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise JobError(
                f"no space left for {scratch}: free some and run again, what is done is kept"
            ) from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@cache
def sources() -> str:
    return sha256_of_sources(ROOT, SOURCES)


def _seal(value: object, files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps([value, files], sort_keys=True).encode()).hexdigest()


def run_all(jobs: Sequence[Job], processes: int) -> list[dict[str, Any]]:
    """The results of all jobs, in their order; only those are run that have none yet.

    Raises JobError, and what a job raises.
    """
    ahead = [job for job in jobs if job.result() is None]
    if ahead:
        with tqdm(total=len(jobs), initial=len(jobs) - len(ahead), unit="job") as progress:
            for label in _finished(ahead, min(processes, len(ahead))):
                progress.set_postfix_str(label)
                progress.update()
    results = [job.result() for job in jobs]
    if None in results:
        raise JobError(f"{jobs[results.index(None)].folder}: gone since it was made; run again")
    return results


def _finished(jobs: Sequence[Job], processes: int) -> Iterator[str]:
    """Run jobs; their labels as they end."""
    if "RAY_ADDRESS" in os.environ:
        try:
            from ray.util.multiprocessing import Pool
        except ImportError:
            raise JobError("RAY_ADDRESS is set, but ray is missing: pip install ray") from None
        with Pool() as pool:
            yield from pool.imap_unordered(_run, jobs)
    elif processes == 1:
        yield from map(_run, jobs)
    else:
        with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
            for done in as_completed([pool.submit(_run, job) for job in jobs]):
                yield done.result()


def _run(job: Job) -> str:
    try:
        job.run()
    except ERRORS as error:  # not all of them can be sent between processes
        raise JobError(f"{job.kind}, {job.label}: {error}") from None
    return job.label
