// What is known of each slot, written by its number and looked up for a stream of slots.
//
// `carry_t` goes along.  Latency 1 cycle, a slot every 2 cycles.  A slot's fields are written at
// least a cycle before they are looked up.

`include "skv_assert.svh"

module dma_fields
  import dma_pkg::*;
#(
  parameter type data_t = logic [7:0],
  parameter type carry_t = slot_t,
  parameter int unsigned Slots = 64
) (
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   we_i,
  input  slot_t  wslot_i,
  input  data_t  wdata_i,

  input  logic   valid_i,
  output logic   ready_o,
  input  slot_t  slot_i,
  input  carry_t carry_i,

  output logic   valid_o,
  input  logic   ready_i,
  output carry_t carry_o,
  output data_t  data_o
);

  localparam int unsigned AddrW = $clog2(Slots);

  logic   valid_q, look;
  carry_t carry_q;

  assign look    = valid_i & ready_o;
  assign ready_o = !valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= look | (valid_q & !ready_i);
  end

  always_ff @(posedge clk_i) if (look) carry_q <= carry_i;

  skv_sdpram #(
    .Width($bits(data_t)),
    .Depth(Slots)
  ) u_ram (
    .clk_i,
    .we_i,
    .waddr_i(AddrW'(wslot_i)),
    .wdata_i,
    .re_i   (look),
    .raddr_i(AddrW'(slot_i)),
    .rdata_o(data_o)
  );

  assign valid_o = valid_q;
  assign carry_o = carry_q;

  `SKV_ASSERT(WrittenBefore, look && we_i |-> wslot_i != slot_i)
  `SKV_ASSERT(OutputHeld, valid_o && !ready_i |=> valid_o && $stable(data_o) && $stable(carry_o))

endmodule
