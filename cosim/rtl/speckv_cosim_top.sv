// Source 0 -> speckv_compressor -> tap 0 -> speckv_decompressor -> sink 1.  Tables: source 1 to the
// compressor, source 2 to the decompressor; `tables_bad_o` once one was refused.  Simulation only.

module speckv_cosim_top
  import speckv_pkg::*;
(
  input  logic clk_i,
  input  logic rst_ni,
  output logic done_o,
  output logic tables_bad_o
);

  localparam int unsigned TableSources = 2;

  // What the tap records of a stored page.
  typedef struct packed {
    logic malformed;
    logic untabled;
    logic raw;
  } status_t;

  longint unsigned cycle;

  logic       raw_valid, raw_ready, raw_last;
  row_t       raw_data;
  logic [7:0] raw_slot;

  logic    stored_valid, stored_ready, stored_last;
  row_t    stored_data;
  stored_t stored_user;
  status_t stored_status;

  logic    decoded_valid, decoded_ready, decoded_last;
  row_t    decoded_data;
  error_e  decoded_error;

  logic [TableSources-1:0]        table_valid, table_ready, table_last, loaded_valid, loaded_ok;
  logic [TableSources-1:0][511:0] table_data;
  logic [TableSources-1:0][7:0]   table_slot, loaded_slot;

  batch_dpi u_batch (
    .clk_i,
    .rst_ni,
    .cycle_o(cycle),
    .done_o
  );

  axis_source_dpi #(
    .Id       (0),
    .UserWidth(8)
  ) u_source (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_o(raw_valid),
    .tready_i(raw_ready),
    .tdata_o (raw_data),
    .tlast_o (raw_last),
    .tuser_o (raw_slot)
  );

  for (genvar i = 0; i < TableSources; i++) begin : gen_tables
    axis_source_dpi #(
      .Id       (i + 1),
      .UserWidth(8)
    ) u_tables (
      .clk_i,
      .rst_ni,
      .cycle_i (cycle),
      .tvalid_o(table_valid[i]),
      .tready_i(table_ready[i]),
      .tdata_o (table_data[i]),
      .tlast_o (table_last[i]),
      .tuser_o (table_slot[i])
    );
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) tables_bad_o <= 1'b0;
    else if ((loaded_valid & ~loaded_ok) != '0) begin
      tables_bad_o <= 1'b1;
      $error("table refused: slots %0d, %0d", loaded_slot[0], loaded_slot[1]);
    end
  end

  speckv_compressor u_compressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(table_valid[0]),
    .s_axis_table_tready_o(table_ready[0]),
    .s_axis_table_tdata_i (table_data[0]),
    .s_axis_table_tlast_i (table_last[0]),
    .s_axis_table_tuser_i (table_slot[0]),
    .loaded_valid_o       (loaded_valid[0]),
    .loaded_slot_o        (loaded_slot[0]),
    .loaded_ok_o          (loaded_ok[0]),
    .s_axis_tvalid_i      (raw_valid),
    .s_axis_tready_o      (raw_ready),
    .s_axis_tdata_i       (raw_data),
    .s_axis_tlast_i       (raw_last),
    .s_axis_tuser_i       (raw_slot),
    .m_axis_tvalid_o      (stored_valid),
    .m_axis_tready_i      (stored_ready),
    .m_axis_tdata_o       (stored_data),
    .m_axis_tlast_o       (stored_last),
    .m_axis_tuser_o       (stored_user)
  );

  assign stored_status = '{
    malformed: stored_user.malformed,
    untabled: stored_user.untabled,
    raw: stored_user.raw
  };

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

  speckv_decompressor u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(table_valid[1]),
    .s_axis_table_tready_o(table_ready[1]),
    .s_axis_table_tdata_i (table_data[1]),
    .s_axis_table_tlast_i (table_last[1]),
    .s_axis_table_tuser_i (table_slot[1]),
    .loaded_valid_o       (loaded_valid[1]),
    .loaded_slot_o        (loaded_slot[1]),
    .loaded_ok_o          (loaded_ok[1]),
    .s_axis_tvalid_i      (stored_valid),
    .s_axis_tready_o      (stored_ready),
    .s_axis_tdata_i       (stored_data),
    .s_axis_tlast_i       (stored_last),
    .s_axis_tuser_i       ('{crc: stored_user.crc, raw: stored_user.raw, slot: stored_user.slot}),
    .m_axis_tvalid_o      (decoded_valid),
    .m_axis_tready_i      (decoded_ready),
    .m_axis_tdata_o       (decoded_data),
    .m_axis_tlast_o       (decoded_last),
    .m_axis_tuser_o       (decoded_error)
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
