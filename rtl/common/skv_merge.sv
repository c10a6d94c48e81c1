// Joins streams into one, round robin.
//
// Latency 1 cycle, throughput 1 item a cycle; a single stream passes as it is.

`include "skv_assert.svh"

module skv_merge #(
  parameter type data_t = logic [7:0],
  parameter int unsigned Inputs = 2
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic  [Inputs-1:0] valid_i,
  output logic  [Inputs-1:0] ready_o,
  input  data_t [Inputs-1:0] data_i,

  output logic               valid_o,
  input  logic               ready_i,
  output data_t              data_o
);

  `SKV_CHECK_PARAM(Inputs, Inputs >= 1)

  if (Inputs == 1) begin : gen_alone
    assign valid_o = valid_i;
    assign ready_o = ready_i;
    assign data_o  = data_i[0];

    logic unused;
    assign unused = &{1'b0, clk_i, rst_ni};
  end else begin : gen_several
    localparam int unsigned NumberW = $clog2(Inputs);

    logic [NumberW-1:0] pick;
    logic               in_ready;

    skv_round_robin #(
      .Inputs(Inputs)
    ) u_turn (
      .clk_i,
      .rst_ni,
      .asks_i  (valid_i),
      .taken_i (|valid_i && in_ready),
      .chosen_o(pick)
    );

    for (genvar i = 0; i < Inputs; i++) begin : gen_ready
      assign ready_o[i] = in_ready && pick == NumberW'(i);
    end

    skv_skid #(
      .data_t(data_t)
    ) u_out (
      .clk_i,
      .rst_ni,
      .valid_i(|valid_i && in_ready),  // until then another may be picked
      .ready_o(in_ready),
      .data_i (data_i[pick]),
      .valid_o,
      .ready_i,
      .data_o
    );
  end

endmodule
