// Clears a staging page for a window page that was never stored: 64 whole lines of zeros.
//
// Its writes carry the slot of the access that waits for the page, which has no other at the memory.
// One page at a time; done_o stays until the next start.

`include "skv_assert.svh"

module coh_staging_fill #(
  parameter int unsigned FrameW = 6,
  parameter int unsigned NumberW = 6
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               start_i,
  input  logic [NumberW-1:0] slot_i,
  input  logic [FrameW-1:0]  frame_i,
  output logic               busy_o,
  output logic               done_o,
  output logic               bad_o,     // a write was refused
  input  logic               taken_i,   // done_o was seen

  output logic               write_o,
  input  logic               write_take_i,
  output logic [NumberW-1:0] slot_o,
  output logic [FrameW-1:0]  frame_o,
  output logic [5:0]         offset_o,

  input  logic               b_i,       // one of its writes ended
  input  logic               b_bad_i
);

  logic               busy_q, bad_q;
  logic [6:0]         sent_q, ended_q;
  logic [NumberW-1:0] slot_q;
  logic [FrameW-1:0]  frame_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
    end else if (start_i) begin
      busy_q <= 1'b1;
    end else if (taken_i) begin
      busy_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      slot_q  <= slot_i;
      frame_q <= frame_i;
      sent_q  <= '0;
      ended_q <= '0;
      bad_q   <= 1'b0;
    end else begin
      if (write_take_i) sent_q <= sent_q + 1'b1;
      if (b_i) ended_q <= ended_q + 1'b1;
      if (b_i && b_bad_i) bad_q <= 1'b1;
    end
  end

  assign busy_o   = busy_q;
  assign done_o   = busy_q && ended_q[6];
  assign bad_o    = bad_q;
  assign write_o  = busy_q && !sent_q[6];
  assign slot_o   = slot_q;
  assign frame_o  = frame_q;
  assign offset_o = sent_q[5:0];

  `SKV_ASSERT(OneAtATime, start_i |-> !busy_q)
  `SKV_ASSERT(EndsAfterSent, b_i |-> busy_q && ended_q < sent_q)

endmodule
