"""The part of cosim.memory_path that runs inside the simulator."""

from __future__ import annotations

import ctypes
import json
import os
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import cocotb
import numpy as np
from cocotb.triggers import FallingEdge, First, RisingEdge

from cosim.memory import attach, cycle
from cosim.simulation import JOB
from cosim.simulation_job import table_packets
from cosim.transactor import reset, transfer
from models.device_memory import PRESETS, DeviceMemory, fixed
from models.dma import DESCRIPTOR
from models.page import PAGE_BYTES
from models.page_table import AS_IS, SPECKV, UNIT_BYTES, Fault, PageTable, Vpn

HOST, DEVICE = 0, 1
HOST_NS = 300  # the host's memory behind its link, one way and back
MHZ = 400
RING, RING_LOG2, RING_BYTES, COMPLETIONS = 64, 12, 1 << 20, 1 << 19
RAW = 16 << 20  # host addresses: raw pages of all requests, then room for what is loaded
ROOTS, SEGMENTS, SEGMENT_UNITS = 64, 2048, 1024
ROOT_BASE = ROOTS
LINK_BASE = ROOT_BASE + ROOTS
POOL_BASE = LINK_BASE + SEGMENTS // 8
STORE, LOAD = 3, 4
BATCH = 2048  # descriptors of a ring at a time
ALONE = 200  # descriptors that run alone
STREAMED = 1024  # that run one after another

COMPLETION = np.dtype(
    [
        ("tag", "u4"),
        ("number", "u2"),
        ("status", "u1"),
        ("phase", "u1"),
        ("units", "u1"),
        ("zero", "u1", 7),
    ]
)


@dataclass
class Request:
    """A traced conversation; `number` is its request's, tenant's less one, and its ring's."""

    number: int
    pages: np.ndarray
    decoded: np.ndarray
    stored: np.ndarray
    units: np.ndarray
    raw: np.ndarray
    crc: np.ndarray
    tables: np.ndarray
    reads: np.ndarray
    tail: int = 0
    raw_at: int = 0

    @property
    def tenant(self) -> int:
        return 1 + self.number

    @property
    def streams(self) -> int:
        return self.pages.shape[0]


@dataclass
class Work:
    """Pages (streams, pages: int ``[n]``) of a request to store or to load."""

    request: Request
    op: int
    stream: np.ndarray
    page: np.ndarray


