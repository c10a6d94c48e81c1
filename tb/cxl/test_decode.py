"""The decoders against the model, on every input."""

from __future__ import annotations

from itertools import product

import cocotb
import pyuvm
from cocotb.triggers import Timer
from pyuvm import uvm_test

from models.coherence import HOST_READS, Ndr, Op, ReqOp, decode_req, decode_rwd


@pyuvm.test()
class EveryInput(uvm_test):
    """All opcodes, MetaFields, MetaValues and SnpTypes, in both modes."""

    def build_phase(self) -> None:
        self.compared = 0

    async def run_phase(self) -> None:
        self.raise_objection()
        top = cocotb.top
        for opcode, meta, value, snp in product(range(16), range(4), range(4), range(8)):
            top.opcode_i.value, top.snp_type_i.value = opcode, snp
            top.meta_field_i.value, top.meta_value_i.value = meta, value
            await Timer(1, "ns")
            req, rwd = int(top.req_o.value), int(top.rwd_o.value)
            for h in (0, 1):
                fields = (opcode, meta, value, snp, bool(h))
                self.compare_req(fields, req >> 9 * h & 0x1FF)
                self.compare_rwd(fields, rwd >> 8 * h & 0xFF)
        self.drop_objection()

    def compare_req(self, fields: tuple, got: int) -> None:
        made = decode_req(*fields)
        reads = made.op in HOST_READS
        moves = made.op is not None and not reads
        answers = made.answer == Ndr.Cmp
        speculates = fields[0] == ReqOp.MemSpecRd
        flags = (reads, moves, answers, made.illegal, speculates)
        assert got & 0x1F == int("".join(str(int(f)) for f in flags), 2), f"Req {fields}: {got:b}"
        assert made.op is None or Op(got >> 5) == made.op, f"Req {fields}: {Op(got >> 5)}"
        self.compared += 1

    def compare_rwd(self, fields: tuple, got: int) -> None:
        made = decode_rwd(*fields)
        conflicts = made.answer == Ndr.BIConflictAck
        flags = (made.op is not None, conflicts, made.partial, made.illegal)
        assert got & 0xF == int("".join(str(int(f)) for f in flags), 2), f"RwD {fields}: {got:b}"
        assert made.op is None or Op(got >> 4) == made.op, f"RwD {fields}: {Op(got >> 4)}"
        self.compared += 1

    def check_phase(self) -> None:
        assert self.compared == 2 * 2 * 2048
