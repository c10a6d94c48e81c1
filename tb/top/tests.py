"""The whole device through its driver: what software can do with it, and what it is told."""

from __future__ import annotations

from collections.abc import Callable

import cocotb
import numpy as np
import pytest
import pyuvm
import torch
from cocotb.task import bridge, resume
from cocotb.triggers import ClockCycles
from pyuvm import ConfigDB, uvm_test

from driver import csr_map
from driver.csr_map import WindowStatus
from driver.device import LINE, PAGE, Answer, Arrival, Device, DeviceError, Prediction, Verdict
from models.coherence import Op as HostOp
from models.device_memory import PRESETS, fixed
from models.dma import DESCRIPTOR, Codec, Op, Status
from models.lstm import State, predict, step
from models.page_table import AS_IS, SPECKV, Entry, Vpn
from models.prefetch_core import Kind, Packet
from tb.agents.common import reset, start_clock
from tb.agents.cxl_mem.host import POISON
from tb.agents.cxl_mem.messages import ALL_BYTES
from tb.lstm import weights as lstm_weights
from tb.speckv import pages as raw_pages
from tb.speckv import tables as raw_tables
from tb.top.env import TopEnv

TENANT, OTHER = 7, 0xA5C3
LAYERS, HEADS = 2, 2
SLOTS = (0, 1, 77)
EXACT_SLOT = 255
NO_TABLE = 100
SETS, WAYS = 16, 4  # of the filter


