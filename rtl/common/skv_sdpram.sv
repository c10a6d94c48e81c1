// Simple dual-port RAM: one write port, one read port, read data registered (latency 1).
//
// A read of the address being written returns the old word.  Contents are undefined until written.

`include "skv_assert.svh"

module skv_sdpram #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 16,
  localparam int unsigned AddrW = $clog2(Depth)
) (
  input  logic             clk_i,

  input  logic             we_i,
  input  logic [AddrW-1:0] waddr_i,
  input  logic [Width-1:0] wdata_i,

  input  logic             re_i,
  input  logic [AddrW-1:0] raddr_i,
  output logic [Width-1:0] rdata_o
);

  `SKV_CHECK_PARAM(Width, Width >= 1)
  `SKV_CHECK_PARAM(Depth, Depth >= 2 && Depth == 1 << AddrW)

  logic [Width-1:0] mem_q [Depth];
  logic [Width-1:0] rdata_q;

  always_ff @(posedge clk_i) begin
    if (we_i) mem_q[waddr_i] <= wdata_i;
    if (re_i) rdata_q <= mem_q[raddr_i];
  end

  assign rdata_o = rdata_q;

endmodule
