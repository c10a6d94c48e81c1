// Values to ranks and low bits (docs/speckv-format.md, "Ranks"), lossy and lossless.
//
// fields_i and settings_i belong to the row given with them.  A lane whose class has no rank for its
// value is an escape; its rank is the class's last codeword.  Latency 8 cycles.  The registers move
// for what is valid only.

module speckv_quantize
  import speckv_pkg::*;
(
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        valid_i,
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

  logic     [Latency-2:0]   valid_q;
  config_t  [5:0]           settings_q;
  classes_t [Latency-1:0]   classes_q;
  logic     [4:0][RowW-1:0] index_q;

  always_ff @(posedge clk_i) begin
    valid_q    <= {valid_q[Latency-3:0], valid_i};
    settings_q <= {settings_q[4:0], settings_i};
    index_q    <= {index_q[3:0], index_i};
    for (int unsigned i = 0; i < Lanes; i++) classes_q[0][i] <= fields_i[i].class_id;
    classes_q[Latency-1:1] <= classes_q[Latency-2:0];
  end

  // ---- C0: fields of the value; by how much it moves to count units ----

  logic        [10:0] significand_q[Lanes];
  logic        [2:0]  up_q[Lanes];
  logic        [3:0]  down_q[Lanes];      // 0: not down
  mask_t              sign_q;
  mask_t [5:0]        beyond_q;           // no number in the format's range
  logic signed [18:0] mean0_q[Lanes], mean1_q[Lanes], mean2_q[Lanes];
  logic        [15:0] rcp0_q[Lanes], rcp1_q[Lanes], rcp2_q[Lanes], rcp3_q[Lanes];
  logic signed [8:0]  delta_q[Lanes];
  mask_t              flip_q;
  logic [Lanes-1:0][9:0] mantissa_q;

  always_ff @(posedge clk_i) begin
    beyond_q[5:1] <= beyond_q[4:0];
    if (valid_i) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic        [7:0]  exponent, biased;
        logic        [10:0] significand;
        logic               normal, ones;
        logic signed [9:0]  shift, back;
        exponent = settings_i.bf16 ? row_i[i][14:7] : {3'b0, row_i[i][14:10]};
        normal = exponent != '0;
        ones = settings_i.bf16 ? &row_i[i][14:7] : &row_i[i][14:10];
        significand = settings_i.bf16 ? {normal, row_i[i][6:0], 3'b0} : {normal, row_i[i][9:0]};
        biased = {exponent[7:1], exponent[0] | ~normal};
        shift = signed'({2'b0, biased}) - signed'({2'b0, fields_i[i].exponent}) + 10'sd6;
        back = signed'({2'b0, fields_i[i].exponent}) - signed'({2'b0, biased}) - 10'sd6;
        significand_q[i] <= significand;
        up_q[i] <= shift[9] ? '0 : shift[2:0];
        down_q[i] <= back[9] ? '0 : |back[8:4] || &back[3:2] ? 4'd12 : back[3:0];
        beyond_q[0][i] <= ones || (!shift[9] && |shift[8:3] && significand != '0);
        delta_q[i] <= signed'({1'b0, fields_i[i].exponent}) - signed'({1'b0, exponent});
        sign_q[i] <= row_i[i][15];
        flip_q[i] <= row_i[i][15] ^ fields_i[i].mean[0];
        mantissa_q[i] <= settings_i.bf16 ? {3'b0, row_i[i][6:0]} : row_i[i][9:0];
        mean0_q[i] <= fields_i[i].mean;
        rcp0_q[i] <= fields_i[i].rcp;
      end
    end
  end

  // ---- C1: moved; a half more to come where it moved down ----
  // ---- C2: magnitude in units ----

  logic [XW-1:0] moved_q[Lanes], x_q[Lanes];
  mask_t         half_q, sign1_q, sign2_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[0]) begin
      sign1_q <= sign_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        half_q[i] <= down_q[i] != '0;
        moved_q[i] <= down_q[i] == '0 ? XW'(significand_q[i]) << up_q[i]
                                      : XW'(significand_q[i] >> (down_q[i] - 4'd1));
        mean1_q[i] <= mean0_q[i];
        rcp1_q[i] <= rcp0_q[i];
      end
    end
    if (valid_q[1]) begin
      sign2_q <= sign1_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        x_q[i] <= half_q[i] ? (moved_q[i] >> 1) + XW'(moved_q[i][0]) : moved_q[i];
        mean2_q[i] <= mean1_q[i];
        rcp2_q[i] <= rcp1_q[i];
      end
    end
  end

  // ---- C3: mean off ----  C4: times the reciprocal ----

  logic signed [DW-1:0] d_q[Lanes];
  logic signed [PW-1:0] p_q[Lanes];

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (valid_q[2]) begin
        d_q[i] <= (sign2_q[i] ? -DW'(x_q[i]) : DW'(x_q[i])) - DW'(mean2_q[i]);
        rcp3_q[i] <= rcp2_q[i];
      end
      if (valid_q[3]) p_q[i] <= PW'(d_q[i]) * PW'(signed'({1'b0, rcp3_q[i]}));
    end
  end

  // ---- C5: plus the dither, in steps ----

  logic signed [QW-1:0] q_q[Lanes];

  always_ff @(posedge clk_i) begin
    if (valid_q[4]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic        [4:0]    u;
        logic signed [PW-1:0] p;
        u = dither(i, index_q[4], settings_q[4].hd128);
        p = p_q[i] + PW'({u, 1'b1, 14'b0});
        q_q[i] <= QW'(p >>> 20);
      end
    end
  end

  // ---- The lossless rank, meanwhile ----

  typedef struct packed {
    logic [Lanes-1:0][9:0] ranks;    // 9 bits and one for those that have none
    logic [Lanes-1:0][9:0] mantissas;
  } lossless_t;

  lossless_t lossless_q, lossless_late;

  always_ff @(posedge clk_i) begin
    if (valid_q[0]) begin
      lossless_q.mantissas <= mantissa_q;
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic [8:0] f;
        if (delta_q[i][8]) f = {1'b0, {8{delta_q[i][7:6] != 2'b11}} | ({~delta_q[i][5:0], 2'b11})};
        else f = {1'b0, delta_q[i][7:0]} + 9'((16'(delta_q[i][7:0]) * 16'd171) >> 9);
        lossless_q.ranks[i] <= {f, flip_q[i]};
      end
    end
  end

  skv_delay #(
    .data_t(lossless_t),
    .Depth (4)
  ) u_lossless (
    .clk_i,
    .rst_ni,
    .data_i(lossless_q),
    .data_o(lossless_late)
  );

  // ---- C6: rank and low bits ----

  logic [QW-1:0] wide_q[Lanes];
  logic [9:0]    low_q[Lanes];

  always_ff @(posedge clk_i) begin
    if (valid_q[5]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic signed [QW-1:0] hi;
        logic        [5:0]    mask;
        hi = q_q[i] >>> settings_q[5].low_bits[2:0];
        mask = 6'((7'd1 << settings_q[5].low_bits[2:0]) - 7'd1);
        if (settings_q[5].lossless) begin
          wide_q[i] <= QW'(lossless_late.ranks[i]);
          low_q[i] <= lossless_late.mantissas[i];
        end else begin
          wide_q[i] <= {hi[QW-2:0] ^ {(QW-1){hi[QW-1]}}, hi[QW-1]} | {QW{beyond_q[5][i]}};
          low_q[i] <= {4'b0, q_q[i][5:0] & mask};
        end
      end
    end
  end

  // ---- C7: escapes ----

  ranks_t      ranks_q;
  mask_t       escapes_q;
  mask_t [9:0] low8_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[6]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic [8:0] last;
        logic       escape;
        last = Bases[classes_q[6][i]][Planes] - 9'd1;
        escape = wide_q[i] >= QW'(last);
        escapes_q[i] <= escape;
        ranks_q[i] <= escape ? last[7:0] : wide_q[i][7:0];
        for (int unsigned j = 0; j < 10; j++) low8_q[j][i] <= low_q[i][j] && !escape;
      end
    end
  end

  assign ranks_o   = ranks_q;
  assign classes_o = classes_q[Latency-1];
  assign escapes_o = escapes_q;
  assign low_o     = low8_q;

endmodule
