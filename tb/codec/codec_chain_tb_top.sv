// int8rle compressor and decompressor in a row: raw pages in, the pages a reader gets out.

module codec_chain_tb_top
  import int8rle_pkg::*;
(
  input  logic    clk_i,
  input  logic    rst_ni,

  input  logic    s_axis_tvalid_i,
  output logic    s_axis_tready_o,
  input  row_t    s_axis_tdata_i,
  input  logic    s_axis_tlast_i,
  input  layout_t s_axis_tuser_i,

  output logic    m_axis_tvalid_o,
  input  logic    m_axis_tready_i,
  output row_t    m_axis_tdata_o,
  output logic    m_axis_tlast_o,
  output error_e  m_axis_tuser_o
);

  logic    stored_tvalid, stored_tready, stored_tlast;
  row_t    stored_tdata;
  status_t stored_tuser;

  int8rle_compressor u_compressor (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i,
    .s_axis_tready_o,
    .s_axis_tdata_i,
    .s_axis_tlast_i,
    .s_axis_tuser_i,
    .m_axis_tvalid_o(stored_tvalid),
    .m_axis_tready_i(stored_tready),
    .m_axis_tdata_o (stored_tdata),
    .m_axis_tlast_o (stored_tlast),
    .m_axis_tuser_o (stored_tuser)
  );

  int8rle_decompressor u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i(stored_tvalid),
    .s_axis_tready_o(stored_tready),
    .s_axis_tdata_i (stored_tdata),
    .s_axis_tlast_i (stored_tlast),
    .s_axis_tuser_i (stored_tuser.raw),
    .m_axis_tvalid_o,
    .m_axis_tready_i,
    .m_axis_tdata_o,
    .m_axis_tlast_o,
    .m_axis_tuser_o
  );

  // What else the status says stays with the page's owner.
  logic unused_status;
  assign unused_status = ^{stored_tuser.malformed, stored_tuser.nonfinite};

endmodule
