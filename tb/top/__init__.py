"""Bench of the whole device, through its driver (`driver.device`).

Small builds of one lane and channel, and of two of each; ``make tb-top`` runs both.
"""

from cosim import memory
from tb.agents.axi_lite.sources import SOURCES as AXIL_SOURCES
from tb.sim import Bench

BENCHES = tuple(
    Bench(
        name="top",
        engine="top",
        toplevel="top_tb_top",
        test_module="tb.top.tests",
        sources=(*AXIL_SOURCES, *memory.SOURCES, "tb/top/top_tb_top.sv"),
        parameters={"Lanes": lanes, "Channels": lanes},
        build_args=(
            *memory.BUILD_ARGS,
            *("-CFLAGS", "-std=c++20"),
            *("-CFLAGS", "-O1"),
            *("-LDFLAGS", "-rdynamic"),
        ),
    )
    for lanes in (1, 2)
)
