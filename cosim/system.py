"""``make cosim-system``: an LLM's KV-cache behind the whole device, with its driver, in RTL.

Traced conversations decode side by side, each a request; requests of two tenants, one of which is
freed in mid-run while another begins.  Pages are stored as they are sealed, the GPU reports on each
layer and asks for the pages that it needs, the prefetch core brings them through page table, memory
and decompressor into the buffer in GPU memory, and what arrives there is what the LLM's attention
reads.  The attention is sparse: at each step a layer and KV head sees the first page, the last 128
tokens, and the eighth of its pages with the most attention mass (of the dense pass: a modelled
selector).  Every page that is read is compared with the codec's model.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from matplotlib.figure import Figure
from tabulate import tabulate

from cosim import page
from cosim.errors import ERRORS
from cosim.jobs import Job, JobError, run_all
from cosim.report import svg
from cosim.runs import PROCESSES, MismatchError
from cosim.simulation import JOB
from cosim.speckv import HEADLINE, coded
from cosim.trace import Trace, load_traces
from models import page as pages_of
from models import prefetch
from models.accuracy import Accuracy, TokenScores, compare, summarise
from models.attention import L1_WINDOW
from models.calibration import Calibration, calibrated
from models.llm import LLM
from tb.sim import ROOT
from tb.top import SINGLE

SYSTEM = replace(SINGLE, test_module="cosim.system_job")
SHARE = 0.25  # of a request's pages, in L1 and L2 together
MEMORY = "hbm"
WARM = 8  # steps of a request that fill its buffer
# Conversations and their tokens, of each length; steps counted.
SIZES = {"default": (((1, 2048), (2, 1024)), 24), "full": (((32, 4000),), 96)}
TENANTS = (7, 0xA5C3)
TOGETHER = 3  # conversations of a simulation
PARTS = ("steps in RTL", "second half", "second half, raw")  # that accuracy is measured of
CLOCKS = (300, 400, 800)  # MHz
BEAT = 64
# What a token costs, by the device's counters, and in which unit.
PORTS = {
    "GPU memory, written": "l2_write_beats",
    "GPU memory, read": "l2_read_beats",
    "device memory, written": "device_write_beats",
    "device memory, read": "device_read_beats",
    "GPU port, written (reports, questions)": "gpu_write_beats",
}
SCORES = "scores.pt"
REPORT = ROOT / "build" / "report" / "system"


@dataclass(frozen=True)
class Part:
    """When a conversation of a simulation is a request: from a round of steps to another, the
    first `WARM` of which do not count."""

    tenant: int
    begin: int
    end: int

    @property
    def steps(self) -> int:
        return self.end - self.begin


def parts(conversations: int, counted: int) -> list[Part]:
    """One decodes through, one is freed when half of the rounds are over, and the third begins."""
    end = WARM + counted
    half = end // 2
    first, second = TENANTS
    return [Part(first, 0, end), Part(second, 0, half), Part(second, half, end)][:conversations]


def span(tokens: int, part: Part) -> tuple[int, int]:
    """First step and the one behind the last: from three quarters of the conversation on."""
    start = tokens * 3 // 4 - WARM
    return start, start + part.steps


def prepare(
    folder: Path, number: int, trace: Trace, part: Part, calibration: Calibration, share: float
) -> tuple[dict[str, Any], torch.Tensor]:
    """Write a request's arrays for the simulation; its part of the job, and its pages as the
    codec's model decodes them, int16 ``[layers, kv_heads, 2, pages, 2048]``."""
    layers, heads, size = trace.source.layers, trace.source.kv_heads, trace.source.tokens_per_page
    pages = coded(trace, calibration, HEADLINE)
    start, end = span(trace.source.tokens, part)
    sequence = list(prefetch.steps(trace.mass[:end], size, start, begin=start))
    codes, needed = prefetch.arrays(sequence)
    streams = layers * heads
    arrays = {
        "pages": pages.raw.flatten(0, 1).numpy(),
        "decoded": pages.decoded.flatten(0, 1).numpy(),
        "units": pages.stored.units.view(streams, 2, -1).numpy(),
        "tables": pages.index.view(streams, 2, -1)[..., 0].numpy(),
        "codes": codes,
        "needed": needed,
    }
    for label, array in arrays.items():
        np.save(folder / f"{label}{number}.npy", array)
    request = asdict(part) | {
        "start": start,
        "pages": [step.pages for step in sequence],
        "rooms": [prefetch.room(share, step.pages, layers, window=True) for step in sequence],
    }
    return request, pages.decoded


