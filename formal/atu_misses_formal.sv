// No lookup joins a walk that began before an invalidation of its page, and none such fills.
//
// One page and tenant (mine) and one invalidation of it (chosen) are any.

`include "skv_assert.svh"

module atu_misses_formal
  import skv_mem_pkg::*;
  import atu_pkg::*;
(
  input logic       clk_i,
  input logic       rst_ni,
  input logic       valid_i,
  input op_e        op_i,
  input key_t       key_i,
  input logic [7:0] tag_i,
  input logic       write_i,
  input logic       hits_i,
  input logic       answer_i,
  input logic [1:0] slot_i,
  input logic       choose_i,
  input key_t       mine_i
);

  localparam int unsigned Walks = 2;
  localparam int unsigned Slots = 2 * Walks;

  logic             full, merge, start, answer, answer_write, last, open;
  logic [1:0]       start_slot, slot;
  key_t             start_key;
  logic [7:0]       answer_tag;
  logic [Slots-1:0] fresh;

  logic       valid1_q, valid2_q, hit, chosen_q, page_q, answering_q;
  op_e        op1_q, op2_q;
  key_t       key1_q, key2_q, mine_q;
  logic [1:0] answering_slot_q;

  // Walks of mine that began before the chosen invalidation, and walks that are under way.
  logic [Slots-1:0] before_q, walking_q;

  atu_misses #(
    .Walks(Walks)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .valid_i,
    .op_i,
    .key_i,
    .tag_i,
    .write_i,
    .hit_i         (hit),
    .full_o        (full),
    .merge_o       (merge),
    .start_valid_o (start),
    .start_slot_o  (start_slot),
    .start_key_o   (start_key),
    .answer_i      (answer),
    .answer_slot_i (slot),
    .answer_tag_o  (answer_tag),
    .answer_write_o(answer_write),
    .answer_last_o (last),
    .answer_open_o (open),
    .fresh_o       (fresh)
  );

  logic looks_up, invalidates;
  assign hit         = hits_i && valid2_q && op2_q == OpLookup;
  assign looks_up    = valid2_q && op2_q == OpLookup && key2_q == mine_q;
  assign invalidates = valid2_q && (op2_q == OpInvAll ||
                       (op2_q == OpInvRequest && key2_q.vpn.request == mine_q.vpn.request) ||
                       (op2_q == OpInvPage && key2_q.vpn == mine_q.vpn));

  // A walk ends when nothing is in the pipeline, and its requests are answered in a row.
  assign slot   = answering_q ? answering_slot_q : slot_i;
  assign answer = answering_q || (answer_i && walking_q[slot_i] && !valid1_q && !valid2_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mine_q      <= mine_i;
      valid1_q    <= 1'b0;
      valid2_q    <= 1'b0;
      chosen_q    <= 1'b0;
      answering_q <= 1'b0;
      before_q    <= '0;
      walking_q   <= '0;
    end else begin
      valid1_q <= valid_i;
      valid2_q <= valid1_q;
      if (start) begin
        walking_q[start_slot] <= 1'b1;
        before_q[start_slot]  <= start_key == mine_q && !chosen_q;
      end
      if (choose_i && invalidates) chosen_q <= 1'b1;
      answering_q <= answer && !last;
      if (answer && last) begin
        walking_q[slot] <= 1'b0;
        before_q[slot]  <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    op1_q            <= op_i;
    op2_q            <= op1_q;
    key1_q           <= key_i;
    key2_q           <= key1_q;
    answering_slot_q <= slot;
    if (!chosen_q) page_q <= op2_q == OpInvPage;
  end

  `SKV_ASSUME(Op, op_i inside {OpLookup, OpFill, OpInvPage, OpInvRequest, OpInvAll})
  `SKV_ASSUME(Room, valid_i && op_i == OpLookup |-> !full)
  `SKV_ASSUME(Alone, valid_i && op_i != OpLookup |-> !valid1_q && !valid2_q && !answer)
  `SKV_ASSUME(Behind, (valid1_q && op1_q != OpLookup) || (valid2_q && op2_q != OpLookup) |->
              !valid_i)
  `SKV_ASSUME(NotWhileAnswering, answer |-> !valid_i)

  `SKV_ASSERT(NotJoined, looks_up && chosen_q && merge |-> !before_q[u_dut.slot])
  `SKV_ASSERT(NotFilled, answer && !answering_q && chosen_q && before_q[slot] |-> !open)
  `SKV_ASSERT(NotFresh, chosen_q && !page_q |-> (before_q & fresh) == '0)
  `SKV_ASSERT(Joined, looks_up && merge |-> u_dut.key_q[u_dut.slot] == mine_q)
  `SKV_ASSERT(EachWalks, walking_q == u_dut.busy_q)

  `SKV_COVER(JoinedBehind, looks_up && chosen_q && merge && before_q != '0)

  function automatic logic few(key_t key);
    return key.vpn.request[15:1] == '0 && key.vpn[35:1] == '0 && key.tenant[15:1] == '0;
  endfunction

  `SKV_ASSUME(FewMine, few(mine_i))
  `SKV_ASSUME(FewKeys, few(key_i))

  logic unused;
  assign unused = &{1'b0, answer_tag, answer_write};

endmodule
