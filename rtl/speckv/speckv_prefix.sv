// For each lane: how many of the lanes below it a mask names.  Latency 2 cycles.  The registers move
// for what is valid only.

module speckv_prefix
  import speckv_pkg::*;
(
  input  logic              clk_i,

  input  logic              valid_i,
  input  mask_t             mask_i,
  output lane_t [Lanes-1:0] counts_o
);

  localparam int unsigned GroupLanes = 8;
  localparam int unsigned Groups = Lanes / GroupLanes;

  // Within groups of lanes first, then over the groups.
  logic              valid_q;
  logic [2:0]        local_q[Lanes];
  logic [3:0]        group_q[Groups];
  lane_t [Lanes-1:0] counts_q;

  always_ff @(posedge clk_i) begin
    valid_q <= valid_i;
    if (valid_i) begin
      for (int unsigned g = 0; g < Groups; g++) begin
        logic [3:0] count;
        count = '0;
        for (int unsigned i = g * GroupLanes; i < (g + 1) * GroupLanes; i++) begin
          local_q[i] <= count[2:0];
          count = count + 4'(mask_i[i]);
        end
        group_q[g] <= count;
      end
    end
    if (valid_q) begin
      lane_t base;
      base = '0;
      for (int unsigned g = 0; g < Groups; g++) begin
        for (int unsigned i = g * GroupLanes; i < (g + 1) * GroupLanes; i++) begin
          counts_q[i] <= base + lane_t'(local_q[i]);
        end
        base = base + lane_t'(group_q[g]);
      end
    end
  end

  assign counts_o = counts_q;

endmodule
