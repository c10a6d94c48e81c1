"""What a bench with an AXI4-Lite slave adds to its sources; importable outside a simulation."""

SOURCES = ("tb/agents/axi_lite/axil_master.sv",)
