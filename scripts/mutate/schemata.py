"""One simulator that holds every mutant: a copy of the RTL in which each can be switched on.

An expression becomes ``((skv_mutant_pkg::active == N) ? (mutated) : (original))``, a dropped
statement ``if (skv_mutant_pkg::active != N)``.  `active` comes from the environment variable
SKV_MUTANT and is 0, no mutant, without it.  Every line keeps its number.

A watchdog counts the clocks of the top level, ends the simulation after SKV_MUTANT_CYCLES of them,
and reports the count.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from scripts.mutate.sites import Mutant, one_line
from tb.sim import ROOT, Bench

PACKAGE = "rtl/common/skv_mutant_pkg.sv"
CYCLES = "skv_mutant cycles:"
LIMIT = "skv_mutant: cycle limit reached"

PACKAGE_SV = """\
package skv_mutant_pkg;
  import "DPI-C" function int skv_mutant_active();
  int active = skv_mutant_active();
endpackage
"""

WATCHDOG_SV = """\
module skv_mutant_watchdog (input logic clk_i);
  import "DPI-C" function longint skv_mutant_limit();
  longint count = 0;
  longint limit = skv_mutant_limit();
  always @(posedge clk_i) begin
    count <= count + 1;
    if (count == limit) begin
      $display("LIMIT");
      $finish;
    end
  end
  final $display("CYCLES %0d", count);
endmodule

bind TOP skv_mutant_watchdog u_skv_mutant_watchdog (.clk_i(CLOCK));
"""

ENVIRONMENT_CPP = """\
#include <cstdlib>

static long long number(const char *name) {
  const char *text = getenv(name);
  return text ? atoll(text) : 0;
}

extern "C" int skv_mutant_active() { return number("SKV_MUTANT"); }
extern "C" long long skv_mutant_limit() { return number("SKV_MUTANT_CYCLES"); }
"""

# The copy is generated: what lint says of the sources is said elsewhere.
WAIVER_VLT = """\
`verilator_config
lint_off -file "{folder}/*"
lint_off -rule UNOPTFLAT -file "{folder}/*"
"""


def render(text: str, mutants: list[tuple[int, Mutant]]) -> str:
    """`text` with all numbered mutants in it; their ranges nest or are apart."""
    outermost_first = sorted(mutants, key=lambda m: (m[1].start, -m[1].end, m[0]))

    def rendered(start: int, end: int, inside: list[tuple[int, Mutant]]) -> str:
        parts, at = [], start
        while inside:
            number, mutant = inside[0]
            rest = inside[1:]
            nested = [m for m in rest if m[1].end <= mutant.end]
            inside = rest[len(nested) :]
            original = rendered(mutant.start, mutant.end, nested)
            parts += [text[at : mutant.start], switch(number, mutant, original)]
            at = mutant.end
        return "".join([*parts, text[at:end]])

    return rendered(0, len(text), outermost_first)


def switch(number: int, mutant: Mutant, original: str) -> str:
    """The text that stands for the original."""
    if mutant.kind == "dropped":
        return f"begin if (skv_mutant_pkg::active != {number}) {original} end"
    return f"((skv_mutant_pkg::active == {number}) ? ({mutant.mutated}) : ({original}))"


def write_copy(folder: Path, mutants: list[Mutant]) -> None:
    """Copy ``rtl/`` to ``folder/rtl``; mutant k of the list has the number k + 1."""
    shutil.rmtree(folder / "rtl", ignore_errors=True)
    shutil.copytree(ROOT / "rtl", folder / "rtl")
    by_file: dict[str, list[tuple[int, Mutant]]] = defaultdict(list)
    for number, mutant in enumerate(mutants, start=1):
        by_file[mutant.file].append((number, mutant))
    for file, numbered in by_file.items():
        (folder / file).write_text(render((ROOT / file).read_text(), numbered))
    (folder / PACKAGE).write_text(PACKAGE_SV)
    common = folder / "rtl" / "common" / "common.f"
    common.write_text(f"{PACKAGE}\n{common.read_text()}")
    (folder / "environment.cpp").write_text(ENVIRONMENT_CPP)
    (folder / "waiver.vlt").write_text(WAIVER_VLT.format(folder=folder))


def clock_of(bench: Bench, folder: Path) -> str:
    """``clk_i``, or ``clk`` where the top level makes its own (cosim/rtl/sim_clock.sv)."""
    paths = [ROOT / source for source in bench.sources]
    paths.append(folder / "rtl" / bench.engine / f"{bench.toplevel}.sv")
    (top,) = (path for path in paths if path.stem == bench.toplevel and path.is_file())
    return "clk" if "sim_clock" in top.read_text() else "clk_i"


def mutant_bench(bench: Bench, folder: Path) -> Bench:
    """The bench on the copy in `folder`."""
    watchdog = folder / f"watchdog_{bench.toplevel}.sv"
    text = WATCHDOG_SV.replace("TOP", bench.toplevel).replace("CLOCK", clock_of(bench, folder))
    watchdog.write_text(text.replace("LIMIT", LIMIT).replace("CYCLES", CYCLES))
    own = [str(path.relative_to(ROOT)) for path in (folder / "waiver.vlt", watchdog)]
    return replace(
        bench,
        name=f"{bench.name}-mutants",
        rtl=folder,
        sources=(own[0], *bench.sources, own[1]),
        build_args=(*bench.build_args, str(folder / "environment.cpp")),
    )


def describe(mutant: Mutant, width: int = 60) -> str:
    """The change in a line."""

    def short(text: str) -> str:
        line = one_line(text)
        return line if len(line) <= width else line[: width - 1] + "…"

    if mutant.kind == "dropped":
        return f"dropped: {short(mutant.original)}"
    return f"{short(mutant.original)} → {short(mutant.mutated)}"
