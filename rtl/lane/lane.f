// A codec lane.  Paths are relative to the repository root.
-f rtl/speckv/speckv.f
-f rtl/dma/dma.f
rtl/lane/lane_pkg.sv
rtl/lane/codec_watch.sv
rtl/lane/codec_lane.sv
