"""Bench of the bulk transactor (cosim/transactor.py) on two register slices."""

from cosim.transactor import BUILD_ARGS, SOURCES
from tb.sim import Bench

BENCHES = (
    Bench(
        name="transactor",
        engine="common",
        toplevel="transactor_tb_top",
        test_module="tb.transactor.tests",
        sources=(
            *SOURCES,
            "tb/transactor/transactor_top.sv",
            "tb/transactor/transactor_tb_top.sv",
        ),
        build_args=BUILD_ARGS,
    ),
)
