"""The speed limit of co-simulation: the same RTL and transactor under a C++ main, no Python."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from cosim.transactor import SOURCES
from tb.sim import BUILD, FAST, ROOT, STRICT, VERILATOR, SimError, file_list, tool_env


def build(toplevel: str, engine: str, sources: tuple[str, ...]) -> Path:
    """Compile `toplevel` (ports clk_i, rst_ni, done_o) with bare_harness.cpp; the executable.

    The top level has source 0, tap 0 and sink 1.  Raises SimError with what the tool said.
    """
    directory = BUILD / f"{toplevel}-bare"
    files = file_list(engine)
    harness = [ROOT / "cosim" / name for name in ("transactor.cpp", "bare_harness.cpp")]
    command = [VERILATOR, "--cc", "--exe", "--build", "-j", "2", "--prefix", "Vtop"]
    command += ["-Mdir", directory, "--top-module", toplevel, *STRICT, *FAST, "--timing"]
    command += [*(f"-I{path}" for path in files.includes), f"-I{ROOT / 'cosim' / 'rtl'}"]
    command += [*files.sources, *(ROOT / s for s in (*SOURCES[1:], *sources)), *harness]
    result = subprocess.run(command, cwd=ROOT, env=tool_env(), text=True, capture_output=True)
    if result.returncode:
        raise SimError(f"{toplevel}: bare build failed\n{result.stdout}{result.stderr}")
    return directory / "Vtop"


def run(executable: Path, beats: np.ndarray, length: int) -> tuple[np.ndarray, float]:
    """Send `beats`, uint8 ``[n, 64]``, as packets of `length`; the sink's beats and the seconds.

    Raises CalledProcessError if the batch fails.
    """
    with tempfile.TemporaryDirectory() as directory:
        into, out = Path(directory) / "in", Path(directory) / "out"
        beats.tofile(into)
        command = [executable, into, out, str(length)]
        result = subprocess.run(command, text=True, check=True, stdout=subprocess.PIPE)
        return np.fromfile(out, np.uint8).reshape(-1, 64), float(result.stdout)
