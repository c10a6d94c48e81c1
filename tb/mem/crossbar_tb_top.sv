// Three masters on the channels of skv_axi_crossbar.

module crossbar_tb_top
  import skv_axi_pkg::*;
#(
  parameter int unsigned Channels = 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic [Channels-1:0] channels_o  // how many there are, for the bench
);

  localparam int unsigned Masters = 3;

  assign channels_o = '1;

  logic [Masters-1:0]  s_ar_valid, s_ar_ready, s_r_valid, s_r_ready;
  logic [Masters-1:0]  s_aw_valid, s_aw_ready, s_w_valid, s_w_ready, s_b_valid, s_b_ready;
  ax_t [Masters-1:0]   s_ar, s_aw;
  w_t [Masters-1:0]    s_w;
  r_t [Masters-1:0]    s_r;
  b_t [Masters-1:0]    s_b;
  logic [Channels-1:0] ar_valid, ar_ready, r_valid, r_ready;
  logic [Channels-1:0] aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready;
  ax_t [Channels-1:0]  ar, aw;
  w_t [Channels-1:0]   w;
  r_t [Channels-1:0]   r;
  b_t [Channels-1:0]   b;

  for (genvar i = 0; i < Masters; i++) begin : gen_master
    axi4_master u_axi (
      .ar_valid_o(s_ar_valid[i]),
      .ar_ready_i(s_ar_ready[i]),
      .ar_o      (s_ar[i]),
      .r_valid_i (s_r_valid[i]),
      .r_ready_o (s_r_ready[i]),
      .r_i       (s_r[i]),
      .aw_valid_o(s_aw_valid[i]),
      .aw_ready_i(s_aw_ready[i]),
      .aw_o      (s_aw[i]),
      .w_valid_o (s_w_valid[i]),
      .w_ready_i (s_w_ready[i]),
      .w_o       (s_w[i]),
      .b_valid_i (s_b_valid[i]),
      .b_ready_o (s_b_ready[i]),
      .b_i       (s_b[i])
    );
  end

  skv_axi_crossbar #(
    .Masters (Masters),
    .Channels(Channels)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_ar_valid_i(s_ar_valid),
    .s_ar_ready_o(s_ar_ready),
    .s_ar_i      (s_ar),
    .s_r_valid_o (s_r_valid),
    .s_r_ready_i (s_r_ready),
    .s_r_o       (s_r),
    .s_aw_valid_i(s_aw_valid),
    .s_aw_ready_o(s_aw_ready),
    .s_aw_i      (s_aw),
    .s_w_valid_i (s_w_valid),
    .s_w_ready_o (s_w_ready),
    .s_w_i       (s_w),
    .s_b_valid_o (s_b_valid),
    .s_b_ready_i (s_b_ready),
    .s_b_o       (s_b),
    .m_ar_valid_o(ar_valid),
    .m_ar_ready_i(ar_ready),
    .m_ar_o      (ar),
    .m_r_valid_i (r_valid),
    .m_r_ready_o (r_ready),
    .m_r_i       (r),
    .m_aw_valid_o(aw_valid),
    .m_aw_ready_i(aw_ready),
    .m_aw_o      (aw),
    .m_w_valid_o (w_valid),
    .m_w_ready_i (w_ready),
    .m_w_o       (w),
    .m_b_valid_i (b_valid),
    .m_b_ready_o (b_ready),
    .m_b_i       (b)
  );

  for (genvar c = 0; c < Channels; c++) begin : gen_channel
    axi4_port u_m_axi (
      .ar_valid_i(ar_valid[c]),
      .ar_ready_o(ar_ready[c]),
      .ar_i      (ar[c]),
      .r_valid_o (r_valid[c]),
      .r_ready_i (r_ready[c]),
      .r_o       (r[c]),
      .aw_valid_i(aw_valid[c]),
      .aw_ready_o(aw_ready[c]),
      .aw_i      (aw[c]),
      .w_valid_i (w_valid[c]),
      .w_ready_o (w_ready[c]),
      .w_i       (w[c]),
      .b_valid_o (b_valid[c]),
      .b_ready_i (b_ready[c]),
      .b_o       (b[c])
    );

    skv_axi_rules u_rules (
      .clk_i,
      .rst_ni,
      .ar_valid_i(ar_valid[c]),
      .ar_ready_i(ar_ready[c]),
      .ar_i      (ar[c]),
      .r_valid_i (r_valid[c]),
      .r_ready_i (r_ready[c]),
      .r_i       (r[c]),
      .aw_valid_i(aw_valid[c]),
      .aw_ready_i(aw_ready[c]),
      .aw_i      (aw[c]),
      .w_valid_i (w_valid[c]),
      .w_ready_i (w_ready[c]),
      .w_i       (w[c]),
      .b_valid_i (b_valid[c]),
      .b_ready_i (b_ready[c]),
      .b_i       (b[c])
    );
  end

endmodule
