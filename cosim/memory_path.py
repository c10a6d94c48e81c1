"""``make cosim-memory``: a real KV-cache into device memory and back, the whole memory path in RTL.

Traced conversations, each a request of a tenant of its own, run side by side.  At each decode step
the pages that were sealed since are stored, and the pages that each layer and KV head needs (the
top 12.5 % by attention mass) are loaded; both go on at once.  Every loaded page, every stored byte
in device memory and every entry of the page table is compared with the models.
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from matplotlib.figure import Figure
from tabulate import tabulate

from cosim import memory, page
from cosim.errors import ERRORS
from cosim.report import svg
from cosim.runs import PROCESSES, MismatchError
from cosim.simulation import JOB
from cosim.speckv import HEADLINE, coded
from cosim.trace import Trace, load_traces
from cosim.transactor import BUILD_ARGS, SOURCES
from models.calibration import Calibration, calibrated
from models.device_memory import PRESETS
from models.llm import LLM
from models.page import PAGE_BYTES
from tb.sim import BUILD, Bench

MEMORY_PATH = Bench(
    name="cosim-memory",
    engine="top",
    toplevel="memory_path_cosim_tb_top",
    test_module="cosim.memory_path_job",
    sources=(
        *SOURCES,
        *memory.SOURCES,
        "cosim/rtl/ring_watch_dpi.sv",
        "cosim/rtl/memory_path_cosim_top.sv",
        "cosim/rtl/memory_path_cosim_tb_top.sv",
    ),
    build_args=(
        *BUILD_ARGS,
        *memory.BUILD_ARGS,
        str(Path(__file__).with_name("ring_watch.cpp")),
    ),
)
NEEDED = 0.125  # of a request's pages at a step
PORT = 64  # bytes a cycle at most
SIZES = {"default": (2, 1024, 64), "full": (8, 4096, 64)}  # conversations, tokens, steps between


def needed_pages(mass: torch.Tensor, step: int, tokens_per_page: int) -> torch.Tensor:
    """bool ``[layers, kv_heads, sealed pages]``: needed at `step` and sealed before it.

    mass: a trace's, float16 ``[steps, layers, kv_heads, pages]``.
    """
    pages = -(-(step + 1) // tokens_per_page)
    here = mass[step, :, :, :pages].float()
    top = here.topk(max(1, round(NEEDED * pages)), -1).indices
    needed = torch.zeros_like(here, dtype=torch.bool).scatter_(-1, top, True)
    return needed[..., : step // tokens_per_page]


def prepare(folder: Path, trace: Trace, number: int, calibration: Calibration, every: int) -> None:
    """Write what the simulation needs of one request.

    pages, decoded: int16 ``[streams, pages, 2048]``; stored: uint8 ``[streams, pages, 4096]``;
    units, raw, crc: ``[streams, pages]``; reads: int32 ``[n, 3]``: step, stream, page.
    """
    pages = coded(trace, calibration, HEADLINE)
    layers, heads, kinds, count, values = pages.raw.shape
    stored = pages.stored
    reads = []
    mass = trace.mass
    for step in range(every - 1, trace.source.tokens, every):
        needed = needed_pages(mass, step, trace.source.tokens_per_page)
        layer, head, page = needed.nonzero(as_tuple=True)
        for kind in range(kinds):
            stream = (layer * heads + head) * kinds + kind
            reads.append(torch.stack([torch.full_like(page, step), stream, page], 1))
    streams = layers * heads * kinds
    arrays = {
        "pages": pages.raw.view(streams, count, values),
        "decoded": pages.decoded.view(streams, count, values),
        "stored": stored.data.view(streams, count, PAGE_BYTES),
        "units": stored.units.view(streams, count),
        "raw": stored.raw.view(streams, count),
        "crc": stored.crc.view(streams, count),
        "tables": pages.index.view(streams, count)[:, 0],
        "reads": torch.cat(reads).int(),
    }
    for name, array in arrays.items():
        np.save(folder / f"{name}{number}.npy", array.numpy())


@dataclass(frozen=True)
class Rate:
    """Pages each way in so many cycles."""

    stores: int
    loads: int
    cycles: int

    @property
    def store_bytes(self) -> float:
        """Raw bytes a cycle towards device memory."""
        return self.stores * PAGE_BYTES / self.cycles

    @property
    def load_bytes(self) -> float:
        """Raw bytes a cycle towards the host."""
        return self.loads * PAGE_BYTES / self.cycles


@dataclass(frozen=True)
class Measured:
    """What one memory gave.  Latencies in cycles: [median, 99th percentile, longest].

    decode: of the traced steps; store, load, both: pages one after another, nothing to wait for.
    alone, busy: latency by operation, from the fetch of the descriptor to its completion, of a
    descriptor alone and of the traced steps.
    walk: cycles a translation of a cold page takes less one of a warm page, of loads alone.
    """

    memory: str
    decode: Rate
    store: Rate
    load: Rate
    both: Rate
    alone: dict[str, list[int]]
    busy: dict[str, list[int]]
    walk: float
    hits: int
    misses: int
    walks: int
    merges: int
    raw_bytes: int
    stored_bytes: int
    pool_bytes: int
    gigabytes: float
    seconds: float

    @property
    def hit_rate(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def kept(self) -> float:
        """Share of the bytes that the codec saved that is room for others."""
        return (self.raw_bytes - self.pool_bytes) / (self.raw_bytes - self.stored_bytes)

    @classmethod
    def of(cls, data: dict) -> Measured:
        rates = {name: Rate(**data.pop(name)) for name in ("decode", "store", "load", "both")}
        return cls(**rates, **data)


def simulate(folder: Path, preset: str, job: int) -> Measured:
    """Run the prepared requests with one memory.  Raises MismatchError, SimError."""
    result = folder / f"{preset}.json"
    MEMORY_PATH.run(seed=1 + job, env={JOB: str(folder), "SKV_MEMORY": preset}, label=f"-{preset}")
    data = json.loads(result.read_text())
    if data["wrong"]:
        raise MismatchError(f"{preset}: " + "; ".join(data["wrong"]))
    del data["wrong"]
    return Measured.of(data)


def study(
    calibration: Calibration, traces: list[Trace], presets: list[str], every: int
) -> list[Measured]:
    """Each memory's figures, two simulations at a time.  Raises MismatchError, SimError."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="memory-", dir=BUILD) as name:
        folder = Path(name)
        tables = calibration.tables(HEADLINE)
        images = [np.frombuffer(table.image(), np.uint8) for table in tables.tables]
        np.save(folder / "tables.npy", np.stack(images))
        for number, trace in enumerate(traces):
            prepare(folder, trace, number, calibration, every)
        source = traces[0].source
        (folder / "job.json").write_text(
            json.dumps(
                {
                    "requests": len(traces),
                    "layers": source.layers,
                    "heads": source.kv_heads,
                    "tokens": source.tokens,
                    "tokens_per_page": source.tokens_per_page,
                    "every": every,
                }
            )
        )
        with ThreadPoolExecutor(PROCESSES) as pool:
            return list(pool.map(lambda j: simulate(folder, presets[j], j), range(len(presets))))


