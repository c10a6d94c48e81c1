"""``make serving``: what the engines would give LLM serving, and what the paper says they do.

Modelled: a discrete-event simulation of GPU, link and FPGA (`simulate`) whose engine figures were
measured in RTL or on real traces.  Writes build/report/serving/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from matplotlib.figure import Figure
from tabulate import tabulate
from tqdm import tqdm

from cosim import page
from cosim.report import svg
from cosim.serving import engine as engines
from cosim.serving import parameters as files
from cosim.serving import requests as sources
from cosim.serving.engine import ReportError
from cosim.serving.parameters import ParameterError
from cosim.serving.requests import Request, RequestError
from cosim.serving.simulate import Result, System, simulate
from cosim.serving.systems import Setting

FOLDER = engines.REPORTS / "serving"
PROCESSES = 2
SHARES = (0.125, 0.1875, 0.25, 0.375)  # of a request's cache on the GPU
BATCHES = (1, 2, 4, 8, 1 << 16)  # times what the GPU alone holds at once
LOAD = 0.7  # of what the GPU alone can take, where latency is looked at
PAPER = {"throughput": 3.2, "cost": 2.8, "latency": 0.082, "capacity": 8.0, "compressed": 24.0}
COUNT, TURNS = 600, 600
REFERENCE = ("LLaMA-2-7B", "A100")  # of the sensitivities


@dataclass(frozen=True)
class Best:
    """A system at the batch, and the share on the GPU, that serve it best."""

    system: System
    result: Result


def best(setting: Setting, systems: Iterable[System], alone: int, load: list[Request]) -> Best:
    """The one with the most tokens a second.  alone: requests that the GPU alone holds at once."""
    tried = []
    for system in systems:
        for times in BATCHES:
            limited = replace(system, most=times * alone)
            tried.append(Best(limited, simulate(limited, setting.gpu, setting.model, load)))
            if tried[-1].result.largest < limited.most:
                break
    return max(tried, key=lambda one: one.result.throughput)


def compare(setting: Setting, load: list[Request]) -> dict[str, Best]:
    """All systems, with requests always waiting."""
    first = setting.gpu_only()
    alone = simulate(first, setting.gpu, setting.model, load)
    found = {first.name: Best(first, alone)}
    families = (
        [setting.gpu_only(sparse=True)],
        [setting.host_dense()],
        [setting.host_sparse(share) for share in SHARES],
        [setting.ours(share) for share in SHARES],
    )
    for family in families:
        found[family[0].name] = best(setting, family, alone.largest, load)
    return found


def latencies(setting: Setting, found: dict[str, Best], count: int) -> dict[str, Result]:
    """The same systems with requests that arrive at a rate the GPU alone can take."""
    probe = sources.sharegpt(count, 0)
    output = sum(request.output for request in probe) / count
    rate = LOAD * found["GPU only"].result.throughput / output
    load = sources.sharegpt(count, rate)
    return {
        name: simulate(one.system, setting.gpu, setting.model, load) for name, one in found.items()
    }


def prefixes(setting: Setting, load: list[Request]) -> dict[str, Result]:
    return {
        system.name: simulate(system, setting.gpu, setting.model, load)
        for system in setting.prefixes()
    }


def cost(setting: Setting, share: float) -> float:
    """Dollars for the memory that holds a byte of cache, GPU only over ours: with `share` of it on
    the GPU, the FPGA's price spread over the pool."""
    price, engine = setting.parameters.price, setting.engine
    card = price.fpga / setting.parameters.pool_gigabytes
    ours = share * price.hbm_gb + (price.dram_gb + card) / engine.ratio
    return price.hbm_gb / ours


# ---- Tables ----


def pair(result: Result, times: list[float], unit: float = 1.0, digits: int = 2) -> str:
    """Median and 99th percentile."""
    return " / ".join(f"{result.percentile(times, q) / unit:.{digits}f}" for q in (50, 99))


def row(name: str, one: Best, first: Result, timed: Result) -> list:
    result = one.result
    return [
        name,
        f"{one.system.resident:.0%}" if one.system.fetch else "",
        result.largest,
        f"{result.throughput:.0f}",
        f"{result.throughput / first.throughput:.2f}",
        pair(timed, timed.first),
        pair(timed, timed.each, 1e-3, 0),
    ]


HEADS = ["system", "on GPU", "batch", "tokens/s", "x", "first token, s", "each other, ms"]


