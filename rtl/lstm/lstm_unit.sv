// One unit's new cell and output from the sums of its four gates and its old cell.
//
// Latency 15 cycles, throughput 1 a cycle.

module lstm_unit
  import lstm_pkg::*;
(
  input  logic         clk_i,

  input  value_t [3:0] gates_i,  // input, forget, candidate (doubled), output: units of 2^-11
  input  value_t       cell_i,   // units of 2^-11
  output value_t       cell_o,
  output value_t       h_o       // units of 2^-15
);

  localparam int unsigned CurveLatency = 5;

  // Q15 factors, positive for a sigmoid.
  value_t [3:0] y;

  for (genvar i = 0; i < 4; i++) begin : gen_curve
    lstm_curve #(
      .Tanh(i == 2)
    ) u_curve (
      .clk_i,
      .z_i({gates_i[i][15], gates_i[i]}),
      .y_o(y[i])
    );
  end

  value_t [CurveLatency-1:0] old_q;
  sum_t                      kept_q, fresh_q, sum_q;
  value_t                    cell_q;

  function automatic value_t saturate(logic signed [16:0] x);
    return x[16] == x[15] ? x[15:0] : {x[16], {15{~x[16]}}};
  endfunction

  always_ff @(posedge clk_i) begin
    old_q   <= {old_q[CurveLatency-2:0], cell_i};
    // 6
    kept_q  <= y[1] * old_q[CurveLatency-1];
    fresh_q <= y[0] * y[2];
    // 7, 8
    sum_q   <= kept_q + (fresh_q >>> 4) + 32'sd16384;
    cell_q  <= saturate(17'(sum_q >>> 15));
  end

  // ---- 9 to 15 ----

  value_t                    squashed;
  value_t [CurveLatency+2:0] output_q;  // the output gate, from 6 on
  value_t [CurveLatency+1:0] cells_q;
  sum_t                      product_q;
  value_t                    h_q;

  lstm_curve #(
    .Tanh(1'b1)
  ) u_squash (
    .clk_i,
    .z_i({cell_q, 1'b0}),
    .y_o(squashed)
  );

  always_ff @(posedge clk_i) begin
    output_q  <= {output_q[CurveLatency+1:0], y[3]};
    cells_q   <= {cells_q[CurveLatency:0], cell_q};
    product_q <= output_q[CurveLatency+2] * squashed;
    h_q       <= value_t'((product_q + 32'sd16384) >>> 15);
  end

  assign cell_o = cells_q[CurveLatency+1];
  assign h_o    = h_q;

endmodule