def simulate(
    traces: list[Trace],
    calibration: Calibration,
    folder: Path,
    *,
    counted: int,
    share: float,
    memory: str,
    seed: int,
) -> tuple[dict[str, Any], list[torch.Tensor]]:
    """One simulation; what was counted, and each conversation's pages as attention reads them,
    int16 ``[layers, kv_heads, 2, pages, 2048]``: from the RTL where it read them, else the model's.

    Raises MismatchError, SimError.
    """
    first = traces[0].source
    spec: dict[str, Any] = {
        "layers": first.layers,
        "heads": first.kv_heads,
        "tokens_per_page": first.tokens_per_page,
        "warm": WARM,
        "memory": memory,
        "requests": [],
    }
    images = [np.frombuffer(t.image(), np.uint8) for t in calibration.tables(HEADLINE).tables]
    np.save(folder / "images.npy", np.stack(images))
    modelled = []
    for number, (trace, part) in enumerate(zip(traces, parts(len(traces), counted), strict=True)):
        request, decoded = prepare(folder, number, trace, part, calibration, share)
        spec["requests"].append(request)
        modelled.append(decoded)
    (folder / "job.json").write_text(json.dumps(spec))
    SYSTEM.run(seed=seed, env={JOB: str(folder)}, label=f"-{folder.name}")
    result = json.loads((folder / "counted.json").read_text())
    if wrong := result.pop("wrong"):
        raise MismatchError("; ".join(wrong))
    pages = []
    for number, decoded in enumerate(modelled):
        got = torch.from_numpy(np.load(folder / f"got{number}.npy")).view(decoded.shape)
        read = torch.from_numpy(np.load(folder / f"read{number}.npy")).view(decoded.shape[:-1])
        pages.append(torch.where(read[..., None], got, decoded))
    for path in folder.glob("*.npy"):
        path.unlink()
    return result, pages


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


def score(llm: LLM, trace: Trace, part: Part, pages: torch.Tensor) -> dict[str, TokenScores]:
    """Against the dense pass: of the counted steps in RTL, of all steps of the second half, and of
    these without a codec, which leaves what the sparse attention costs."""
    half = trace.source.tokens // 2
    start, end = span(trace.source.tokens, part)
    seen = visible(trace, half)
    found = {}
    for read, names in (
        (pages, {PARTS[0]: slice(start + WARM, end), PARTS[1]: slice(half, None)}),
        (trace.pages(), {PARTS[2]: slice(half, None)}),
    ):
        keys, values = (
            pages_of.from_pages(read[:, :, kind], trace.source.head_dim, llm.cache_dtype)
            for kind in (pages_of.KEY, pages_of.VALUE)
        )
        hidden = llm.replay(trace.tokens, keys, values, L1_WINDOW, seen)
        for name, steps in names.items():
            found[name] = compare(llm, trace.tokens[steps], trace.hidden[steps], hidden[steps])
    return found