@dataclass
class MemoryPath:
    """The top level, the memories, and what was seen."""

    host: DeviceMemory
    device: DeviceMemory
    heads: int
    wrong: list[str] = field(default_factory=list)
    room: int = 0  # host address of what is loaded

    async def manage(self, request: Request, *, free: bool, layers: int, heads: int) -> None:
        top = cocotb.top
        top.manage_free_i.value = int(free)
        top.manage_request_i.value = request.number
        top.manage_tenant_i.value = request.tenant
        top.manage_layers_i.value = layers
        top.manage_heads_i.value = heads
        top.manage_valid_i.value = 1
        await RisingEdge(top.managed_done_o)
        if status := int(top.managed_status_o.value):
            self.wrong.append(f"request {request.number}, free {free}: page store status {status}")
        top.manage_valid_i.value = 0
        await FallingEdge(top.managed_done_o)

    def vpn(self, request: Request, stream: np.ndarray, page: np.ndarray) -> np.ndarray:
        layer, rest = np.divmod(stream, 2 * self.heads)
        return Vpn(request.number, layer, rest // 2, rest % 2, page).number()

    async def run(self, work: list[Work], seed: int = 0) -> tuple[int, dict[int, np.ndarray]]:
        """Do it all, at most `BATCH` descriptors of a ring; cycles, and latencies by operation.

        What stands in several items of one request is mixed at random.
        """
        g = np.random.default_rng(seed)
        asked = {}
        for number in sorted({item.request.number for item in work}):
            mine = [item for item in work if item.request.number == number]
            request = mine[0].request
            op = np.concatenate([np.full(len(item.page), item.op) for item in mine])
            stream = np.concatenate([item.stream for item in mine])
            page = np.concatenate([item.page for item in mine])
            order = g.permutation(len(op))
            asked[number] = request, op[order], stream[order], page[order]
            self._write(request, *asked[number][1:])
        begin = cycle(HOST)
        self._ring(asked)
        await First(RisingEdge(cocotb.top.idle_o), RisingEdge(cocotb.top.stuck_o))
        cycles = cycle(HOST) - begin
        if int(cocotb.top.stuck_o.value):
            raise AssertionError(f"nothing completes any more: {self.state()}")
        for request, *what in asked.values():
            self._check(request, *what)
        return cycles, self._latencies(asked)

    def state(self) -> str:
        return f"tails {[hex(int(cocotb.top.tail_i.value))]}, cycle {cycle(HOST)}"

    def _to(self, request: Request, count: int) -> np.ndarray:
        """Host addresses of pages loaded."""
        return self.room + (request.number * BATCH + np.arange(count)) * PAGE_BYTES

    def _write(self, request: Request, op, stream, page) -> None:
        if len(op) > BATCH:
            raise ValueError(f"{len(op)} descriptors at once")
        size = 1 << RING_LOG2
        made = np.zeros(len(op), DESCRIPTOR)
        made["op"] = op
        made["slot"] = np.where(op == STORE, request.tables[stream], 0)
        made["tag"] = np.arange(len(op))
        source = request.raw_at + (stream * request.pages.shape[1] + page) * PAGE_BYTES
        made["host"] = np.where(op == STORE, source, self._to(request, len(op)))
        made["target"] = self.vpn(request, stream, page) << np.uint64(12)
        made["length"] = PAGE_BYTES
        at = request.number * RING_BYTES
        ring = self.host.bytes[at : at + size * RING].view(DESCRIPTOR)
        ring[(request.tail + np.arange(len(op))) % size] = made

    def _ring(self, asked: dict) -> None:
        top = cocotb.top
        tails, consumed = int(top.tail_i.value), int(top.tail_i.value)
        for number, (_, op, *_) in asked.items():
            at = 16 * number
            tail = (tails >> at) + len(op) & 0xFFFF
            tails = tails & ~(0xFFFF << at) | tail << at
        top.consumed_i.value = consumed
        top.tail_i.value = tails

    def _check(self, request: Request, op, stream, page) -> None:
        """Completions, and the pages loaded."""
        size = 1 << RING_LOG2
        at = request.number * RING_BYTES + COMPLETIONS
        ring = self.host.bytes[at : at + size * 16].view(COMPLETION)
        places = request.tail + np.arange(len(op))
        got = ring[places % size]
        phase = 1 - (places >> RING_LOG2) % 2
        numbers = (got["number"].astype(int) - request.tail) % (1 << 16)
        if not np.array_equal(got["phase"] >> 7, phase):
            self.wrong.append(f"ring {request.number}: a completion's phase is wrong")
        if not np.array_equal(np.sort(numbers), np.arange(len(op))):
            self.wrong.append(f"ring {request.number}: not one completion for each descriptor")
        elif got["status"].any():
            bad = int(got["status"].argmax())
            self.wrong.append(
                f"ring {request.number}: status {got['status'][bad]} of descriptor {numbers[bad]}"
            )
        request.tail += len(op)
        loads = (op == LOAD).nonzero()[0]
        room = self.host.bytes[self.room :].reshape(-1, PAGE_BYTES)
        back = room[request.number * BATCH + loads].view(np.int16)
        expected = request.decoded[stream[loads], page[loads]]
        differ = (back != expected).any(1)
        if differ.any():
            self.wrong.append(
                f"request {request.number}: {differ.sum()} of {len(loads)} loaded pages differ"
            )
        room[request.number * BATCH + loads] = 0

    def _latencies(self, asked: dict) -> dict[int, np.ndarray]:
        library = ctypes.CDLL(None)
        library.skv_watch_take.restype = ctypes.c_uint64
        seen = np.zeros((4 * BATCH, 4), np.uint64)
        count = library.skv_watch_take(
            ctypes.c_void_p(seen.ctypes.data), ctypes.c_uint64(len(seen))
        )
        ring, number, fetched, completed = seen[:count].astype(np.int64).T
        latency = completed - fetched
        result = defaultdict(list)
        for which, (request, op, *_) in asked.items():
            mine = ring == which
            place = (number[mine] - (request.tail - len(op))) % (1 << 16)
            for kind in (STORE, LOAD):
                result[kind].append(latency[mine][op[place] == kind])
        return {kind: np.concatenate(parts) for kind, parts in result.items()}


def counters() -> dict[str, int]:
    names = ("hits", "misses", "walks", "merges")
    return {name: int(getattr(cocotb.top, f"{name}_o").value) for name in names}


def spread(latency: list[np.ndarray]) -> list[int]:
    """Median, 99th percentile, longest."""
    return [int(v) for v in np.percentile(np.concatenate(latency), [50, 99, 100], method="higher")]


def check_memory(path: MemoryPath, request: Request) -> int:
    """Page table and stored bytes against the models; units that the pages take."""
    table = PageTable(
        path.device.bytes.view(np.uint64), ROOT_BASE, ROOTS, POOL_BASE + SEGMENTS * SEGMENT_UNITS
    )
    streams, pages = request.units.shape
    stream, page = np.divmod(np.arange(streams * pages), pages)
    for s, p, vpn in zip(stream, page, path.vpn(request, stream, page).tolist(), strict=True):
        fault, entry = table.translate(vpn, request.tenant)
        units, raw = int(request.units[s, p]), bool(request.raw[s, p])
        if fault != Fault.NONE:
            path.wrong.append(f"page {vpn:#x}: {fault.name}")
            continue
        if (entry.length, entry.codec, entry.slot) != (
            units,
            AS_IS if raw else SPECKV,
            request.tables[s],
        ):
            path.wrong.append(f"page {vpn:#x}: the entry is {entry}")
        at = int(entry.address) * UNIT_BYTES
        if not np.array_equal(
            path.device.bytes[at : at + units * UNIT_BYTES],
            request.stored[s, p, : units * UNIT_BYTES],
        ):
            path.wrong.append(f"page {vpn:#x}: stored bytes differ from the model's")
        other, _ = table.translate(vpn, request.tenant + 1)
        if other != Fault.FOREIGN:
            path.wrong.append(f"page {vpn:#x}: {other.name} for another tenant")
    return int(request.units.sum())


def pages_of(request: Request, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Streams and numbers of all pages from `first` to before `last`, number by number."""
    page, stream = np.divmod(np.arange((last - first) * request.streams), request.streams)
    return stream, first + page


def parts(work: list[Work]) -> list[list[Work]]:
    """Cut so that no ring gets more than a batch."""
    most = max((sum(len(w.page) for w in work if w.request is r.request) for r in work), default=0)
    n = -(-most // BATCH)
    return [
        [Work(w.request, w.op, w.stream[i::n], w.page[i::n]) for w in work if len(w.page[i::n])]
        for i in range(n)
    ]


@cocotb.test()
async def job(_) -> None:
    """Traced steps, then pages one after another, then descriptors alone."""
    folder, preset = Path(os.environ[JOB]), os.environ["SKV_MEMORY"]
    spec = json.loads((folder / "job.json").read_text())
    names = ("pages", "decoded", "stored", "units", "raw", "crc", "tables", "reads")
    requests = [
        Request(n, *(np.load(folder / f"{name}{n}.npy") for name in names))
        for n in range(spec["requests"])
    ]
    raw_bytes = sum(request.pages.nbytes for request in requests)
    size = RAW + raw_bytes + BATCH * PAGE_BYTES * len(requests)
    path = MemoryPath(
        DeviceMemory(size, fixed(HOST_NS), MHZ),
        DeviceMemory((POOL_BASE + SEGMENTS * SEGMENT_UNITS) * UNIT_BYTES, PRESETS[preset], MHZ),
        spec["heads"],
        room=RAW + raw_bytes,
    )
    at = RAW
    for request in requests:
        request.raw_at = at
        path.host.bytes[at : at + request.pages.nbytes] = request.pages.view(np.uint8).ravel()
        at += request.pages.nbytes
    attach(HOST, path.host)
    attach(DEVICE, path.device)
    top = cocotb.top
    top.root_base_i.value, top.link_base_i.value = ROOT_BASE, LINK_BASE
    top.pool_base_i.value, top.segments_i.value = POOL_BASE, SEGMENTS
    top.manage_valid_i.value, top.tail_i.value, top.consumed_i.value = 0, 0, 0
    top.tenant_i.value = sum(r.tenant << 16 * r.number for r in requests)
    top.enable_i.value = (1 << len(requests)) - 1
    await reset()
    cocotb.log.info("reset done")
    tables = table_packets(np.load(folder / "tables.npy"))
    await transfer({1: tables}, {})
    cocotb.log.info("tables loaded")
    if not int(top.ready_o.value):
        await RisingEdge(top.ready_o)
    free = int(top.free_units_o.value)
    cocotb.log.info("ready, %d units free", free)
    shape = {"layers": spec["layers"], "heads": spec["heads"]}
    for request in requests:
        await path.manage(request, free=False, **shape)

    # The traced steps.
    begin = time.perf_counter()
    before = counters()
    busy, moved = defaultdict(list), defaultdict(int)
    stored = 0
    for step in range(spec["every"] - 1, spec["tokens"], spec["every"]):
        sealed = (step + 1) // spec["tokens_per_page"]
        work = []
        for request in requests:
            work.append(Work(request, STORE, *pages_of(request, stored, sealed)))
            reads = request.reads[(request.reads[:, 0] == step) & (request.reads[:, 2] < stored)]
            work.append(Work(request, LOAD, reads[:, 1], reads[:, 2]))
        cocotb.log.info("step %d", step)
        for part in parts(work):
            cycles, latencies = await path.run(part, step)
            moved["cycles"] += cycles
            for op, latency in latencies.items():
                busy[op].append(latency)
                moved[op] += len(latency)
        stored = sealed
    after = counters()
    taken = free - int(top.free_units_o.value)
    units = sum(check_memory(path, request) for request in requests)

    # One after another: stores anew, cold loads, both.
    rates = {}
    half = requests[0].pages.shape[1] // 2
    stores = [Work(r, STORE, *(a[:STREAMED] for a in pages_of(r, 0, half))) for r in requests]
    loads = [Work(r, LOAD, *(a[:STREAMED] for a in pages_of(r, half, 2 * half))) for r in requests]
    for name, work in (("store", stores), ("load", loads), ("both", stores + loads)):
        cycles, _ = await path.run(work)
        count = {op: sum(len(w.page) for w in work if w.op == op) for op in (STORE, LOAD)}
        rates[name] = {"stores": count[STORE], "loads": count[LOAD], "cycles": cycles}

    # Alone: cold, and the same page again.
    alone = defaultdict(list)
    first = requests[0]
    for i in range(ALONE):
        stream, page = np.array([i % first.streams]), np.array([i % half])
        for name, op in (("store", STORE), ("cold", LOAD), ("load", LOAD)):
            _, latencies = await path.run([Work(first, op, stream, page)])
            alone[name].append(latencies[op])
    walk = float(np.median(alone["cold"]) - np.median(alone["load"]))

    for request in requests:
        await path.manage(request, free=True, **shape)
    if (left := int(top.free_units_o.value)) != free:
        path.wrong.append(f"{left} units are free after all requests ended, {free} before them")
    result = {
        "memory": preset,
        "decode": {"stores": moved[STORE], "loads": moved[LOAD], "cycles": moved["cycles"]},
        **rates,
        "alone": {name: spread(values) for name, values in alone.items()},
        "busy": {"store": spread(busy[STORE]), "load": spread(busy[LOAD])},
        "walk": walk,
        **{name: after[name] - before[name] for name in after},
        "raw_bytes": raw_bytes,
        "stored_bytes": units * UNIT_BYTES,
        "pool_bytes": taken * UNIT_BYTES,
        "gigabytes": PRESETS[preset].gigabytes,
        "seconds": time.perf_counter() - begin,
        "wrong": path.wrong[:10],
    }
    (folder / f"{preset}.json").write_text(json.dumps(result))
