"""Synthesis flows, each run as a process: ``python -m scripts.synth.flows lut6 codec TOP``."""

from __future__ import annotations

import sys
from pathlib import Path

from tb.sim import BUILD, ROOT, file_list

OUT = BUILD.parent / "synth"

# An engine too large for an ECP5-85F is routed with these macros.
REDUCED = {"speckv": "SPECKV_LANES=16"}

XILINX = "synth_xilinx -family xcup -flatten -noiopad -noclkbuf -top {top}"

# Out of context: no I/O buffers, no clock buffers.  The last command of each writes the result.
FLOWS = {
    "alm": (
        "synth_intel_alm -family cyclonev -noiopad -noclkbuf -top {top}",
        "tee -q -o {out}.json stat -json",
    ),
    # Mapped to LUTs as if every LUT took the same time and nothing else took any: where cells have
    # delays, paths with time to spare are mapped deeper than they need to be.
    "lut6": (
        f"{XILINX} -run begin:map_luts",
        "opt_expr -mux_undef -noclkinv",
        "abc -lut 6",
        "clean",
        "xilinx_srl -fixed -minlen 3",
        "techmap -map +/xilinx/lut_map.v -map +/xilinx/cells_map.v -D LUT_WIDTH=6",
        "xilinx_dffopt",
        "opt_lut_ins -tech xilinx",
        f"{XILINX} -run finalize:check",
        "blackbox =A:whitebox",
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
    defines = "-D SYNTHESIS"
    if flow == "ecp5" and engine in REDUCED:
        defines += f" -D {REDUCED[engine]}"
    design.run_pass(f"read_slang {defines} {includes} --top {top} {sources}")
    for command in FLOWS[flow]:
        design.run_pass(command.format(top=top, out=result(flow, top).with_suffix("")))


if __name__ == "__main__":
    main(*sys.argv[1:])
