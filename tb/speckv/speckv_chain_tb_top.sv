// speckv compressor and decompressor in a row: raw pages in, the pages a reader gets out.  A table
// goes to both.

module speckv_chain_tb_top
  import speckv_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            s_axis_table_tvalid_i,
  output logic            s_axis_table_tready_o,
  input  logic [511:0]    s_axis_table_tdata_i,
  input  logic            s_axis_table_tlast_i,
  input  logic [7:0]      s_axis_table_tuser_i,
  output logic [1:0]      loaded_valid_o,
  output logic [1:0][7:0] loaded_slot_o,
  output logic [1:0]      loaded_ok_o,

  input  logic            s_axis_tvalid_i,
  output logic            s_axis_tready_o,
  input  row_t            s_axis_tdata_i,
  input  logic            s_axis_tlast_i,
  input  logic [7:0]      s_axis_tuser_i,

  output logic            m_axis_tvalid_o,
  input  logic            m_axis_tready_i,
  output logic            untabled_o,   // of the stored beat between the two
  output logic            malformed_o,
  output row_t            m_axis_tdata_o,
  output logic            m_axis_tlast_o,
  output error_e          m_axis_tuser_o
);

  logic    stored_tvalid, stored_tready, stored_tlast;
  row_t    stored_tdata;
  stored_t stored_tuser;

  assign untabled_o  = stored_tuser.untabled;
  assign malformed_o = stored_tuser.malformed;

  // The compressor takes a table when it is empty; the decompressor, which has to empty it, has the
  // table offered only then.
  localparam int unsigned TableDepth = 64;

  typedef struct packed {
    logic [511:0] data;
    logic         last;
    logic [7:0]   slot;
  } table_t;

  table_t late;
  logic   table_ready, late_in_ready, late_valid, late_ready;

  assign s_axis_table_tready_o = table_ready & late_in_ready;

  skv_fifo #(
    .data_t(table_t),
    .Depth (TableDepth)
  ) u_tables (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_table_tvalid_i & table_ready),
    .ready_o(late_in_ready),
    .data_i ('{
      data: s_axis_table_tdata_i,
      last: s_axis_table_tlast_i,
      slot: s_axis_table_tuser_i
    }),
    .valid_o(late_valid),
    .ready_i(late_ready),
    .data_o (late)
  );

  speckv_compressor u_compressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(s_axis_table_tvalid_i & late_in_ready),
    .s_axis_table_tready_o(table_ready),
    .s_axis_table_tdata_i,
    .s_axis_table_tlast_i,
    .s_axis_table_tuser_i,
    .loaded_valid_o       (loaded_valid_o[0]),
    .loaded_slot_o        (loaded_slot_o[0]),
    .loaded_ok_o          (loaded_ok_o[0]),
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

  speckv_decompressor u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(late_valid),
    .s_axis_table_tready_o(late_ready),
    .s_axis_table_tdata_i (late.data),
    .s_axis_table_tlast_i (late.last),
    .s_axis_table_tuser_i (late.slot),
    .loaded_valid_o       (loaded_valid_o[1]),
    .loaded_slot_o        (loaded_slot_o[1]),
    .loaded_ok_o          (loaded_ok_o[1]),
    .s_axis_tvalid_i(stored_tvalid),
    .s_axis_tready_o(stored_tready),
    .s_axis_tdata_i (stored_tdata),
    .s_axis_tlast_i (stored_tlast),
    .s_axis_tuser_i ('{crc: stored_tuser.crc, raw: stored_tuser.raw, slot: stored_tuser.slot}),
    .m_axis_tvalid_o,
    .m_axis_tready_i,
    .m_axis_tdata_o,
    .m_axis_tlast_o,
    .m_axis_tuser_o
  );

endmodule
