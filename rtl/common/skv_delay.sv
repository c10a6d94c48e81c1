// Delays data by Depth cycles, always advancing.
//
// A circular buffer: cheaper than a shift register in memory and in simulation.  What comes out in
// the first Depth cycles after reset is undefined.

`include "skv_assert.svh"

module skv_delay #(
  parameter type data_t = logic [7:0],
  parameter int unsigned Depth = 3
) (
  input  logic  clk_i,
  input  logic  rst_ni,

  input  data_t data_i,
  output data_t data_o
);

  `SKV_CHECK_PARAM(Depth, Depth >= 3)

  // The word written now is read Depth - 1 cycles on, and registered.
  localparam int unsigned Words = Depth - 1;
  localparam int unsigned AddrW = $clog2(Words);

  data_t            mem_q [Words];
  data_t            out_q;
  logic [AddrW-1:0] at_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) at_q <= '0;
    else at_q <= at_q == AddrW'(Words - 1) ? '0 : at_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    out_q       <= mem_q[at_q];
    mem_q[at_q] <= data_i;
  end

  assign data_o = out_q;

endmodule
