// The write half of a device port: AXI4 bursts in, one request a line out, a response a burst back,
// in order.
//
// Bursts as in skv_axi_pkg; strobes may be any.  An address beyond device memory is answered with
// DECERR, and what came for it dropped.  The response is the worst of the burst's lines.  One line a
// cycle; 2 cycles from the last answer to the response.

`include "skv_assert.svh"

module coh_axi_write
  import coh_pkg::*;
  import skv_axi_pkg::IdW;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::w_t;
  import skv_axi_pkg::b_t;
  import skv_axi_pkg::resp_e;
  import skv_axi_pkg::RespDecerr;
  import skv_axi_pkg::RespOkay;
#(
  parameter int unsigned Depth = 64,  // lines under way
  localparam int unsigned PlaceW = $clog2(Depth)
) (
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic       aw_valid_i,
  output logic       aw_ready_o,
  input  ax_t        aw_i,
  input  logic       w_valid_i,
  output logic       w_ready_o,
  input  w_t         w_i,
  output logic       b_valid_o,
  input  logic       b_ready_i,
  output b_t         b_o,

  output logic       req_valid_o,
  input  logic       req_ready_i,
  output dev_write_t req_o,

  input  logic       rsp_valid_i,
  input  logic [5:0] rsp_tag_i,
  input  resp_e      rsp_resp_i
);

  `SKV_CHECK_PARAM(Depth, Depth >= 4 && Depth <= 64 && Depth == 1 << PlaceW)

  logic aw_valid, aw_take, w_valid, step;
  ax_t  aw;
  w_t   w;

  skv_skid #(
    .data_t(ax_t)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(aw_valid_i),
    .ready_o(aw_ready_o),
    .data_i (aw_i),
    .valid_o(aw_valid),
    .ready_i(aw_take),
    .data_o (aw)
  );

  skv_skid #(
    .data_t(w_t)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(w_valid_i),
    .ready_o(w_ready_o),
    .data_i (w_i),
    .valid_o(w_valid),
    .ready_i(step),
    .data_o (w)
  );

  // ---- A burst, line by line ----

  typedef struct packed {
    logic [IdW-1:0] id;
    logic           last;
    logic           bad;
  } order_t;

  logic              busy_q, bad_q, last, order_ready, order_valid, pop;
  logic [7:0]        left_q;
  logic [IdW-1:0]    id_q;
  line_t             line_q;
  logic [PlaceW-1:0] put_q, get_q;
  logic [PlaceW:0]   used_q;
  logic              room;
  order_t            order;

  assign last    = left_q == '0;
  assign room    = !used_q[PlaceW];
  assign step    = busy_q && w_valid && order_ready && (bad_q || (room && req_ready_i));
  assign aw_take = !busy_q || (step && last);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (aw_take) busy_q <= aw_valid;
  end

  always_ff @(posedge clk_i) begin
    if (aw_take) begin
      id_q   <= aw.id;
      bad_q  <= aw.addr[63:6+LineW] != '0;
      line_q <= aw.addr[6+:LineW];
      left_q <= aw.len;
    end else if (step) begin
      line_q <= line_q + 1'b1;
      left_q <= left_q - 1'b1;
    end
  end

  assign req_valid_o = busy_q && w_valid && order_ready && room && !bad_q;
  assign req_o       = '{
    line: line_q,
    tag: 6'(put_q),
    poison: w.poison,
    strb: w.strb,
    data: w.data
  };

  // ---- The order of responses ----

  skv_fifo #(
    .data_t(order_t),
    .Depth (Depth)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(step),
    .ready_o(order_ready),
    .data_i ('{id: id_q, last: last, bad: bad_q}),
    .valid_o(order_valid),
    .ready_i(pop),
    .data_o (order)
  );

  logic [Depth-1:0] here_q;
  resp_e            resp_q [Depth];
  resp_e            resp, worst, worst_q;
  logic             b_valid_q;
  b_t               b_q;

  assign pop   = order_valid && (order.bad || here_q[get_q]) && (!b_valid_q || b_ready_i);
  assign resp  = order.bad ? RespDecerr : resp_q[get_q];
  assign worst = resp > worst_q ? resp : worst_q;

  always_ff @(posedge clk_i) begin
    if (rsp_valid_i) resp_q[rsp_tag_i[PlaceW-1:0]] <= rsp_resp_i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      put_q     <= '0;
      get_q     <= '0;
      used_q    <= '0;
      here_q    <= '0;
      worst_q   <= RespOkay;
      b_valid_q <= 1'b0;
    end else begin
      put_q  <= put_q + PlaceW'(step && !bad_q);
      get_q  <= get_q + PlaceW'(pop && !order.bad);
      used_q <= used_q + (PlaceW + 1)'(step && !bad_q) - (PlaceW + 1)'(pop && !order.bad);
      if (pop && !order.bad) here_q[get_q] <= 1'b0;
      if (rsp_valid_i) here_q[rsp_tag_i[PlaceW-1:0]] <= 1'b1;
      if (pop) worst_q <= order.last ? RespOkay : worst;
      if (!b_valid_q || b_ready_i) b_valid_q <= pop && order.last;
    end
  end

  always_ff @(posedge clk_i) begin
    if (pop && order.last) b_q <= '{id: order.id, resp: worst};
  end

  assign b_valid_o = b_valid_q;
  assign b_o       = b_q;

  logic unused;
  assign unused = &{1'b0, aw.addr[5:0], rsp_tag_i};

  `SKV_ASSERT(BHeld, b_valid_o && !b_ready_i |=> b_valid_o && $stable(b_o))
  `SKV_ASSERT(ReqHeld, req_valid_o && !req_ready_i |=> req_valid_o && $stable(req_o))
  `SKV_ASSERT(AnswerAskedFor, rsp_valid_i |-> used_q != '0 && !here_q[rsp_tag_i[PlaceW-1:0]])
  `SKV_ASSUME(LastAsAddressed, step |-> w.last == last)

endmodule
