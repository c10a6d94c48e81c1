// Source 0 -> speckv_decompressor -> sink 0.  Tables: source 1.  Simulation only.

module speckv_faults_top
  import speckv_pkg::*;
(
  input  logic clk_i,
  input  logic rst_ni,
  output logic done_o
);

  longint unsigned cycle;

  logic       stored_valid, stored_ready, stored_last, table_valid, table_ready, table_last;
  row_t       stored_data;
  source_t    stored_user;
  logic [511:0] table_data;
  logic [7:0] table_slot, loaded_slot;
  logic       decoded_valid, decoded_ready, decoded_last, loaded_valid, loaded_ok;
  row_t       decoded_data;
  error_e     decoded_error;

  batch_dpi u_batch (
    .clk_i,
    .rst_ni,
    .cycle_o(cycle),
    .done_o
  );

  axis_source_dpi #(
    .Id       (0),
    .UserWidth($bits(source_t))
  ) u_source (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_o(stored_valid),
    .tready_i(stored_ready),
    .tdata_o (stored_data),
    .tlast_o (stored_last),
    .tuser_o (stored_user)
  );

  axis_source_dpi #(
    .Id       (1),
    .UserWidth(8)
  ) u_tables (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_o(table_valid),
    .tready_i(table_ready),
    .tdata_o (table_data),
    .tlast_o (table_last),
    .tuser_o (table_slot)
  );

  always_ff @(posedge clk_i) begin
    if (rst_ni && loaded_valid && !loaded_ok) $error("table refused: slot %0d", loaded_slot);
  end

  speckv_decompressor u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(table_valid),
    .s_axis_table_tready_o(table_ready),
    .s_axis_table_tdata_i (table_data),
    .s_axis_table_tlast_i (table_last),
    .s_axis_table_tuser_i (table_slot),
    .loaded_valid_o       (loaded_valid),
    .loaded_slot_o        (loaded_slot),
    .loaded_ok_o          (loaded_ok),
    .s_axis_tvalid_i      (stored_valid),
    .s_axis_tready_o      (stored_ready),
    .s_axis_tdata_i       (stored_data),
    .s_axis_tlast_i       (stored_last),
    .s_axis_tuser_i       (stored_user),
    .m_axis_tvalid_o      (decoded_valid),
    .m_axis_tready_i      (decoded_ready),
    .m_axis_tdata_o       (decoded_data),
    .m_axis_tlast_o       (decoded_last),
    .m_axis_tuser_o       (decoded_error)
  );

  axis_sink_dpi #(
    .Id       (0),
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
