"""What is sent, and what the monitor publishes."""

from __future__ import annotations

from dataclasses import dataclass

from pyuvm import uvm_sequence, uvm_sequence_item

from models.atu import Answer, Request


@dataclass(frozen=True)
class Translation:
    """A request without its tag."""

    vpn: int
    tenant: int
    write: bool = False


@dataclass(frozen=True)
class Asked:
    """A request was taken; `cycle` counts the clock."""

    request: Request
    cycle: int


@dataclass(frozen=True)
class Answered:
    """An answer was taken."""

    answer: Answer
    cycle: int


@dataclass(frozen=True)
class TranslateReset:
    """A reset was asserted: nothing is under way any more."""


class _Batch(uvm_sequence_item):
    """Requests to send one after the other; a reset drops those that were not taken."""

    def __init__(self, translations: list[Translation]) -> None:
        super().__init__("batch")
        self.translations = translations


class Ask(uvm_sequence):
    """Sends translations; returns when the last was taken."""

    def __init__(self, translations: list[Translation]) -> None:
        super().__init__("ask")
        self._batch = _Batch(translations)

    async def body(self) -> None:
        await self.start_item(self._batch)
        await self.finish_item(self._batch)
