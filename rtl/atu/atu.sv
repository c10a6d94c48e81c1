// Address translation unit: virtual page numbers to page-table entries (docs/memory-path.md).
//
// Takes a request a cycle and answers each exactly once, in any order, told apart by the asker's
// tag.  A hit in the TLB is answered after 4 cycles, and hits pass while misses walk.  A walk of
// three reads takes 15 cycles besides the memory's own, from request to answer, in an idle unit.
//
// Up to Walks walks read the page table; as many more wait for one of them to end.  A request joins
// the walk for its page and tenant that is under way.  Requests are held back, hits too, when fewer
// than three of the 2 Walks walks or of the 4 Walks places for requests that wait are free, when
// answers are not taken, for up to 6 cycles when a walk ends (the pipeline runs empty, the walk's
// requests are answered one a cycle, and its entry goes into the TLB), and during invalidations
// (a page: up to 8 cycles; a request or everything: as many more as the TLB has sets).  After reset
// everything is invalidated first.
//
// What a request sees: requests, ends of walks and invalidations take effect one after the other.
// A request accepted after inv_done_o uses no entry, walk or row pointer from before the
// invalidation was accepted.
//
// Nothing in the TLB, among the walks or among the row pointers answers to another tenant than its
// owner, or in another time because of it.  What tenants share is room: places in the TLB, walks,
// the memory.
//
// root_base_i, requests_i and limit_i stay as they are while anything is under way.

