// What the engines of the memory path share.  Paths are relative to the repository root.
-f rtl/common/common.f
rtl/mem/skv_axi_pkg.sv
rtl/mem/skv_mem_pkg.sv
rtl/mem/skv_axi_mux.sv
rtl/mem/skv_axi_order.sv
rtl/mem/skv_axi_demux.sv
rtl/mem/skv_axi_crossbar.sv
rtl/mem/skv_row_cache.sv
rtl/mem/skv_axi_rules.sv
