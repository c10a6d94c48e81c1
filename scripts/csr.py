"""Everything that is made from the register map, ``rtl/csr/skv_csr.rdl``: ``make csr``.

- ``rtl/csr/generated/``: the register block, by PeakRDL-regblock
- ``driver/csr_map.py``: the registers and their fields for Python
- ``docs/registers.md``: its tables
- ``build/csr/html/`` and ``build/csr/registers.md``: the same at length, by PeakRDL's exporters

All but the last are committed; `committed` makes them anew, for comparison.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from systemrdl import RDLCompiler
from systemrdl.node import AddressableNode, AddrmapNode, FieldNode, RegNode
from systemrdl.rdltypes import AccessType, OnWriteType

from tb.sim import BUILD, ROOT

SOURCE = ROOT / "rtl" / "csr" / "skv_csr.rdl"
RTL = ROOT / "rtl" / "csr" / "generated"
PYTHON = ROOT / "driver" / "csr_map.py"
DOCUMENT = ROOT / "docs" / "registers.md"
LONG = BUILD.parent / "csr"
BIN = Path(sys.executable).parent

# What PeakRDL-regblock's code cannot be written without.
WAIVERS = """\
// Waivers for this generated file only: fields of one struct are written by a process each, addends
// are not extended by hand, loops have no names, AxPROT and the lowest bits of addresses go unread.
// verilator lint_off MULTIDRIVEN
// verilator lint_off WIDTHEXPAND
// verilator lint_off GENUNNAMED
// verilator lint_off UNUSEDSIGNAL
// verilator lint_off UNUSEDPARAM
"""
HEAD = "Made by make csr from rtl/csr/skv_csr.rdl."
MARK = "<!-- From here on: made by make csr. -->\n"


def compiled() -> AddrmapNode:
    compiler = RDLCompiler()
    compiler.compile_file(str(SOURCE))
    return compiler.elaborate().top


def nodes(top: AddrmapNode) -> Iterator[AddressableNode]:
    """Every register file and register, one of each array, by address."""
    for node in top.descendants(unroll=False):
        if isinstance(node, AddressableNode):
            yield node


def path(node: AddressableNode) -> str:
    return node.get_rel_path(node.owning_addrmap, array_suffix="", empty_array_suffix="")


def array(node: AddressableNode) -> tuple[int, int]:
    """How many there are, and how far apart: of the node or of what it is in."""
    while not isinstance(node, AddrmapNode):
        if node.is_array:
            return node.array_dimensions[0], node.array_stride
        node = node.parent
    return 1, 0


# ---- Register block ----


REGBLOCK = """\
--cpuif axi4-lite-flat --addr-width 12 --module-name csr_regs --package-name csr_regs_pkg
--default-reset rst_n --rt-read-fanin --rt-read-response --err-if-bad-addr --err-if-bad-rw
"""


def peakrdl(exporter: str, output: Path | str, *options: str) -> None:
    """Run one of PeakRDL's exporters on the source."""
    command = [BIN / "peakrdl", exporter, SOURCE.relative_to(ROOT), "-o", output, *options]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr)


def regblock() -> dict[Path, str]:
    """The register block."""
    with tempfile.TemporaryDirectory() as folder:
        peakrdl("regblock", folder, *REGBLOCK.split())
        files = Path(folder).glob("*.sv")
        return {RTL / file.name: WAIVERS + file.read_text() for file in files}


# ---- Python ----


def python(top: AddrmapNode) -> str:
    """The module of constants."""
    lines = [f'"""The registers.  {HEAD}"""', "", "from enum import IntEnum", ""]
    lines += ["from driver.registers import Field, Register", ""]
    enums, names = {}, []
    for register in nodes(top):
        if isinstance(register, RegNode):
            for field in register.fields():
                if encode := field.get_property("encode"):
                    enums[encode.type_name] = encode
    for name, encode in enums.items():
        lines += ["", f"class {name.title().replace('_', '')}(IntEnum):"]
        lines += [f"    {member.name.upper()} = {member.value}" for member in encode] + [""]
    for register in nodes(top):
        if not isinstance(register, RegNode):
            continue
        name = path(register)
        fields = [f'"{f.inst_name}": Field({f.low}, {f.width})' for f in register.fields()]
        count, stride = array(register)
        rest = f", {count}, {stride:#x}" if stride else ""
        names.append(name.replace(".", "_").upper())
        where = f'"{name}", {register.raw_absolute_address:#05x}'
        lines.append(f"{names[-1]} = Register({where}, {{{', '.join(fields)}}}{rest})")
    lines += ["", f"REGISTERS = ({', '.join(names)})"]
    ruff = [BIN / "ruff", "format", "--stdin-filename", PYTHON, "-"]
    text = "\n".join(lines) + "\n"
    return subprocess.run(ruff, input=text, text=True, stdout=subprocess.PIPE, check=True).stdout


# ---- Document ----


def access(field: FieldNode) -> str:
    """What software can do with a field, in a word."""
    if field.get_property("onwrite") == OnWriteType.woclr:
        return "1 clears"
    if field.get_property("onwrite") == OnWriteType.woset:
        return "1 sets"
    if field.get_property("sw") == AccessType.r:
        return "r"
    name = "w" if field.get_property("sw") == AccessType.w else "rw"
    return f"{name}, lock" if field.get_property("swwel") else name


def words(node: AddressableNode | FieldNode) -> str:
    """Its name and description, if it has them."""
    said = [node.get_property(what, default="") for what in ("name", "desc")]
    if encode := node.get_property("encode", default=None):
        said.append(", ".join(f"{member.value} {member.name}" for member in encode))
    return sentences(text for text in said if text != node.inst_name)


def sentences(texts: Iterable[str]) -> str:
    """One behind the other, on one line."""
    return ". ".join(" ".join(text.split()).removesuffix(".") for text in texts if text)


def table(top: AddrmapNode) -> str:
    """The registers as one table: a line a field."""
    rows = [("address", "register", "bits", "field", "access", ""), ("---",) * 6]
    for node in nodes(top):
        count, stride = array(node)
        address = f"{node.raw_absolute_address:#05x}" + (f" + {stride:#x} i" if stride else "")
        name = f"`{path(node)}`" + (f", i < {count}" if stride else "")
        if not isinstance(node, RegNode):
            rows.append((address, name, "", "", "", words(node)))
            continue
        fields = [
            (f"{f.high}:{f.low}" if f.width > 1 else f"{f.low}", f"`{f.inst_name}`", access(f))
            for f in node.fields()
        ]
        texts = [words(f) for f in node.fields()]
        if len(fields) == 1:
            rows.append((address, name, *fields[0], sentences((words(node), *texts))))
        else:
            rows.append((address, name, "", "", "", words(node)))
            rows += [("", "", *f, text) for f, text in zip(fields, texts, strict=True)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def committed() -> dict[Path, str]:
    """The files that are committed, as the source makes them."""
    top = compiled()
    written = DOCUMENT.read_text().partition(MARK)[0]
    return {**regblock(), PYTHON: python(top), DOCUMENT: f"{written}{MARK}\n{table(top)}"}


def main() -> None:
    for file, text in committed().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        print(file.relative_to(ROOT))
    for exporter, output in (("html", LONG / "html"), ("markdown", LONG / "registers.md")):
        output.parent.mkdir(parents=True, exist_ok=True)
        peakrdl(exporter, output)
        print(output.relative_to(ROOT))


if __name__ == "__main__":
    main()
