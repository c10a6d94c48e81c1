"""The part of cosim.system that runs in the simulator: a GPU that decodes, through the driver."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import cocotb
import numpy as np
import pyuvm
from cocotb.task import bridge
from pyuvm import ConfigDB, uvm_test

from cosim.simulation import JOB
from driver.device import Answer, Arrival, Layout, Verdict
from models.device_memory import PRESETS
from models.dma import DESCRIPTOR, Op, Status
from models.page import PAGE_BYTES
from models.page_table import Vpn
from models.prefetch_core import Kind, Packet
from tb.agents.common import reset, start_clock
from tb.top.env import TopEnv

TENANT, HANDLE, REQUEST = 7, 0, 3
SLOTS = 4096  # of the buffer
POOL_BYTES = 48 << 20
GPU_BYTES = 160 << 20


class SystemEnv(TopEnv):
    """Memories that hold a conversation."""

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


@pyuvm.test()
class Job(uvm_test):
    """Decodes the steps of the job's folder."""

    def build_phase(self) -> None:
        ConfigDB().set(self, "*", "timing", PRESETS["hbm"])
        self.env = SystemEnv("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        start_clock()
        await reset()
        await bridge(self.decode)()
        self.drop_objection()

    def decode(self) -> None:
        folder = Path(os.environ[JOB])
        self.spec = spec = json.loads((folder / "job.json").read_text())
        names = ("pages", "decoded", "units", "slots", "images", "codes", "needed")
        data = {name: np.load(folder / f"{name}.npy") for name in names}
        self.pages, self.decoded, self.units = (data[n] for n in ("pages", "decoded", "units"))
        self.slots, codes, needed = data["slots"], data["codes"], data["needed"]
        self.gpu = self.env.gpu_memories[0].bytes
        self.got = np.zeros_like(self.decoded)
        self.read = np.zeros(self.decoded.shape[:-1], bool)
        self.wrong: list[str] = []
        self.device = device = self.env.device()
        device.start(self.env.layout)
        for slot, image in enumerate(data["images"]):
            device.load_table(slot, image.tobytes())
        self.ring = device.ring(0, TENANT)
        layers, heads = spec["layers"], spec["heads"]
        device.begin(REQUEST, TENANT, layers, heads)
        begin = time.perf_counter()
        self.stored = 0
        self.store_until(spec["start"] // spec["tokens_per_page"])
        cocotb.log.info("%.0f s: %d pages of each stream", time.perf_counter() - begin, self.stored)
        self.packet(Kind.BEGIN, request=REQUEST, layer=layers, head=heads)
        before = None
        self.asked = self.own_asked = self.pages_read = 0
        self.own: set[tuple[int, int]] = set()  # streams' pages that the GPU wrote in the buffer
        for i, pages in enumerate(spec["pages"]):
            if i == spec["warm"]:
                before, self.asked, self.own_asked = device.counters(), 0, 0
            if pages - 1 > self.stored:
                self.keep_own(pages - 2)
                self.store_until(pages - 1)
            self.packet(Kind.STEP, pages=pages, room=spec["rooms"][i])
            for layer in range(layers):
                self.attend(layer, pages, needed[i])
                for head in range(heads):
                    stream = layer * heads + head
                    report = codes[i, stream, : -(-pages // 16) * 16].tobytes()
                    self.packet(Kind.REPORT, layer=layer, head=head, pages=pages, codes=report)
            cocotb.log.info("%.0f s: step %d", time.perf_counter() - begin, i)
        counters = device.counters()
        answers = {
            name: counters[f"prefetch.{name}"] - before[f"prefetch.{name}"]
            for name in ("hits", "late", "misses", "full")
        }
        if sum(answers.values()) != self.asked + self.own_asked:
            self.wrong.append(f"{self.asked} + {self.own_asked} questions, counted {answers}")
        answers["hits"] -= self.own_asked
        result = {"asked": self.asked, **answers, "pages_read": self.pages_read}
        result |= {"counters": counters, "wrong": self.wrong[:10]}
        (folder / "result.json").write_text(json.dumps(result))
        np.save(folder / "got.npy", self.got)
        np.save(folder / "read.npy", self.read)

    def packet(self, kind: Kind, **fields: object) -> None:
        self.device.packet(Packet(kind, HANDLE, TENANT, **fields).beats())

    def vpn(self, streams: np.ndarray, kind: int, page: int) -> np.ndarray:
        heads = self.spec["heads"]
        return Vpn(REQUEST, streams // heads, streams % heads, kind, page).number()

    def store_until(self, end: int) -> None:
        """Store all streams' pages below `end` that were not."""
        streams = np.arange(self.pages.shape[0])
        free = self.env.layout.free
        while self.stored < end:
            parts = []
            for kind in range(2):
                d = np.zeros(len(streams), DESCRIPTOR)
                d["op"], d["length"], d["slot"] = Op.STORE, PAGE_BYTES, self.slots[:, kind]
                d["host"] = free + PAGE_BYTES * (len(streams) * kind + streams)
                d["target"] = self.vpn(streams, kind, self.stored) * np.uint64(PAGE_BYTES)
                raw = self.pages[:, kind, self.stored].view(np.uint8)
                at = free + PAGE_BYTES * len(streams) * kind
                self.gpu[at : at + raw.size] = raw.ravel()
                parts.append(d)
            found = self.ring.run(np.concatenate(parts))
            units = self.units[:, :, self.stored].T.ravel()
            if (found["status"] != Status.OK).any() or (found["units"] != units).any():
                self.wrong.append(f"page {self.stored} of some stream was stored otherwise")
            self.stored += 1

    def keep_own(self, page: int) -> None:
        """A page is full: the GPU, which wrote it, has it in its slots of the buffer, raw."""
        heads = self.spec["heads"]
        streams = range(self.pages.shape[0])
        self.device.ask([(s, TENANT, HANDLE, s // heads, s % heads, page) for s in streams])
        answers: list[Answer] = []

        def enough() -> bool:
            answers.extend(self.device.events())
            return len(answers) == len(streams)

        self.device.until(enough, f"the slots of page {page}")
        self.own_asked += len(streams)
        for answer in answers:
            if answer.verdict != Verdict.HIT:
                self.wrong.append(f"the page being written of stream {answer.tag}: {answer}")
                continue
            at = self.env.layout.l2 + 2 * PAGE_BYTES * answer.slot
            raw = self.pages[answer.tag, :, page].view(np.uint8).ravel()
            self.gpu[at : at + raw.size] = raw
            self.own.add((answer.tag, page))

    def attend(self, layer: int, pages: int, needed: np.ndarray) -> None:
        """Ask for what a layer needs, wait until it is there, and read it."""
        device, heads = self.device, self.spec["heads"]
        wanted = [
            (head, int(page))
            for head in range(heads)
            for page in np.flatnonzero(needed[layer * heads + head])
        ]
        self.asked += len(wanted)
        device.ask(
            [(tag, TENANT, HANDLE, layer, head, page) for tag, (head, page) in enumerate(wanted)]
        )
        answers: dict[int, Answer] = {}
        arrived: dict[tuple[int, int], Arrival] = {}

        def enough() -> bool:
            for event in device.events():
                if isinstance(event, Answer):
                    answers[event.tag] = event
                else:
                    arrived[event.head, event.page] = event
            coming = (Verdict.LATE, Verdict.MISS)
            return len(answers) == len(wanted) and all(
                wanted[tag] in arrived for tag, a in answers.items() if a.verdict in coming
            )

        device.until(enough, f"what layer {layer} needs")
        for tag, (head, page) in enumerate(wanted):
            answer = answers[tag]
            if page >= pages - 1 or answer.verdict == Verdict.FULL:
                continue  # being written: the GPU's own
            arrival = arrived.get((head, page))
            if answer.verdict > Verdict.MISS or (arrival and not arrival.ok):
                self.wrong.append(f"layer {layer} head {head} page {page}: {answer} {arrival}")
                continue
            stream = layer * heads + head
            for kind in range(2):
                at = self.env.layout.l2 + PAGE_BYTES * (2 * answer.slot + kind)
                data = self.gpu[at : at + PAGE_BYTES].view(np.int16)
                self.pages_read += 1
                right = [self.decoded[stream, kind, page]]
                if (stream, page) in self.own:  # until it was fetched again
                    right.append(self.pages[stream, kind, page])
                if not any((data == page_data).all() for page_data in right):
                    self.wrong.append(f"layer {layer} head {head} page {page} kind {kind} differs")
                self.got[stream, kind, page] = data
                self.read[stream, kind, page] = True
