// Answers a drain once every transfer that was under way when it was asked for is through.

`include "skv_assert.svh"

module dma_drain #(
  parameter int unsigned Slots = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             drain_i,    // until the cycle in which drained_o is high
  output logic             drained_o,

  input  logic [Slots-1:0] begun_i     // slots whose transfer is under way
);

  typedef enum logic [1:0] {StIdle, StWait, StDone} state_e;

  state_e           state_q;
  logic [Slots-1:0] pending_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else begin
      unique case (state_q)
        StIdle:  if (drain_i) state_q <= StWait;
        StWait:  if (pending_q == '0) state_q <= StDone;
        StDone:  state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) pending_q <= state_q == StIdle ? begun_i : pending_q & begun_i;

  assign drained_o = state_q == StDone;

  `SKV_ASSUME(DrainHeld, drain_i && !drained_o |=> drain_i)
  `SKV_COVER(Waits, state_q == StWait && pending_q != '0)

endmodule
