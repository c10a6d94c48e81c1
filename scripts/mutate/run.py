"""Runs mutants against benches and says what caught each."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from xml.etree import ElementTree

from scripts.mutate.schemata import CYCLES, LIMIT, mutant_bench
from scripts.mutate.sites import Mutant, modules_under
from tb.sim import ROOT, Bench, Results, SimError

JOBS = 2
SLACK_CYCLES = 20_000  # that a mutant may take beyond twice the sound RTL's
SLACK_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: `killer` is "" for a survivor."""

    killer: str
    detail: str = ""
    bench: str = ""
    seconds: float = 0.0


# How a run's log and its failed test tell what caught the mutant; the first that fits.
LOG_KILLERS = (
    ("timeout", re.compile(rf"({LIMIT})")),
    (
        "assertion",
        re.compile(r"[Aa]ssertion (?:failed in )?.*?(\w+(?:\.\w+)*: assertion \w+) failed"),
    ),
    ("assertion", re.compile(r"%Error: (.*)")),
)
MESSAGE_KILLERS = (
    (
        "timeout",
        re.compile(r"timeout|timed out|never came|no progress|in vain|nothing moves", re.I),
    ),
    ("coverage", re.compile(r"coverage|not covered|goal|never (?:seen|hit)", re.I)),
    ("throughput", re.compile(r"throughput|cycles|latency|a beat every|gap|starved", re.I)),
    ("scoreboard", re.compile(r".")),
)


@dataclass(frozen=True)
class Baseline:
    """A bench's run on the sound RTL: how long it took."""

    bench: Bench
    cycles: int
    seconds: float
    files: frozenset[str]  # of the modules in its top level


def fingerprint(engine: str, seed: int, test: str) -> str:
    """Changes with everything that an outcome can depend on."""
    digest = hashlib.sha256(f"{engine}:{seed}:{test}".encode())
    for folder in ("rtl", "tb", "models", "cosim"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".sv", ".svh", ".f", ".py", ".cpp"}:
                digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


class Cache:
    """Outcomes in a JSON file; those of another fingerprint are forgotten."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        known = json.loads(path.read_text()) if path.is_file() else {}
        self.data = known if known.get("fingerprint") == key else {"fingerprint": key}

    def get(self, mutant: Mutant) -> Outcome | None:
        found = self.data.get(mutant.key)
        return Outcome(**found) if found else None

    def put(self, mutant: Mutant, outcome: Outcome) -> None:
        self.data[mutant.key] = asdict(outcome)
        self.path.write_text(json.dumps(self.data, indent=1))


def simulate(bench: Bench, seed: int, test: str, number: int, cycles: int) -> Results:
    """One run with a mutant switched on (0: none), ended after `cycles`."""
    env = {
        "SKV_MUTANT": str(number),
        "SKV_MUTANT_CYCLES": str(cycles),
        "COCOTB_MAX_FAILURES": "1",
        "COCOTB_LOG_LEVEL": "WARNING",
    }
    return bench.run(seed, test, env=env, label=f"-mutant{number}")


def baseline(bench: Bench, folder: Path, seed: int, test: str) -> Baseline:
    """Build the bench on the copy and run it without a mutant; raises SimError if it fails."""
    mutated = mutant_bench(bench, folder)
    sources = tuple(ROOT / source for source in bench.sources if source.endswith(".sv"))
    modules = modules_under(bench.engine, sources, bench.toplevel)
    log = simulate(mutated, seed, test, 0, -1).log
    counts = re.findall(rf"{CYCLES} (\d+)", log.read_text(errors="replace"))
    tests = ElementTree.parse(log.with_name("results.xml")).iter("testcase")
    seconds = sum(float(test.get("time", 0)) for test in tests)
    files = {f"rtl/{folder}/{m}.sv" for m in modules for folder in ("common", bench.engine)}
    return Baseline(mutated, int(counts[-1]), seconds, frozenset(files))


def judge(error: SimError) -> tuple[str, str]:
    """What caught the mutant, and its words."""
    log = error.log.read_text(errors="replace") if error.log else str(error)
    for killer, pattern in LOG_KILLERS:
        if match := pattern.search(log):
            return killer, match.group(1)
    test, message = _failed_test(error)
    for killer, pattern in MESSAGE_KILLERS:
        if pattern.search(message):
            return killer, f"{test}: {message}"
    return "crash", str(error).splitlines()[0]


def _failed_test(error: SimError) -> tuple[str, str]:
    """The first failed test's name and message, from the JUnit file beside the log."""
    results = error.log.with_name("results.xml") if error.log else None
    cases = ElementTree.parse(results).iter("testcase") if results and results.is_file() else []
    for case in cases:
        failure = case.find("failure")
        if failure is not None:
            return case.get("name", ""), failure.get("error_msg") or failure.get("message") or ""
    return "", ""


def run_mutant(
    number: int, mutant: Mutant, baselines: list[Baseline], seed: int, test: str
) -> Outcome:
    """Run the benches that contain the mutant until one fails."""
    start = perf_counter()
    for base in baselines:
        if mutant.file not in base.files:
            continue
        try:
            simulate(base.bench, seed, test, number, 2 * base.cycles + SLACK_CYCLES)
        except SimError as error:
            killer, detail = judge(error)
            name = base.bench.id.replace("-mutants", "")
            return Outcome(killer, detail[:300], name, perf_counter() - start)
    return Outcome("", seconds=perf_counter() - start)


def run_all(
    mutants: list[Mutant], baselines: list[Baseline], cache: Cache, seed: int, test: str
) -> Iterator[tuple[Mutant, Outcome]]:
    """Outcomes as they come, `JOBS` simulations at a time."""
    limit = 10 * sum(base.seconds for base in baselines) + SLACK_SECONDS
    os.environ["SIM_CMD_PREFIX"] = f"timeout {limit:.0f}"
    with ThreadPoolExecutor(JOBS) as pool:
        futures = {}
        for number, mutant in enumerate(mutants, start=1):
            if known := cache.get(mutant):
                yield mutant, known
            else:
                call = pool.submit(run_mutant, number, mutant, baselines, seed, test)
                futures[call] = mutant
        for future in as_completed(futures):
            cache.put(futures[future], future.result())
            yield futures[future], future.result()
