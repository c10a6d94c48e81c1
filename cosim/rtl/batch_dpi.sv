// Counts cycles, and raises done_o for one cycle when the batch that cosim/transactor.cpp holds is
// over: the one event that wakes whoever drives the simulation.  One instance a simulation.
// Simulation only.

module batch_dpi (
  input  logic            clk_i,
  input  logic            rst_ni,
  output longint unsigned cycle_o,
  output logic            done_o
);

  import "DPI-C" function bit skv_batch_dpi();

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cycle_o <= '0;
      done_o  <= 1'b0;
    end else begin
      cycle_o <= cycle_o + 1;
      done_o  <= skv_batch_dpi();
    end
  end

endmodule
