// Scale and multiplier of a page from its largest magnitude (steps 1 to 3 of "Encoding").
//
// The 10 fraction bits of the normalised magnitude address a table of both significands.
// Latency 2 cycles.

module int8rle_scale
  import int8rle_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               valid_i,
  input  logic        [14:0] amax_i,
  input  logic               bf16_i,

  output logic               valid_o,
  output logic               raw_o,         // no scale: store the page raw
  output logic               nonfinite_o,
  output logic        [31:0] scale_o,
  output logic        [17:0] reciprocal_o,  // R; 0 for a page of zeros
  output logic signed [9:0]  shift_base_o   // a value with exponent field x is shifted up x - base
);

  typedef logic [1023:0][33:0] table_t;

  // {R, fraction of the scale's significand} for amax = m / 1024.
  function automatic table_t make_table();
    for (int unsigned i = 0; i < 1024; i++) begin
      int unsigned m, quotient_bits;
      m = 1024 + i;
      quotient_bits = m >= 16 * 127 ? 13 : 14;
      make_table[i] = {18'(((127 << 22) + m) / (2 * m)), 16'(((m << quotient_bits) + 127) / 254)};
    end
  endfunction

  localparam table_t Table = make_table();

  // Normalise.  Exponents keep the format's own bias; a subnormal's goes below 1.
  logic        [14:0] amax;
  logic        [3:0]  zeros;
  logic signed [9:0]  exponent_d, exponent_q;
  logic        [9:0]  fraction_d, fraction_q;
  logic               zero_q, nonfinite_q, tiny_q, bf16_q, valid_q;

  assign amax = amax_i;

  always_comb begin
    // Distance of the highest fraction bit from the hidden bit's place.
    zeros = 4'd10;
    for (int unsigned i = 0; i < 10; i++) begin
      if (amax[i]) zeros = 4'(10 - i);
    end
    if (bf16_i) begin
      exponent_d = signed'({2'b0, amax[14:7]});
      fraction_d = {amax[6:0], 3'b0};
    end else if (amax[14:10] != '0) begin
      exponent_d = signed'({5'b0, amax[14:10]});
      fraction_d = amax[9:0];
    end else begin
      exponent_d = 10'sd1 - signed'({6'b0, zeros});
      fraction_d = amax[9:0] << zeros;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    exponent_q  <= exponent_d;
    fraction_q  <= fraction_d;
    bf16_q      <= bf16_i;
    zero_q      <= amax == '0;
    nonfinite_q <= bf16_i ? &amax[14:7] : &amax[14:10];
    tiny_q      <= bf16_i && amax[14:10] == '0;  // exponent field below 8
  end

  // Look up.
  logic [33:0] entry_q;
  logic        carry, zero2_q, nonfinite2_q, raw_q, valid2_q;
  logic [7:0]  scale_exponent_q;
  logic signed [9:0] shift_base_q;

  assign carry = &fraction_q[9:4];  // m >= 16 * 127

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid2_q <= 1'b0;
    else valid2_q <= valid_q;
  end

  always_ff @(posedge clk_i) begin
    entry_q          <= Table[fraction_q];
    zero2_q          <= zero_q;
    nonfinite2_q     <= nonfinite_q;
    raw_q            <= nonfinite_q | (tiny_q & ~zero_q);
    // amax / 127 is 2^7 smaller; FP16's bias is 112 below binary32's.
    scale_exponent_q <= 8'(exponent_q + (bf16_q ? -10'sd7 : 10'sd105) + signed'({9'b0, carry}));
    shift_base_q     <= exponent_q - 10'sd8;
  end

  assign valid_o      = valid2_q;
  assign raw_o        = raw_q;
  assign nonfinite_o  = nonfinite2_q;
  assign scale_o      = zero2_q ? '0 : {1'b0, scale_exponent_q, entry_q[15:0], 7'b0};
  assign reciprocal_o = zero2_q ? '0 : entry_q[33:16];
  assign shift_base_o = shift_base_q;

endmodule
