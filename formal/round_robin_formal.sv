// Who asks steadily has its turn once each of the others has had one, at the latest.

`include "skv_assert.svh"

module round_robin_formal #(
  localparam int unsigned Inputs = 3
) (
  input logic              clk_i,
  input logic              rst_ni,
  input logic [Inputs-1:0] asks_i,
  input logic              taken_i
);

  logic [1:0] chosen;

  skv_round_robin #(
    .Inputs(Inputs)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .asks_i,
    .taken_i,
    .chosen_o(chosen)
  );

  `SKV_ASSUME(TakenAsks, taken_i |-> asks_i != '0)

  for (genvar i = 0; i < Inputs; i++) begin : gen_input
    logic [2:0] lost_q;  // turns since it asks
    logic [2:0] ahead;   // inputs before it

    assign ahead = u_dut.from_q <= 2'(i) ? 3'(i) - 3'(u_dut.from_q)
                                         : 3'(i) + 3'(Inputs) - 3'(u_dut.from_q);

    always_ff @(posedge clk_i) begin
      if (!rst_ni || !asks_i[i] || (taken_i && chosen == 2'(i))) lost_q <= '0;
      else if (taken_i) lost_q <= lost_q + 1'b1;
    end

    `SKV_ASSERT(Fair, 4'(lost_q) + 4'(ahead) < 4'(Inputs))
    `SKV_COVER(LosesAll, lost_q == 3'(Inputs - 1))
  end

endmodule
