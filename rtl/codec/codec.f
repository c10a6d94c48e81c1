// The page codecs.
-f rtl/common/common.f
rtl/codec/int8rle_pkg.sv
rtl/codec/int8rle_amax.sv
rtl/codec/int8rle_scale.sv
rtl/codec/int8rle_quantize.sv
rtl/codec/int8rle_delta.sv
rtl/codec/int8rle_runs.sv
rtl/codec/int8rle_packer.sv
rtl/codec/int8rle_emitter.sv
rtl/codec/int8rle_compressor.sv
rtl/codec/int8rle_parser.sv
rtl/codec/int8rle_places.sv
rtl/codec/int8rle_gather.sv
rtl/codec/int8rle_fill.sv
rtl/codec/int8rle_undelta.sv
rtl/codec/int8rle_dequantize.sv
rtl/codec/int8rle_decompressor.sv
