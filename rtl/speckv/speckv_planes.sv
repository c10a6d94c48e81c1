// Plane streams to ranks: eight planes in a row, each Skew cycles behind the one before, so that a
// page's bits are wanted in the order in which they come.
//
// A page's rows come without a pause; pages of even and odd number take turns, with at least 64
// cycles from one page's first row to the next page's.  load_i of a page's stream comes at least one
// cycle before its first row.  Latency Planes * Skew = 40 cycles.

`include "skv_assert.svh"

module speckv_planes
  import speckv_pkg::*;
(
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic [1:0]           load_i,
  output logic [1:0]           read_o,
  output logic [1:0][RowW-1:0] row_o,
  input  row_t [1:0]           data_i,
  output logic [1:0][14:0]     taken_o,   // bits of the even and the odd page so far

  input  logic                 coded_i,   // a row of codewords
  input  logic                 odd_i,     // of an odd page
  input  classes_t             classes_i,

  output classes_t             classes_o,
  output ranks_t               ranks_o
);

  mask_t    [Planes:0]               active;
  classes_t [Planes:0]               classes;
  ranks_t   [Planes:0]               vals;
  logic [Skew*(Planes-1)-1:0]        coded_q, odd_q;
  lane_count_t [Planes-1:0][1:0]     counts;
  lane_count_t [1:0][Planes-1:0]     page_counts;
  lane_t       [1:0][Planes-1:0]     starts;
  mask_t       [1:0][Planes-1:0]     segments;

  assign active[0]  = {Lanes{coded_i}};
  assign classes[0] = classes_i;
  assign vals[0]    = '0;

  always_ff @(posedge clk_i) begin
    coded_q <= {coded_q[Skew*(Planes-1)-2:0], coded_i};
    odd_q   <= {odd_q[Skew*(Planes-1)-2:0], odd_i};
  end

  for (genvar d = 0; d < Planes; d++) begin : gen_plane
    assign page_counts[0][d] = counts[d][0];
    assign page_counts[1][d] = counts[d][1];

    logic coded, odd;
    if (d == 0) begin : gen_first
      assign coded = coded_i;
      assign odd   = odd_i;
    end else begin : gen_later
      assign coded = coded_q[Skew*d-1];
      assign odd   = odd_q[Skew*d-1];
    end

    speckv_plane #(
      .Plane(d)
    ) u_plane (
      .clk_i,
      .rst_ni,
      .coded_i   (coded),
      .active_i  (active[d]),
      .classes_i (classes[d]),
      .vals_i    (vals[d]),
      .odd_i     (odd),
      .counts_o  (counts[d]),
      .starts_i  ({starts[1][d], starts[0][d]}),
      .segments_i({segments[1][d], segments[0][d]}),
      .active_o  (active[d+1]),
      .classes_o (classes[d+1]),
      .vals_o    (vals[d+1])
    );
  end

  for (genvar p = 0; p < 2; p++) begin : gen_page
    speckv_stream u_stream (
      .clk_i,
      .rst_ni,
      .load_i    (load_i[p]),
      .read_o    (read_o[p]),
      .row_o     (row_o[p]),
      .data_i    (data_i[p]),
      .counts_i  (page_counts[p]),
      .starts_o  (starts[p]),
      .segments_o(segments[p]),
      .taken_o   (taken_o[p])
    );
  end

  assign classes_o = classes[Planes];
  assign ranks_o   = vals[Planes];

  `SKV_ASSERT(CodesAreComplete, active[Planes] == '0)

endmodule
