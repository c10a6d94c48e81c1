// First-in first-out queue over block RAM; the oldest item stands at the output.
//
// A short queue of registers at the output hides the RAM's read: an item goes straight into it while
// the RAM is empty.  Latency 1 cycle, throughput 1 item a cycle, room for at least Depth items.
// ready_o and valid_o depend on registers only.

`include "skv_assert.svh"

module skv_ram_fifo #(
  parameter type data_t = logic [7:0],
  parameter int unsigned Depth = 64,
  localparam int unsigned AddrW = $clog2(Depth)
) (
  input  logic  clk_i,
  input  logic  rst_ni,

  input  logic  valid_i,
  output logic  ready_o,
  input  data_t data_i,

  output logic  valid_o,
  input  logic  ready_i,
  output data_t data_o
);

  localparam int unsigned HeadDepth = 4;
  localparam int unsigned CreditW = $clog2(HeadDepth) + 1;

  logic [AddrW:0]     wptr_q, rptr_q, count_q;
  logic [CreditW-1:0] credit_q;  // items the head has room for, those being read counted
  logic               reading_q;
  logic               push, pop, straight, write, read;
  logic               head_valid, head_ready;
  data_t              read_data, head_data;

  assign push = valid_i & ready_o;
  assign pop  = valid_o & ready_i;

  // Straight to the head if nothing is before it in the RAM or on its way out of it.
  assign straight = push && count_q == '0 && !reading_q && credit_q != '0;
  assign write    = push & !straight;
  assign read     = count_q != '0 && credit_q != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      wptr_q    <= '0;
      rptr_q    <= '0;
      count_q   <= '0;
      credit_q  <= CreditW'(HeadDepth);
      reading_q <= 1'b0;
    end else begin
      if (write) wptr_q <= wptr_q + 1'b1;
      if (read)  rptr_q <= rptr_q + 1'b1;
      count_q   <= count_q + (AddrW + 1)'(write) - (AddrW + 1)'(read);
      credit_q  <= credit_q + CreditW'(pop) - CreditW'(straight | read);
      reading_q <= read;
    end
  end

  skv_sdpram #(
    .Width($bits(data_t)),
    .Depth(Depth)
  ) u_ram (
    .clk_i,
    .we_i   (write),
    .waddr_i(wptr_q[AddrW-1:0]),
    .wdata_i(data_i),
    .re_i   (read),
    .raddr_i(rptr_q[AddrW-1:0]),
    .rdata_o(read_data)
  );

  assign head_valid = straight | reading_q;
  assign head_data  = reading_q ? read_data : data_i;

  skv_fifo #(
    .data_t(data_t),
    .Depth (HeadDepth)
  ) u_head (
    .clk_i,
    .rst_ni,
    .valid_i(head_valid),
    .ready_o(head_ready),
    .data_i (head_data),
    .valid_o,
    .ready_i,
    .data_o
  );

  assign ready_o = count_q != (AddrW + 1)'(Depth);

  `SKV_ASSERT(RoomInHead, head_valid |-> head_ready)
  `SKV_ASSERT(CountIsRight, count_q == (AddrW + 1)'(wptr_q - rptr_q))
  `SKV_COVER(Full, !ready_o)
  `SKV_COVER(Straight, straight)

endmodule
