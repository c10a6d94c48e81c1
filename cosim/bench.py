"""``make bench``: how fast the tools are, side by side in one run.

Machines differ and are noisy: ratios are what counts, and each figure is the best of a few runs.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
import typer
from matplotlib.figure import Figure
from tabulate import tabulate
from tqdm import tqdm

from cosim import bare, page
from cosim.bench_job import FOLDER
from cosim.int8rle import check
from cosim.report import svg
from cosim.simulation import INT8RLE, TOPS, run_rtl
from cosim.speckv import HEADLINE, table_index
from cosim.trace import load_traces
from models import int8rle, speckv
from models.calibration import LOSSLESS, Calibration, calibrated
from models.int8rle import Axis, Layout
from models.llm import LLM
from models.page import PAGE_BYTES
from tb.sim import BUILD, Bench

PAGES = 4000
REPEATS = 3
CAPTURED = 2, 2048  # conversations, tokens of each
CHAIN = Bench(
    name="bench-int8rle",
    engine="codec",
    toplevel="codec_chain_tb_top",
    test_module="cosim.bench_job",
    sources=("tb/codec/codec_chain_tb_top.sv",),
)


def best(measure: Callable[[], float]) -> float:
    """The highest of a few measured rates."""
    return max(measure() for _ in range(REPEATS))


def simulation_rates(pages: torch.Tensor, layout: Layout) -> dict[str, float]:
    """Pages a second through compressor and decompressor in RTL, by way of driving them."""
    rates = {}
    with tempfile.TemporaryDirectory(dir=BUILD) as folder, tqdm(total=3, desc="ways") as bar:
        run, _ = run_rtl(INT8RLE, pages.numpy(), np.full(len(pages), layout.flags))
        decoded = check(pages, layout, run, "bench")
        np.save(Path(folder) / "pages.npy", pages.numpy())
        np.save(Path(folder) / "decoded.npy", decoded.numpy())
        bar.update()
        CHAIN.run(seed=0, env={FOLDER: folder})
        for way in ("cocotbext_axi", "coroutine"):
            rates[way] = float((Path(folder) / f"{way}.txt").read_text())
        bar.update()
        harness = bare.build("int8rle_cosim_top", "codec", TOPS[:1])
        beats = pages.numpy().view(np.uint8).reshape(-1, 64)

        # In turns, so that both see the same machine.
        turns = []
        for _ in range(REPEATS):
            _, timing = run_rtl(INT8RLE, pages.numpy(), np.zeros(len(pages)))
            _, seconds = bare.run(harness, beats, 64)
            turns.append((len(pages) / float(timing.seconds), len(pages) / seconds))
        rates["transactor"], rates["bare C++"] = (max(rate) for rate in zip(*turns, strict=True))
        bar.update()
    return rates


def model_rates(
    pages: torch.Tensor, layout: Layout, calibration: Calibration, index: torch.Tensor
) -> dict[str, float]:
    """MB of raw pages a second through the torch models; index: the speckv table of each page."""
    megabytes = pages.numel() * 2 / 1e6

    def rate(work: Callable[[], object]) -> float:
        begin = time.perf_counter()
        work()
        return megabytes / (time.perf_counter() - begin)

    small = int8rle.compress(pages, layout)
    rates = {
        "int8rle compress": best(lambda: rate(lambda: int8rle.compress(pages, layout))),
        "int8rle decompress": best(
            lambda: rate(lambda: int8rle.decompress(small.data, small.units, small.raw))
        ),
    }
    for point in (HEADLINE, LOSSLESS):
        tables = calibration.tables(point)
        stored = speckv.compress(pages, tables, index)
        rates[f"speckv {point} compress"] = best(
            lambda t=tables: rate(lambda: speckv.compress(pages, t, index))
        )
        rates[f"speckv {point} decompress"] = best(
            lambda t=tables, s=stored: rate(
                lambda: speckv.decompress(s.data, s.units, s.raw, s.crc, t, index)
            )
        )
    return rates


def capture_cost(conversations: int, tokens: int) -> tuple[float, float]:
    """Seconds and peak GB of capturing traces, in a process of its own, model load included."""
    with tempfile.TemporaryDirectory(dir=BUILD) as folder:
        command = [sys.executable, "-m", "cosim.trace", "--conversations", str(conversations)]
        command += ["--tokens", str(tokens), "--out", folder]
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def section(rows: list[tuple[str, ...]], rates: dict[str, float]) -> page.Section:
    figure = Figure(figsize=(7.5, 1.8))
    axes = figure.subplots()
    axes.barh(list(rates), list(rates.values()))
    axes.set(xscale="log", xlabel="pages a second")
    return page.Section(
        name="speed",
        title="Speed of simulation",
        text="The paper's codec in RTL by ways of driving it, models, trace capture: one run.",
        headers=("what", "measured", ""),
        rows=rows,
        plot=svg(figure),
    )


def main(out: Path = Path("build/report/bench.json")):
    """Measure the simulation's, the model's and the capture's speed."""
    BUILD.mkdir(parents=True, exist_ok=True)
    # First, so that the peak memory of child processes is the capture's.
    seconds, gigabytes = capture_cost(*CAPTURED)
    llm = LLM()
    traced = load_traces(llm, "evaluation", 1, 2048)[0].pages()
    pages = traced.flatten(0, -2)[:PAGES].contiguous()
    calibration = calibrated(llm)
    index = table_index(calibration, traced)[:PAGES]
    layout = Layout(llm.cache_dtype, llm.head_dim, Axis.HEAD_DIM)  # TUSER 0
    rates = simulation_rates(pages, layout)
    ours = rates["transactor"]
    model = model_rates(pages, layout, calibration, index)
    conversations, tokens = CAPTURED
    rows = [
        *(
            (f"co-simulation, {way}", f"{rate:,.0f} pages/s", f"transactor: {ours / rate:.2f}x")
            for way, rate in rates.items()
        ),
        *(
            (f"torch model, {way}", f"{rate:.0f} MB/s", f"{rate * 1e6 / PAGE_BYTES:,.0f} pages/s")
            for way, rate in model.items()
        ),
        (
            f"trace capture, {conversations} x {tokens} tokens",
            f"{seconds:.0f} s",
            f"{gigabytes:.1f} GB peak",
        ),
    ]
    typer.echo(tabulate(rows, headers=("what", "measured", "")))
    page.write(section(rows, rates))
    out.parent.mkdir(parents=True, exist_ok=True)
    capture = {"seconds": seconds, "gigabytes": gigabytes}
    out.write_text(json.dumps({"pages_per_second": rates, "model": model, "capture": capture}))


if __name__ == "__main__":
    typer.run(main)