class TopTest(uvm_test):
    """`run` is the test: blocking code, with a started device."""

    timing = fixed(40.0)
    stall = 0
    env_kind: type[TopEnv] = TopEnv

    def build_phase(self) -> None:
        ConfigDB().set(self, "*", "timing", self.timing)
        self.env = self.env_kind("env", self)

    async def run_phase(self) -> None:
        self.raise_objection()
        self.g = self.env.g
        start_clock()
        await reset()
        self.before = self.env.beats()
        self.env.stall(self.stall)
        await bridge(self._run)()
        await ClockCycles(cocotb.top.clk_i, 50)
        assert self.env.gpu.quiet and self.env.host.quiet
        self.drop_objection()

    def _run(self) -> None:
        g = self.env.np
        made = [
            raw_tables.suited(g, *raw_tables.LAYOUTS[0], 0),
            raw_tables.suited(g, *raw_tables.LAYOUTS[3], 3),
            raw_tables.lossless(g, *raw_tables.LAYOUTS[1]),
        ]
        self.tables = dict(zip(SLOTS, made, strict=True))
        self.codec = Codec(self.tables)
        self.device = self.env.device()
        self.start()
        self.run()
        self.check_beats()

    def start(self) -> None:
        """Start the device, load tables, open rings."""
        self.device.start(self.env.layout)
        for slot, table in self.tables.items():
            self.device.load_table(slot, table.image())
        self.raw: dict[int, tuple[np.ndarray, int]] = {}  # by VPN: page and table's slot
        self.open_rings()

    def open_rings(self) -> None:
        """Begin a request of each tenant."""
        for request, tenant in enumerate((TENANT, OTHER)):
            self.device.begin(request, tenant, LAYERS, HEADS)
        self.rings = [self.device.ring(n, TENANT) for n in range(0, 8, 3)]
        self.other = self.device.ring(7, OTHER)

    def run(self) -> None:
        raise NotImplementedError

    def idle(self) -> None:
        """Wait until nothing is under way."""
        status = csr_map.STATUS
        self.device.until(lambda: bool(self.device.registers.read(status)["idle"]), "idleness")

    def check_beats(self) -> None:
        """Every port's counters are what the bench saw there."""
        self.idle()
        counters = self.device.counters()
        for name, seen in self.env.beats().items():
            assert counters[name] == seen - self.before[name], f"{name}: {seen - self.before[name]}"

    def grown(self, work: Callable[[], object]) -> dict[str, int]:
        """By how much the counters grow with a piece of work."""
        before = self.device.counters()
        work()
        self.idle()
        after = self.device.counters()
        return {name: after[name] - before[name] for name in after}

    # ---- Pages ----

    @property
    def gpu(self) -> np.ndarray:
        return self.env.gpu_memories[0].bytes

    def place(self, n: int) -> int:
        """Bytes of GPU memory for `n` pages that the device knows nothing of."""
        return self.env.layout.free + PAGE * n

    def make(self, n: int) -> list[tuple[np.ndarray, int]]:
        """Raw pages, uint8 ``[4096]``, and slots."""
        out = []
        for i in range(n):
            slot = SLOTS[i % len(SLOTS)]
            kind = raw_pages.KINDS[self.g.choice(("normal", "narrow", "some_wild", "any_bits"))]
            out.append((kind(self.env.np, self.tables[slot]).view(np.uint8), slot))
        return out

    @staticmethod
    def vpn(request: int, layer: int, head: int, kind: int, page: int) -> int:
        return int(Vpn(request, layer, head, kind, page).number())

    @staticmethod
    def descriptors(op: Op, vpns: list[int], places: list[int], slots: list[int] | None = None):
        d = np.zeros(len(vpns), DESCRIPTOR)
        d["op"], d["length"] = op, PAGE
        d["tag"] = np.arange(len(vpns))
        d["host"], d["target"] = places, [v * PAGE for v in vpns]
        if slots is not None:
            d["slot"] = slots
        return d

    def store(self, vpns: list[int], ring: int = 0) -> None:
        """Random pages, stored through a ring; `raw` knows them then."""
        made = self.make(len(vpns))
        for i, (vpn, (page, slot)) in enumerate(zip(vpns, made, strict=True)):
            self.gpu[self.place(i) :][:PAGE] = page
            self.raw[vpn] = page.copy(), slot
        places, slots = [self.place(i) for i in range(len(vpns))], [slot for _, slot in made]
        found = self.rings[ring].run(self.descriptors(Op.STORE, vpns, places, slots))
        assert (found["status"] == Status.OK).all(), found["status"]
        units = [self.codec.compress(page, slot).units for page, slot in made]
        assert found["units"].tolist() == units

    def seen(self, page: np.ndarray, slot: int) -> np.ndarray:
        """A raw page as it is after it was stored and loaded."""
        stored = self.codec.compress(page, slot)
        codec = AS_IS if stored.raw else SPECKV
        entry = Entry(TENANT, 0, stored.units, slot, codec, crc=stored.crc)
        error, seen = self.codec.decompress(stored.data, entry)
        assert not error
        return seen

    def expected(self, vpn: int) -> np.ndarray:
        return self.seen(*self.raw[vpn])

    def load(self, vpns: list[int], ring: int = 0) -> list[np.ndarray]:
        """Pages loaded through a ring."""
        places = [self.place(64 + i) for i in range(len(vpns))]
        found = self.rings[ring].run(self.descriptors(Op.LOAD, vpns, places))
        assert (found["status"] == Status.OK).all(), found["status"]
        return [self.gpu[at : at + PAGE].copy() for at in places]

    def check_loads(self, vpns: list[int], ring: int = 0) -> None:
        for vpn, page in zip(vpns, self.load(vpns, ring), strict=True):
            assert (page == self.expected(vpn)).all(), f"page {vpn:#x} came back otherwise"

    # ---- Lines, blocking ----

    def host_load(self, line: int) -> int:
        return resume(self.env.host.load)(line)

    def host_store(self, line: int, value: int) -> None:
        resume(self.env.host.store)(line, value)

    def host_evict(self, line: int) -> None:
        resume(self.env.host.evict)(line)

    def gpu_read(self, line: int, beats: int = 1) -> list[tuple[int, int]]:
        return resume(self.env.gpu.read)(line, beats)

    def gpu_write(self, line: int, values: list[int]) -> int:
        return resume(self.env.gpu.write)(line, [(value, (1 << LINE) - 1) for value in values])

    def io_read(self, line: int, beats: int = 1) -> list[tuple[int, int]]:
        return resume(self.env.io.read)(line, beats)


def lines_of(page: np.ndarray) -> list[int]:
    return [int.from_bytes(page[at : at + LINE].tobytes(), "little") for at in range(0, PAGE, LINE)]


def page_of(lines: list[int]) -> np.ndarray:
    return np.frombuffer(b"".join(line.to_bytes(LINE, "little") for line in lines), np.uint8)


