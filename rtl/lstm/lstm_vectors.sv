// A step's vectors: 16 chunks of 64 values, at_e says which is what.
//
// Written by 64 bytes from memory (an embedding, or half a chunk) or by two units' outputs, never
// both in one cycle; read a chunk at a time, a cycle later.

`include "skv_assert.svh"

module lstm_vectors
  import lstm_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         beat_valid_i,
  input  logic [3:0]   beat_chunk_i,
  input  logic         beat_bytes_i,  // 64 bytes, to be 2^8 each; else 32 values
  input  logic         beat_half_i,   // of the chunk
  input  logic [511:0] beat_i,

  input  logic         pair_valid_i,
  input  logic [3:0]   pair_chunk_i,
  input  logic [4:0]   pair_index_i,  // in the chunk
  input  value_t [1:0] pair_i,

  input  logic [3:0]   chunk_i,
  output chunk_t       chunk_o
);

  logic [3:0] at;
  assign at = pair_valid_i ? pair_chunk_i : beat_chunk_i;

  for (genvar i = 0; i < Chunk; i++) begin : gen_value
    logic   write;
    value_t value;

    assign write = (beat_valid_i && (beat_bytes_i || beat_half_i == 1'(i / Beat)))
                || (pair_valid_i && pair_index_i == 5'(i / 2));
    assign value = pair_valid_i ? pair_i[i%2]
                 : beat_bytes_i ? {beat_i[8*i+:8], 8'b0} : beat_i[16*(i%Beat)+:16];

    skv_sdpram #(
      .Width(16),
      .Depth(16)
    ) u_values (
      .clk_i,
      .we_i   (write),
      .waddr_i(at),
      .wdata_i(value),
      .re_i   (1'b1),
      .raddr_i(chunk_i),
      .rdata_o(chunk_o[i])
    );
  end

  `SKV_ASSERT(OneWriter, !(beat_valid_i && pair_valid_i))

endmodule
