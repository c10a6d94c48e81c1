"""Bench of rtl/mem/skv_axi_mux.sv, and with it of the AXI4 agent."""

from tb.agents.axi4.sources import SOURCES
from tb.sim import Bench

BENCHES = (
    Bench(
        name="mem-mux",
        engine="mem",
        toplevel="mux_tb_top",
        test_module="tb.mem.test_mux",
        sources=(*SOURCES, "tb/mem/mux_tb_top.sv"),
    ),
)
