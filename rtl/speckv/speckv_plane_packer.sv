// Packs one page's plane stream into rows, header in front.
//
// Each cycle is a step: segments_i has the bits of each plane from bit 0 on, counts_i (four cycles
// before them) how many there are.  first_i and last_i, beside the counts, mark a page's first and
// last step.  A page is complete, its rows written and its length at bits_o, when done_o pulses; the
// registers move from its first step until then only.

`include "skv_assert.svh"

module speckv_plane_packer
  import speckv_pkg::*;
#(
  localparam int unsigned TotalW = $clog2(StepBits) + 1
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  logic                     first_i,
  input  logic                     last_i,
  input  logic [7:0]               tag_i,       // of the page's table, from first_i on
  input  lane_count_t [Planes-1:0] counts_i,
  input  mask_t [Planes-1:0]       segments_i,

  output logic                     write_o,
  output logic [RowW-1:0]          row_o,
  output row_t                     data_o,

  output logic                     done_o,
  output logic [14:0]              bits_o       // header included
);

  typedef logic [TotalW-1:0] total_t;

  // ---- Where each plane's bits go in the step, the highest plane's first ----

  total_t [Planes-1:0]      offsets_d;
  total_t                   total_d;
  total_t [2:0][Planes-1:0] offsets_q;
  total_t [4:0]             total_q;
  logic [2:0][Planes-1:0]   mine_q;     // the plane's bits are this page's
  logic [5:0]               first_q;
  logic [6:0]               last_q;
  logic                     run, run_q;

  always_comb begin
    for (int unsigned d = 0; d < Planes; d++) begin
      offsets_d[d] = '0;
      for (int unsigned e = d + 1; e < Planes; e++) offsets_d[d] += total_t'(counts_i[e]);
    end
    total_d = '0;
    for (int unsigned e = 0; e < Planes; e++) total_d += total_t'(counts_i[e]);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= '0;
      last_q  <= '0;
      run_q   <= 1'b0;
    end else begin
      first_q <= {first_q[4:0], first_i};
      last_q  <= {last_q[5:0], last_i};
      run_q   <= run & !last_q[6];
    end
  end

  assign run = first_i | run_q;

  // ---- The step ----

  // Each plane's bits turned round to where they belong modulo Lanes, then to their piece of the step,
  // those that wrap round to the piece behind.
  lane_t [Planes-1:0]             turn_q;
  mask_t [Planes-1:0][Planes-1:0] belongs_q;  // of plane, piece: bits that go there
  mask_t [Planes-1:0]             step_q;

  always_ff @(posedge clk_i) begin
    if (run) begin
      mask_t [Planes-1:0] step;
      step = '0;
      for (int unsigned d = 0; d < Planes; d++) begin
        logic [TotalW-LaneW-1:0] piece;
        mask_t                   stays, turned;
        piece = offsets_q[2][d][TotalW-1:LaneW];
        stays = '1 << offsets_q[2][d][LaneW-1:0];
        turned = Lanes'(({2{segments_i[d]}} << turn_q[d]) >> Lanes);
        turn_q[d] <= offsets_q[2][d][LaneW-1:0];
        for (int unsigned k = 0; k < Planes; k++) begin
          belongs_q[d][k] <= {Lanes{mine_q[2][d]}} & (
            ({Lanes{piece == (TotalW - LaneW)'(k)}} & stays)
            | ({Lanes{k != 0 && piece == (TotalW - LaneW)'(k - 1)}} & ~stays));
          step[k] |= turned & belongs_q[d][k];
        end
      end
      step_q <= step;
    end
  end

  // ---- To its place ----

  logic [14:0]              at_d, at_q;
  logic [StepBits-1:0]      wrapped_q;
  logic [2:0][StepBits-1:0] placed_q;
  logic                     full_q;

  assign at_d   = first_q[3] ? 15'(HeaderBits) : at_q + 15'(total_q[4]);

  always_ff @(posedge clk_i) begin
    if (run) begin
      logic [StepBits-1:0] turned;
      turned = StepBits'(({2{step_q}} << at_q[StepBitW-1:0]) >> StepBits);
      offsets_q <= {offsets_q[1:0], offsets_d};
      total_q   <= {total_q[3:0], total_d};
      for (int unsigned d = 0; d < Planes; d++) mine_q[0][d] <= counts_i[d] != '0;
      mine_q[2:1] <= mine_q[1:0];
      wrapped_q   <= ~('1 << at_d[StepBitW-1:0]);
      placed_q[0] <= at_q[StepBitW] ? '0 : turned & ~wrapped_q;
      placed_q[1] <= turned & (at_q[StepBitW] ? ~wrapped_q : wrapped_q);
      placed_q[2] <= at_q[StepBitW] ? turned & wrapped_q : '0;
      at_q        <= at_d;
      full_q      <= (RowBitW + 1)'(at_q[RowBitW-1:0]) + (RowBitW + 1)'(total_q[4])
                     > (RowBitW + 1)'(RowBits - 1);
    end
  end

  // ---- Into rows ----

  row_t            row_q, base, merged, data_q;
  logic [RowW-1:0] index, index_q, row_index_q;
  logic            write_q, done_q;

  assign base   = first_q[5] ? RowBits'({tag_i, FormatId}) : row_q;
  assign index  = first_q[5] ? '0 : index_q;
  assign merged = base | placed_q[1:0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q <= 1'b0;
      done_q  <= 1'b0;
    end else begin
      write_q <= full_q | last_q[6];
      done_q  <= last_q[6];
    end
  end

  always_ff @(posedge clk_i) begin
    if (run) begin
      row_q       <= full_q ? RowBits'(placed_q[2]) : merged;
      index_q     <= full_q ? index + 1'b1 : index;
      // What is left of the last step's row goes out behind it.
      row_index_q <= last_q[6] ? index_q : index;
      data_q      <= last_q[6] ? row_q : merged;
    end
  end

  assign write_o = write_q;
  assign row_o   = row_index_q;
  assign data_o  = data_q;
  assign done_o  = done_q;
  assign bits_o  = at_q;

  `SKV_ASSERT(NothingBehindLast, last_q[6] |-> !full_q)
  `SKV_ASSERT(OnePageAtATime, first_i |-> !run_q)

endmodule
