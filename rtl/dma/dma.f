// The DMA engine.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/speckv/speckv_pkg.sv
rtl/dma/dma_pkg.sv
rtl/dma/dma_fields.sv
rtl/dma/dma_bursts.sv
rtl/dma/dma_reader.sv
rtl/dma/dma_collect.sv
rtl/dma/dma_writer.sv
rtl/dma/dma_mover.sv
rtl/dma/dma_check.sv
rtl/dma/dma_ring.sv
rtl/dma/dma_rings.sv
rtl/dma/dma_cancel.sv
rtl/dma/dma_drain.sv
rtl/dma/dma_slots.sv
rtl/dma/dma_translate.sv
rtl/dma/dma_store.sv
rtl/dma/dma_load.sv
rtl/dma/dma_control.sv
rtl/dma/dma.sv
