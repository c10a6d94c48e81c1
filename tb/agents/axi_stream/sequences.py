"""The sequence that most benches need."""

from __future__ import annotations

from collections.abc import Iterable

from pyuvm import uvm_sequence

from tb.agents.axi_stream.packet import AxisPacket


class AxisSend(uvm_sequence):
    """Sends `packets` one after the other; one that a reset cuts is not sent again."""

    def __init__(self, packets: Iterable[AxisPacket]) -> None:
        super().__init__("send")
        self._packets = packets

    async def body(self) -> None:
        for packet in self._packets:
            await self.start_item(packet)
            await self.finish_item(packet)
