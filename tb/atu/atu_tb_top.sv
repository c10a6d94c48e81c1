// The ATU with a memory at its port, and what its model is told: which steps it takes, and when.

module atu_tb_top
  import skv_mem_pkg::*;
  import skv_axi_pkg::*;
#(
  parameter int unsigned Entries = 256,
  parameter int unsigned Ways = 4,
  parameter int unsigned Walks = 8,
  parameter int unsigned Rows = 128
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  unit_t       root_base_i,
  input  logic [16:0] requests_i,
  input  unit_t       limit_i,

  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  translate_t  req_i,
  output logic        rsp_valid_o,
  input  logic        rsp_ready_i,
  output translated_t rsp_o,

  input  logic        inv_valid_i,
  output logic        inv_ready_o,
  input  invalidate_t inv_i,
  output logic        inv_done_o,

  output logic [31:0] steps_o
);

  logic ar_valid, ar_ready, r_valid, r_ready, hit, miss, merge, walk;
  ax_t  ar;
  r_t   r;

  atu #(
    .Entries(Entries),
    .Ways   (Ways),
    .Walks  (Walks),
    .Rows   (Rows)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .requests_i,
    .limit_i,
    .req_valid_i,
    .req_ready_o,
    .req_i,
    .rsp_valid_o,
    .rsp_ready_i,
    .rsp_o,
    .inv_valid_i,
    .inv_ready_o,
    .inv_i,
    .inv_done_o,
    .ar_valid_o(ar_valid),
    .ar_ready_i(ar_ready),
    .ar_o      (ar),
    .r_valid_i (r_valid),
    .r_ready_o (r_ready),
    .r_i       (r),
    .hit_o     (hit),
    .miss_o    (miss),
    .merge_o   (merge),
    .walk_o    (walk)
  );

  logic     w_ready, aw_ready, b_valid;
  b_t       b;

  axi4_port u_m_axi (
    .ar_valid_i(ar_valid),
    .ar_ready_o(ar_ready),
    .ar_i      (ar),
    .r_valid_o (r_valid),
    .r_ready_i (r_ready),
    .r_o       (r),
    .aw_valid_i(1'b0),
    .aw_ready_o(aw_ready),
    .aw_i      ('0),
    .w_valid_i (1'b0),
    .w_ready_o (w_ready),
    .w_i       ('0),
    .b_valid_o (b_valid),
    .b_ready_i (1'b0),
    .b_o       (b)
  );

  always_comb begin
    steps_o        = '0;
    steps_o[0]     = hit;
    steps_o[1]     = miss;
    steps_o[2]     = merge;
    steps_o[3]     = walk;
    steps_o[4]     = u_dut.u_front.first2_q;
    steps_o[5]     = u_dut.u_front.answer && !u_dut.u_front.answering_q;
    steps_o[6]     = r_valid && r_ready;
    steps_o[7]     = ar_valid && ar_ready;
    steps_o[15:8]  = 8'(u_dut.u_walker.starting.slot);
    steps_o[23:16] = 8'(u_dut.u_walker.end_slot_o);
    steps_o[24]    = inv_valid_i && inv_ready_o;
    steps_o[25]    = inv_done_o;
  end

  logic unused;
  assign unused = &{1'b0, aw_ready, w_ready, b_valid, b};

endmodule