def lines(rows: list[Measured]) -> list[tuple[str, ...]]:
    """The figures as text, one column a memory."""
    figures = {
        "raw bytes a cycle, traced steps: stores": lambda m: f"{m.decode.store_bytes:.1f}",
        "traced steps: loads": lambda m: f"{m.decode.load_bytes:.1f}",
        "stores alone": lambda m: f"{m.store.store_bytes:.1f}",
        "loads alone, cold": lambda m: f"{m.load.load_bytes:.1f}",
        "both at once: stores": lambda m: f"{m.both.store_bytes:.1f}",
        "both at once: loads": lambda m: f"{m.both.load_bytes:.1f}",
        "cycles of one load": lambda m: _latency(m.alone["load"]),
        "of one store": lambda m: _latency(m.alone["store"]),
        "of a load in the traced steps": lambda m: _latency(m.busy["load"]),
        "TLB hit rate, traced steps": lambda m: f"{m.hit_rate:.1%}",
        "cycles of a walk": lambda m: f"{m.walk:.0f}",
        "ratio in device memory": lambda m: f"{m.raw_bytes / m.pool_bytes:.2f}x",
        "saved bytes that are room for others": lambda m: f"{m.kept:.1%}",
    }
    return [(name, *map(figure, rows)) for name, figure in figures.items()]


