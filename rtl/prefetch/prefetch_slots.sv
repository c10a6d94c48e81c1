// The free slots of the buffer: first each once, in order, then as they were given back.
//
// slot_o stands while valid_o is high.  A slot is taken or given back at most every third cycle.

`include "skv_assert.svh"

module prefetch_slots
  import prefetch_pkg::*;
#(
  parameter int unsigned Slots = 8192
) (
  input  logic  clk_i,
  input  logic  rst_ni,

  output logic  valid_o,
  output slot_t slot_o,
  input  logic  take_i,
  input  logic  give_i,
  input  slot_t slot_i
);

  `SKV_CHECK_PARAM(Slots, Slots >= 16 && Slots <= 65536 && Slots == 1 << $clog2(Slots))

  localparam int unsigned IndexW = $clog2(Slots);

  typedef logic [IndexW-1:0] index_t;

  logic [IndexW:0] fresh_q;  // slots that were never used begin here
  logic            fresh, used_valid, give_ready;
  index_t          used;

  assign fresh = !fresh_q[IndexW];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) fresh_q <= '0;
    else if (take_i && fresh) fresh_q <= fresh_q + 1'b1;
  end

  skv_ram_fifo #(
    .data_t(index_t),
    .Depth (Slots)
  ) u_used (
    .clk_i,
    .rst_ni,
    .valid_i(give_i),
    .ready_o(give_ready),
    .data_i (index_t'(slot_i)),
    .valid_o(used_valid),
    .ready_i(take_i && !fresh),
    .data_o (used)
  );

  assign valid_o = fresh || used_valid;
  assign slot_o  = fresh ? slot_t'(fresh_q[IndexW-1:0]) : slot_t'(used);

  logic unused;
  assign unused = &{1'b0, slot_i, give_ready};

  `SKV_ASSERT(TakenIsThere, take_i |-> valid_o)
  `SKV_ASSERT(GivenHasRoom, give_i |-> give_ready)
  `SKV_COVER(Used, take_i && !fresh)

endmodule
