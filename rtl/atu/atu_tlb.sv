// The TLB: a set-associative memory of page-table entries.
//
// One operation a cycle in three stages: its set is read; the ways are compared, or for a fill the
// way to replace is chosen; then the outcome is at hit_o and entry_o and what changes is written.
// An operation does not see what the two right before it wrote: whoever issues them keeps writers
// (all but lookups) two cycles away from everything else.
//
// A way holds a virtual page number and the page's entry; the tag's tenant is the entry's owner, so
// no other tenant's lookup can hit it, and a lookup that does not hit changes nothing.  What is
// replaced: an empty way, else the one a tree of bits points to, away from what was used last.
// Until everything was invalidated once (OpInvAll on every set) contents are undefined.

`include "skv_assert.svh"

module atu_tlb
  import skv_mem_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Entries = 256,
  parameter int unsigned Ways = 4,
  localparam int unsigned Sets = Entries / Ways,
  localparam int unsigned SetW = $clog2(Sets)
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  input  op_e             op_i,
  input  key_t            key_i,
  input  entry_t          entry_i,  // of a fill
  input  logic [SetW-1:0] set_i,    // of OpInvRequest and OpInvAll

  output logic            hit_o,    // two cycles on
  output entry_t          entry_o   // zeros without a hit
);

  `SKV_CHECK_PARAM(Ways, Ways >= 2 && Ways == 1 << $clog2(Ways))
  `SKV_CHECK_PARAM(Entries, Sets >= 2 && Entries == Ways * Sets && Sets == 1 << SetW)

  localparam int unsigned Levels = $clog2(Ways);
  localparam int unsigned Nodes = Ways - 1;  // of the tree; node n is above 2 n + 1 and 2 n + 2

  typedef logic [SetW-1:0] set_t;
  typedef struct packed {
    vpn_t   vpn;
    entry_t entry;
  } way_t;

  // Every bit of the number counts, so that neither pages nor streams in a row share a set.
  function automatic set_t set_of(vpn_t vpn);
    set_t set;
    set = '0;
    for (int i = 0; i < $bits(vpn_t); i++) set[i%int'(SetW)] ^= vpn[i];
    return set;
  endfunction

  logic             valid1_q, valid2_q;
  op_e              op1_q, op2_q;
  key_t             key1_q;
  vpn_t             vpn2_q;
  entry_t           entry1_q, entry2_q;
  set_t             set, set1_q, set2_q;
  way_t [Ways-1:0]  read;
  entry_t [Ways-1:0] entries2_q;
  logic [Nodes-1:0] nodes;
  logic [Ways-1:0]  chosen, chosen2_q;

  // ---- Read ----

  assign set = op_i inside {OpInvRequest, OpInvAll} ? set_i : set_of(key_i.vpn);

  logic [Ways-1:0]  we;
  logic [Nodes-1:0] touched, towards;
  logic             clear;
  way_t             written;

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    skv_sdpram #(
      .Width($bits(way_t)),
      .Depth(Sets)
    ) u_ram (
      .clk_i,
      .we_i   (we[w]),
      .waddr_i(set2_q),
      .wdata_i(written),
      .re_i   (valid_i),
      .raddr_i(set),
      .rdata_o(read[w])
    );
  end

  for (genvar n = 0; n < Nodes; n++) begin : gen_node
    skv_sdpram #(
      .Width(1),
      .Depth(Sets)
    ) u_ram (
      .clk_i,
      .we_i   (touched[n] | clear),
      .waddr_i(set2_q),
      .wdata_i(towards[n] & !clear),
      .re_i   (valid_i),
      .raddr_i(set),
      .rdata_o(nodes[n])
    );
  end

  // ---- Compare, or choose ----

  logic [Ways-1:0] empty, first_empty, pointed, matching;

  for (genvar w = 0; w < Ways; w++) begin : gen_compare
    logic same_request, same_vpn, same_owner;
    assign same_request = read[w].vpn.request == key1_q.vpn.request;
    assign same_vpn     = same_request && read[w].vpn[35:0] == key1_q.vpn[35:0];
    assign same_owner   = read[w].entry.owner == key1_q.tenant;

    assign empty[w] = !read[w].entry.valid;

    always_comb begin
      unique case (op1_q)
        OpInvAll:     matching[w] = 1'b1;
        OpInvRequest: matching[w] = same_request;
        OpInvPage:    matching[w] = same_vpn;
        default:      matching[w] = same_vpn && same_owner && !empty[w];
      endcase
    end

    always_comb begin
      pointed[w] = 1'b1;
      for (int l = 0; l < int'(Levels); l++) begin
        if (nodes[(1<<l)-1+(w>>(int'(Levels)-l))] != 1'(w >> (int'(Levels) - 1 - l))) begin
          pointed[w] = 1'b0;
        end
      end
    end
  end

  assign first_empty = empty & (~empty + 1'b1);
  assign chosen = op1_q != OpFill ? matching : |empty ? first_empty : pointed;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
    end else begin
      valid1_q <= valid_i;
      valid2_q <= valid1_q;
    end
  end

  always_ff @(posedge clk_i) begin
    op1_q     <= op_i;
    key1_q    <= key_i;
    entry1_q  <= entry_i;
    set1_q    <= set;
    op2_q     <= op1_q;
    vpn2_q    <= key1_q.vpn;
    entry2_q  <= entry1_q;
    set2_q    <= set1_q;
    chosen2_q <= chosen;
    for (int w = 0; w < int'(Ways); w++) entries2_q[w] <= read[w].entry;
  end

  // ---- Outcome, and what is written ----

  logic lookup, fill;
  assign lookup = valid2_q && op2_q == OpLookup;
  assign fill   = valid2_q && op2_q == OpFill;
  assign hit_o  = lookup && |chosen2_q;
  assign clear  = valid2_q && op2_q == OpInvAll;
  assign we     = valid2_q && op2_q != OpLookup ? chosen2_q : '0;

  assign written = fill ? '{vpn: vpn2_q, entry: entry2_q} : '0;

  always_comb begin
    entry_o = '0;
    for (int w = 0; w < int'(Ways); w++) if (chosen2_q[w]) entry_o |= entries2_q[w];
  end

  // Each node above a way that is used comes to point to its other side.
  for (genvar n = 0; n < Nodes; n++) begin : gen_touch
    localparam int unsigned Level = $clog2(n + 2) - 1;
    localparam int unsigned Span = Ways >> Level;
    localparam int unsigned First = (n + 1 - (1 << Level)) * Span;
    assign touched[n] = (lookup | fill) && |chosen2_q[First+:Span];
    assign towards[n] = |chosen2_q[First+:Span/2];
  end

  `SKV_ASSERT(OneHit, lookup |-> $onehot0(chosen2_q))
  `SKV_ASSERT(OneFilled, fill |-> $onehot(chosen2_q))
  `SKV_ASSERT(FilledOnce, valid1_q && op1_q == OpFill |-> matching == '0)
  `SKV_ASSERT(OwnEntry,
    valid_i && op_i == OpFill |-> entry_i.valid && entry_i.owner == key_i.tenant)
  `SKV_ASSERT(WritersApart,
              (valid1_q && op1_q != OpLookup) || (valid2_q && op2_q != OpLookup) |->
              !(valid_i && op_i inside {OpLookup, OpFill}))
  `SKV_ASSERT(FillBehindLookups, valid_i && op_i == OpFill |-> !valid1_q && !valid2_q)
  `SKV_COVER(Replaced, valid1_q && op1_q == OpFill && empty == '0)

endmodule
