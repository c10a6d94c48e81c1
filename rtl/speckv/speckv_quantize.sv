// Values to ranks and low bits (docs/speckv-format.md, "Ranks"), lossy and lossless.
//
// fields_i and settings_i belong to the row given with them.  A lane whose class has no rank for its
// value is an escape; its rank is the class's last codeword.  Latency 8 cycles.

module speckv_quantize
  import speckv_pkg::*;
(
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  row_t                        row_i,
  input  logic [RowW-1:0]             index_i,
  input  config_t                     settings_i,
  input  encoder_fields_t [Lanes-1:0] fields_i,

  output ranks_t                      ranks_o,
  output classes_t                    classes_o,
  output mask_t                       escapes_o,
  output mask_t [9:0]                 low_o       // bit planes
);

  localparam int unsigned Latency = 8;
  localparam int unsigned XW = 18;       // of a magnitude in units
  localparam int unsigned DW = XW + 2;
  localparam int unsigned PW = DW + 17;
  localparam int unsigned QW = PW - 20;

  config_t  [5:0]                   settings_q;
  classes_t [Latency-1:0]           classes_q;
  logic [4:0][RowW-1:0]             index_q;

  always_ff @(posedge clk_i) begin
    settings_q <= {settings_q[4:0], settings_i};
    index_q    <= {index_q[3:0], index_i};
    for (int unsigned i = 0; i < Lanes; i++) classes_q[0][i] <= fields_i[i].class_id;
    classes_q[Latency-1:1] <= classes_q[Latency-2:0];
  end

  // ---- C0: fields of the value; by how much it moves to count units ----

  logic [Lanes-1:0][10:0]            significand_d, significand_q;
  logic [Lanes-1:0][2:0]             up_d, up_q;
  logic [Lanes-1:0][3:0]             down_d, down_q;      // 0: not down
  mask_t                             sign_q, beyond_d;
  mask_t [5:0]                       beyond_q;            // no number in the format's range
  logic signed [Lanes-1:0][18:0]     mean0_q, mean1_q, mean2_q;
  logic [Lanes-1:0][15:0]            rcp0_q, rcp1_q, rcp2_q, rcp3_q;
  logic signed [Lanes-1:0][8:0]      delta_d, delta_q;
  mask_t                             flip_q;
  logic [Lanes-1:0][9:0]             mantissa_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic        [7:0] exponent;
      logic              normal, ones;
      logic        [7:0] biased;
      logic signed [9:0] shift, back;
      exponent = settings_i.bf16 ? row_i[i][14:7] : {3'b0, row_i[i][14:10]};
      normal = exponent != '0;
      ones = settings_i.bf16 ? &row_i[i][14:7] : &row_i[i][14:10];
      significand_d[i] = settings_i.bf16 ? {normal, row_i[i][6:0], 3'b0} : {normal, row_i[i][9:0]};
      biased = {exponent[7:1], exponent[0] | ~normal};
      shift = signed'({2'b0, biased}) - signed'({2'b0, fields_i[i].exponent}) + 10'sd6;
      back = signed'({2'b0, fields_i[i].exponent}) - signed'({2'b0, biased}) - 10'sd6;
      up_d[i] = shift[9] ? '0 : shift[2:0];
      down_d[i] = back[9] ? '0 : |back[8:4] || &back[3:2] ? 4'd12 : back[3:0];
      beyond_d[i] = ones || (!shift[9] && |shift[8:3] && significand_d[i] != '0);
      delta_d[i] = signed'({1'b0, fields_i[i].exponent}) - signed'({1'b0, exponent});
    end
  end

  // ---- C1: moved; a half more to come where it moved down ----

  logic [Lanes-1:0][XW-1:0] moved_q;
  mask_t                    half_q, sign1_q, sign2_q;

  // ---- C2: magnitude in units ----

  logic [Lanes-1:0][XW-1:0] x_q;

  // ---- C3: mean off ----  C4: times the reciprocal ----

  logic signed [Lanes-1:0][DW-1:0] d_q;
  logic signed [Lanes-1:0][PW-1:0] p_q;

  // ---- C5: plus the dither, in steps ----

  logic signed [Lanes-1:0][QW-1:0] q_d, q_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic        [4:0]    u;
      logic signed [PW-1:0] p;
      u = dither(i, index_q[4], settings_q[4].hd128);
      p = signed'(p_q[i]) + PW'({u, 1'b1, 14'b0});
      q_d[i] = QW'(p >>> 20);
    end
  end

  // ---- The lossless rank, meanwhile ----

  typedef struct packed {
    logic [Lanes-1:0][9:0] ranks;    // 9 bits and one for those that have none
    logic [Lanes-1:0][9:0] mantissas;
  } lossless_t;

  lossless_t lossless, lossless_late;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [8:0] f;
      if (delta_q[i][8]) f = {1'b0, {8{delta_q[i][7:6] != 2'b11}} | ({~delta_q[i][5:0], 2'b11})};
      else f = {1'b0, delta_q[i][7:0]} + 9'((16'(delta_q[i][7:0]) * 16'd171) >> 9);
      lossless.ranks[i] = {f, flip_q[i]};
    end
    lossless.mantissas = mantissa_q;
  end

  skv_delay #(
    .data_t(lossless_t),
    .Depth (5)
  ) u_lossless (
    .clk_i,
    .rst_ni,
    .data_i(lossless),
    .data_o(lossless_late)
  );

  // ---- C6: rank and low bits ----

  logic [Lanes-1:0][QW-1:0] wide_d, wide_q;
  logic [Lanes-1:0][9:0]    low_d, low_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic signed [QW-1:0] hi;
      logic        [5:0]    mask;
      hi = signed'(q_q[i]) >>> settings_q[5].low_bits[2:0];
      mask = 6'((7'd1 << settings_q[5].low_bits[2:0]) - 7'd1);
      wide_d[i] = {hi[QW-2:0] ^ {(QW-1){hi[QW-1]}}, hi[QW-1]};
      low_d[i] = {4'b0, q_q[i][5:0] & mask};
      if (settings_q[5].lossless) begin
        wide_d[i] = QW'(lossless_late.ranks[i]);
        low_d[i] = lossless_late.mantissas[i];
      end
      if (beyond_q[5][i] && !settings_q[5].lossless) wide_d[i] = '1;
    end
  end

  // ---- C7: escapes ----

  ranks_t      ranks_q;
  mask_t       escapes_q;
  mask_t [9:0] low8_q;

  always_ff @(posedge clk_i) begin
    significand_q <= significand_d;
    up_q          <= up_d;
    down_q        <= down_d;
    beyond_q      <= {beyond_q[4:0], beyond_d};
    delta_q       <= delta_d;
    sign1_q       <= sign_q;
    sign2_q       <= sign1_q;
    mean1_q       <= mean0_q;
    mean2_q       <= mean1_q;
    rcp1_q        <= rcp0_q;
    rcp2_q        <= rcp1_q;
    rcp3_q        <= rcp2_q;
    q_q           <= q_d;
    wide_q        <= wide_d;
    low_q         <= low_d;
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [8:0] last;
      sign_q[i] <= row_i[i][15];
      flip_q[i] <= row_i[i][15] ^ fields_i[i].mean[0];
      mantissa_q[i] <= settings_i.bf16 ? {3'b0, row_i[i][6:0]} : row_i[i][9:0];
      mean0_q[i] <= fields_i[i].mean;
      rcp0_q[i] <= fields_i[i].rcp;

      half_q[i] <= down_q[i] != '0;
      moved_q[i] <= down_q[i] == '0 ? XW'(significand_q[i]) << up_q[i]
                                    : XW'(significand_q[i] >> (down_q[i] - 4'd1));
      x_q[i] <= half_q[i] ? (moved_q[i] >> 1) + XW'(moved_q[i][0]) : moved_q[i];
      d_q[i] <= (sign2_q[i] ? -DW'(x_q[i]) : DW'(x_q[i])) - DW'(signed'(mean2_q[i]));
      p_q[i] <= PW'(signed'(d_q[i])) * PW'(signed'({1'b0, rcp3_q[i]}));

      last = Bases[classes_q[6][i]][Planes] - 9'd1;
      escapes_q[i] <= wide_q[i] >= QW'(last);
      ranks_q[i] <= wide_q[i] >= QW'(last) ? last[7:0] : wide_q[i][7:0];
      for (int unsigned j = 0; j < 10; j++) begin
        low8_q[j][i] <= low_q[i][j] && wide_q[i] < QW'(last);
      end
    end
  end

  assign ranks_o   = ranks_q;
  assign classes_o = classes_q[Latency-1];
  assign escapes_o = escapes_q;
  assign low_o     = low8_q;

endmodule
