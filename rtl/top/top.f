// The engines put together.  Paths are relative to the repository root.
-f rtl/lane/lane.f
-f rtl/atu/atu.f
-f rtl/pagestore/pagestore.f
-f rtl/cxl/cxl.f
-f rtl/coherence/coherence.f
-f rtl/prefetch/prefetch.f
-f rtl/lstm/lstm.f
-f rtl/csr/csr.f
rtl/top/memory_path_pkg.sv
rtl/top/memory_path.sv
rtl/top/cxl_speckv_pkg.sv
rtl/top/mailbox.sv
rtl/top/event_ring.sv
rtl/top/soft_reset.sv
rtl/top/cxl_speckv.sv
