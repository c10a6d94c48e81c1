// Whoever asks for a page gets its own entry, and none from before an invalidation that was done.
//
// One page and tenant (mine), one of the requests for it (tracked, the only one with an odd tag) and
// one invalidation of it (chosen) are any.  A walk's entry says in its slot whether the walk began
// after the chosen invalidation was accepted.

`include "skv_assert.svh"

module atu_front_formal
  import skv_mem_pkg::*;
  import atu_pkg::*;
(
  input logic        clk_i,
  input logic        rst_ni,
  input logic        req_valid_i,
  input translate_t  req_i,
  input logic        rsp_ready_i,
  input logic        inv_valid_i,
  input invalidate_t inv_i,
  input logic        choose_i,    // this invalidation
  input logic        end_pick_i,  // this walk ends
  input logic [1:0]  end_slot_i,
  input fault_e      end_fault_i,
  input entry_t      end_entry_i,
  input key_t        mine_i
);

  localparam int unsigned Walks = 2;
  localparam int unsigned Slots = 2 * Walks;

  logic             req_ready, rsp_valid, inv_ready, inv_done, start_valid, end_ready;
  translated_t      rsp;
  logic [1:0]       start_slot;
  key_t             start_key;
  logic [Slots-1:0] fresh;
  logic             clear_page, clear_all, hit, miss, merge;
  vpn_t             clear_vpn;

  logic       end_valid_q;
  logic [1:0] end_slot_q;
  fault_e     end_fault_q;
  entry_t     end_entry_q;

  key_t             mine_q;
  logic [Slots-1:0] started_q, after_q;
  key_t [Slots-1:0] key_q;
  logic             chosen_q, done_q, tracked_q, must_q, answered_q;

  atu_front #(
    .Entries(4),
    .Ways   (2),
    .Walks  (Walks)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .req_valid_i,
    .req_ready_o  (req_ready),
    .req_i,
    .rsp_valid_o  (rsp_valid),
    .rsp_ready_i,
    .rsp_o        (rsp),
    .inv_valid_i,
    .inv_ready_o  (inv_ready),
    .inv_i,
    .inv_done_o   (inv_done),
    .start_valid_o(start_valid),
    .start_slot_o (start_slot),
    .start_key_o  (start_key),
    .fresh_o      (fresh),
    .clear_page_o (clear_page),
    .clear_all_o  (clear_all),
    .clear_vpn_o  (clear_vpn),
    .end_valid_i  (end_valid_q),
    .end_ready_o  (end_ready),
    .end_slot_i   (end_slot_q),
    .end_key_i    (key_q[end_slot_q]),
    .end_fault_i  (end_fault_q),
    .end_entry_i  (end_entry_q),
    .hit_o        (hit),
    .miss_o       (miss),
    .merge_o      (merge)
  );

  // ---- Walks ----

  logic picks;
  assign picks = end_pick_i && !end_valid_q && started_q[end_slot_i];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      end_valid_q <= 1'b0;
      started_q   <= '0;
    end else begin
      if (start_valid) started_q[start_slot] <= 1'b1;
      if (picks) end_valid_q <= 1'b1;
      if (end_valid_q && end_ready) begin
        end_valid_q           <= 1'b0;
        started_q[end_slot_q] <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_valid) begin
      key_q[start_slot]   <= start_key;
      after_q[start_slot] <= chosen_q;
    end
    if (picks) begin
      end_slot_q  <= end_slot_i;
      end_fault_q <= end_fault_i;
      end_entry_q <= end_entry_i;
    end
  end

  `SKV_ASSERT(StartsFree, start_valid |-> !started_q[start_slot])
  `SKV_ASSUME(OwnersEntry, picks && end_fault_i == FaultNone |->
              end_entry_i.valid && end_entry_i.owner == key_q[end_slot_i].tenant)
  `SKV_ASSUME(SaysWhen, picks && key_q[end_slot_i] == mine_q |->
              end_entry_i.slot[0] == after_q[end_slot_i])

  // ---- The invalidation and the request ----

  logic asked, of_mine, tracks;
  assign asked = req_valid_i && req_ready;
  assign of_mine = inv_i.kind == InvAll ||
                   (inv_i.kind == InvRequest && inv_i.vpn.request == mine_q.vpn.request) ||
                   (inv_i.kind == InvPage && inv_i.vpn == mine_q.vpn);
  assign tracks = asked && req_i.tag[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mine_q     <= mine_i;
      chosen_q   <= 1'b0;
      done_q     <= 1'b0;
      tracked_q  <= 1'b0;
      must_q     <= 1'b0;
      answered_q <= 1'b0;
    end else begin
      if (choose_i && of_mine && inv_valid_i && inv_ready) chosen_q <= 1'b1;
      if (chosen_q && inv_done) done_q <= 1'b1;
      if (tracks) begin
        tracked_q <= 1'b1;
        must_q    <= done_q || (chosen_q && inv_done);
      end
      if (rsp_valid && rsp_ready_i && rsp.tag[0]) answered_q <= 1'b1;
    end
  end

  `SKV_ASSUME(ReqHeld, req_valid_i && !req_ready |=> req_valid_i && $stable(req_i))
  `SKV_ASSUME(InvHeld, inv_valid_i && !inv_ready |=> inv_valid_i && $stable(inv_i))
  `SKV_ASSUME(InvKind, inv_i.kind != inv_e'(2'd3))
  `SKV_ASSUME(TrackedIsMine, req_valid_i && req_i.tag[0] |->
              !tracked_q && {req_i.vpn, req_i.tenant} == mine_q)

  `SKV_ASSERT(OneAnswer, rsp_valid && rsp.tag[0] |-> tracked_q && !answered_q)
  `SKV_ASSERT(OwnEntry, rsp_valid && rsp.tag[0] && rsp.fault == FaultNone |->
              rsp.entry.valid && rsp.entry.owner == mine_q.tenant)
  `SKV_ASSERT(NotInvalidated, rsp_valid && rsp.tag[0] && rsp.fault == FaultNone && must_q |->
              rsp.entry.slot[0])

  `SKV_COVER(AnsweredBehind, rsp_valid && rsp.tag[0] && rsp.fault == FaultNone && must_q)

  // ---- Two requests, two pages, two tenants: small enough to prove ----

  function automatic logic small(vpn_t vpn, tenant_t tenant);
    return vpn.request[15:1] == '0 && vpn.layer == '0 && vpn.kv_head == '0 && !vpn.kind &&
           vpn.page[18:1] == '0 && tenant[15:1] == '0;
  endfunction

  `SKV_ASSUME(SmallMine, small(mine_i.vpn, mine_i.tenant))
  `SKV_ASSUME(SmallReq, small(req_i.vpn, req_i.tenant) && req_i.tag[7:1] == '0)
  `SKV_ASSUME(SmallInv, small(inv_i.vpn, '0))
  `SKV_ASSUME(SmallMine2, small(mine_q.vpn, mine_q.tenant))
  `SKV_ASSUME(SmallEntry, end_entry_i.address == '0 && end_entry_i.crc == '0 &&
              end_entry_i.check == '0 && end_entry_i.length == '0 && end_entry_i.codec == '0 &&
              end_entry_i.zero == '0 && end_entry_i.slot[7:1] == '0 &&
              end_entry_i.owner[15:1] == '0)

  logic unused;
  assign unused = &{1'b0, fresh, clear_page, clear_all, clear_vpn, hit, miss, merge};

endmodule
