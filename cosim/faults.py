"""``make faults``: damaged pages through the decompressor in RTL, by the hundred thousand.

Stored pages of real keys and values are damaged, one fault each, and sent with sound pages between
them, under random stalls on both sides.  Every damaged page must be reported, every sound one come
back as the model has it, and nothing may hang.  Ends with an error otherwise.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from tabulate import tabulate
from tqdm import tqdm

from cosim.damage import BIT, BURST, EXTENDED, TRUNCATED, damage
from cosim.errors import ERRORS
from cosim.simulation import BEATS_PER_PAGE, JOB
from cosim.speckv import HEADLINE, coded
from cosim.trace import load_traces
from cosim.transactor import BUILD_ARGS, SOURCES
from models.calibration import LOSSLESS, calibrated
from models.llm import LLM
from models.speckv import UNIT_BYTES, Error, StoredPages, Tables
from tb.sim import BUILD, Bench

FAULTS = Bench(
    name="faults-speckv",
    engine="speckv",
    toplevel="speckv_faults_tb_top",
    test_module="cosim.faults_job",
    sources=(*SOURCES, "cosim/rtl/speckv_faults_top.sv", "cosim/rtl/speckv_faults_tb_top.sv"),
    build_args=BUILD_ARGS,
)
OTHER_TABLE = "another table"
OTHER_PAGE = "another page of its table"
SOUND = "sound"
KINDS = (BIT, BURST, TRUNCATED, EXTENDED, OTHER_TABLE, OTHER_PAGE)
CRC_AT = 9  # in TUSER, above table and raw
BATCH = 20_000  # pages a simulation


@dataclass(frozen=True)
class Sent:
    """A page as it is sent.  right: what must come back, None of one that must be reported."""

    kind: str
    data: np.ndarray
    slot: int
    crc: int
    right: np.ndarray | None = None


def run(faults: int, seed: int) -> tuple[Counter, Counter]:
    """Inject so many; counts of (kind, reported error), and of what else went wrong."""
    llm = LLM()
    calibration = calibrated(llm)
    trace = load_traces(llm, "evaluation", 1, 2048)[0]
    reported, wrong = Counter(), Counter()
    g = np.random.default_rng(seed)
    stored = {}
    for point in (HEADLINE, LOSSLESS):
        pages = coded(trace, calibration, point)
        targets = (~pages.stored.raw & (pages.stored.units > 1)).nonzero().squeeze(1).numpy()
        stored[point] = calibration.tables(point), pages, targets

    with tqdm(total=faults, desc="faults", unit="page") as bar:
        for batch in range(-(-faults // BATCH)):
            point = (HEADLINE, HEADLINE, HEADLINE, LOSSLESS)[batch % 4]
            tables, pages, targets = stored[point]
            s, owner, back = pages.stored, pages.index, pages.decoded.flatten(0, -2)
            n = min(BATCH, faults - batch * BATCH)
            chosen = g.choice(targets, n)
            what = g.integers(len(KINDS), size=n)
            sent = []
            for page, kind in zip(chosen.tolist(), what.tolist(), strict=True):
                data, slot = _stored(s, page), int(owner[page])
                if KINDS[kind] == OTHER_TABLE:
                    slot = (slot + 1 + int(g.integers(len(tables) - 1))) % len(tables)
                elif KINDS[kind] == OTHER_PAGE:
                    others = targets[(owner[targets] == slot).numpy() & (targets != page)]
                    data = _stored(s, int(g.choice(others)))
                else:
                    data = damage(g, data, KINDS[kind])
                sent.append(Sent(KINDS[kind], data, slot, int(s.crc[page])))
                if g.random() < 0.3:
                    page = int(g.choice(targets))
                    slot, crc = int(owner[page]), int(s.crc[page])
                    sent.append(Sent(SOUND, _stored(s, page), slot, crc, back[page].numpy()))
            decoded, errors = _simulate(sent, tables, seed + batch)
            for one, page, code in zip(sent, decoded, errors, strict=True):
                error = Error(int(code))
                reported[one.kind, error] += 1
                if one.right is None and error == Error.OK:
                    wrong[f"{one.kind}: not reported"] += 1
                if one.right is not None and not np.array_equal(page, one.right):
                    wrong["a sound page came back wrong"] += 1
            bar.update(n)
    return reported, wrong


def _stored(pages: StoredPages, number: int) -> np.ndarray:
    return pages.data[number, : int(pages.units[number]) * UNIT_BYTES].numpy()


def _simulate(sent: list[Sent], tables: Tables, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Decoded pages, int16 ``[n, 2048]``, and their error codes."""
    lengths = [len(one.data) // UNIT_BYTES for one in sent]
    users = [one.slot | one.crc << CRC_AT for one in sent]
    with tempfile.TemporaryDirectory(prefix="faults-", dir=BUILD) as folder:
        path = Path(folder)
        beats = np.concatenate([one.data for one in sent])
        np.save(path / "beats.npy", beats.reshape(-1, UNIT_BYTES))
        np.save(path / "lengths.npy", np.array(lengths, np.uint32))
        np.save(path / "users.npy", np.array(users, np.uint64))
        images = [np.frombuffer(table.image(), np.uint8) for table in tables.tables]
        np.save(path / "tables.npy", np.stack(images))
        FAULTS.run(seed=seed, env={JOB: folder})
        decoded = np.load(path / "decoded.npy").reshape(len(sent), BEATS_PER_PAGE * UNIT_BYTES)
        return decoded.view(np.int16), np.load(path / "errors.npy")


def main(
    faults: Annotated[int, typer.Option(min=1, help="How many.")] = 100_000,
    seed: Annotated[int, typer.Option(envvar="SEED")] = 1,
):
    """Damaged pages through the decompressor in RTL."""
    BUILD.mkdir(parents=True, exist_ok=True)
    try:
        reported, wrong = run(faults, seed)
    except ERRORS as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    rows = []
    for kind in (*KINDS, SOUND):
        counts = [reported[kind, error] for error in Error]
        rows.append((kind, sum(counts), *counts))
    typer.echo(tabulate(rows, headers=("fault", "pages", *(f"{e.name} reported" for e in Error))))
    if wrong or reported[SOUND, Error.OK] != rows[-1][1]:
        typer.echo(f"error: {dict(wrong) or 'sound pages were reported'}", err=True)
        sys.exit(1)
    typer.echo(f"\n{faults} faults: every one reported, no hang, every page between them right")


if __name__ == "__main__":
    typer.run(main)
