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
rtl/dma/dma_pkg.sv
rtl/coherence/coh_staging_pkg.sv
rtl/coherence/coh_staging_look.sv
rtl/coherence/coh_staging_slots.sv
rtl/coherence/coh_staging_frames.sv
rtl/coherence/coh_staging_fill.sv
rtl/coherence/coh_staging_control.sv
rtl/coherence/coh_sweep.sv
rtl/coherence/coh_staging.sv
rtl/coherence/coh_pool.sv
