"""Sequence items: a page to send, with what the model says must come out for it."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from models import speckv
from models.page import PAGE_BYTES, PAGE_VALUES
from models.speckv import LANES, RAW_UNITS, UNIT_BYTES, Error, Table, Tables
from tb.agents.axi_stream import AxisPacket
from tb.codec.items import Expected, Item
from tb.speckv.tables import LAYOUTS, suited

torch.set_num_threads(1)  # for batches this small, threads mostly wait for each other

# TUSER of stored pages: out of the compressor (stored_t), into the decompressor (source_t).
SLOT_BITS, USER_BITS = 8, 9
RAW, UNTABLED, MALFORMED = 1 << 8, 1 << 9, 1 << 10
STORED_CRC, SOURCE_CRC = 11, 9


@dataclass(frozen=True)
class Job:
    """A page with a table: `loaded` is what is in the slot, None if nothing is.

    page: a raw page's patterns, uint16 ``[2048]``; `beats` other than 64 puts TLAST early or late.
    """

    kind: str
    slot: int
    loaded: Table | None
    page: np.ndarray
    beats: int = RAW_UNITS

    @property
    def layout(self) -> str:
        """What the table says, in words."""
        table = self.loaded
        if table is None:
            return "no table"
        dtype = str(table.dtype).removeprefix("torch.")
        mode = "lossless" if table.lossless else f"lossy {table.low_bits}"
        return f"{dtype} {table.head_dim} {mode}"


@dataclass(frozen=True)
class StoredJob:
    """A stored page, sound or not: uint8 ``[64 * units]``, with what lies beside it."""

    kind: str
    slot: int
    loaded: Table | None
    data: np.ndarray
    raw: bool
    crc: int

    layout = Job.layout


@dataclass
class Stored:
    """The model's stored pages of jobs, in their order."""

    data: np.ndarray
    units: np.ndarray
    raw: np.ndarray
    crc: np.ndarray
    status: list[int] = field(default_factory=list)


def _whole(job: Job) -> np.ndarray:
    """What is left of a page of other than 64 beats: filled up with zeros, or cut."""
    page = job.page.copy()
    page[min(job.beats, RAW_UNITS) * LANES :] = 0
    return page


def _by_layout(jobs: Sequence) -> dict[tuple, list[int]]:
    """Places of the jobs with a table, by what a set of tables has in common."""
    groups = defaultdict(list)
    for i, job in enumerate(jobs):
        if job.loaded is not None:
            groups[job.loaded.dtype, job.loaded.head_dim].append(i)
    return groups


def compress(jobs: Sequence[Job]) -> Stored:
    """What the compressor makes of `jobs`."""
    n = len(jobs)
    whole = np.stack([_whole(job) for job in jobs]).view(np.int16)
    out = Stored(
        data=whole.view(np.uint8).reshape(n, PAGE_BYTES).copy(),
        units=np.full(n, RAW_UNITS),
        raw=np.ones(n, bool),
        crc=np.zeros(n, np.int64),
    )
    for mine in _by_layout(jobs).values():
        tables = Tables([jobs[i].loaded for i in mine])
        stored = speckv.compress(torch.from_numpy(whole[mine]), tables, torch.arange(len(mine)))
        out.data[mine], out.units[mine] = stored.data, stored.units
        out.raw[mine], out.crc[mine] = stored.raw, stored.crc
    for i, job in enumerate(jobs):
        if job.loaded is None:
            out.crc[i] = zlib.crc32(out.data[i].tobytes())
        status = job.slot | RAW * bool(out.raw[i]) | UNTABLED * (job.loaded is None)
        out.status.append(status | MALFORMED * (job.beats != RAW_UNITS))
    return out


