// The lowest bit that is set, by groups of eight so that a hundred bits take few levels of logic.
// Combinational.

module coh_pick #(
  parameter int unsigned Width = 48,
  localparam int unsigned IndexW = Width > 1 ? $clog2(Width) : 1
) (
  input  logic [Width-1:0]  bits_i,
  output logic              found_o,
  output logic [IndexW-1:0] index_o
);

  localparam int unsigned Groups = (Width + 7) / 8;

  logic [Groups-1:0][7:0] bits;
  logic [Groups-1:0][2:0] lowest;
  logic [Groups-1:0]      any, first;

  assign bits = (8 * Groups)'(bits_i);

  always_comb begin
    for (int g = 0; g < int'(Groups); g++) begin
      any[g]    = |bits[g];
      lowest[g] = '0;
      for (int i = 7; i >= 0; i--) if (bits[g][i]) lowest[g] = 3'(i);
    end
    for (int g = 0; g < int'(Groups); g++) begin
      first[g] = any[g];
      for (int below = 0; below < g; below++) if (any[below]) first[g] = 1'b0;
    end
  end

  always_comb begin
    index_o = '0;
    for (int g = 0; g < int'(Groups); g++) begin
      if (first[g]) index_o |= IndexW'(8 * g + int'(lowest[g]));
    end
  end

  assign found_o = |any;

endmodule
