"""Benches of the speckv codec: its two engines, the two in a row, and those at half the width.

Tables and pages are made in `tables` and `pages`, damaged pages in `faults`; what must come out is
the model's (models/speckv.py) to say.  Scoreboard, environment and coverage are those of
`tb.codec`.  ``make tb-speckv`` runs all, ``make tb-speckv-chain SEED=7 TEST=Resets`` one test of
one bench; ``make faults`` sends 100,000 damaged pages.
"""

from tb.sim import Bench

BENCHES = (
    Bench(
        name="speckv-compressor",
        engine="speckv",
        toplevel="speckv_compressor",
        test_module="tb.speckv.test_compressor",
    ),
    Bench(
        name="speckv-decompressor",
        engine="speckv",
        toplevel="speckv_decompressor",
        test_module="tb.speckv.test_decompressor",
    ),
    Bench(
        name="speckv-chain",
        engine="speckv",
        toplevel="speckv_chain_tb_top",
        test_module="tb.speckv.test_chain",
        sources=("tb/speckv/speckv_chain_tb_top.sv",),
    ),
    Bench(
        name="speckv-half",
        engine="speckv",
        toplevel="speckv_chain_tb_top",
        test_module="tb.speckv.test_half",
        sources=("tb/speckv/speckv_chain_tb_top.sv",),
        build_args=("+define+SPECKV_LANES=16",),
    ),
)
