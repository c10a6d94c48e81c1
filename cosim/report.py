"""The report: one self-contained HTML file, and its data as JSON."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure
from tabulate import tabulate

from cosim import page
from cosim.study import KINDS, L1, AccuracyRow, Ratio, Study

TEMPLATE = "report.html.j2"
COLOURS = {"K": "#1f77b4", "V": "#d62728"}
PAPER_RATIO = (2.5, 4.0)
PAPER_LATENCY = 25
LATENCY_BASIS = {
    "int8rle": "in: beyond the two passes over the page",
    "speckv": "in: beyond the two passes over the page; out: from its last stored beat, with the "
    "wait for the page before",
}

mpl.rcParams["svg.hashsalt"] = "cxl-speckv"  # the same data, the same file


@dataclass(frozen=True)
class Written:
    """Where the report is, and its headline table as text."""

    html: Path
    json: Path
    table: str


def headline(study: Study) -> list[dict[str, str]]:
    """Claimed against measured: rows of claim, paper, ours and what ours rests on."""
    ratio, accuracy = {"int8rle": _int8rle, "speckv": _speckv}[study.codec](study)
    return [*ratio, *accuracy, *_timing(study)]


def _timing(study: Study) -> list[dict[str, str]]:
    """What is claimed of an engine's speed."""
    timing = study.timing
    return [
        {
            "claim": "throughput of each engine",
            "paper": "64 bytes/cycle",
            "ours": f"{timing.bytes_per_cycle:.1f} bytes/cycle",
            "basis": f"measured, {timing.cycles_per_page:.2f} cycles a page, back to back",
        },
        {
            "claim": "bandwidth",
            "paper": "51.2 GB/s at 800 MHz",
            "ours": f"{timing.gigabytes_per_second[400]:.1f} GB/s at 400 MHz, "
            f"{timing.gigabytes_per_second[800]:.1f} at 800",
            "basis": "cycles measured, clocks assumed",
        },
        {
            "claim": "pipeline latency",
            "paper": "25 cycles",
            "ours": f"{timing.compressor.p50} cycles in, {timing.decompressor.p50} out",
            "basis": f"measured medians; {LATENCY_BASIS[study.codec]}",
        },
    ]


def _int8rle(study: Study) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What is claimed of the paper's codec: ratio, accuracy."""
    in_rtl, *_ = study.accuracy
    alone = next(row for row in study.accuracy if row.how == "modelled")
    raw = " and ".join(f"{ratio.stored_raw:.0%}" for ratio in study.ratios)
    ratio = [
        {
            "claim": "compression ratio",
            "paper": "2.5 to 4x",
            "ours": ", ".join(f"{r.overall:.2f}x ({r.variant})" for r in study.ratios),
            "basis": f"measured, {study.timing.pages} pages through the RTL; {raw} of them do not "
            "shrink and are stored raw",
        },
        {
            "claim": "ratio without run-length (INT8 alone)",
            "paper": "",
            "ours": f"{alone.ratio:.2f}x",
            "basis": "modelled, header and padding counted",
        },
    ]
    accuracy = [
        {
            "claim": "accuracy kept",
            "paper": "99.5 %",
            "ours": _kept(in_rtl),
            "basis": "measured, the RTL's bytes in the LLM's attention; pages stored raw come "
            "back exact",
        },
        {
            "claim": "accuracy kept by INT8 alone",
            "paper": "99.5 %",
            "ours": _kept(alone),
            "basis": "modelled, errors fed forward from layer to layer",
        },
    ]
    return ratio, accuracy


def _speckv(study: Study) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """What is claimed of a codec, and what speckv does: ratio, accuracy."""
    ratio = [
        {
            "claim": f"compression ratio, operating point {r.variant}",
            "paper": "" if i else "2.5 to 4x",
            "ours": f"{r.overall:.2f}x (K {r.by_kind['K']:.2f}x, V {r.by_kind['V']:.2f}x)",
            "basis": "measured, every page through the RTL; headers, checksums and padding "
            f"counted; {r.stored_raw:.2%} of pages stored raw",
        }
        for i, r in enumerate(study.ratios)
    ]
    accuracy = [
        {
            "claim": f"accuracy kept, {row.cache.removeprefix('speckv ')}"
            + ("" if row.region == L1 else f", {row.region}"),
            "paper": "99.5 %",
            "ours": _kept(row),
            "basis": f"{row.how}; {row.region}",
        }
        for row in study.accuracy
    ]
    return ratio, accuracy


def _kept(row: AccuracyRow) -> str:
    return (
        f"{row.accuracy.agreement.value:.2%} next-token agreement, "
        f"{row.accuracy.perplexity_change.value:+.2%} perplexity"
    )


def accuracy_rows(study: Study) -> list[dict[str, str]]:
    """The accuracy table, formatted; errors are standard errors over conversations."""
    return [
        {
            "cache": row.cache,
            "region": row.region,
            "how": row.how,
            "ratio": f"{row.ratio:.2f}x",
            "perplexity": f"{row.accuracy.perplexity.value:.3f}",
            "change": f"{row.accuracy.perplexity_change.value:+.3%} "
            f"± {row.accuracy.perplexity_change.error:.3%}",
            "agreement": f"{row.accuracy.agreement.value:.2%} ± {row.accuracy.agreement.error:.2%}",
            "kl": f"{row.accuracy.kl.value:.5f}",
        }
        for row in study.accuracy
    ]


def svg(figure: Figure) -> str:
    """A figure as an element of HTML."""
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    text = file.getvalue()
    return text[text.index("<svg") :]


