// The product of 64 weights and 64 values, by a tree of adders with a register in each level.
//
// Latency 8 cycles, throughput 1 a cycle.

module lstm_dot
  import lstm_pkg::*;
(
  input  logic                    clk_i,

  input  logic [Chunk-1:0][7:0]   weights_i,  // signed
  input  chunk_t                  values_i,
  output logic signed [SumW-1:0]  sum_o
);

  logic [Chunk-1:0][7:0]  weights_q;
  chunk_t                 values_q;
  // A heap: node n is the sum of nodes 2 n and 2 n + 1; the leaves are the products.
  logic signed [SumW-1:0] node_q [2*Chunk];

  always_ff @(posedge clk_i) begin
    weights_q <= weights_i;
    values_q  <= values_i;
    for (int unsigned i = 0; i < Chunk; i++) begin
      node_q[Chunk+i] <= SumW'(signed'(weights_q[i])) * SumW'(signed'(values_q[i]));
    end
    for (int unsigned n = 1; n < Chunk; n++) node_q[n] <= node_q[2*n] + node_q[2*n+1];
  end

  assign sum_o = node_q[1];

endmodule
