// The speckv codec.
-f rtl/common/common.f
rtl/speckv/speckv_pkg.sv
rtl/speckv/speckv_crc.sv
rtl/speckv/speckv_table_loader.sv
rtl/speckv/speckv_table_memory.sv
rtl/speckv/speckv_quantize.sv
rtl/speckv/speckv_encode.sv
rtl/speckv/speckv_prefix.sv
rtl/speckv/speckv_compact.sv
rtl/speckv/speckv_plane_packer.sv
rtl/speckv/speckv_tail_packer.sv
rtl/speckv/speckv_emitter.sv
rtl/speckv/speckv_compressor.sv
rtl/speckv/speckv_intake.sv
rtl/speckv/speckv_stream.sv
rtl/speckv/speckv_plane.sv
rtl/speckv/speckv_planes.sv
rtl/speckv/speckv_words.sv
rtl/speckv/speckv_tail.sv
rtl/speckv/speckv_dequantize.sv
rtl/speckv/speckv_decompressor.sv
