// One row: sums of its chunks, bias, scale, rounding and saturation to 16 bits.
//
// row_i and token go with the cycle after the last chunk's.  Latency 6 cycles from the last chunk,
// throughput 1 chunk a cycle.

module lstm_scale
  import lstm_pkg::*;
(
  input  logic                   clk_i,

  input  logic signed [SumW-1:0] sum_i,
  input  logic                   first_i,  // of the row's chunks
  input  row_t                   row_i,
  output value_t                 z_o,
  output token_t                 token_o
);

  localparam int unsigned ProductW = 49;
  localparam int unsigned RoundedW = ProductW - ScaleBits;

  sum_t                       sum_q, biased_q;
  logic        [15:0]         scale_q;
  logic signed [ProductW-1:0] product_q, product2_q;
  logic signed [RoundedW-1:0] rounded_q;
  value_t                     z_q;
  token_t [4:0]               token_q;

  always_ff @(posedge clk_i) begin
    sum_q      <= (first_i ? '0 : sum_q) + sum_t'(sum_i);
    biased_q   <= sum_q + row_i.bias;
    scale_q    <= row_i.scale;
    // Two registers, so that a multiplier of several blocks has one inside.
    product_q  <= ProductW'(biased_q) * signed'({1'b0, scale_q});
    product2_q <= product_q;
    rounded_q  <= RoundedW'((product2_q + (ProductW'(1) << (ScaleBits - 1))) >>> ScaleBits);
    z_q        <= &rounded_q[RoundedW-1:15] || ~|rounded_q[RoundedW-1:15]
                ? rounded_q[15:0] : {rounded_q[RoundedW-1], {15{~rounded_q[RoundedW-1]}}};
    token_q    <= {token_q[3:0], row_i.token};
  end

  assign z_o     = z_q;
  assign token_o = token_q[4];

endmodule
