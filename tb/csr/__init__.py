"""Bench of the registers, rtl/csr, against a model that is made from the same SystemRDL source."""

from tb.agents.axi_lite.sources import SOURCES
from tb.sim import Bench

BENCHES = (
    Bench(
        name="csr",
        engine="csr",
        toplevel="csr_tb_top",
        test_module="tb.csr.tests",
        sources=(*SOURCES, "tb/csr/csr_tb_top.sv"),
    ),
)
