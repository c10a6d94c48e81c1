// Deltas to codes: sums modulo 256 along the head dimension or along tokens.
//
// Along the head dimension a parallel prefix sum runs over the row first.  Rows come in order.
// Latency 4 cycles.

module int8rle_undelta
  import int8rle_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  input  decode_info_t info_i,
  input  codes_t       deltas_i,

  output logic         valid_o,
  output decode_info_t info_o,
  output codes_t       codes_o
);

  // A step of the prefix sum, or nothing.
  function automatic codes_t add_below(codes_t row, int unsigned distance, logic enable);
    for (int unsigned i = 0; i < Lanes; i++) begin
      add_below[i] = row[i]
                   + (enable && i >= distance ? row[(i + Lanes - distance) % Lanes] : 8'd0);
    end
  endfunction

  logic         [3:0] valid_q;
  decode_info_t [3:0] info_q;
  codes_t             sums1_q, sums2_q, sums3_q;
  codes_t       [3:0] history_q;  // codes, the latest row first

  logic tokens0, tokens1, tokens2;
  assign tokens0 = info_i.layout.tokens;
  assign tokens1 = info_q[0].layout.tokens;
  assign tokens2 = info_q[1].layout.tokens;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    info_q  <= {info_q[2:0], info_i};
    sums1_q <= add_below(add_below(deltas_i, 1, !tokens0), 2, !tokens0);
    sums2_q <= add_below(add_below(sums1_q, 4, !tokens1), 8, !tokens1);
    sums3_q <= add_below(sums2_q, 16, !tokens2);
  end

  // What the row's sums start from.
  logic [RowW-1:0] index;
  logic            hd128, token_start, first_token;
  codes_t          base;

  assign index       = info_q[2].index;
  assign hd128       = info_q[2].layout.hd128;
  assign token_start = hd128 ? index[1:0] == '0 : !index[0];
  assign first_token = index < (hd128 ? RowW'(4) : RowW'(2));

  always_comb begin
    if (info_q[2].layout.tokens) begin
      base = first_token ? '0 : hd128 ? history_q[3] : history_q[1];
    end else begin
      base = token_start ? '0 : {Lanes{history_q[0][Lanes-1]}};
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_q[2]) begin
      history_q[3:1] <= history_q[2:0];
      for (int unsigned i = 0; i < Lanes; i++) history_q[0][i] <= sums3_q[i] + base[i];
    end
  end

  assign valid_o = valid_q[3];
  assign info_o  = info_q[3];
  assign codes_o = history_q[0];

endmodule
