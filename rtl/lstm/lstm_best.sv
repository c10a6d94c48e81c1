// A list of the four items with the greatest keys, the greatest first; of equal keys the one that
// came first.
//
// An item is in the list in the cycle after its own.

module lstm_best
  import lstm_pkg::*;
(
  input  logic             clk_i,

  input  logic             clear_i,
  input  logic             valid_i,
  input  value_t           key_i,
  input  token_t           token_i,

  output logic   [Top-1:0] valid_o,
  output value_t [Top-1:0] keys_o,
  output best_t            tokens_o
);

  logic   [Top-1:0] valid_q;
  value_t [Top-1:0] keys_q;
  best_t            tokens_q;

  // Whether the new item goes ahead of the one at i; then all behind that move back.
  logic [Top-1:0] ahead, moves;
  for (genvar i = 0; i < Top; i++) begin : gen_ahead
    assign ahead[i] = !valid_q[i] || key_i > keys_q[i];
  end
  assign moves = {ahead[Top-2:0], 1'b0};

  always_ff @(posedge clk_i) begin
    if (clear_i) valid_q <= '0;
    else if (valid_i) begin
      for (int unsigned i = 0; i < Top; i++) begin
        if (ahead[i]) begin
          valid_q[i]  <= moves[i] ? valid_q[(i+Top-1)%Top] : 1'b1;
          keys_q[i]   <= moves[i] ? keys_q[(i+Top-1)%Top] : key_i;
          tokens_q[i] <= moves[i] ? tokens_q[(i+Top-1)%Top] : token_i;
        end
      end
    end
  end

  assign valid_o  = valid_q;
  assign keys_o   = keys_q;
  assign tokens_o = tokens_q;

endmodule
