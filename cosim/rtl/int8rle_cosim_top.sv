// Source 0 -> int8rle_compressor -> tap 0 -> int8rle_decompressor -> sink 1.  Simulation only.

module int8rle_cosim_top
  import int8rle_pkg::*;
(
  input  logic clk_i,
  input  logic rst_ni,
  output logic done_o
);

  longint unsigned cycle;

  logic    raw_valid, raw_ready, raw_last;
  row_t    raw_data;
  layout_t raw_layout;

  logic    stored_valid, stored_ready, stored_last;
  row_t    stored_data;
  status_t stored_status;

  logic    decoded_valid, decoded_ready, decoded_last;
  row_t    decoded_data;
  error_e  decoded_error;

  batch_dpi u_batch (
    .clk_i,
    .rst_ni,
    .cycle_o(cycle),
    .done_o
  );

  axis_source_dpi #(
    .Id       (0),
    .UserWidth($bits(layout_t))
  ) u_source (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_o(raw_valid),
    .tready_i(raw_ready),
    .tdata_o (raw_data),
    .tlast_o (raw_last),
    .tuser_o (raw_layout)
  );

  int8rle_compressor u_compressor (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i(raw_valid),
    .s_axis_tready_o(raw_ready),
    .s_axis_tdata_i (raw_data),
    .s_axis_tlast_i (raw_last),
    .s_axis_tuser_i (raw_layout),
    .m_axis_tvalid_o(stored_valid),
    .m_axis_tready_i(stored_ready),
    .m_axis_tdata_o (stored_data),
    .m_axis_tlast_o (stored_last),
    .m_axis_tuser_o (stored_status)
  );

  axis_tap_dpi #(
    .Id       (0),
    .UserWidth($bits(status_t))
  ) u_tap (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_i(stored_valid),
    .tready_i(stored_ready),
    .tdata_i (stored_data),
    .tlast_i (stored_last),
    .tuser_i (stored_status)
  );

  int8rle_decompressor u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i(stored_valid),
    .s_axis_tready_o(stored_ready),
    .s_axis_tdata_i (stored_data),
    .s_axis_tlast_i (stored_last),
    .s_axis_tuser_i (stored_status.raw),
    .m_axis_tvalid_o(decoded_valid),
    .m_axis_tready_i(decoded_ready),
    .m_axis_tdata_o (decoded_data),
    .m_axis_tlast_o (decoded_last),
    .m_axis_tuser_o (decoded_error)
  );

  axis_sink_dpi #(
    .Id       (1),
    .UserWidth($bits(error_e))
  ) u_sink (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_i(decoded_valid),
    .tready_o(decoded_ready),
    .tdata_i (decoded_data),
    .tlast_i (decoded_last),
    .tuser_i (decoded_error)
  );

endmodule