def plot(rows: list[Measured]) -> Figure:
    """Raw bytes a cycle each way, by memory and by what goes on."""
    figure = Figure(figsize=(7.5, 2.6))
    axes = figure.subplots()
    names = ("stores alone", "loads alone", "both: stores", "both: loads")
    for i, row in enumerate(rows):
        values = (
            row.store.store_bytes,
            row.load.load_bytes,
            row.both.store_bytes,
            row.both.load_bytes,
        )
        places = [n + 0.8 * (i + 0.5) / len(rows) - 0.4 for n in range(len(names))]
        axes.bar(places, values, 0.75 / len(rows), label=row.memory)
    axes.axhline(PORT, color="grey", ls=":", lw=0.8, label="a port's 64")
    axes.set(xticks=range(len(names)), xticklabels=names, ylabel="raw bytes a cycle", ylim=(0, 80))
    axes.legend(fontsize=7, ncols=4, loc="upper center")
    return figure


def section(title: str, headers: tuple[str, ...], rows: list[Measured]) -> page.Section:
    best = max(rows, key=lambda row: row.both.load_bytes)
    return page.Section(
        name="memory",
        title="Memory path",
        text=f"{title}. Rings, DMA, codec, address translation and page store in RTL; the memories "
        "behind them are modelled.",
        headers=headers,
        rows=lines(rows),
        plot=svg(plot(rows)),
        claims=[
            page.Claim(
                "address translation, TLB hit rate",
                "",
                f"{best.hit_rate:.1%}",
                "measured on the traced steps; walks under way at once are what counts",
            ),
            page.Claim(
                "one page loaded, cycles from its descriptor to its completion",
                "",
                ", ".join(f"{row.alone['load'][0]} ({row.memory})" for row in rows),
                "measured medians",
            ),
        ],
    )


def _latency(values: list[int]) -> str:
    return "{} / {} / {}".format(*values)


def main(
    scale: Annotated[str, typer.Option(envvar="SCALE", help="default or full.")] = "default",
    model: Annotated[Path | None, typer.Option(envvar="MODEL")] = None,
    out: Annotated[Path, typer.Option(help="Where the data goes.")] = Path("build/report/memory"),
):
    """A real KV-cache through the memory path in RTL."""
    if scale not in SIZES:
        raise typer.BadParameter(f"SCALE is {scale!r}, not one of {', '.join(SIZES)}")
    conversations, tokens, every = SIZES[scale]
    try:
        llm = LLM(model)
        traces = load_traces(llm, "evaluation", conversations, tokens)
        rows = study(calibrated(llm), traces, list(PRESETS), every)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    headers = ("device memory", *(row.memory for row in rows))
    pages = rows[0].decode.stores, rows[0].decode.loads
    title = (
        f"{len(traces)} conversations of {tokens} tokens: {pages[0]} pages stored, "
        f"{pages[1]} loaded, all equal to the models"
    )
    page.write(section(title, headers, rows))
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    plot(rows).savefig(out / "memory.png", dpi=110, bbox_inches="tight")
    typer.echo(f"{title}\n\n{tabulate(lines(rows), headers)}")
    typer.echo(f"\nlatencies: median / 99th percentile / longest\nwritten to {out}")


if __name__ == "__main__":
    typer.run(main)
