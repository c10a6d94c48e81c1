// The page store, with its streams' ports named as the AXI-Stream agents look for them; every item
// is a packet of one beat.

module pagestore_tb_top
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
#(
  parameter int unsigned Requests = 8,
  parameter int unsigned SegmentUnits = 128,
  parameter int unsigned Rows = 4
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  input  unit_t                          root_base_i,
  input  unit_t                          link_base_i,
  input  unit_t                          pool_base_i,
  input  logic [25:0]                    segments_i,
  output logic                           ready_o,
  output unit_t                          free_units_o,

  input  logic                           s_manage_tvalid_i,
  output logic                           s_manage_tready_o,
  input  logic [$bits(manage_t)-1:0]     s_manage_tdata_i,
  input  logic                           s_manage_tlast_i,
  output logic                           m_managed_tvalid_o,
  input  logic                           m_managed_tready_i,
  output logic [3:0]                     m_managed_tdata_o,
  output logic                           m_managed_tlast_o,

  input  logic                           s_place_tvalid_i,
  output logic                           s_place_tready_o,
  input  logic [$bits(place_t)-1:0]      s_place_tdata_i,
  input  logic                           s_place_tlast_i,
  output logic                           m_placed_tvalid_o,
  input  logic                           m_placed_tready_i,
  output logic [$bits(placed_t)-1:0]     m_placed_tdata_o,
  output logic                           m_placed_tlast_o,

  input  logic                           s_map_tvalid_i,
  output logic                           s_map_tready_o,
  input  logic [$bits(map_t)-1:0]        s_map_tdata_i,
  input  logic                           s_map_tlast_i,
  output logic                           m_mapped_tvalid_o,
  input  logic                           m_mapped_tready_i,
  output logic [$bits(mapped_t)-1:0]     m_mapped_tdata_o,
  output logic                           m_mapped_tlast_o,

  output logic                           m_inv_tvalid_o,
  input  logic                           m_inv_tready_i,
  output logic [$bits(invalidate_t)-1:0] m_inv_tdata_o,
  output logic                           m_inv_tlast_o,
  input  logic                           inv_done_i,
  output logic                           drain_o,
  input  logic                           drained_i
);

  logic ar_valid, ar_ready, r_valid, r_ready;
  logic aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready;
  ax_t  ar, aw;
  w_t   w;
  r_t   r;
  b_t   b;

  pagestore #(
    .Requests    (Requests),
    .SegmentUnits(SegmentUnits),
    .Rows        (Rows)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .link_base_i,
    .pool_base_i,
    .segments_i,
    .ready_o,
    .free_units_o,
    .manage_valid_i (s_manage_tvalid_i),
    .manage_ready_o (s_manage_tready_o),
    .manage_i       (s_manage_tdata_i),
    .managed_valid_o(m_managed_tvalid_o),
    .managed_ready_i(m_managed_tready_i),
    .managed_o      (m_managed_tdata_o),
    .place_valid_i  (s_place_tvalid_i),
    .place_ready_o  (s_place_tready_o),
    .place_i        (s_place_tdata_i),
    .placed_valid_o (m_placed_tvalid_o),
    .placed_ready_i (m_placed_tready_i),
    .placed_o       (m_placed_tdata_o),
    .map_valid_i    (s_map_tvalid_i),
    .map_ready_o    (s_map_tready_o),
    .map_i          (s_map_tdata_i),
    .mapped_valid_o (m_mapped_tvalid_o),
    .mapped_ready_i (m_mapped_tready_i),
    .mapped_o       (m_mapped_tdata_o),
    .inv_valid_o    (m_inv_tvalid_o),
    .inv_ready_i    (m_inv_tready_i),
    .inv_o          (m_inv_tdata_o),
    .inv_done_i,
    .drain_o,
    .drained_i,
    .ar_valid_o     (ar_valid),
    .ar_ready_i     (ar_ready),
    .ar_o           (ar),
    .r_valid_i      (r_valid),
    .r_ready_o      (r_ready),
    .r_i            (r),
    .aw_valid_o     (aw_valid),
    .aw_ready_i     (aw_ready),
    .aw_o           (aw),
    .w_valid_o      (w_valid),
    .w_ready_i      (w_ready),
    .w_o            (w),
    .b_valid_i      (b_valid),
    .b_ready_o      (b_ready),
    .b_i            (b)
  );

  assign m_managed_tlast_o = 1'b1;
  assign m_placed_tlast_o  = 1'b1;
  assign m_mapped_tlast_o  = 1'b1;
  assign m_inv_tlast_o     = 1'b1;

  axi4_port u_m_axi (
    .ar_valid_i(ar_valid),
    .ar_ready_o(ar_ready),
    .ar_i      (ar),
    .r_valid_o (r_valid),
    .r_ready_i (r_ready),
    .r_o       (r),
    .aw_valid_i(aw_valid),
    .aw_ready_o(aw_ready),
    .aw_i      (aw),
    .w_valid_i (w_valid),
    .w_ready_o (w_ready),
    .w_i       (w),
    .b_valid_o (b_valid),
    .b_ready_i (b_ready),
    .b_o       (b)
  );

  logic unused;
  assign unused = &{1'b0, s_manage_tlast_i, s_place_tlast_i, s_map_tlast_i};

endmodule
