"""A host that caches the device's lines: the other side of the protocol.

`CoherentHost.load`, `store`, `evict` and so on are what a processor does; each returns when it is
done.  Back-invalidations are answered by themselves, after a random time, as any legal host may.
The host has one request a line under way, as the standard recommends.  It checks every answer
against the legal ones, and every value against a golden memory.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import cocotb
from cocotb.triggers import ClockCycles, Event
from pyuvm import ConfigDB, uvm_analysis_port, uvm_component

from models.coherence import (
    ANSWERS,
    HOST_READS,
    REQUESTS,
    TAKES,
    WRITE_REQUESTS,
    BiRsp,
    BiSnp,
    Decoded,
    Drs,
    Meta,
    Ndr,
    Op,
    ReqOp,
    RwdOp,
    Snp,
    Value,
    decode_req,
    decode_rwd,
)
from tb.agents.common import Pattern, no_stall, rng
from tb.agents.cxl_mem.channel import ChannelDriver, ChannelMonitor, ProtocolError
from tb.agents.cxl_mem.messages import (
    ALL_BYTES,
    BiRspMsg,
    BiSnpMsg,
    DrsMsg,
    NdrMsg,
    Req,
    Rwd,
)

POISON = 1 << 512  # beside the 512 bits of a value
NXM = POISON - 1


class Mesi(IntEnum):
    """What the host's cache holds of a line."""

    I = 0  # noqa: E741
    S = 1
    E = 2
    M = 3


class Memory(Protocol):
    """What the host asks of the golden memory (tb/coherence/golden.py)."""

    now: int

    def set(self, line: int, value: int) -> None: ...
    def expect(self, line: int, data: int, strb: int, poison: bool, keeps: bool): ...
    def check_now(self, line: int, value: int, who: str) -> None: ...
    def check_since(self, line: int, value: int, start: int, who: str) -> None: ...


@dataclass
class HostConfig:
    """Where the device's lines are in the host's map, how the host behaves, and what is true."""

    golden: Memory
    base: int
    lines: int
    bi_id: int = 0
    stalls: dict[str, Pattern] = field(default_factory=dict)  # by channel
    answer_after: tuple[int, int] = (0, 20)  # cycles until a back-invalidation is looked at


@dataclass(slots=True)
class Pending:
    """A request under way, and what came of it."""

    req: Req | Rwd
    made: Decoded
    line: int
    start: int
    wants_cmp: bool
    wants_data: bool
    nxm: bool
    done: Callable[[Pending], None]
    cmp: int | None = None
    data: int | None = None
    write: object = None

    @property
    def is_write(self) -> bool:
        return isinstance(self.req, Rwd)


@dataclass(slots=True)
class Line:
    """One line in the cache; `snoop` is the BISnp being answered."""

    state: Mesi = Mesi.I
    value: int = 0
    pending: Pending | None = None
    snoop: BiSnpMsg | None = None
    answering: bool = False
    waiting: deque = field(default_factory=deque)


