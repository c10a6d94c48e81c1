"""Logic depth of a netlist of Xilinx UltraScale+ cells, in levels of 6-input LUTs.

A path starts and ends at registers, block RAM and ports.  Every LUT on it counts one.  So does the
read of a LUT RAM and a multiplier without a register inside.  Carry chains and inverters count
nothing: an adder, however wide, is the one level of LUTs in front of its chain.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Bit = int | str  # as Yosys numbers nets; a string is a constant


@dataclass(frozen=True)
class Arc:
    """A combinational way through a cell."""

    source: Bit
    levels: int


@dataclass(frozen=True)
class Stage:
    """The deepest path into a register (or a memory, or a port)."""

    levels: int
    start: str
    end: str


def pins(cell: dict, direction: str) -> Iterator[tuple[str, int, Bit]]:
    """The cell's connected pins: port, index, net."""
    for port, bits in cell["connections"].items():
        if cell["port_directions"][port] == direction:
            yield from ((port, i, bit) for i, bit in enumerate(bits) if isinstance(bit, int))


def arcs(cell: dict) -> Iterator[tuple[Bit, Arc]]:
    """Each output net of a cell with what it depends on combinationally."""
    kind = cell["type"]
    inputs = list(pins(cell, "input"))
    for port, index, out in pins(cell, "output"):
        if re.fullmatch(r"LUT\d|MUXF\d|INV", kind):
            levels = int(kind.startswith("LUT"))
            yield from ((out, Arc(bit, levels)) for _, _, bit in inputs)
        elif kind in ("CARRY4", "CARRY8"):
            # A sum or a carry depends on the bits at and below its own.
            for name, i, bit in inputs:
                if (
                    name in ("CI", "CYINIT")
                    or i < index
                    or (i == index and (name, port) != ("DI", "O"))
                ):
                    yield out, Arc(bit, 0)
        elif kind.startswith("RAM") and not kind.startswith("RAMB"):
            read = {"DO": "ADDR", "DPO": "DPRA", "SPO": "A", "O": "A"}
            own = next((read[p] + port[len(p) :] for p in read if port.startswith(p)), "")
            yield from ((out, Arc(bit, 1)) for name, _, bit in inputs if name == own)
        elif kind.startswith("DSP") and not has_register(cell):
            yield from ((out, Arc(bit, 1)) for name, _, bit in inputs if name in "ABCD")


def has_register(cell: dict) -> bool:
    """Whether a DSP has a register anywhere between its factors and its product."""
    names = ("AREG", "BREG", "MREG", "PREG")
    return any(int(cell["parameters"].get(name, "0"), 2) for name in names)


class Netlist:
    """One flat module of a file that Yosys's write_json wrote."""

    def __init__(self, path: Path, top: str) -> None:
        module = json.loads(path.read_text())["modules"][top]
        self.cells: dict[str, dict] = module["cells"]
        self.ports: dict[str, dict] = module["ports"]
        self.names = self._names(module["netnames"])
        self.into: dict[Bit, list[Arc]] = defaultdict(list)
        for name, cell in self.cells.items():
            for out, arc in arcs(cell):
                self.into[out].append(arc)
            # Yosys gives a RAM a copy of its address register, without a name.
            for port, _, bit in pins(cell, "input"):
                if "RAM" in cell["type"] and port.startswith("ADDR"):
                    self.names.setdefault(bit, f"{self.cell_name(name)} address")
        self.driver = {
            bit: name for name, cell in self.cells.items() for _, _, bit in pins(cell, "output")
        }
        self.level: dict[Bit, int] = {}
        self.before: dict[Bit, Bit] = {}

    @staticmethod
    def _names(netnames: dict) -> dict[Bit, str]:
        """The nets' names in the source, a register's own before the others."""
        names: dict[Bit, str] = {}
        order = sorted(netnames, key=lambda n: (not n.endswith("_q"), len(n), n))
        for name in order:
            if not netnames[name]["hide_name"]:
                for bit in netnames[name]["bits"]:
                    names.setdefault(bit, name)
        return names

    def depth(self, net: Bit) -> int:
        """Levels from a start to this net."""
        ahead = [net]
        while ahead:
            bit = ahead[-1]
            if bit in self.level:
                ahead.pop()
                continue
            open_sources = [a.source for a in self.into[bit] if a.source not in self.level]
            if open_sources:
                if len(ahead) > len(self.names) + len(self.driver):
                    raise ValueError(f"combinational loop at {self.name(bit)}")
                ahead += open_sources
                continue
            best = max(self.into[bit], key=lambda a: self.level[a.source] + a.levels, default=None)
            self.level[bit] = self.level[best.source] + best.levels if best else 0
            if best:
                self.before[bit] = best.source
            ahead.pop()
        return self.level[net]

    def name(self, net: Bit) -> str:
        """A net's name, or that of the memory or the source line that drives it."""
        name = self.names.get(net) or self.cell_name(self.driver.get(net, str(net)))
        return re.sub(r"\[\d+\]", "[*]", name)

    def cell_name(self, cell: str) -> str:
        """A memory's name without its parts' numbers; for a cell without a name, its source."""
        if not cell.startswith("$") or cell not in self.cells:
            return re.sub(r"\.\d+\.\d+(\..*)?$", "", cell)
        source = re.search(r"(\w+\.sv:\d+)", self.cells[cell]["attributes"].get("src", ""))
        return source.group(1) if source else cell

    def start(self, net: Bit) -> str:
        while net in self.before:
            net = self.before[net]
        return self.name(net)

    def ends(self) -> Iterator[tuple[str, Bit]]:
        """Where paths end: the name of what takes the value, and the net."""
        for name, cell in self.cells.items():
            kind = cell["type"]
            through = {arc.source for _, arc in arcs(cell)}
            register = re.match(r"FD|SRL", kind)
            taker = next((self.name(bit) for _, _, bit in pins(cell, "output")), name)
            for port, _, bit in pins(cell, "input"):
                if port not in ("C", "CLK", "WCLK") and (bit not in through or "RAM" in kind):
                    yield (
                        taker if register else re.sub(r"\[\d+\]", "[*]", self.cell_name(name)),
                        bit,
                    )
        for name, port in self.ports.items():
            if port["direction"] == "output":
                yield from ((name, bit) for bit in port["bits"] if isinstance(bit, int))

    def stages(self) -> list[Stage]:
        """The deepest path into each register, the deepest first."""
        deepest: dict[str, Stage] = {}
        for end, net in self.ends():
            levels = self.depth(net)
            if end not in deepest or levels > deepest[end].levels:
                deepest[end] = Stage(levels, self.start(net), end)
        return sorted(deepest.values(), key=lambda stage: (-stage.levels, stage.end))
