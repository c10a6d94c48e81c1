// First-in first-out queue; the oldest item stands at the output (first word falls through).
//
// Latency 1 cycle, throughput 1 item a cycle.  ready_o and valid_o depend on registers only.

`include "skv_assert.svh"

module skv_fifo #(
  parameter type data_t = logic [7:0],
  parameter int unsigned Depth = 4,
  localparam int unsigned AddrW = $clog2(Depth)
) (
  input  logic  clk_i,
  input  logic  rst_ni,

  input  logic  valid_i,
  output logic  ready_o,
  input  data_t data_i,

  output logic  valid_o,
  input  logic  ready_i,
  output data_t data_o
);

  `SKV_CHECK_PARAM(Depth, Depth >= 2 && Depth == 1 << AddrW)

  data_t mem_q [Depth];
  // One bit more than an address, so that full and empty differ.
  logic [AddrW:0] wptr_q, rptr_q;

  logic push, pop;
  assign push = valid_i & ready_o;
  assign pop  = valid_o & ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q <= '0;
      rptr_q <= '0;
    end else begin
      if (push) wptr_q <= wptr_q + 1'b1;
      if (pop)  rptr_q <= rptr_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (push) mem_q[wptr_q[AddrW-1:0]] <= data_i;
  end

  assign ready_o = rptr_q != {~wptr_q[AddrW], wptr_q[AddrW-1:0]};
  assign valid_o = wptr_q != rptr_q;
  assign data_o  = mem_q[rptr_q[AddrW-1:0]];

  `SKV_ASSERT(NotOverfull, (AddrW + 1)'(wptr_q - rptr_q) <= (AddrW + 1)'(Depth))
  `SKV_ASSERT(OutputHeld, valid_o && !ready_i |=> valid_o && $stable(data_o))
  `SKV_COVER(Full, !ready_o)

endmodule
