// Codes to deltas modulo 256, along the head dimension or along tokens.
//
// Rows of a page come in order; pauses are allowed.  Latency 1 cycle.

module int8rle_delta
  import int8rle_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  input  row_info_t       info_i,
  input  codes_t          codes_i,

  output logic            valid_o,
  output logic [RowW-1:0] index_o,
  output codes_t          deltas_o
);

  logic            valid_q;
  logic [RowW-1:0] index_q;
  codes_t          deltas_q;
  codes_t [3:0]    history_q;  // the latest row first

  logic token_start, first_token;
  assign token_start = info_i.layout.hd128 ? info_i.index[1:0] == '0 : !info_i.index[0];
  assign first_token = info_i.index < (info_i.layout.hd128 ? RowW'(4) : RowW'(2));

  codes_t prior;
  always_comb begin
    if (info_i.layout.tokens) begin
      prior = first_token ? '0 : info_i.layout.hd128 ? history_q[3] : history_q[1];
    end else begin
      prior = {codes_i[Lanes-2:0], token_start ? 8'd0 : history_q[0][Lanes-1]};
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    index_q <= info_i.index;
    for (int unsigned i = 0; i < Lanes; i++) deltas_q[i] <= codes_i[i] - prior[i];
    if (valid_i) history_q <= {history_q[2:0], codes_i};
  end

  assign valid_o  = valid_q;
  assign index_o  = index_q;
  assign deltas_o = deltas_q;

endmodule
