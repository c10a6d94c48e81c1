"""A stand-in for the coherency engine behind the endpoint, and the scoreboard of its messages."""

from __future__ import annotations

import random
from collections import Counter, deque
from dataclasses import dataclass
from typing import ClassVar

import cocotb
from cocotb.triggers import ClockCycles, RisingEdge
from pyuvm import ConfigDB, uvm_component

from models.coherence import (
    HOST_READS,
    TAKES,
    BiSnp,
    Decoded,
    Drs,
    Meta,
    Ndr,
    Op,
    State,
    decode_req,
    decode_rwd,
)
from tb.agents.common import Pattern, no_stall, rng
from tb.agents.cxl_mem.channel import ChannelDriver, ChannelMonitor
from tb.agents.cxl_mem.messages import (
    ALL_BYTES,
    BiRspMsg,
    BiSnpMsg,
    DrsMsg,
    Message,
    NdrMsg,
    Req,
    Rwd,
)

BASE = 0x3_1234_5678
LINES = 0x10_0000
BI_ID = 0xABC
GRANTS = {State.I: Ndr.Cmp, State.S: Ndr.CmpS, State.E: Ndr.CmpE}


@dataclass(slots=True)
class HostReq(Message):
    FIELDS: ClassVar = (("op", 4), ("line", 32), ("tag", 16))
    op: int
    line: int
    tag: int


@dataclass(slots=True)
class HostWrite(Message):
    FIELDS: ClassVar = (
        ("op", 4),
        ("line", 32),
        ("tag", 16),
        ("poison", 1),
        ("strb", 64),
        ("data", 512),
    )
    op: int
    line: int
    tag: int
    poison: int
    strb: int
    data: int


@dataclass(slots=True)
class HostData(Message):
    FIELDS: ClassVar = (("tag", 16), ("grant", 2), ("poison", 1), ("data", 512))
    tag: int
    grant: int
    poison: int
    data: int


@dataclass(slots=True)
class HostAck(Message):
    FIELDS: ClassVar = (("tag", 16), ("grant", 2))
    tag: int
    grant: int


@dataclass(slots=True)
class EngineSnoop(Message):
    FIELDS: ClassVar = (("kind", 2), ("line", 32), ("slot", 7))
    kind: int
    line: int
    slot: int


