// Symbols to values ("Reconstruction" of docs/speckv-format.md), lossy and lossless.
//
// fields_i come a cycle after the row they belong to.  A page known bad gives zeros.
// Latency 9 cycles.

module speckv_dequantize
  import speckv_pkg::*;
(
  input  logic                  clk_i,
  input  logic                  rst_ni,

  input  row_info_t             info_i,
  input  ranks_t                ranks_i,
  input  logic [Lanes-1:0][9:0] low_i,
  input  mask_t                 exact_i,
  input  row_t                  words_i,
  input  decoder_fields_t [Lanes-1:0] fields_i,

  output logic                  valid_o,
  output logic                  last_o,
  output error_e                error_o,  // on the last row
  output row_t                  row_o
);

  localparam int unsigned Latency = 9;
  localparam int unsigned QW = 16;       // of a quantised value
  localparam int unsigned YW = QW + 6;
  localparam int unsigned VW = YW + 17;  // times a step
  localparam int unsigned TW = 27;

  logic      [Latency-1:0] valid_q;
  row_info_t [Latency-1:0] info_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[Latency-2:0], info_i.valid};
  end

  always_ff @(posedge clk_i) info_q <= {info_q[Latency-2:0], info_i};

  // Each stage's registers move for the rows of pages only.

  // ---- A0: quantised values; lossless: the exponent's distance ----

  logic signed [QW-1:0] q_q[Lanes];
  logic signed [7:0]    delta_q[Lanes];
  logic [9:0]           mantissa_q[Lanes];
  mask_t                odd_rank_q, exact_q;
  row_t                 words_q;

  always_ff @(posedge clk_i) begin
    if (info_i.valid) begin
      exact_q <= exact_i;
      words_q <= words_i;
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic signed [QW-1:0] hi;
        logic        [6:0]    f;
        logic        [5:0]    quarter;
        f = ranks_i[i][7:1];
        hi = QW'(signed'({1'b0, f} ^ {8{ranks_i[i][0]}}));
        quarter = 6'((8'(f) + 8'd1) >> 2);
        q_q[i] <= (hi <<< info_i.settings.low_bits[2:0]) | QW'(low_i[i][5:0]);
        delta_q[i] <= &f[1:0] ? -8'(quarter) : 8'(f) - 8'(quarter);
        mantissa_q[i] <= low_i[i];
        odd_rank_q[i] <= ranks_i[i][0];
      end
    end
  end

  // ---- A1: the dither off; lossless: the value ----

  typedef struct packed {
    mask_t exact;
    row_t  words;
  } exact_t;

  logic signed [YW-1:0]  y_q[Lanes];
  logic [15:0]           step_q[Lanes];
  logic signed [18:0]    mean1_q[Lanes], mean2_q[Lanes];
  logic [Lanes-1:0][7:0] exponent_d, exponent3;
  exact_t                exact2_q, late_exact;

  always_comb for (int unsigned i = 0; i < Lanes; i++) exponent_d[i] = fields_i[i].exponent;

  always_ff @(posedge clk_i) begin
    if (valid_q[0]) begin
      exact2_q.exact <= exact_q | {Lanes{info_q[0].settings.lossless}};
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic signed [6:0] offset;
        logic        [7:0] exponent;
        logic              sign;
        offset = 7'sd31
               - signed'({1'b0, dither(i, info_q[0].index, info_q[0].settings.hd128), 1'b0});
        y_q[i] <= (YW'(q_q[i]) <<< 6) + YW'(offset);
        step_q[i] <= fields_i[i].step;
        mean1_q[i] <= fields_i[i].mean;
        exponent = exponent_d[i] - delta_q[i];
        sign = odd_rank_q[i] ^ fields_i[i].mean[0];
        exact2_q.words[i] <= info_q[0].settings.bf16 ? {sign, exponent, mantissa_q[i][6:0]}
                                                     : {sign, exponent[4:0], mantissa_q[i]};
        if (exact_q[i]) exact2_q.words[i] <= words_q[i];
      end
    end
  end

  skv_delay #(
    .data_t(exact_t),
    .Depth (6)
  ) u_exact (
    .clk_i,
    .rst_ni,
    .data_i(exact2_q),
    .data_o(late_exact)
  );

  skv_delay #(
    .data_t(logic [Lanes-1:0][7:0]),
    .Depth (3)
  ) u_exponent (
    .clk_i,
    .rst_ni,
    .data_i(exponent_d),
    .data_o(exponent3)
  );

  // ---- A2: times the step ----  A3: plus the mean ----

  logic signed [VW-1:0] v_q[Lanes];
  logic signed [TW-1:0] t_q[Lanes];

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (valid_q[1]) begin
        v_q[i] <= VW'(y_q[i]) * VW'(signed'({1'b0, step_q[i]}));
        mean2_q[i] <= mean1_q[i];
      end
      if (valid_q[2]) t_q[i] <= TW'((v_q[i] + (VW'(mean2_q[i]) <<< 17) + VW'(1 << 11)) >>> 12);
    end
  end

  // ---- A4: sign and magnitude; the bit that is the top one of a subnormal, set or not ----

  localparam int unsigned Subnormal = 22;  // its place for an exponent of 0

  logic [TW-2:0] magnitude_q[Lanes], marks_q[Lanes], magnitude5_q[Lanes];
  logic [7:0]    exponent4_q[Lanes], exponent5_q[Lanes];
  mask_t         sign4_q, sign5_q, sign6_q, sign7_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[3]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic [TW-2:0] magnitude, top;
        magnitude = t_q[i][TW-1] ? (TW-1)'(-t_q[i]) : t_q[i][TW-2:0];
        top = exponent3[i] > 8'(Subnormal) ? '0 : (TW-1)'(1 << Subnormal) >> exponent3[i][4:0];
        magnitude_q[i] <= magnitude;
        marks_q[i] <= magnitude | top;
        exponent4_q[i] <= exponent3[i];
        sign4_q[i] <= t_q[i][TW-1];
      end
    end
  end

  // ---- A5: leading zeros, those of a subnormal at most ----

  logic [4:0] zeros_q[Lanes];
  mask_t      nonzero5_q, nonzero6_q, nonzero7_q;

  // By fours, so that it is shallow; without any mark the count does not matter.
  function automatic logic [4:0] leading_zeros(logic [27:0] marks);
    logic [6:0] any, first;
    logic [4:0] zeros;
    for (int unsigned k = 0; k < 7; k++) any[k] = |marks[27-4*k-:4];
    for (int unsigned k = 0; k < 7; k++) first[k] = any[k] & ~|(any & 7'((1 << k) - 1));
    zeros = '0;
    for (int unsigned k = 0; k < 7; k++) begin
      logic [2:0] top;
      top = marks[27-4*k-:3];
      zeros |= {5{first[k]}} & {3'(k), ~(|top[2:1]), ~top[2] & (top[1] | ~top[0])};
    end
    return zeros;
  endfunction

  always_ff @(posedge clk_i) begin
    if (valid_q[4]) begin
      sign5_q <= sign4_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        zeros_q[i] <= leading_zeros({marks_q[i], 2'b00});
        nonzero5_q[i] <= magnitude_q[i] != '0;
        magnitude5_q[i] <= magnitude_q[i];
        exponent5_q[i] <= exponent4_q[i];
      end
    end
  end

  // ---- A6: normalised to the top bit, the exponent field less one ----

  logic [TW-2:0] normal_q[Lanes];
  logic [8:0]    exponent6_q[Lanes];

  always_ff @(posedge clk_i) begin
    if (valid_q[5]) begin
      sign6_q    <= sign5_q;
      nonzero6_q <= nonzero5_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        normal_q[i] <= magnitude5_q[i] << zeros_q[i];
        // The field of bit p is p + exponent - 21 (FP16 and BF16 alike); the significand's top bit
        // adds the one that is missing here.
        exponent6_q[i] <= 9'(TW - 2 - Subnormal) - 9'(zeros_q[i]) + 9'(exponent5_q[i]);
      end
    end
  end

  // ---- A7: 11 significand bits, a round bit, a sticky one ----

  logic [12:0] shifted_q[Lanes];
  logic [7:0]  field_q[Lanes];
  mask_t       over_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[6]) begin
      sign7_q    <= sign6_q;
      nonzero7_q <= nonzero6_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        over_q[i] <= exponent6_q[i] > (info_q[6].settings.bf16 ? 9'd253 : 9'd29);
        shifted_q[i] <= {normal_q[i][TW-2-:12], |normal_q[i][TW-14:0]};
        field_q[i] <= exponent6_q[i][7:0];
      end
    end
  end

  // ---- A8: rounded, at most the largest finite value ----

  row_t row_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[7]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic        up;
        logic [15:0] value, largest;
        if (info_q[7].settings.bf16) begin
          up = shifted_q[i][4] & (shifted_q[i][5] | (|shifted_q[i][3:0]));
          value = {1'b0, field_q[i], 7'b0} + 16'(shifted_q[i][12:5]) + 16'(up);
          largest = 16'h7F7F;
        end else begin
          up = shifted_q[i][1] & (shifted_q[i][2] | shifted_q[i][0]);
          value = {1'b0, field_q[i][4:0], 10'b0} + 16'(shifted_q[i][12:2]) + 16'(up);
          largest = 16'h7BFF;
        end
        if (over_q[i] || value > largest) value = largest;
        if (!nonzero7_q[i]) value = '0;
        row_q[i] <= late_exact.exact[i] ? late_exact.words[i] : {sign7_q[i], value[14:0]};
      end
      if (info_q[7].error != ErrOk) row_q <= '0;
    end
  end

  assign valid_o = valid_q[Latency-1];
  assign last_o  = info_q[Latency-1].last;
  assign error_o = last_o ? info_q[Latency-1].error : ErrOk;
  assign row_o   = row_q;

endmodule
