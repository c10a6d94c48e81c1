"""Bench of the whole device, through its driver (`driver.device`).

One lane and channel, with the sizes that `cosim.system` runs, and two of each, small.
"""

from dataclasses import replace

from cosim import memory
from tb.agents.axi_lite.sources import SOURCES as AXIL_SOURCES
from tb.sim import Bench

SINGLE = Bench(
    name="top",
    engine="top",
    toplevel="top_tb_top",
    test_module="tb.top.tests",
    sources=(*AXIL_SOURCES, *memory.SOURCES, "tb/top/top_tb_top.sv"),
    parameters={
        "TlbEntries": 256,
        "PrefetchLayers": 32,
        "PrefetchPages": 128,
        "PrefetchSlots": 8192,
        "PrefetchFlights": 32,
    },
    build_args=(
        *memory.BUILD_ARGS,
        *("-CFLAGS", "-std=c++20"),
        *("-LDFLAGS", "-rdynamic"),
    ),
)
BENCHES = (SINGLE, replace(SINGLE, parameters={"Lanes": 2, "Channels": 2}))
