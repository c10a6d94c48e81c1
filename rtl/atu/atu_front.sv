// The front of the address translation unit: everything but the walking of the page table.
//
// Looks requests up, gives walks to whoever walks, takes their ends, answers, invalidates.  Timing
// and rules are those of the unit (atu.sv).  Every walk given ends once, at any time, with a fault
// or with its owner's entry.

`include "skv_assert.svh"

module atu_front
  import skv_mem_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Entries = 256,
  parameter int unsigned Ways = 4,
  parameter int unsigned Walks = 8,
  localparam int unsigned Slots = 2 * Walks,
  localparam int unsigned SlotW = $clog2(Slots)
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             req_valid_i,
  output logic             req_ready_o,
  input  translate_t       req_i,
  output logic             rsp_valid_o,
  input  logic             rsp_ready_i,
  output translated_t      rsp_o,

  input  logic             inv_valid_i,
  output logic             inv_ready_o,
  input  invalidate_t      inv_i,
  output logic             inv_done_o,

  output logic             start_valid_o,  // a walk, to be taken at once
  output logic [SlotW-1:0] start_slot_o,
  output key_t             start_key_o,
  output logic [Slots-1:0] fresh_o,        // walks whose row pointer may be kept
  output logic             clear_rows_o,   // row pointers are to be forgotten

  input  logic             end_valid_i,
  output logic             end_ready_o,    // its last request is answered
  input  logic [SlotW-1:0] end_slot_i,
  input  key_t             end_key_i,
  input  fault_e           end_fault_i,
  input  entry_t           end_entry_i,    // anything with a fault

  output logic             hit_o,
  output logic             miss_o,
  output logic             merge_o
);

  localparam int unsigned Sets = Entries / Ways;
  localparam int unsigned SetW = $clog2(Sets);
  // Answers: those of the lookups in the pipeline must have room when it is found to be short.
  localparam int unsigned OutDepth = 16;
  localparam int unsigned OutSlack = 6;

  // ---- What enters the pipeline: a lookup, the entry of a walk, invalidations ----

  logic            op_valid, accept, fill, inv_busy, inv_valid, empty, out_short, full, hit;
  op_e             op, inv_op;
  key_t            key;
  vpn_t            inv_vpn;
  logic [SetW-1:0] inv_set;
  logic            valid1_q, valid2_q, valid3_q, writer1_q, writer2_q, answering_q;

  assign req_ready_o = !(end_valid_i || inv_busy || writer1_q || writer2_q || full || out_short);
  assign accept      = req_valid_i && req_ready_o;

  assign op_valid = accept || fill || inv_valid;

  always_comb begin
    op  = OpLookup;
    key = '{vpn: req_i.vpn, tenant: req_i.tenant};
    if (inv_busy) begin
      op      = inv_op;
      key.vpn = inv_vpn;
    end else if (end_valid_i) begin
      op  = OpFill;
      key = end_key_i;
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
    .entry_i(end_entry_i),
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

  logic       answer, answer_write, answer_last, answer_open;
  logic [7:0] answer_tag;
  op_e        op1_q, op2_q;
  logic       first1_q, first2_q;  // operation of an invalidation

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
    .merge_o,
    .start_valid_o,
    .start_slot_o,
    .start_key_o,
    .answer_i      (answer),
    .answer_slot_i (end_slot_i),
    .answer_tag_o  (answer_tag),
    .answer_write_o(answer_write),
    .answer_last_o (answer_last),
    .answer_open_o (answer_open),
    .fresh_o
  );

  always_ff @(posedge clk_i) begin
    op1_q <= op;
    op2_q <= op1_q;

    first1_q <= inv_valid && inv_set == '0;
    first2_q <= first1_q;
  end

  assign clear_rows_o = first2_q && op2_q != OpInvPage;

  // A walk that is through: with nothing in the pipeline its entry goes into the TLB, and its
  // requests are answered one a cycle.
  assign answer = end_valid_i && !out_short && (answering_q || (empty && !inv_busy));
  assign fill   = answer && !answering_q && answer_open && end_fault_i == FaultNone;

  assign end_ready_o = answer && answer_last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) answering_q <= 1'b0;
    else if (answer) answering_q <= !answer_last;
  end

  // ---- Answers ----

  translated_t out;
  fault_e      answer_fault;

  assign answer_fault = end_fault_i != FaultNone ? end_fault_i :
                        answer_write && !end_entry_i.writable ? FaultReadOnly : FaultNone;

  always_comb begin
    out.tag   = valid3_q ? tag3_q : answer_tag;
    out.fault = answer_fault;
    out.entry = answer_fault == FaultNone ? end_entry_i : '0;
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

  assign hit_o  = hit;
  assign miss_o = valid2_q && op2_q == OpLookup && !hit;

  `SKV_ASSUME(ReqHeld, req_valid_i && !req_ready_o |=> req_valid_i && $stable(req_i))
  `SKV_ASSERT(RspHeld, rsp_valid_o && !rsp_ready_i |=> rsp_valid_o && $stable(rsp_o))
  `SKV_ASSERT(OneAtATime, $onehot0({accept, fill, inv_valid}))
  `SKV_ASSERT(OneAnswer, !(valid3_q && answer))
  `SKV_ASSERT(NoDataWithAFault, rsp_valid_o && rsp_o.fault != FaultNone |-> rsp_o.entry == '0)

endmodule
