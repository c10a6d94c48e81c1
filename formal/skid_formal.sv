// The register slice holds what went in and has not come out, in order.

`include "skv_assert.svh"

module skid_formal (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       valid_i,
  input logic [1:0] data_i,
  input logic       ready_i
);

  logic       ready, valid;
  logic [1:0] data;

  skv_skid #(
    .data_t(logic [1:0])
  ) u_dut (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o(ready),
    .data_i,
    .valid_o(valid),
    .ready_i,
    .data_o (data)
  );

  // What is inside, the oldest at 0.
  logic [1:0]      count_q;
  logic [1:0][1:0] held_q;
  logic            push, pop;

  assign push = valid_i & ready;
  assign pop  = valid & ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else begin
      count_q <= count_q + 2'(push) - 2'(pop);
      if (pop) held_q[0] <= held_q[1];
      if (push) held_q[1'(count_q - 2'(pop))] <= data_i;
    end
  end

  `SKV_ASSUME(Input, valid_i && !ready |=> valid_i && $stable(data_i))
  `SKV_ASSERT(Count, count_q <= 2'd2)
  `SKV_ASSERT(Valid, valid == (count_q != '0))
  `SKV_ASSERT(Ready, ready == (count_q != 2'd2))
  `SKV_ASSERT(Oldest, valid |-> data == held_q[0])
  `SKV_ASSERT(Second, count_q == 2'd2 |-> u_dut.skid_data_q == held_q[1])
  `SKV_COVER(Emptied, count_q == 2'd2 |=> pop)

endmodule
