"""The DMA engine: what descriptors do to host and device memory, bit for bit (docs/memory-path.md).

`Dma.run` works descriptors off one by one.  The engine works on many at once and completes them in
any order, so the two agree where no descriptor under way touches what another one writes, which is
the driver's to see to.  Whatever fails in the reading writes nothing.
"""

from __future__ import annotations

import enum
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from models import speckv
from models.page import PAGE_BYTES, PAGE_VALUES
from models.page_table import AS_IS, SPECKV, UNIT_BYTES, Entry, Fault
from models.speckv import Error, Table, Tables

# Little-endian records as they lie in host memory.
DESCRIPTOR = np.dtype(
    [
        ("op", "u1"),
        ("flags", "u1"),  # bit 0: read-only
        ("slot", "u1"),
        ("zero", "u1"),
        ("tag", "<u4"),
        ("host", "<u8"),
        ("target", "<u8"),
        ("length", "<u4"),
        ("rest", "u1", 36),
    ]
)
COMPLETION = np.dtype(
    [
        ("tag", "<u4"),
        ("number", "<u2"),
        ("status", "u1"),
        ("flags", "u1"),  # bits 0 to 2: the decompressor's error; 7: phase
        ("units", "u1"),
        ("rest", "u1", 7),
    ]
)
READ_ONLY = 1
PHASE = 0x80


class Op(enum.IntEnum):
    """What a descriptor asks for."""

    COPY_IN = 1
    COPY_OUT = 2
    STORE = 3
    LOAD = 4
    PREFETCH = 5


COPIES = (Op.COPY_IN, Op.COPY_OUT)
LOADS = (Op.LOAD, Op.PREFETCH)


class Status(enum.IntEnum):
    """How a descriptor ended."""

    OK = 0
    CANCELLED = 1
    STOPPED = 2
    MALFORMED = 3
    ALIGN = 4
    LENGTH = 5
    WINDOW = 6
    UNMAPPED = 7
    FOREIGN = 8
    READ_ONLY = 9
    TABLE = 10
    TABLE_BUS = 11
    NO_MEMORY = 12
    HOST_BUS = 13
    POOL_BUS = 14
    CORRUPT = 15
    FETCH = 16


class StoreStatus(enum.IntEnum):
    """What the page store answers."""

    OK = 0
    NO_MEMORY = 1
    UNMAPPED = 2
    FOREIGN = 3
    RANGE = 4
    MALFORMED = 5
    BUS = 6
    EXISTS = 7


_OF_FAULT = {
    Fault.UNMAPPED: Status.UNMAPPED,
    Fault.FOREIGN: Status.FOREIGN,
    Fault.READ_ONLY: Status.READ_ONLY,
    Fault.MALFORMED: Status.TABLE,
    Fault.BUS: Status.TABLE_BUS,
}
_OF_STORE = {
    StoreStatus.NO_MEMORY: Status.NO_MEMORY,
    StoreStatus.UNMAPPED: Status.UNMAPPED,
    StoreStatus.FOREIGN: Status.FOREIGN,
    StoreStatus.RANGE: Status.UNMAPPED,
    StoreStatus.MALFORMED: Status.TABLE,
    StoreStatus.BUS: Status.TABLE_BUS,
}


@dataclass(frozen=True)
class Ring:
    """What the descriptors of a ring may touch; the window in units, limit excluded."""

    tenant: int
    window_base: int
    window_limit: int


