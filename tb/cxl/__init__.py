"""Benches of the CXL.mem endpoint alone: its tables on every input, and its channels under load.

The engine's side is a stand-in; the whole is in `tb.coherence`.  ``make tb-cxl``.
"""

from tb.sim import Bench

BENCHES = (
    Bench(
        name="cxl-decode",
        engine="cxl",
        toplevel="decode_tb_top",
        test_module="tb.cxl.test_decode",
        sources=("tb/cxl/decode_tb_top.sv",),
    ),
    *(
        Bench(
            name="cxl-endpoint",
            engine="cxl",
            toplevel="cxl_tb_top",
            test_module="tb.cxl.test_endpoint",
            sources=("tb/cxl/cxl_tb_top.sv",),
            parameters={"HdmH": hdm_h},
        )
        for hdm_h in (0, 1)
    ),
)
