// Finds the n-th greatest of up to 256 pages, and says which pages are among the n greatest.
//
// Pages are put in a word at a time: value, whether it is there, whether it has begun.  start_i
// begins a search among the pages of a kind (rank_e).  Of equal values the newer page is the
// greater.  The rank is found digit by digit, three bits in a pass over the words: what counts is
// how many pages reach each of the seven trials.  With fewer than n pages all of them are among the
// greatest.  A pass takes words + 2 cycles, a search seven passes and 3 cycles (RankBegun, of which
// only the value is wanted, five passes).
//
// look_i asks for a word, answered two cycles later: its pages of the kind, and those of them that
// are among the n greatest.

`include "skv_assert.svh"

module prefetch_rank
  import prefetch_pkg::*;
(
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             write_i,
  input  logic [WordW-1:0] word_i,     // written, or looked at
  input  values_t          values_i,
  input  lanes_t           there_i,
  input  lanes_t           begun_i,

  input  logic [PageW-1:0] newest_i,   // page; stays as it is
  input  logic             start_i,
  input  rank_e            kind_i,
  input  pages_t           n_i,        // at least 1
  input  logic signed [ValueW+1:0] floor_i,
  output logic             done_o,
  output value_t           value_o,    // of the n-th greatest

  input  logic             look_i,
  output logic             looked_o,
  output lanes_t           members_o,
  output lanes_t           greatest_o
);

  localparam int unsigned RankW = 1 + ValueW + PageW;
  localparam int unsigned DigitW = 3;
  localparam int unsigned Trials = (1 << DigitW) - 1;
  localparam int unsigned Digits = RankW / DigitW;
  localparam int unsigned ValueDigits = 5;  // with which the value is known

  typedef logic [RankW-1:0]              rank_t;
  typedef logic [Digits-1:0][DigitW-1:0] digits_t;
  typedef logic [$clog2(Digits)-1:0]     at_t;

  typedef struct packed {
    value_t value;
    logic   there;
    logic   begun;
  } page_t;

  // ---- The search: passes over the words; a pass's digit is known two cycles into the next ----

  logic             busy_q, spent_q, issue, decide_q, done_q, over;
  logic [WordW:0]   beat_q, beats;  // of a pass
  at_t              at_q;           // digit, the most significant is the last
  rank_e            kind_q;
  pages_t           n_q;
  digits_t          found_q;
  logic [WordW-1:0] last_word;

  assign last_word = newest_i[PageW-1:4];
  assign beats     = (WordW + 1)'(last_word) + (WordW + 1)'(2);  // less one
  assign issue     = busy_q && !spent_q && beat_q <= (WordW + 1)'(last_word);
  assign over      = at_q == (kind_q == RankBegun ? at_t'(Digits - ValueDigits) : '0);

  // ---- Read: the words of a pass, or the one looked at ----

  page_t [Lanes-1:0] pages;
  page_t [Lanes-1:0] put;
  logic [WordW-1:0]  read_word;

  always_comb begin
    for (int i = 0; i < int'(Lanes); i++) put[i] = '{values_i[i], there_i[i], begun_i[i]};
  end

  assign read_word = look_i ? word_i : beat_q[WordW-1:0];

  skv_sdpram #(
    .Width(Lanes * $bits(page_t)),
    .Depth(1 << WordW)
  ) u_pages (
    .clk_i,
    .we_i   (write_i),
    .waddr_i(word_i),
    .wdata_i(put),
    .re_i   (issue || look_i),
    .raddr_i(read_word),
    .rdata_o(pages)
  );

  logic             valid1_q, valid2_q, valid3_q, first1_q, first2_q, first3_q;
  logic             last1_q, last2_q, last3_q, look1_q, look2_q;
  logic [WordW-1:0] word1_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      valid3_q <= 1'b0;
      look1_q  <= 1'b0;
      look2_q  <= 1'b0;
      decide_q <= 1'b0;
    end else begin
      valid1_q <= issue;
      valid2_q <= valid1_q;
      valid3_q <= valid2_q;
      look1_q  <= look_i;
      look2_q  <= look1_q;
      decide_q <= valid3_q && last3_q;
    end
  end

  always_ff @(posedge clk_i) begin
    word1_q  <= read_word;
    first1_q <= beat_q == '0;
    last1_q  <= beat_q == (WordW + 1)'(last_word);
    first2_q <= first1_q;
    last2_q  <= last1_q;
    first3_q <= first2_q;
    last3_q  <= last2_q;
  end

  // ---- Ranks of a word's pages ----

  rank_t [Lanes-1:0] rank2_q;
  lanes_t            members2_q;

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(Lanes); i++) begin
      logic             pinned;
      logic [PageW-1:0] page;
      page   = {word1_q, 4'(i)};
      pinned = kind_q != RankBegun && (page == '0 || page == newest_i);
      rank2_q[i] <= {pinned, pages[i].value | {ValueW{pinned}}, page};
      unique case (kind_q)
        RankKept:  members2_q[i] <= pages[i].there;
        RankBegun: members2_q[i] <= pages[i].begun;
        default:   members2_q[i] <= pages[i].begun && !pages[i].there &&
                                    $signed({2'b0, pages[i].value}) >= floor_i;
      endcase
    end
  end

  // ---- Which reach the trials; how many; the digit ----

  rank_t [Trials-1:0]             trial_q;
  logic [Trials-1:0][Lanes-1:0]   reach3_q;
  pages_t [Trials-1:0]            count_q;
  logic [Trials-1:0]              reached;
  logic [DigitW-1:0]              digit;
  digits_t                        found;

  always_ff @(posedge clk_i) begin
    for (int t = 0; t < int'(Trials); t++) begin
      for (int i = 0; i < int'(Lanes); i++) begin
        reach3_q[t][i] <= members2_q[i] && rank2_q[i] >= trial_q[t];
      end
      if (valid3_q) begin
        count_q[t] <= (first3_q ? '0 : count_q[t]) + pages_t'($countones(reach3_q[t]));
      end
    end
  end

  always_comb begin
    for (int t = 0; t < int'(Trials); t++) reached[t] = count_q[t] >= n_q;
    // Who reaches a trial reaches those below: their number by halves.
    digit[2] = reached[3];
    digit[1] = reached[3] ? reached[5] : reached[1];
    digit[0] = reached[3] ? (reached[5] ? reached[6] : reached[4])
                          : (reached[1] ? reached[2] : reached[0]);
    found = found_q;
    if (decide_q) found[at_q] = digit;
  end

  // The next trials: behind the digits that were found.
  at_t at;
  assign at = decide_q ? at_q - 1'b1 : at_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      found_q <= '0;
      for (int t = 0; t < int'(Trials); t++) trial_q[t] <= rank_t'(t + 1) << (RankW - DigitW);
    end else if (decide_q) begin
      found_q <= found;
      for (int t = 0; t < int'(Trials); t++) begin
        digits_t trial;
        trial      = found;
        trial[at]  = DigitW'(t + 1);
        trial_q[t] <= trial;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      done_q <= 1'b0;
    end else begin
      if (start_i) busy_q <= 1'b1;
      else if (decide_q && over) busy_q <= 1'b0;
      done_q <= decide_q && over;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      kind_q  <= kind_i;
      n_q     <= n_i;
      at_q    <= at_t'(Digits - 1);
      beat_q  <= '0;
      spent_q <= 1'b0;
    end else if (busy_q) begin
      beat_q <= beat_q == beats ? '0 : beat_q + 1'b1;
      if (beat_q == beats && over) spent_q <= 1'b1;
      if (decide_q) at_q <= at_q - 1'b1;
    end
  end

  // ---- A word that is looked at ----

  lanes_t members3_q, greatest3_q;
  logic   looked_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) looked_q <= 1'b0;
    else looked_q <= look2_q;
    members3_q <= members2_q;
    for (int i = 0; i < int'(Lanes); i++) begin
      greatest3_q[i] <= members2_q[i] && rank2_q[i] >= rank_t'(found_q);
    end
  end

  assign looked_o   = looked_q;
  assign members_o  = members3_q;
  assign greatest_o = greatest3_q;
  assign value_o    = value_t'(rank_t'(found_q) >> PageW);
  assign done_o     = done_q;

  `SKV_CHECK_PARAM(RankW, RankW == Digits * DigitW)
  `SKV_ASSUME(OneAtATime, start_i |-> !busy_q)
  `SKV_ASSUME(NothingMeanwhile, busy_q |-> !write_i && !look_i)
  `SKV_ASSUME(SomeWanted, start_i |-> n_i != '0)

endmodule
