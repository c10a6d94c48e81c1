// Packs runs from variable-length rows into full rows, behind room for the header, in RAM.
//
// Holds 4 pages; the pages use its slots in turn.  Run k of a page stands in lane (k + 4) % 32 of
// row (k + 4) / 32, so each lane has a RAM of its own and nothing is moved twice.  A page with too
// many runs wraps nowhere: what is past its slot is not written, and words_o tells.
// A page is complete (page_valid_o) in the cycle its last run is written.

`include "skv_assert.svh"

module int8rle_packer
  import int8rle_pkg::*;
#(
  parameter int unsigned Slots = 4,
  localparam int unsigned SlotW = $clog2(Slots),
  localparam int unsigned WordsW = PosW + 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic              valid_i,
  input  logic [RowW-1:0]   index_i,
  input  row_t              pairs_i,
  input  lane_count_t       count_i,

  output logic              page_valid_o,
  output logic [WordsW-1:0] words_o,       // header and runs, in lanes

  input  logic              read_i,
  input  logic [SlotW-1:0]  read_slot_i,
  input  logic [RowW-1:0]   read_row_i,
  output row_t              row_o          // a cycle after read_i
);

  `SKV_CHECK_PARAM(Slots, Slots >= 2 && Slots == 1 << SlotW)

  typedef struct packed {
    logic        valid;
    logic [15:0] pair;
  } item_t;
  typedef item_t [Lanes-1:0] items_t;

  // Where this row's first run goes.
  logic [WordsW-1:0] offset, words_q;
  assign offset = index_i == '0 ? WordsW'(HeaderLanes) : words_q;

  // Rotate up by offset, in two steps.
  function automatic items_t rotate(items_t items, logic [LaneW-1:0] up);
    for (int unsigned i = 0; i < Lanes; i++) rotate[i] = items[LaneW'(i) - up];
  endfunction

  items_t             items_d, near_q, items;
  logic               valid_q, last_q;
  logic [SlotW-1:0]   slot_q;
  logic [WordsW-1:0]  offset_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      items_d[i] = '{valid: lane_count_t'(i) < count_i, pair: pairs_i[i]};
    end
  end

  assign items = offset_q[LaneW-1] ? {near_q[Lanes/2-1:0], near_q[Lanes-1:Lanes/2]} : near_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= 1'b0;
      slot_q  <= '0;
    end else begin
      valid_q <= valid_i;
      if (page_valid_o) slot_q <= slot_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (valid_i) words_q <= offset + WordsW'(count_i);
    near_q   <= rotate(items_d, {1'b0, offset[LaneW-2:0]});
    offset_q <= offset;
    last_q   <= &index_i;
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    // Lanes below the offset are a row further on.
    logic [RowW:0] row;
    assign row = (RowW + 1)'((offset_q + WordsW'(Lanes - 1 - i)) >> LaneW);

    skv_sdpram #(
      .Width(16),
      .Depth(Slots * Rows)
    ) u_ram (
      .clk_i,
      .we_i   (valid_q & items[i].valid & ~row[RowW]),
      .waddr_i({slot_q, row[RowW-1:0]}),
      .wdata_i(items[i].pair),
      .re_i   (read_i),
      .raddr_i({read_slot_i, read_row_i}),
      .rdata_o(row_o[i])
    );
  end

  assign page_valid_o = valid_q & last_q;
  assign words_o      = words_q;

  `SKV_ASSERT(WordsInRange, page_valid_o |->
              words_o > WordsW'(HeaderLanes) && words_o <= WordsW'(HeaderLanes + Lanes * Rows))

endmodule
