"""Benches of the int8rle codec: its two halves, and the two in a row.

What is sent is made in `raw_pages` and `stored_pages`; what must come out is the model's
(models/int8rle.py) to say.  A run over all tests ends with the judgement of its functional coverage
(`coverage`), whose counts it leaves in ``coverage.yml`` beside its log.  ``make tb-codec`` runs
all, ``make tb-codec-chain SEED=7 TEST=Resets`` one test of one bench.
"""

from tb.sim import Bench

BENCHES = (
    Bench(
        name="codec-compressor",
        engine="codec",
        toplevel="int8rle_compressor",
        test_module="tb.codec.test_compressor",
    ),
    Bench(
        name="codec-decompressor",
        engine="codec",
        toplevel="int8rle_decompressor",
        test_module="tb.codec.test_decompressor",
    ),
    Bench(
        name="codec-chain",
        engine="codec",
        toplevel="codec_chain_tb_top",
        test_module="tb.codec.test_chain",
        sources=("tb/codec/codec_chain_tb_top.sv",),
    ),
)