def decompress(jobs: Sequence[StoredJob]) -> tuple[np.ndarray, np.ndarray]:
    """What the decompressor makes of `jobs`: int16 ``[n, 2048]`` and `Error` codes ``[n]``."""
    n = len(jobs)
    data = np.zeros((n, PAGE_BYTES), np.uint8)
    for row, job in zip(data, jobs, strict=True):
        size = min(len(job.data), PAGE_BYTES)
        row[:size] = job.data[:size]
    units = torch.tensor([len(job.data) // UNIT_BYTES for job in jobs])
    raw = torch.tensor([job.raw for job in jobs])
    crc = torch.tensor([job.crc for job in jobs])
    pages, errors = np.zeros((n, PAGE_VALUES), np.int16), np.zeros(n, np.int64)

    def decode(mine: list[int], tables: Tables, index: torch.Tensor) -> None:
        part = torch.tensor(mine)
        found = speckv.decompress(
            torch.from_numpy(data[mine]), units[part], raw[part], crc[part], tables, index
        )
        pages[mine], errors[mine] = found

    for mine in _by_layout(jobs).values():
        decode(mine, Tables([jobs[i].loaded for i in mine]), torch.arange(len(mine)))
    others = [i for i, job in enumerate(jobs) if job.loaded is None]
    known = [job.loaded for job in jobs if job.loaded is not None]
    if others:
        decode(
            others,
            Tables(known[:1] or [suited(np.random.default_rng(0), *LAYOUTS[0], 0)]),
            torch.full((len(others),), -1),
        )
    return pages, errors


def _beats(data: np.ndarray) -> list[int]:
    return AxisPacket.from_bytes(np.ascontiguousarray(data)).beats


def _raw_beats(job: Job) -> list[int]:
    values = job.beats * LANES
    return _beats(np.resize(job.page, max(values, PAGE_VALUES))[:values].view(np.uint8))


def _raw_item(job: Job, expected: Expected, data: np.ndarray, status: int, g) -> Item:
    user = [job.slot, *g.integers(0, 1 << SLOT_BITS, job.beats - 1).tolist()]
    return Item(job, _raw_beats(job), user, expected, False, data, status)


def to_compress(jobs: Sequence[Job], g: np.random.Generator) -> list[Item]:
    """Items for the compressor."""
    stored = compress(jobs)
    items = []
    for i, job in enumerate(jobs):
        data = stored.data[i, : stored.units[i] * UNIT_BYTES]
        status = stored.status[i]
        last = status | int(stored.crc[i]) << STORED_CRC
        item = _raw_item(job, Expected(_beats(data), last), data, status, g)
        item.expected_user = [status] * (len(item.expected.beats) - 1) + [last]
        items.append(item)
    return items


def to_chain(jobs: Sequence[Job], g: np.random.Generator) -> list[Item]:
    """Items for compressor and decompressor in a row."""
    stored = compress(jobs)
    pages, errors = decompress(stored_jobs(jobs, stored))
    return [
        _raw_item(
            job,
            Expected(_beats(pages[i].view(np.uint8)), int(errors[i])),
            stored.data[i, : stored.units[i] * UNIT_BYTES],
            stored.status[i],
            g,
        )
        for i, job in enumerate(jobs)
    ]


def stored_jobs(jobs: Sequence[Job], stored: Stored) -> list[StoredJob]:
    """The stored pages, as they are."""
    return [
        StoredJob(
            job.kind,
            job.slot,
            job.loaded,
            stored.data[i, : stored.units[i] * UNIT_BYTES],
            bool(stored.raw[i]),
            int(stored.crc[i]),
        )
        for i, job in enumerate(jobs)
    ]


def to_decompress(jobs: Sequence[StoredJob], g: np.random.Generator) -> list[Item]:
    """Items for the decompressor.  TUSER has the slot on the first beat, the CRC on the last; the
    rest of it is noise."""
    pages, errors = decompress(jobs)
    items = []
    for i, job in enumerate(jobs):
        beats = _beats(job.data)
        noise = g.integers(0, 1 << 41, len(beats)).tolist()
        noise[-1] = noise[-1] % (1 << SOURCE_CRC) | job.crc << SOURCE_CRC
        noise[0] = noise[0] >> USER_BITS << USER_BITS | job.raw << 8 | job.slot
        expected = Expected(_beats(pages[i].view(np.uint8)), int(errors[i]), errors[i] == Error.OK)
        items.append(Item(job, beats, noise, expected, False, job.data, job.raw))
    return items
