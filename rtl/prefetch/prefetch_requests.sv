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
  input  some_t                   fresh_i,    // needed pages that were not kept
  input  some_t                   wasted_i    // prefetched pages that were not needed
);

  localparam int unsigned IndexW = $clog2(Requests);

  `SKV_CHECK_PARAM(Requests, Requests >= 2 && Requests == 1 << IndexW && IndexW <= HandleW)

  // A margin is kept in 1024ths.
  localparam int unsigned Parts = 10;
  localparam int unsigned FineW = MarginW + Parts;

  typedef logic signed [FineW-1:0] fine_t;

  localparam fine_t FirstMargin = fine_t'(32 << Parts);
  localparam fine_t MostMargin = fine_t'(512 << Parts);
  localparam fine_t MostStep = fine_t'(4 << Parts);

  typedef logic [IndexW-1:0] index_t;

  request_t             requests_q [Requests];
  fine_t                margin_q [Requests];
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

  fine_t margin_read_q;
  always_ff @(posedge clk_i) margin_read_q <= margin_q[index_t'(read_i[0])];
  assign margin_o = margin_read_q[FineW-1:Parts];

  // ---- Counts; they stay at their most rather than wrap ----

  function automatic logic [15:0] plus(logic [15:0] count, some_t more);
    logic [16:0] sum;
    sum = {1'b0, count} + 17'(more);
    return sum[16] ? '1 : sum[15:0];
  endfunction

  index_t at, counted;

  assign at      = index_t'(handle_i);
  assign counted = index_t'(counted_i);

  always_ff @(posedge clk_i) begin
    if (learn_i || clear_i) begin
      new_q[at]    <= '0;
      wasted_q[at] <= '0;
    end
    if (fresh_i != '0) new_q[counted] <= plus(new_q[counted], fresh_i);
    if (wasted_i != '0) wasted_q[counted] <= plus(wasted_q[counted], wasted_i);
  end

  // ---- Learning: what was counted, the balance, the step, the new margin ----

  // Of a number that is not zero.
  function automatic logic [3:0] log2_floor(pages_t number);
    log2_floor = '0;
    for (int i = 1; i < $bits(pages_t); i++) if (number[i]) log2_floor = 4'(i);
  endfunction

  index_t             at_q;
  logic [2:0]         learn_q;
  logic [15:0]        taken_new_q, taken_wasted_q;
  logic [3:0]         layers_log_q, heads_log_q, pages_log_q, slowness_q;
  logic [4:0]         size;
  logic signed [19:0] balance_q, whole;
  fine_t              part, step_q, sum, moved;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) learn_q <= '0;
    else learn_q <= {learn_q[1:0], learn_i};
  end

  assign size = 5'(layers_log_q) + 5'(heads_log_q) + 5'(pages_log_q);

  // The balance in units of the margin: what is whole of it, and in parts if that is small.
  assign whole = balance_q >>> slowness_q;
  assign part  = fine_t'(signed'({balance_q, Parts'(0)} >>> slowness_q));

  always_ff @(posedge clk_i) begin
    if (learn_i) begin
      at_q           <= at;
      taken_new_q    <= new_q[at];
      taken_wasted_q <= wasted_q[at];
      layers_log_q   <= log2_floor(pages_t'(requests_q[at].layers));
      heads_log_q    <= log2_floor(pages_t'(requests_q[at].heads));
      pages_log_q    <= log2_floor(requests_q[at].pages);
    end
    balance_q  <= 20'(taken_new_q) - 20'(taken_new_q >> 5) - 20'({taken_wasted_q, 1'b0});
    slowness_q <= size > 5'd5 ? 4'(size - 5'd5) : '0;
    if (whole >= 20'sd4) step_q <= MostStep;
    else if (whole < -20'sd4) step_q <= -MostStep;
    else step_q <= part;
  end

  always_comb begin
    sum   = margin_q[at_q] + step_q;
    moved = sum;
    if (sum > MostMargin) moved = MostMargin;
    if (sum < -MostMargin) moved = -MostMargin;
  end

  always_ff @(posedge clk_i) begin
    if (learn_q[2]) margin_q[at_q] <= moved;
    if (clear_i) margin_q[at] <= FirstMargin;
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
  assign unused = &{1'b0, handle_i, counted_i, margin_read_q[Parts-1:0]};

  `SKV_ASSERT(CountsApart, {wasted_i, fresh_i} != '0 |-> !learn_i && !clear_i)
  `SKV_ASSERT(MarginInRange, learn_q[2] |-> moved <= MostMargin && moved >= -MostMargin)
  `SKV_COVER(Most, learn_q[2] && moved == MostMargin)

endmodule
