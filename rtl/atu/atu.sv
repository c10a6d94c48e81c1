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

  localparam int unsigned Slots = 2 * Walks;
  localparam int unsigned SlotW = $clog2(Slots);

  logic             start_valid, clear_rows, end_valid, end_ready;
  logic [SlotW-1:0] start_slot, end_slot;
  key_t             start_key, end_key;
  logic [Slots-1:0] fresh;
  fault_e           end_fault;
  entry_t           end_entry;

  atu_front #(
    .Entries(Entries),
    .Ways   (Ways),
    .Walks  (Walks)
  ) u_front (
    .clk_i,
    .rst_ni,
    .req_valid_i,
    .req_ready_o,
    .req_i,
    .rsp_valid_o,
    .rsp_ready_i,
    .rsp_o,
    .inv_valid_i,
    .inv_ready_o,
    .inv_i,
    .inv_done_o,
    .start_valid_o(start_valid),
    .start_slot_o (start_slot),
    .start_key_o  (start_key),
    .fresh_o      (fresh),
    .clear_rows_o (clear_rows),
    .end_valid_i  (end_valid),
    .end_ready_o  (end_ready),
    .end_slot_i   (end_slot),
    .end_key_i    (end_key),
    .end_fault_i  (end_fault),
    .end_entry_i  (end_entry),
    .hit_o,
    .miss_o,
    .merge_o
  );

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
    .begin_o      (walk_o),
    .clear_rows_i (clear_rows),
    .end_valid_o  (end_valid),
    .end_ready_i  (end_ready),
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

  `SKV_ASSERT(SingleReads, ar_valid_o |-> ar_o.len == '0)

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
