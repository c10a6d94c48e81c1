"""Runs mutants against benches and says what caught each."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from rich.progress import track

from models.checksum import sha256_of_sources
from scripts.mutate.schemata import CYCLES, LIMIT, mutant_bench
from scripts.mutate.sites import Mutant, modules_under
from tb.sim import ROOT, Bench, Results, SimError, all_benches

JOBS = os.cpu_count() or 1
SLACK_CYCLES = 20_000  # that a mutant may take beyond twice the sound RTL's
# Against what hangs without a clock; long, as a sound run on a busy machine must not fall for it.
SLOWDOWN = 30
SLACK_SECONDS = 300


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: `killer` is "" for a survivor."""

    killer: str
    detail: str = ""
    bench: str = ""
    seconds: float = 0.0


# How a run's log, or else its failed test and that test's message, tell what caught a mutant.
LOG_KILLERS = (
    ("timeout", re.compile(rf"({LIMIT})")),
    ("assertion", re.compile(r"%Error: .*Assertion failed in (\S+):")),
    ("crash", re.compile(r"%Error: (.*)")),
)
TEST_KILLERS = (
    ("coverage goal", re.compile(r"bins never hit")),
    ("timeout", re.compile(r"pages missing|never came out")),
    ("throughput check", re.compile(r"^(Throughput|Latency)\b")),
    ("scoreboard", re.compile(r".")),
)


@dataclass(frozen=True)
class Baseline:
    """A bench on the copy of the RTL, and what its run took without a mutant.

    `quick` matches its shortest tests.
    """

    bench: Bench
    cycles: int
    seconds: float
    quick: str


def benches_of(engine: str) -> tuple[Bench, ...]:
    """Every bench whose engine it is: the coherency engine has some in tb/coherence and tb/staging.

    Raises ValueError for an engine without one.
    """
    found = tuple(bench for bench in all_benches() if bench.engine == engine)
    if not found:
        raise ValueError(f"no bench of {engine}: {sorted({b.engine for b in all_benches()})}")
    return found


def fingerprint(engine: str, seed: int, test: str) -> str:
    """Changes with everything that an outcome can depend on."""
    own = {bench.test_module.rpartition(".")[0].replace(".", "/") for bench in benches_of(engine)}
    folders = (f"rtl/{engine}", "rtl/common", *sorted(own), "tb/agents", "models")
    return sha256_of_sources(ROOT, folders, f"{engine}:{seed}:{test}")


class Cache:
    """Outcomes by bench and mutant in a JSON file; those of another fingerprint are forgotten."""

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        known = json.loads(path.read_text()) if path.is_file() else {}
        self.data = known if known.get("fingerprint") == key else {"fingerprint": key}

    def get(self, bench: Bench, mutant: Mutant) -> Outcome | None:
        found = self.data.get(f"{bench.id} {mutant.key}")
        return Outcome(**found) if found else None

    def put(self, bench: Bench, mutant: Mutant, outcome: Outcome) -> None:
        self.data[f"{bench.id} {mutant.key}"] = asdict(outcome)
        self.path.write_text(json.dumps(self.data, indent=1))


def simulate(bench: Bench, seed: int, test: str, number: int, cycles: int) -> Results:
    """One run with a mutant switched on (0: none), ended after `cycles`."""
    env = {
        "SKV_MUTANT": str(number),
        "SKV_MUTANT_CYCLES": str(cycles),
        "SKV_WHOLE_RUN": "0" if test else "1",
        "COCOTB_MAX_FAILURES": "1",
        "COCOTB_LOG_LEVEL": "WARNING",
    }
    return bench.run(seed, test, env=env, label=f"-mutant{number}")


def baseline(bench: Bench, folder: Path, seed: int, test: str) -> Baseline:
    """Build the bench on the copy and run it without a mutant; raises SimError if it fails."""
    mutated = mutant_bench(bench, folder)
    log = simulate(mutated, seed, test, 0, -1).log
    counts = re.findall(rf"{CYCLES} (\d+)", log.read_text(errors="replace"))
    tests = list(ElementTree.parse(log.with_name("results.xml")).iter("testcase"))
    seconds = sum(float(test.get("time", 0)) for test in tests)
    lengths = {test.get("name", ""): simulated_time(test) for test in tests}
    return Baseline(mutated, int(counts[-1]), seconds, "|".join(shortest(lengths)))


