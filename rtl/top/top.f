// The engines put together.  Paths are relative to the repository root.
-f rtl/speckv/speckv.f
-f rtl/atu/atu.f
-f rtl/pagestore/pagestore.f
-f rtl/dma/dma.f
rtl/top/memory_path_pkg.sv
rtl/top/codec_lane.sv
rtl/top/memory_path.sv
