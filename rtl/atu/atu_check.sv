// The check of a word of the page table: CRC-16 of a key and the word (skv_mem_pkg), as XORs of
// their bits.  No registers.

`include "skv_assert.svh"

module atu_check #(
  parameter int unsigned Bits = 64,
  localparam int unsigned All = 64 + Bits
) (
  input  logic            clk_i,    // for the assertion
  input  logic            rst_ni,

  input  logic [63:0]     key_i,
  input  logic [Bits-1:0] word_i,   // its check field zero
  output logic [15:0]     check_o
);

  `SKV_CHECK_PARAM(Bits, Bits == 64 || Bits == 128)

  typedef logic [15:0][All-1:0] matrix_t;  // [bit of the check][bit of key and word]

  // What a 1 in each bit adds to the check.
  function automatic matrix_t matrix();
    logic [15:0] crc;
    crc = 16'h1021;
    for (int i = 0; i < int'(All); i++) begin
      for (int k = 0; k < 16; k++) matrix[k][i] = crc[k];
      crc = {crc[14:0], 1'b0} ^ (crc[15] ? 16'h1021 : 16'h0);
    end
  endfunction

  localparam matrix_t Matrix = matrix();

  // The initial value is the same as its bits on top of the key's first ones.
  logic [All-1:0] bits;
  assign bits = {key_i ^ {16'hFFFF, 48'h0}, word_i};

  always_comb begin
    for (int unsigned k = 0; k < 16; k++) check_o[k] = ^(bits & Matrix[k]);
  end

  if (Bits == 64) begin : gen_as64
    `SKV_ASSERT(AsDefined, check_o == skv_mem_pkg::check64(key_i, word_i))
  end else begin : gen_as128
    `SKV_ASSERT(AsDefined, check_o == skv_mem_pkg::check128(key_i, word_i))
  end

`ifdef SYNTHESIS
  logic unused;
  assign unused = &{1'b0, clk_i, rst_ni};
`endif

endmodule