`include "skv_assert.svh"

module atu
  import skv_mem_pkg::*;
  import skv_axi_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Entries = 256,
  parameter int unsigned Ways = 4,
  parameter int unsigned Walks = 8,
  parameter int unsigned Rows = 128  // row pointers kept
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  unit_t       root_base_i,
  input  logic [16:0] requests_i,   // root lines
  input  unit_t       limit_i,      // addresses are below it

  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  translate_t  req_i,
  output logic        rsp_valid_o,
  input  logic        rsp_ready_i,
  output translated_t rsp_o,

  input  logic        inv_valid_i,
  output logic        inv_ready_o,
  input  invalidate_t inv_i,
  output logic        inv_done_o,   // for one cycle

  output logic        ar_valid_o,
  input  logic        ar_ready_i,
  output ax_t         ar_o,
  input  logic        r_valid_i,
  output logic        r_ready_o,
  input  r_t          r_i,

  // For counters: a request hit, or missed; of those that missed, one joined a walk.  A walk began.
  output logic        hit_o,
  output logic        miss_o,
  output logic        merge_o,
  output logic        walk_o
);

  localparam int unsigned Sets = Entries / Ways;
  localparam int unsigned SetW = $clog2(Sets);
  localparam int unsigned Slots = 2 * Walks;
  localparam int unsigned SlotW = $clog2(Slots);
  // Answers: those of the lookups in the pipeline must have room when it is found to be short.
  localparam int unsigned OutDepth = 16;
  localparam int unsigned OutSlack = 6;

  // ---- What enters the pipeline: a lookup, the entry of a walk, invalidations ----

  logic            op_valid, accept, fill, inv_busy, inv_valid, empty, out_short, full, hit;
  op_e             op, inv_op;
  key_t            key, end_key;
  vpn_t            inv_vpn;
  logic [SetW-1:0] inv_set;
  entry_t          end_entry;
  logic            end_valid;
  logic            valid1_q, valid2_q, valid3_q, writer1_q, writer2_q, answering_q;

  assign req_ready_o = !(end_valid || inv_busy || writer1_q || writer2_q || full || out_short);
  assign accept      = req_valid_i && req_ready_o;

  assign op_valid = accept || fill || inv_valid;

  always_comb begin
    op  = OpLookup;
    key = '{vpn: req_i.vpn, tenant: req_i.tenant};
    if (inv_busy) begin
      op      = inv_op;
      key.vpn = inv_vpn;
    end else if (end_valid) begin
      op  = OpFill;
      key = end_key;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q  <= 1'b0;
      valid2_q  <= 1'b0;
      valid3_q  <= 1'b0;
      writer1_q <= 1'b0;
      writer2_q <= 1'b0;
    end else begin
      valid1_q  <= op_valid;
      valid2_q  <= valid1_q;
      valid3_q  <= hit;
      writer1_q <= fill || inv_valid;
      writer2_q <= writer1_q;
    end
  end

  assign empty = !(valid1_q || valid2_q || valid3_q || answering_q);

  // ---- Hits ----

  logic       write1_q, write2_q, write3_q;
  logic [7:0] tag1_q, tag2_q, tag3_q;
  entry_t     hit_entry, entry3_q;

  atu_tlb #(
    .Entries(Entries),
    .Ways   (Ways)
  ) u_tlb (
    .clk_i,
    .rst_ni,
    .valid_i(op_valid),
    .op_i   (op),
    .key_i  (key),
    .entry_i(end_entry),
    .set_i  (inv_set),
    .hit_o  (hit),
    .entry_o(hit_entry)
  );

  always_ff @(posedge clk_i) begin
    tag1_q   <= req_i.tag;
    write1_q <= req_i.write;
    tag2_q   <= tag1_q;
    write2_q <= write1_q;
    tag3_q   <= tag2_q;
    write3_q <= write2_q;
    entry3_q <= hit_entry;
  end

  // ---- Misses ----

  logic             start_valid, merge, answer, answer_write, answer_last, answer_open;
  logic [SlotW-1:0] start_slot, end_slot;
  key_t             start_key;
  logic [7:0]       answer_tag;
  logic [Slots-1:0] fresh;
  fault_e           end_fault;
  op_e              op1_q, op2_q;
  vpn_t             vpn1_q, vpn2_q;
  logic             first1_q, first2_q;  // operation of an invalidation

  atu_misses #(
    .Walks(Walks)
  ) u_misses (
    .clk_i,
    .rst_ni,
    .valid_i       (op_valid),
    .op_i          (op),
    .key_i         (key),
    .tag_i         (req_i.tag),
    .write_i       (req_i.write),
    .hit_i         (hit),
    .full_o        (full),
    .merge_o       (merge),
    .start_valid_o (start_valid),
    .start_slot_o  (start_slot),
    .start_key_o   (start_key),
    .answer_i      (answer),
    .answer_slot_i (end_slot),
    .answer_tag_o  (answer_tag),
    .answer_write_o(answer_write),
    .answer_last_o (answer_last),
    .answer_open_o (answer_open),
    .fresh_o       (fresh)
  );

  always_ff @(posedge clk_i) begin
    op1_q  <= op;
    vpn1_q <= key.vpn;
    op2_q  <= op1_q;
    vpn2_q <= vpn1_q;

    first1_q <= inv_valid && inv_set == '0;
    first2_q <= first1_q;
  end

  logic walk;

  atu_walker #(
    .Walks(Walks),
    .Rows (Rows)
  ) u_walker (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .requests_i,
    .limit_i,
    .start_valid_i(start_valid),
    .start_slot_i (start_slot),
    .start_key_i  (start_key),
    .fresh_i      (fresh),
    .begin_o      (walk),
    .clear_page_i (first2_q && op2_q == OpInvPage),
    .clear_all_i  (first2_q && op2_q != OpInvPage),
    .clear_vpn_i  (vpn2_q),
    .end_valid_o  (end_valid),
    .end_ready_i  (answer && answer_last),
    .end_slot_o   (end_slot),
    .end_key_o    (end_key),
    .end_fault_o  (end_fault),
    .end_entry_o  (end_entry),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i
  );

  // A walk that is through: with nothing in the pipeline its entry goes into the TLB, and its
  // requests are answered one a cycle.
  assign answer = end_valid && !inv_busy && !out_short && (empty || answering_q);
  assign fill   = answer && !answering_q && answer_open && end_fault == FaultNone;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) answering_q <= 1'b0;
    else if (answer) answering_q <= !answer_last;
  end

  // ---- Answers ----

  translated_t out;
  fault_e      answer_fault;

  assign answer_fault = end_fault != FaultNone ? end_fault :
                        answer_write && !end_entry.writable ? FaultReadOnly : FaultNone;

  always_comb begin
    out.tag   = valid3_q ? tag3_q : answer_tag;
    out.fault = answer_fault;
    out.entry = answer_fault == FaultNone ? end_entry : '0;
    if (valid3_q) begin
      out.fault = write3_q && !entry3_q.writable ? FaultReadOnly : FaultNone;
      out.entry = write3_q && !entry3_q.writable ? '0 : entry3_q;
    end
  end

  skv_slack_fifo #(
    .data_t(translated_t),
    .Depth (OutDepth),
    .Slack (OutSlack)
  ) u_out (
    .clk_i,
    .rst_ni,
    .push_i       (valid3_q || answer),
    .data_i       (out),
    .nearly_full_o(out_short),
    .valid_o      (rsp_valid_o),
    .pop_i        (rsp_valid_o && rsp_ready_i),
    .data_o       (rsp_o)
  );

  // ---- Invalidations ----

  atu_invalidator #(
    .Sets(Sets)
  ) u_invalidator (
    .clk_i,
    .rst_ni,
    .inv_valid_i,
    .inv_ready_o,
    .inv_i,
    .inv_done_o,
    .busy_o (inv_busy),
    .empty_i(empty),
    .valid_o(inv_valid),
    .op_o   (inv_op),
    .vpn_o  (inv_vpn),
    .set_o  (inv_set)
  );

  assign hit_o   = hit;
  assign miss_o  = valid2_q && op2_q == OpLookup && !hit;
  assign merge_o = merge;
  assign walk_o  = walk;

  `SKV_ASSUME(ReqHeld, req_valid_i && !req_ready_o |=> req_valid_i && $stable(req_i))
  `SKV_ASSERT(RspHeld, rsp_valid_o && !rsp_ready_i |=> rsp_valid_o && $stable(rsp_o))
  `SKV_ASSERT(OneAtATime, $onehot0({accept, fill, inv_valid}))
  `SKV_ASSERT(OneAnswer, !(valid3_q && answer))
  `SKV_ASSERT(NoDataWithAFault, rsp_valid_o && rsp_o.fault != FaultNone |-> rsp_o.entry == '0)

  skv_axi_rules u_rules (
    .clk_i,
    .rst_ni,
    .ar_valid_i(ar_valid_o),
    .ar_ready_i,
    .ar_i      (ar_o),
    .r_valid_i,
    .r_ready_i (r_ready_o),
    .r_i,
    .aw_valid_i(1'b0),
    .aw_ready_i(1'b0),
    .aw_i      ('0),
    .w_valid_i (1'b0),
    .w_ready_i (1'b0),
    .w_i       ('0),
    .b_valid_i (1'b0),
    .b_ready_i (1'b0),
    .b_i       ('{id: '0, resp: RespOkay})
  );

endmodule
