// Moves the lanes that a mask names together to lane 0 and up, in order: one bit plane of the lanes
// for each bit of Width.  Lanes behind them come out 0.  Latency 5 cycles.  The registers move for
// what is valid only.
//
// Each lane moves down by the number of unnamed lanes below it, by that number's bits, lowest first;
// then no two meet.

module speckv_compact
  import speckv_pkg::*;
#(
  parameter int unsigned Width = 1
) (
  input  logic              clk_i,

  input  logic              valid_i,
  input  mask_t             mask_i,
  input  mask_t [Width-1:0] planes_i,
  output mask_t [Width-1:0] planes_o
);

  localparam int unsigned Moves = 3;  // by up to three lanes, three fours, three sixteens
  localparam int unsigned Wait = 2;   // for the counts

  typedef struct packed {
    mask_t             mask;
    mask_t [Width-1:0] planes;
  } lanes_t;

  typedef mask_t [2*Moves-1:0] down_t;  // bit planes of how far a lane moves

  logic [Wait+Moves-2:0] valid_q;
  lanes_t [Moves:0]      lanes;
  down_t  [Moves-1:0]    down;
  lane_t  [Lanes-1:0]    unnamed;  // below the lane
  lanes_t [Wait-1:0]     late_q;

  speckv_prefix u_prefix (
    .clk_i,
    .valid_i,
    .mask_i  (~mask_i),
    .counts_o(unnamed)
  );

  always_ff @(posedge clk_i) begin
    valid_q <= {valid_q[Wait+Moves-3:0], valid_i};
    if (valid_i) late_q[0] <= {mask_i, planes_i};
    if (valid_q[0]) late_q[1] <= late_q[0];
  end

  assign lanes[0] = late_q[1];

  always_comb begin
    down[0] = '0;
    for (int unsigned b = 0; b < LaneW; b++) begin
      for (int unsigned i = 0; i < Lanes; i++) down[0][b][i] = unnamed[i][b];
    end
  end

  for (genvar m = 0; m < Moves; m++) begin : gen_move
    localparam int unsigned Bit = 2 * m;

    mask_t [3:0] movers;  // lanes that move by k << Bit
    lanes_t      lanes_q;

    always_comb begin
      for (int unsigned k = 0; k < 4; k++) begin
        movers[k] = lanes[m].mask & (k[0] ? down[m][Bit] : ~down[m][Bit])
                  & (k[1] ? down[m][Bit+1] : ~down[m][Bit+1]);
      end
    end

    always_ff @(posedge clk_i) begin
      if (valid_q[Wait+m-1]) begin
        lanes_t next;
        next = '0;
        for (int unsigned k = 0; k < 4; k++) begin
          next.mask |= movers[k] >> (k << Bit);
          for (int unsigned w = 0; w < Width; w++) begin
            next.planes[w] |= (lanes[m].planes[w] & movers[k]) >> (k << Bit);
          end
        end
        lanes_q <= next;
      end
    end

    assign lanes[m+1] = lanes_q;

    if (m < Moves - 1) begin : gen_next
      down_t down_q;

      always_ff @(posedge clk_i) begin
        if (valid_q[Wait+m-1]) begin
          down_t next;
          next = '0;
          for (int unsigned k = 0; k < 4; k++) begin
            for (int unsigned b = Bit + 2; b < 2 * Moves; b++) begin
              next[b] |= (down[m][b] & movers[k]) >> (k << Bit);
            end
          end
          down_q <= next;
        end
      end

      assign down[m+1] = down_q;
    end
  end

  assign planes_o = lanes[Moves].planes;

endmodule
