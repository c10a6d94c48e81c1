// Reads stored pages beat by beat: checks the header, marks which words are runs, and finds out
// what is wrong with the page by its last beat.
//
// A page's header stands beside all its beats.  Latency 2 cycles.

module int8rle_parser
  import int8rle_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  input  logic        first_i,
  input  row_t        words_i,
  input  logic        last_i,
  input  logic        raw_i,         // on a page's first beat

  output logic        valid_o,
  output logic        first_o,
  output logic        last_o,
  output logic        raw_o,
  output logic        is_raw_row_o,  // one of the 64 beats of a raw page
  output row_t        words_o,
  output mask_t       is_run_o,      // none of a page with a bad header
  output layout_t     layout_o,
  output logic [23:0] scale_o,       // exponent and upper fraction
  output error_e      error_o        // on the last beat; without what runs and codes show
);

  localparam logic [31:0] MaxScaleFp16 = 32'h4400_F200;
  localparam logic [31:0] MaxScaleBf16 = 32'h7C00_8100;

  typedef struct packed {
    logic [31:0] scale;
    logic [15:0] runs;
    logic [7:0]  flags;
    logic [7:0]  format;
  } header_t;

  header_t header_in;
  logic    bf16_in;
  assign header_in = words_i[HeaderLanes-1:0];
  assign bf16_in   = header_in.flags[0];

  // Words of the page from this beat on, header included; from them what this beat should hold.
  logic        raw, raw_q;
  logic [16:0] left, left_q;
  logic        is_final, is_final_q;  // the beat that should be the last
  logic        spent_q;               // the page should have ended before
  lane_count_t words_left;

  assign raw        = first_i ? raw_i : raw_q;
  assign left       = first_i ? (raw_i ? 17'(Lanes * Rows) : 17'(header_in.runs) + 17'(HeaderLanes))
                    : left_q;
  assign is_final   = left != '0 && left <= 17'(Lanes);
  assign words_left = left > 17'(Lanes) ? lane_count_t'(Lanes) : lane_count_t'(left);

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      raw_q  <= raw;
      left_q <= left - 17'(words_left);
    end
  end

  // Beat and header, one field's check each.
  logic       valid2_q, first2_q, last2_q, raw2_q;
  row_t       words2_q;
  mask_t      is_word_q, not_zero_q;
  layout_t    layout2_q;
  logic [23:0] scale2_q;
  logic [5:0] header_ok_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid2_q <= 1'b0;
    else valid2_q <= valid_i;
  end

  always_ff @(posedge clk_i) begin
    first2_q   <= first_i;
    last2_q    <= last_i;
    raw2_q     <= raw;
    words2_q   <= words_i;
    is_final_q <= is_final;
    spent_q    <= left == '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      is_word_q[i]  <= lane_count_t'(i) < words_left;
      not_zero_q[i] <= words_i[i] != '0;
    end
    if (valid_i && first_i) begin
      layout2_q      <= header_in.flags[2:0];
      scale2_q       <= header_in.scale[30:7];
      header_ok_q[0] <= header_in.format == FormatId && header_in.flags[7:3] == '0;
      header_ok_q[1] <= header_in.runs != '0 && header_in.runs <= 16'(MaxRuns);
      header_ok_q[2] <= header_in.scale[6:0] == '0;
      // Normal, which a word compare shows together with the sign, or +0.
      header_ok_q[3] <= header_in.scale[31:23] != '0 || header_in.scale[22:7] == '0;
      header_ok_q[4] <= bf16_in || header_in.scale <= MaxScaleFp16;
      header_ok_q[5] <= !bf16_in || header_in.scale <= MaxScaleBf16;
    end
  end

  // Judgement.
  logic    valid3_q, first3_q, last3_q, raw3_q, is_raw_row_q;
  logic    padding_bad, padding_bad_q, header_bad;
  row_t    words3_q;
  mask_t   is_run_q;
  layout_t layout_q;
  logic [23:0] scale_q;
  error_e  error_q;

  assign header_bad  = !raw2_q && !(&header_ok_q);
  assign padding_bad = !raw2_q && ((|(not_zero_q & ~is_word_q)) || (!first2_q && padding_bad_q));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid3_q <= 1'b0;
    else valid3_q <= valid2_q;
  end

  always_ff @(posedge clk_i) begin
    if (valid2_q) padding_bad_q <= padding_bad;
    first3_q  <= first2_q;
    last3_q   <= last2_q;
    raw3_q    <= raw2_q;
    is_raw_row_q <= raw2_q & ~spent_q;
    words3_q  <= words2_q;
    layout_q  <= layout2_q;
    scale_q   <= scale2_q;
    is_run_q  <= raw2_q || header_bad ? '0
               : first2_q ? {is_word_q[Lanes-1:HeaderLanes], HeaderLanes'(0)}
               : is_word_q;
    error_q   <= header_bad ? ErrBadHeader
               : spent_q || last2_q != is_final_q ? ErrBadLength
               : padding_bad ? ErrBadPadding
               : ErrOk;
  end

  assign valid_o  = valid3_q;
  assign first_o  = first3_q;
  assign last_o   = last3_q;
  assign raw_o    = raw3_q;
  assign is_raw_row_o = is_raw_row_q;
  assign words_o  = words3_q;
  assign is_run_o = is_run_q;
  assign layout_o = layout_q;
  assign scale_o  = scale_q;
  assign error_o  = error_q;

endmodule
