// Watches an AXI4 master's port (AMBA AXI and ACE Protocol Specification, A3): what is offered stays
// as it is until taken; bursts are of whole beats, aligned, inside 4 KB; write data come in bursts as
// long as their addresses said; no response without a request.  Nothing but assertions: a master
// instantiates it on its own port.

`include "skv_assert.svh"

module skv_axi_rules
  import skv_axi_pkg::*;
(
  input logic clk_i,
  input logic rst_ni,

  input logic ar_valid_i,
  input logic ar_ready_i,
  input ax_t  ar_i,
  input logic r_valid_i,
  input logic r_ready_i,
  input r_t   r_i,
  input logic aw_valid_i,
  input logic aw_ready_i,
  input ax_t  aw_i,
  input logic w_valid_i,
  input logic w_ready_i,
  input w_t   w_i,
  input logic b_valid_i,
  input logic b_ready_i,
  input b_t   b_i
);

  function automatic logic legal(logic [11:0] addr, logic [7:0] len);
    return addr[5:0] == '0 && 9'(addr[11:6]) + 9'(len) < 9'd64;
  endfunction

  `SKV_ASSERT(ArHeld, ar_valid_i && !ar_ready_i |=> ar_valid_i && $stable(ar_i))
  `SKV_ASSERT(AwHeld, aw_valid_i && !aw_ready_i |=> aw_valid_i && $stable(aw_i))
  `SKV_ASSERT(WHeld, w_valid_i && !w_ready_i |=> w_valid_i && $stable(w_i))
  `SKV_ASSUME(RHeld, r_valid_i && !r_ready_i |=> r_valid_i && $stable(r_i))
  `SKV_ASSUME(BHeld, b_valid_i && !b_ready_i |=> b_valid_i && $stable(b_i))
  `SKV_ASSERT(ArLegal, ar_valid_i |-> legal(ar_i.addr[11:0], ar_i.len))
  `SKV_ASSERT(AwLegal, aw_valid_i |-> legal(aw_i.addr[11:0], aw_i.len))

`ifndef SYNTHESIS

  // Beats that the addresses so far ask to be written, less those that came; and open requests.
  logic signed [15:0] owed_q;
  logic [15:0]        reads_q, writes_q;

  logic ar, aw, w, r_last, b;
  assign ar     = ar_valid_i & ar_ready_i;
  assign aw     = aw_valid_i & aw_ready_i;
  assign w      = w_valid_i & w_ready_i;
  assign r_last = r_valid_i & r_ready_i & r_i.last;
  assign b      = b_valid_i & b_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      owed_q   <= '0;
      reads_q  <= '0;
      writes_q <= '0;
    end else begin
      owed_q   <= owed_q + (aw ? 16'(aw_i.len) + 16'd1 : 16'd0) - 16'(w);
      reads_q  <= reads_q + 16'(ar) - 16'(r_last);
      writes_q <= writes_q + 16'(aw) - 16'(b);
    end
  end

  `SKV_ASSUME(ReadAskedFor, r_valid_i |-> reads_q != '0)
  `SKV_ASSUME(WriteAskedFor, b_valid_i |-> writes_q != '0)
  // Data run ahead of their address by no more than a burst of their own.
  `SKV_ASSERT(NotFarAhead, owed_q >= -16'sd64)

`endif

  logic unused;
  assign unused = &{1'b0, r_i, b_i, w_i, ar_i.id, aw_i.id, b_ready_i, r_ready_i};

endmodule
