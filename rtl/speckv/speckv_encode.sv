// Ranks to codewords, as bit planes: plane d has bit d of every codeword longer than d.
//
// Latency 3 cycles.  The registers move for what is valid only.

module speckv_encode
  import speckv_pkg::*;
(
  input  logic               clk_i,

  input  logic               valid_i,
  input  ranks_t             ranks_i,
  input  classes_t           classes_i,

  output mask_t [Planes-1:0] active_o,
  output mask_t [Planes-1:0] bits_o     // 0 where not active
);

  typedef logic [Planes-1:0] planes_t;

  // Codewords longer than d, as a thermometer; what a rank and its codeword differ by.
  logic [1:0]         valid_q;
  planes_t            longer_q[Lanes], longer2_q[Lanes];
  classes_t           classes_q;
  ranks_t             ranks_q, ranks2_q;
  logic [7:0]         offset_q[Lanes];
  mask_t [Planes-1:0] active_q, bits_q;

  // The last of the planes that a codeword is in, one hot.
  function automatic planes_t last_plane(planes_t longer);
    return longer & ~(longer >> 1);
  endfunction

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[0], valid_i};
    if (valid_i) begin
      classes_q <= classes_i;
      ranks_q   <= ranks_i;
      for (int unsigned i = 0; i < Lanes; i++) begin
        for (int unsigned d = 0; d < Planes; d++) begin
          longer_q[i][d] <= {1'b0, ranks_i[i]} >= Bases[classes_i[i]][d];
        end
      end
    end
    if (valid_q[0]) begin
      ranks2_q <= ranks_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        planes_t    last;
        logic [7:0] offset;
        last = last_plane(longer_q[i]);
        offset = '0;
        for (int unsigned d = 0; d < Planes; d++) begin
          offset |= {8{last[d]}} & 8'(Firsts[classes_q[i]][d] - Bases[classes_q[i]][d]);
        end
        offset_q[i]  <= offset;
        longer2_q[i] <= longer_q[i];
      end
    end
    if (valid_q[1]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        planes_t    last;
        logic [7:0] word, top;  // its first bit to the top
        last = last_plane(longer2_q[i]);
        word = ranks2_q[i] + offset_q[i];
        top = '0;
        for (int unsigned d = 0; d < Planes; d++) top |= {8{last[d]}} & (word << (Planes - 1 - d));
        for (int unsigned d = 0; d < Planes; d++) begin
          active_q[d][i] <= longer2_q[i][d];
          bits_q[d][i] <= longer2_q[i][d] & top[Planes-1-d];
        end
      end
    end
  end

  assign active_o = active_q;
  assign bits_o   = bits_q;

endmodule
