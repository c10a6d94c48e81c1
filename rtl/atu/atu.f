// The address translation unit.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/atu/atu_pkg.sv
rtl/atu/atu_check.sv
rtl/atu/atu_tlb.sv
rtl/atu/atu_misses.sv
rtl/atu/atu_walker.sv
rtl/atu/atu_invalidator.sv
rtl/atu/atu_front.sv
rtl/atu/atu.sv
