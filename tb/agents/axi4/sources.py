"""What a bench with AXI4 ports adds to its sources; importable outside a simulation."""

SOURCES = ("tb/agents/axi4/axi4_port.sv", "tb/agents/axi4/axi4_master.sv")
