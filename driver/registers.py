"""Access to the device's registers by name of register and field (docs/registers.md).

::

    registers = Registers(bus)
    registers.write(csr_map.CONTROL, enable=1)
    while not registers.read(csr_map.STATUS)["ready"]:
        ...
    registers.write(csr_map.RING_TAIL, 2, count=5)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


class Bus(Protocol):
    """Reads and writes of 64 bits at byte addresses."""

    def read(self, address: int) -> int: ...

    def write(self, address: int, value: int) -> None: ...


@dataclass(frozen=True)
class Field:
    """Bits of a register."""

    low: int
    width: int


@dataclass(frozen=True)
class Register:
    """A register, or `count` of them `stride` bytes apart."""

    name: str
    address: int
    fields: Mapping[str, Field]
    count: int = 1
    stride: int = 0

    def at(self, index: int = 0) -> int:
        """The address of the register with this index."""
        if not 0 <= index < self.count:
            raise IndexError(f"{self.name}[{index}] of {self.count}")
        return self.address + index * self.stride

    def pack(self, **values: int) -> int:
        """The register's word; fields that are not named are 0."""
        word = 0
        for name, value in values.items():
            field = self.fields[name]
            if value >> field.width:
                raise ValueError(f"{self.name}.{name} has {field.width} bits: {value:#x}")
            word |= value << field.low
        return word

    def unpack(self, word: int) -> dict[str, int]:
        """The fields of a word."""
        return {
            name: word >> field.low & (1 << field.width) - 1 for name, field in self.fields.items()
        }


class Registers:
    """The registers behind a bus."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    def read(self, register: Register, index: int = 0) -> dict[str, int]:
        return register.unpack(self.bus.read(register.at(index)))

    def write(self, register: Register, index: int = 0, **values: int) -> None:
        """Write the whole register: fields that are not named become 0."""
        self.bus.write(register.at(index), register.pack(**values))