@pyuvm.test()
class Pages(TopTest):
    """Stores and loads through the rings of every lane; who may; what is counted."""

    def run(self) -> None:
        device = self.device
        all_vpns = [
            self.vpn(0, layer, head, kind, page)
            for page in range(3)
            for layer in range(LAYERS)
            for head in range(HEADS)
            for kind in range(2)
        ]
        parts = [all_vpns[i::3] for i in range(3)]

        def work() -> None:
            for ring, part in enumerate(parts):
                self.store(part, ring)
            for ring, part in enumerate(parts):
                self.check_loads(part, (ring + 1) % 3)
            # Another tenant learns nothing of them.
            d = self.descriptors(Op.LOAD, all_vpns[:4], [self.place(i) for i in range(4)])
            assert (self.other.run(d)["status"] == Status.FOREIGN).all()

        grown = self.grown(work)
        n = len(all_vpns)
        units = sum(self.codec.compress(*self.raw[v]).units for v in all_vpns)
        assert grown["descriptors_ok"] == 2 * n
        assert grown["descriptors_failed"] == 4
        assert grown["pages_stored"] == grown["pages_loaded"] == n
        assert grown["units_stored"] == grown["units_loaded"] == units
        assert grown["tlb_hits"] + grown["tlb_misses"] == 2 * n + 4
        assert grown["tlb_walks"] + grown["tlb_merges"] == grown["tlb_misses"]
        for half in ("compressor", "decompressor"):
            busy, stalls = grown[f"{half}_busy"], grown[f"{half}_stalls"]
            assert 64 * n <= busy <= self.env.lanes * grown["cycles"]
            assert stalls <= busy
        assert cocotb.top.irq_o.value == 0  # nothing is enabled
        device.registers.write(csr_map.IRQ_ENABLE, completed=0xFF)
        assert device.registers.read(csr_map.IRQ_PENDING)["completed"] & 0b10001001
        assert cocotb.top.irq_o.value == 1
        device.free(0, TENANT)
        d = self.descriptors(Op.LOAD, all_vpns[:4], [self.place(i) for i in range(4)])
        assert (self.rings[0].run(d)["status"] == Status.UNMAPPED).all()


@pyuvm.test()
class PagesStalled(Pages):
    """The same over memories that stall."""

    timing = PRESETS["ddr5"]
    stall = 80


@pyuvm.test()
class Prefetching(TopTest):
    """The GPU's reports bring pages into the buffer; its questions are answered, and the pages
    that it asked for arrive."""

    HANDLE = 1

    def packet(self, kind: Kind, **fields: object) -> None:
        self.device.packet(Packet(kind, self.HANDLE, TENANT, **fields).beats())

    def run(self) -> None:
        device, pages = self.device, 6
        keys = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
        self.store([self.vpn(0, y, h, k, p) for p in range(pages) for y, h in keys for k in (0, 1)])
        self.packet(Kind.BEGIN, request=0, layer=LAYERS, head=HEADS)
        self.packet(Kind.STEP, pages=pages, room=128 * 4)
        wanted: dict[int, tuple[int, int, int]] = {}
        events: list = []

        def enough() -> bool:
            """Every question is answered, and what is on its way has come."""
            events.extend(device.events())
            answers = [e for e in events if isinstance(e, Answer)]
            late = {e.tag for e in answers if e.verdict in (Verdict.LATE, Verdict.MISS)}
            arrived = {(e.layer, e.head, e.page) for e in events if isinstance(e, Arrival)}
            return len(answers) == len(wanted) and all(wanted[t] in arrived for t in late)

        for tag, (layer, head) in enumerate(keys):
            wanted[tag] = layer, head, self.g.randrange(pages - 1)
            device.ask([(tag, TENANT, self.HANDLE, *wanted[tag])])
            # The GPU reports on what it has read: a page that is not kept is dropped on its way.
            device.until(enough, "the answer and the arrival")
            codes = bytes(self.g.randrange(128) for _ in range(16))
            self.packet(Kind.REPORT, layer=layer, head=head, pages=pages, codes=codes)
        wanted[200] = 0, 0, 0
        device.ask([(200, OTHER, self.HANDLE, *wanted[200])])
        device.until(enough, "the answers and arrivals")
        answers = {e.tag: e for e in events if isinstance(e, Answer)}
        assert answers.pop(200).verdict == Verdict.FOREIGN
        assert all(e.ok for e in events if isinstance(e, Arrival))
        for key, answer in answers.items():
            assert answer.verdict in (Verdict.HIT, Verdict.LATE, Verdict.MISS), answer
            layer, head, page = wanted[key]
            for kind in (0, 1):
                at = self.env.layout.l2 + PAGE * (2 * answer.slot + kind)
                vpn = self.vpn(0, layer, head, kind, page)
                assert (self.gpu[at : at + PAGE] == self.expected(vpn)).all(), answer
        self.idle()
        counters = device.counters()
        for name, verdict in (("hits", "HIT"), ("late", "LATE"), ("misses", "MISS")):
            given = [a for a in answers.values() if a.verdict == Verdict[verdict]]
            assert counters[f"prefetch.{name}"] == len(given), name
        assert counters["prefetch.refused"] == 1
        fetched = counters["prefetch.issued"] + counters["prefetch.misses"]
        assert counters["pages_prefetched"] == 2 * fetched > 0
        self.packet(Kind.END)


