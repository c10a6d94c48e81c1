// Codes to values: q * scale, rounded once to FP16 or BF16, ties to even.
//
// The product is normalised, shifted down where the result is subnormal (FP16 only; the format
// keeps BF16 results normal and all results finite), and rounded.  A code of -128 makes the page
// bad.  Latency 5 cycles.

module int8rle_dequantize
  import int8rle_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         valid_i,
  input  decode_info_t info_i,
  input  codes_t       codes_i,

  output logic         valid_o,
  output logic         last_o,
  output logic         raw_o,
  output tag_t         tag_o,
  output error_e       error_o,  // on the last row
  output row_t         row_o
);

  typedef logic signed [9:0] exponent_t;

  logic         [4:0] valid_q;
  decode_info_t [3:0] info_q;
  mask_t        [3:0] sign_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[3:0], valid_i};
  end

  // Magnitude, shifted up to 7 significant bits.
  logic [Lanes-1:0][6:0] magnitude_d, magnitude_q;
  logic [Lanes-1:0][2:0] zeros_d, zeros_q;
  mask_t                 nonzero_d;
  mask_t [3:0]           nonzero_q;
  mask_t                 lowest_d, lowest_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [6:0] magnitude;
      magnitude = codes_i[i][7] ? -codes_i[i][6:0] : codes_i[i][6:0];
      zeros_d[i] = '0;
      for (int unsigned k = 0; k < 7; k++) begin
        if (magnitude[k]) zeros_d[i] = 3'(6 - k);
      end
      magnitude_d[i] = magnitude << zeros_d[i];
      nonzero_d[i] = magnitude != '0;
      lowest_d[i] = codes_i[i] == 8'h80;
    end
  end

  // Product with the scale's significand; exponent field of the result if the product's top bit is
  // set.
  logic      [Lanes-1:0][23:0] product_q;
  exponent_t [Lanes-1:0]       exponent_q;
  logic [16:0]                 significand;
  exponent_t                   exponent;

  assign significand = {info_q[0].scale[23:16] != '0, info_q[0].scale[15:0]};
  assign exponent    = signed'({2'b0, info_q[0].scale[23:16]})
                     + (info_q[0].layout.bf16 ? 10'sd7 : -10'sd105);

  // A page is bad from its first -128 on.
  logic         any_lowest_q, page_lowest, page_lowest_q;
  decode_info_t judged;

  assign page_lowest = any_lowest_q || (page_lowest_q && info_q[1].index != '0);

  always_comb begin
    judged = info_q[1];
    if (judged.error == ErrOk && !judged.raw && page_lowest) judged.error = ErrBadCode;
  end

  // Normalised; `down` places to a subnormal's.
  logic [Lanes-1:0][23:0] normal_q;
  logic [Lanes-1:0][7:0]  field_d, field_q;
  logic [Lanes-1:0][3:0]  down_d, down_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      exponent_t e;
      e = exponent_q[i] - exponent_t'({9'b0, ~product_q[i][23]});
      // The field is one low: the significand's top bit adds it back.
      field_d[i] = e < 10'sd1 ? '0 : 8'(e - 10'sd1);
      down_d[i]  = e > 10'sd0 ? '0 : e < -10'sd11 ? 4'd13 : 4'(10'sd1 - e);
    end
  end

  // Shifted down with a sticky bit below: 11 significand bits, a round bit, sticky.
  logic [Lanes-1:0][12:0] shifted_d, shifted_q;
  logic [Lanes-1:0][7:0]  field2_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [24:0] wide;  // bits above the sticky ones, and those shifted out
      wide = {normal_q[i][23:12], 13'b0} >> down_q[i];
      shifted_d[i] = {wide[24:13], (|normal_q[i][11:0]) | (|wide[12:0])};
    end
  end

  // Rounded.
  row_t   row_d, row_q;
  logic   last_q, raw_q;
  tag_t   tag_q;
  error_e error_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic up;
      if (info_q[3].layout.bf16) begin
        up = shifted_q[i][4] & (shifted_q[i][5] | (|shifted_q[i][3:0]));
        row_d[i] = {field2_q[i], 7'b0} + 16'(shifted_q[i][12:5]) + 16'(up);
      end else begin
        up = shifted_q[i][1] & (shifted_q[i][2] | shifted_q[i][0]);
        row_d[i] = {1'b0, field2_q[i][4:0], 10'b0} + 16'(shifted_q[i][12:2]) + 16'(up);
      end
      if (!nonzero_q[3][i]) row_d[i] = '0;
      row_d[i][15] = sign_q[3][i];
    end
  end

  always_ff @(posedge clk_i) begin
    info_q    <= {info_q[2:0], info_i};
    info_q[2] <= judged;
    for (int unsigned i = 0; i < Lanes; i++) sign_q[0][i] <= codes_i[i][7];
    sign_q[3:1] <= sign_q[2:0];
    nonzero_q   <= {nonzero_q[2:1], nonzero_q[0] & {Lanes{significand[16]}}, nonzero_d};
    lowest_q    <= lowest_d;
    any_lowest_q <= |lowest_q;
    if (valid_q[1]) page_lowest_q <= page_lowest;
    magnitude_q <= magnitude_d;
    zeros_q     <= zeros_d;
    for (int unsigned i = 0; i < Lanes; i++) begin
      product_q[i]  <= 24'(magnitude_q[i]) * 24'(significand);
      exponent_q[i] <= exponent - exponent_t'({7'b0, zeros_q[i]});
      normal_q[i]   <= product_q[i][23] ? product_q[i] : product_q[i] << 1;
    end
    field_q   <= field_d;
    down_q    <= down_d;
    shifted_q <= shifted_d;
    field2_q  <= field_q;
    row_q     <= row_d;
    last_q    <= &info_q[3].index;
    raw_q     <= info_q[3].raw;
    tag_q     <= info_q[3].tag;
    error_q   <= info_q[3].error;
  end

  assign valid_o = valid_q[4];
  assign last_o  = last_q;
  assign raw_o   = raw_q;
  assign tag_o   = tag_q;
  assign error_o = error_q;
  assign row_o   = row_q;

endmodule
