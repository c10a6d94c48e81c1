// Moves the lanes that a mask names together to lane 0 and up, in order: one bit plane of the lanes
// for each bit of Width.  Lanes behind them come out 0.  Latency 5 cycles.
//
// Each lane moves down by the number of unnamed lanes below it, by that number's bits, lowest first;
// then no two meet.  Bit b of the number is the parity of what is left of the unnamed lanes below
// when only every 2^b-th counts.

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

  mask_t [LaneW-1:0]           mask, holes;
  mask_t [LaneW:0][Width-1:0]  planes;

  assign mask[0]  = mask_i;
  assign holes[0] = ~mask_i << 1;

  for (genvar w = 0; w < Width; w++) begin : gen_named
    assign planes[0][w] = planes_i[w] & mask_i;
  end

  for (genvar b = 0; b < LaneW; b++) begin : gen_move
    mask_t             parity, moving;
    mask_t [Width-1:0] planes_q;

    always_comb begin
      parity = holes[b];
      for (int unsigned k = 0; k < LaneW; k++) parity ^= parity << (1 << k);
      moving = parity & mask[b];
    end

    always_ff @(posedge clk_i) begin
      for (int unsigned w = 0; w < Width; w++) begin
        planes_q[w] <= (planes[b][w] & ~moving) | ((planes[b][w] & moving) >> (1 << b));
      end
    end

    assign planes[b+1] = planes_q;

    if (b < LaneW - 1) begin : gen_next
      mask_t mask_q, holes_q;

      always_ff @(posedge clk_i) begin
        mask_q  <= (mask[b] ^ moving) | (moving >> (1 << b));
        holes_q <= holes[b] & ~parity;
      end

      assign mask[b+1]  = mask_q;
      assign holes[b+1] = holes_q;
    end
  end

  assign planes_o = planes[LaneW];

endmodule
