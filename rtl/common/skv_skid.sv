// Two-entry register slice: cuts every path between its two sides.
//
// valid_o, data_o and ready_o come straight from registers.  Latency 1 cycle, throughput 1 item a
// cycle.  Contents are lost in reset.

`include "skv_assert.svh"

module skv_skid #(
  parameter type data_t = logic [7:0]
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

  logic  valid_q, skid_valid_q;
  data_t data_q, skid_data_q;

  // The output register is empty or being emptied.
  logic  advance;
  assign advance = ready_i | ~valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q      <= 1'b0;
      skid_valid_q <= 1'b0;
    end else if (advance) begin
      valid_q      <= skid_valid_q | valid_i;
      skid_valid_q <= 1'b0;
    end else begin
      skid_valid_q <= skid_valid_q | valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance) data_q <= skid_valid_q ? skid_data_q : data_i;
    if (ready_o) skid_data_q <= data_i;
  end

  assign valid_o = valid_q;
  assign data_o  = data_q;
  assign ready_o = ~skid_valid_q;

  `SKV_ASSUME(InputHeld, valid_i && !ready_o |=> valid_i && $stable(data_i))
  `SKV_ASSERT(OutputHeld, valid_o && !ready_i |=> valid_o && $stable(data_o))
  `SKV_ASSERT(SkidBehindOutput, skid_valid_q |-> valid_q)
  `SKV_COVER(Full, skid_valid_q)

endmodule
