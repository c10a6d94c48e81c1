// Writes answers, arrivals and predictions as events into a ring in GPU memory: an AXI4 master.
//
// An event is 16 bytes and has a phase bit, so that a reader sees it come.  A full ring, by what the
// driver says it has consumed, holds all three streams.  An event every 2 cycles.  base_i and
// size_log2_i stay as they are outside reset.

`include "skv_assert.svh"

module event_ring
  import skv_axi_pkg::*;
  import cxl_speckv_pkg::*;
(
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic [51:0]            base_i,       // byte address / 4096
  input  logic [3:0]             size_log2_i,  // events, 4 to 12
  input  logic [15:0]            consumed_i,   // modulo 2^16
  output logic [15:0]            written_o,
  output logic                   idle_o,
  output logic                   error_o,      // one could not be written

  input  logic                   answer_valid_i,
  output logic                   answer_ready_o,
  input  prefetch_pkg::answer_t  answer_i,
  input  logic                   arrived_valid_i,
  output logic                   arrived_ready_o,
  input  prefetch_pkg::arrived_t arrived_i,
  input  logic                   predicted_valid_i,
  output logic                   predicted_ready_o,
  input  lstm_pkg::answer_t      predicted_i,

  output logic                   aw_valid_o,
  input  logic                   aw_ready_i,
  output ax_t                    aw_o,
  output logic                   w_valid_o,
  input  logic                   w_ready_i,
  output w_t                     w_o,
  input  logic                   b_valid_i,
  output logic                   b_ready_o,
  input  b_t                     b_i
);

  // ---- Contents, each field in whole bytes ----

  event_t [2:0] made;

  assign made[0] = '{
    phase: 1'b0,
    kind: EventAnswer,
    content: 120'({answer_i.slot, 5'd0, answer_i.answer, answer_i.tag})
  };
  assign made[1] = '{
    phase: 1'b0,
    kind: EventArrival,
    content: 120'({
      7'd0, arrived_i.ok, arrived_i.slot, 16'(arrived_i.where.page), 8'(arrived_i.where.head),
      8'(arrived_i.where.layer), 8'(arrived_i.where.handle)
    })
  };
  assign made[2] = '{
    phase: 1'b0,
    kind: EventPrediction,
    content: 120'({predicted_i.tokens, 16'(predicted_i.status), predicted_i.slot})
  };

  logic   valid, take;
  event_t next;

  skv_merge #(
    .data_t(event_t),
    .Inputs(3)
  ) u_merge (
    .clk_i,
    .rst_ni,
    .valid_i({predicted_valid_i, arrived_valid_i, answer_valid_i}),
    .ready_o({predicted_ready_o, arrived_ready_o, answer_ready_o}),
    .data_i (made),
    .valid_o(valid),
    .ready_i(take),
    .data_o (next)
  );

  // ---- Places in the ring ----

  logic [15:0] placed_q, written_q, size, at, taken;
  logic        room_q, aw_valid_q, w_valid_q;
  logic [59:0] place;
  ax_t         aw_q;
  w_t          w_q;
  event_t      record;

  assign size  = 16'd1 << size_log2_i;
  assign at    = placed_q & (size - 1'b1);
  assign taken = placed_q - consumed_i;
  assign place = {base_i, 8'd0} + 60'(at);
  assign take  = valid & room_q & !aw_valid_q & !w_valid_q;

  always_comb begin
    record       = next;
    record.phase = (placed_q & size) == '0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      placed_q   <= '0;
      written_q  <= '0;
      room_q     <= 1'b0;
      aw_valid_q <= 1'b0;
      w_valid_q  <= 1'b0;
    end else begin
      placed_q   <= placed_q + 16'(take);
      written_q  <= written_q + 16'(b_valid_i);
      // Nothing is taken in two cycles running, so that the room is known in time.
      room_q     <= taken < size && !take;
      aw_valid_q <= take | (aw_valid_q & !aw_ready_i);
      w_valid_q  <= take | (w_valid_q & !w_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      aw_q <= '{id: '0, addr: {place[59:2], 6'd0}, len: '0};
      w_q  <= '{
        data: {4{record}},
        strb: 64'hFFFF << {place[1:0], 4'd0},
        last: 1'b1,
        poison: 1'b0
      };
    end
  end

  assign aw_valid_o = aw_valid_q;
  assign aw_o       = aw_q;
  assign w_valid_o  = w_valid_q;
  assign w_o        = w_q;
  assign b_ready_o  = 1'b1;
  assign written_o  = written_q;
  assign idle_o     = !valid && placed_q == written_q;
  assign error_o    = b_valid_i && is_error(b_i.resp);

  `SKV_ASSUME(Sized, size_log2_i >= 4'd4 && size_log2_i <= 4'd12)
  `SKV_ASSERT(NeverOverrun, take |-> taken < size)
  `SKV_ASSERT(WrittenAfterPlaced, b_valid_i |-> written_q != placed_q)
  `SKV_COVER(Full, valid && taken >= size)

  logic unused;
  assign unused = &{1'b0, b_i.id};

endmodule
