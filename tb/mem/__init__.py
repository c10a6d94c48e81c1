"""Benches of rtl/mem/skv_axi_mux.sv, and with it of the AXI4 agent, and of the DPI memory."""

from cosim import memory, transactor
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
    Bench(
        name="mem-dpi",
        engine="mem",
        toplevel="dpi_tb_top",
        test_module="tb.mem.test_dpi",
        sources=(*SOURCES, *memory.SOURCES, "tb/mem/dpi_tb_top.sv"),
        build_args=(*transactor.BUILD_ARGS, *memory.BUILD_ARGS),
    ),
)
