// The snoop filter's memory: Sets x Ways entries of a tag and a state, and the search in one set.
//
// A set is read in one cycle (read_set_i), compared in the next (tag_i), and what was found is out
// in the one after.  A write is seen by reads of later cycles.  After reset it clears itself, a set
// a cycle, and takes no other write until ready_o.  Throughput one search and one write a cycle.

`include "skv_assert.svh"

module coh_filter
  import coh_pkg::*;
#(
  parameter int unsigned Sets = 512,
  parameter int unsigned Ways = 8,
  parameter int unsigned TagBits = 23,
  localparam int unsigned SetW = $clog2(Sets)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,
  output logic                           ready_o,

  input  logic   [SetW-1:0]              read_set_i,
  input  logic   [TagBits-1:0]           tag_i,      // a cycle later

  output logic   [Ways-1:0]              hit_o,      // two cycles later
  output entry_e [Ways-1:0]              entry_o,
  output logic   [Ways-1:0][TagBits-1:0] tag_o,

  input  logic   [Ways-1:0]              write_i,
  input  logic   [SetW-1:0]              write_set_i,
  input  logic   [TagBits-1:0]           write_tag_i,
  input  entry_e                         write_entry_i
);

  `SKV_CHECK_PARAM(Sets, Sets >= 2 && Sets == 1 << SetW)
  `SKV_CHECK_PARAM(Ways, Ways >= 1)
  `SKV_CHECK_PARAM(TagBits, TagBits >= 1)

  typedef struct packed {
    entry_e             entry;
    logic [TagBits-1:0] tag;
  } word_t;

  logic [SetW:0] clear_q;  // sets that are clear
  assign ready_o = clear_q[SetW];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) clear_q <= '0;
    else if (!ready_o) clear_q <= clear_q + 1'b1;
  end

  logic [SetW-1:0] set;
  word_t           word;
  assign set  = ready_o ? write_set_i : clear_q[SetW-1:0];
  assign word = ready_o ? '{entry: write_entry_i, tag: write_tag_i} : '{entry: EntryFree, tag: '0};

  for (genvar i = 0; i < Ways; i++) begin : gen_way
    word_t               found;
    entry_e              entry_q;
    logic                hit_q;
    logic  [TagBits-1:0] tag_q;

    skv_sdpram #(
      .Width($bits(word_t)),
      .Depth(Sets)
    ) u_ram (
      .clk_i,
      .we_i   (write_i[i] || !ready_o),
      .waddr_i(set),
      .wdata_i(word),
      .re_i   (1'b1),
      .raddr_i(read_set_i),
      .rdata_o(found)
    );

    always_ff @(posedge clk_i) begin
      hit_q   <= found.entry != EntryFree && found.tag == tag_i;
      entry_q <= found.entry;
      tag_q   <= found.tag;
    end

    assign hit_o[i]   = hit_q;
    assign entry_o[i] = entry_q;
    assign tag_o[i]   = tag_q;
  end

  `SKV_ASSERT(OneWayWritten, $onehot0(write_i))
  `SKV_ASSERT(NotWrittenEarly, write_i != '0 |-> ready_o)

endmodule
