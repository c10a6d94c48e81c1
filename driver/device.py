"""The device as software sees it: pages by rings, coherent windows, prefetching, predictions.

Plain blocking Python over three things: registers (`driver.registers.Registers`), the GPU port's
mailbox, and GPU memory as an array of bytes.  docs/top.md says what lies where.  ::

    device = Device(registers, mailbox, gpu_memory, wait)
    device.start(Layout.plan(len(device_memory)))
    device.begin(request=0, tenant=7, layers=30, heads=3)
    device.load_table(slot, table.image())
    device.ring(0, tenant=7).run(descriptors)
"""

from __future__ import annotations

import enum
import logging
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from driver import csr_map
from driver.registers import Register, Registers
from models.dma import COMPLETION, DESCRIPTOR, Op, Status, fresh
from models.prefetch_core import Answer, Verdict

MAGIC = int.from_bytes(b"SKVC", "little")
MAJOR = 0  # of the register map
LINE = 64
PAGE = 4096
SEGMENT = 65536
COUNTS = 1 << 16  # ring counters count modulo this
MAILBOX = 1 << 63
MAIL_END = 1 << 12
LOST = 15  # status of a command that a reset overtook
PATIENCE = 100_000  # calls of `wait` until something counts as stuck
STALL = 32  # and until that is told


LOG = logging.getLogger(__name__)  # debug: each completion, each stall


class DeviceError(Exception):
    """The device refused something or does not answer; the message says what and why."""


class Mailbox(Protocol):
    """The GPU port: one burst of whole 16-byte lanes, inside 4 KB; False if it was refused."""

    def write(self, address: int, data: bytes) -> bool: ...


class Mail(enum.IntEnum):
    """What a burst to the mailbox is (`cxl_speckv_pkg::mail_e`)."""

    PACKET = 0
    QUESTION = 1
    STEP = 2
    TABLE = 3
    WEIGHTS = 4


class EventKind(enum.IntEnum):
    """`cxl_speckv_pkg::event_e`."""

    ANSWER = 1
    ARRIVAL = 2
    PREDICTION = 3


@dataclass(frozen=True)
class Arrival:
    """A page that was asked for came into its slot, or could not be had."""

    handle: int
    layer: int
    head: int
    page: int
    slot: int
    ok: bool


