// Fills each lane with the value of the run it belongs to: that of the nearest start at or below
// it, in this row or an earlier one.
//
// Rows come in order.  Latency 2 cycles.

module int8rle_fill
  import int8rle_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  input  decode_info_t info_i,
  input  mask_t        starts_i,
  input  codes_t       values_i,

  output logic         valid_o,
  output decode_info_t info_o,
  output codes_t       deltas_o
);

  typedef struct packed {
    mask_t  known;
    codes_t values;
  } filled_t;

  // A lane that knows no value takes what the lane so far below knows.
  function automatic filled_t take_below(filled_t row, int unsigned distance);
    for (int unsigned i = 0; i < Lanes; i++) begin
      int unsigned from;
      from = (i + Lanes - distance) % Lanes;
      take_below.known[i]  = row.known[i] || (i >= distance && row.known[from]);
      take_below.values[i] = row.known[i] || i < distance ? row.values[i] : row.values[from];
    end
  endfunction

  logic         [1:0] valid_q;
  decode_info_t [1:0] info_q;
  filled_t            near_q, far;
  codes_t             deltas_d, deltas_q;
  logic [7:0]         carry_q;

  assign far = take_below(take_below(near_q, 8), 16);

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      deltas_d[i] = far.known[i] ? far.values[i] : carry_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    info_q   <= {info_q[0], info_i};
    near_q   <= take_below(take_below(take_below({starts_i, values_i}, 1), 2), 4);
    deltas_q <= deltas_d;
    if (valid_q[0]) carry_q <= deltas_d[Lanes-1];
  end

  assign valid_o  = valid_q[1];
  assign info_o   = info_q[1];
  assign deltas_o = deltas_q;

endmodule
