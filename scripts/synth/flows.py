"""Synthesis flows, each run as a process: ``python -m scripts.synth.flows lut6 codec TOP``."""

from __future__ import annotations

import sys
from pathlib import Path

from tb.sim import BUILD, ROOT, file_list

OUT = BUILD.parent / "synth"

# Out of context: no I/O buffers, no clock buffers.  The last command of each writes the result.
FLOWS = {
    "alm": (
        "synth_intel_alm -family cyclonev -noiopad -noclkbuf -top {top}",
        "tee -q -o {out}.json stat -json",
    ),
    "lut6": (
        "synth_xilinx -family xcup -flatten -noiopad -noclkbuf -top {top}",
        "write_json {out}.json",
    ),
    "ecp5": ("synth_ecp5 -noiopad -top {top} -json {out}.json",),
}


def result(flow: str, top: str) -> Path:
    """Where the flow leaves its result."""
    return OUT / f"{top}.{flow}.json"


def main(flow: str, engine: str, top: str) -> None:
    from pyosys import libyosys

    files = file_list(engine)
    sources = " ".join(str(path.relative_to(ROOT)) for path in files.sources)
    includes = " ".join(f"-I {path.relative_to(ROOT)}" for path in files.includes)
    design = libyosys.Design()
    design.run_pass(f"read_slang -DSYNTHESIS {includes} --top {top} {sources}")
    for command in FLOWS[flow]:
        design.run_pass(command.format(top=top, out=result(flow, top).with_suffix("")))


if __name__ == "__main__":
    main(*sys.argv[1:])
