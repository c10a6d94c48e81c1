"""Benches of the AXI4 crossbar and, with it, of the AXI4 agent; and of the DPI memory."""

from cosim import memory, transactor
from tb.agents.axi4.sources import SOURCES
from tb.sim import Bench

BENCHES = (
    *(
        Bench(
            name="mem-crossbar",
            engine="mem",
            toplevel="crossbar_tb_top",
            test_module="tb.mem.test_crossbar",
            sources=(*SOURCES, "tb/mem/crossbar_tb_top.sv"),
            parameters={"Channels": channels},
        )
        for channels in (1, 4)
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
