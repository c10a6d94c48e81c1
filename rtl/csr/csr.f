// The registers.  Paths are relative to the repository root.
-f rtl/mem/mem.f
rtl/speckv/speckv_pkg.sv
rtl/dma/dma_pkg.sv
rtl/prefetch/prefetch_pkg.sv
rtl/coherence/coh_pkg.sv
rtl/cxl/cxl_pkg.sv
rtl/csr/generated/csr_regs_pkg.sv
rtl/csr/generated/csr_regs.sv
rtl/csr/skv_csr_pkg.sv
rtl/csr/csr_command.sv
rtl/csr/skv_csr.sv
