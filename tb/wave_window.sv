// Dumps a waveform of all that is around it for a time alone, and ends the simulation then:
// +wave_from and +wave_to, in ns.  Without them it does nothing.  Simulation only.

module wave_window;

  real from, to;

  initial begin
    if ($value$plusargs("wave_from=%f", from) && $value$plusargs("wave_to=%f", to)) begin
      #(from);
      $dumpfile("window.vcd");
      $dumpvars;
      #(to - from);
      $finish;
    end
  end

endmodule
