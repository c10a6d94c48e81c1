"""The model of the DMA engine: descriptors against the document, memories, order of statuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.dma import (
    COMPLETION,
    DESCRIPTOR,
    PHASE,
    READ_ONLY,
    Bad,
    Codec,
    Dma,
    Memory,
    Op,
    Result,
    Ring,
    Status,
    StoreStatus,
    check,
    completion,
)
from models.page import PAGE_BYTES
from models.page_table import AS_IS, UNIT_BYTES, Entry, Fault
from models.speckv import Error
from tests.speckv_pages import gaussian_pages, lossy_table

RING = Ring(tenant=3, window_base=16, window_limit=32)
SLOT, VPN, PLACE = 5, 0xABCDE, 256
SIZE = 1 << 16


class Pages:
    """One page, answered as `fault`, `place` and `map` say."""

    def __init__(self):
        self.entry: Entry | None = None
        self.fault, self.status, self.mapping = Fault.NONE, StoreStatus.OK, StoreStatus.OK

    def translate(self, vpn, tenant, write):
        if self.fault:
            return self.fault, None
        return (Fault.NONE, self.entry) if self.entry else (Fault.UNMAPPED, None)

    def place(self, vpn, tenant, units):
        return self.status, PLACE

    def map(self, vpn, entry):
        if not self.mapping:
            self.entry = entry
        return self.mapping


@pytest.fixture
def dma() -> Dma:
    g = np.random.default_rng(1)
    host = Memory(g.integers(0, 256, SIZE, np.uint8), Status.HOST_BUS)
    device = Memory(g.integers(0, 256, SIZE, np.uint8), Status.POOL_BUS)
    seed = torch.Generator().manual_seed(1)
    table = lossy_table(torch.float16, 64, 0, seed)
    page = gaussian_pages(table, 1, 1.0, seed).view(torch.uint8)
    host.bytes[:PAGE_BYTES] = page.numpy().ravel()
    return Dma(host, device, Codec({SLOT: table}), Pages())


def descriptor(op: Op, host=0, target=VPN * PAGE_BYTES, length=PAGE_BYTES, **fields) -> np.ndarray:
    d = np.zeros(1, DESCRIPTOR)
    d["op"], d["host"], d["target"], d["length"] = op, host, target, length
    for name, value in fields.items():
        d[name] = value
    return d


def run(dma: Dma, d: np.ndarray) -> Result:
    return dma.run(d, RING)[0]


STORE = descriptor(Op.STORE, slot=SLOT)
LOAD = descriptor(Op.LOAD, host=8192)


def test_records_are_as_long_as_the_document_says() -> None:
    assert DESCRIPTOR.itemsize == 64
    assert COMPLETION.itemsize == 16
    d = descriptor(Op.STORE, flags=1, slot=2, tag=0x01020304).tobytes()
    assert d[:8] == bytes((3, 1, 2, 0, 4, 3, 2, 1))
    c = completion(0x55, 0x1234, Result(Status.CORRUPT, 4, 0), phase=1).tobytes()
    assert c == bytes((0x55, 0, 0, 0, 0x34, 0x12, 15, 0x84, 0)) + bytes(7)
    assert completion(7, 0, Result(Status.FETCH), 0)["tag"] == 0
    assert completion(7, 0, Result(Status.OK), 1)["flags"] == PHASE


IN = {"op": Op.COPY_IN, "target": 1024, "length": 64}


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"op": Op.LOAD}, Status.OK),
        ({"op": 0}, Status.MALFORMED),
        ({"op": 6}, Status.MALFORMED),
        ({"op": Op.STORE, "flags": READ_ONLY, "slot": 9}, Status.OK),
        ({"op": Op.STORE, "flags": 2}, Status.MALFORMED),
        ({"op": Op.LOAD, "flags": READ_ONLY}, Status.MALFORMED),
        ({"op": Op.LOAD, "slot": 1}, Status.MALFORMED),
        ({"op": Op.LOAD, "zero": 1}, Status.MALFORMED),
        ({"op": Op.LOAD, "rest": [0] * 35 + [128]}, Status.MALFORMED),
        ({"op": Op.LOAD, "host": 32}, Status.ALIGN),
        ({"op": Op.LOAD, "target": 64}, Status.ALIGN),
        ({"op": Op.LOAD, "length": 64}, Status.LENGTH),
        ({"op": Op.LOAD, "length": 64, "host": 1}, Status.ALIGN),
        (IN, Status.OK),
        (IN | {"target": 1025}, Status.ALIGN),
        (IN | {"length": 0}, Status.LENGTH),
        (IN | {"length": 96}, Status.LENGTH),
        (IN | {"length": 4160}, Status.LENGTH),
        (IN | {"target": 960}, Status.WINDOW),
        (IN | {"target": 2048 - 64}, Status.OK),
        (IN | {"target": 2048 - 64, "length": 128}, Status.WINDOW),
        (IN | {"target": 1024 | 1 << 46}, Status.WINDOW),
        (IN | {"target": (1 << 64) - 64}, Status.WINDOW),
    ],
)
def test_descriptors_are_checked(fields: dict, status: Status) -> None:
    d = descriptor(fields.pop("op"), **fields)
    assert check(d, RING)[0] == status


def test_copies(dma: Dma) -> None:
    source = dma.host.bytes[4096:4224].copy()
    assert run(dma, descriptor(Op.COPY_IN, 4096, 1152, 128)) == Result(Status.OK)
    assert (dma.device.bytes[1152:1280] == source).all()
    assert run(dma, descriptor(Op.COPY_OUT, 0, 1152, 128)) == Result(Status.OK)
    assert (dma.host.bytes[:128] == source).all()


def test_what_cannot_be_read_is_not_written_and_what_can_be_written_is(dma: Dma) -> None:
    old, source = dma.device.bytes.copy(), dma.host.bytes[:128].copy()
    copy = descriptor(Op.COPY_IN, 0, 1024, 128)
    dma.host.bad.append(Bad(64, 128, writes=False))
    assert run(dma, copy).status == Status.HOST_BUS
    assert (dma.device.bytes == old).all()
    dma.host.bad.clear()
    dma.device.bad.append(Bad(1024, 1088, reads=False))
    assert run(dma, copy).status == Status.POOL_BUS
    assert (dma.device.bytes[1024:1088] == old[1024:1088]).all()
    assert (dma.device.bytes[1088:1152] == source[64:]).all()
    assert run(dma, descriptor(Op.COPY_IN, SIZE - 64, 1024, 128)).status == Status.HOST_BUS


def test_a_page_goes_and_comes_back(dma: Dma) -> None:
    stored = run(dma, STORE)
    assert stored.status == Status.OK
    assert 1 <= stored.units < 64
    data = dma.device.bytes[PLACE * UNIT_BYTES :][: stored.units * UNIT_BYTES]
    crc = int.from_bytes(data[-4:].tobytes(), "little")
    assert dma.paging.entry == Entry(RING.tenant, PLACE, stored.units, SLOT, writable=1, crc=crc)
    assert run(dma, LOAD) == Result(Status.OK, 0, stored.units)
    error, page = dma.codec.decompress(data, dma.paging.entry)
    assert error == Error.OK
    assert (dma.host.bytes[8192:][:PAGE_BYTES] == page).all()


def test_without_a_table_a_page_is_stored_as_it_is(dma: Dma) -> None:
    assert run(dma, descriptor(Op.STORE, slot=SLOT + 1)).units == 64
    assert dma.paging.entry.codec == AS_IS
    run(dma, LOAD)
    assert (dma.host.bytes[8192:][:PAGE_BYTES] == dma.host.bytes[:PAGE_BYTES]).all()


def test_a_read_only_page_says_so(dma: Dma) -> None:
    run(dma, descriptor(Op.STORE, slot=SLOT, flags=READ_ONLY))
    assert dma.paging.entry.writable == 0


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.FOREIGN, Status.FOREIGN),
        (Fault.READ_ONLY, Status.READ_ONLY),
        (Fault.MALFORMED, Status.TABLE),
        (Fault.BUS, Status.TABLE_BUS),
    ],
)
def test_faults(dma: Dma, fault: Fault, status: Status) -> None:
    dma.paging.fault = fault
    old = dma.device.bytes.copy()
    assert run(dma, STORE) == run(dma, LOAD) == Result(status)
    assert (dma.device.bytes == old).all()


def test_the_page_store_refuses(dma: Dma) -> None:
    assert run(dma, LOAD).status == Status.UNMAPPED
    dma.paging.status = StoreStatus.RANGE
    assert run(dma, STORE).status == Status.UNMAPPED
    dma.paging.status = StoreStatus.NO_MEMORY
    assert run(dma, STORE).status == Status.NO_MEMORY
    dma.host.bad.append(Bad(0, 64))
    assert run(dma, STORE).status == Status.HOST_BUS
    dma.host.bad.clear()
    dma.paging.status, dma.paging.mapping = StoreStatus.OK, StoreStatus.BUS
    assert run(dma, STORE).status == Status.TABLE_BUS
    assert dma.paging.entry is None


def test_corrupt_pages(dma: Dma) -> None:
    run(dma, STORE)
    old = dma.host.bytes.copy()
    dma.device.bytes[PLACE * UNIT_BYTES + 70] ^= 1
    assert run(dma, LOAD) == Result(Status.CORRUPT, Error.CRC)
    dma.device.bad.append(Bad(PLACE * UNIT_BYTES, PLACE * UNIT_BYTES + 64))
    assert run(dma, LOAD) == Result(Status.POOL_BUS)
    dma.device.bad.clear()
    dma.paging.entry = replace(dma.paging.entry, slot=SLOT + 1)
    assert run(dma, LOAD) == Result(Status.CORRUPT, Error.TABLE)
    assert (dma.host.bytes == old).all()
