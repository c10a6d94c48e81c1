"""``make cosim-system``: an LLM's KV-cache behind the whole device, with its driver, in RTL.

A traced conversation decodes: pages are stored as they are sealed, the GPU reports on each layer
and asks for the pages that it needs, the prefetch core brings them through page table, memory and
decompressor into the buffer in GPU memory, and what arrives there is what the LLM's attention
reads.  The attention is sparse: at each step a layer and KV head sees the first page, the last 128
tokens, and the eighth of its pages with the most attention mass (of the dense pass: a modelled
selector).  Every page that is read is compared with the codec's model.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from tabulate import tabulate

from cosim.runs import MismatchError
from cosim.simulation import JOB
from cosim.speckv import HEADLINE, table_index
from cosim.trace import Trace, TraceError, load_traces
from models import page, prefetch, speckv
from models.accuracy import Accuracy, compare, summarise
from models.attention import L1_WINDOW
from models.calibration import Calibration, CalibrationError, calibrated
from models.conversations import ConversationError
from models.llm import LLM, ModelError
from tb.sim import BUILD, ROOT, SimError
from tb.top import SINGLE

SYSTEM = replace(SINGLE, test_module="cosim.system_job")
SHARE = 0.25  # of the request's pages, in L1 and L2 together
WARM = 8  # steps that fill the buffer
SIZES = {"default": (1, 2048, 24), "full": (4, 2048, 128)}  # conversations, tokens, steps counted
REPORT = Path("build/report/system")


@dataclass(frozen=True)
class Measured:
    """What the device counted over the counted steps of all conversations, in pages.

    asked: needed pages that are not in L1; hits, late, misses, full: the answers.
    counters: of the whole run, by name.
    """

    asked: int
    hits: int
    late: int
    misses: int
    full: int
    pages_read: int
    counters: dict[str, int]


def span(trace: Trace, counted: int) -> tuple[int, int]:
    """First step and the one behind the last: `WARM` and `counted` from three quarters on."""
    start = trace.source.tokens * 3 // 4 - WARM
    return start, start + WARM + counted


def simulate(
    trace: Trace, calibration: Calibration, counted: int, number: int
) -> tuple[Measured, torch.Tensor]:
    """Run a conversation's steps; what was counted, and the pages as attention reads them, int16
    ``[layers, kv_heads, 2, pages, 2048]``: from the RTL where it read them, else the model's.

    Raises MismatchError, SimError.
    """
    pages = trace.pages()
    layers, heads, kinds, count, values = pages.shape
    flat = pages.flatten(0, -2)
    tables, index = calibration.tables(HEADLINE), table_index(calibration, pages)
    stored = speckv.compress(flat, tables, index)
    decoded, _ = speckv.decompress(stored.data, stored.units, stored.raw, stored.crc, tables, index)
    decoded = decoded.view(pages.shape)
    start, end = span(trace, counted)
    sequence = list(
        prefetch.steps(trace.mass[:end], trace.source.tokens_per_page, start, begin=start)
    )
    width = -(-sequence[-1].pages // 16) * 16
    shape = (len(sequence), layers * heads, width)
    codes, needed = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    for i, step in enumerate(sequence):
        codes[i, :, : step.pages] = step.code[:, : step.pages]
        needed[i, :, : step.pages] = step.needed[:, : step.pages]
    rooms = [prefetch.room(SHARE, step.pages, layers, window=True) for step in sequence]
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="system-", dir=BUILD) as name:
        folder = Path(name)
        arrays = {
            "pages": flat.view(layers * heads, kinds, count, values).numpy(),
            "decoded": decoded.view(layers * heads, kinds, count, values).numpy(),
            "units": stored.units.view(layers * heads, kinds, count).numpy(),
            "slots": index.view(layers * heads, kinds, count)[..., 0].numpy(),
            "images": np.stack([np.frombuffer(t.image(), np.uint8) for t in tables.tables]),
            "codes": codes,
            "needed": needed,
        }
        for label, array in arrays.items():
            np.save(folder / f"{label}.npy", array)
        spec = {
            "layers": layers,
            "heads": heads,
            "start": start,
            "warm": WARM,
            "tokens_per_page": trace.source.tokens_per_page,
            "pages": [step.pages for step in sequence],
            "rooms": rooms,
        }
        (folder / "job.json").write_text(json.dumps(spec))
        SYSTEM.run(seed=1 + number, env={JOB: str(folder)}, label=f"-{number}")
        result = json.loads((folder / "result.json").read_text())
        got = torch.from_numpy(np.load(folder / "got.npy")).view(pages.shape)
        read = torch.from_numpy(np.load(folder / "read.npy")).view(pages.shape[:-1])
    if result["wrong"]:
        where = "; ".join(result["wrong"])
        raise MismatchError(f"{trace.source.conversation}: {where}")
    del result["wrong"]
    return Measured(**result), torch.where(read[..., None], got, decoded)


def visible(trace: Trace, first: int) -> torch.Tensor:
    """bool ``[layers, tokens, kv_heads, pages]``: what each step sees; all of it before `first`."""
    mass, size = trace.mass, trace.source.tokens_per_page
    out = torch.ones(mass.shape, dtype=torch.bool)
    for step in range(first, len(mass)):
        sees = prefetch.needed(mass[step], step // size + 1)
        in_l1 = L1_WINDOW.compressed(step, size)
        sees[..., : in_l1.start // size] = True
        sees[..., in_l1.stop // size :] = True
        out[step] = sees
    return out.transpose(0, 1)


def accuracy(llm: LLM, runs: list[tuple[Trace, torch.Tensor]], counted: int) -> dict[str, Accuracy]:
    """Against the dense pass: of the RTL's counted steps, of all steps of the second half, and of
    these without a codec, which leaves what the sparse attention costs."""
    parts: dict[str, list] = {"steps in RTL": [], "second half": [], "second half, raw": []}
    for trace, pages in runs:
        half = trace.source.tokens // 2
        start, end = span(trace, counted)
        seen = visible(trace, half)
        for read, names in (
            (pages, {"steps in RTL": slice(start + WARM, end), "second half": slice(half, None)}),
            (trace.pages(), {"second half, raw": slice(half, None)}),
        ):
            keys, values = (
                page.from_pages(read[:, :, kind], trace.source.head_dim, llm.cache_dtype)
                for kind in (page.KEY, page.VALUE)
            )
            hidden = llm.replay(trace.tokens, keys, values, L1_WINDOW, seen)
            for name, steps in names.items():
                part = compare(llm, trace.tokens[steps], trace.hidden[steps], hidden[steps])
                parts[name].append(part)
    return {name: summarise(scores) for name, scores in parts.items()}


def main(
    scale: Annotated[str, typer.Option(envvar="SCALE", help="default or full")] = "default",
    model: Annotated[Path | None, typer.Option(envvar="MODEL")] = None,
) -> None:
    """Decode traced steps with the KV-cache behind the whole device in RTL."""
    if scale not in SIZES:
        raise SystemExit(f"SCALE is {scale!r}, not one of {', '.join(SIZES)}")
    conversations, tokens, counted = SIZES[scale]
    try:
        llm = LLM(model)
        calibration = calibrated(llm)
        traces = load_traces(llm, "evaluation", conversations, tokens)
        found = [simulate(trace, calibration, counted, n) for n, trace in enumerate(traces)]
        of_text = accuracy(
            llm, [(t, pages) for t, (_, pages) in zip(traces, found, strict=True)], counted
        )
    except (
        *(ModelError, ConversationError, CalibrationError, TraceError, SimError, MismatchError),
    ) as error:
        raise SystemExit(str(error)) from None
    measured = [m for m, _ in found]
    total = {
        name: sum(getattr(m, name) for m in measured)
        for name in ("asked", "hits", "late", "misses", "full", "pages_read")
    }
    counters = {name: sum(m.counters[name] for m in measured) for name in measured[0].counters}
    rows = [
        ("needed pages asked for", total["asked"]),
        ("there when asked for", f"{total['hits'] / total['asked']:.1%}"),
        ("late; missed; no slot", f"{total['late']}; {total['misses']}; {total['full']}"),
        ("pages read and equal to the model's", total["pages_read"]),
        ("pages stored; loaded", f"{counters['pages_stored']}; {counters['pages_loaded']}"),
        (
            "ratio of stored pages, by the device's counters",
            f"{64 * counters['pages_stored'] / counters['units_stored']:.2f}",
        ),
    ]
    for name, a in of_text.items():
        rows.append(
            (
                f"{name}: agreement; perplexity",
                f"{a.agreement.value:.2%}; {a.perplexity_change.value:+.2%}",
            )
        )
    print(f"{conversations} conversation(s), {counted} steps of each counted, {SHARE:.0%} buffer")
    print(tabulate(rows))
    folder = ROOT / REPORT
    folder.mkdir(parents=True, exist_ok=True)
    data = {
        "measured": [asdict(m) for m in measured],
        "accuracy": {name: asdict(a) for name, a in of_text.items()},
    }
    (folder / "system.json").write_text(json.dumps(data, indent=1) + "\n")
    print(f"written to {REPORT / 'system.json'}")


if __name__ == "__main__":
    typer.run(main)