class CoherentHost(uvm_component):
    """Reads its `HostConfig` from the ConfigDB field ``config``.

    `ap` publishes every `Pending` as it ends and every answered BiSnpMsg.  `seen` counts what
    happened, by name.
    """

    def build_phase(self) -> None:
        self.ap = uvm_analysis_port("ap", self)
        self.config: HostConfig = ConfigDB().get(self, "", "config")
        self.golden = self.config.golden
        self.g: random.Random = rng(self.get_full_name())
        self.seen: Counter[str] = Counter()
        self._forget()

    def _forget(self) -> None:
        self.cache: dict[int, Line] = {}
        self._by_tag: dict[int, Pending] = {}
        self._tags = deque(range(0x4000))
        self._conflicts: dict[int, int] = {}  # tag -> line
        self._epoch = getattr(self, "_epoch", 0) + 1

    def start_of_simulation_phase(self) -> None:
        def stall(name: str) -> Pattern:
            return self.config.stalls.get(name, no_stall)

        self.req = ChannelDriver("m2s_req", stall("req"))
        self.rwd = ChannelDriver("m2s_rwd", stall("rwd"))
        self.birsp = ChannelDriver("m2s_birsp", stall("birsp"))
        self.ndr = ChannelMonitor("s2m_ndr", NdrMsg, self._on_ndr, stall("ndr"))
        self.drs = ChannelMonitor("s2m_drs", DrsMsg, self._on_drs, stall("drs"))
        self.bisnp = ChannelMonitor("s2m_bisnp", BiSnpMsg, self._on_bisnp, stall("bisnp"))

    def forget(self) -> None:
        """A reset: the cache is empty, nothing is under way."""
        for driver in (self.req, self.rwd, self.birsp):
            driver.forget()
        waiting = [event for line in self.cache.values() for event in line.waiting]
        pending = list(self._by_tag.values())
        self._forget()
        for event in waiting:
            event.set()
        for one in pending:
            one.cmp = one.data = None
            one.done(one)

    def request(self, tag: int) -> Req | Rwd | None:
        """The message under way with this tag."""
        pending = self._by_tag.get(tag)
        return pending.req if pending else None

    @property
    def quiet(self) -> bool:
        idle = not self._by_tag and not any(line.snoop for line in self.cache.values())
        return idle and self.req.quiet and self.rwd.quiet and self.birsp.quiet

    def line(self, number: int) -> Line:
        return self.cache.setdefault(number, Line())

    async def own_turn(self, number: int) -> Line:
        """Wait until nothing is under way for the line."""
        while True:
            line = self.line(number)
            if line.pending is None and line.snoop is None:
                return line
            event = Event()
            line.waiting.append(event)
            await event.wait()

    def _wake(self, line: Line) -> None:
        while line.waiting and line.pending is None and line.snoop is None:
            line.waiting.popleft().set()

    # ---- What a processor does ----

    async def load(self, number: int, how: Op | None = None) -> int:
        """The line's value; `how` it is fetched if it is not here."""
        line = await self.own_turn(number)
        if line.state == Mesi.I:
            how = how or self.g.choice((Op.ReadShared, Op.ReadOwn, Op.ReadData))
            await self._fetch(number, line, how)
            return line.value
        self.golden.check_now(number, line.value, "host load")
        return line.value

    async def store(self, number: int, data: int, strb: int = ALL_BYTES) -> None:
        """Write bytes in the cache; a whole line may be owned without its data."""
        line = await self.own_turn(number)

        def write(_: Pending | None = None) -> None:
            line.value = _merged(line.value, data, strb)
            line.state = Mesi.M
            self.golden.set(number, line.value)

        if line.state >= Mesi.E:
            write()
        elif strb == ALL_BYTES and self.g.random() < 0.5:
            opcode = self.g.choice((ReqOp.MemInv, ReqOp.MemInvNT))
            await self._fetch(number, line, Op.Own, write, opcode)
        else:
            await self._fetch(number, line, Op.ReadOwn, write)

    async def evict(self, number: int) -> None:
        """Give the line up, dirty or clean; clean, by chance without a word."""
        line = await self.own_turn(number)
        if line.state == Mesi.M:
            await self._write_back(number, line, Mesi.I)
        elif line.state != Mesi.I:
            line.state = Mesi.I
            if self.g.random() < 0.7:
                await self._ask(number, ReqOp.MemClnEvct, Meta.Meta0State, Value.Invalid, Snp.NoOp)

    async def drop(self, number: int) -> None:
        """Give a clean line up without a word."""
        line = await self.own_turn(number)
        if line.state != Mesi.M:
            line.state = Mesi.I

    async def clean(self, number: int) -> None:
        """Write a dirty line back and keep it, to own or to share."""
        line = await self.own_turn(number)
        if line.state == Mesi.M:
            await self._write_back(number, line, self.g.choice((Mesi.E, Mesi.S)))

    async def read_uncached(self, number: int) -> int:
        """The current value, and nothing of it stays."""
        line = await self.own_turn(number)
        if line.state == Mesi.M:
            return line.value
        line.state = Mesi.I
        snp = self.g.choice((Snp.SnpCur, Snp.SnpInv))
        return await self._read_current(number, ReqOp.MemRd, Meta.NoOp, 0, snp)

    async def write_uncached(
        self, number: int, data: int, strb: int = ALL_BYTES, poison: bool = False
    ) -> None:
        """Write around the cache."""
        line = await self.own_turn(number)
        if line.state == Mesi.M:
            await self._write_back(number, line, Mesi.I)
            line = await self.own_turn(number)
            if line.state == Mesi.M:
                return
        line.state = Mesi.I
        opcode = RwdOp.MemWr if strb == ALL_BYTES and self.g.random() < 0.7 else RwdOp.MemWrPtl
        rwd = Rwd(opcode, Snp.SnpInv, Meta.Meta0State, Value.Invalid, 0, 0, int(poison))
        rwd.data, rwd.be = data, strb
        await self._put(number, rwd)

    async def flush_device(self, number: int) -> None:
        """MemInv that asks the device to forget the line; the host holds nothing of it."""
        line = await self.own_turn(number)
        if line.state == Mesi.I:
            opcode = self.g.choice((ReqOp.MemInv, ReqOp.MemInvNT))
            await self._ask(number, opcode, Meta.Meta0State, Value.Invalid, Snp.SnpInv)

    async def odd_request(self, number: int) -> None:
        """A Req with random fields, legal or not, from a line the host does not hold.

        Those that would give the host the line are left to the others.
        """
        line = await self.own_turn(number)
        if line.state != Mesi.I:
            return
        while True:
            if self.g.random() < 0.3:
                opcode, meta, value, snp = self.g.choice(list(REQUESTS))
                value = value or 0
            else:
                opcode, meta, value = self.g.randrange(16), self.g.randrange(4), self.g.randrange(4)
                snp = self.g.randrange(8)
            made = decode_req(opcode, meta, value, snp)
            if made.op not in TAKES:
                break
        if made.op in HOST_READS:
            await self._read_current(number, opcode, meta, value, snp)
        elif made.op is None and made.answer is None:
            self.seen["illegal Req" if made.illegal else "MemSpecRd"] += 1
            address = self.config.base + number
            self.req.append(Req(opcode, snp, meta, value, 0xFFFF, address, self.g.randrange(16)))
        else:
            await self._ask(number, opcode, meta, value, snp)

    async def odd_write(self, number: int, data: int) -> None:
        """A RwD with random fields from a line the host does not hold."""
        line = await self.own_turn(number)
        if line.state != Mesi.I:
            return
        if self.g.random() < 0.5:
            opcode, meta, value, snp = self.g.choice(list(WRITE_REQUESTS))
            rwd = Rwd(opcode, snp, meta, value, 0, 0)
        else:
            opcode = self.g.choice((RwdOp.MemWr, RwdOp.MemWrPtl, self.g.randrange(16)))
            rwd = Rwd(opcode, *(self.g.randrange(n) for n in (8, 4, 4)), 0, 0)
        rwd.data, rwd.be, rwd.ld_id = data, self.g.getrandbits(64), self.g.randrange(16)
        made = decode_rwd(rwd.opcode, rwd.meta_field, rwd.meta_value, rwd.snp_type)
        if made.answer is not None:
            return
        if made.op is None:
            self.seen["illegal RwD"] += 1
            rwd.tag, rwd.addr = 0xFFFF, self.config.base + number
            self.rwd.append(rwd)
        else:
            await self._put(number, rwd)

    async def odd_answer(self) -> None:
        """A BIRsp that nobody asked for, or of an opcode that is none."""
        tag = self.g.choice((self.g.randrange(64, 4096), self.g.randrange(4096)))
        opcode = self.g.randrange(16)
        open_tags = {line.snoop.bi_tag for line in self.cache.values() if line.snoop}
        if tag in open_tags and opcode < 3:
            return
        self.seen["odd BIRsp"] += 1
        self.birsp.append(BiRspMsg(opcode, self.config.bi_id, tag, self.g.randrange(4)))

    async def out_of_range(self, below: bool) -> None:
        """A request for an address that is not the device's."""
        config = self.config
        number = -1 - self.g.randrange(4) if below else config.lines + self.g.randrange(1 << 20)
        line = await self.own_turn(number)
        if self.g.random() < 0.3:
            rwd = Rwd(RwdOp.MemWr, Snp.SnpInv, Meta.Meta0State, Value.Invalid, 0, 0)
            rwd.data = self.g.getrandbits(512)
            await self._put(number, rwd)
        elif self.g.random() < 0.7:
            await self._read_current(number, ReqOp.MemRd, Meta.NoOp, 0, Snp.SnpCur)
        else:
            await self._ask(number, ReqOp.MemInv, Meta.Meta0State, Value.Invalid, Snp.SnpInv)
        line.state = Mesi.I

    async def fetch(self, number: int, key: tuple) -> None:
        """A request, as `REQUESTS` names it, that gives the host the line."""
        line = await self.own_turn(number)
        assert line.state == Mesi.I

        def whole(_: Pending) -> None:
            line.value = self.g.getrandbits(512)
            line.state = Mesi.M
            self.golden.set(number, line.value)

        how = REQUESTS[key]
        await self._fetch(number, line, how, whole if how == Op.Own else None, key[0])

    async def ask(self, number: int, opcode: int, meta: int, value: int, snp: int) -> None:
        """A request that gives the host nothing to keep."""
        line = await self.own_turn(number)
        assert line.state == Mesi.I
        if decode_req(opcode, meta, value, snp).op in HOST_READS:
            await self._read_current(number, opcode, meta, value, snp)
        else:
            await self._ask(number, opcode, meta, value, snp)

    async def put(
        self, number: int, opcode: int, meta: int, value: int, snp: int, data: int
    ) -> None:
        """A write from a line that the host does not hold."""
        line = await self.own_turn(number)
        assert line.state == Mesi.I
        rwd = Rwd(opcode, snp, meta, value, 0, 0)
        rwd.data, rwd.be = data, self.g.getrandbits(64)
        await self._put(number, rwd)

    async def read_refused(self, number: int) -> int:
        """Read a line of which nothing is known, past the cache."""
        await self.own_turn(number)
        got = await self._ask(number, ReqOp.MemRd, Meta.NoOp, 0, Snp.SnpCur)
        return got.data

    async def write_refused(self, number: int) -> None:
        """A write that does not arrive."""
        await self.own_turn(number)
        rwd = Rwd(RwdOp.MemWr, Snp.SnpInv, Meta.Meta0State, Value.Invalid, 0, 0)
        made = decode_rwd(rwd.opcode, rwd.meta_field, rwd.meta_value, rwd.snp_type)
        await self._send(number, rwd, made, True, False, False, None)

    async def write_back_while_asked(self, number: int) -> None:
        """Write back a dirty line whose back-invalidation waits for its answer."""
        line = self.line(number)
        assert line.snoop is not None and line.state == Mesi.M
        await self._write_back(number, line, Mesi.I)

    # ---- Requests ----

    async def _fetch(
        self,
        number: int,
        line: Line,
        how: Op,
        then: Callable[[Pending], None] | None = None,
        opcode: ReqOp = ReqOp.MemRd,
    ) -> None:
        """Get the line; `then` is done with it before anybody can take it away."""
        fields = {
            Op.ReadOwn: (ReqOp.MemRd, Meta.Meta0State, Value.Any, Snp.SnpInv),
            Op.ReadShared: (ReqOp.MemRd, Meta.Meta0State, Value.Shared, Snp.SnpData),
            Op.ReadData: (ReqOp.MemRdData, Meta.NoOp, 0, Snp.SnpData),
            Op.Own: (opcode, Meta.Meta0State, Value.Any, Snp.SnpInv),
        }[how]

        def take(pending: Pending) -> None:
            if pending.cmp is None:
                return
            line.state = Mesi.E if pending.cmp == Ndr.CmpE else Mesi.S
            if pending.data is not None:
                line.value = pending.data
                self.golden.check_now(number, line.value, f"host fill by {how.name}")
            if then is not None:
                then(pending)

        await self._ask(number, *fields, take)

    async def _read_current(self, number: int, *fields: int) -> int:
        got = await self._ask(number, *fields)
        if got.data is None:
            return 0
        if got.nxm:
            assert got.data == NXM, "MemData-NXM is not all ones"
        else:
            self.golden.check_since(number, got.data, got.start, "host read")
        return got.data

    async def _ask(
        self,
        number: int,
        opcode: int,
        meta: int,
        value: int,
        snp: int,
        take: Callable[[Pending], None] | None = None,
    ) -> Pending:
        """Send a Req and wait for all of its answer."""
        made = decode_req(opcode, meta, value, snp)
        req = Req(opcode, snp, meta, value, 0, 0, self.g.randrange(16))
        nxm = not 0 <= number < self.config.lines
        reads = made.op in HOST_READS
        return await self._send(number, req, made, not (nxm and reads), reads, nxm, take)

    async def _put(self, number: int, rwd: Rwd, keeps: bool = False) -> Pending:
        """Send a write and wait for its Cmp."""
        made = decode_rwd(rwd.opcode, rwd.meta_field, rwd.meta_value, rwd.snp_type)
        nxm = not 0 <= number < self.config.lines
        write = None
        if not nxm:
            strb = rwd.be if made.partial else ALL_BYTES
            write = self.golden.expect(number, rwd.data, strb, bool(rwd.poison), keeps)

        def take(pending: Pending) -> None:
            if pending.cmp is not None and write is not None and not write.performed:
                raise ProtocolError(f"line {number:#x}: Cmp before the write is done")

        return await self._send(number, rwd, made, True, False, nxm, take)

    async def _send(
        self,
        number: int,
        message: Req | Rwd,
        made: Decoded,
        wants_cmp: bool,
        wants_data: bool,
        nxm: bool,
        take: Callable[[Pending], None] | None,
    ) -> Pending:
        line, over = self.line(number), Event()
        assert line.pending is None
        message.tag = self._tags.popleft()
        message.addr = (self.config.base + number) % (1 << 46)

        def done(pending: Pending) -> None:
            line.pending = None
            if take is not None:
                take(pending)
            over.set()

        start = self.golden.now
        pending = Pending(message, made, number, start, wants_cmp, wants_data, nxm, done)
        line.pending = self._by_tag[message.tag] = pending
        kind = "RwD" if pending.is_write else "Req"
        self.seen[f"illegal {kind}"] += made.illegal
        self.seen[f"nxm {kind}"] += nxm and made.op is not None
        (self.rwd if pending.is_write else self.req).append(message)
        await over.wait()
        return pending

    async def _write_back(self, number: int, line: Line, leaves: Mesi) -> None:
        """A dirty line goes to memory; what the host holds is `leaves` at once."""
        value = {Mesi.I: Value.Invalid, Mesi.S: Value.Shared, Mesi.E: Value.Any}[leaves]
        poison = bool(line.value & POISON)
        rwd = Rwd(RwdOp.MemWr, Snp.NoOp, Meta.Meta0State, value, 0, 0, int(poison))
        rwd.data = line.value & (POISON - 1)
        line.state = leaves
        await self._put(number, rwd, keeps=True)

    # ---- Answers ----

    def _on_ndr(self, ndr: NdrMsg) -> None:
        if ndr.meta_field != Meta.NoOp or ndr.meta_value or ndr.ld_id:
            raise ProtocolError(f"fields of {ndr}")
        if ndr.opcode == Ndr.BIConflictAck:
            self._on_conflict_ack(ndr.tag)
            return
        pending = self._by_tag.get(ndr.tag)
        if pending is None or not pending.wants_cmp or pending.cmp is not None:
            raise ProtocolError(f"{ndr} answers nothing")
        op = pending.made.op
        if op in (Op.ReadShared, Op.ReadData):
            legal = (Ndr.CmpS, Ndr.CmpE)
        else:
            legal = (Ndr.CmpE,) if op in TAKES and not pending.nxm else (Ndr.Cmp,)
        if ndr.opcode not in legal:
            raise ProtocolError(f"{ndr} is no answer to {pending.req}")
        pending.cmp = ndr.opcode
        self._maybe_over(pending)

    def _on_drs(self, drs: DrsMsg) -> None:
        pending = self._by_tag.get(drs.tag)
        if pending is None or not pending.wants_data or pending.data is not None:
            raise ProtocolError(f"{drs} answers nothing")
        if drs.opcode != (Drs.MemDataNXM if pending.nxm else Drs.MemData):
            raise ProtocolError(f"{drs} is no answer to {pending.req}")
        pending.data = drs.data | (POISON if drs.poison else 0)
        self._maybe_over(pending)

    def _maybe_over(self, pending: Pending) -> None:
        if (pending.wants_cmp and pending.cmp is None) or (
            pending.wants_data and pending.data is None
        ):
            return
        tag = pending.req.tag
        del self._by_tag[tag]
        self._tags.append(tag)
        line = self.line(pending.line)
        pending.done(pending)
        self.ap.write(pending)
        if line.snoop is not None and tag not in self._conflicts:
            # A write under way, or a late conflict whose data were still to come.
            self._look(pending.line)
        self._wake(line)

    # ---- Back-invalidations ----

    def _on_bisnp(self, snoop: BiSnpMsg) -> None:
        number = snoop.addr - self.config.base
        if snoop.opcode not in ANSWERS or snoop.bi_id != self.config.bi_id:
            raise ProtocolError(f"{snoop}: no opcode, or of another device")
        if not 0 <= number < self.config.lines:
            raise ProtocolError(f"{snoop}: not the device's line")
        line = self.line(number)
        if line.snoop is not None:
            raise ProtocolError(f"{snoop}: the line's last one is not answered yet")
        line.snoop = snoop
        pending = line.pending
        if pending is None:
            self._look(number)
        elif not pending.is_write:
            self._conflicts[pending.req.tag] = number
            fields = (Snp.NoOp, Meta.Meta0State, Value.Invalid, pending.req.tag)
            self.rwd.append(Rwd(RwdOp.BIConflict, *fields, snoop.addr))
            self.seen["conflict"] += 1

    def _on_conflict_ack(self, tag: int) -> None:
        if tag not in self._conflicts:
            raise ProtocolError(f"BI-ConflictAck of tag {tag:#x} answers nothing")
        number = self._conflicts.pop(tag)
        pending = self.line(number).pending
        if pending is not None and pending.cmp is not None:
            self.seen["late conflict, data to come"] += 1
        elif pending is not None:
            self.seen["early conflict"] += 1
            self._look(number)
        else:
            self.seen["late conflict"] += 1
            self._look(number)

    def _look(self, number: int) -> None:
        line = self.line(number)
        if line.answering:  # what was under way was answered without the engine
            return
        line.answering = True
        cocotb.start_soon(self._answer(number, self._epoch))

    async def _answer(self, number: int, epoch: int) -> None:
        """Answer the line's back-invalidation, after a write-back if it is dirty."""
        low, high = self.config.answer_after
        delay = self.g.randint(low, high)
        if delay:
            await ClockCycles(cocotb.top.clk_i, delay)
        if epoch != self._epoch:
            return
        line = self.line(number)
        kind = BiSnp(line.snoop.opcode)
        held = BiRsp.BIRspE if line.state == Mesi.M else BiRsp(int(line.state))
        rsp = self.g.choice([answer for answer in ANSWERS[kind] if answer <= held])
        dirty = line.state == Mesi.M
        if dirty:
            await self._write_back(number, line, Mesi(int(rsp)))
            if epoch != self._epoch:
                return
        line.state = Mesi(int(rsp))
        snoop, line.snoop, line.answering = line.snoop, None, False
        self.seen[f"{kind.name} {'M' if dirty else held.name[-1]} {rsp.name}"] += 1
        self.birsp.append(BiRspMsg(rsp, snoop.bi_id, snoop.bi_tag, self.g.randrange(4)))
        self.ap.write(snoop)
        self._wake(line)


def _merged(old: int, data: int, strb: int) -> int:
    """A cached line after a store; a store of the whole line ends poison."""
    if strb == ALL_BYTES:
        return data
    for i in range(64):
        if strb >> i & 1:
            bits = 255 << 8 * i
            old = (old & ~bits) | (data & bits)
    return old
