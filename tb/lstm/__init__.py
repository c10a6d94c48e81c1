"""Bench of the next-token predictor, rtl/lstm.

`weights` makes weights, `reference` says what must be answered and what must be in memory, by the
model (models/lstm.py).  ``make tb-lstm SEED=7 TEST=Resets`` runs one test.
"""

from tb.agents.axi4.sources import SOURCES
from tb.sim import Bench

BENCHES = (
    Bench(
        name="lstm",
        engine="lstm",
        toplevel="lstm_tb_top",
        test_module="tb.lstm.tests",
        sources=(*SOURCES, "tb/lstm/lstm_tb_top.sv"),
    ),
)
