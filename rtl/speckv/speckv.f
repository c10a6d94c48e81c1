// The speckv codec.
-f rtl/common/common.f
rtl/speckv/speckv_pkg.sv
