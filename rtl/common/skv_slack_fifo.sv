// Queue at the end of a pipeline that cannot stall.
//
// It has no ready: the pipeline's source stops while nearly_full_o is high, and up to Slack items
// may still arrive from the cycle in which the queue came to hold Depth - Slack items.
// The oldest item stands at the output.  Latency 1 cycle; nearly_full_o is a cycle late.

`include "skv_assert.svh"

module skv_slack_fifo #(
  parameter type data_t = logic [7:0],
  parameter int unsigned Depth = 16,
  parameter int unsigned Slack = 4,
  localparam int unsigned AddrW = $clog2(Depth)
) (
  input  logic  clk_i,
  input  logic  rst_ni,

  input  logic  push_i,
  input  data_t data_i,
  output logic  nearly_full_o,

  output logic  valid_o,
  input  logic  pop_i,
  output data_t data_o
);

  `SKV_CHECK_PARAM(Depth, Depth >= 2 && Depth == 1 << AddrW)
  `SKV_CHECK_PARAM(Slack, Slack >= 1 && Slack < Depth)

  data_t mem_q [Depth];
  logic [AddrW:0] wptr_q, rptr_q, count;
  logic           nearly_full_q;

  assign count = wptr_q - rptr_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q        <= '0;
      rptr_q        <= '0;
      nearly_full_q <= 1'b0;
    end else begin
      if (push_i) wptr_q <= wptr_q + 1'b1;
      if (pop_i)  rptr_q <= rptr_q + 1'b1;
      nearly_full_q <= count >= (AddrW + 1)'(Depth - Slack);
    end
  end

  always_ff @(posedge clk_i) begin
    if (push_i) mem_q[wptr_q[AddrW-1:0]] <= data_i;
  end

  assign nearly_full_o = nearly_full_q;
  assign valid_o       = count != '0;
  assign data_o        = mem_q[rptr_q[AddrW-1:0]];

  `SKV_ASSERT(NeverPushedFull, push_i |-> count != (AddrW + 1)'(Depth))
  `SKV_ASSERT(NeverPoppedEmpty, pop_i |-> valid_o)
  `SKV_COVER(NearlyFull, nearly_full_o)

endmodule
