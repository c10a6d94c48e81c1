// Values to signed 8-bit codes: |q| = RNE(mx * R * 2^(shift - 29)) (step 3 of "Encoding").
//
// scale inputs belong to the row given with them.  Latency 4 cycles.

module int8rle_quantize
  import int8rle_pkg::*;
(
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              valid_i,
  input  row_info_t         info_i,
  input  row_t              row_i,
  input  logic       [17:0] reciprocal_i,
  input  logic signed [9:0] shift_base_i,

  output logic              valid_o,
  output row_info_t         info_o,
  output codes_t            codes_o
);

  logic      [3:0]       valid_q;
  row_info_t [3:0]       info_q;
  logic      [1:0][17:0] reciprocal_q;
  mask_t     [2:0]       sign_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    info_q       <= {info_q[2:0], info_i};
    reciprocal_q <= {reciprocal_q[0], reciprocal_i};
    for (int unsigned i = 0; i < Lanes; i++) sign_q[0][i] <= row_i[i][15];
    sign_q[2:1] <= sign_q[1:0];
  end

  // Unpack: significand and shift; what is shifted below 0 rounds to 0.
  logic [Lanes-1:0][10:0] significand_d, significand_q;
  logic [Lanes-1:0][4:0]  shift_d, shift_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [7:0] exponent;
      logic       normal;
      logic signed [9:0] shift;
      exponent = info_i.layout.bf16 ? row_i[i][14:7] : {3'b0, row_i[i][14:10]};
      normal = exponent != '0;
      shift = signed'({2'b0, exponent[7:1], exponent[0] | ~normal}) - shift_base_i;
      shift_d[i] = shift[4:0];
      significand_d[i] = shift < 0 ? '0
                       : info_i.layout.bf16 ? {normal, row_i[i][6:0], 3'b0}
                       : {normal, row_i[i][9:0]};
    end
  end

  // Shift and multiply.
  logic [Lanes-1:0][18:0] shifted_q;
  logic [Lanes-1:0][36:0] product_q;

  always_ff @(posedge clk_i) begin
    significand_q <= significand_d;
    shift_q       <= shift_d;
    for (int unsigned i = 0; i < Lanes; i++) begin
      shifted_q[i] <= 19'(significand_q[i]) << shift_q[i];
      product_q[i] <= 37'(shifted_q[i]) * 37'(reciprocal_q[1]);
    end
  end

  // Round and give the sign: -(m + up) is ~m + !up.
  codes_t codes_q;

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic up;
      up = product_q[i][28] & (product_q[i][29] | (|product_q[i][27:0]));
      codes_q[i] <= (product_q[i][36:29] ^ {8{sign_q[2][i]}}) + 8'(sign_q[2][i] ^ up);
    end
  end

  assign valid_o = valid_q[3];
  assign info_o  = info_q[3];
  assign codes_o = codes_q;

endmodule
