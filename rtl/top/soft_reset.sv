// Holds the engines in reset until they are enabled, and lets what is under way end before a soft
// reset: nothing new is taken from outside while it drains (open_o).

`include "skv_assert.svh"

module soft_reset #(
  parameter int unsigned Cycles = 16  // in reset
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic enable_i,
  input  logic soft_reset_i,
  input  logic idle_i,          // nothing is under way
  output logic engines_rst_no,
  output logic open_o,
  output logic draining_o,
  output logic resetting_o,
  output logic reset_done_o
);

  `SKV_CHECK_PARAM(Cycles, Cycles >= 2)

  typedef enum logic [1:0] {StOff, StRun, StDrain, StReset} state_e;

  state_e                    state_q;
  logic [$clog2(Cycles)-1:0] count_q;
  logic                      engines_rst_n_q, end_of;

  assign end_of = count_q == $bits(count_q)'(Cycles - 1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q         <= StOff;
      count_q         <= '0;
      engines_rst_n_q <= 1'b0;
    end else begin
      // Idle has to last: what leaves one engine may be on its way to another.
      count_q <= (state_q == StDrain && !idle_i) || state_q == StRun || end_of ? '0
          : count_q + 1'b1;
      unique case (state_q)
        StOff:   if (enable_i) state_q <= StRun;
        StRun:   if (soft_reset_i) state_q <= StDrain;
        StDrain: if (idle_i && end_of) state_q <= StReset;
        StReset: if (end_of) state_q <= StOff;
        default: state_q <= StOff;
      endcase
      engines_rst_n_q <= state_q == StRun || state_q == StDrain;
    end
  end

  assign engines_rst_no = engines_rst_n_q;
  assign open_o         = state_q == StRun && engines_rst_n_q;
  assign draining_o     = state_q == StDrain;
  assign resetting_o    = state_q == StReset;
  assign reset_done_o   = state_q == StReset && end_of;

endmodule
