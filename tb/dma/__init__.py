"""Benches of the DMA engine in a codec lane, both halves of speckv behind it.

What it works on is made and judged in `world`: descriptors of every kind, good and bad, over two
memories, against the model (models/dma.py).  ``make tb-dma`` runs all; ``make soak-dma`` sends a
million random descriptors through the first, which is also the quicker one to find what is wrong.
"""

from cosim import memory, transactor
from tb.agents import paging
from tb.agents.axi4.sources import SOURCES
from tb.sim import ROOT, Bench, file_list

_OF_DMA = file_list("dma").sources
LANE = tuple(
    str(path.relative_to(ROOT)) for path in file_list("lane").sources if path not in _OF_DMA
)
COMMON = (
    *LANE,
    *transactor.SOURCES,
    *paging.SOURCES,
    "tb/dma/feed_ring.sv",
    "tb/dma/dma_bench.sv",
)
BUILD_ARGS = (
    *transactor.BUILD_ARGS,
    *memory.BUILD_ARGS,
    *paging.BUILD_ARGS,
    str(ROOT / "tb/dma/feed_ring.cpp"),
    *("-CFLAGS", "-O1"),
)

BENCHES = (
    Bench(
        name="dma-soak",
        engine="dma",
        toplevel="dma_soak_tb_top",
        test_module="tb.dma.test_soak",
        sources=(*COMMON, *memory.SOURCES, "tb/dma/dma_soak_tb_top.sv"),
        build_args=BUILD_ARGS,
    ),
    Bench(
        name="dma",
        engine="dma",
        toplevel="dma_tb_top",
        test_module="tb.dma.test_dma",
        sources=(*COMMON, *SOURCES, "tb/dma/dma_tb_top.sv"),
        build_args=BUILD_ARGS,
    ),
)
