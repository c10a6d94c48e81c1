// sigmoid or, with Tanh, tanh of half the argument, by 32 straight lines (docs/lstm.md, "Curve").
//
// Latency 5 cycles, throughput 1 a cycle.

module lstm_curve
  import lstm_pkg::*;
#(
  parameter bit Tanh = 1'b0
) (
  input  logic               clk_i,

  input  logic signed [16:0] z_i,  // units of 2^-11
  output value_t             y_o   // units of 2^-15
);

  localparam logic [13:0] Largest = '1;

  logic [16:0] magnitude;
  assign magnitude = z_i[16] ? -z_i : z_i;

  logic [4:0]  negative_q;
  logic [13:0] magnitude_q;
  logic [14:0] knot_q, knot2_q, height_q;
  logic [10:0] slope_q;
  logic [8:0]  rest_q;
  logic [19:0] rise_q;
  value_t      y_q;

  always_ff @(posedge clk_i) begin
    negative_q  <= {negative_q[3:0], z_i[16]};
    // 1: how far out
    magnitude_q <= |magnitude[16:14] ? Largest : magnitude[13:0];
    // 2: the line
    knot_q      <= knot({1'b0, magnitude_q[13:9]});
    slope_q     <= 11'(knot({1'b0, magnitude_q[13:9]} + 6'd1) - knot({1'b0, magnitude_q[13:9]}));
    rest_q      <= magnitude_q[8:0];
    // 3: along it
    knot2_q     <= knot_q;
    rise_q      <= slope_q * rest_q;
    // 4
    height_q    <= knot2_q + 15'((rise_q + 20'd256) >> 9);
    // 5: on the side of the sign
    if (Tanh) y_q <= negative_q[3] ? -value_t'({height_q, 1'b0}) : value_t'({height_q, 1'b0});
    else      y_q <= negative_q[3] ? 16'sd16384 - value_t'({1'b0, height_q})
                                   : 16'sd16384 + value_t'({1'b0, height_q});
  end

  assign y_o = y_q;

  logic unused;
  assign unused = negative_q[4];

endmodule
