// Requests that missed the TLB, and the walks they wait for.
//
// Sees every operation of the TLB beside it, in the same three stages.  A lookup that missed joins
// the walk for its key that is open; without one it gets a new walk, which starts at once.  A walk
// is open until its first answer or until an invalidation matches it; then later requests get a
// walk of their own.  When a walk is through, its requests are answered one a cycle, in their
// order; nothing else is in the pipeline then.
//
// 2 Walks slots for walks, under way or waiting to begin, and 4 Walks places for requests.  full_o
// keeps room for the lookups that are in the pipeline.

`include "skv_assert.svh"

module atu_misses
  import skv_mem_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Walks = 8,
  localparam int unsigned Slots = 2 * Walks,
  localparam int unsigned SlotW = $clog2(Slots)
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             valid_i,
  input  op_e              op_i,
  input  key_t             key_i,
  input  logic [7:0]       tag_i,
  input  logic             write_i,
  input  logic             hit_i,           // two cycles on
  output logic             full_o,
  output logic             merge_o,         // two cycles on: joined a walk

  output logic             start_valid_o,   // two cycles on: a new walk
  output logic [SlotW-1:0] start_slot_o,
  output key_t             start_key_o,

  input  logic             answer_i,        // the next request of this walk is answered
  input  logic [SlotW-1:0] answer_slot_i,
  output logic [7:0]       answer_tag_o,
  output logic             answer_write_o,
  output logic             answer_last_o,   // the walk ends with it
  output logic             answer_open_o,   // nothing invalidated the walk

  output logic [Slots-1:0] fresh_o          // no request that it is of was invalidated
);

  localparam int unsigned Places = 4 * Walks;
  localparam int unsigned PlaceW = $clog2(Places);
  localparam int unsigned InFlight = 3;  // lookups not decided, when one more is accepted

  typedef logic [SlotW-1:0]  slot_t;
  typedef logic [PlaceW-1:0] place_t;

  function automatic slot_t first_free_slot(logic [Slots-1:0] busy);
    slot_t found;
    found = '0;
    for (int i = int'(Slots) - 1; i >= 0; i--) if (!busy[i]) found = slot_t'(i);
    return found;
  endfunction

  function automatic place_t first_free_place(logic [Places-1:0] busy);
    place_t found;
    found = '0;
    for (int i = int'(Places) - 1; i >= 0; i--) if (!busy[i]) found = place_t'(i);
    return found;
  endfunction

  function automatic slot_t number_of(logic [Slots-1:0] one);
    slot_t number;
    number = '0;
    for (int i = 0; i < int'(Slots); i++) if (one[i]) number |= slot_t'(i);
    return number;
  endfunction

  key_t              key_q [Slots];
  logic [Slots-1:0]  busy_q, open_q, fresh_q;
  logic [Places-1:0] taken_q;
  logic [SlotW:0]    slots_q;   // busy
  logic [PlaceW:0]   places_q;  // taken

  // A walk's requests are a list.
  place_t     head_q [Slots];
  place_t     tail_q [Slots];
  place_t     next_q [Places];
  logic [8:0] request_q [Places];  // tag, write

  logic             valid1_q, valid2_q, same2_q, allocated_q, write1_q, write2_q;
  op_e              op1_q, op2_q;
  key_t             key1_q, key2_q;
  logic [7:0]       tag1_q, tag2_q;
  logic [Slots-1:0] match, match2_q;

  // ---- Compare ----

  for (genvar s = 0; s < Slots; s++) begin : gen_compare
    logic same_request, same_vpn, same_tenant;
    assign same_request = key_q[s].vpn.request == key1_q.vpn.request;
    assign same_vpn     = same_request && key_q[s].vpn[35:0] == key1_q.vpn[35:0];
    assign same_tenant  = key_q[s].tenant == key1_q.tenant;

    always_comb begin
      unique case (op1_q)
        OpInvAll:     match[s] = 1'b1;
        OpInvRequest: match[s] = same_request;
        OpInvPage:    match[s] = same_vpn;
        default:      match[s] = open_q[s] && same_vpn && same_tenant;
      endcase
    end
  end

  // ---- Decide ----

  logic   missed, merged, allocate, invalidate, close;
  slot_t  free_slot, joined, slot, slot_q;
  place_t place, answered;

  assign missed     = valid2_q && op2_q == OpLookup && !hit_i;
  assign merged     = |match2_q || (same2_q && allocated_q);
  assign allocate   = missed && !merged;
  assign invalidate = valid2_q && op2_q inside {OpInvPage, OpInvRequest, OpInvAll};

  assign free_slot = first_free_slot(busy_q);
  assign joined    = |match2_q ? number_of(match2_q) : slot_q;
  assign slot      = merged ? joined : free_slot;
  assign place     = first_free_place(taken_q);

  // ---- Answer ----

  assign answered       = head_q[answer_slot_i];
  assign answer_last_o  = answered == tail_q[answer_slot_i];
  assign answer_open_o  = open_q[answer_slot_i];
  assign close          = answer_i && answer_last_o;
  assign {answer_tag_o, answer_write_o} = request_q[answered];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid1_q    <= 1'b0;
      valid2_q    <= 1'b0;
      allocated_q <= 1'b0;
      busy_q      <= '0;
      open_q      <= '0;
      taken_q     <= '0;
      slots_q     <= '0;
      places_q    <= '0;
    end else begin
      valid1_q    <= valid_i;
      valid2_q    <= valid1_q;
      allocated_q <= allocate;
      if (invalidate) open_q <= open_q & ~match2_q;
      if (allocate) begin
        busy_q[free_slot] <= 1'b1;
        open_q[free_slot] <= 1'b1;
      end
      if (missed) taken_q[place] <= 1'b1;
      if (answer_i) begin
        taken_q[answered]     <= 1'b0;
        open_q[answer_slot_i] <= 1'b0;
      end
      if (close) busy_q[answer_slot_i] <= 1'b0;
      slots_q  <= slots_q + (SlotW + 1)'(allocate) - (SlotW + 1)'(close);
      places_q <= places_q + (PlaceW + 1)'(missed) - (PlaceW + 1)'(answer_i);
    end
  end

  always_ff @(posedge clk_i) begin
    op1_q    <= op_i;
    key1_q   <= key_i;
    tag1_q   <= tag_i;
    write1_q <= write_i;
    op2_q    <= op1_q;
    key2_q   <= key1_q;
    tag2_q   <= tag1_q;
    write2_q <= write1_q;
    same2_q  <= key1_q == key2_q;
    match2_q <= match;
    slot_q   <= slot;

    if (invalidate && op2_q != OpInvPage) fresh_q <= fresh_q & ~match2_q;
    if (allocate) begin
      key_q[free_slot]   <= key2_q;
      fresh_q[free_slot] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (missed) begin
      request_q[place] <= {tag2_q, write2_q};
      tail_q[slot]     <= place;
    end
    if (missed && merged) next_q[tail_q[slot]] <= place;
    if (answer_i || allocate) begin
      head_q[answer_i ? answer_slot_i : slot] <= answer_i ? next_q[answered] : place;
    end
  end

  assign full_o        = slots_q > (SlotW + 1)'(Slots - InFlight) ||
                         places_q > (PlaceW + 1)'(Places - InFlight);
  assign merge_o       = missed && merged;
  assign start_valid_o = allocate;
  assign start_slot_o  = free_slot;
  assign start_key_o   = key2_q;
  assign fresh_o       = fresh_q;

  `SKV_CHECK_PARAM(Walks, Walks >= 2 && Walks <= 32 && Walks == 1 << $clog2(Walks))

  `SKV_ASSERT(OneWalkOfAKey, missed |-> $onehot0(match2_q))
  `SKV_ASSERT(SlotFree, allocate |-> !(&busy_q))
  `SKV_ASSERT(PlaceFree, missed |-> !(&taken_q))
  `SKV_ASSERT(OpenIsBusy, (open_q & ~busy_q) == '0)
  `SKV_ASSERT(SlotsCounted, slots_q == (SlotW + 1)'($countones(busy_q)))
  `SKV_ASSERT(PlacesCounted, places_q == (PlaceW + 1)'($countones(taken_q)))
  `SKV_ASSERT(AnswersAlone, answer_i |-> !missed && !invalidate)
  `SKV_ASSERT(AnswerOwed, answer_i |-> busy_q[answer_slot_i] && taken_q[answered])
  // Whatever an invalidation was to close is closed: no later lookup joins it.
  `SKV_ASSERT(InvalidatedIsClosed, invalidate |=> (open_q & $past(match2_q)) == '0)
  `SKV_COVER(MergedWithTheOneAhead, missed && match2_q == '0 && merged)

endmodule
