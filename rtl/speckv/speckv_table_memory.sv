// A field of every channel of every table: written eight channels at a time, read a row of lanes.
//
// Row g of a slot holds channels Lanes g to Lanes g + Lanes - 1.  Read latency 1 cycle.

`include "skv_assert.svh"

module speckv_table_memory
  import speckv_pkg::*;
#(
  parameter int unsigned Slots = 256,
  parameter int unsigned Width = 8,
  localparam int unsigned SlotW = $clog2(Slots)
) (
  input  logic                        clk_i,

  input  logic                        we_i,
  input  logic [SlotW-1:0]            wslot_i,
  input  logic [3:0]                  windex_i,  // which eight channels
  input  logic [7:0][Width-1:0]       wdata_i,

  input  logic [SlotW-1:0]            rslot_i,
  input  logic [GroupW-1:0]           rgroup_i,
  output logic [Lanes-1:0][Width-1:0] rdata_o
);

  localparam int unsigned BankLanes = 8;
  localparam int unsigned Banks = Lanes / BankLanes;
  localparam int unsigned BankW = $clog2(Banks);

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    skv_sdpram #(
      .Width(BankLanes * Width),
      .Depth(Slots << GroupW)
    ) u_ram (
      .clk_i,
      .we_i   (we_i && windex_i[BankW-1:0] == BankW'(b)),
      .waddr_i({wslot_i, windex_i[3:BankW]}),
      .wdata_i(wdata_i),
      .re_i   (1'b1),
      .raddr_i({rslot_i, rgroup_i}),
      .rdata_o(rdata_o[b*BankLanes+:BankLanes])
    );
  end

endmodule
