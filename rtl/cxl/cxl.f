// The device side of CXL.mem.
-f rtl/common/common.f
rtl/coherence/coh_pkg.sv
rtl/cxl/cxl_pkg.sv
rtl/cxl/cxl_decode_req.sv
rtl/cxl/cxl_decode_rwd.sv
rtl/cxl/cxl_endpoint.sv
