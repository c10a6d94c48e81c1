"""What can be wrong with a stored page."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.page import PAGE_BYTES
from models.speckv import FORMAT_ID, RAW_UNITS, UNIT_BYTES
from tb.speckv.items import StoredJob

Generator = np.random.Generator
# A sound coded page, and a sound raw one, to one that is not.
Fault = Callable[[Generator, StoredJob], StoredJob]


def _sealed(job: StoredJob, data: np.ndarray) -> StoredJob:
    """The data with the CRC that the table and they call for."""
    body = data.copy()
    body[-4:] = 0
    crc = zlib.crc32(body.tobytes(), job.loaded.crc)
    body[-4:] = np.frombuffer(crc.to_bytes(4, "little"), np.uint8)
    return replace(job, data=body, crc=crc)


def flip(g: Generator, job: StoredJob) -> StoredJob:
    """One bit."""
    data = job.data.copy()
    bit = int(g.integers(8 * len(data)))
    data[bit // 8] ^= 1 << bit % 8
    return replace(job, data=data)


def burst(g: Generator, job: StoredJob) -> StoredJob:
    """Up to 32 bits in a row."""
    length = int(g.integers(2, 33))
    start = int(g.integers(8 * len(job.data) - length + 1))
    pattern = int(g.integers(1 << max(0, length - 2))) << 1 | 1 | 1 << (length - 1)
    number = int.from_bytes(job.data.tobytes(), "little") ^ pattern << start
    return replace(
        job, data=np.frombuffer(number.to_bytes(len(job.data), "little"), np.uint8).copy()
    )


def header_bit(g: Generator, job: StoredJob) -> StoredJob:
    """A bit of the format's number."""
    data = job.data.copy()
    data[0] ^= 1 << int(g.integers(8))
    return replace(job, data=data)


def tag_bit(g: Generator, job: StoredJob) -> StoredJob:
    """A bit of the table's tag."""
    data = job.data.copy()
    data[1] ^= 1 << int(g.integers(8))
    return replace(job, data=data)


def crc_bit(g: Generator, job: StoredJob) -> StoredJob:
    """A bit of the CRC."""
    data = job.data.copy()
    data[-1 - int(g.integers(4))] ^= 1 << int(g.integers(8))
    return replace(job, data=data)


def other_crc(g: Generator, job: StoredJob) -> StoredJob:
    """A sound page beside another's CRC: a whole page in another one's place."""
    return replace(job, crc=job.crc ^ 1 << int(g.integers(32)))


def truncated(g: Generator, job: StoredJob) -> StoredJob:
    """The last beats missing."""
    units = len(job.data) // UNIT_BYTES
    return replace(job, data=job.data[: UNIT_BYTES * int(g.integers(1, max(2, units)))])


def extended(g: Generator, job: StoredJob) -> StoredJob:
    """More beats than there should be."""
    more = int(g.choice([1, 2, 20, 64, 100]))
    noise = g.integers(0, 256, UNIT_BYTES * more).astype(np.uint8)
    return replace(job, data=np.concatenate([job.data, noise]))


def swapped(g: Generator, job: StoredJob) -> StoredJob:
    """Two beats in each other's place."""
    beats = job.data.reshape(-1, UNIT_BYTES).copy()
    if len(beats) > 1:
        i, j = g.choice(len(beats), 2, replace=False)
        beats[[i, j]] = beats[[j, i]]
    return replace(job, data=beats.ravel())


def said_raw(_: Generator, job: StoredJob) -> StoredJob:
    """A coded page that is said to be raw."""
    return replace(job, raw=True)


def garbage(g: Generator, job: StoredJob) -> StoredJob:
    """No page at all."""
    units = int(g.choice([1, 2, 13, 62, 63, 64, 65]))
    return replace(job, data=g.integers(0, 256, UNIT_BYTES * units).astype(np.uint8))


def sealed_noise(g: Generator, job: StoredJob) -> StoredJob:
    """Any content under a right header and a right CRC."""
    units = int(g.choice([1, 2, 13, 40, 62, 63]))
    data = g.integers(0, 256, UNIT_BYTES * units).astype(np.uint8)
    if g.random() < 0.3:
        data[:] = int(g.choice([0, 255]))
    data[0], data[1] = FORMAT_ID, job.loaded.tag
    return _sealed(job, data)


def sealed_flip(g: Generator, job: StoredJob) -> StoredJob:
    """A bit of content changed under a right CRC."""
    data = job.data.copy()
    bit = int(g.integers(16, 8 * len(data) - 32))
    data[bit // 8] ^= 1 << bit % 8
    return _sealed(job, data)


def sealed_longer(_: Generator, job: StoredJob) -> StoredJob:
    """A unit more than the streams take, under a right CRC."""
    if len(job.data) // UNIT_BYTES > RAW_UNITS - 2:
        return _sealed(job, job.data[:-UNIT_BYTES])
    return _sealed(job, np.concatenate([job.data[:-4], np.zeros(UNIT_BYTES + 4, np.uint8)]))


def raw_flip(g: Generator, job: StoredJob) -> StoredJob:
    """A bit of a raw page."""
    return flip(g, _as_raw(g, job))


def raw_crc(g: Generator, job: StoredJob) -> StoredJob:
    """A raw page beside another CRC."""
    raw = _as_raw(g, job)
    return replace(raw, crc=raw.crc ^ 1 << int(g.integers(32)))


def raw_short(g: Generator, job: StoredJob) -> StoredJob:
    """A raw page with beats missing."""
    return truncated(g, _as_raw(g, job))


def raw_long(g: Generator, job: StoredJob) -> StoredJob:
    """A raw page with too many beats."""
    return extended(g, _as_raw(g, job))


def _as_raw(g: Generator, job: StoredJob) -> StoredJob:
    data = g.integers(0, 256, PAGE_BYTES).astype(np.uint8)
    return replace(job, data=data, raw=True, crc=zlib.crc32(data.tobytes()))


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        flip,
        burst,
        header_bit,
        tag_bit,
        crc_bit,
        other_crc,
        truncated,
        extended,
        swapped,
        said_raw,
        garbage,
        sealed_noise,
        sealed_flip,
        sealed_longer,
        raw_flip,
        raw_crc,
        raw_short,
        raw_long,
    )
}