@dataclass(frozen=True)
class Prediction:
    """Of the next token, the likeliest first; status: `lstm_pkg::status_e`."""

    slot: int
    status: int
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Where things are in device memory (units of 64 bytes) and in GPU memory (bytes).

    raw_lines: coherent memory as it is; behind it the window, which takes no memory.
    """

    raw_lines: int
    window_pages: int
    staging: int
    roots: int
    links: int
    pool: int
    segments: int
    embeddings: int
    states: int
    rings: int
    ring_log2: int
    events: int
    events_log2: int
    l2: int
    free: int  # the rest of GPU memory
    hdm_base: int = 0
    bi_id: int = 0

    @classmethod
    def plan(
        cls,
        device_bytes: int,
        *,
        requests: int,
        window_pages: int,
        staging_pages: int,
        raw_lines: int = 4096,
        vocabulary: int = 0,
        predictor_slots: int = 0,
        l2_slots: int = 0,
        ring_log2: int = 8,
        events_log2: int = 8,
        hdm_base: int = 0,
        bi_id: int = 0,
    ) -> Layout:
        """A device memory of so many bytes, the pool last.  Raises ValueError if it is too small.

        raw_lines is rounded up to the window's size.
        """
        window = 64 * window_pages
        staging_units = 64 * staging_pages
        raw = -(-raw_lines // window) * window
        staging = -(-(raw + window) // staging_units) * staging_units
        embeddings = staging + staging_units
        states = -(-(embeddings + vocabulary) // 16) * 16
        roots = states + 16 * predictor_slots
        links = roots + requests
        left = device_bytes // LINE - links
        segments = (left * LINE - SEGMENT) // (SEGMENT + 8)
        if segments < 1:
            raise ValueError(f"{device_bytes} bytes are not enough for a pool")
        pool = -(-(links + -(-segments // 8)) // 1024) * 1024
        segments = min(segments, device_bytes // SEGMENT - pool // 1024)
        size = 1 << ring_log2
        ring_bytes = max(PAGE, LINE * size) + max(PAGE, 16 * size)
        events = PAGE + 8 * ring_bytes
        l2 = events + max(PAGE, 16 << events_log2)
        return cls(
            *(raw, window_pages, staging, roots, links, pool, segments, embeddings, states),
            *(PAGE, ring_log2, events, events_log2, l2, l2 + 2 * PAGE * l2_slots),
            hdm_base=hdm_base,
            bi_id=bi_id,
        )


class Ring:
    """A ring of descriptors and its completions, in GPU memory from `base` and `completions` on."""

    def __init__(self, device: Device, number: int, tenant: int, window: tuple[int, int]):
        self.device, self.number = device, number
        layout = device.layout
        self.size = 1 << layout.ring_log2
        span = max(PAGE, LINE * self.size)
        self.base = base = layout.rings + number * (span + max(PAGE, 16 * self.size))
        self.completions = completions = base + span
        self.tail = self.consumed = 0
        gpu = device.gpu
        self._descriptors = gpu[base : base + LINE * self.size].view(DESCRIPTOR)
        self._completions = gpu[completions : completions + 16 * self.size].view(COMPLETION)
        self._completions[:] = 0
        write = device.registers.write
        write(csr_map.RING_WINDOW_BASE, number, address=window[0])
        write(csr_map.RING_WINDOW_LIMIT, number, address=window[1])
        write(csr_map.RING_BASE, number, address=base)
        write(csr_map.RING_COMPLETIONS, number, address=completions)
        write(csr_map.RING_TAIL, number, count=0)
        write(csr_map.RING_CONSUMED, number, count=0)
        write(csr_map.RING_CONTROL, number, enable=1, tenant=tenant, size_log2=layout.ring_log2)

    @property
    def room(self) -> int:
        """Descriptors that may be posted now."""
        return self.size - (self.tail - self.consumed)

    def post(self, descriptors: np.ndarray) -> None:
        """Make descriptors (`DESCRIPTOR` ``[n]``, at most `room`) and ring the bell."""
        if len(descriptors) > self.room:
            raise ValueError(f"{len(descriptors)} descriptors, room for {self.room}")
        at = (self.tail + np.arange(len(descriptors))) % self.size
        self._descriptors[at] = descriptors
        self.tail += len(descriptors)
        self.device.registers.write(csr_map.RING_TAIL, self.number, count=self.tail % COUNTS)

    def poll(self) -> np.ndarray:
        """Completions (`COMPLETION` ``[n]``) that came since."""
        found = fresh(self._completions, self.consumed)
        if len(found):
            if LOG.isEnabledFor(logging.DEBUG):
                self._log(found)
            self.consumed += len(found)
            count = self.consumed % COUNTS
            self.device.registers.write(csr_map.RING_CONSUMED, self.number, count=count)
        return found

    def _log(self, found: np.ndarray) -> None:
        descriptors = self._descriptors[found["number"] % self.size]
        for c, d in zip(found, descriptors, strict=True):
            page, op, status = int(d["target"]) // PAGE, Op(d["op"]).name, Status(c["status"]).name
            LOG.debug("ring %d: %s of page %#x: %s", self.number, op, page, status)

    def _some(self) -> np.ndarray | None:
        found = self.poll()
        return found if len(found) else None

    def run(self, descriptors: np.ndarray) -> np.ndarray:
        """Post descriptors as there is room; their completions, ``[n]``, in the order of posting.

        Nothing else may be under way in the ring.
        """
        first, posted, done = self.tail, 0, []
        while sum(map(len, done)) < len(descriptors):
            n = min(self.room, len(descriptors) - posted)
            if n:
                self.post(descriptors[posted : posted + n])
                posted += n
            done.append(self.device.until(self._some, f"completions of ring {self.number}"))
        found = np.concatenate(done) if done else np.zeros(0, COMPLETION)
        order = (found["number"].astype(np.int64) - first) % COUNTS
        return found[np.argsort(order)]

    def cancel(self, tag: int) -> None:
        """Cancel the prefetches with this tag that have not written yet."""
        self.device.command(csr_map.CANCEL, "cancel", tag=tag, ring=self.number)


class Device:
    """A device that is running or can be started.

    gpu: GPU memory, uint8 ``[bytes]``, as the device addresses it.  wait: lets some time pass.
    patience: calls of `wait` until something counts as stuck.
    Raises DeviceError if what is behind the registers is another device.
    """

    def __init__(
        self,
        registers: Registers,
        mailbox: Mailbox,
        gpu: np.ndarray,
        wait: Callable[[], None],
    ):
        self.registers, self.mailbox, self.gpu, self.wait = registers, mailbox, gpu, wait
        self.patience = PATIENCE
        magic = registers.read(csr_map.ID)["magic"]
        version = registers.read(csr_map.VERSION)
        if magic != MAGIC:
            raise DeviceError(f"identification is {magic:#x}, not {MAGIC:#x}: another device")
        if version["major"] != MAJOR:
            raise DeviceError(f"register map {version['major']}, this driver knows {MAJOR}")
        self.caps = {
            f"{group.name.removeprefix('caps_')}.{name}": value
            for group in csr_map.REGISTERS
            if group.name.startswith("caps_")
            for name, value in registers.read(group).items()
        }

    def check_request(self, layers: int, heads: int, pages: int) -> None:
        """Whether pages can be prefetched for a request that large; pages: of a layer and KV head.

        Raises DeviceError.
        """
        for name, count in (("layers", layers), ("heads", heads), ("pages", pages)):
            most = self.caps[f"request.{name}"]
            if count > most:
                raise DeviceError(f"a request with {count} {name}: the device takes {most} at most")

    # ---- Waiting ----

    def until(self, ready: Callable[[], object], what: str) -> object:
        """What `ready` returns once it is neither None nor False.  Raises DeviceError."""
        for waited in range(self.patience):
            found = ready()
            if found is not None and found is not False:
                return found
            if waited == STALL:
                LOG.debug("stall: %s", what)
            self.wait()
        raise DeviceError(f"the device is stuck: {what} did not come")

    # ---- Start and reset ----

    def start(self, layout: Layout) -> None:
        """Set the layout and take the engines out of reset."""
        self.layout = layout
        write = self.registers.write
        for register, value in (
            (csr_map.LAYOUT_ROOT_BASE, layout.roots),
            (csr_map.LAYOUT_LINK_BASE, layout.links),
            (csr_map.LAYOUT_POOL_BASE, layout.pool),
            (csr_map.LAYOUT_STAGING_BASE, layout.staging),
            (csr_map.LAYOUT_EMBEDDINGS, layout.embeddings),
            (csr_map.LAYOUT_STATES, layout.states),
        ):
            write(register, address=value)
        write(csr_map.LAYOUT_SEGMENTS, count=layout.segments)
        write(csr_map.LAYOUT_HDM_BASE, line=layout.hdm_base // LINE)
        lines = layout.raw_lines + 64 * layout.window_pages
        write(csr_map.LAYOUT_HDM_SIZE, lines=lines, bi_id=layout.bi_id)
        write(csr_map.LAYOUT_L2_BASE, line=layout.l2 // LINE)
        write(csr_map.LAYOUT_EVENT_BASE, page=layout.events // PAGE, size_log2=layout.events_log2)
        events = self.gpu[layout.events : layout.events + (16 << layout.events_log2)]
        events[:] = 0
        self._events = events.reshape(-1, 16)
        self._seen = 0
        write(csr_map.EVENTS_CONSUMED, count=0)
        write(csr_map.CONTROL, enable=1)
        self.until(lambda: bool(self.registers.read(csr_map.STATUS)["ready"]), "readiness")

    def reset(self) -> None:
        """Let what is under way end, then reset the engines: `start` begins anew.

        Events go on being read meanwhile.  What the staging area holds unsealed is lost: seal or
        close it before.
        """
        self.registers.write(csr_map.IRQ_PENDING, reset_done=1)
        self.registers.write(csr_map.CONTROL, soft_reset=1)

        def done() -> bool:
            self.events()
            return bool(self.registers.read(csr_map.IRQ_PENDING)["reset_done"])

        self.until(done, "the end of the reset")

    # ---- Commands ----

    def command(self, register: Register, what: str, **fields: int) -> int:
        """Give a command and wait for its status.  Raises DeviceError if a reset overtook it."""
        self.registers.write(register, go=1, **fields)

        def status() -> tuple[int] | None:
            found = self.registers.read(register)
            return None if found["busy"] else (found["status"],)

        (answer,) = self.until(status, f"an answer to {what}")
        if answer == LOST:
            raise DeviceError(f"{what}: overtaken by a reset, or the device is not ready")
        return answer

    def _manage(self, op: csr_map.ManageOp, what: str, **fields: int) -> None:
        status = csr_map.ManageStatus(self.command(csr_map.MANAGE, what, op=op, **fields))
        if status:
            raise DeviceError(f"{what}: {status.name}")

    def begin(self, request: int, tenant: int, layers: int, heads: int) -> None:
        """A request that pages can be stored for."""
        fields = {"request": request, "tenant": tenant, "layers": layers, "heads": heads}
        self._manage(csr_map.ManageOp.BEGIN, f"beginning request {request}", **fields)

    def free(self, request: int, tenant: int) -> None:
        """Its pages are gone."""
        fields = {"request": request, "tenant": tenant}
        self._manage(csr_map.ManageOp.FREE, f"freeing request {request}", **fields)

    def ring(self, number: int, tenant: int, window: tuple[int, int] = (0, 0)) -> Ring:
        """Ring `number` for a tenant; window: units that its copies may touch."""
        return Ring(self, number, tenant, window)

    # ---- Pages as memory ----

    def window_address(self, page: int) -> int:
        """Where a page of the window is in device memory's addresses."""
        return (self.layout.raw_lines + 64 * page) * LINE

    def _window(self, op: csr_map.WindowOp, page: int, **fields: int) -> csr_map.WindowStatus:
        what = f"{op.name.lower()} of window page {page}"
        status = self.command(csr_map.WINDOW, what, op=op, page=page, **fields)
        return csr_map.WindowStatus(status)

    def open_page(
        self, page: int, tenant: int, vpn: int, slot: int, *, fresh: bool = False
    ) -> csr_map.WindowStatus:
        """Show a stored page, or a `fresh` one of zeros, in the window; `slot`: its table."""
        self.registers.write(csr_map.WINDOW_PAGE, vpn=vpn)
        fields = {"tenant": tenant, "slot": slot, "fresh": int(fresh)}
        return self._window(csr_map.WindowOp.OPEN, page, **fields)

    def seal_page(self, page: int) -> csr_map.WindowStatus:
        """Store what was written, compressed; all that read it afterwards see it so."""
        return self._window(csr_map.WindowOp.SEAL, page)

    def close_page(self, page: int) -> csr_map.WindowStatus:
        """Take a page out of the window; BUSY: it was written and not sealed."""
        return self._window(csr_map.WindowOp.CLOSE, page)

    def discard_page(self, page: int) -> csr_map.WindowStatus:
        """Close a page, also one that cannot be stored: what was written is lost, what was stored
        last stays."""
        return self._window(csr_map.WindowOp.DISCARD, page)

    def page_event(self) -> dict[str, int] | None:
        """The next page that could not be loaded or stored, if there is one."""
        found = self.registers.read(csr_map.STAGING_EVENT)
        if not found["valid"]:
            return None
        self.registers.write(csr_map.STAGING_EVENT, take=1)
        return {name: found[name] for name in ("page", "status", "store")}

    # ---- The mailbox ----

    def _send(self, mail: Mail, data: bytes, detail: int = 0) -> None:
        if not self.mailbox.write(MAILBOX | mail << 24 | detail, data):
            raise DeviceError(f"the mailbox refused a {mail.name.lower()}")

    def _load(self, mail: Mail, loaders: Iterable[int], image: bytes, slot: int = 0) -> None:
        before = [self.registers.read(csr_map.LOADS, i) for i in loaders]
        chunks = [image[at : at + PAGE] for at in range(0, len(image), PAGE)]
        for i, chunk in enumerate(chunks):
            self._send(mail, chunk, slot << 16 | (MAIL_END if i == len(chunks) - 1 else 0))
        for i, old in zip(loaders, before, strict=True):

            def taken(i: int = i, old: dict = old) -> bool:
                new = self.registers.read(csr_map.LOADS, i)
                if new["refused"] != old["refused"]:
                    raise DeviceError(f"{mail.name.lower()} for slot {slot} were refused: damaged")
                return new["taken"] != old["taken"]

            self.until(taken, f"{mail.name.lower()} of slot {slot}")

    def load_table(self, slot: int, image: bytes) -> None:
        """Load a table into both halves of the codec.  Raises DeviceError if it is refused."""
        self._load(Mail.TABLE, (0, 1), image, slot)

    def load_weights(self, image: bytes) -> None:
        """Load the next-token predictor's weights."""
        self._load(Mail.WEIGHTS, (2,), image)

    def packet(self, beats: Sequence[int]) -> None:
        """A packet of the prefetch core, beats of 16 bytes (`models.prefetch_core.Packet`)."""
        self._send(Mail.PACKET, b"".join(beat.to_bytes(16, "little") for beat in beats))

    def ask(self, questions: Sequence[tuple[int, int, int, int, int, int]]) -> None:
        """Questions for pages: tag, tenant, handle, layer, head, page; `events` has the answers."""
        data = [
            struct.pack("<HBBBHB8x", page, head, layer, handle, tenant, tag)
            for tag, tenant, handle, layer, head, page in questions
        ]
        for at in range(0, len(data), PAGE // 16):
            self._send(Mail.QUESTION, b"".join(data[at : at + PAGE // 16]))

    def step(self, slot: int, token: int, *, first: bool, predict: bool) -> None:
        """A token for the predictor's state `slot`; `events` has the prediction."""
        word = slot << 18 | token << 2 | first << 1 | predict
        self._send(Mail.STEP, word.to_bytes(16, "little"))

    # ---- Events ----

    def events(self) -> list[Answer | Arrival | Prediction]:
        """What came since, in its order."""
        out = []
        size = len(self._events)
        while True:
            record = self._events[self._seen % size].tobytes()
            if record[15] >> 7 != (self._seen // size + 1) % 2:
                break
            self._seen += 1
            kind = EventKind(record[15] & 0x7F)
            if kind == EventKind.ANSWER:
                tag, verdict, slot = struct.unpack_from("<BBH", record)
                out.append(Answer(tag, Verdict(verdict), slot))
            elif kind == EventKind.ARRIVAL:
                handle, layer, head, page, slot, ok = struct.unpack_from("<BBBHHB", record)
                out.append(Arrival(handle, layer, head, page, slot, bool(ok)))
            else:
                slot, status, *tokens = struct.unpack_from("<HH4H", record)
                out.append(Prediction(slot, status, tuple(tokens)))
        if out:
            self.registers.write(csr_map.EVENTS_CONSUMED, count=self._seen % COUNTS)
        return out

    # ---- Counters ----

    def counters(self) -> dict[str, int]:
        """All counters, of one moment."""
        self.registers.write(csr_map.CONTROL, freeze=1)
        found = {
            register.name.removeprefix("counters."): self.registers.read(register)["count"]
            for register in vars(csr_map).values()
            if isinstance(register, Register)
            and register.name.startswith(("counters.", "prefetch."))
        }
        self.registers.write(csr_map.CONTROL, freeze=0)
        return found
