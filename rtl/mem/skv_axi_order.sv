// Where the accesses of each ID are under way: one may begin where the others of its ID are, or if
// there are none.

`include "skv_assert.svh"

module skv_axi_order #(
  parameter int unsigned Targets = 2,
  parameter int unsigned Ids = 64,
  parameter int unsigned Most = 32,  // accesses of an ID under way
  localparam int unsigned NumberW = $clog2(Targets),
  localparam int unsigned IdAtW = $clog2(Ids)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               begin_i,
  input  logic [IdAtW-1:0]   id_i,
  input  logic [NumberW-1:0] to_i,
  output logic               ok_o,      // it may
  input  logic               end_i,
  input  logic [IdAtW-1:0]   end_id_i
);

  localparam int unsigned CountW = $clog2(Most);

  `SKV_CHECK_PARAM(Most, Most >= 2 && Most == 1 << CountW)

  logic [Ids-1:0][CountW-1:0]  count_q;
  logic [Ids-1:0][NumberW-1:0] to_q;

  assign ok_o = count_q[id_i] == '0 || to_q[id_i] == to_i && count_q[id_i] != '1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else if (!(begin_i && end_i && id_i == end_id_i)) begin
      if (begin_i) count_q[id_i] <= count_q[id_i] + 1'b1;
      if (end_i) count_q[end_id_i] <= count_q[end_id_i] - 1'b1;
    end
  end

  always_ff @(posedge clk_i) if (begin_i) to_q[id_i] <= to_i;

  `SKV_ASSERT(BeginsInOrder, begin_i |-> ok_o)
  `SKV_ASSERT(EndsWhatBegan, end_i |-> count_q[end_id_i] != '0)

endmodule
