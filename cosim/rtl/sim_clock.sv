// The clock of a co-simulation: 800 MHz.  Simulation only.
//
// Each cycle is one time step: the clock rises and falls in it.  A simulator does its bookkeeping
// once a time step, so this is what makes a co-simulation fast; a waveform shows the clock as
// marks of no width.  Python must not sample anything at its edges.

module sim_clock (
  output logic clk_o
);
  timeunit 1ns; timeprecision 1ps;

  always begin
    #1.25;
    clk_o = 1'b1;
    clk_o <= 1'b0;
  end

endmodule
