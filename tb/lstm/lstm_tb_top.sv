// The predictor, its steps and answers as streams of one beat, its memory at u_m_axi.

module lstm_tb_top
  import skv_axi_pkg::*;
  import lstm_pkg::*;
(
  input  logic                       clk_i,
  input  logic                       rst_ni,

  input  logic [39:0]                embeddings_i,
  input  logic [39:0]                states_i,

  input  logic                       s_axis_weights_tvalid_i,
  output logic                       s_axis_weights_tready_o,
  input  logic [511:0]               s_axis_weights_tdata_i,
  input  logic                       s_axis_weights_tlast_i,
  output logic                       loaded_valid_o,
  output logic                       loaded_ok_o,

  input  logic                       s_axis_step_tvalid_i,
  output logic                       s_axis_step_tready_o,
  input  logic [$bits(step_t)-1:0]   s_axis_step_tdata_i,
  input  logic                       s_axis_step_tlast_i,

  output logic                       m_axis_answer_tvalid_o,
  input  logic                       m_axis_answer_tready_i,
  output logic [$bits(answer_t)-1:0] m_axis_answer_tdata_o,
  output logic                       m_axis_answer_tlast_o
);

  logic ar_valid, ar_ready, r_valid, r_ready;
  logic aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready;
  ax_t  ar, aw;
  w_t   w;
  r_t   r;
  b_t   b;

  lstm #(
    .Slots       (100),
    .OutputGroups(512)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .embeddings_i,
    .states_i,
    .s_axis_weights_tvalid_i,
    .s_axis_weights_tready_o,
    .s_axis_weights_tdata_i,
    .s_axis_weights_tlast_i,
    .loaded_valid_o,
    .loaded_ok_o,
    .step_valid_i  (s_axis_step_tvalid_i),
    .step_ready_o  (s_axis_step_tready_o),
    .step_i        (s_axis_step_tdata_i),
    .answer_valid_o(m_axis_answer_tvalid_o),
    .answer_ready_i(m_axis_answer_tready_i),
    .answer_o      (m_axis_answer_tdata_o),
    .ar_valid_o    (ar_valid),
    .ar_ready_i    (ar_ready),
    .ar_o          (ar),
    .r_valid_i     (r_valid),
    .r_ready_o     (r_ready),
    .r_i           (r),
    .aw_valid_o    (aw_valid),
    .aw_ready_i    (aw_ready),
    .aw_o          (aw),
    .w_valid_o     (w_valid),
    .w_ready_i     (w_ready),
    .w_o           (w),
    .b_valid_i     (b_valid),
    .b_ready_o     (b_ready),
    .b_i           (b)
  );

  assign m_axis_answer_tlast_o = 1'b1;

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
  assign unused = &{1'b0, s_axis_step_tlast_i};

endmodule
