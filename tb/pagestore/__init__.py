"""Benches of the page store: a small one that fills up again and again, and the real size.

``make tb-pagestore`` runs both, ``make tb-pagestore-small SEED=7 TEST=Resets`` one test of one.
"""

from tb.agents.axi4.sources import SOURCES
from tb.sim import Bench

BENCHES = (
    Bench(
        name="pagestore-small",
        engine="pagestore",
        toplevel="pagestore_tb_top",
        test_module="tb.pagestore.test_small",
        sources=(*SOURCES, "tb/pagestore/pagestore_tb_top.sv"),
        parameters={"Requests": 8, "SegmentUnits": 128, "Rows": 4},
    ),
    Bench(
        name="pagestore-full",
        engine="pagestore",
        toplevel="pagestore_tb_top",
        test_module="tb.pagestore.test_full",
        sources=(*SOURCES, "tb/pagestore/pagestore_tb_top.sv"),
        parameters={"Requests": 1024, "SegmentUnits": 1024, "Rows": 512},
    ),
)
