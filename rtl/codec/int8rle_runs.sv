// Deltas to runs: each row's runs that end in it, moved together to lane 0 and up.
//
// A run ends where the next delta differs and at every 256th value.  A run of the value d that
// ends at lane l becomes the pair (count - 1, d), and count - 1 is the number of lanes without an
// end between it and the end before, which falls out of the compaction.
// A page's 64 rows come without a pause.  Latency 6 cycles.

`include "skv_assert.svh"

module int8rle_runs
  import int8rle_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  input  logic [RowW-1:0] index_i,
  input  codes_t          deltas_i,

  output logic            valid_o,
  output logic [RowW-1:0] index_o,
  output row_t            pairs_o,   // lanes from count_o on are undefined
  output lane_count_t     count_o
);

  localparam int unsigned Groups = 4;
  localparam int unsigned GroupLanes = Lanes / Groups;

  logic [4:0]           valid_q;
  logic [5:0][RowW-1:0] index_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[3:0], valid_i};
  end

  always_ff @(posedge clk_i) index_q <= {index_q[4:0], index_i};

  // Ends inside the row.  The last lane's needs the next row, which stands at the input meanwhile.
  codes_t            deltas_q;
  logic [Lanes-2:0]  inner_end_q;
  logic              last_end;
  mask_t             end_d;

  assign last_end = &index_q[0][2:0] || deltas_q[Lanes-1] != deltas_i[0];
  assign end_d    = {last_end, inner_end_q};

  // Holes (lanes without an end) before each lane of its group of eight, and in the groups.
  codes_t                                      deltas2_q;
  mask_t                                       end_q;
  logic [Groups-1:0][GroupLanes-1:0][3:0]      local_d, local_q;
  logic [Groups-1:0][3:0]                      group_d, group_q;

  always_comb begin
    for (int unsigned g = 0; g < Groups; g++) begin
      group_d[g] = '0;
      for (int unsigned i = 0; i < GroupLanes; i++) begin
        local_d[g][i] = group_d[g];
        group_d[g] = group_d[g] + 4'(!end_d[g*GroupLanes+i]);
      end
    end
  end

  // Holes before each lane of the row: how far down its run moves.
  codes_t                      deltas3_q;
  mask_t                       end3_q;
  logic [Lanes-1:0][LaneW-1:0] down_q;
  lane_count_t                 count3_q, trail_q;

  lane_count_t [Groups-1:0] base;
  lane_count_t              holes;
  always_comb begin
    holes = '0;
    for (int unsigned g = 0; g < Groups; g++) begin
      base[g] = holes;
      holes = holes + lane_count_t'(group_q[g]);
    end
  end

  // Lanes after the last end.
  lane_count_t trail_d;
  always_comb begin
    trail_d = lane_count_t'(Lanes);
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (end_q[i]) trail_d = lane_count_t'(Lanes - 1 - i);
    end
  end

  always_ff @(posedge clk_i) begin
    deltas_q <= deltas_i;
    for (int unsigned i = 0; i < Lanes - 1; i++) inner_end_q[i] <= deltas_i[i] != deltas_i[i+1];

    deltas2_q <= deltas_q;
    end_q     <= end_d;
    local_q   <= local_d;
    group_q   <= group_d;

    deltas3_q <= deltas2_q;
    end3_q    <= end_q;
    trail_q   <= trail_d;
    count3_q  <= lane_count_t'(Lanes) - holes;
    for (int unsigned i = 0; i < Lanes; i++) begin
      down_q[i] <= LaneW'(base[i/GroupLanes]) + LaneW'(local_q[i/GroupLanes][i%GroupLanes]);
    end
  end

  // Compaction.  Distances never fall from one run to the next, so moving by their bits, lowest
  // first, never brings two runs to one lane.
  typedef struct packed {
    logic             valid;
    logic [LaneW-1:0] down;
    logic [7:0]       delta;
  } run_t;
  typedef run_t [Lanes-1:0] runs_t;

  function automatic runs_t move(runs_t runs, int unsigned bit_index);
    for (int unsigned i = 0; i < Lanes; i++) begin
      run_t here, above;
      here = runs[i];
      above = i + (1 << bit_index) < Lanes ? runs[(i + (1 << bit_index)) % Lanes] : '0;
      here.valid &= !here.down[bit_index];
      above.valid &= above.down[bit_index];
      move[i] = above.valid ? above : here;
    end
  endfunction

  runs_t       spread, near_q, packed_q;
  lane_count_t count4_q, count5_q, trail4_q, trail5_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      spread[i] = '{valid: end3_q[i], down: down_q[i], delta: deltas3_q[i]};
    end
  end

  always_ff @(posedge clk_i) begin
    near_q   <= move(move(move(spread, 0), 1), 2);
    count4_q <= count3_q;
    trail4_q <= trail_q;
    packed_q <= move(move(near_q, 3), 4);
    count5_q <= count4_q;
    trail5_q <= trail4_q;
  end

  // Counts.  Values since the last end are carried from row to row, modulo 256.
  logic [7:0] open_q;
  row_t        pairs_q;
  lane_count_t count_q;
  logic        valid6_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid6_q <= 1'b0;
      open_q   <= '0;
    end else begin
      valid6_q <= valid_q[4];
      if (valid_q[4]) open_q <= 8'(trail5_q) + (count5_q == '0 ? open_q : 8'd0);
    end
  end

  always_ff @(posedge clk_i) begin
    count_q    <= count5_q;
    pairs_q[0] <= {open_q + 8'(packed_q[0].down), packed_q[0].delta};
    for (int unsigned i = 1; i < Lanes; i++) begin
      pairs_q[i] <= {8'(LaneW'(packed_q[i].down - packed_q[i-1].down)), packed_q[i].delta};
    end
  end

  assign valid_o = valid6_q;
  assign index_o = index_q[5];
  assign pairs_o = pairs_q;
  assign count_o = count_q;

  `SKV_ASSUME(NoPauseInPage, valid_q[0] && !(&index_q[0]) |-> valid_i)
  `SKV_ASSERT(EndsAt256, valid_q[4] && &index_q[4][2:0] |-> trail5_q == '0)
  `SKV_ASSERT(NothingLost, valid_q[4] |-> count5_q == lane_count_t'($countones(packed_valid)))

  mask_t packed_valid;
  always_comb for (int unsigned i = 0; i < Lanes; i++) packed_valid[i] = packed_q[i].valid;

endmodule
