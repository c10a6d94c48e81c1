// int8rle_compressor -> int8rle_decompressor with the port names that cocotbext-axi expects: what
// `make bench` drives in the usual ways, to compare them with the transactor.  Simulation only.

module int8rle_chain
  import int8rle_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         s_axis_tvalid,
  output logic         s_axis_tready,
  input  logic [511:0] s_axis_tdata,
  input  logic         s_axis_tlast,
  input  layout_t      s_axis_tuser,

  output logic         m_axis_tvalid,
  input  logic         m_axis_tready,
  output logic [511:0] m_axis_tdata,
  output logic         m_axis_tlast,
  output error_e       m_axis_tuser
);

  logic    stored_valid, stored_ready, stored_last;
  row_t    stored_data;
  status_t stored_status;

  int8rle_compressor u_compressor (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i(s_axis_tvalid),
    .s_axis_tready_o(s_axis_tready),
    .s_axis_tdata_i (s_axis_tdata),
    .s_axis_tlast_i (s_axis_tlast),
    .s_axis_tuser_i (s_axis_tuser),
    .m_axis_tvalid_o(stored_valid),
    .m_axis_tready_i(stored_ready),
    .m_axis_tdata_o (stored_data),
    .m_axis_tlast_o (stored_last),
    .m_axis_tuser_o (stored_status)
  );

  int8rle_decompressor u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i(stored_valid),
    .s_axis_tready_o(stored_ready),
    .s_axis_tdata_i (stored_data),
    .s_axis_tlast_i (stored_last),
    .s_axis_tuser_i (stored_status.raw),
    .m_axis_tvalid_o(m_axis_tvalid),
    .m_axis_tready_i(m_axis_tready),
    .m_axis_tdata_o (m_axis_tdata),
    .m_axis_tlast_o (m_axis_tlast),
    .m_axis_tuser_o (m_axis_tuser)
  );

endmodule
