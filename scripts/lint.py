"""Everything that judges the sources without running them: ``make lint``.

- ruff, check and format, on all Python
- Verilator with -Wall on each module as its own top, without waivers; the whole device also with
  two and four lanes and channels
- verible-verilog-lint on all SystemVerilog that is written by hand, with the rules of verible.rules
- Yosys with slang on each module in rtl/ (`scripts.elaborate`)

One line a check; a check that fails shows what its tool said.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from scripts.formal import proofs
from tb.sim import ROOT, STRICT, VERILATOR, by_hand, file_list, tool_env

JOBS = 2
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """One command that must return 0."""

    name: str
    command: list[str | Path]

    def run(self) -> tuple[Check, subprocess.CompletedProcess[str]]:
        result = subprocess.run(
            self.command,
            cwd=ROOT,
            env=tool_env(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return self, result


def systemverilog() -> list[Path]:
    """Every SystemVerilog file in the repository that is written by hand."""
    folders = ("rtl", "tb", "cosim", "formal")
    files = (path for folder in folders for path in (ROOT / folder).rglob("*.sv*"))
    return sorted(filter(by_hand, files))


def engines() -> list[str]:
    """Every engine: a folder of rtl/ with a file list."""
    return sorted(path.stem for path in (ROOT / "rtl").glob("*/*.f"))


def checks() -> Iterator[Check]:
    """All checks, the slow ones first."""
    for engine in engines():
        yield Check(f"yosys {engine}", [sys.executable, "-m", "scripts.elaborate", engine])
    for engine in engines():
        files = file_list(engine)
        includes = [f"-I{path}" for path in files.includes]
        for path in sorted((ROOT / "rtl" / engine).glob("*.sv")):
            if not path.stem.endswith("_pkg"):
                top = ["--lint-only", *STRICT, "--top-module", path.stem]
                command = [VERILATOR, *top, *includes, *files.sources]
                yield Check(f"verilator {path.stem}", command)
    files = file_list("top")
    for lanes in (2, 4):
        sizes = [f"-GLanes={lanes}", f"-GChannels={lanes}"]
        top = ["--lint-only", *STRICT, *sizes, "--top-module", "cxl_speckv"]
        command = [VERILATOR, *top, *(f"-I{path}" for path in files.includes), *files.sources]
        yield Check(f"verilator cxl_speckv, {lanes} lanes and channels", command)
    lists = [file_list(engine) for engine in engines()]
    rtl = dict.fromkeys(source for files in lists for source in files.sources)
    includes = [f"-I{path}" for files in lists for path in files.includes]
    for path in sorted((ROOT / "cosim").rglob("*.sv")):
        how = ["--lint-only", "--timing", "--timescale", "1ns/1ps", *STRICT]
        where = [*includes, f"-I{path.parent}", *rtl, path]
        command = [VERILATOR, *how, "--top-module", path.stem, *where]
        yield Check(f"verilator {path.stem}", command)
    for proof in proofs():
        files = file_list(proof.engine)
        where = [*(f"-I{path}" for path in files.includes), *files.sources, proof.harness]
        command = [VERILATOR, "--lint-only", *STRICT, "--top-module", proof.top, *where]
        yield Check(f"verilator {proof.top}", command)
    rules = ["--rules_config", ROOT / "scripts" / "verible.rules"]
    yield Check("verible", [BIN / "verible-verilog-lint", *rules, *systemverilog()])
    yield Check("ruff check", [BIN / "ruff", "check", "--quiet", "."])
    yield Check("ruff format", [BIN / "ruff", "format", "--check", "--quiet", "."])


def main() -> int:
    """Run all checks; returns how many failed."""
    failed = 0
    with ThreadPoolExecutor(JOBS) as pool:
        for check, result in pool.map(Check.run, checks()):
            print(f"{'FAIL' if result.returncode else 'ok':5}{check.name}", flush=True)
            if result.returncode:
                failed += 1
                print(result.stdout)
    return failed


if __name__ == "__main__":
    sys.exit(main() > 0)
