// Gives each row its low bits and its escapes' words, and judges its page's content.
//
// Rows of ranks come from the planes; latency 5 cycles.  A raw page's rows take all their lanes
// from the page as it is, as if they were escapes.

module speckv_tail
  import speckv_pkg::*;
(
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic [1:0]           load_i,    // of the even and the odd page
  input  logic                 raw_i,
  input  logic [RowW:0]        units_i,
  output logic [1:0]           read_o,
  output logic [1:0][RowW-1:0] row_o,
  input  row_t [1:0]           data_i,
  input  logic [1:0][14:0]     plane_bits_i,

  input  row_info_t            info_i,
  input  classes_t             classes_i,
  input  ranks_t               ranks_i,

  output row_info_t            info_o,     // with the final verdict on the page's last row
  output mask_t                exact_o,    // lanes that are words_o as they are
  output row_t                 words_o,
  output logic [Lanes-1:0][9:0] low_o
);

  // ---- E0: escapes, and the words of low bits ----

  row_info_t [4:0] info_q;
  mask_t     [4:0] escape_q;
  mask_t           escape_d;
  lane_count_t     low_words_d, low_words_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      escape_d[i] = {1'b0, ranks_i[i]} == Bases[classes_i[i]][Planes] - 9'd1;
    end
    if (info_i.raw) escape_d = '1;
    low_words_d = info_i.raw ? '0 : lane_count_t'(info_i.settings.low_bits) << LowWordsW;
    if (!info_i.valid || info_i.error != ErrOk) begin
      escape_d = '0;
      low_words_d = '0;
    end
  end

  // ---- E1: how many words the row takes ----

  lane_count_t       count;
  logic [6:0]        words_d, words2_q;
  lane_count_t [1:0] take_q;

  always_comb begin
    count = lane_count_t'($countones(escape_q[0]));
    words_d = 7'(count) + 7'(low_words_q);
  end

  // ---- E2: the row's words; which of them is a lane's ----

  lane_t [Lanes-1:0] place3, place_q;
  row_t [1:0]        taken;
  logic [1:0][11:0]  words_taken;

  speckv_prefix u_prefix (
    .clk_i,
    .valid_i (info_q[0].valid),
    .mask_i  (escape_q[0]),
    .counts_o(place3)
  );

  for (genvar p = 0; p < 2; p++) begin : gen_page
    speckv_words u_words (
      .clk_i,
      .rst_ni,
      .load_i (load_i[p]),
      .raw_i,
      .units_i,
      .read_o (read_o[p]),
      .row_o  (row_o[p]),
      .data_i (data_i[p]),
      .take_i (take_q[p]),
      .words_o(taken[p]),
      .taken_o(words_taken[p])
    );
  end

  // ---- E3: low bits off, escapes' words to lane 0 ----

  row_t                   row_words, shifted_q;
  logic [Lanes-1:0][9:0]  low4_q, low5_q;
  logic [3:0]             low_bits;

  assign row_words = info_q[2].odd ? taken[1] : taken[0];
  assign low_bits  = info_q[2].raw ? '0 : info_q[2].settings.low_bits;

  // ---- E4: each escape its word ----

  row_t words_q;

  // ---- The page's lengths, once its last row took its words ----

  logic [1:0][RowW:0] units_q;
  logic               over_page_q, over3_q, bad;
  logic [16:0]        bits_q;
  logic [RowW:0]      units3_q, units4_q;
  row_info_t          judged;

  assign bad = over3_q || 17'(units4_q) != ((bits_q + 17'(RowBits - 1)) >> RowBitW);

  always_comb begin
    judged = info_q[3];
    if (info_q[3].last && !info_q[3].raw && info_q[3].error == ErrOk && bad) begin
      judged.error = ErrContent;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      info_q <= '0;
      take_q <= '0;
    end else begin
      info_q <= {judged, info_q[2:0], info_i};
      // How many a row takes that takes too many does not matter: its page is bad.
      take_q[0] <= info_q[0].odd ? '0 : words_d[LaneW:0];
      take_q[1] <= !info_q[0].odd ? '0 : words_d[LaneW:0];
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned p = 0; p < 2; p++) if (load_i[p]) units_q[p] <= units_i;
    escape_q  <= {escape_q[3:0], escape_d};
    low_words_q <= low_words_d;
    words2_q  <= words_d;
    if (info_q[2].valid) begin
      place_q   <= place3;
      shifted_q <= row_words >> {low_bits, LaneW'(0)};
      for (int unsigned i = 0; i < Lanes; i++) begin
        for (int unsigned j = 0; j < 10; j++) begin
          low4_q[i][j] <= 4'(j) < low_bits && row_words[(Lanes*j+i)/16][i%16];
        end
      end
    end
    if (info_q[3].valid) begin
      low5_q <= low4_q;
      for (int unsigned i = 0; i < Lanes; i++) words_q[i] <= shifted_q[place_q[i]];
    end

    // Whether any row so far took too much.
    if (info_q[1].valid) begin
      over_page_q <= words2_q > 7'(Lanes) || (over_page_q && info_q[1].index != '0);
    end
    over3_q  <= over_page_q;
    bits_q   <= 17'(HeaderBits + CrcBits) + 17'(plane_bits_i[info_q[2].odd])
              + {1'b0, words_taken[info_q[2].odd], 4'b0};
    units3_q <= units_q[info_q[1].odd];
    units4_q <= units3_q;
  end

  assign info_o  = info_q[4];
  assign exact_o = escape_q[4];
  assign words_o = words_q;
  assign low_o   = low5_q;

endmodule
