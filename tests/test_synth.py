"""Logic depth, on netlists whose depth can be counted by hand."""

import json
from pathlib import Path

import pytest

from scripts.synth.depth import Netlist

IN = {"C": "input", "D": "input", "Q": "output"}


def lut(inputs: list[int], out: int) -> dict:
    ports = {f"I{i}": [bit] for i, bit in enumerate(inputs)}
    directions = dict.fromkeys(ports, "input") | {"O": "output"}
    return cell(f"LUT{len(inputs)}", ports | {"O": [out]}, directions)


def register(d: int, q: int) -> dict:
    return cell("FDRE", {"C": [2], "D": [d], "Q": [q]}, IN)


def cell(kind: str, connections: dict, directions: dict) -> dict:
    return {
        "type": kind,
        "connections": connections,
        "port_directions": directions,
        "parameters": {},
        "attributes": {},
    }


def netlist(path: Path, cells: dict[str, dict], names: dict[str, list[int]]) -> Netlist:
    nets = {name: {"hide_name": 0, "bits": bits} for name, bits in names.items()}
    module = {"cells": cells, "ports": {}, "netnames": nets}
    path.write_text(json.dumps({"modules": {"top": module}}))
    return Netlist(path, "top")


def test_depth_between_registers(tmp_path):
    """a_q -> LUT -> LUT -> b_q is two levels; c_q, straight from b_q, is none."""
    cells = {
        "a": register(9, 10),
        "one": lut([10], 11),
        "two": lut([11, 10], 12),
        "b": register(12, 13),
        "c": register(13, 14),
    }
    names = {"a_q": [10], "b_q": [13], "c_q": [14]}
    worst, *others = netlist(tmp_path / "n.json", cells, names).stages()
    assert (worst.levels, worst.start, worst.end) == (2, "a_q", "b_q")
    assert [stage.levels for stage in others] == [0, 0]


def test_adder_is_one_level(tmp_path):
    """A carry chain counts nothing beside the LUTs in front of it."""
    directions = {"S": "input", "DI": "input", "CI": "input", "O": "output", "CO": "output"}
    pins = {"S": [11, 11], "DI": [10, 10], "CI": [10], "O": [20, 21], "CO": [22, 23]}
    cells = {
        "a": register(9, 10),
        "half": lut([10], 11),
        "sum": cell("CARRY4", pins, directions),
        "b": register(21, 30),
    }
    stages = netlist(tmp_path / "n.json", cells, {"a_q": [10], "b_q": [30]}).stages()
    assert stages[0].levels == 1


def test_loop_is_an_error(tmp_path):
    cells = {"x": lut([10], 11), "y": lut([11], 10), "b": register(10, 12)}
    with pytest.raises(ValueError, match="loop"):
        netlist(tmp_path / "n.json", cells, {}).stages()
