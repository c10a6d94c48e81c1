// The rings: an AXI4 master that fetches descriptors and writes completions; and the feed, a source
// beside them that has neither in memory.
//
// Offers the descriptors that are at the heads of their rings or of the feed, demands before
// prefetches, sources in turn.  A ring's number is the ID of its accesses, and the feed's is the one
// behind them.  A completion every 3 cycles; one of the feed that is not taken holds all others.

`include "skv_assert.svh"

module dma_rings
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Rings = 4
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  ring_t [Rings-1:0]      ring_i,
  output logic  [Rings:0]        stop_o,
  output logic  [Rings-1:0][15:0] fetched_o,
  output logic  [Rings-1:0][15:0] completed_o,
  output logic                   idle_o,

  input  logic                   feed_valid_i,
  output logic                   feed_ready_o,
  input  feed_t                  feed_i,
  output logic                   fed_valid_o,
  input  logic                   fed_ready_i,
  output fed_t                   fed_o,

  output logic                   accept_valid_o,
  input  logic                   accept_ready_i,
  output accepted_t              accept_o,
  input  logic                   prefetch_room_i,
  input  logic                   finish_valid_i,
  output logic                   finish_ready_o,
  input  finish_t                finish_i,

  output logic                   ar_valid_o,
  input  logic                   ar_ready_i,
  output ax_t                    ar_o,
  input  logic                   r_valid_i,
  output logic                   r_ready_o,
  input  r_t                     r_i,
  output logic                   aw_valid_o,
  input  logic                   aw_ready_i,
  output ax_t                    aw_o,
  output logic                   w_valid_o,
  input  logic                   w_ready_i,
  output w_t                     w_o,
  input  logic                   b_valid_i,
  output logic                   b_ready_o,
  input  b_t                     b_i
);

  `SKV_CHECK_PARAM(Rings, Rings >= 2 && Rings < 1 << RingW)

  localparam int unsigned Sources = Rings + 1;
  localparam int unsigned NumberW = $clog2(Sources);

  typedef logic [NumberW-1:0] number_t;

  typedef logic [$clog2(Rings)-1:0] ring_number_t;

  localparam number_t Feed = number_t'(Rings);
  localparam int unsigned FeedsW = $bits(slot_t) + 1;

  // ---- Fetching ----

  logic  [Rings-1:0] fetch_valid, fetch_ready;
  ax_t   [Rings-1:0] fetch;
  unit_t   [Rings-1:0] window_base, window_limit;
  tenant_t [Rings-1:0] tenant;
  logic              checked_valid;
  logic  [RingW-1:0] checked_ring;
  request_t          checked;

  skv_merge #(
    .data_t(ax_t),
    .Inputs(Rings)
  ) u_fetches (
    .clk_i,
    .rst_ni,
    .valid_i(fetch_valid),
    .ready_o(fetch_ready),
    .data_i (fetch),
    .valid_o(ar_valid_o),
    .ready_i(ar_ready_i),
    .data_o (ar_o)
  );

  for (genvar i = 0; i < Rings; i++) begin : gen_window
    assign tenant[i]       = ring_i[i].tenant;
    assign window_base[i]  = ring_i[i].window_base;
    assign window_limit[i] = ring_i[i].window_limit;
  end

  dma_check #(
    .Rings(Rings)
  ) u_check (
    .clk_i,
    .rst_ni,
    .tenant_i      (tenant),
    .window_base_i (window_base),
    .window_limit_i(window_limit),
    .valid_i       (r_valid_i),
    .ring_i        (r_i.id[RingW-1:0]),
    .bus_i         (is_error(r_i.resp) || r_i.poison),
    .descriptor_i  (r_i.data),
    .valid_o       (checked_valid),
    .ring_o        (checked_ring),
    .request_o     (checked)
  );

  // The check takes one a cycle, and each ring has room for what it asked for.
  assign r_ready_o = 1'b1;

  // ---- Rings ----

  logic     [Sources-1:0]       head_valid, head_ready, prefetch;
  request_t [Sources-1:0]       head;
  logic     [Sources-1:0][15:0] number;
  logic     [Rings-1:0]         placed, written, phase;
  logic     [Rings-1:0][59:0]   entry;

  for (genvar i = 0; i < Rings; i++) begin : gen_ring
    line_t      line;
    logic [3:0] len;

    dma_ring u_ring (
      .clk_i,
      .rst_ni,
      .ring_i         (ring_i[i]),
      .stop_o         (stop_o[i]),
      .fetched_o      (fetched_o[i]),
      .completed_o    (completed_o[i]),
      .fetch_valid_o  (fetch_valid[i]),
      .fetch_ready_i  (fetch_ready[i]),
      .fetch_line_o   (line),
      .fetch_len_o    (len),
      .request_valid_i(checked_valid && checked_ring == RingW'(i)),
      .request_i      (checked),
      .head_valid_o   (head_valid[i]),
      .head_ready_i   (head_ready[i]),
      .head_o         (head[i]),
      .number_o       (number[i]),
      .place_i        (placed[i]),
      .entry_o        (entry[i]),
      .phase_o        (phase[i]),
      .written_i      (written[i])
    );

    assign fetch[i]    = '{id: IdW'(i), addr: {line, 6'd0}, len: 8'(len)};
    assign prefetch[i] = head[i].status == StatusOk && head[i].kind.prefetch;
  end

  // ---- The feed ----

  feed_t             feed;
  logic [FeedsW-1:0] feeds_q;  // accepted and not ended
  logic              feed_accepted, feed_ended;

  skv_skid #(
    .data_t(feed_t)
  ) u_feed (
    .clk_i,
    .rst_ni,
    .valid_i(feed_valid_i),
    .ready_o(feed_ready_o),
    .data_i (feed_i),
    .valid_o(head_valid[Feed]),
    .ready_i(head_ready[Feed]),
    .data_o (feed)
  );

  assign head[Feed] = '{
    status: StatusOk,
    kind: '{page: 1'b1, inward: feed.store, prefetch: feed.prefetch},
    readonly: feed.readonly,
    table_slot: feed.table_slot,
    tenant: feed.tenant,
    tag: 32'(feed.tag),
    host: feed.host,
    target: {feed.vpn, 6'd0},
    beats: beats_t'(PageBeats)
  };
  assign prefetch[Feed] = feed.prefetch;
  assign number[Feed]   = '0;
  assign stop_o[Feed]   = 1'b0;

  assign feed_accepted = head_valid[Feed] & head_ready[Feed];
  assign feed_ended    = fed_valid_o & fed_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) feeds_q <= '0;
    else feeds_q <= feeds_q + FeedsW'(feed_accepted) - FeedsW'(feed_ended);
  end

  logic [Rings-1:0] idle;
  for (genvar i = 0; i < Rings; i++) begin : gen_idle
    assign idle[i] = fetched_o[i] == completed_o[i];
  end

  logic idle_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) idle_q <= 1'b1;
    else idle_q <= &idle && feeds_q == '0 && !head_valid[Feed];
  end

  assign idle_o = idle_q;

  // ---- Descriptors out ----

  logic [Sources-1:0] demands, prefetches;
  number_t            chosen;

  assign demands        = head_valid & ~prefetch;
  assign prefetches     = head_valid & prefetch & {Sources{prefetch_room_i}};
  assign accept_valid_o = demands != '0 || prefetches != '0;
  assign accept_o       = '{
    ring: RingW'(chosen),
    number: number[chosen],
    request: head[chosen]
  };

  for (genvar i = 0; i < Sources; i++) begin : gen_head_ready
    assign head_ready[i] = accept_valid_o && accept_ready_i && chosen == number_t'(i);
  end

  skv_round_robin #(
    .Inputs(Sources)
  ) u_turn (
    .clk_i,
    .rst_ni,
    .asks_i  (demands != '0 ? demands : prefetches),
    .taken_i (accept_valid_o & accept_ready_i),
    .chosen_o(chosen)
  );

  // ---- Completions in ----

  finish_t           finish_q;
  logic              finish_valid_q, of_feed, place, aw_valid_q, w_valid_q;
  ax_t               aw_q;
  w_t                w_q;
  ring_number_t      at;
  completion_t       completion;
  logic [59:0]       at_entry;

  assign of_feed        = finish_q.ring == RingW'(Feed);
  assign at             = ring_number_t'(finish_q.ring);
  assign at_entry       = entry[at];
  assign place          = finish_valid_q & !of_feed & !aw_valid_q & !w_valid_q;
  assign finish_ready_o = !finish_valid_q;

  for (genvar i = 0; i < Rings; i++) begin : gen_placed
    assign placed[i]  = place && at == ring_number_t'(i);
    assign written[i] = b_valid_i && ring_number_t'(b_i.id) == ring_number_t'(i);
  end

  assign completion = '{
    zero3: '0,
    length: 8'(finish_q.length),
    phase: phase[at],
    zero1: '0,
    error: finish_q.error,
    status: finish_q.status,
    number: finish_q.number,
    tag: finish_q.tag
  };

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      finish_valid_q <= 1'b0;
      aw_valid_q     <= 1'b0;
      w_valid_q      <= 1'b0;
    end else begin
      finish_valid_q <= (finish_valid_i & finish_ready_o) | (finish_valid_q & !place & !feed_ended);
      aw_valid_q     <= place | (aw_valid_q & !aw_ready_i);
      w_valid_q      <= place | (w_valid_q & !w_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (finish_ready_o) finish_q <= finish_i;
    if (place) begin
      aw_q <= '{id: IdW'(at), addr: {at_entry[59:2], 6'd0}, len: '0};
      w_q  <= '{
        data: {4{completion}},
        strb: 64'hFFFF << {at_entry[1:0], 4'd0},
        last: 1'b1,
        poison: 1'b0
      };
    end
  end

  assign aw_valid_o = aw_valid_q;
  assign aw_o       = aw_q;
  assign w_valid_o  = w_valid_q;
  assign w_o        = w_q;
  assign b_ready_o  = 1'b1;

  assign fed_valid_o = finish_valid_q & of_feed;
  assign fed_o       = '{
    tag: 16'(finish_q.tag),
    status: finish_q.status,
    error: finish_q.error,
    length: finish_q.length
  };

  `SKV_ASSUME(FeedHeld, feed_valid_i && !feed_ready_o |=> feed_valid_i && $stable(feed_i))
  `SKV_ASSERT(FedHeld, fed_valid_o && !fed_ready_i |=> fed_valid_o && $stable(fed_o))
  `SKV_ASSERT(EndOfAFeed, feed_ended |-> feeds_q != '0)
  `SKV_ASSERT(AcceptedOnce, $onehot0(head_ready))
  `SKV_ASSUME(RIdOfARing, r_valid_i |-> r_i.id < IdW'(Rings))
  `SKV_ASSUME(BIdOfARing, b_valid_i |-> b_i.id < IdW'(Rings))

  logic unused;
  assign unused = &{1'b0, r_i.id, r_i.last, b_i};

endmodule
