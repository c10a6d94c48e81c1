"""``make capacity``: how much of what the codec saves is capacity really gained.

Modelled, with the exact model of the page store.  Requests arrive, grow and finish as ShareGPT's
conversations do: a prompt comes at once, an answer takes a step a token, and a request is freed at
its end.  As many as fit are kept alive at 90 % occupancy.  Each sealed page is stored with a length
drawn from those that the codec gave the pages of its layer and kind (data/capacity.json, measured
by ``python -m cosim.capacity --measure`` on the traces of `make cosim`).

Saved is what pages took less than 4 KB each, to the bit; gained is what they took less in device
memory, with all that is there for their sake.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from tabulate import tabulate
from tqdm import tqdm

from cosim.errors import ERRORS
from cosim.speckv import HEADLINE
from cosim.trace import load_traces
from models import page_store, speckv
from models.calibration import calibrated
from models.conversations import Conversations, chat, split
from models.llm import LLM
from models.page import PAGE_BYTES
from models.page_store import LINKS, Memory, PageStore, Status, StoreError
from models.page_table import DIR_UNITS, UNIT_BYTES, row_units

DATA = Path(__file__).parent / "data" / "capacity.json"
OCCUPANCY = 0.9
REQUESTS = 1024
SEGMENT_UNITS = (128, 256, 512, 1024, 2048, 4096)
POOL_BYTES = 1 << 29
MEASURED = 400  # conversations of the data
MEASURED_FROM = (4, 2048)  # traces, tokens of each
LIFETIMES = 3  # of the requests that fill the pool, until the last sample
SAMPLES = 90
CORRECTION = 0.1
GOAL = 0.95


@dataclass(frozen=True)
class Measured:
    """What was measured on real text.

    layers, kv_heads, tokens_per_page: the model's.
    units: int ``[layers, 2][65]``, how many pages took so many units.
    bits: ``[65]``, the mean length in bits, before rounding, of pages that took so many units.
    turns: of each conversation its tokens at the end of each turn, the user's first.
    """

    model: str
    point: str
    layers: int
    kv_heads: int
    tokens_per_page: int
    units: list[list[list[int]]]
    bits: list[float]
    turns: list[list[int]]


def measure(llm: LLM) -> Measured:
    """From traces of evaluation conversations, and the lengths of more conversations."""
    calibration = calibrated(llm)
    tables = calibration.tables(HEADLINE)
    units = torch.zeros(llm.layers, 2, speckv.RAW_UNITS + 1, dtype=torch.int64)
    bits = torch.zeros(speckv.RAW_UNITS + 1, dtype=torch.float64)
    traces = load_traces(llm, "evaluation", *MEASURED_FROM)
    for trace in tqdm(traces, desc="page lengths", unit="trace"):
        pages = trace.pages()  # [layers, kv_heads, 2, pages, 2048]
        for layer, head, kind in np.ndindex(pages.shape[:3]):
            some = pages[layer, head, kind]
            index = torch.full((len(some),), calibration.index(layer, kind, head))
            exact = speckv.coded_bits(some, tables, index)
            length = -(-exact // (8 * UNIT_BYTES))
            units[layer, kind] += torch.bincount(length, minlength=speckv.RAW_UNITS + 1)
            bits.index_add_(0, length, exact.double())
    return Measured(
        model=llm.name,
        point=HEADLINE,
        layers=llm.layers,
        kv_heads=llm.kv_heads,
        tokens_per_page=llm.tokens_per_page,
        units=units.tolist(),
        bits=(bits / units.sum((0, 1)).clamp_min(1)).round(decimals=1).tolist(),
        turns=list(_turns(llm)),
    )


def _turns(llm: LLM) -> Iterator[list[int]]:
    """Tokens at the end of each turn of the first evaluation conversations, one of each chat."""
    most, seen = llm.model.config.max_position_embeddings, set()
    for conversation in Conversations():
        key = chat(conversation.id)
        if len(seen) == MEASURED:
            return
        if key in seen or split(conversation.id) != "evaluation":
            continue
        seen.add(key)
        upto = range(1, len(conversation.turns) + 1)
        ends = [len(llm.tokenize(conversation.turns[:count])) for count in upto]
        yield [end for end in ends if end <= most]


def load(path: Path = DATA) -> Measured:
    return Measured(**json.loads(path.read_text()))


# ---- A store that is filled and emptied ----


@dataclass(frozen=True)
class Bytes:
    """Where the bytes go, as means over samples at `occupancy`.

    saved: by the codec, to the bit.  Of these are lost: rounding to units; rows and directories of
    the page table; tails, what stays at the end of segments; newest, what is not yet taken of each
    request's newest segment; tables, root lines and links.
    """

    segment_units: int
    occupancy: float
    requests: float
    raw: float
    saved: float
    rounding: float
    rows: float
    directories: float
    tails: float
    newest: float
    tables: float

    @property
    def gained(self) -> float:
        """Share of what was saved."""
        lost = self.rounding + self.rows + self.directories + self.tails + self.newest + self.tables
        return 1 - lost / self.saved


class Lengths:
    """Draws the lengths of a row's pages."""

    def __init__(self, measured: Measured, seed: int):
        counts = np.array(measured.units, dtype=float)  # [layers, 2, 65]
        shares = counts.cumsum(-1) / counts.sum(-1, keepdims=True)
        streams = np.ndindex(measured.layers, measured.kv_heads, 2)
        self._below = np.stack([shares[layer, kind] for layer, _, kind in streams])
        self._g = np.random.default_rng(seed)

    def row(self) -> np.ndarray:
        """Units of a page of every stream: int ``[layers * kv_heads * 2]``."""
        drawn = self._g.random((len(self._below), 1))
        return (drawn >= self._below).sum(1)


