// CRC-32 (ISO-HDLC: zlib, Ethernet) of packets of beats.
//
// seed_i, read with a packet's first beat, is the CRC-32 to go on from, 0 for none.  The CRC comes
// Latency = 3 cycles after the packet's last beat.

`include "skv_assert.svh"

module speckv_crc #(
  parameter int unsigned Bits = 512  // of a beat, a multiple of 32
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  input  logic         first_i,
  input  logic         last_i,
  input  logic [Bits-1:0] data_i,
  input  logic [31:0]  seed_i,

  output logic         valid_o,
  output logic [31:0]  crc_o
);

  localparam int unsigned GroupBits = 32;
  localparam int unsigned Groups = Bits / GroupBits;

  `SKV_CHECK_PARAM(Bits, Bits == GroupBits * Groups)

  typedef logic [31:0][Bits-1:0] matrix_t;  // [bit of the CRC][bit of the beat]

  // What a 1 in each bit of a beat adds to the CRC at the beat's end.  A 1 in the CRC before the
  // beat adds the same as one in the beat's bit of that number.
  function automatic matrix_t matrix();
    logic [31:0] crc;
    crc = 32'hEDB88320;
    for (int i = Bits - 1; i >= 0; i--) begin
      for (int k = 0; k < 32; k++) matrix[k][i] = crc[k];
      crc = {1'b0, crc[31:1]} ^ (crc[0] ? 32'hEDB88320 : 32'h0);
    end
  endfunction

  localparam matrix_t Matrix = matrix();

  logic [1:0]              valid_q, last_q, first_q;
  logic [1:0][31:0]        seed_q;
  logic [31:0][Groups-1:0] partial_q;
  logic [31:0]             sum_q, crc_q, start, next;
  logic                    done_q;

  assign start = first_q[1] ? ~seed_q[1] : crc_q;

  always_comb begin
    for (int unsigned k = 0; k < 32; k++) next[k] = sum_q[k] ^ (^(start & Matrix[k][31:0]));
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      done_q  <= 1'b0;
    end else begin
      valid_q <= {valid_q[0], valid_i};
      done_q  <= valid_q[1] & last_q[1];
    end
  end

  always_ff @(posedge clk_i) begin
    last_q  <= {last_q[0], last_i};
    first_q <= {first_q[0], first_i};
    seed_q  <= {seed_q[0], seed_i};
    for (int unsigned k = 0; k < 32; k++) begin
      for (int unsigned g = 0; g < Groups; g++) begin
        partial_q[k][g] <= ^(data_i[g*GroupBits+:GroupBits] & Matrix[k][g*GroupBits+:GroupBits]);
      end
      sum_q[k] <= ^partial_q[k];
    end
    if (valid_q[1]) crc_q <= next;
  end

  assign valid_o = done_q;
  assign crc_o   = ~crc_q;

endmodule
