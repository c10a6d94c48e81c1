"""Bench of rtl/common/skv_skid.sv, and with it of the AXI4-Stream agent."""

from tb.sim import Bench

BENCHES = (
    Bench(
        name="skid",
        engine="common",
        toplevel="skid_tb_top",
        test_module="tb.skid.tests",
        sources=("tb/skid/skid_tb_top.sv",),
    ),
)
