// Eight rows of weights times a vector, a chunk of 64 columns a cycle: 512 multipliers, and the
// memories of the weights and of the rows' parameters.
//
// The chunk comes in the cycle after its operation.  Latency 16 cycles from a group's last
// operation, throughput 1 operation a cycle.

`include "skv_assert.svh"

module lstm_matrix
  import lstm_pkg::*;
#(
  parameter int unsigned Words = 2048,
  parameter int unsigned Groups = 1024,
  localparam int unsigned WordW = $clog2(Words),
  localparam int unsigned GroupW = $clog2(Groups)
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  logic                   rows_write_i,
  input  logic [GroupW-1:0]      rows_group_i,
  input  logic                   weights_write_i,
  input  logic [WordW-1:0]       weights_word_i,
  input  logic [2:0]             weights_lane_i,
  input  logic [511:0]           beat_i,

  input  logic                   op_valid_i,
  input  op_t                    op_i,
  input  chunk_t                 chunk_i,

  output logic                   valid_o,
  output logic                   output_row_o,
  output logic                   finish_o,
  output group_t                 z_o,
  output token_t [Lanes-1:0]     tokens_o
);

  localparam int unsigned DotLatency = 9;   // the memory's read counted
  localparam int unsigned ScaleLatency = 6;

  // What an operation is to become, as its sum comes out of the trees, and then of the rows.
  typedef struct packed {
    logic              valid;
    logic              first;
    logic              last;
    logic              output_row;
    logic              finish;
    logic [GroupW-1:0] group;
  } stage_t;

  typedef struct packed {
    logic valid;
    logic output_row;
    logic finish;
  } end_t;

  stage_t [DotLatency-1:0] stage_q;
  stage_t                  summed;
  end_t   [ScaleLatency-1:0] end_q;

  always_ff @(posedge clk_i) begin
    stage_q <= {stage_q[DotLatency-2:0], stage_t'{
      valid: op_valid_i,
      first: op_i.first,
      last: op_i.last,
      output_row: op_i.output_row,
      finish: op_i.finish,
      group: op_i.group[GroupW-1:0]
    }};
    end_q <= {end_q[ScaleLatency-2:0], end_t'{
      valid: summed.valid & summed.last,
      output_row: summed.output_row,
      finish: summed.finish
    }};
    if (!rst_ni) begin
      for (int unsigned i = 0; i < DotLatency; i++) stage_q[i].valid <= 1'b0;
      for (int unsigned i = 0; i < ScaleLatency; i++) end_q[i].valid <= 1'b0;
    end
  end

  assign summed = stage_q[DotLatency-1];

  row_t [Lanes-1:0] rows;

  skv_sdpram #(
    .Width(512),
    .Depth(Groups)
  ) u_rows (
    .clk_i,
    .we_i   (rows_write_i),
    .waddr_i(rows_group_i),
    .wdata_i(beat_i),
    .re_i   (summed.valid & summed.last),
    .raddr_i(summed.group),
    .rdata_o(rows)
  );

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    logic [Chunk-1:0][7:0]  weights;
    logic signed [SumW-1:0] sum;

    skv_sdpram #(
      .Width(512),
      .Depth(Words)
    ) u_weights (
      .clk_i,
      .we_i   (weights_write_i && weights_lane_i == 3'(i)),
      .waddr_i(weights_word_i),
      .wdata_i(beat_i),
      .re_i   (op_valid_i),
      .raddr_i(op_i.word[WordW-1:0]),
      .rdata_o(weights)
    );

    lstm_dot u_dot (
      .clk_i,
      .weights_i(weights),
      .values_i (chunk_i),
      .sum_o    (sum)
    );

    lstm_scale u_scale (
      .clk_i,
      .sum_i  (sum),
      .first_i(summed.first),
      .row_i  (rows[i]),
      .z_o    (z_o[i]),
      .token_o(tokens_o[i])
    );
  end

  assign valid_o      = end_q[ScaleLatency-1].valid;
  assign output_row_o = end_q[ScaleLatency-1].output_row;
  assign finish_o     = end_q[ScaleLatency-1].finish;

  logic unused;
  assign unused = &{1'b0, op_i.word, op_i.group, op_i.chunk};

  `SKV_ASSERT(WordHeld, op_valid_i |-> 32'(op_i.word) < Words)
  `SKV_ASSERT(GroupHeld, op_valid_i |-> 32'(op_i.group) < Groups)

endmodule
