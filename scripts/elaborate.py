"""Elaborate modules with a synthesis front end: ``python -m scripts.elaborate <engine>``.

Every module of ``rtl/<engine>/`` must elaborate as a top of its own in Yosys (slang reads the
SystemVerilog), with nothing unresolved, no conflicting drivers, no loops and no latches.
"""

import sys

from pyosys import libyosys

from tb.sim import ROOT, file_list

CHECKS = (
    "hierarchy -check",
    "proc",
    "check -assert",
    "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr",
)


def main(engine: str) -> None:
    files = file_list(engine)
    sources = " ".join(str(path) for path in files.sources)
    includes = " ".join(f"-I {path}" for path in files.includes)
    for path in sorted((ROOT / "rtl" / engine).glob("*.sv")):
        if path.stem.endswith("_pkg"):
            continue
        design = libyosys.Design()
        design.run_pass(f"read_slang {includes} --top {path.stem} {sources}")
        for check in CHECKS:
            design.run_pass(check)


main(*sys.argv[1:])
