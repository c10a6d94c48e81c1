"""Benches of the prefetch core: a small one in which everything is soon full, and the real size.

The scoreboard has the model (models/prefetch_core.py) follow the directory, operation by operation,
and holds against it which they are and everything that comes out.
``make tb-prefetch-small SEED=7 TEST=Resets`` runs one test of one.
"""

from tb.sim import Bench

BENCHES = tuple(
    Bench(
        name=f"prefetch-{name}",
        engine="prefetch",
        toplevel="prefetch_tb_top",
        test_module=f"tb.prefetch.test_{name}",
        sources=("tb/prefetch/prefetch_tb_top.sv",),
        parameters=parameters,
    )
    for name, parameters in (
        (
            "small",
            {"Requests": 2, "Layers": 4, "Heads": 2, "Pages": 64, "Slots": 64, "Flights": 4},
        ),
        ("full", {}),
    )
)
