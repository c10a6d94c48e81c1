// Writes entries into rows, has the ATU forget their pages, and answers in order.
//
// Up to Outstanding entries are under way.  An entry's page is invalidated once its write has been
// answered, whether that went well or not: what is in memory then counts.  Throughput: an entry
// each eight cycles and what the ATU takes over an invalidation.

`include "skv_assert.svh"

module pagestore_map
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
#(
  parameter int unsigned Outstanding = 32
) (
  input  logic        clk_i,
  input  logic        rst_ni,
  input  logic        enable_i,

  input  logic        map_valid_i,
  output logic        map_ready_o,
  input  map_t        map_i,
  output logic        mapped_valid_o,
  input  logic        mapped_ready_i,
  output mapped_t     mapped_o,

  output logic        job_valid_o,
  input  logic        job_ready_i,
  output job_t        job_o,
  input  logic        b_valid_i,
  input  logic        b_error_i,

  output logic        inv_valid_o,   // held until inv_done_i
  output invalidate_t inv_o,
  input  logic        inv_done_i
);

  typedef struct packed {
    logic [7:0] tag;
    vpn_t       vpn;
  } waiting_t;

  // ---- To memory ----

  logic        take, move, map_valid_q, job_valid_q;
  logic        waiting_ready, answered_ready;
  map_t        map_q;
  entry_t      blank, sealed;
  logic [15:0] check_q;
  map_t        job_q;

  // The queue of those under way is what limits them.
  assign map_ready_o = enable_i && waiting_ready && (!map_valid_q || move);
  assign take        = map_valid_i & map_ready_o;
  assign move        = !job_valid_q || job_ready_i;

  always_comb begin
    blank = map_q.entry;
    blank.check = '0;
    sealed = job_q.entry;
    sealed.check = check_q;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      map_valid_q <= 1'b0;
      job_valid_q <= 1'b0;
    end else begin
      if (take) map_valid_q <= 1'b1;
      else if (move) map_valid_q <= 1'b0;
      if (move) job_valid_q <= map_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) map_q <= map_i;
    if (move) begin
      job_q   <= map_q;
      check_q <= check128(entry_key(map_q.vpn), blank);
    end
  end

  assign job_valid_o = job_valid_q;
  assign job_o = '{
    unit: job_q.at.unit,
    len: '0,
    enable: 8'd3 << {job_q.at.quarter, 1'b0},
    spread: 1'b1,
    data: sealed
  };

  // ---- Under way, in order; and how their writes ended ----

  waiting_t oldest;
  logic     oldest_valid, answered, failed, finish;

  skv_fifo #(
    .data_t(waiting_t),
    .Depth (Outstanding)
  ) u_waiting (
    .clk_i,
    .rst_ni,
    .valid_i(take),
    .ready_o(waiting_ready),
    .data_i ('{tag: map_i.tag, vpn: map_i.vpn}),
    .valid_o(oldest_valid),
    .ready_i(finish),
    .data_o (oldest)
  );

  skv_fifo #(
    .data_t(logic),
    .Depth (Outstanding)
  ) u_answered (
    .clk_i,
    .rst_ni,
    .valid_i(b_valid_i),
    .ready_o(answered_ready),
    .data_i (b_error_i),
    .valid_o(answered),
    .ready_i(finish),
    .data_o (failed)
  );

  // ---- Invalidation and answer ----

  logic    inv_valid_q, mapped_valid_q;
  mapped_t mapped_q;

  assign finish = inv_valid_q & inv_done_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      inv_valid_q    <= 1'b0;
      mapped_valid_q <= 1'b0;
    end else begin
      if (finish) inv_valid_q <= 1'b0;
      else if (answered && !mapped_valid_q) inv_valid_q <= 1'b1;
      if (finish) mapped_valid_q <= 1'b1;
      else if (mapped_ready_i) mapped_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (finish) mapped_q <= '{tag: oldest.tag, status: failed ? StoreBus : StoreOk};
  end

  assign inv_valid_o    = inv_valid_q;
  assign inv_o          = '{kind: InvPage, vpn: oldest.vpn};
  assign mapped_valid_o = mapped_valid_q;
  assign mapped_o       = mapped_q;

  `SKV_ASSERT(RoomForAnswers, b_valid_i |-> answered_ready)
  `SKV_ASSERT(AnsweredAreUnderWay, answered |-> oldest_valid)
  `SKV_ASSERT(OneAtATime, inv_valid_q |-> !mapped_valid_q)

  logic unused;
  assign unused = &{1'b0, job_q.tag, job_q.vpn, job_q.entry.check};

endmodule
