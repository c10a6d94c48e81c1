"""coh_decide against the model, on every input; it is what the document's state table says."""

from __future__ import annotations

import cocotb
import pyuvm
from cocotb.triggers import Timer
from pyuvm import uvm_test

from models.coherence import decide, every_decision


@pyuvm.test()
class EveryInput(uvm_test):
    """All operations, states, answers and conditions."""

    def build_phase(self) -> None:
        self.compared = 0

    async def run_phase(self) -> None:
        self.raise_objection()
        top = cocotb.top
        ports = ("op", "state", "entry", "room", "victim", "snooped", "answer")
        handles = [getattr(top, f"{name}_i") for name in ports]
        for case in every_decision():
            for handle, value in zip(handles, case, strict=True):
                handle.value = int(value)
            await Timer(1, "ns")
            made = decide(*case)
            got = [int(getattr(top, f"{name}_o").value) for name in ("action", "update", "grant")]
            assert got == [made.action, made.update, made.grant], f"{case}: {got}, not {made}"
            if made.update:
                assert int(top.next_o.value) == made.next, f"{case}: {made}"
            self.compared += 1
        self.drop_objection()

    def check_phase(self) -> None:
        assert self.compared == len(every_decision())