def plot_ratio(study: Study) -> Figure:
    """Ratio by layer, one line a kind and variant, over the paper's band."""
    figure = Figure(figsize=(7.5, 3.2))
    axes = figure.subplots()
    axes.axhspan(*PAPER_RATIO, color="#eeeeee", label="paper's claim")
    axes.axhline(2, color="grey", lw=0.8, ls=":", label="INT8")
    for ratio, style in zip(study.ratios, ("-", "--", ":"), strict=False):
        for kind in KINDS:
            label = f"{kind}, {ratio.variant}"
            axes.plot(ratio.by_layer[kind], style, color=COLOURS[kind], label=label)
    axes.set(xlabel="layer", ylabel="compression ratio", ylim=(0.8, None))
    axes.legend(fontsize=7, ncols=2)
    return figure


def plot_heads(ratio: Ratio) -> Figure:
    """Ratio of each layer and KV head, K beside V."""
    figure = Figure(figsize=(7.5, 1.9))
    panels = figure.subplots(1, len(KINDS), sharey=True)
    low, high = 1.0, max(max(map(max, ratio.by_head[kind])) for kind in KINDS)
    for panel, kind in zip(panels, KINDS, strict=True):
        heads = list(zip(*ratio.by_head[kind], strict=True))
        image = panel.imshow(heads, aspect="auto", vmin=low, vmax=max(high, 1.01), cmap="viridis")
        panel.set(title=kind, xlabel="layer", yticks=range(len(heads)))
    panels[0].set_ylabel("KV head")
    figure.colorbar(image, ax=panels, label="ratio")
    return figure


def plot_accuracy(study: Study) -> Figure:
    """Ratio against agreement, one point a row of the accuracy table."""
    figure = Figure(figsize=(7.5, 2.8))
    axes = figure.subplots()
    axes.axhline(99.5, color="grey", lw=0.8, ls=":", label="paper's 99.5 %")
    for row in study.accuracy:
        agreement = row.accuracy.agreement
        axes.errorbar(
            row.ratio,
            100 * agreement.value,
            100 * agreement.error,
            fmt="o" if row.how == "measured" else "^",
            capsize=3,
            label=f"{row.cache} ({row.how}), {row.region}",
        )
    axes.set(xlabel="compression ratio", ylabel="next-token agreement, %")
    axes.legend(fontsize=7)
    return figure


def plot_latency(study: Study) -> Figure:
    """Histogram of both engines' latencies."""
    figure = Figure(figsize=(7.5, 2.2))
    panels = figure.subplots(1, 2, sharey=True)
    engines = {"compressor": study.timing.compressor, "decompressor": study.timing.decompressor}
    for panel, (name, latency) in zip(panels, engines.items(), strict=True):
        panel.bar(list(latency.histogram), list(latency.histogram.values()), width=0.8)
        panel.axvline(PAPER_LATENCY, color="grey", ls=":", label="paper's 25 cycles")
        panel.set(title=name, xlabel="cycles", yscale="log")
        panel.legend(fontsize=7)
    panels[0].set_ylabel("pages")
    return figure


def write_report(study: Study, folder: Path) -> Written:
    """Write ``report.html`` and ``report.json`` into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    best = max(study.ratios, key=lambda ratio: ratio.overall)
    rows = headline(study)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    html = environment.get_template(TEMPLATE).render(
        study=study,
        headline=rows,
        accuracy=accuracy_rows(study),
        best=best,
        latency_basis=LATENCY_BASIS[study.codec],
        plots={
            "ratio": svg(plot_ratio(study)),
            "heads": svg(plot_heads(best)),
            "accuracy": svg(plot_accuracy(study)),
            "latency": svg(plot_latency(study)),
        },
    )
    written = Written(
        html=folder / "report.html",
        json=folder / "report.json",
        table=tabulate(
            [(row["claim"], row["paper"], row["ours"]) for row in rows],
            headers=("", "paper", "ours"),
        ),
    )
    written.html.write_text(html)
    written.json.write_text(json.dumps(study.to_dict(), indent=1) + "\n")
    plot_ratio(study).savefig(folder / "ratio.png", dpi=110, bbox_inches="tight")
    return written


def sections(study: Study) -> list[page.Section]:
    """This project's codec on the report's page."""
    ratio, accuracy = _speckv(study)
    timing = study.timing
    what = f"{len(study.conversations)} evaluation conversations of {study.tokens} tokens"
    return [
        page.Section(
            name="accuracy",
            title="Accuracy",
            text=f"{what}: what came back from the codec in RTL is what the attention reads.",
            headers=("cache", "read compressed", "basis", "ratio", "perplexity", "agreement"),
            rows=[
                [row[name] for name in ("cache", "region", "how", "ratio", "change", "agreement")]
                for row in accuracy_rows(study)
            ],
            plot=svg(plot_accuracy(study)),
            claims=[page.Claim(**row) for row in accuracy],
        ),
        page.Section(
            name="compression",
            title="Compression",
            text=f"{what}, {timing.pages} page runs through compressor and decompressor in RTL, "
            "every byte equal to the model's.",
            headers=("operating point", "all", "K", "V", "pages stored raw"),
            rows=[
                [r.variant, *(f"{x:.2f}" for x in (r.overall, r.by_kind["K"], r.by_kind["V"]))]
                + [f"{r.stored_raw:.2%}"]
                for r in study.ratios
            ],
            plot=svg(plot_ratio(study)),
            claims=[page.Claim(**row) for row in (*ratio, *_timing(study))],
        ),
    ]