@pyuvm.test()
class PagesAsMemory(TopTest):
    """A stored page in the window: host, GPU and another device see its lines; what they write is
    seen by all, and sealed it is compressed."""

    def run(self) -> None:
        device, g = self.device, self.g
        vpns = [self.vpn(0, 0, 0, 0, page) for page in range(6)]
        self.store(vpns)
        for page, vpn in enumerate(vpns):
            status = device.open_page(page, TENANT, vpn, SLOTS[0])
            assert status == WindowStatus.OK
        assert device.open_page(0, TENANT, vpns[0], SLOTS[0]) == WindowStatus.EXISTS
        assert device.open_page(99, TENANT, vpns[0], SLOTS[0]) == WindowStatus.RANGE
        contents = {}
        for page, vpn in enumerate(vpns):  # more pages than frames
            first = device.window_address(page) // LINE
            lines = contents[page] = lines_of(self.expected(vpn))
            assert [v for v, _ in self.gpu_read(first, 16)] == lines[:16]
            at = g.randrange(64)
            assert self.host_load(first + at) == lines[at]
            at = g.randrange(64)
            assert self.io_read(first + at)[0][0] == lines[at]
        for page in range(len(vpns)):
            first, lines = device.window_address(page) // LINE, contents[page]
            for at in g.sample(range(64), 3):
                lines[at] = g.getrandbits(512)
                self.host_store(first + at, lines[at])
                assert self.gpu_read(first + at)[0][0] == lines[at]
            at = g.randrange(60)
            lines[at : at + 4] = [g.getrandbits(512) for _ in range(4)]
            assert self.gpu_write(first + at, lines[at : at + 4]) == 0
            assert self.host_load(first + at) == lines[at]
        assert device.close_page(2) == WindowStatus.BUSY
        for page, vpn in enumerate(vpns):
            assert device.seal_page(page) == WindowStatus.OK
            self.raw[vpn] = page_of(contents[page]).copy(), SLOTS[0]
            lines = lines_of(self.expected(vpn))
            first = device.window_address(page) // LINE
            at = g.randrange(64)
            assert self.host_load(first + at) == lines[at]
            assert [v for v, _ in self.gpu_read(first, 64)] == lines
            assert device.close_page(page) == WindowStatus.OK
        # What was written goes, if nobody wants it stored.
        assert device.open_page(0, TENANT, vpns[0], SLOTS[0]) == WindowStatus.OK
        first = device.window_address(0) // LINE
        assert self.gpu_write(first, [g.getrandbits(512)]) == 0
        self.host_store(first + 1, g.getrandbits(512))
        assert device.close_page(0) == WindowStatus.BUSY
        assert device.discard_page(0) == WindowStatus.OK
        self.check_loads(vpns)
        counters = device.counters()
        assert counters["staging_stores"] >= len(vpns)
        assert counters["staging_loads"] > len(vpns)


