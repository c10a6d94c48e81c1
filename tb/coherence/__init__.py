"""Benches of the coherency engine with the CXL.mem endpoint in front of it.

A host with a cache (`tb.agents.cxl_mem`), a GPU and a DMA engine (`tb.agents.lines`) work on one
memory; `golden` knows what every line holds.  ``make tb-coherence``.
"""

from tb.sim import Bench

SOURCES = (
    "rtl/cxl/cxl_pkg.sv",
    "rtl/cxl/cxl_decode_req.sv",
    "rtl/cxl/cxl_decode_rwd.sv",
    "rtl/cxl/cxl_endpoint.sv",
    "tb/coherence/coherence_tb_top.sv",
)

BENCHES = (
    Bench(
        name="coherence-decide",
        engine="coherence",
        toplevel="coh_decide",
        test_module="tb.coherence.test_decide",
    ),
    Bench(
        name="coherence",
        engine="coherence",
        toplevel="coherence_tb_top",
        test_module="tb.coherence.tests",
        sources=SOURCES,
    ),
    Bench(
        name="coherence-small",
        engine="coherence",
        toplevel="coherence_tb_top",
        test_module="tb.coherence.tests_small",
        sources=SOURCES,
        parameters={"Sets": 4, "Ways": 1, "Normal": 6, "Writes": 2},
    ),
)
