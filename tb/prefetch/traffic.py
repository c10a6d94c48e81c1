"""Requests that decode, as their GPUs would have it, and what is none of theirs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import cocotb
import numpy as np
from cocotb.triggers import ClockCycles

from models.prefetch_core import LANES, Ask, Kind, Packet
from tb.agents.axi_stream import AxisPacket, AxisReset, AxisSend
from tb.prefetch.env import PrefetchEnv
from tb.prefetch.items import answer_of, ask_word

ROOM_UNIT = 128


@dataclass
class Resident:
    """A request; `drift` is the mean code of each of its pages, which wanders."""

    handle: int
    tenant: int
    number: int
    layers: int
    heads: int
    pages: int
    room: float  # pages a stream keeps
    drift: np.ndarray = field(init=False)

    def packet(self, kind: Kind, **fields: int | bytes) -> Packet:
        return Packet(kind, self.handle, self.tenant, **fields)


class Traffic:
    """`sizes` are the core's parameters; `wait`: whether the reader waits for the core to decide,
    and for pages to come, before it goes on.
    """

    def __init__(self, env: PrefetchEnv, sizes: dict[str, int], g: random.Random):
        self.env, self.sizes, self.g = env, sizes, g
        self.noise = np.random.default_rng(g.getrandbits(64))
        self.residents: dict[int, Resident] = {}
        self.asks_out = 0  # not answered
        self.wait = False
        self.halted = False
        env.tap_ask.sinks.append(self._asked)
        env.tap_answer.sinks.append(self._answered)

    def _asked(self, event: AxisPacket | AxisReset) -> None:
        self.asks_out = self.asks_out + 1 if isinstance(event, AxisPacket) else 0

    def _answered(self, event: AxisPacket | AxisReset) -> None:
        if isinstance(event, AxisPacket):
            answer_of(event.beats[0])
            self.asks_out -= 1

    # ---- Sending ----

    async def send(self, *packets: Packet) -> None:
        if not self.halted:
            sent = [AxisPacket(packet.beats()) for packet in packets]
            await AxisSend(sent).start(self.env.packet.sequencer)

    async def ask(self, asks: Iterable[Ask]) -> None:
        sent = [AxisPacket([ask_word(ask)]) for ask in asks]
        if sent and not self.halted:
            await AxisSend(sent).start(self.env.ask.sequencer)

    async def idle(self) -> None:
        """Until the core has decided, and everything has come."""
        await ClockCycles(cocotb.top.clk_i, 4)
        while not cocotb.top.idle_o.value and not self.halted:
            await ClockCycles(cocotb.top.clk_i, 4)

    # ---- A request's life ----

    async def begin(self, handle: int, pages: int | None = None, **shape: int) -> Resident:
        g, sizes = self.g, self.sizes
        most = sizes["pages"]
        resident = Resident(
            handle,
            g.randrange(1, 1 << 16),
            g.randrange(1 << 16),
            shape.get("layers") or g.randint(1, sizes["layers"]),
            shape.get("heads") or g.randint(1, sizes["heads"]),
            pages or g.choice([1, 7, 15, 16, 17, 40, most - 1, g.randint(1, most)]),
            g.choice([0, 0.5, g.uniform(1, 4), g.uniform(1, most / 3), most]),
        )
        shape = resident.layers, resident.heads, most
        resident.drift = self.noise.normal(60, 30, shape)
        await self.send(
            resident.packet(
                Kind.BEGIN, request=resident.number, layer=resident.layers, head=resident.heads
            )
        )
        self.residents[handle] = resident
        return resident

    async def end(self, handle: int) -> None:
        await self.send(self.residents.pop(handle).packet(Kind.END))

    def codes(self, r: Resident, layer: int, head: int, spread: float = 8) -> bytes:
        """A report's: popularity wanders, and shifts together for all streams of a step."""
        here = r.drift[layer, head]
        here += self.noise.normal(0, 2, len(here))
        codes = here + self.shift + self.noise.normal(0, spread, len(here))
        beats = -(-r.pages // LANES) * LANES
        # Anything behind the last page; now and then more than 127.
        top = 255 if self.g.random() < 0.1 else 127
        return bytes(np.clip(codes[:beats], 0, top).astype(np.uint8))

    def needed(self, r: Resident, layer: int, head: int) -> list[Ask]:
        """Mostly of the pages that matter, sometimes one twice."""
        g = self.g
        score = r.drift[layer, head][: r.pages] + self.shift[: r.pages]
        top = np.argsort(score)[::-1][: max(1, r.pages // 8)].tolist()
        pages = [page if g.random() < 0.8 else g.randrange(r.pages) for page in top]
        pages += pages[:1] if g.random() < 0.2 else []
        return [self.question(r, layer, head, page) for page in pages]

    def question(self, r: Resident, layer: int, head: int, page: int) -> Ask:
        return Ask(self.g.randrange(256), r.tenant, r.handle, layer, head, page)

    async def step(self, r: Resident, pages: int | None = None) -> None:
        """One step of decoding."""
        g = self.g
        if pages is None:
            grows = g.random() < 0.3
            pages = min(self.sizes["pages"], r.pages + grows)
        r.pages = pages
        self.shift = self.noise.normal(0, 12, self.sizes["pages"])
        room = int(ROOM_UNIT * r.room)
        await self.send(r.packet(Kind.STEP, pages=r.pages, room=room))
        for layer in range(r.layers):
            if self.wait:
                await self.idle()
            for head in range(r.heads):
                await self.ask(self.needed(r, layer, head))
            if self.wait:
                await self.idle()
            for head in range(r.heads):
                codes = self.codes(r, layer, head)
                await self.send(
                    r.packet(Kind.REPORT, layer=layer, head=head, pages=r.pages, codes=codes)
                )

    # ---- What is none of theirs ----

    async def wrong(self) -> None:
        """A packet that is to be dropped or rejected."""
        g = self.g
        handle = g.choice([*self.residents, g.randrange(256)])
        r = self.residents.get(handle)
        good = Packet(
            g.choice(list(Kind)),
            handle,
            r.tenant if r else g.randrange(1 << 16),
            layer=r.layers if r else g.randrange(256),
            head=g.randrange(4),
            pages=r.pages if r else g.randrange(1, 70),
            room=g.randrange(1 << 16),
        )
        if good.kind == Kind.BEGIN and handle < self.sizes["requests"]:
            good = replace(good, layer=g.choice([0, self.sizes["layers"] + 1]))
        if good.kind == Kind.REPORT:
            good = replace(good, codes=bytes(-(-good.pages // LANES) * LANES))
        if r and g.random() < 0.4:
            # As good as can be, but for the handle: its low bits are those of one that there is, or
            # of a begin it is free.
            beyond = handle + 16 * g.randint(1, 15)
            if good.kind == Kind.BEGIN:
                beyond = g.randrange(self.sizes["requests"], 16)
                good = replace(good, layer=1, head=1)
            await self.send(replace(good, handle=beyond))
            return
        if good.kind in (Kind.STEP, Kind.END):
            good = replace(good, tenant=good.tenant ^ 1 << g.randrange(16))
        if good.kind == Kind.STEP and g.random() < 0.5 and r:
            wrong_pages = [0, max(0, r.pages - 1), self.sizes["pages"] + 1]
            good = replace(good, tenant=r.tenant, pages=g.choice(wrong_pages))
        how = g.randrange(5)
        if how == 0:
            good = replace(good, kind=g.choice([4, 5, 255, good.kind]), zero=1 << g.randrange(32))
        elif how == 1:
            good = replace(good, codes=good.codes + bytes(LANES * g.randint(1, 3)))
        elif how == 2 and good.codes:
            good = replace(good, codes=good.codes[LANES:])
        elif how == 3 and good.kind == Kind.REPORT and r:
            good = replace(good, layer=g.randrange(r.layers), head=g.randint(1, 7))
        await self.send(good)

    async def stranger(self) -> None:
        """A question that is to be refused."""
        g = self.g
        handle = g.choice([*self.residents, g.randrange(256)])
        r = self.residents.get(handle)
        if r is None:
            await self.ask([Ask(g.randrange(256), g.randrange(1 << 16), handle, 0, 0, 0)])
            return
        layer, head = g.randrange(r.layers), g.randrange(r.heads)
        page = g.choice([r.pages - 1, g.randrange(r.pages)])
        ask = self.question(r, layer, head, page)
        bad = (
            replace(ask, tenant=ask.tenant ^ 1 << g.randrange(16)),
            replace(ask, layer=g.randint(r.layers, 255)),
            replace(ask, head=g.randint(r.heads, 255)),
            replace(ask, page=g.randint(r.pages + 1, (1 << 16) - 1)),
            replace(ask, tenant=ask.tenant ^ 1, page=g.randint(r.pages + 1, 300)),
        )
        await self.ask([g.choice(bad)])
