// The read half of a device port: AXI4 bursts in, one request a line out, data back in order.
//
// Bursts as in skv_axi_pkg.  Room for a line's data is set aside before it is asked for, so answers
// are always taken, in any order, and a slow master holds up nobody else.  An address beyond device
// memory is answered with DECERR.  One line a cycle; 2 cycles from an answer to the port.

`include "skv_assert.svh"

module coh_axi_read
  import coh_pkg::*;
  import skv_axi_pkg::IdW;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::r_t;
  import skv_axi_pkg::resp_e;
  import skv_axi_pkg::RespDecerr;
#(
  parameter op_e Op = OpDevRead,
  parameter int unsigned Depth = 64,  // lines under way
  localparam int unsigned PlaceW = $clog2(Depth)
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             ar_valid_i,
  output logic             ar_ready_o,
  input  ax_t              ar_i,
  output logic             r_valid_o,
  input  logic             r_ready_i,
  output r_t               r_o,

  output logic             req_valid_o,
  input  logic             req_ready_i,
  output dev_read_t        req_o,

  input  logic             rsp_valid_i,
  input  logic [5:0]       rsp_tag_i,
  input  resp_e            rsp_resp_i,
  input  logic [DataW-1:0] rsp_data_i
);

  `SKV_CHECK_PARAM(Depth, Depth >= 4 && Depth <= 64 && Depth == 1 << PlaceW)

  logic ar_valid, ar_take;
  ax_t  ar;

  skv_skid #(
    .data_t(ax_t)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(ar_valid_i),
    .ready_o(ar_ready_o),
    .data_i (ar_i),
    .valid_o(ar_valid),
    .ready_i(ar_take),
    .data_o (ar)
  );

  // ---- A burst, line by line ----

  typedef struct packed {
    logic [IdW-1:0] id;
    logic           last;
    logic           bad;
  } order_t;

  logic              busy_q, bad_q, last, step, order_ready, order_valid, fetch;
  logic [7:0]        left_q;
  logic [IdW-1:0]    id_q;
  line_t             line_q;
  logic [PlaceW-1:0] put_q, get_q;
  logic [PlaceW:0]   used_q;
  logic              room;
  order_t            order;

  assign last    = left_q == '0;
  assign room    = !used_q[PlaceW];
  assign step    = busy_q && order_ready && (bad_q || (room && req_ready_i));
  assign ar_take = !busy_q || (step && last);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) busy_q <= 1'b0;
    else if (ar_take) busy_q <= ar_valid;
  end

  always_ff @(posedge clk_i) begin
    if (ar_take) begin
      id_q   <= ar.id;
      bad_q  <= ar.addr[63:6+LineW] != '0;
      line_q <= ar.addr[6+:LineW];
      left_q <= ar.len;
    end else if (step) begin
      line_q <= line_q + 1'b1;
      left_q <= left_q - 1'b1;
    end
  end

  assign req_valid_o = busy_q && order_ready && room && !bad_q;
  assign req_o       = '{op: Op, line: line_q, tag: 6'(put_q)};

  // ---- The order of answers, and the lines ----

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
    .ready_i(fetch),
    .data_o (order)
  );

  logic [Depth-1:0] here_q;
  logic             valid_q;
  order_t           order_q;
  resp_e            resp;
  logic [DataW-1:0] data;

  assign fetch = order_valid && (order.bad || here_q[get_q]) && (!valid_q || r_ready_i);

  skv_sdpram #(
    .Width(DataW + 2),
    .Depth(Depth)
  ) u_lines (
    .clk_i,
    .we_i   (rsp_valid_i),
    .waddr_i(rsp_tag_i[PlaceW-1:0]),
    .wdata_i({rsp_resp_i, rsp_data_i}),
    .re_i   (fetch),
    .raddr_i(get_q),
    .rdata_o({resp, data})
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      put_q   <= '0;
      get_q   <= '0;
      used_q  <= '0;
      here_q  <= '0;
      valid_q <= 1'b0;
    end else begin
      put_q  <= put_q + PlaceW'(step && !bad_q);
      get_q  <= get_q + PlaceW'(fetch && !order.bad);
      used_q <= used_q + (PlaceW + 1)'(step && !bad_q) - (PlaceW + 1)'(fetch && !order.bad);
      if (fetch && !order.bad) here_q[get_q] <= 1'b0;
      if (rsp_valid_i) here_q[rsp_tag_i[PlaceW-1:0]] <= 1'b1;
      if (!valid_q || r_ready_i) valid_q <= fetch;
    end
  end

  always_ff @(posedge clk_i) begin
    if (fetch) order_q <= order;
  end

  assign r_valid_o = valid_q;
  assign r_o = '{
    id: order_q.id,
    data: order_q.bad ? '0 : data,
    resp: order_q.bad ? RespDecerr : resp,
    last: order_q.last,
    poison: 1'b0  // an error instead
  };

  logic unused;
  assign unused = &{1'b0, ar.addr[5:0], rsp_tag_i};

  `SKV_ASSERT(ROutputHeld, r_valid_o && !r_ready_i |=> r_valid_o && $stable(r_o))
  `SKV_ASSERT(ReqHeld, req_valid_o && !req_ready_i |=> req_valid_o && $stable(req_o))
  `SKV_ASSERT(AnswerAskedFor, rsp_valid_i |-> used_q != '0 && !here_q[rsp_tag_i[PlaceW-1:0]])

endmodule