def simulated_time(test: Element) -> float:
    """How long a test of a JUnit file took, in its own time."""
    values = {item.get("name"): item.get("value", "") for item in test.iter("property")}
    return float(values.get("sim_time_duration", 0))


def shortest(lengths: dict[str, float]) -> list[str]:
    """The shortest tests, in simulated time, that together take a quarter of it at most."""
    left = sum(lengths.values()) / 4
    chosen: list[str] = []
    for name in sorted((name for name in lengths if lengths[name]), key=lengths.__getitem__):
        left -= lengths[name]
        if left >= 0:
            chosen.append(name)
    return chosen


def files_under(bench: Bench) -> set[str]:
    """The files of the modules in the bench's top level."""
    sources = tuple(ROOT / source for source in bench.sources if source.endswith(".sv"))
    modules = modules_under(bench.engine, sources, bench.toplevel)
    return {f"rtl/{folder}/{m}.sv" for m in modules for folder in ("common", bench.engine)}


def judge(error: SimError) -> tuple[str, str]:
    """What caught the mutant, and its words."""
    log = error.log.read_text(errors="replace") if error.log else str(error)
    for killer, pattern in LOG_KILLERS:
        if match := pattern.search(log):
            return killer, match.group(1)
    test, message = _failed_test(error)
    if not test:
        return "crash", str(error).splitlines()[0]
    words = f"{test}: {message}"
    return next(killer for killer, pattern in TEST_KILLERS if pattern.search(words)), words


def _failed_test(error: SimError) -> tuple[str, str]:
    """The first failed test's name and message, from the JUnit file beside the log."""
    results = error.log.with_name("results.xml") if error.log else None
    cases = ElementTree.parse(results).iter("testcase") if results and results.is_file() else []
    for case in cases:
        failure = case.find("failure")
        message = "" if failure is None else failure.get("error_msg") or failure.get("message", "")
        if failure is not None and "Regression stopped" not in message:
            return case.get("name", ""), message
    return "", ""


def run_mutant(base: Baseline, number: int, seed: int, test: str) -> Outcome:
    """Run the bench on one mutant, the shortest tests by themselves before all."""
    start = perf_counter()
    selections = [base.quick, test] if base.quick else [test]
    try:
        for selection in selections:
            simulate(base.bench, seed, selection, number, 2 * base.cycles + SLACK_CYCLES)
    except SimError as error:
        killer, detail = judge(error)
        name = base.bench.id.replace("-mutants", "")
        return Outcome(killer, detail[:300], name, perf_counter() - start)
    return Outcome("", seconds=perf_counter() - start)


def run_bench(
    bench: Bench, numbered: dict[int, Mutant], folder: Path, cache: Cache, seed: int, test: str
) -> dict[Mutant, Outcome]:
    """Outcomes of the numbered mutants that this bench contains, `JOBS` at a time."""
    files = files_under(bench)
    mine = {number: mutant for number, mutant in numbered.items() if mutant.file in files}
    ahead = {n: mutant for n, mutant in mine.items() if cache.get(bench, mutant) is None}
    if ahead:
        print(f"{bench.id}: building, then {len(ahead)} mutants", flush=True)
        base = baseline(bench, folder, seed, test)
        print(f"  {base.cycles} cycles and {base.seconds:.0f} s without a mutant", flush=True)
        os.environ["SIM_CMD_PREFIX"] = f"timeout {SLOWDOWN * base.seconds + SLACK_SECONDS:.0f}"
        with ThreadPoolExecutor(JOBS) as pool:
            calls = {pool.submit(run_mutant, base, n, seed, test): m for n, m in ahead.items()}
            for call in track(as_completed(calls), bench.id, total=len(calls)):
                cache.put(bench, calls[call], call.result())
        del os.environ["SIM_CMD_PREFIX"]
    return {mutant: cache.get(bench, mutant) for mutant in mine.values()}


def run_all(
    benches: tuple[Bench, ...],
    mutants: list[Mutant],
    folder: Path,
    cache: Cache,
    seed: int,
    test: str,
) -> dict[Mutant, Outcome]:
    """Run each mutant on the benches in turn until one fails; raises SimError for sound RTL."""
    outcomes = dict.fromkeys(mutants, Outcome(""))
    for bench in benches:
        alive = {n: m for n, m in enumerate(mutants, start=1) if not outcomes[m].killer}
        outcomes |= run_bench(bench, alive, folder, cache, seed, test)
    return outcomes
