"""The part of cosim.system_faults that runs in the simulator.

Rounds: a request's pages are stored, read by rings, prefetching and as memory, and freed or lost to
a reset, with faults at every step and none between the steps.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path

import cocotb
import numpy as np
import pyuvm
from cocotb.task import resume
from cocotb.triggers import ClockCycles

from cosim import memory
from cosim.damage import BIT, BURST, OVERWRITTEN, TRUNCATED
from cosim.system_faults import COUNT, FAULTS, RESULT
from cosim.system_faults_pages import LINES, NO_EFFECT, STOCK, ZERO, Fault, Pages
from driver.device import LINE, PAGE, DeviceError, Ring
from models.dma import COMPLETION, Status
from models.page_table import Entry, directory_key, pointer_address
from models.prefetch_core import Kind
from tb.agents.cxl_mem.host import POISON
from tb.top.env import CHANNEL_PORT
from tb.top.tests import TENANT

LAYERS, HEADS, PAGES = 3, 4, 4  # of a round's request: three of them fill the pool
KEYS = [(y, h, p) for p in range(PAGES) for y in range(LAYERS) for h in range(HEADS)]
REQUESTS = range(2, 34)  # taken in turn
SPARE = 63  # a request of no pages
WINDOW_PAGES = 6  # read as memory in a round
MEMORIES = (("GPU memory", 0), ("device memory", CHANNEL_PORT))  # and their ports
NOTHING = dict.fromkeys(memory.CHANNELS, 256)

DAMAGED, WRITE_ERROR = "damaged in device memory: ", "bus error on writing: "
OTHER, STALE = "another of its table and length", "what was there before"
WITHHELD, RESET = "withheld: ", "reset: "

# How a fault showed, beside the statuses of completions and what reading pages tells.
COMMAND, STUCK, CUT = "command", "stuck", "cut"


@pyuvm.test()
class Job(Pages):
    """Injects as many faults as the environment says, and writes what came of them."""

    def start(self) -> None:
        super().start()
        self.freed: list[int] = []  # segments of the request that was freed last

    def run(self) -> None:
        self.prepare()
        ends = (self.pause, self.cut, self.pause, self.stop, self.pause, self.lose_completion)
        faults = int(os.environ.get(COUNT, FAULTS))
        while self.counts.total() < faults and not self.wrong:
            self.request = REQUESTS[self.round % len(REQUESTS)]
            self.device.begin(self.request, TENANT, LAYERS, HEADS)
            self.before = self.pool.bytes.copy()
            self.vpns = [self.of(*key, kind) for key in KEYS for kind in (0, 1)]
            self.holds = {vpn: self.g.randrange(STOCK) for vpn in self.vpns}
            self.store_all()
            self.break_tables()
            self.read_all()
            self.break_lines()
            ends[self.round % len(ends)]()
            self.round += 1
            cocotb.log.info("round %d: %d faults", self.round, self.counts.total())
        counts = [(kind, outcome, n) for (kind, outcome), n in sorted(self.counts.items())]
        result = {"counts": counts, "wrong": self.wrong, "pages": self.pages}
        Path(RESULT).write_text(json.dumps(result))

    # ---- Storing ----

    def store_all(self) -> None:
        """The first half of the streams with faults in raw pages, the second with faults in what
        is written."""
        first = [vpn for vpn in self.vpns if self.stream(vpn) < LAYERS * HEADS]
        second = [vpn for vpn in self.vpns if vpn not in first]
        self.g.shuffle(first)
        ring, faults = self.g.choice(self.rings), []
        if self.freed:
            segment = self.g.choice(self.freed)
            at = self.env.layout.links * LINE + 8 * segment
            how = self.g.choice((BIT, BURST, OVERWRITTEN, ZERO))
            self.spoil(at, 8, how)
            faults.append(Fault(f"{DAMAGED}link, {how}", first, sure=False))
        marks = self.put_with_raw_faults(first, ring, faults)
        self.undo()
        self.put_again(marks)
        marks = self.put_with_pool_faults(second, ring)
        self.undo()
        self.put_again(marks)

    def put_again(self, marks: dict[int, str]) -> None:
        if marks:
            self.settle([], self.put(list(marks), self.rings[0]), "storing afterwards")

    def put_with_raw_faults(
        self, vpns: Sequence[int], ring: Ring, faults: list[Fault]
    ) -> dict[int, str]:
        n = len(vpns)
        for i in self.g.sample(range(n), 16):
            at = self.place(i) + LINE * self.g.randrange(PAGE // LINE)
            kind = self.unreadable(self.host_memory, at, "raw page")
            faults.append(Fault(kind, [vpns[i]]))
        marks = self.put(vpns, ring)
        self.settle(faults, marks, "storing")
        return marks

    def put_with_pool_faults(self, vpns: Sequence[int], ring: Ring) -> dict[int, str]:
        """Lines ahead of what is taken, far enough from each other that a page meets one at most,
        and lines of entries."""
        faults = []
        lines = {self.entry_at(vpn) // LINE for vpn in vpns}
        for line in self.g.sample(sorted(lines), 2):
            self.refuse(self.pool, line * LINE, reads=False)
            kind = f"{WRITE_ERROR}page table's entries"
            faults.append(Fault(kind, [v for v in vpns if self.entry_at(v) // LINE == line]))
        known = {vpn for fault in faults for vpn in fault.pages}
        some = self.g.sample([vpn for vpn in vpns if vpn not in known], 2)
        faults += self.refuse_descriptors(vpns, some, ring)
        known.update(some)
        taken: dict[int, int] = {}  # where each segment goes on
        for entry in (self.entry(vpn) for vpn in self.vpns if vpn not in vpns):
            end = int(entry.address + entry.length)
            taken[(end - 1) // 1024] = max(end, taken.get((end - 1) // 1024, 0))
        for segment, end in taken.items():
            for unit in range(end + self.g.randrange(70), 1024 * (segment + 1), 70):
                self.refuse(self.pool, unit * LINE, reads=False)
        before = self.pool.counters.errors
        marks = self.put(vpns, ring)
        met = {vpn: mark for vpn, mark in marks.items() if vpn not in known}
        if any(mark != Status.POOL_BUS.name for mark in met.values()):
            self.say(f"storing: {met} with bus errors in the pool alone")
        kind = f"{WRITE_ERROR}page"
        self.counts[kind, Status.POOL_BUS.name] += len(met)
        refused = self.pool.counters.errors - before
        told = sum(m in (Status.POOL_BUS.name, Status.TABLE_BUS.name) for m in marks.values())
        if told != refused:
            self.say(f"storing: {refused} writes were refused, {told} pages were marked for it")
        self.settle(faults, {v: m for v, m in marks.items() if v in known}, "storing")
        return marks

    def refuse_descriptors(
        self, vpns: Sequence[int], some: Sequence[int], ring: Ring
    ) -> list[Fault]:
        """Some of the descriptors that will be posted for these pages cannot be fetched."""
        faults = []
        for vpn in some:
            at = ring.base + LINE * ((ring.tail + vpns.index(vpn)) % ring.size)
            faults.append(Fault(self.unreadable(self.host_memory, at, "descriptor"), [vpn]))
        return faults

    @staticmethod
    def stream(vpn: int) -> int:
        """Of a page, within its request."""
        return ((vpn >> 28 & 255) * HEADS + (vpn >> 20 & 255)) * 2 + (vpn >> 19 & 1)

    # ---- The page table ----

    def break_tables(self) -> None:
        """Root line, pointers to the directory and to rows: all that lies behind them is lost.

        Freeing a request makes the address translation forget what it knew of them.
        """
        root = (self.env.layout.roots + self.request) * LINE
        words = self.pool.bytes.view(np.uint64)
        key = directory_key(self.request, 0)
        directory = int(pointer_address(words[root // 8 + 1], key)[1]) * LINE
        for _ in range(5):
            self.device.begin(SPARE, TENANT, 1, 1)
            self.device.free(SPARE, TENANT)
            page = self.g.randrange(PAGES)
            what, at = self.g.choice(
                (("root", root), ("pointer", root + 8), ("pointer", directory + 8 * page))
            )
            if self.g.random() < 0.4:
                kind = self.unreadable(self.pool, at, "page table's roots and pointers")
            else:
                how = self.g.choice((BIT, BURST, OVERWRITTEN, ZERO))
                self.spoil(at, 8, how)
                kind = f"{DAMAGED}{what}, {how}"
            vpns = self.g.sample([vpn for vpn in self.vpns if vpn % (1 << 19) == page], 3)
            marks = self.get(vpns, self.g.choice(self.rings), "a broken table")
            self.settle([Fault(kind, vpns)], marks, "a broken table")
            self.undo()
        for command in (self.device.begin, self.device.free):
            fields = (1, 1) if command == self.device.begin else ()
            self.refuse(self.pool, (self.env.layout.roots + SPARE) * LINE, reads=False)
            try:
                command(SPARE, TENANT, *fields)
                self.say(f"{command.__name__} without a root line was well")
            except DeviceError:
                self.counts[f"{WRITE_ERROR}root", COMMAND] += 1
            self.undo()
            command(SPARE, TENANT, *fields)

    # ---- Reading ----

    def read_all(self) -> None:
        """Faults in most pages and entries, and every page read in one way or another."""
        keys = KEYS.copy()
        self.g.shuffle(keys)
        late = [key for key in keys if key[0] == LAYERS - 1][:2]  # asked for in the end
        keys = [key for key in keys if key not in late]
        asked, rest = keys[:20], self.both(keys[20:])
        seen, loaded = rest[:WINDOW_PAGES], rest[WINDOW_PAGES:]
        faults = self.break_pages(self.both(asked) + rest)
        hit = {vpn for fault in faults for vpn in fault.pages}
        sound = [vpn for vpn in loaded if vpn not in hit]
        self.g.shuffle(sound)
        ring = self.g.choice(self.rings)
        for vpn in sound[:2]:
            at = self.target(loaded.index(vpn)) + LINE * self.g.randrange(PAGE // LINE)
            self.refuse(self.host_memory, at, reads=False)
            faults.append(Fault(f"{WRITE_ERROR}loaded page", [vpn]))
        faults += self.refuse_descriptors(loaded, sound[2:4], ring)
        self.packet(Kind.BEGIN, request=self.request, layer=LAYERS, head=HEADS)
        self.packet(Kind.STEP, pages=PAGES + 1, room=128)
        marks = self.ask(asked, "prefetching")
        marks |= self.look(seen)
        marks |= self.get(loaded, ring, "rings")
        self.settle(faults, marks, "reading")
        self.undo()
        self.again(list(marks))
        self.refuse_slots(late)
        self.packet(Kind.END)

    def break_pages(self, vpns: Sequence[int]) -> list[Fault]:
        """One fault for each of most pages, in the page, its entry, or the line of its entry."""
        faults: list[Fault] = []
        lines: dict[int, list[int]] = {}
        for vpn in vpns:
            lines.setdefault(self.entry_at(vpn) // LINE, []).append(vpn)
        for line, inside in lines.items():
            if len(inside) == LINE // 16 and self.g.random() < 0.15:
                kind = self.unreadable(self.pool, line * LINE, "page table's entries")
                faults.append(Fault(kind, inside))
            else:
                some = [vpn for vpn in inside if self.g.random() < 0.9]
                # Places first, while the page table is sound.
                places = [(vpn, self.entry_at(vpn), self.entry(vpn)) for vpn in some]
                faults += [Fault(self.break_page(*place), [place[0]]) for place in places]
        return faults

    def break_page(self, vpn: int, entry_at: int, entry: Entry) -> str:
        at, units = int(entry.address) * LINE, int(entry.length)
        chance = self.g.random()
        if chance < 0.2:
            return self.unreadable(self.pool, at + LINE * self.g.randrange(units), "page")
        if chance < 0.45:
            how = self.g.choice((BIT, BURST, OVERWRITTEN, ZERO))
            self.spoil(entry_at, 16, how)
            return f"{DAMAGED}entry, {how}"
        others, before = self.alike(vpn), self.before[at : at + LINE * units]
        hows = [BIT, BURST, OVERWRITTEN]
        hows += [TRUNCATED] * (units > 1) + [OTHER] * bool(others)
        hows += [STALE] * (not np.array_equal(before, self.pool.bytes[at : at + LINE * units]))
        how = self.g.choice(hows)
        if how == OTHER:
            self.overwrite(at, self.g.choice(others))
        elif how == STALE:
            self.overwrite(at, before)
        elif how == OVERWRITTEN:  # a line of it
            self.spoil(at + LINE * self.g.randrange(units), LINE, how)
        else:
            self.spoil(at, LINE * units, how)
        return f"{DAMAGED}page, {how}"

    def alike(self, vpn: int) -> list[np.ndarray]:
        """Other pages that are stored with this one's table, of the same length."""
        page, slot = self.stock[self.holds[vpn]]
        own = self.codec.compress(page, slot)
        others = [self.codec.compress(*other) for other in self.stock if other[1] == slot]
        return [
            other.data
            for other in others
            if (other.units, other.raw) == (own.units, own.raw) and other.crc != own.crc
        ]

    def refuse_slots(self, keys: Sequence[tuple[int, int, int]]) -> None:
        """The prefetch buffer's memory refuses a line; afterwards the page can be asked for."""
        self.idle()
        size = self.env.layout.free - self.env.layout.l2
        for key in keys:
            self.refuse(self.host_memory, self.env.layout.l2, length=size, reads=False, count=1)
            fault = Fault(f"{WRITE_ERROR}slot of the prefetch buffer", self.both([key]))
            self.settle([fault], self.ask([key], "prefetching"), "prefetching")
            self.undo()
            self.settle([], self.ask([key], "asking again"), "asking again")

    def break_lines(self) -> None:
        """Lines that hold no compressed page: of the staging area, and coherent memory as it is."""
        for page, vpn in enumerate(self.g.sample(self.vpns, 2)):
            self.device.open_page(page, TENANT, vpn, self.stock[self.holds[vpn]][1])
            if not self.lines(page, vpn):
                self.say(f"page {vpn:#x} was refused without a fault")
            self.break_frame(page, vpn)
            self.device.close_page(page)
        for line in self.g.sample(range(self.env.layout.raw_lines), 3):
            value = int.from_bytes(self.pool.bytes[LINE * line :][:LINE].tobytes(), "little")
            self.marked(line, self.unreadable(self.pool, LINE * line, "coherent line"))
            self.undo()
            self.refuse(self.pool, LINE * line, reads=False)
            if not self.gpu_write(line, [value ^ (POISON - 1)]):
                self.say(f"line {line}: a write that was refused was well")
            self.counts[f"{WRITE_ERROR}coherent line", LINES] += 1
            self.undo()
            if self.host_load(line) != value or self.gpu_read(line)[0] != (value, 0):
                self.say(f"line {line} is not what it was")
            self.host_evict(line)

    def break_frame(self, page: int, vpn: int) -> None:
        """A line of the staging area cannot be read while a page is in it."""
        staging, model = self.env.layout.staging * LINE, self.models[self.holds[vpn]]
        frames = (staging + PAGE * i for i in range(4))
        at = next(f for f in frames if np.array_equal(self.pool.bytes[f : f + PAGE], model))
        line = self.g.randrange(64)
        kind = self.unreadable(self.pool, at + LINE * line, "line of the staging area")
        self.marked(self.device.window_address(page) // LINE + line, kind)
        self.undo()
        if not self.lines(page, vpn):
            self.say(f"page {vpn:#x} is still refused, its line can be read again")

    # ---- Withheld responses and resets ----

    def some(self) -> tuple[list[int], Ring]:
        return self.g.sample(self.vpns, 24), self.g.choice(self.rings)

    def stuck(self, all_came: Callable[[], bool]) -> None:
        """The driver notices that not all comes."""
        try:
            self.device.until(all_came, "all completions")
        except DeviceError as error:
            if "stuck" not in str(error):
                raise
            return
        self.say("everything came, though a memory does not answer")

    def free(self) -> None:
        entries = [self.entry(vpn) for vpn in self.vpns]
        pool = self.env.layout.pool
        self.freed = sorted({(int(entry.address) - pool) // 1024 for entry in entries})
        self.device.free(self.request, TENANT)

    def pause(self) -> None:
        """A memory does not answer for a while: everything comes, later."""
        name, port = self.g.choice(MEMORIES)
        vpns, ring = self.some()

        async def goes_on() -> None:
            await ClockCycles(cocotb.top.clk_i, self.g.randrange(200, 4000))
            memory.stall(port, 1)

        memory.stall(port, 1, **NOTHING)
        start_soon(goes_on())
        self.settle([], self.get(vpns, ring, "after a pause"), "after a pause")
        self.counts[f"{WITHHELD}{name}, for a while", NO_EFFECT] += 1
        self.free()

    def cut(self) -> None:
        """A reset while pages and lines are under way."""
        vpns, ring = self.some()
        all_came = self.post(vpns, ring)
        hard = self.round // 6 % 2 == 0
        if hard:
            resume(self.hard_reset)(self.g.randrange(2000))
        else:
            for _ in range(self.g.randrange(30)):
                self.device.wait()
            self.device.reset()
            self.env.forget()
        all_came()
        self.counts[f"{RESET}{'hard' if hard else 'soft'}, in mid-traffic", CUT] += 1
        self.start()

    async def hard_reset(self, after: int) -> None:
        """Reset the device in so many cycles, with lines under way too."""
        top, env = cocotb.top, self.env
        line = self.g.randrange(env.layout.raw_lines - 64)
        reads = (env.gpu.read(line, 16), env.io.read(line + 16, 16), env.host.load(line + 32))
        tasks = [cocotb.start_soon(read) for read in reads]
        await ClockCycles(top.clk_i, after)
        top.rst_ni.value = 0
        await ClockCycles(top.clk_i, 2)
        env.forget()
        await ClockCycles(top.clk_i, 2)
        top.rst_ni.value = 1
        for task in tasks:
            await task

    def stop(self) -> None:
        """A memory answers nothing any more: the driver notices.  Once it answers again a soft
        reset brings the device back, and a hard one while it does not."""
        name, port = self.g.choice(MEMORIES)
        vpns, ring = self.some()
        memory.stall(port, 1, **NOTHING)
        all_came = self.post(vpns, ring)
        self.stuck(all_came)
        hard = self.round // 6 % 2 == 0
        if hard:
            resume(self.hard_reset)(20)
        memory.stall(port, 1)
        if not hard:
            self.device.reset()
            self.env.forget()
        all_came()
        self.counts[f"{WITHHELD}{name}, for good, {'hard' if hard else 'soft'} reset", STUCK] += 1
        self.start()

    def lose_completion(self) -> None:
        """Completions that cannot be written are lost: the driver notices."""
        vpns, ring = self.some()
        at = ring.completions + COMPLETION.itemsize * (ring.tail % ring.size)
        self.refuse(self.host_memory, at, reads=False)
        all_came = self.post(vpns, ring)
        self.stuck(all_came)
        self.undo()
        self.counts[f"{WRITE_ERROR}completion", STUCK] += 1
        self.device.reset()
        self.env.forget()
        self.start()


def start_soon(task: Coroutine) -> None:
    """Start a task from the driver's thread."""

    async def start() -> None:
        cocotb.start_soon(task)

    resume(start)()
