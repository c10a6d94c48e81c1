"""CXL.mem messages, and their fields as cxl_pkg packs them: the last one lowest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

ALL_BYTES = (1 << 64) - 1


@dataclass(slots=True)
class Message:
    """`FIELDS` are names and widths, highest first."""

    FIELDS: ClassVar[tuple[tuple[str, int], ...]] = ()

    def pack(self) -> int:
        word = 0
        for name, width in self.FIELDS:
            word = word << width | getattr(self, name)
        return word

    @classmethod
    def unpack(cls, word: int):
        values = []
        for _, width in reversed(cls.FIELDS):
            values.append(word & (1 << width) - 1)
            word >>= width
        return cls(*reversed(values))


@dataclass(slots=True)
class Req(Message):
    FIELDS: ClassVar = (
        ("opcode", 4),
        ("snp_type", 3),
        ("meta_field", 2),
        ("meta_value", 2),
        ("tag", 16),
        ("addr", 46),
        ("ld_id", 4),
    )
    opcode: int
    snp_type: int
    meta_field: int
    meta_value: int
    tag: int
    addr: int
    ld_id: int = 0


@dataclass(slots=True)
class Rwd(Message):
    FIELDS: ClassVar = (
        ("opcode", 4),
        ("snp_type", 3),
        ("meta_field", 2),
        ("meta_value", 2),
        ("tag", 16),
        ("addr", 46),
        ("poison", 1),
        ("ld_id", 4),
        ("be", 64),
        ("data", 512),
    )
    opcode: int
    snp_type: int
    meta_field: int
    meta_value: int
    tag: int
    addr: int
    poison: int = 0
    ld_id: int = 0
    be: int = ALL_BYTES
    data: int = 0


@dataclass(slots=True)
class BiRspMsg(Message):
    FIELDS: ClassVar = (("opcode", 4), ("bi_id", 12), ("bi_tag", 12), ("low_addr", 2))
    opcode: int
    bi_id: int
    bi_tag: int
    low_addr: int = 0


@dataclass(slots=True)
class BiSnpMsg(Message):
    FIELDS: ClassVar = (("opcode", 4), ("bi_id", 12), ("bi_tag", 12), ("addr", 46))
    opcode: int
    bi_id: int
    bi_tag: int
    addr: int


@dataclass(slots=True)
class NdrMsg(Message):
    FIELDS: ClassVar = (
        ("opcode", 3),
        ("meta_field", 2),
        ("meta_value", 2),
        ("tag", 16),
        ("ld_id", 4),
        ("dev_load", 2),
    )
    opcode: int
    meta_field: int
    meta_value: int
    tag: int
    ld_id: int
    dev_load: int


@dataclass(slots=True)
class DrsMsg(Message):
    FIELDS: ClassVar = (
        ("opcode", 3),
        ("meta_field", 2),
        ("meta_value", 2),
        ("tag", 16),
        ("poison", 1),
        ("ld_id", 4),
        ("dev_load", 2),
        ("data", 512),
    )
    opcode: int
    meta_field: int
    meta_value: int
    tag: int
    poison: int
    ld_id: int
    dev_load: int
    data: int
