// Reads one page's plane stream: hands the planes their bits, step by step.
//
// load_i starts a page.  From two cycles later on, counts_i say in every cycle how many bits each
// plane takes in a step (0 for a plane that is at another page).  Two cycles after that starts_o says
// where in its segment each plane's bits start, and a cycle later segments_o has them, going on at bit
// 0 behind bit 31.  Of a step's bits the highest plane's come first.

`include "skv_assert.svh"

module speckv_stream
  import speckv_pkg::*;
#(
  localparam int unsigned TotalW = $clog2(StepBits) + 1,
  localparam int unsigned PieceW = $clog2(Planes)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,

  input  logic                         load_i,
  output logic                         read_o,
  output logic [RowW-1:0]              row_o,
  input  logic [RowBits-1:0]           data_i,   // the row last read

  input  lane_count_t [Planes-1:0]     counts_i,
  output lane_t [Planes-1:0]           starts_o,
  output mask_t [Planes-1:0]           segments_o,
  output logic [14:0]                  taken_o  // bits of the page, header excluded, so far
);

  // ---- T1: where each plane's bits start in the step, and how many there are ----

  typedef logic [TotalW-1:0] total_t;
  total_t [Planes-1:0] offsets_d, offsets_q;
  total_t              total_d, total_q;

  always_comb begin
    for (int unsigned d = 0; d < Planes; d++) begin
      offsets_d[d] = '0;
      for (int unsigned e = d + 1; e < Planes; e++) offsets_d[d] += total_t'(counts_i[e]);
    end
    total_d = '0;
    for (int unsigned e = 0; e < Planes; e++) total_d += total_t'(counts_i[e]);
  end

  // ---- T2: the step's bits, each at its place in the page modulo StepBits ----

  // Two half rows of the page; the next ones are at the RAM's output.  A step takes at most one.
  logic [StepBits-1:0] low_q, high_q;
  logic [StepBitW-1:0] ptr_q;
  logic [StepBitW:0] ptr_d;
  logic [1:0]       loading_q;
  logic             advance, half_q;
  logic [RowW-1:0]  row_q;
  mask_t [Planes-1:0]  step_q;
  logic [Planes-1:0][StepBitW-1:0] starts_q;

  assign ptr_d   = (StepBitW + 1)'(ptr_q) + (StepBitW + 1)'(total_q);
  assign advance = loading_q != '0 || ptr_d[StepBitW];
  assign read_o  = load_i | (advance & half_q);
  assign row_o   = load_i ? '0 : row_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) loading_q <= '0;
    else loading_q <= {loading_q[0], load_i};
  end

  always_ff @(posedge clk_i) begin
    offsets_q <= offsets_d;
    total_q   <= total_d;
    step_q    <= (low_q & ('1 << ptr_q)) | (high_q & ~('1 << ptr_q));
    for (int unsigned d = 0; d < Planes; d++) starts_q[d] <= ptr_q + offsets_q[d][StepBitW-1:0];
    if (load_i) begin
      ptr_q   <= StepBitW'(HeaderBits);
      row_q   <= RowW'(1);
      half_q  <= 1'b0;
      taken_o <= '0;
    end else begin
      if (loading_q == '0) begin
        ptr_q   <= ptr_d[StepBitW-1:0];
        taken_o <= taken_o + 15'(total_q);
      end
      if (advance) half_q <= !half_q;
      if (read_o) row_q <= row_q + 1'b1;
    end
    if (advance) begin
      low_q  <= high_q;
      high_q <= half_q ? data_i[RowBits-1:StepBits] : data_i[StepBits-1:0];
    end
  end

  // ---- T3: each plane's bits, at their places modulo Lanes ----

  mask_t [Planes-1:0] segments_q;

  always_ff @(posedge clk_i) begin
    for (int unsigned d = 0; d < Planes; d++) begin
      logic  [PieceW-1:0] piece, behind;
      mask_t              first;  // lanes of the piece in which it starts
      mask_t [Planes-1:0] left;   // pieces that a lane may still be of, halved by each bit
      piece = starts_q[d][StepBitW-1:LaneW];
      behind = piece + 1'b1;
      first = '1 << starts_q[d][LaneW-1:0];
      left = step_q;
      for (int unsigned b = 0; b < PieceW; b++) begin
        mask_t odd;
        odd = (first & {Lanes{piece[b]}}) | (~first & {Lanes{behind[b]}});
        for (int unsigned k = 0; k < Planes >> (b + 1); k++) begin
          left[k] = (odd & left[2*k+1]) | (~odd & left[2*k]);
        end
      end
      segments_q[d] <= left[0];
    end
  end

  always_comb for (int unsigned d = 0; d < Planes; d++) starts_o[d] = starts_q[d][LaneW-1:0];
  assign segments_o = segments_q;

  `SKV_ASSERT(NoBitsWhileLoading, load_i || loading_q != '0 |-> total_q == '0)

endmodule
