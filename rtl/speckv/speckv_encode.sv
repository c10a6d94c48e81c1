// Ranks to codewords, as bit planes: plane d has bit d of every codeword longer than d.
//
// Latency 3 cycles.

module speckv_encode
  import speckv_pkg::*;
(
  input  logic               clk_i,

  input  ranks_t             ranks_i,
  input  classes_t           classes_i,

  output mask_t [Planes-1:0] active_o,
  output mask_t [Planes-1:0] bits_o     // 0 where not active
);

  // Codewords longer than d, as a thermometer; what a rank and its codeword differ by.
  logic [Lanes-1:0][Planes-1:0] longer_q, longer2_q, longer3_q;
  classes_t                     classes_q;
  ranks_t                       ranks_q, ranks2_q, offset_d, offset_q, word_d, word_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      offset_d[i] = '0;
      for (int unsigned d = 0; d < Planes; d++) begin
        logic here;
        here = longer_q[i][d];
        if (d < Planes - 1) here &= !longer_q[i][(d+1)%Planes];
        if (here) begin
          offset_d[i] |= 8'(Firsts[classes_q[i]][d] - Bases[classes_q[i]][d]);
        end
      end
    end
  end

  // First bit of the codeword to the top.
  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [7:0] word;
      word = ranks2_q[i] + offset_q[i];
      word_d[i] = '0;
      for (int unsigned d = 0; d < Planes; d++) begin
        logic here;
        here = longer2_q[i][d];
        if (d < Planes - 1) here &= !longer2_q[i][(d+1)%Planes];
        if (here) word_d[i] |= word << (Planes - 1 - d);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      for (int unsigned d = 0; d < Planes; d++) begin
        longer_q[i][d] <= {1'b0, ranks_i[i]} >= Bases[classes_i[i]][d];
      end
    end
    classes_q <= classes_i;
    ranks_q   <= ranks_i;
    longer2_q <= longer_q;
    ranks2_q  <= ranks_q;
    offset_q  <= offset_d;
    longer3_q <= longer2_q;
    word_q    <= word_d;
  end

  always_comb begin
    for (int unsigned d = 0; d < Planes; d++) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        active_o[d][i] = longer3_q[i][d];
        bits_o[d][i] = longer3_q[i][d] & word_q[i][Planes-1-d];
      end
    end
  end

endmodule
