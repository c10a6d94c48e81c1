// Moves the lanes that a mask names together to lane 0 and up, in order: one bit plane of the lanes
// for each bit of Width.  Lanes behind them come out 0.  Latency 5 cycles.
//
// Each lane moves down by the number of unnamed lanes below it, by that number's bits, lowest first;
// then no two meet.

module speckv_compact
  import speckv_pkg::*;
#(
  parameter int unsigned Width = 1
) (
  input  logic              clk_i,

  input  mask_t             mask_i,
  input  mask_t [Width-1:0] planes_i,
  output mask_t [Width-1:0] planes_o
);

  localparam int unsigned Moves = 3;  // by up to three lanes, three fours, three sixteens

  typedef logic [2*Moves-1:0] down_t;

  typedef struct packed {
    mask_t             mask;
    mask_t [Width-1:0] planes;
  } lanes_t;

  lanes_t [Moves:0]             lanes;
  lane_t [Lanes-1:0]             unnamed;  // below the lane
  down_t [Moves-1:0][Lanes-1:0] downs;
  lanes_t [1:0]                 late_q;

  speckv_prefix u_prefix (
    .clk_i,
    .mask_i  (~mask_i),
    .counts_o(unnamed)
  );

  always_comb for (int unsigned i = 0; i < Lanes; i++) downs[0][i] = down_t'(unnamed[i]);

  always_ff @(posedge clk_i) late_q <= {late_q[0], mask_i, planes_i};

  assign lanes[0] = late_q[1];

  for (genvar m = 0; m < Moves; m++) begin : gen_move
    localparam int unsigned Bit = 2 * m;

    logic [Lanes-1:0][3:0] from;  // how far above the lane is what moves to it
    lanes_t                next, lanes_q;

    always_comb begin
      next = '0;
      from = '0;
      for (int unsigned i = 0; i < Lanes; i++) begin
        for (int unsigned k = 0; k < 4; k++) begin
          if (i + (k << Bit) < Lanes) begin
            from[i][k] = lanes[m].mask[i+(k<<Bit)]
                      && downs[m][i+(k<<Bit)][Bit+:2] == 2'(k);
            for (int unsigned w = 0; w < Width; w++) begin
              next.planes[w][i] |= from[i][k] & lanes[m].planes[w][i+(k<<Bit)];
            end
          end
        end
        next.mask[i] = |from[i];
      end
    end

    always_ff @(posedge clk_i) lanes_q <= next;

    assign lanes[m+1] = lanes_q;

    if (m < Moves - 1) begin : gen_next
      down_t [Lanes-1:0] down, downs_q;

      always_comb begin
        down = '0;
        for (int unsigned i = 0; i < Lanes; i++) begin
          for (int unsigned k = 0; k < 4; k++) begin
            if (i + (k << Bit) < Lanes) down[i] |= {(2*Moves){from[i][k]}} & downs[m][i+(k<<Bit)];
          end
        end
      end

      always_ff @(posedge clk_i) downs_q <= down;

      assign downs[m+1] = downs_q;
    end
  end

  assign planes_o = lanes[Moves].planes;

endmodule