class EndpointBench(uvm_component):
    """Sends messages into the endpoint on both sides and knows what must come out of the other.

    The ConfigDB field ``stalls`` has a pattern for each channel that is not to go always, and
    ``delay`` how many cycles at most the engine takes.
    """

    def build_phase(self) -> None:
        self.stalls: dict[str, Pattern] = ConfigDB().get(self, "", "stalls")
        self.delay: int = ConfigDB().get(self, "", "delay")
        self.g: random.Random = rng(self.get_full_name())
        self.seen: Counter[str] = Counter()  # rows and answers
        self.compared = 0
        self.conflicts = 0.2  # a BIConflict behind an answer's Cmp
        self.forget()

    def forget(self) -> None:
        """A reset: nothing is expected."""
        self.to_engine: deque[HostReq] = deque()
        self.to_write: deque[HostWrite] = deque()
        self.to_host: deque[BiSnpMsg] = deque()
        self.answers: deque[tuple[int, int]] = deque()
        self.ndr_due: Counter[tuple[int, int]] = Counter()  # opcode, tag
        self.drs_due: Counter[tuple[int, int, int, int]] = Counter()
        self.cmps_sent: set[int] = set()  # tags whose Cmp the endpoint has
        self.events: Counter[str] = Counter()
        self._replying = 0
        self._tag = 0
        self._epoch = getattr(self, "_epoch", 0) + 1
        for driver in getattr(self, "drivers", ()):
            driver.forget()

    def start_of_simulation_phase(self) -> None:
        top = cocotb.top
        top.base_i.value, top.lines_i.value, top.bi_id_i.value = BASE, LINES, BI_ID
        top.used_i.value = 0

        def stall(name: str) -> Pattern:
            return self.stalls.get(name, no_stall)

        def driver(name: str) -> ChannelDriver:
            return ChannelDriver(name, stall(name))

        def monitor(name: str, kind: type[Message], call) -> ChannelMonitor:
            return ChannelMonitor(name, kind, call, stall(name))

        self.req, self.rwd, self.birsp = (driver(f"m2s_{n}") for n in ("req", "rwd", "birsp"))
        self.data, self.ack, self.snoop = (driver(n) for n in ("data", "ack", "snoop"))
        self.drivers = (self.req, self.rwd, self.birsp, self.data, self.ack, self.snoop)
        self.monitors = (
            monitor("s2m_ndr", NdrMsg, self.on_ndr),
            monitor("s2m_drs", DrsMsg, self.on_drs),
            monitor("s2m_bisnp", BiSnpMsg, self.on_bisnp),
            monitor("host", HostReq, self.on_host),
            monitor("write", HostWrite, self.on_write),
        )

    async def run_phase(self) -> None:
        top = cocotb.top
        self.hdm_h = bool(top.hdm_h_o.value)
        edge, rise = RisingEdge(top.clk_i), RisingEdge(top.answer_valid_o)
        while True:
            await edge
            if not top.answer_valid_o.value or not top.rst_ni.value:
                await rise
                continue
            word = int(top.answer_o.value)
            assert self.answers, "an answer that the host did not give"
            assert self.answers.popleft() == (word >> 7, word & 127)
            self.compared += 1

    def load(self) -> int:
        """DevLoad by slots in use."""
        used = int(cocotb.top.used_i.value)
        return sum(used >= limit for limit in (16, 48, 56))

    @property
    def quiet(self) -> bool:
        due = self.to_engine or self.to_write or self.to_host or self.answers
        due = due or self._replying or +self.ndr_due or +self.drs_due
        return not due and all(driver.quiet for driver in self.drivers)

    def next_tag(self) -> int:
        self._tag = (self._tag + 1) % 0x8000
        return self._tag

    # ---- The host sends ----

    def fields(self) -> tuple[int, int, int, int, int]:
        """Any opcode and fields, and an address that is mostly the device's."""
        g = self.g
        where = g.random()
        if where < 0.8:
            line = g.randrange(LINES)
        else:
            line = g.choice((-1, LINES, LINES - 1, 0, -g.randrange(1 << 30), LINES + (1 << 32)))
        address = (BASE + line) % (1 << 46)
        return g.randrange(8), g.randrange(4), g.randrange(4), self.next_tag(), address

    def send_req(self, req: Req) -> None:
        made = decode_req(req.opcode, req.meta_field, req.meta_value, req.snp_type, self.hdm_h)
        line = req.addr - BASE
        here = 0 <= line < LINES
        self.seen[f"Req {req.opcode}"] += 1
        self.events["req illegal"] += made.illegal
        self.events["spec read"] += made == Decoded()
        self.events["req nxm"] += made.op is not None and not here
        if made.op is not None and here:
            self.to_engine.append(HostReq(made.op, line, req.tag))
        elif made.op in HOST_READS:
            self.drs_due[Drs.MemDataNXM, req.tag, 0, (1 << 512) - 1] += 1
            self.seen["MemData-NXM"] += 1
        elif made.op is not None or made.answer is not None:
            self.ndr_due[Ndr.Cmp, req.tag] += 1
            self.seen["Cmp of the endpoint, Req"] += 1
        self.req.append(req)

    def send_rwd(self, rwd: Rwd) -> None:
        made = decode_rwd(rwd.opcode, rwd.meta_field, rwd.meta_value, rwd.snp_type, self.hdm_h)
        line = rwd.addr - BASE
        here = 0 <= line < LINES
        self.seen[f"RwD {rwd.opcode}"] += 1
        self.events["rwd illegal"] += made.illegal
        self.events["rwd nxm"] += made.op is not None and not here
        if made.op is not None and here:
            strb = rwd.be if made.partial else ALL_BYTES
            write = HostWrite(made.op, line, rwd.tag, rwd.poison, strb, rwd.data)
            self.to_write.append(write)
        elif made.op is not None:
            self.ndr_due[Ndr.Cmp, rwd.tag] += 1
            self.seen["Cmp of the endpoint, RwD"] += 1
        elif made.answer is not None:
            self.ndr_due[Ndr.BIConflictAck, rwd.tag] += 1
            self.seen["BI-ConflictAck"] += 1
        self.rwd.append(rwd)

    def random_req(self) -> None:
        snp, meta, value, tag, address = self.fields()
        self.send_req(
            Req(self.g.randrange(16), snp, meta, value, tag, address, self.g.randrange(16))
        )

    def random_rwd(self) -> None:
        g = self.g
        snp, meta, value, tag, address = self.fields()
        opcode = g.choice((1, 2, g.randrange(16)))
        rwd = Rwd(opcode, snp, meta, value, tag, address, g.randrange(2), g.randrange(16))
        rwd.be, rwd.data = g.getrandbits(64), g.getrandbits(512)
        self.send_rwd(rwd)

    def random_birsp(self) -> None:
        g = self.g
        bi_id = BI_ID if g.random() < 0.8 else g.choice((BI_ID ^ 1 << g.randrange(12), 0))
        tag = g.choice((g.randrange(128), g.randrange(128), 1 << g.randrange(7, 12)))
        opcode = g.choice((0, 1, 2, g.randrange(16)))
        fits = not self.hdm_h and bi_id == BI_ID and tag < 128 and opcode < 3
        self.events["birsp illegal"] += not fits
        self.seen[f"BIRsp {opcode}"] += 1
        if fits:
            self.answers.append((opcode, tag))
        self.birsp.append(BiRspMsg(opcode, bi_id, tag, g.randrange(4)))

    def random_snoop(self) -> None:
        """The engine asks the host."""
        kind, line, slot = self.g.choice(list(BiSnp)), self.g.randrange(LINES), 0
        slot = self.g.randrange(128)
        self.to_host.append(BiSnpMsg(kind, BI_ID, slot, BASE + line))
        self.snoop.append(EngineSnoop(kind, line, slot))

    # ---- The engine answers ----

    def on_host(self, req: HostReq) -> None:
        assert self.to_engine, f"{req} was not asked for"
        expected = self.to_engine.popleft()
        assert req == expected, f"{req}, not {expected}"
        self.compared += 1
        cocotb.start_soon(self._reply(req, self._epoch))

    def on_write(self, write: HostWrite) -> None:
        assert self.to_write, f"{write} was not sent"
        expected = self.to_write.popleft()
        assert write == expected, f"{write}, not {expected}"
        self.compared += 1
        cocotb.start_soon(self._reply(write, self._epoch))

    async def _reply(self, message: HostReq | HostWrite, epoch: int) -> None:
        self._replying += 1
        if self.delay:
            await ClockCycles(cocotb.top.clk_i, 1 + self.g.randrange(self.delay))
        if epoch != self._epoch:
            return
        self._replying -= 1
        op, tag, g = Op(message.op), message.tag, self.g
        grant = g.choice((State.S, State.E)) if op in TAKES else State.I
        if not (self.hdm_h and op in HOST_READS):
            self.ndr_due[GRANTS[grant], tag] += 1
        taken = lambda _: self._cmp_sent(tag, epoch)  # noqa: E731
        if op in HOST_READS:
            data, poison = g.getrandbits(512), int(g.random() < 0.2)
            self.drs_due[Drs.MemData, tag, poison, data] += 1
            self.data.append(HostData(tag, grant, poison, data), taken)
        else:
            self.ack.append(HostAck(tag, grant), taken)

    def _cmp_sent(self, tag: int, epoch: int) -> None:
        """The endpoint has the answer; a conflict of the same tag comes behind it.

        Not if a reset came in between: the tag may be another request's by now.
        """
        if epoch == self._epoch and not self.hdm_h and self.g.random() < self.conflicts:
            self.cmps_sent.add(tag)
            self.send_rwd(Rwd(4, 0, 0, 0, tag, BASE, 0, 0, 0, 0))

    # ---- What comes out ----

    def on_ndr(self, ndr: NdrMsg) -> None:
        key = (Ndr(ndr.opcode), ndr.tag)
        assert self.ndr_due[key], f"{ndr} is not due"
        self.ndr_due[key] -= 1
        if ndr.opcode == Ndr.BIConflictAck and ndr.tag in self.cmps_sent:
            self.cmps_sent.discard(ndr.tag)
            passed = any(self.ndr_due[op, ndr.tag] for op in (Ndr.Cmp, Ndr.CmpS, Ndr.CmpE))
            assert not passed, f"{ndr} passed the Cmp before it"
            self.seen["ack behind its Cmp"] += 1
        self._check_fields(ndr)

    def on_drs(self, drs: DrsMsg) -> None:
        key = (Drs(drs.opcode), drs.tag, drs.poison, drs.data)
        assert self.drs_due[key], f"{drs} is not due"
        self.drs_due[key] -= 1
        self._check_fields(drs)

    def _check_fields(self, message: NdrMsg | DrsMsg) -> None:
        assert (message.meta_field, message.meta_value, message.ld_id) == (Meta.NoOp, 0, 0)
        assert message.dev_load == self.load(), f"{message}: load {self.load()}"
        self.seen[f"load {message.dev_load}"] += 1
        self.compared += 1

    def on_bisnp(self, snoop: BiSnpMsg) -> None:
        assert self.to_host, f"{snoop} was not asked for"
        expected = self.to_host.popleft()
        assert snoop == expected, f"{snoop}, not {expected}"
        self.seen[BiSnp(snoop.opcode).name] += 1
        self.compared += 1

    def check_phase(self) -> None:
        assert self.compared, "no message was compared"
