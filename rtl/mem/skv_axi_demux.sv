// One AXI4 master before several memories, each access to the one that is named beside its address.
//
// Responses of one ID come in order, as the master may expect: an access waits while others of its
// ID are under way elsewhere.  Read bursts are not interleaved, write data follow in the order of
// their addresses.  One access a cycle each way; one cycle each way.

`include "skv_assert.svh"

module skv_axi_demux
  import skv_axi_pkg::*;
#(
  parameter int unsigned Targets = 2,
  parameter int unsigned Ids = 64,         // the master's are below
  parameter int unsigned WriteBursts = 16, // accepted, data not all sent
  localparam int unsigned NumberW = $clog2(Targets)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               s_ar_valid_i,
  output logic               s_ar_ready_o,
  input  ax_t                s_ar_i,
  input  logic [NumberW-1:0] s_ar_to_i,
  output logic               s_r_valid_o,
  input  logic               s_r_ready_i,
  output r_t                 s_r_o,
  input  logic               s_aw_valid_i,
  output logic               s_aw_ready_o,
  input  ax_t                s_aw_i,
  input  logic [NumberW-1:0] s_aw_to_i,
  input  logic               s_w_valid_i,
  output logic               s_w_ready_o,
  input  w_t                 s_w_i,
  output logic               s_b_valid_o,
  input  logic               s_b_ready_i,
  output b_t                 s_b_o,

  output logic [Targets-1:0] m_ar_valid_o,
  input  logic [Targets-1:0] m_ar_ready_i,
  output ax_t                m_ar_o,       // for every target
  input  logic [Targets-1:0] m_r_valid_i,
  output logic [Targets-1:0] m_r_ready_o,
  input  r_t   [Targets-1:0] m_r_i,
  output logic [Targets-1:0] m_aw_valid_o,
  input  logic [Targets-1:0] m_aw_ready_i,
  output ax_t                m_aw_o,       // for every target
  output logic [Targets-1:0] m_w_valid_o,
  input  logic [Targets-1:0] m_w_ready_i,
  output w_t                 m_w_o,        // for every target
  input  logic [Targets-1:0] m_b_valid_i,
  output logic [Targets-1:0] m_b_ready_o,
  input  b_t   [Targets-1:0] m_b_i
);

  `SKV_CHECK_PARAM(Targets, Targets >= 2 && Targets <= 16)
  `SKV_CHECK_PARAM(Ids, Ids >= 2 && Ids <= 1 << IdW && Ids == 1 << $clog2(Ids))

  typedef logic [NumberW-1:0]      number_t;
  typedef logic [$clog2(Ids)-1:0]  id_t;

  typedef struct packed {
    number_t to;
    ax_t     ax;
  } access_t;

  // ---- Read addresses ----

  logic    ar_valid, ar_ok, ar_go;
  access_t ar;

  skv_skid #(
    .data_t(access_t)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(s_ar_valid_i),
    .ready_o(s_ar_ready_o),
    .data_i ('{to: s_ar_to_i, ax: s_ar_i}),
    .valid_o(ar_valid),
    .ready_i(ar_go),
    .data_o (ar)
  );

  skv_axi_order #(
    .Targets(Targets),
    .Ids    (Ids)
  ) u_ar_order (
    .clk_i,
    .rst_ni,
    .begin_i   (ar_go),
    .id_i      (id_t'(ar.ax.id)),
    .to_i      (ar.to),
    .ok_o      (ar_ok),
    .end_i     (s_r_valid_o & s_r_ready_i & s_r_o.last),
    .end_id_i  (id_t'(s_r_o.id))
  );

  assign ar_go  = ar_valid & ar_ok & m_ar_ready_i[ar.to];
  assign m_ar_o = ar.ax;

  // ---- Write addresses, and where their data go ----

  logic    aw_valid, aw_ok, aw_go, turn_ready, turn_valid, turn_done;
  access_t aw;
  number_t turn;

  skv_skid #(
    .data_t(access_t)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(s_aw_valid_i),
    .ready_o(s_aw_ready_o),
    .data_i ('{to: s_aw_to_i, ax: s_aw_i}),
    .valid_o(aw_valid),
    .ready_i(aw_go),
    .data_o (aw)
  );

  skv_axi_order #(
    .Targets(Targets),
    .Ids    (Ids)
  ) u_aw_order (
    .clk_i,
    .rst_ni,
    .begin_i   (aw_go),
    .id_i      (id_t'(aw.ax.id)),
    .to_i      (aw.to),
    .ok_o      (aw_ok),
    .end_i     (s_b_valid_o & s_b_ready_i),
    .end_id_i  (id_t'(s_b_o.id))
  );

  assign aw_go  = aw_valid & aw_ok & turn_ready & m_aw_ready_i[aw.to];
  assign m_aw_o = aw.ax;

  skv_fifo #(
    .data_t(number_t),
    .Depth (WriteBursts)
  ) u_turns (
    .clk_i,
    .rst_ni,
    .valid_i(aw_go),
    .ready_o(turn_ready),
    .data_i (aw.to),
    .valid_o(turn_valid),
    .ready_i(turn_done),
    .data_o (turn)
  );

  // ---- Write data ----

  logic w_valid, w_go;

  skv_skid #(
    .data_t(w_t)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(s_w_valid_i),
    .ready_o(s_w_ready_o),
    .data_i (s_w_i),
    .valid_o(w_valid),
    .ready_i(w_go),
    .data_o (m_w_o)
  );

  assign w_go      = w_valid & turn_valid & m_w_ready_i[turn];
  assign turn_done = w_go & m_w_o.last;

  for (genvar i = 0; i < Targets; i++) begin : gen_requests
    assign m_ar_valid_o[i] = ar_valid && ar_ok && ar.to == number_t'(i);
    assign m_aw_valid_o[i] = aw_valid && aw_ok && turn_ready && aw.to == number_t'(i);
    assign m_w_valid_o[i]  = w_valid && turn_valid && turn == number_t'(i);
  end

  // ---- Responses: a read burst is not left before its end ----

  number_t r_turn, r_at, r_at_q, b_at;
  logic    r_inside_q, r_go, b_go, r_ready, b_ready;

  assign r_at = r_inside_q ? r_at_q : r_turn;
  assign r_go = m_r_valid_i[r_at] & r_ready;
  assign b_go = m_b_valid_i[b_at] & b_ready;

  skv_round_robin #(
    .Inputs(Targets)
  ) u_r_turn (
    .clk_i,
    .rst_ni,
    .asks_i  (m_r_valid_i),
    .taken_i (r_go & !r_inside_q),
    .chosen_o(r_turn)
  );

  skv_round_robin #(
    .Inputs(Targets)
  ) u_b_turn (
    .clk_i,
    .rst_ni,
    .asks_i  (m_b_valid_i),
    .taken_i (b_go),
    .chosen_o(b_at)
  );

  for (genvar i = 0; i < Targets; i++) begin : gen_responses
    assign m_r_ready_o[i] = r_ready && r_at == number_t'(i);
    assign m_b_ready_o[i] = b_ready && b_at == number_t'(i);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) r_inside_q <= 1'b0;
    else if (r_go) r_inside_q <= !m_r_i[r_at].last;
  end

  always_ff @(posedge clk_i) r_at_q <= r_at;

  skv_skid #(
    .data_t(r_t)
  ) u_r (
    .clk_i,
    .rst_ni,
    .valid_i(m_r_valid_i[r_at]),
    .ready_o(r_ready),
    .data_i (m_r_i[r_at]),
    .valid_o(s_r_valid_o),
    .ready_i(s_r_ready_i),
    .data_o (s_r_o)
  );

  skv_skid #(
    .data_t(b_t)
  ) u_b (
    .clk_i,
    .rst_ni,
    .valid_i(m_b_valid_i[b_at]),
    .ready_o(b_ready),
    .data_i (m_b_i[b_at]),
    .valid_o(s_b_valid_o),
    .ready_i(s_b_ready_i),
    .data_o (s_b_o)
  );

  `SKV_ASSUME(ArIdFits, s_ar_valid_i |-> s_ar_i.id < IdW'(Ids))
  `SKV_ASSUME(AwIdFits, s_aw_valid_i |-> s_aw_i.id < IdW'(Ids))
  `SKV_ASSUME(ArToKnown, s_ar_valid_i |-> 32'(s_ar_to_i) < Targets)
  `SKV_ASSUME(AwToKnown, s_aw_valid_i |-> 32'(s_aw_to_i) < Targets)
  `SKV_COVER(Waits, ar_valid && !ar_ok)

endmodule
