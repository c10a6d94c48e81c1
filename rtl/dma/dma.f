// The DMA engine.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/dma/dma_pkg.sv