@pyuvm.test()
class Counted(TopTest):
    """What the counters of coherent memory and of the staging area count, one thing at a time."""

    def check(self, work: Callable[[], object], **expected: int) -> None:
        grown = self.grown(work)
        for name, count in expected.items():
            assert grown[name] == count, f"{name} grew by {grown[name]}, not {count}"

    def run(self) -> None:
        self.lines()
        self.messages()
        self.page()

    def lines(self) -> None:
        def load(line: int) -> int:
            return resume(self.env.host.load)(line, HostOp.ReadOwn)

        async def together() -> None:
            agents = (self.env.gpu, self.env.io)
            for task in [cocotb.start_soon(a.write(7, [(1, ALL_BYTES)] * 4)) for a in agents]:
                await task

        self.check(lambda: load(5), coherence_hits=0, coherence_misses=1, coherence_snoops=0)
        # Looked up before and after the host was asked.
        self.check(
            lambda: self.gpu_read(5), coherence_hits=2, coherence_misses=0, coherence_snoops=1
        )
        self.check(
            lambda: [load(6 + SETS * i) for i in range(WAYS + 3)],
            coherence_misses=WAYS + 3,
            coherence_evictions=3,
            coherence_snoops=3,
            coherence_waits=0,
        )
        assert self.grown(lambda: resume(together)())["coherence_waits"] > 0

    def messages(self) -> None:
        """Those that mean nothing, and hints."""
        g, host = self.g, self.env.host

        def odd() -> None:
            for _ in range(40):
                resume(host.odd_request)(g.randrange(800, 900))
                resume(host.odd_write)(g.randrange(800, 900), g.getrandbits(512))
                resume(host.out_of_range)(g.random() < 0.5)
            while host.seen["MemSpecRd"] == before["MemSpecRd"]:  # few seeds have drawn none
                resume(host.odd_request)(g.randrange(800, 900))

        before = host.seen.copy()
        grown = self.grown(odd)
        seen = host.seen - before
        kinds = ("illegal Req", "illegal RwD", "nxm Req", "nxm RwD")
        assert grown["coherence_illegal"] == sum(seen[kind] for kind in kinds) > 0
        assert grown["coherence_hints"] == seen["MemSpecRd"] > 0

    def page(self) -> None:
        device = self.device
        vpn = self.vpn(0, 0, 0, 0, 0)
        self.store([vpn])
        first = device.window_address(0) // LINE
        self.check(lambda: device.open_page(0, TENANT, vpn, SLOTS[0]), staging_sweeps=2)
        self.check(
            lambda: self.gpu_read(first, 16),
            staging_hits=0,
            staging_misses=16,
            staging_loads=1,
            staging_stores=0,
            pages_loaded=1,
        )
        self.check(lambda: self.gpu_read(first, 16), staging_hits=16, staging_misses=0)
        self.check(lambda: self.gpu_write(first, [1, 2, 3]), staging_hits=3, staging_misses=0)
        # Stored, and what the codec made of it loaded; swept before and after.
        self.check(
            lambda: device.seal_page(0),
            staging_hits=0,
            staging_misses=0,
            staging_loads=1,
            staging_stores=1,
            staging_sweeps=2,
        )
        self.check(lambda: device.close_page(0), staging_sweeps=1, staging_stores=0)


@pyuvm.test()
class CoherentMemory(TopTest):
    """Device memory below the window: message passing between host, GPU and another device."""

    def run(self) -> None:
        g = self.g
        for _ in range(30):
            data, flag = g.sample(range(self.env.layout.raw_lines), 2)
            value = g.getrandbits(512)
            self.host_store(data, value)
            self.host_store(flag, 1)
            assert self.gpu_read(flag)[0][0] == 1
            assert self.gpu_read(data)[0][0] == value
            value = g.getrandbits(512)
            assert self.gpu_write(data, [value]) == 0
            assert self.host_load(data) == value
            assert self.io_read(data)[0][0] == value