def work(parameters: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A job: simulate some conversations and score them; the scores go to ``scores.pt``."""
    llm = LLM(Path(parameters["model"]) if parameters["model"] else None)
    traces = [Trace(Path(path)) for path in parameters["traces"]]
    settings = {name: parameters[name] for name in ("counted", "share", "memory", "seed")}
    result, pages = simulate(traces, calibrated(llm), folder, **settings)
    plan = parts(len(traces), parameters["counted"])
    scores = [
        {name: vars(found) for name, found in score(llm, trace, part, read).items()}
        for trace, part, read in zip(traces, plan, pages, strict=True)
    ]
    torch.save(scores, folder / SCORES)
    return result


def jobs(
    traces: list[Trace], model: Path | None, counted: int, share: float, memory: str
) -> list[Job]:
    """Simulations of `TOGETHER` conversations each."""
    return [
        Job(
            "system",
            f"conversations {at + 1} to {at + len(some)}, {share:.1%}, {memory}",
            work,
            {
                "model": str(model.resolve()) if model else None,
                "traces": [str(trace.path.absolute()) for trace in some],
                "sealed": [trace.seal for trace in some],
                "counted": counted,
                "share": share,
                "memory": memory,
                "seed": 1 + at,
            },
        )
        for at in range(0, len(traces), TOGETHER)
        for some in [traces[at : at + TOGETHER]]
    ]


@dataclass(frozen=True)
class Found:
    """All simulations together.

    answers: needed pages by the device's answer, of the counted steps; pages_read: compared with
    the codec's model, of all steps; tokens: counted steps of all requests.
    counters: the device's, of rounds that count; storing: of the storing of requests' first pages.
    """

    answers: dict[str, int]
    pages_read: int
    tokens: int
    counters: dict[str, int]
    storing: dict[str, int]
    requests: list[dict[str, Any]]
    accuracy: dict[str, Accuracy]

    @classmethod
    def of(cls, done: list[Job]) -> Found:
        """Of jobs that have results."""
        kept = [scores for job in done for scores in torch.load(job.folder / SCORES)]
        scores = [{name: TokenScores(**one[name]) for name in PARTS} for one in kept]
        return cls.of_all([job.result() for job in done], scores)

    @classmethod
    def of_all(cls, results: list[dict[str, Any]], scores: list[dict[str, TokenScores]]) -> Found:
        """results: of `simulate`; scores: of `score`, one for each request."""
        requests = [request for result in results for request in result["requests"]]
        return cls(
            answers=total([request["answers"] for request in requests]),
            pages_read=sum(request["pages_read"] for request in requests),
            tokens=sum(request["tokens"] for request in requests),
            counters=total([result["counters"] for result in results]),
            storing=total([result["storing"] for result in results]),
            requests=requests,
            accuracy={
                name: summarise([of_request[name] for of_request in scores]) for name in PARTS
            },
        )

    @property
    def asked(self) -> int:
        return sum(self.answers.values())

    @property
    def hit_rate(self) -> float:
        return self.answers["HIT"] / self.asked

    @property
    def ratio(self) -> float:
        return 64 * self.storing["pages_stored"] / self.storing["units_stored"]

    @property
    def cycles(self) -> float:
        """A token."""
        return self.a_token("cycles")

    def a_token(self, counter: str) -> float:
        """Of the rounds in which all requests count."""
        return self.counters[counter] / self.counters["tokens"]

    def bytes_a_token(self, counter: str) -> float:
        return BEAT * self.a_token(counter)


def total(counts: list[dict[str, int]]) -> dict[str, int]:
    return {name: sum(count[name] for count in counts) for name in counts[0]}


def rows(found: Found) -> list[tuple[str, str]]:
    """The report's lines."""
    answers, storing = found.answers, found.storing
    times = ", ".join(f"{found.cycles / mhz / 1000:.3f} at {mhz} MHz" for mhz in CLOCKS)
    lines = [
        ("needed pages asked for", f"{found.asked}"),
        ("there when asked for", f"{found.hit_rate:.1%}"),
        ("late; missed; no slot", f"{answers['LATE']}; {answers['MISS']}; {answers['FULL']}"),
        ("pages read and equal to the model's", f"{found.pages_read}"),
        ("ratio of stored pages", f"{found.ratio:.2f}"),
        (
            "raw bytes a cycle, storing requests' pages",
            f"{pages_of.PAGE_BYTES * storing['pages_stored'] / storing['cycles']:.1f}",
        ),
        ("a token: cycles", f"{found.cycles:.0f}"),
        ("a token: ms, cycles measured, clocks assumed", times),
        *(
            (f"a token: KB, {name}", f"{found.bytes_a_token(counter) / 1024:.1f}")
            for name, counter in PORTS.items()
        ),
        ("a token: pages prefetched", f"{found.a_token('pages_prefetched'):.1f}"),
        (
            "a token: stalls of compressor; decompressor, cycles",
            f"{found.a_token('compressor_stalls'):.0f}; {found.a_token('decompressor_stalls'):.0f}",
        ),
    ]
    for name, a in found.accuracy.items():
        lines.append(
            (
                f"{name}: agreement; perplexity",
                f"{a.agreement.value:.2%}; {a.perplexity_change.value:+.2%}",
            )
        )
    return lines


def plot(found: Found) -> Figure:
    """Answers to what each request asked for, and a token's bytes by port."""
    figure = Figure(figsize=(7.5, 2.6))
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    names = [f"{i + 1}\n{r['tenant']:#x}" for i, r in enumerate(found.requests)]
    bottom = np.zeros(len(names))
    for answer in found.answers:
        shares = [100 * r["answers"][answer] / sum(r["answers"].values()) for r in found.requests]
        left.bar(names, shares, 0.6, bottom=bottom, label=answer.lower())
        bottom += shares
    left.set(xlabel="request, tenant", ylabel="needed pages, %", ylim=(80, 100.5))
    left.legend(fontsize=7, loc="lower left", ncols=2)
    right.barh(list(PORTS), [found.bytes_a_token(port) / 1024 for port in PORTS.values()])
    right.set(xlabel="KB a token")
    right.tick_params(axis="y", labelsize=7)
    figure.tight_layout()
    return figure


def section(found: Found, title: str) -> page.Section:
    accuracy = found.accuracy
    rtl, half, raw = (accuracy[name] for name in PARTS)
    return page.Section(
        name="system",
        title="The whole device",
        text=f"{title}, {found.tokens} tokens counted: requests of two tenants, one freed and one "
        "begun in mid-run; every page that the attention reads came through rings, codec, page "
        "store and prefetch core in RTL, by the driver.",
        headers=("", "measured"),
        rows=rows(found),
        plot=svg(plot(found)),
        claims=[
            page.Claim(
                "accuracy kept, the whole device",
                "99.5 %",
                f"{rtl.agreement.value:.1%} next-token agreement, "
                f"{rtl.perplexity_change.value:+.2%} perplexity",
                f"measured over {found.tokens} tokens in RTL; over second halves (modelled) "
                f"{half.agreement.value:.1%}, {half.perplexity_change.value:+.2%}, of which sparse "
                f"attention alone is {raw.agreement.value:.1%}, {raw.perplexity_change.value:+.2%}",
            ),
            page.Claim(
                "needed pages there when asked for, the whole device",
                "95 %",
                f"{found.hit_rate:.1%}",
                f"measured, {SHARE:.0%} of the pages in L1 and L2",
            ),
        ],
    )


def write_report(found: Found, title: str) -> None:
    """The page's section, and all that was counted as ``system.json``."""
    page.write(section(found, title))
    REPORT.mkdir(parents=True, exist_ok=True)
    data = {"title": title, "share": SHARE, "rows": rows(found)} | asdict(found)
    (REPORT / "system.json").write_text(json.dumps(data, indent=1) + "\n")


def main(
    scale: Annotated[str, typer.Option(envvar="SCALE", help="default or full")] = "default",
    model: Annotated[Path | None, typer.Option(envvar="MODEL")] = None,
) -> None:
    """Decode traced steps with the KV-cache behind the whole device in RTL."""
    if scale not in SIZES:
        raise SystemExit(f"SCALE is {scale!r}, not one of {', '.join(SIZES)}")
    lengths, counted = SIZES[scale]
    try:
        llm = LLM(model)
        calibrated(llm)
        traces = [t for length in lengths for t in load_traces(llm, "evaluation", *length)]
        planned = jobs(traces, model, counted, SHARE, MEMORY)
        run_all(planned, PROCESSES)
    except (*ERRORS, JobError) as error:
        raise SystemExit(str(error)) from None
    found = Found.of(planned)
    sizes = " and ".join(f"{count} of {tokens} tokens" for count, tokens in lengths)
    title = f"conversations: {sizes}; {SHARE:.0%} buffer, {MEMORY} memory"
    write_report(found, title)
    print(f"{title}; {found.tokens} tokens counted")
    print(tabulate(rows(found)))
    print(f"written to {(REPORT / 'system.json').relative_to(ROOT)}")


if __name__ == "__main__":
    typer.run(main)
