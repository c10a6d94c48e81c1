// One stream to several takers, each of which takes every item once, when it likes.
//
// An item is gone when the last has taken it.  Latency 1 cycle, throughput 1 item a cycle.

`include "skv_assert.svh"

module skv_fork #(
  parameter type data_t = logic [7:0],
  parameter int unsigned Outputs = 2
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               valid_i,
  output logic               ready_o,
  input  data_t              data_i,

  output logic [Outputs-1:0] valid_o,
  input  logic [Outputs-1:0] ready_i,
  output data_t              data_o
);

  logic               valid, done;
  logic [Outputs-1:0] taken_q, taken;

  skv_skid #(
    .data_t(data_t)
  ) u_in (
    .clk_i,
    .rst_ni,
    .valid_i,
    .ready_o,
    .data_i,
    .valid_o(valid),
    .ready_i(done),
    .data_o
  );

  assign valid_o = {Outputs{valid}} & ~taken_q;
  assign taken   = taken_q | (valid_o & ready_i);
  assign done    = valid && taken == '1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) taken_q <= '0;
    else taken_q <= done ? '0 : taken;
  end

  `SKV_ASSERT(TakenOfSomething, taken_q != '0 |-> valid)

endmodule
