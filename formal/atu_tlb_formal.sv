// A hit is the entry that was filled in last for that page and tenant, since it was invalidated.

`include "skv_assert.svh"

module atu_tlb_formal
  import skv_mem_pkg::*;
  import atu_pkg::*;
(
  input logic   clk_i,
  input logic   rst_ni,
  input logic   valid_i,
  input op_e    op_i,
  input key_t   key_i,
  input entry_t entry_i,
  input logic   set_i,
  input key_t   mine_i   // any one page and tenant
);

  localparam int unsigned Ways = 2;
  localparam int unsigned VpnAt = $bits(entry_t);

  logic   hit;
  entry_t entry;

  atu_tlb #(
    .Entries(4),
    .Ways   (Ways)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .valid_i,
    .op_i,
    .key_i,
    .entry_i,
    .set_i,
    .hit_o  (hit),
    .entry_o(entry)
  );

  // ---- What is known of mine ----

  key_t       mine_q, key1_q, key2_q;
  logic       valid1_q, valid2_q, known_q, set, set1_q, set2_q, my_set;
  op_e        op1_q, op2_q;
  entry_t     entry1_q, entry2_q, entry_q;

  assign my_set = ^mine_q.vpn;
  assign set    = op_i inside {OpInvRequest, OpInvAll} ? set_i : ^key_i.vpn;

  logic fills, forgets;
  assign fills   = valid2_q && op2_q == OpFill && key2_q == mine_q;
  assign forgets = valid2_q && set2_q == my_set &&
                   (op2_q == OpInvAll ||
                    (op2_q == OpInvRequest && key2_q.vpn.request == mine_q.vpn.request) ||
                    (op2_q == OpInvPage && key2_q.vpn == mine_q.vpn));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mine_q   <= mine_i;
      valid1_q <= 1'b0;
      valid2_q <= 1'b0;
      known_q  <= 1'b0;
    end else begin
      valid1_q <= valid_i;
      valid2_q <= valid1_q;
      if (fills) known_q <= 1'b1;
      if (forgets) known_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    op1_q    <= op_i;
    op2_q    <= op1_q;
    key1_q   <= key_i;
    key2_q   <= key1_q;
    entry1_q <= entry_i;
    entry2_q <= entry1_q;
    set1_q   <= set;
    set2_q   <= set1_q;
    if (fills) entry_q <= entry2_q;
  end

  // ---- What whoever uses the TLB keeps to ----

  `SKV_ASSUME(Op, op_i inside {OpLookup, OpFill, OpInvPage, OpInvRequest, OpInvAll})
  `SKV_ASSUME(InvalidateAlone, valid_i && op_i inside {OpInvPage, OpInvRequest, OpInvAll} |->
              !(valid1_q && op1_q inside {OpLookup, OpFill}) &&
              !(valid2_q && op2_q inside {OpLookup, OpFill}))
  `SKV_ASSUME(WritersApart,
              (valid1_q && op1_q != OpLookup) || (valid2_q && op2_q != OpLookup) |->
              !(valid_i && op_i inside {OpLookup, OpFill}))
  `SKV_ASSUME(FillAlone, valid_i && op_i == OpFill |-> !valid1_q && !valid2_q)
  `SKV_ASSUME(OwnEntry, valid_i && op_i == OpFill |->
              entry_i.valid && entry_i.owner == key_i.tenant)
  `SKV_ASSUME(FilledOnce, u_dut.valid1_q && u_dut.op1_q == OpFill |-> u_dut.matching == '0)

  // ---- Proven ----

  `SKV_ASSERT(Found, valid2_q && op2_q == OpLookup && key2_q == mine_q && hit |->
              known_q && entry == entry_q && entry.owner == mine_q.tenant)
  `SKV_COVER(FoundOnce, valid2_q && op2_q == OpLookup && key2_q == mine_q && hit)

  // What makes it inductive: the pipeline and its copy agree, and the memory is as it should be.
  `SKV_ASSERT(SameStages, valid1_q == u_dut.valid1_q && valid2_q == u_dut.valid2_q)
  `SKV_ASSERT(SameFirst, valid1_q |-> op1_q == u_dut.op1_q && key1_q == u_dut.key1_q &&
              set1_q == u_dut.set1_q && entry1_q == u_dut.entry1_q)
  `SKV_ASSERT(SameSecond, valid2_q |-> op2_q == u_dut.op2_q && key2_q.vpn == u_dut.vpn2_q &&
              set2_q == u_dut.set2_q && entry2_q == u_dut.entry2_q)
  `SKV_ASSERT(SetOfVpn1, valid1_q && op1_q inside {OpLookup, OpFill, OpInvPage} |->
              set1_q == ^key1_q.vpn)
  `SKV_ASSERT(SetOfVpn2, valid2_q && op2_q inside {OpLookup, OpFill, OpInvPage} |->
              set2_q == ^key2_q.vpn)
  `SKV_ASSERT(FillOwns1, valid1_q && op1_q == OpFill |->
              entry1_q.valid && entry1_q.owner == key1_q.tenant && !valid2_q)
  `SKV_ASSERT(FillOwns2, valid2_q && op2_q == OpFill |->
              entry2_q.valid && entry2_q.owner == key2_q.tenant && !valid1_q)
  `SKV_ASSERT(Apart, valid2_q && op2_q != OpLookup && valid1_q |->
              op1_q inside {OpInvPage, OpInvRequest, OpInvAll})
  `SKV_ASSERT(Known, known_q |-> entry_q.owner == mine_q.tenant)

  logic [Ways-1:0][VpnAt+51:0] here;     // the ways of my set
  logic [1:0][Ways-1:0][VpnAt+51:0] all;
  assign all[0] = {u_dut.gen_way[1].u_ram.mem_q[0], u_dut.gen_way[0].u_ram.mem_q[0]};
  assign all[1] = {u_dut.gen_way[1].u_ram.mem_q[1], u_dut.gen_way[0].u_ram.mem_q[1]};
  assign here   = all[my_set];

  // The unit begins by invalidating every set: a reset leaves nothing.
  always_comb if (!rst_ni) assume (all == '0 && u_dut.we == '0);

  localparam int unsigned OwnerAt = 19;  // in an entry_t

  function automatic logic of_key(logic [VpnAt+51:0] way, key_t key);
    logic unused;
    unused = &{1'b0, way};
    return way[0] && {way[VpnAt+:52], way[OwnerAt+:16]} == key;
  endfunction

  for (genvar w = 0; w < Ways; w++) begin : gen_way
    `SKV_ASSERT(Held, of_key(here[w], mine_q) |->
                known_q && here[w][VpnAt-1:0] == entry_q)
    // What a lookup or a fill read is still there.
    `SKV_ASSERT(Read, valid1_q && op1_q inside {OpLookup, OpFill} |->
                u_dut.read[w] == all[set1_q][w])
    `SKV_ASSERT(Kept, valid2_q && op2_q == OpLookup |->
                u_dut.entries2_q[w] == all[set2_q][w][VpnAt-1:0] &&
                u_dut.chosen2_q[w] == of_key(all[set2_q][w], key2_q))
    `SKV_ASSERT(New, valid2_q && op2_q == OpFill |-> !of_key(all[set2_q][w], key2_q))
    `SKV_ASSERT(Cleared, valid2_q && set2_q == my_set && forgets &&
                of_key(here[w], mine_q) |-> u_dut.chosen2_q[w])
  end

  for (genvar s = 0; s < 2; s++) begin : gen_set
    `SKV_ASSERT(Distinct, !all[s][1][0] ||
                !of_key(all[s][0], {all[s][1][VpnAt+:52], all[s][1][OwnerAt+:16]}))
  end

  `SKV_ASSERT(OneChosen, valid2_q && op2_q == OpFill |-> $onehot(u_dut.chosen2_q))
  `SKV_ASSERT(AllChosen, valid2_q && op2_q == OpInvAll |-> &u_dut.chosen2_q)

  // ---- Two requests, two pages, two tenants: few enough to prove ----

  function automatic logic few(key_t key);
    return key.vpn.request[15:1] == '0 && key.vpn[35:1] == '0 && key.tenant[15:1] == '0;
  endfunction

  `SKV_ASSUME(FewMine, few(mine_i) && few(mine_q))
  `SKV_ASSUME(FewKeys, few(key_i) && few(key1_q) && few(key2_q))

endmodule
