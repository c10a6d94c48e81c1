// Whether a page is in one half of a codec: from its first beat in to its last one out.

`include "skv_assert.svh"

module codec_watch #(
  parameter int unsigned Pages = 15  // at once, at most
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic in_i,  // a beat goes in
  input  logic in_last_i,
  input  logic out_i,
  input  logic out_last_i,
  output logic busy_o
);

  localparam int unsigned CountW = $clog2(Pages + 1);

  logic              inside_q, begins, ends;
  logic [CountW-1:0] pages_q;

  assign begins = in_i & !inside_q;
  assign ends   = out_i & out_last_i;
  assign busy_o = begins | pages_q != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      inside_q <= 1'b0;
      pages_q  <= '0;
    end else begin
      if (in_i) inside_q <= !in_last_i;
      pages_q <= pages_q + CountW'(begins) - CountW'(ends);
    end
  end

  `SKV_ASSERT(Room, begins && !ends |-> 32'(pages_q) < Pages)
  `SKV_ASSERT(EndOfAPage, out_i |-> pages_q != '0)

endmodule