@dataclass
class _Live:
    """A request: its conversation's steps at which pages are sealed, and how many are stored."""

    seals: np.ndarray
    end: int
    start: int
    stored: int = 0
    units: int = 0
    bits: float = 0.0


def _seals(turns: list[int], tokens_per_page: int) -> tuple[np.ndarray, int]:
    """The step at which each page is sealed, and the last: a prompt takes none, an answer one a
    token."""
    steps, step, before = np.zeros(turns[-1] + 1, dtype=np.int64), 0, 0
    for turn, end in enumerate(turns):
        count = end - before
        taken = np.arange(1, count + 1) if turn % 2 else np.zeros(count, dtype=np.int64)
        steps[before + 1 : end + 1] = step + taken
        step += count if turn % 2 else 0
        before = end
    return steps[tokens_per_page::tokens_per_page], step


def run(measured: Measured, segment_units: int, pool_bytes: int = POOL_BYTES) -> Bytes:
    """Requests come and go at 90 % occupancy."""
    segments = pool_bytes // (segment_units * UNIT_BYTES)
    link_base = 1 + REQUESTS
    pool_base = link_base + -(-segments // LINKS)
    words = np.zeros((pool_base + segments * segment_units) * LINKS, dtype=np.uint64)
    bases = 1, link_base, pool_base
    store = PageStore(Memory(words), *bases, segments, REQUESTS, segment_units)
    lengths, bits = Lengths(measured, seed=1), np.array(measured.bits)
    plans = [_seals(turns, measured.tokens_per_page) for turns in measured.turns if turns]
    g = np.random.default_rng(2)
    live: dict[int, _Live] = {}
    events: list[tuple[int, int, int]] = []  # step, request, start: of what is to be done next
    step, last, next_sample = 0, None, 0
    level = OCCUPANCY  # below it requests are let in; they grow on, so it is kept lower by and by
    samples: list[tuple[float, ...]] = []

    def taken() -> int:
        return segments - store.allocator.free_segments

    def arrive() -> None:
        request = next(r for r in range(REQUESTS) if r not in live)
        seals, end = plans[g.integers(len(plans))]
        # The first ones are somewhere in their lives, as if there had been others before.
        start = step - (int(g.integers(end + 1)) if last is None else 0)
        assert store.begin(request, request, measured.layers, measured.kv_heads) == Status.OK
        live[request] = _Live(seals, start + end, start)
        heapq.heappush(events, (step, request, start))

    def finish(request: int) -> None:
        assert store.free(request, request) == Status.OK
        del live[request]

    def store_page(request: int, one: _Live) -> None:
        units = lengths.row()
        while True:
            try:
                store.place_row(request, one.stored, units)
                break
            except StoreError:  # full: the youngest one is thrown out
                finish(max((r for r in live if r != request), key=lambda r: live[r].start))
        one.stored += 1
        one.units += int(units.sum())
        one.bits += float(bits[units].sum())

    while True:
        while taken() < level * segments and len(live) < REQUESTS:
            if events and events[0][0] <= step:
                break
            arrive()
        else:
            if last is None:  # full for the first time
                lifetime = int(np.mean([one.end - one.start for one in live.values()]))
                last, next_sample = step + LIFETIMES * lifetime, step
        if last is not None and step >= next_sample:
            samples.append(_sample(store, live, measured, taken()))
            level += CORRECTION * (OCCUPANCY - taken() / segments)
            next_sample += LIFETIMES * lifetime // SAMPLES
            if step >= last:
                break
        step, request, start = heapq.heappop(events)
        one = live.get(request)
        if one is None or one.start != start:
            continue
        while one.stored < len(one.seals) and one.start + one.seals[one.stored] <= step:
            store_page(request, one)
        if one.stored < len(one.seals):
            heapq.heappush(events, (one.start + int(one.seals[one.stored]), request, start))
        elif one.end > step:
            heapq.heappush(events, (one.end, request, start))
        else:
            finish(request)
    mean = np.mean(samples[len(samples) // LIFETIMES :], axis=0)  # but for the first lifetime
    return Bytes(segment_units, mean[0] / segments, *mean[1:].tolist())


def _sample(store: PageStore, live: dict[int, _Live], measured: Measured, taken: int) -> tuple:
    """Segments taken, then the fields of `Bytes` from `requests` on."""
    streams = measured.layers * measured.kv_heads * 2
    pages = streams * sum(one.stored for one in live.values())
    units = sum(one.units for one in live.values())
    exact = sum(one.bits for one in live.values()) / 8
    rows = row_units(measured.layers, measured.kv_heads) * sum(o.stored for o in live.values())
    directories = DIR_UNITS * sum(request.directories for request in store.requests.values())
    chains = [request.chain for request in store.requests.values() if request.chain.count]
    newest = sum(store.segment_units - chain.fill for chain in chains)
    tails = taken * store.segment_units - newest - units - rows - directories
    links = -(-store.allocator.segments // LINKS)
    in_bytes = (rows, directories, tails, newest, store.count + links)
    raw = pages * PAGE_BYTES
    return (
        taken,
        len(live),
        raw,
        raw - exact,
        units * UNIT_BYTES - exact,
        *(UNIT_BYTES * count for count in in_bytes),
    )


def table(found: list[Bytes]) -> str:
    """Shares of what the codec saves."""
    losses = ("rounding", "rows", "directories", "tails", "newest", "tables")
    return tabulate(
        [
            (
                f"{one.segment_units * UNIT_BYTES >> 10} KB",
                f"{one.occupancy:.1%}",
                f"{one.requests:.0f}",
                *(f"{getattr(one, name) / one.saved:.2%}" for name in losses),
                f"{one.gained:.2%}",
            )
            for one in found
        ],
        headers=("segments", "occupancy", "requests", *losses, "gained"),
        stralign="right",
    )


def main(
    measure_again: Annotated[
        bool, typer.Option("--measure", help="Measure page lengths and conversations anew.")
    ] = False,
    out: Path = Path("build/report/capacity.json"),
):
    """Capacity gained over segment sizes."""
    if measure_again:
        try:
            made = measure(LLM())
        except ERRORS as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error
        DATA.parent.mkdir(exist_ok=True)
        DATA.write_text(json.dumps(asdict(made), separators=(",", ":")) + "\n")
        typer.echo(DATA)
        return
    measured = load()
    found = [run(measured, units) for units in tqdm(SEGMENT_UNITS, desc="segment sizes")]
    typer.echo(table(found))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps([asdict(one) | {"gained": one.gained} for one in found], indent=1))
    gained = next(one.gained for one in found if one.segment_units == page_store.SEGMENT_UNITS)
    if gained < GOAL:
        typer.echo(f"error: {gained:.2%} gained, the goal is {GOAL:.0%}", err=True)
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
