// Finds the descriptors that are to be cancelled: goes through all slots, one a cycle.
//
// Marks every prefetch under way with the ring and the tag.  One that is accepted while the search
// goes on may be missed.

`include "skv_assert.svh"

module dma_cancel
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             cancel_valid_i,
  output logic             cancel_ready_o,
  input  cancel_t          cancel_i,

  input  logic [Slots-1:0] busy_i,
  input  logic             alloc_i,
  input  slot_t            alloc_slot_i,
  input  logic             alloc_prefetch_i,
  input  cancel_t          alloc_name_i,

  output logic [Slots-1:0] cancelled_o      // since the slot was taken
);

  localparam int unsigned AddrW = $clog2(Slots);

  typedef logic [AddrW-1:0] number_t;

  typedef struct packed {
    logic    prefetch;
    cancel_t name;
  } entry_t;

  logic             search_q, look_q, held_q;
  number_t          at_q, looked_q;
  cancel_t          wanted_q;
  entry_t           entry;
  logic [Slots-1:0] cancelled_q;

  assign cancel_ready_o = !search_q & !look_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      search_q <= 1'b0;
      look_q   <= 1'b0;
      at_q     <= '0;
    end else begin
      if (cancel_valid_i && cancel_ready_o) search_q <= 1'b1;
      else if (at_q == '1) search_q <= 1'b0;
      if (search_q) at_q <= at_q + 1'b1;
      look_q <= search_q;
    end
  end

  always_ff @(posedge clk_i) begin
    if (cancel_ready_o) wanted_q <= cancel_i;
    looked_q <= at_q;
    // By the descriptor whose name is being read, not by one that just takes its place.
    held_q   <= busy_i[at_q] && !(alloc_i && number_t'(alloc_slot_i) == at_q);
  end

  skv_sdpram #(
    .Width($bits(entry_t)),
    .Depth(Slots)
  ) u_names (
    .clk_i,
    .we_i   (alloc_i),
    .waddr_i(number_t'(alloc_slot_i)),
    .wdata_i({alloc_prefetch_i, alloc_name_i}),
    .re_i   (search_q),
    .raddr_i(at_q),
    .rdata_o(entry)
  );

  // A slot that is taken anew just now is another's.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) cancelled_q <= '0;
    else begin
      if (look_q && held_q && entry.prefetch && entry.name == wanted_q) begin
        cancelled_q[looked_q] <= 1'b1;
      end
      if (alloc_i) cancelled_q[number_t'(alloc_slot_i)] <= 1'b0;
    end
  end

  assign cancelled_o = cancelled_q;

  logic unused;
  assign unused = &{1'b0, alloc_slot_i};

  `SKV_COVER(Cancels, look_q && held_q && entry.prefetch && entry.name == wanted_q)

endmodule