def one_setting(setting: Setting, count: int) -> dict:
    load = sources.sharegpt(count, 0)
    found = compare(setting, load)
    timed = latencies(setting, found, count)
    first = found["GPU only"].result
    return {
        "model": setting.model.name,
        "gpu": setting.gpu.name,
        "rows": [row(name, one, first, timed[name]) for name, one in found.items()],
        "gain": found["CXL-SpecKV"].result.throughput / first.throughput,
        "sparse_gain": found["GPU only, needed pages"].result.throughput / first.throughput,
        "share": found["CXL-SpecKV"].system.resident,
        "capacity": setting.pool / setting.free,
        "free": setting.free,
    }


def same_batch(setting: Setting, share: float, count: int) -> float:
    """How much longer a token takes than on the GPU alone, at the batch that the GPU holds."""
    load = sources.sharegpt(count, 0)
    alone = simulate(setting.gpu_only(), setting.gpu, setting.model, load)
    half = max(1, alone.largest // 2)  # nothing is preempted
    times = [
        simulate(replace(system, most=half), setting.gpu, setting.model, load)
        for system in (setting.gpu_only(sparse=True), setting.ours(share))
    ]
    base, ours = (time.percentile(time.each, 50) for time in times)
    return ours / base - 1


def gain(changed: Setting, share: float, alone: Result, load: list[Request]) -> float:
    """In throughput over the GPU alone."""
    found = best(changed, [changed.ours(share)], alone.largest, load)
    return found.result.throughput / alone.throughput


def sensitivity(
    setting: Setting, share: float, count: int, pool: Executor
) -> dict[str, list[tuple[float, float]]]:
    """Gain in throughput over the GPU alone, as one thing changes; `share` on the GPU."""
    load = sources.sharegpt(count, 0)
    alone = simulate(setting.gpu_only(), setting.gpu, setting.model, load)

    def link(rate: float) -> Setting:
        p = setting.parameters
        name = setting.link
        links = p.links | {name: replace(p.links[name], gigabytes_s=rate)}
        return replace(setting, parameters=replace(p, links=links))

    def clock(megahertz: float) -> Setting:
        return replace(setting, parameters=replace(setting.parameters, megahertz=megahertz))

    def ratio(value: float) -> Setting:
        return replace(setting, engine=replace(setting.engine, ratio=value))

    def misses(factor: float) -> Setting:
        ours = {
            share: replace(one, demand=one.demand * factor, early=one.early * factor)
            for share, one in setting.engine.ours.items()
        }
        return replace(setting, engine=replace(setting.engine, ours=ours))

    ratios = sorted((1, 2, 4, 8, setting.engine.ratio))
    points = {
        "clock, MHz": [(x, clock(x), share) for x in (300, 400, 500, 600, 800)],
        "ratio": [(x, ratio(x), share) for x in ratios],
        "misses and early pages, times measured": [
            (x, misses(x), share) for x in (0, 0.25, 0.5, 1, 2)
        ],
        "link, GB/s each way": [(x, link(x), share) for x in (12.8, 25.6, 46, 64, 128)],
        "share of the cache on the GPU": [(x, setting, x) for x in SHARES],
    }
    gains = {
        name: [(x, pool.submit(gain, *changed, alone, load)) for x, *changed in ways]
        for name, ways in points.items()
    }
    return {name: [(x, one.result()) for x, one in found] for name, found in gains.items()}


def plot(found: dict[str, list[tuple[float, float]]]) -> Figure:
    figure = Figure(figsize=(3 * len(found), 2.8))
    axes = figure.subplots(1, len(found), sharey=True)
    for axis, (name, points) in zip(axes, found.items(), strict=True):
        axis.plot(*zip(*points, strict=True), marker="o")
        axis.set_xlabel(name)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("tokens/s, GPU only = 1")
    axes[0].set_ylim(bottom=0)
    figure.tight_layout()
    return figure


def section(judged: list[list], mine: dict, changes: dict) -> page.Section:
    return page.Section(
        name="serving",
        title="Serving",
        text=f"Modelled: {' on '.join(REFERENCE)}, ShareGPT lengths, requests always waiting; what "
        "the engines do is measured, GPU, link and memories are in cosim/serving/parameters.toml.",
        headers=HEADS,
        rows=mine["rows"],
        plot=svg(plot(changes)),
        claims=[
            page.Claim(claim, paper, ours, f"modelled; {basis}")
            for claim, paper, ours, basis in judged
        ],
    )


def claims(reference: dict, slower: float, cheaper: float, ratio: float) -> list[list]:
    """Paper, ours, and what it hinges on."""
    return [
        [
            "throughput, times GPU only",
            f"{PAPER['throughput']}",
            f"{reference['gain']:.2f}",
            f"of it {reference['sparse_gain']:.2f} is reading needed pages only, without any FPGA",
        ],
        [
            "a token's latency, same batch",
            f"+{PAPER['latency']:.1%}",
            f"{slower:+.1%}",
            "misses: a round trip a layer; against needed pages all on the GPU",
        ],
        [
            "cost of memory",
            f"{PAPER['cost']} times less",
            f"{cheaper:.2f} times less",
            "price of HBM over DRAM; the share on the GPU; without the FPGA's price",
        ],
        [
            "capacity",
            f"{PAPER['capacity']:.0f}",
            f"{reference['capacity']:.1f}",
            "how much memory is put beside the GPU",
        ],
        [
            "capacity, compressed",
            f"{PAPER['compressed']:.0f}",
            f"{reference['capacity'] * ratio:.1f}",
            f"that times the ratio, {ratio:.2f}",
        ],
    ]


def main(
    memory: Annotated[str, typer.Option(help="Device memory: hbm, ddr5 or cxl.")] = "ddr5",
    link: Annotated[str, typer.Option(help="The FPGA's, of parameters.toml.")] = "cxl",
    trace: Annotated[
        Path | None, typer.Option(help="Requests for prefix reuse: Mooncake .jsonl, Azure .csv.")
    ] = None,
    count: Annotated[int, typer.Option(min=10, help="Requests of a run.")] = COUNT,
) -> None:
    """Print the tables, write them and the plots."""
    try:
        p, engine = files.load(), engines.load(memory)
        turns = sources.read(trace) if trace else sources.conversations(TURNS, 0.5, 30.0)
    except (ParameterError, ReportError, RequestError) as error:
        raise SystemExit(str(error)) from None
    if link not in p.links:
        raise SystemExit(f"--link {link}: parameters.toml has {', '.join(p.links)}")
    settings = [
        Setting(p, engine, gpu, model, link)
        for model in p.models.values()
        for gpu in p.gpus.values()
    ]
    (reference,) = (s for s in settings if (s.model.name, s.gpu.name) == REFERENCE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(PROCESSES) as pool:
        kept = pool.map(partial(prefixes, load=turns), settings)
        made = pool.map(partial(one_setting, count=count), settings)
        tables = list(tqdm(made, "model x GPU", total=len(settings), leave=False))
        reuse = list(kept)
        mine = next(t for t in tables if (t["model"], t["gpu"]) == REFERENCE)
        changes = sensitivity(reference, mine["share"], count, pool)
    slower = same_batch(reference, mine["share"], count)
    judged = claims(mine, slower, cost(reference, mine["share"]), engine.ratio)

    print("modelled; ShareGPT lengths; engine figures measured by make cosim-memory and others\n")
    print(f"{REFERENCE[0]} on {REFERENCE[1]}:")
    print(tabulate(judged, ["", "paper", "ours", "what it hinges on"], disable_numparse=True))
    for table in tables:
        print(
            f"\n{table['model']} on {table['gpu']}, requests always waiting; latency at {LOAD:.0%}"
        )
        print(tabulate(table["rows"], HEADS, disable_numparse=True))
    print(f"\nprefixes kept for later requests ({trace or 'ShareGPT turn by turn'}):")
    print(tabulate(prefix_rows(settings, reuse), PREFIX_HEADS, disable_numparse=True))
    print("\ngain over the GPU alone as one thing changes:")
    for name, points in changes.items():
        print(f"  {name}: " + ", ".join(f"{x:g}: {y:.2f}" for x, y in points))
    plot(changes).savefig(FOLDER / "sensitivity.png", dpi=120)
    page.write(section(judged, mine, changes))
    data = {"claims": judged, "tables": tables, "sensitivity": changes, "engine": asdict(engine)}
    (FOLDER / "report.json").write_text(json.dumps(data, indent=1, default=str))
    print(f"\nreport: {FOLDER.relative_to(engines.REPORTS.parent.parent)}")


PREFIX_HEADS = ["model, GPU", "prefixes", "reused", "requests/s", "first token, s (50 / 99 %)"]


def prefix_rows(settings: list[Setting], reuse: list[dict[str, Result]]) -> list[list]:
    return [
        [
            f"{setting.model.name}, {setting.gpu.name}",
            name,
            f"{result.reused / max(1, result.prompt):.0%}",
            f"{len(result.first) / result.seconds:.2f}",
            pair(result, result.first),
        ]
        for setting, results in zip(settings, reuse, strict=True)
        for name, result in results.items()
    ]


if __name__ == "__main__":
    typer.run(main)
