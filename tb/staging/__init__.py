"""Benches of the coherency engine over the staging area: compressed pages as memory.

The agents of `tb.coherence`, a DMA engine that keeps pages (`dma`), and a driver that opens, seals
and closes them.  ``make tb-staging``.
"""

from tb.coherence import SOURCES as COHERENCE_SOURCES
from tb.sim import Bench

SOURCES = (*COHERENCE_SOURCES[:-1], "tb/staging/staging_tb_top.sv")

BENCHES = (
    Bench(
        name="staging",
        engine="coherence",
        toplevel="staging_tb_top",
        test_module="tb.staging.tests",
        sources=SOURCES,
        parameters={"Pages": 16, "Frames": 4},
    ),
    Bench(
        name="staging-small",
        engine="coherence",
        toplevel="staging_tb_top",
        test_module="tb.staging.tests_small",
        sources=SOURCES,
        parameters={
            "Sets": 4,
            "Ways": 1,
            "Normal": 6,
            "Writes": 2,
            "Pages": 16,
            "Frames": 4,
        },
    ),
)
