// For each lane: how many of the lanes below it a mask names.  Latency 2 cycles.

module speckv_prefix
  import speckv_pkg::*;
(
  input  logic              clk_i,

  input  mask_t             mask_i,
  output lane_t [Lanes-1:0] counts_o
);

  localparam int unsigned GroupLanes = 8;
  localparam int unsigned Groups = Lanes / GroupLanes;

  // Within groups of lanes first, then over the groups.
  logic [Groups-1:0][GroupLanes-1:0][2:0] local_d, local_q;
  logic [Groups-1:0][3:0]                 group_d, group_q;
  lane_t [Lanes-1:0]                      counts_d, counts_q;

  always_comb begin
    for (int unsigned g = 0; g < Groups; g++) begin
      group_d[g] = '0;
      for (int unsigned i = 0; i < GroupLanes; i++) begin
        local_d[g][i] = group_d[g][2:0];
        group_d[g] = group_d[g] + 4'(mask_i[g*GroupLanes+i]);
      end
    end
  end

  always_comb begin
    lane_t base;
    base = '0;
    for (int unsigned g = 0; g < Groups; g++) begin
      for (int unsigned i = 0; i < GroupLanes; i++) begin
        counts_d[g*GroupLanes+i] = base + lane_t'(local_q[g][i]);
      end
      base = base + lane_t'(group_q[g]);
    end
  end

  always_ff @(posedge clk_i) begin
    local_q  <= local_d;
    group_q  <= group_d;
    counts_q <= counts_d;
  end

  assign counts_o = counts_q;

endmodule
