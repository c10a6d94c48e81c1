// Joins up to sixteen AXI4 masters into one.
//
// Each master uses IDs 0 to 63; its number goes in front of them.  Addresses are granted round
// robin, write data follow in the order of their addresses.  Every channel is registered towards
// the memory: one cycle each way.  Responses of one master never wait for another's beyond the
// beat that stands at the front of the shared channel, so a master must take what it asked for.

`include "skv_assert.svh"

module skv_axi_mux
  import skv_axi_pkg::*;
#(
  parameter int unsigned Masters = 2,
  parameter int unsigned WriteBursts = 16  // accepted, data not all sent
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [Masters-1:0] s_ar_valid_i,
  output logic [Masters-1:0] s_ar_ready_o,
  input  ax_t  [Masters-1:0] s_ar_i,
  output logic [Masters-1:0] s_r_valid_o,
  input  logic [Masters-1:0] s_r_ready_i,
  output r_t                 s_r_o,       // for every master
  input  logic [Masters-1:0] s_aw_valid_i,
  output logic [Masters-1:0] s_aw_ready_o,
  input  ax_t  [Masters-1:0] s_aw_i,
  input  logic [Masters-1:0] s_w_valid_i,
  output logic [Masters-1:0] s_w_ready_o,
  input  w_t   [Masters-1:0] s_w_i,
  output logic [Masters-1:0] s_b_valid_o,
  input  logic [Masters-1:0] s_b_ready_i,
  output b_t                 s_b_o,       // for every master

  output logic               m_ar_valid_o,
  input  logic               m_ar_ready_i,
  output ax_t                m_ar_o,
  input  logic               m_r_valid_i,
  output logic               m_r_ready_o,
  input  r_t                 m_r_i,
  output logic               m_aw_valid_o,
  input  logic               m_aw_ready_i,
  output ax_t                m_aw_o,
  output logic               m_w_valid_o,
  input  logic               m_w_ready_i,
  output w_t                 m_w_o,
  input  logic               m_b_valid_i,
  output logic               m_b_ready_o,
  input  b_t                 m_b_i
);

  `SKV_CHECK_PARAM(Masters, Masters >= 2 && Masters <= 1 << (IdW - 6))
  `SKV_CHECK_PARAM(WriteBursts, WriteBursts >= 2 && WriteBursts == 1 << $clog2(WriteBursts))

  localparam int unsigned NumberW = $clog2(Masters);

  typedef logic [NumberW-1:0] number_t;

  function automatic ax_t marked(ax_t ax, number_t number);
    ax_t out;
    out = ax;
    out.id[6+:NumberW] = number;
    return out;
  endfunction

  // ---- Read addresses ----

  number_t ar_pick;
  logic    ar_in_ready;

  skv_round_robin #(
    .Inputs(Masters)
  ) u_ar_turn (
    .clk_i,
    .rst_ni,
    .asks_i  (s_ar_valid_i),
    .taken_i (|s_ar_valid_i && ar_in_ready),
    .chosen_o(ar_pick)
  );

  for (genvar i = 0; i < Masters; i++) begin : gen_ar_ready
    assign s_ar_ready_o[i] = ar_in_ready && ar_pick == number_t'(i);
  end

  skv_skid #(
    .data_t(ax_t)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(|s_ar_valid_i && ar_in_ready),  // until then another may be picked
    .ready_o(ar_in_ready),
    .data_i (marked(s_ar_i[ar_pick], ar_pick)),
    .valid_o(m_ar_valid_o),
    .ready_i(m_ar_ready_i),
    .data_o (m_ar_o)
  );

  // ---- Write addresses, and whose data come in which order ----

  number_t aw_pick, w_turn;
  logic    aw_in_valid, aw_in_ready, order_ready, w_turn_valid, w_in_ready;

  assign aw_in_valid = |s_aw_valid_i && order_ready && aw_in_ready;

  skv_round_robin #(
    .Inputs(Masters)
  ) u_aw_turn (
    .clk_i,
    .rst_ni,
    .asks_i  (s_aw_valid_i),
    .taken_i (aw_in_valid),
    .chosen_o(aw_pick)
  );

  for (genvar i = 0; i < Masters; i++) begin : gen_aw_ready
    assign s_aw_ready_o[i] = aw_in_ready && order_ready && aw_pick == number_t'(i);
  end

  skv_skid #(
    .data_t(ax_t)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(aw_in_valid),
    .ready_o(aw_in_ready),
    .data_i (marked(s_aw_i[aw_pick], aw_pick)),
    .valid_o(m_aw_valid_o),
    .ready_i(m_aw_ready_i),
    .data_o (m_aw_o)
  );

  skv_fifo #(
    .data_t(number_t),
    .Depth (WriteBursts)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(aw_in_valid),
    .ready_o(order_ready),
    .data_i (aw_pick),
    .valid_o(w_turn_valid),
    .ready_i(s_w_valid_i[w_turn] && w_in_ready && s_w_i[w_turn].last),
    .data_o (w_turn)
  );

  // ---- Write data ----

  for (genvar i = 0; i < Masters; i++) begin : gen_w_ready
    assign s_w_ready_o[i] = w_turn_valid && w_in_ready && w_turn == number_t'(i);
  end

  skv_skid #(
    .data_t(w_t)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(w_turn_valid && s_w_valid_i[w_turn]),
    .ready_o(w_in_ready),
    .data_i (s_w_i[w_turn]),
    .valid_o(m_w_valid_o),
    .ready_i(m_w_ready_i),
    .data_o (m_w_o)
  );

  // ---- Responses ----

  logic r_valid, b_valid;
  r_t   r;
  b_t   b;

  skv_skid #(
    .data_t(r_t)
  ) u_r (
    .clk_i,
    .rst_ni,
    .valid_i(m_r_valid_i),
    .ready_o(m_r_ready_o),
    .data_i (m_r_i),
    .valid_o(r_valid),
    .ready_i(s_r_ready_i[r.id[6+:NumberW]]),
    .data_o (r)
  );

  skv_skid #(
    .data_t(b_t)
  ) u_b (
    .clk_i,
    .rst_ni,
    .valid_i(m_b_valid_i),
    .ready_o(m_b_ready_o),
    .data_i (m_b_i),
    .valid_o(b_valid),
    .ready_i(s_b_ready_i[b.id[6+:NumberW]]),
    .data_o (b)
  );

  always_comb begin
    s_r_o = r;
    s_r_o.id[IdW-1:6] = '0;
    s_b_o = b;
    s_b_o.id[IdW-1:6] = '0;
  end

  for (genvar i = 0; i < Masters; i++) begin : gen_responses
    assign s_r_valid_o[i] = r_valid && r.id[6+:NumberW] == number_t'(i);
    assign s_b_valid_o[i] = b_valid && b.id[6+:NumberW] == number_t'(i);

    `SKV_ASSERT(ArIdFits, s_ar_valid_i[i] |-> s_ar_i[i].id[IdW-1:6] == '0)
    `SKV_ASSERT(AwIdFits, s_aw_valid_i[i] |-> s_aw_i[i].id[IdW-1:6] == '0)
  end

  `SKV_ASSUME(RIdKnown, m_r_valid_i |-> m_r_i.id < IdW'(Masters << 6))
  `SKV_ASSUME(BIdKnown, m_b_valid_i |-> m_b_i.id < IdW'(Masters << 6))

endmodule
