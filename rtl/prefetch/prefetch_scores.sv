// The averages of every stream's pages, and what is made of them, a word at a time.
//
// start_i names a word and what to do; the averages that are to be written are, and values_o stands,
// three cycles later, until the next.  ScoreUpdate folds a report's codes in, and adds how far they
// are from the averages to what the request's layers lean to, which a layer's first head halves and
// the first layer's clears.  ScoreMake adds that, weighted, to averages of the layer below.  Pages that
// have not begun stay at zero.
// values_o are averages or scores plus Bias, not below zero.

`include "skv_assert.svh"

module prefetch_scores
  import prefetch_pkg::*;
#(
  parameter int unsigned AddressW = 14,  // of words; its upper bits are the request's
  parameter int unsigned HandleBits = 2
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                start_i,
  input  score_e              kind_i,
  input  logic [AddressW-1:0] address_i,
  input  logic [WordW-1:0]    word_i,
  input  lanes_t              begun_i,
  input  logic                first_i,    // head of its layer
  input  logic                no_above_i, // layers
  input  logic [7:0]          weight_i,
  input  codes_t              codes_i,    // of the word, a cycle later
  output values_t             values_o
);

  typedef logic [AverageW-1:0]        average_t;
  typedef logic signed [LeanW-1:0]    lean_t;
  typedef logic signed [LeanW+8:0]    product_t;
  typedef logic signed [AverageW:0]   off_t;
  typedef logic signed [LeanW:0]      score_t;
  typedef logic [HandleBits+WordW-1:0] at_t;

  // What is done to which word.
  typedef struct packed {
    score_e              kind;
    logic [AddressW-1:0] address;
    at_t                 at;
  } work_t;

  logic             valid1_q, valid2_q, first1_q, no_above1_q;
  work_t            work1_q, work2_q;
  lanes_t           begun1_q;
  logic [7:0]       weight1_q;
  average_t [Lanes-1:0] average, average2_q, written;
  lean_t [Lanes-1:0]    lean, lean2_q, summed, add2_q;
  off_t [Lanes-1:0]     off2_q;
  at_t                  at;
  values_t          values_q;

  assign at = {address_i[AddressW-1-:HandleBits], word_i};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else begin
      valid1_q <= start_i;
      valid2_q <= valid1_q;
    end
  end

  always_ff @(posedge clk_i) begin
    work1_q     <= '{kind: kind_i, address: address_i, at: at};
    begun1_q    <= begun_i;
    first1_q    <= first_i;
    no_above1_q <= no_above_i;
    weight1_q   <= weight_i;
    work2_q     <= work1_q;
  end

  skv_sdpram #(
    .Width(Lanes * AverageW),
    .Depth(1 << AddressW)
  ) u_averages (
    .clk_i,
    .we_i   (valid2_q && work2_q.kind != ScoreMake),
    .waddr_i(work2_q.address),
    .wdata_i(written),
    .re_i   (start_i),
    .raddr_i(address_i),
    .rdata_o(average)
  );

  skv_sdpram #(
    .Width(Lanes * LeanW),
    .Depth(1 << $bits(at_t))
  ) u_lean (
    .clk_i,
    .we_i   (valid2_q && work2_q.kind == ScoreUpdate),
    .waddr_i(work2_q.at),
    .wdata_i(summed),
    .re_i   (start_i),
    .raddr_i(at),
    .rdata_o(lean)
  );

  // ---- How far codes are from averages; what the layers above add ----

  function automatic lean_t weighted(lean_t sum, logic [7:0] weight);
    product_t product;
    product = product_t'(sum) * product_t'({1'b0, weight});
    return lean_t'(product >>> 8);
  endfunction

  always_ff @(posedge clk_i) begin
    average2_q <= average;
    for (int i = 0; i < int'(Lanes); i++) begin
      lean2_q[i] <= lean[i];
      if (first1_q) lean2_q[i] <= lean_t'(signed'(lean[i]) >>> 1);
      if (first1_q && no_above1_q) lean2_q[i] <= '0;
      off2_q[i] <= '0;
      if (begun1_q[i]) off2_q[i] <= {1'b0, codes_i[i], 4'd0} - {1'b0, average[i]};
      add2_q[i] <= no_above1_q ? '0 : weighted(lean[i], weight1_q);
    end
  end

  // ---- Averages, sums, scores ----

  function automatic value_t value_of(score_t score);
    score_t biased;
    biased = score + score_t'(Bias);
    return biased < 0 ? '0 : value_t'(biased);
  endfunction

  always_comb begin
    for (int i = 0; i < int'(Lanes); i++) begin
      summed[i]  = lean2_q[i] + lean_t'(off2_q[i]);
      written[i] = average2_q[i] + average_t'(off2_q[i] >>> 1);
      if (work2_q.kind == ScoreClear) written[i] = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid2_q) begin
      for (int i = 0; i < int'(Lanes); i++) begin
        values_q[i] <= work2_q.kind == ScoreMake
            ? value_of(score_t'({1'b0, average2_q[i]}) + score_t'(add2_q[i]))
            : value_t'(written[i]) + value_t'(Bias);
      end
    end
  end

  assign values_o = values_q;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    `SKV_ASSERT(AverageInRange, valid2_q |-> written[i] <= average_t'(127 * 16))
  end

endmodule
