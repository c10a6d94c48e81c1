"""The register map: what is made from it is up to date; registers by name."""

import pytest

from driver import csr_map
from driver.registers import Registers
from scripts.csr import committed


def test_what_is_committed_is_what_the_source_makes() -> None:
    for path, text in committed().items():
        assert path.read_text() == text, f"{path}: make csr"


class Memory:
    """A bus with nothing but memory behind it."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}

    def read(self, address: int) -> int:
        return self.words.get(address, 0)

    def write(self, address: int, value: int) -> None:
        self.words[address] = value


def test_registers_are_read_and_written_by_field() -> None:
    bus = Memory()
    registers = Registers(bus)
    registers.write(csr_map.RING_CONTROL, 3, enable=1, tenant=0xBEEF, size_log2=12)
    assert bus.words == {0x2C0: 0xBEEF_0C01}
    assert registers.read(csr_map.RING_CONTROL, 3) == {
        "enable": 1,
        "tenant": 0xBEEF,
        "size_log2": 12,
    }


def test_what_does_not_fit_is_refused() -> None:
    registers = Registers(Memory())
    with pytest.raises(ValueError, match="ring.tail.count has 16 bits"):
        registers.write(csr_map.RING_TAIL, count=0x10000)
    with pytest.raises(IndexError):
        registers.read(csr_map.RING_TAIL, 8)
    with pytest.raises(KeyError):
        registers.write(csr_map.RING_TAIL, head=1)


def test_registers_do_not_overlap() -> None:
    places = [r.at(i) for r in csr_map.REGISTERS for i in range(r.count)]
    assert len(set(places)) == len(places)
    assert all(place % 8 == 0 for place in places)