@pyuvm.test()
class Predictions(TopTest):
    """Tokens through the predictor, its weights loaded through the mailbox."""

    def run(self) -> None:
        device, layout = self.device, self.env.layout
        weights = lstm_weights.make(self.env.np, "typical")
        image = np.frombuffer(weights.embedding_image(), np.uint8)
        for i in range(len(image) // LINE):
            self.env.device_bytes(layout.embeddings + i, LINE)[:] = image[LINE * i :][:LINE]
        device.load_weights(weights.image())
        state = {slot: State.zeros(1) for slot in (3, 60)}
        expected = []
        for i in range(6):
            slot, token = self.g.choice((3, 60)), self.g.randrange(weights.vocabulary)
            first = i == 0 or self.g.random() < 0.2 or slot not in {s for s, _ in expected}
            state[slot] = step(
                weights, State.zeros(1) if first else state[slot], torch.tensor([token])
            )
            tokens = predict(weights, state[slot])[0].tolist()
            device.step(slot, token, first=first, predict=True)
            expected.append((slot, tuple(tokens)))
        found: list[Prediction] = []

        def enough() -> bool:
            found.extend(device.events())
            return len(found) == len(expected)

        device.until(enough, "the predictions")
        assert [(p.slot, p.tokens) for p in found] == expected
        assert all(p.status == 0 for p in found)
        assert device.counters()["lstm_steps"] == len(expected)


@pyuvm.test()
class Refusals(TopTest):
    """What is damaged or means nothing is refused, told of, and disturbs nothing."""

    def refused(self, what: str, *args: object) -> None:
        with pytest.raises(DeviceError):
            getattr(self.device, what)(*args)

    def run(self) -> None:
        device, read = self.device, self.device.registers.read
        vpns = [self.vpn(0, 1, 1, 1, page) for page in range(4)]
        self.store(vpns)
        for image in raw_tables.bad_images(self.env.np).values():
            self.refused("load_table", 9, image)
        self.refused("load_table", EXACT_SLOT, self.tables[0].image())
        self.refused("load_weights", bytes(4096))
        assert not device.mailbox.write(1 << 63 | 9 << 24, bytes(64)), "unknown mail was taken"
        assert not device.mailbox.write(1 << 63 | 1 << 24, bytes(24)), "half a question was taken"
        assert read(csr_map.IRQ_PENDING)["malformed"]
        _, response = self.gpu_read((1 << 63) // LINE)[0]
        assert response == 2, "the mailbox was read"
        self.refused("begin", 0, OTHER, 1, 1)
        self.refused("begin", 64, OTHER, 1, 1)
        self.refused("free", 0, OTHER)
        # A page that memory damaged: its lines are poison, and a load says so.
        d = self.descriptors(Op.LOAD, vpns[:1], [self.place(0)])
        stored = self.codec.compress(*self.raw[vpns[0]])
        hits = [
            (c, at)
            for c, m in enumerate(self.env.device_memories)
            for at in [bytes(m.bytes).find(stored.data[:LINE].tobytes())]
            if at >= 0
        ]
        channel, at = hits[0]
        self.env.device_memories[channel].bytes[at + 2] ^= 0x10
        (found,) = self.rings[0].run(d)
        assert found["status"] == Status.CORRUPT
        assert device.open_page(5, TENANT, vpns[0], SLOTS[0]) == WindowStatus.OK
        assert device.open_page(6, TENANT, vpns[1], SLOTS[0]) == WindowStatus.OK
        line = device.window_address(5) // LINE
        assert self.host_load(line) & POISON
        assert self.gpu_read(line + 1)[0][1] == 2
        event = device.until(device.page_event, "the event of a damaged page")
        assert event == {"page": 5, "status": Status.CORRUPT, "store": 0}
        assert device.page_event() is None, "it was told of twice"
        pending = read(csr_map.IRQ_PENDING)
        assert pending["poison"] and pending["staging"]
        assert device.counters()["poisoned"] == 1  # the host's line
        self.host_evict(line)
        line = device.window_address(6) // LINE
        assert self.host_load(line) == lines_of(self.expected(vpns[1]))[0]
        self.check_loads(vpns[1:])


@pyuvm.test()
class SoftReset(TopTest):
    """A soft reset in mid-traffic: what was begun ends, then everything begins anew."""

    stall = 40

    def run(self) -> None:
        device = self.device
        vpns = [self.vpn(0, 0, 0, 0, page) for page in range(16)]
        for _ in range(2):
            self.store(vpns)
            places = [self.place(64 + i) for i in range(len(vpns))]
            for at in places:
                self.gpu[at : at + PAGE] = 0xEE
            self.rings[0].post(self.descriptors(Op.LOAD, vpns, places))
            for _ in range(self.g.randrange(4)):
                device.wait()
            device.reset()
            found = self.rings[0].poll()
            done = {int(c["number"]) % len(vpns): int(c["status"]) for c in found}
            assert set(done.values()) <= {Status.OK, Status.STOPPED}, done
            for i, (vpn, at) in enumerate(zip(vpns, places, strict=True)):
                page = self.gpu[at : at + PAGE]
                # By its completion, or not fetched when the ring was stopped.
                if done.get(i) == Status.OK:
                    assert (page == self.expected(vpn)).all()
                else:
                    assert (page == 0xEE).all(), "a page half loaded"
            self.env.forget()
            self.raw.clear()
            self.start()


@pyuvm.test()
class Hardware(TopTest):
    """Identification, and a device that is not this driver's."""

    def run(self) -> None:
        device, env = self.device, self.env
        assert device.caps["memory.lanes"] == env.lanes
        assert device.caps["memory.channels"] == env.channels
        assert device.caps["memory.rings"] == 8
        assert device.caps["staging.window_pages"] == 16
        largest = [device.caps[f"request.{name}"] for name in ("layers", "heads", "pages")]
        device.check_request(*largest)
        for at, name in enumerate(("layers", "heads", "pages")):
            larger = [count + (at == i) for i, count in enumerate(largest)]
            with pytest.raises(DeviceError, match=f"{larger[at]} {name}"):
                device.check_request(*larger)

        class Other:
            def read(self, address: int) -> int:
                return 0

        registers = device.registers.__class__(Other())
        with pytest.raises(DeviceError, match="another device"):
            Device(registers, device.mailbox, device.gpu, device.wait)
