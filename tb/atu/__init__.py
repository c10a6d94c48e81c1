"""Benches of the address translation unit: at its real size, and so small that everything in it is
soon full.

Memory behind `tb.agents.axi4`, requests by `tb.agents.translate`.  The scoreboard has the model
(models/atu.py) follow every step of the unit, and holds each answer against the page table as it
was in the time that the invalidation rule allows.
"""

from tb.agents.axi4.sources import SOURCES
from tb.sim import Bench

BENCHES = tuple(
    Bench(
        name=name,
        engine="atu",
        toplevel="atu_tb_top",
        test_module=f"tb.atu.{module}",
        sources=(*SOURCES, "tb/atu/atu_tb_top.sv"),
        parameters=parameters,
    )
    for name, module, parameters in (
        ("atu", "test_atu", {}),
        ("atu-small", "test_small", {"Entries": 16, "Ways": 4, "Walks": 2, "Rows": 4}),
    )
)
