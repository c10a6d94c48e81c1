"""Drivers and monitors of single channels, on cocotb-bus: ``<name>_valid``, ``<name>_ready`` and
``<name>``, packed, with the top level's ``_i`` and ``_o``."""

from __future__ import annotations

import cocotb
from cocotb.triggers import RisingEdge
from cocotb_bus.drivers import BusDriver
from cocotb_bus.monitors import BusMonitor

from tb.agents.common import Pattern, ResetWatch, no_stall, rng
from tb.agents.cxl_mem.messages import Message


class ProtocolError(Exception):
    """A channel broke valid/ready, or an answer is none the standard allows."""


class ChannelDriver(BusDriver):
    """Sends messages into the DUT, in the order of `append`; `stall` says when one may be offered.

    `forget` drops what is queued or offered; a reset alone only holds it back.
    """

    def __init__(self, name: str, stall: Pattern = no_stall) -> None:
        self._signals = {"valid": "valid_i", "ready": "ready_o", "data": "i"}
        super().__init__(cocotb.top, name, cocotb.top.clk_i)
        self._go = stall(rng(name))
        self._edge = RisingEdge(self.clock)
        self._reset = ResetWatch(cocotb.top.rst_ni)
        self._epoch = 0
        self.sending = False
        self.bus.valid.value = 0

    def forget(self) -> None:
        self.clear()
        self._epoch += 1

    @property
    def quiet(self) -> bool:
        return not self.sending and not self._sendQ

    async def _driver_send(self, transaction: Message, sync: bool = True) -> None:
        self.sending, epoch = True, self._epoch
        await self._reset.released()
        while not next(self._go):
            await self._edge
        if epoch == self._epoch:
            self.bus.data.value = transaction.pack()
            self.bus.valid.value = 1
            while True:
                await self._edge
                if epoch != self._epoch or (self.bus.ready.value and not self._reset.active):
                    break
            self.bus.valid.value = 0
        self.sending = False


class ChannelMonitor(BusMonitor):
    """Takes messages from the DUT: drives ready by `stall` and gives each taken one to `callback`.

    Raises ProtocolError if what is offered is withdrawn or changed.
    """

    def __init__(self, name: str, kind: type[Message], callback, stall: Pattern = no_stall) -> None:
        self._signals = {"valid": "valid_o", "ready": "ready_i", "data": "o"}
        self._kind = kind
        self._go = None if stall is no_stall else stall(rng(name))
        self._watch = ResetWatch(cocotb.top.rst_ni)
        super().__init__(cocotb.top, name, cocotb.top.clk_i, callback=callback)

    async def _monitor_recv(self) -> None:
        valid, ready, data = self.bus.valid, self.bus.ready, self.bus.data
        edge, rise = RisingEdge(self.clock), RisingEdge(valid)
        go, offered = True, None
        ready.value = 1
        while True:
            await edge
            if self._watch.active:
                offered = None
                continue
            if not valid.value:
                if offered is not None:
                    raise ProtocolError(f"{self.name}: withdrawn")
                if go:
                    await rise  # sleep through an idle channel
                    continue
            else:
                word = data.value.to_unsigned()
                if offered is not None and word != offered:
                    raise ProtocolError(f"{self.name}: changed before it was taken")
                offered = word
                if go:
                    offered = None
                    self._recv(self._kind.unpack(word))
            if self._go is not None:
                now = next(self._go)
                if now != go:
                    ready.value = go = now
