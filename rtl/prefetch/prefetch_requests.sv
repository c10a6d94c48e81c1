// The resident requests, and what prefetching has cost each of them.
//
// read_i gives a request a cycle later, on each of two ports.  learn_i takes what was counted since
// the last time and moves the margin (docs/prefetch.md), done after 4 cycles; one at a time.
// clear_i forgets what was counted and learnt.

`include "skv_assert.svh"

module prefetch_requests
  import prefetch_pkg::*;
#(
  parameter int unsigned Requests = 4
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic [1:0][HandleW-1:0] read_i,
  output request_t [1:0]          read_o,
  output margin_t                 margin_o,   // of the first port's

  input  logic                    write_i,
  input  logic [HandleW-1:0]      handle_i,   // of what is written, cleared, learnt
  input  request_t                request_i,
  input  logic                    clear_i,
  input  logic                    learn_i,

  input  logic [HandleW-1:0]      counted_i,
  input  logic                    new_i,      // a needed page that was not kept
  input  logic [4:0]              wasted_i    // prefetched pages that were not needed
);

  localparam int unsigned IndexW = $clog2(Requests);

  `SKV_CHECK_PARAM(Requests, Requests >= 2 && Requests == 1 << IndexW && IndexW <= HandleW)

  localparam logic signed [16:0] FirstMargin = 17'sd64;
  localparam logic signed [16:0] MostMargin = 17'sd512;
  localparam logic signed [16:0] MarginStep = 17'sd4;
  localparam logic signed [19:0] MostCredit = 20'sd32768;

  typedef logic [IndexW-1:0] index_t;

  request_t             requests_q [Requests];
  margin_t              margin_q [Requests];
  logic signed [16:0]   credit_q [Requests];
  logic [15:0]          new_q [Requests];
  logic [15:0]          wasted_q [Requests];

  for (genvar i = 0; i < 2; i++) begin : gen_read
    request_t read_q;
    always_ff @(posedge clk_i) begin
      read_q <= requests_q[index_t'(read_i[i])];
      // A handle beyond the last is of nobody.
      if (5'(read_i[i]) >= 5'(Requests)) read_q.valid <= 1'b0;
    end
    assign read_o[i] = read_q;
  end

  margin_t margin_read_q;
  always_ff @(posedge clk_i) margin_read_q <= margin_q[index_t'(read_i[0])];
  assign margin_o = margin_read_q;

  // ---- Counts; they stay at their most rather than wrap ----

  index_t      at, counted;
  logic [15:0] more_wasted;

  assign at          = index_t'(handle_i);
  assign counted     = index_t'(counted_i);
  assign more_wasted = wasted_q[counted] + 16'(wasted_i);

  always_ff @(posedge clk_i) begin
    if (learn_i || clear_i) begin
      new_q[at]    <= '0;
      wasted_q[at] <= '0;
    end
    if (new_i) begin
      if (learn_i && at == counted) new_q[counted] <= 16'd1;
      else if (new_q[counted] != '1) new_q[counted] <= new_q[counted] + 16'd1;
    end
    if (wasted_i != '0) wasted_q[counted] <= more_wasted < 16'(wasted_i) ? '1 : more_wasted;
  end

  // ---- Learning: what was counted, the balance, the new credit, the new margin ----

  index_t             at_q;
  logic [2:0]         learn_q;
  logic [15:0]        taken_new_q, taken_wasted_q;
  logic signed [19:0] gain_q, sum_q;
  logic signed [16:0] credit;
  logic signed [16:0] moved;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) learn_q <= '0;
    else learn_q <= {learn_q[1:0], learn_i};
  end

  always_ff @(posedge clk_i) begin
    if (learn_i) begin
      at_q           <= at;
      taken_new_q    <= new_q[at];
      taken_wasted_q <= wasted_q[at];
    end
    gain_q <= 20'(taken_new_q) - 20'(taken_new_q >> 4) - 20'({taken_wasted_q, 1'b0});
    sum_q  <= gain_q + 20'(credit_q[at_q]);
  end

  always_comb begin
    credit = 17'(sum_q);
    if (sum_q > MostCredit) credit = 17'(MostCredit);
    if (sum_q < -MostCredit) credit = 17'(-MostCredit);
    moved = 17'(margin_q[at_q]) + (sum_q > 20'sd0 ? MarginStep : -MarginStep);
    if (moved > MostMargin) moved = MostMargin;
    if (moved < -MostMargin) moved = -MostMargin;
  end

  always_ff @(posedge clk_i) begin
    if (learn_q[2]) begin
      credit_q[at_q] <= credit;
      margin_q[at_q] <= margin_t'(moved);
    end
    if (clear_i) begin
      credit_q[at] <= '0;
      margin_q[at] <= margin_t'(FirstMargin);
    end
  end

  // ---- Requests ----

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < int'(Requests); i++) requests_q[i] <= '0;
    end else if (write_i) begin
      requests_q[at] <= request_i;
    end
  end

  logic unused;
  assign unused = &{1'b0, handle_i, counted_i};

  `SKV_ASSERT(OneWasting, wasted_i != '0 |-> !learn_i && !clear_i)
  `SKV_ASSERT(MarginInRange, learn_q[2] |-> moved <= MostMargin && moved >= -MostMargin)
  `SKV_COVER(Most, learn_q[2] && moved == MostMargin)

endmodule
