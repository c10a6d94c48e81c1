// Whose turn it is of several that may ask: the first one that does behind the last winner, round.
//
// The choice is combinational; who asks steadily is chosen within as many turns as there are inputs.

`include "skv_assert.svh"

module skv_round_robin #(
  parameter int unsigned Inputs = 2,
  localparam int unsigned NumberW = $clog2(Inputs)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [Inputs-1:0]  asks_i,
  input  logic               taken_i,  // the chosen one has its turn in this cycle
  output logic [NumberW-1:0] chosen_o
);

  `SKV_CHECK_PARAM(Inputs, Inputs >= 2)

  typedef logic [NumberW-1:0] number_t;

  number_t from_q;

  always_comb begin
    chosen_o = '0;
    for (int i = int'(Inputs) - 1; i >= 0; i--) if (asks_i[i]) chosen_o = number_t'(i);
    for (int i = int'(Inputs) - 1; i >= 0; i--) begin
      if (asks_i[i] && number_t'(i) >= from_q) chosen_o = number_t'(i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) from_q <= '0;
    else if (taken_i) from_q <= chosen_o == number_t'(Inputs - 1) ? '0 : chosen_o + 1'b1;
  end

  `SKV_ASSERT(ChosenAsks, asks_i != '0 |-> asks_i[chosen_o])
  `SKV_ASSERT(InRange, 32'(from_q) < Inputs)
  `SKV_ASSUME(TakenAsks, taken_i |-> asks_i != '0)

endmodule
