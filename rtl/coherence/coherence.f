// The device coherency engine.
-f rtl/mem/mem.f
rtl/coherence/coh_pkg.sv
rtl/coherence/coh_decide.sv
rtl/coherence/coh_filter.sv
rtl/coherence/coh_pick.sv
rtl/coherence/coh_slots.sv
rtl/coherence/coh_core.sv
rtl/coherence/coh_arbiter.sv
rtl/coherence/coh_memory.sv
rtl/coherence/coh_axi_read.sv
rtl/coherence/coh_axi_write.sv
rtl/coherence/coherence.sv
