// Packs tail streams into rows as they lie in the page: last word first.
//
// A row of a page comes each cycle: its low bits, its escapes and their words (bit planes).  Rows are
// written from the page's end on, row 0 with place for the CRC.  A page's length, and whether a row
// had more than fits, come with done_o when all is written.  Rows of the next page may come right
// behind: its rows go to another memory.  The registers move for rows of pages only.

`include "skv_assert.svh"

module speckv_tail_packer
  import speckv_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               valid_i,
  input  logic               first_i,
  input  logic               last_i,
  input  logic               odd_i,
  input  logic [3:0]         low_bits_i,
  input  mask_t [9:0]        low_i,
  input  mask_t              escapes_i,
  input  mask_t [15:0]       values_i,

  output logic [1:0]           write_o,   // an even page's row, an odd page's
  output logic [1:0][RowW-1:0] row_o,
  output row_t [1:0]           data_o,

  output logic               done_o,
  output logic [11:0]        words_o,     // those for the CRC included
  output logic               over_o
);

  localparam int unsigned CrcWords = CrcBits / 16;
  localparam int unsigned CompactLatency = 5;

  // ---- Escapes together; meanwhile how many words the row has ----

  typedef struct packed {
    logic        first;
    logic        last;
    logic        odd;
    logic [3:0]  low_bits;
    mask_t [9:0] low;
  } info_t;

  mask_t [15:0] words;
  logic [6:0]   take_d, take5;

  speckv_compact #(
    .Width(16)
  ) u_escapes (
    .clk_i,
    .valid_i,
    .mask_i  (escapes_i),
    .planes_i(values_i),
    .planes_o(words)
  );

  logic [CompactLatency-1:0] valid_q;
  info_t                     info;
  logic [6:0]                count_q;
  logic [3:0]                low_bits_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[CompactLatency-2:0], valid_i};
  end

  skv_delay #(
    .data_t(info_t),
    .Depth (CompactLatency)
  ) u_info (
    .clk_i,
    .rst_ni,
    .data_i('{
      first: first_i,
      last: last_i,
      odd: odd_i,
      low_bits: low_bits_i,
      low: low_i
    }),
    .data_o(info)
  );

  assign take_d = count_q + (7'(low_bits_q) << LowWordsW);

  always_ff @(posedge clk_i) begin
    count_q    <= 7'($countones(escapes_i));
    low_bits_q <= low_bits_i;
  end

  skv_delay #(
    .data_t(logic [6:0]),
    .Depth (CompactLatency - 1)
  ) u_take (
    .clk_i,
    .rst_ni,
    .data_i(take_d),
    .data_o(take5)
  );

  // ---- The row's words in order ----

  row_t         row_words_q;
  logic         valid6_q, first6_q, last6_q, odd6_q, over6_q;
  logic [5:0]   take6_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid6_q <= 1'b0;
    else valid6_q <= valid_q[CompactLatency-1];
  end

  always_ff @(posedge clk_i) begin
    if (valid_q[CompactLatency-1]) begin
      row_t               spread;
      logic [RowBits-1:0] low_words;
      for (int unsigned i = 0; i < Lanes; i++) begin
        for (int unsigned b = 0; b < 16; b++) spread[i][b] = words[b][i];
      end
      low_words = '0;
      for (int unsigned j = 0; j < 10; j++) low_words[Lanes*j+:Lanes] = info.low[j];
      row_words_q <= (RowBits'(spread) << {info.low_bits, LaneW'(0)}) | low_words;
      first6_q    <= info.first;
      last6_q     <= info.last;
      odd6_q      <= info.odd;
      over6_q     <= take5 > 7'(Lanes);
      take6_q     <= take5 > 7'(Lanes) ? '0 : take5[5:0];
    end
  end

  // ---- To their place ----

  logic [11:0]              at, at_q;
  logic [2*Lanes-1:0][15:0] placed_q;
  logic                     valid7_q, first7_q, last7_q, odd7_q, full_q, over, over_q;

  assign at   = first6_q ? 12'(CrcWords) : at_q;
  assign over = over6_q || (over_q && !first6_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid7_q <= 1'b0;
    else valid7_q <= valid6_q;
  end

  always_ff @(posedge clk_i) begin
    if (valid6_q) begin
      // A row that is too much for the page would leave bits behind.
      placed_q <= over6_q ? '0 : (2*RowBits)'(row_words_q) << {at[LaneW-1:0], 4'b0};
      first7_q <= first6_q;
      last7_q  <= last6_q;
      odd7_q   <= odd6_q;
      full_q   <= 6'(at[LaneW-1:0]) + take6_q > 6'(Lanes - 1);
      at_q     <= at + 12'(take6_q);
      over_q   <= over;
    end
  end

  // ---- Into rows; what a page leaves goes out behind it ----

  // Even pages' rows and odd pages' go to memories of their own: both may be written at once.
  row_t                 row_q, merged;
  logic [RowW-1:0]      index, index_q;
  logic                 flush_q, flush_odd_q, done_q;
  logic [1:0]           full, flush, write_q;
  logic [1:0][RowW-1:0] write_index_q;
  row_t [1:0]           write_data_q;
  logic [11:0]          words_q;
  logic                 page_over_q;

  assign index  = first7_q ? '0 : index_q;
  assign merged = (first7_q ? '0 : row_q) | placed_q[Lanes-1:0];
  assign full   = {odd7_q, !odd7_q} & {2{valid7_q & full_q}};
  assign flush  = {flush_odd_q, !flush_odd_q} & {2{flush_q}};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      flush_q <= 1'b0;
      done_q  <= 1'b0;
      write_q <= '0;
    end else begin
      flush_q <= valid7_q & last7_q;
      done_q  <= flush_q;
      write_q <= full | flush;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid7_q) begin
      row_q       <= full_q ? placed_q[2*Lanes-1:Lanes] : merged;
      index_q     <= full_q ? index + 1'b1 : index;
      flush_odd_q <= odd7_q;
    end
    if (valid7_q && last7_q) begin
      words_q     <= at_q;
      page_over_q <= over_q;
    end
    for (int unsigned p = 0; p < 2; p++) begin
      if (full[p] || flush[p]) begin
        write_index_q[p] <= flush[p] ? index_q : index;
        for (int unsigned i = 0; i < Lanes; i++) begin
          write_data_q[p][i] <= flush[p] ? row_q[Lanes-1-i] : merged[Lanes-1-i];
        end
      end
    end
  end

  assign write_o = write_q;
  assign row_o   = write_index_q;
  assign data_o  = write_data_q;
  assign done_o  = done_q;
  assign words_o = words_q;
  assign over_o  = page_over_q;

  `SKV_ASSERT(OneRowEach, (full & flush) == '0)

endmodule
