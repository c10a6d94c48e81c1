"""The part of cosim.system that runs in the simulator: GPUs' decoding, through the driver."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
import pyuvm
from cocotb.task import bridge
from pyuvm import ConfigDB, uvm_test

from cosim.simulation import JOB
from driver.device import Answer, Arrival, Device, Layout, Ring, Verdict
from models.device_memory import PRESETS
from models.dma import DESCRIPTOR, Op, Status
from models.page import PAGE_BYTES
from models.page_table import Vpn
from models.prefetch_core import Kind, Packet
from tb.agents.common import reset, start_clock
from tb.top.env import TopEnv

SLOTS = 8192  # of the buffer
POOL_BYTES = 128 << 20
GPU_BYTES = 192 << 20


class SystemEnv(TopEnv):
    """Memories that hold the conversations."""

    gpu_bytes, pool_bytes = GPU_BYTES, POOL_BYTES
    layout = Layout.plan(
        POOL_BYTES,
        requests=64,
        window_pages=16,
        staging_pages=4,
        vocabulary=49152,
        predictor_slots=64,
        l2_slots=SLOTS,
        ring_log2=10,
        events_log2=10,
    )


class Request:
    """A conversation that decodes: its GPU, as the device sees it."""

    def __init__(self, job: Job, number: int, spec: dict[str, Any], folder: Path) -> None:
        self.job, self.spec, self.folder = job, spec, folder
        self.request, self.tenant = number + 3, spec["tenant"]

        def load(name: str) -> np.ndarray:
            return np.load(folder / f"{name}{number}.npy")

        self.pages, self.decoded, self.units = load("pages"), load("decoded"), load("units")
        self.tables, self.codes, self.needed = load("tables"), load("codes"), load("needed")
        self.got = np.zeros_like(self.decoded)
        self.read = np.zeros(self.decoded.shape[:-1], bool)
        self.answers: Counter[str] = Counter()  # of steps that count
        self.stored = self.pages_read = self.tokens = 0
        self.own: set[tuple[int, int]] = set()  # streams' pages that the GPU wrote in the buffer

    @property
    def device(self) -> Device:
        return self.job.device

    @property
    def ring(self) -> Ring:
        return self.job.rings[self.tenant]

    def begin(self) -> None:
        """Store the pages that are sealed when it begins."""
        self.handle = self.job.handles.pop()
        layers, heads = self.job.layers, self.job.heads
        self.device.begin(self.request, self.tenant, layers, heads)
        self.store_until(self.spec["start"] // self.job.tokens_per_page)
        self.packet(Kind.BEGIN, request=self.request, layer=layers, head=heads)

    def end(self) -> None:
        """Free it; its pages are nobody's then."""
        self.packet(Kind.END)
        self.job.handles.append(self.handle)
        self.device.free(self.request, self.tenant)
        d = np.zeros(1, DESCRIPTOR)
        d["op"], d["length"], d["host"] = Op.LOAD, PAGE_BYTES, self.job.free
        d["target"] = self.vpn(np.zeros(1, np.int64), 0, 0) * np.uint64(PAGE_BYTES)
        (found,) = self.ring.run(d)
        if found["status"] != Status.UNMAPPED:
            self.wrong(f"a freed page was loaded: {Status(found['status']).name}")

    def step(self, number: int) -> None:
        """Decode a token: layer by layer, needed pages first, then the scores."""
        pages, layers, heads = self.spec["pages"][number], self.job.layers, self.job.heads
        counts = number >= self.job.warm
        self.tokens += counts
        if pages - 1 > self.stored:
            self.keep_own(pages - 2)
            self.store_until(pages - 1)
        self.packet(Kind.STEP, pages=pages, room=self.spec["rooms"][number])
        for layer in range(layers):
            self.attend(layer, pages, self.needed[number], counts)
            for head in range(heads):
                report = self.codes[number, layer * heads + head, : -(-pages // 16) * 16].tobytes()
                self.packet(Kind.REPORT, layer=layer, head=head, pages=pages, codes=report)

    def wrong(self, what: str) -> None:
        self.job.wrong.append(f"request {self.request}: {what}")

    def packet(self, kind: Kind, **fields: object) -> None:
        self.device.packet(Packet(kind, self.handle, self.tenant, **fields).beats())

    def vpn(self, streams: np.ndarray, kind: int, page: int) -> np.ndarray:
        heads = self.job.heads
        return Vpn(self.request, streams // heads, streams % heads, kind, page).number()

    def store_until(self, end: int) -> None:
        """Store all streams' pages below `end` that were not."""
        streams = np.arange(self.pages.shape[0])
        free, gpu = self.job.free, self.job.gpu
        while self.stored < end:
            parts = []
            for kind in range(2):
                d = np.zeros(len(streams), DESCRIPTOR)
                d["op"], d["length"], d["slot"] = Op.STORE, PAGE_BYTES, self.tables[:, kind]
                d["host"] = free + PAGE_BYTES * (len(streams) * kind + streams)
                d["target"] = self.vpn(streams, kind, self.stored) * np.uint64(PAGE_BYTES)
                raw = self.pages[:, kind, self.stored].view(np.uint8)
                at = free + PAGE_BYTES * len(streams) * kind
                gpu[at : at + raw.size] = raw.ravel()
                parts.append(d)
            found = self.ring.run(np.concatenate(parts))
            units = self.units[:, :, self.stored].T.ravel()
            if (found["status"] != Status.OK).any() or (found["units"] != units).any():
                self.wrong(f"page {self.stored} of some stream was stored otherwise")
            self.stored += 1

    def ask(self, wanted: list[tuple[int, int, int]]) -> dict[int, Answer]:
        """Ask for pages (layer, head, page) and wait for those that are on their way: the answers
        by place in the list.  What arrived is in `arrived` then."""
        tenant, handle = self.tenant, self.handle
        self.device.ask([(tag, tenant, handle, *key) for tag, key in enumerate(wanted)])
        answers: dict[int, Answer] = {}
        self.arrived: dict[tuple[int, int, int], Arrival] = {}

        def enough() -> bool:
            for event in self.device.events():
                if isinstance(event, Answer):
                    answers[event.tag] = event
                elif event.handle == handle:
                    self.arrived[event.layer, event.head, event.page] = event
            coming = (Verdict.LATE, Verdict.MISS)
            return len(answers) == len(wanted) and all(
                wanted[tag] in self.arrived for tag, a in answers.items() if a.verdict in coming
            )

        self.device.until(enough, f"the pages of request {self.request}")
        self.job.asked.update(answer.verdict.name for answer in answers.values())
        return answers

    def slot(self, answer: Answer) -> int:
        """Where an answer's slot is in GPU memory."""
        return self.job.l2 + 2 * PAGE_BYTES * answer.slot

    def keep_own(self, page: int) -> None:
        """A page is full: the GPU, which wrote it, has it in its slots of the buffer, raw."""
        heads = self.job.heads
        streams = range(self.pages.shape[0])
        answers = self.ask([(s // heads, s % heads, page) for s in streams])
        for stream, answer in answers.items():
            if answer.verdict != Verdict.HIT:
                self.wrong(f"the page being written of stream {stream}: {answer}")
                continue
            raw = self.pages[stream, :, page].view(np.uint8).ravel()
            at = self.slot(answer)
            self.job.gpu[at : at + raw.size] = raw
            self.own.add((stream, page))

    def attend(self, layer: int, pages: int, needed: np.ndarray, counts: bool) -> None:
        """Ask for what a layer needs, wait until it is there, and read it."""
        heads = self.job.heads
        wanted = [
            (layer, head, int(page))
            for head in range(heads)
            for page in np.flatnonzero(needed[layer * heads + head])
        ]
        for tag, answer in self.ask(wanted).items():
            if counts:
                self.answers[answer.verdict.name] += 1
            _, head, page = wanted[tag]
            if page >= pages - 1 or answer.verdict == Verdict.FULL:
                continue  # being written: the GPU's own
            arrival = self.arrived.get(wanted[tag])
            if answer.verdict > Verdict.MISS or (arrival and not arrival.ok):
                self.wrong(f"layer {layer} head {head} page {page}: {answer} {arrival}")
                continue
            self.take(layer * heads + head, page, answer)

    def take(self, stream: int, page: int, answer: Answer) -> None:
        """Read a page's keys and values where they arrived, and compare them."""
        for kind in range(2):
            at = self.slot(answer) + PAGE_BYTES * kind
            data = self.job.gpu[at : at + PAGE_BYTES].view(np.int16)
            self.pages_read += 1
            right = [self.decoded[stream, kind, page]]
            if (stream, page) in self.own:  # until it was fetched again
                right.append(self.pages[stream, kind, page])
            if not any((data == page_data).all() for page_data in right):
                self.wrong(f"stream {stream} page {page} kind {kind} differs")
            self.got[stream, kind, page] = data
            self.read[stream, kind, page] = True

    def result(self) -> dict[str, Any]:
        answers = {name: self.answers[name] for name in ("HIT", "LATE", "MISS", "FULL")}
        return {
            "tenant": self.tenant,
            "tokens": self.tokens,
            "answers": answers,
            "pages_read": self.pages_read,
        }


@pyuvm.test()
class Job(uvm_test):
    """Decodes the steps of the job's folder."""

    def build_phase(self) -> None:
        self.folder = Path(os.environ[JOB])
        self.spec = json.loads((self.folder / "job.json").read_text())
        ConfigDB().set(self, "*", "timing", PRESETS[self.spec["memory"]])
        self.env = SystemEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await bridge(self.decode)()
        self.drop_objection()

    def decode(self) -> None:
        """All rounds: in each, every request that is there decodes a token."""
        spec, layout = self.spec, self.env.layout
        self.layers, self.heads, self.warm = spec["layers"], spec["heads"], spec["warm"]
        self.tokens_per_page = spec["tokens_per_page"]
        self.free, self.l2 = layout.free, layout.l2
        self.gpu = self.env.gpu_memories[0].bytes
        self.wrong: list[str] = []
        self.asked: Counter[str] = Counter()
        self.device = device = self.env.device()
        device.start(layout)
        most = max(max(request["pages"]) for request in spec["requests"])
        device.check_request(self.layers, self.heads, most)
        self.handles = list(range(device.caps["prefetch.requests"]))
        for slot, image in enumerate(np.load(self.folder / "images.npy")):
            device.load_table(slot, image.tobytes())
        requests = [Request(self, *one, self.folder) for one in enumerate(spec["requests"])]
        tenants = dict.fromkeys(request.tenant for request in requests)
        self.rings = {tenant: device.ring(n, tenant) for n, tenant in enumerate(tenants)}
        storing: Counter[str] = Counter()
        counted: Counter[str] = Counter()
        begin = time.perf_counter()
        for number in range(max(request.spec["end"] for request in requests)):
            for request in requests:
                if request.spec["end"] == number:
                    request.end()
            before = device.counters()
            for request in requests:
                if request.spec["begin"] == number:
                    request.begin()
            between = device.counters()
            storing.update(grown(before, between))
            live = [r for r in requests if r.spec["begin"] <= number < r.spec["end"]]
            for request in live:
                request.step(number - request.spec["begin"])
            if all(number - request.spec["begin"] >= self.warm for request in live):
                counted.update(grown(between, device.counters()) | {"tokens": len(live)})
            cocotb.log.info("%.0f s: round %d", time.perf_counter() - begin, number)
        counters = device.counters()
        names = {"HIT": "hits", "LATE": "late", "MISS": "misses", "FULL": "full"}
        answers = {name: counters[f"prefetch.{counter}"] for name, counter in names.items()}
        if answers != {name: self.asked[name] for name in names}:
            self.wrong.append(f"answered {dict(self.asked)}, counted {answers}")
        result = {
            "requests": [request.result() for request in requests],
            "counters": counted,
            "storing": storing,
            "wrong": self.wrong[:10],
        }
        (self.folder / "counted.json").write_text(json.dumps(result))
        for number, request in enumerate(requests):
            np.save(self.folder / f"got{number}.npy", request.got)
            np.save(self.folder / f"read{number}.npy", request.read)


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after}