def check(descriptors: np.ndarray, ring: Ring) -> np.ndarray:
    """What is wrong with descriptors (`DESCRIPTOR` ``[n]``) before any work: statuses ``[n]``."""
    d = descriptors
    copy = np.isin(d["op"], COPIES)
    store = d["op"] == Op.STORE
    known = (d["op"] >= Op.COPY_IN) & (d["op"] <= Op.PREFETCH)
    odd = (d["zero"] != 0) | d["rest"].any(1) | ((d["flags"] & ~np.uint8(READ_ONLY)) != 0)
    odd |= ~store & ((d["flags"] != 0) | (d["slot"] != 0))
    odd |= d["host"] >> np.uint64(63) != 0
    grain = np.where(copy, UNIT_BYTES, PAGE_BYTES).astype(np.uint64)
    length = d["length"].astype(np.uint64)
    short = (length >= UNIT_BYTES) & (length <= PAGE_BYTES) & (length % np.uint64(UNIT_BYTES) == 0)
    base, limit = np.uint64(ring.window_base), np.uint64(ring.window_limit)
    unit = d["target"] // np.uint64(UNIT_BYTES)
    inside = (unit >= base) & (unit + length // np.uint64(UNIT_BYTES) <= limit)
    wrong = (
        (Status.MALFORMED, ~known | odd),
        (Status.ALIGN, (d["host"] % np.uint64(UNIT_BYTES) != 0) | (d["target"] % grain != 0)),
        (Status.LENGTH, np.where(copy, ~short, length != PAGE_BYTES)),
        (Status.WINDOW, copy & ~inside),
    )
    out = np.zeros(len(d), np.int64)
    for status, where in wrong:
        out[(out == 0) & where] = status
    return out


def completion(tag: int, number: int, result: Result, phase: int) -> np.ndarray:
    """A `COMPLETION`, as it is written."""
    out = np.zeros((), COMPLETION)
    out["tag"] = 0 if result.status == Status.FETCH else tag
    out["number"], out["status"], out["units"] = number, result.status, result.units
    out["flags"] = result.error | PHASE * phase
    return out


def fresh(records: np.ndarray, consumed: int) -> np.ndarray:
    """What came into a ring of completions (`COMPLETION` ``[size]``) since `consumed` of them were
    read, as far as the phase says; a copy, in the ring's order."""
    size = len(records)
    at = consumed + np.arange(size)
    found = records[at % size]
    came = (found["flags"] & PHASE != 0) == ((at // size + 1) % 2 == 1)
    return found[: size if came.all() else int(came.argmin())]


# ---- Memories ----


@dataclass(frozen=True)
class Bad:
    """Bytes `first` to `end` (excluded), whole units, that answer with a bus error."""

    first: int
    end: int
    reads: bool = True
    writes: bool = True


@dataclass
class Memory:
    """Contents (uint8 ``[bytes]``, whole units) and bus errors; beyond the end all is error.

    bus: what a descriptor's status is for such an error.
    """

    bytes: np.ndarray
    bus: Status
    bad: list[Bad] = field(default_factory=list)

    def errors(self, at: int, length: int, *, write: bool) -> np.ndarray:
        """Which units of an access answer with an error: bool ``[length / 64]``."""
        units = at + UNIT_BYTES * np.arange(length // UNIT_BYTES)
        out = units >= len(self.bytes)
        for bad in self.bad:
            if bad.writes if write else bad.reads:
                out |= (units >= bad.first) & (units < bad.end)
        return out

    def read(self, at: int, length: int) -> np.ndarray | None:
        """What is there, None with an error in it."""
        return None if self._fails(at, length, write=False) else self.bytes[at : at + length]

    def write(self, at: int, data: np.ndarray) -> bool:
        """Whether all was written; what has no error is."""
        if not self._fails(at, len(data), write=True):
            self.bytes[at : at + len(data)] = data
            return True
        for i in np.flatnonzero(~self.errors(at, len(data), write=True)):
            line = UNIT_BYTES * int(i)
            self.bytes[at + line : at + line + UNIT_BYTES] = data[line : line + UNIT_BYTES]
        return False

    def _fails(self, at: int, length: int, *, write: bool) -> bool:
        touched = [bad for bad in self.bad if at < bad.end and bad.first < at + length]
        return at + length > len(self.bytes) or any(
            bad.writes if write else bad.reads for bad in touched
        )


# ---- The codec ----


@dataclass(frozen=True)
class Stored:
    """A page as device memory holds it: whole units, and its CRC-32, which its entry holds."""

    data: np.ndarray
    raw: bool
    crc: int

    @property
    def units(self) -> int:
        return len(self.data) // UNIT_BYTES


class Codec:
    """speckv with a table in each of `slots`.  Remembers the pages that it saw."""

    def __init__(self, slots: dict[int, Table]):
        self.slots = slots
        self._stored: dict[tuple[bytes, int], Stored] = {}
        self._decoded: dict[tuple[bytes, bool, int, int], tuple[Error, np.ndarray]] = {}

    def prepare(self, pages: Iterable[tuple[bytes, int]]) -> None:
        """Compress pages, each with the table of its slot, in few calls."""
        groups: dict[tuple, list[tuple[bytes, int]]] = defaultdict(list)
        for key in dict.fromkeys(pages):
            if key in self._stored:
                continue
            table = self.slots.get(key[1])
            if table is None:  # stored as it is
                data = np.frombuffer(key[0], np.uint8)
                self._stored[key] = Stored(data, True, zlib.crc32(key[0]))
            else:
                groups[table.dtype, table.head_dim].append(key)
        for keys in groups.values():
            slots = sorted({slot for _, slot in keys})
            tables = Tables([self.slots[slot] for slot in slots])
            raw = np.stack([np.frombuffer(page, np.int16) for page, _ in keys])
            index = torch.tensor([slots.index(slot) for _, slot in keys])
            out = speckv.compress(torch.from_numpy(raw), tables, index)
            for i, key in enumerate(keys):
                data = out.data[i, : UNIT_BYTES * int(out.units[i])].numpy().copy()
                self._stored[key] = Stored(data, bool(out.raw[i]), int(out.crc[i]))

    def compress(self, page: np.ndarray, slot: int) -> Stored:
        """A raw page, uint8 ``[4096]``."""
        key = page.tobytes(), slot
        if key not in self._stored:
            self.prepare([key])
        return self._stored[key]

    def decompress(self, data: np.ndarray, entry: Entry) -> tuple[Error, np.ndarray]:
        """Stored bytes to the error and the page, uint8 ``[4096]``."""
        raw, slot, crc = int(entry.codec) == AS_IS, int(entry.slot), int(entry.crc)
        key = data.tobytes(), raw, slot, crc
        if key not in self._decoded:
            table = self.slots.get(slot)
            pages, errors = speckv.decompress(
                torch.from_numpy(data.copy())[None],
                torch.tensor([len(data) // UNIT_BYTES]),
                torch.tensor([raw]),
                torch.tensor([crc]),
                Tables([table or next(iter(self.slots.values()))]),
                torch.tensor([0 if table else -1]),
            )
            page = pages.view(PAGE_VALUES).numpy().view(np.uint8)
            self._decoded[key] = Error(int(errors)), page
        return self._decoded[key]


# ---- The engine ----


class Paging(Protocol):
    """What answers the engine: address translation unit and page store."""

    def translate(self, vpn: int, tenant: int, write: bool) -> tuple[Fault, Entry | None]: ...

    def place(self, vpn: int, tenant: int, units: int) -> tuple[StoreStatus, int]:
        """Status and address, units."""

    def map(self, vpn: int, entry: Entry) -> StoreStatus: ...


@dataclass(frozen=True)
class Result:
    """What a completion says, beside tag and number.

    error: of a corrupt page; units: of a page operation that is Ok, the page's in device memory.
    """

    status: Status
    error: int = 0
    units: int = 0


class Dma:
    """The engine over two memories."""

    def __init__(self, host: Memory, device: Memory, codec: Codec, paging: Paging):
        self.host, self.device, self.codec, self.paging = host, device, codec, paging

    def run(self, descriptors: np.ndarray, ring: Ring) -> list[Result]:
        """Work off descriptors (`DESCRIPTOR` ``[n]``) of one ring."""
        before = check(descriptors, ring)
        return [
            Result(Status(status)) if status else self._work(d, ring)
            for d, status in zip(descriptors, before.tolist(), strict=True)
        ]

    def _work(self, d: np.void, ring: Ring) -> Result:
        op = int(d["op"])
        host, target, length = int(d["host"]), int(d["target"]), int(d["length"])
        if op == Op.COPY_IN:
            return self._copy(self.host, host, self.device, target, length)
        if op == Op.COPY_OUT:
            return self._copy(self.device, target, self.host, host, length)
        vpn = target // PAGE_BYTES
        fault, entry = self.paging.translate(vpn, ring.tenant, op == Op.STORE)
        if op == Op.STORE:
            if fault not in (Fault.NONE, Fault.UNMAPPED):
                return Result(_OF_FAULT[fault])
            return self._store(d, host, vpn, ring)
        if fault:
            return Result(_OF_FAULT[fault])
        return self._load(host, entry)

    def _copy(self, source: Memory, at: int, target: Memory, to: int, length: int) -> Result:
        data = source.read(at, length)
        if data is None:
            return Result(source.bus)
        if not target.write(to, data):
            return Result(target.bus)
        return Result(Status.OK)

    def _store(self, d: np.void, host: int, vpn: int, ring: Ring) -> Result:
        page = self.host.read(host, PAGE_BYTES)
        if page is None:
            return Result(self.host.bus)
        slot = int(d["slot"])
        stored = self.codec.compress(page, slot)
        status, address = self.paging.place(vpn, ring.tenant, stored.units)
        if status:
            return Result(_OF_STORE[status])
        if not self.device.write(address * UNIT_BYTES, stored.data):
            return Result(self.device.bus)
        entry = Entry(
            owner=ring.tenant,
            address=address,
            length=stored.units,
            slot=slot,
            codec=AS_IS if stored.raw else SPECKV,
            writable=int(not d["flags"] & READ_ONLY),
            crc=stored.crc,
        )
        status = self.paging.map(vpn, entry)
        if status:
            return Result(_OF_STORE[status])
        return Result(Status.OK, 0, stored.units)

    def _load(self, host: int, entry: Entry) -> Result:
        units = int(entry.length)
        data = self.device.read(int(entry.address) * UNIT_BYTES, units * UNIT_BYTES)
        if data is None:
            return Result(self.device.bus)
        error, page = self.codec.decompress(data, entry)
        if error:
            return Result(Status.CORRUPT, int(error))
        if not self.host.write(host, page):
            return Result(self.host.bus)
        return Result(Status.OK, 0, units)
