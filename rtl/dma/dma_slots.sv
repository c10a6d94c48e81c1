// The slots: each accepted descriptor has one from its acceptance to its completion.
//
// A free slot is taken, the descriptor's fields go out with it (`alloc`) to whoever needs them, and
// the slot's number stands for it from then on.  It waits in one of two queues, demands before
// prefetches, until it begins or is found to be stopped or cancelled.  A slot that is handed in with
// a result gives its completion and is free.  Prefetches have at most half of the slots.  A
// descriptor every 3 cycles.

`include "skv_assert.svh"

module dma_slots
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Sources = 5    // rings and the feed
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic [Sources-1:0] stop_i,
  input  logic [Slots-1:0] cancelled_i,
  output logic             prefetch_room_o,

  input  logic             accept_valid_i,
  output logic             accept_ready_o,
  input  accepted_t        accept_i,

  output logic             alloc_o,           // may last for several cycles
  output slot_t            alloc_slot_o,
  output accepted_t        alloc_accepted_o,

  output logic             begin_valid_o,
  input  logic             begin_ready_i,
  output slot_t            begin_slot_o,
  output kind_t            begin_kind_o,

  input  logic             result_valid_i,
  output logic             result_ready_o,
  input  result_t          result_i,

  output logic             finish_valid_o,
  input  logic             finish_ready_i,
  output finish_t          finish_o,

  output logic [Slots-1:0] busy_o,
  output logic [Slots-1:0] begun_o
);

  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned NumberW = $clog2(Sources);

  `SKV_CHECK_PARAM(Slots, Slots >= 2 && Slots <= 64 && Slots == 1 << SlotW)

  typedef logic [SlotW-1:0] index_t;

  // ---- Free slots: those never used, then those used longest ago ----

  logic [SlotW:0] fresh_q;
  logic           fresh, used_valid, used_in_ready, take, freed;
  index_t         used, freed_slot;

  assign fresh = !fresh_q[SlotW];

  skv_fifo #(
    .data_t(index_t),
    .Depth (Slots)
  ) u_free (
    .clk_i,
    .rst_ni,
    .valid_i(freed),
    .ready_o(used_in_ready),
    .data_i (freed_slot),
    .valid_o(used_valid),
    .ready_i(take & !fresh),
    .data_o (used)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) fresh_q <= '0;
    else if (take && fresh) fresh_q <= fresh_q + 1'b1;
  end

  // ---- Acceptance ----

  logic      accepted_valid_q, accepted_good, accepted_done;
  accepted_t accepted_q;
  index_t    accepted_slot_q;

  assign accept_ready_o = !accepted_valid_q && (fresh || used_valid);
  assign take           = accept_valid_i & accept_ready_o;
  assign accepted_good  = accepted_q.request.status == StatusOk;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) accepted_valid_q <= 1'b0;
    else accepted_valid_q <= take | (accepted_valid_q & !accepted_done);
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      accepted_q      <= accept_i;
      accepted_slot_q <= fresh ? index_t'(fresh_q) : used;
    end
  end

  assign alloc_o          = accepted_valid_q;
  assign alloc_slot_o     = slot_t'(accepted_slot_q);
  assign alloc_accepted_o = accepted_q;

  // ---- Waiting ----

  typedef struct packed {
    index_t           slot;
    logic [RingW-1:0] ring;
    kind_t            kind;
  } waiting_t;

  waiting_t   accepted, demand, prefetch;
  logic [1:0] queue_ready;
  logic       queued, demand_valid, prefetch_valid, idle;

  assign queued   = accepted_valid_q & accepted_good;
  assign accepted = '{
    slot: accepted_slot_q,
    ring: accepted_q.ring,
    kind: accepted_q.request.kind
  };

  skv_fifo #(
    .data_t(waiting_t),
    .Depth (Slots)
  ) u_demands (
    .clk_i,
    .rst_ni,
    .valid_i(queued & !accepted.kind.prefetch),
    .ready_o(queue_ready[0]),
    .data_i (accepted),
    .valid_o(demand_valid),
    .ready_i(idle),
    .data_o (demand)
  );

  skv_fifo #(
    .data_t(waiting_t),
    .Depth (Slots)
  ) u_prefetches (
    .clk_i,
    .rst_ni,
    .valid_i(queued & accepted.kind.prefetch),
    .ready_o(queue_ready[1]),
    .data_i (accepted),
    .valid_o(prefetch_valid),
    .ready_i(idle & !demand_valid),
    .data_o (prefetch)
  );

  // ---- Beginning ----

  typedef enum logic [1:0] {StIdle, StJudge, StBegin, StRefuse} state_e;

  state_e   state_q;
  waiting_t next_q;
  logic     stopped, stopped_q, begins, refuse_ready;

  assign idle    = state_q == StIdle;
  assign stopped = stop_i[NumberW'(next_q.ring)];
  assign begins  = begin_valid_o & begin_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else begin
      unique case (state_q)
        StIdle:   if (demand_valid || prefetch_valid) state_q <= StJudge;
        StJudge:  state_q <= stopped || cancelled_i[next_q.slot] ? StRefuse : StBegin;
        StBegin:  if (begin_ready_i) state_q <= StIdle;
        StRefuse: if (refuse_ready) state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (idle) next_q <= demand_valid ? demand : prefetch;
    stopped_q <= state_q == StJudge ? stopped : stopped_q;
  end

  assign begin_valid_o = state_q == StBegin;
  assign begin_slot_o  = slot_t'(next_q.slot);
  assign begin_kind_o  = next_q.kind;

  // ---- Results ----

  logic    merged_valid, merged_ready;
  result_t bad, refused, merged;

  assign bad = '{
    slot: slot_t'(accepted_slot_q),
    status: accepted_q.request.status,
    default: '0
  };
  assign refused = '{
    slot: slot_t'(next_q.slot),
    status: stopped_q ? StatusStopped : StatusCancelled,
    default: '0
  };

  logic bad_ready;
  assign accepted_done = accepted_good | bad_ready;

  skv_merge #(
    .data_t(result_t),
    .Inputs(3)
  ) u_results (
    .clk_i,
    .rst_ni,
    .valid_i({accepted_valid_q & !accepted_good, state_q == StRefuse, result_valid_i}),
    .ready_o({bad_ready, refuse_ready, result_ready_o}),
    .data_i ({bad, refused, result_i}),
    .valid_o(merged_valid),
    .ready_i(merged_ready),
    .data_o (merged)
  );

  // ---- Completions ----

  typedef struct packed {
    logic [RingW-1:0] ring;
    logic [15:0]      number;
    logic [31:0]      tag;
    logic             prefetch;
  } name_t;

  name_t   name;
  result_t result;

  dma_fields #(
    .data_t (name_t),
    .carry_t(result_t),
    .Slots  (Slots)
  ) u_names (
    .clk_i,
    .rst_ni,
    .we_i   (accepted_valid_q),
    .wslot_i(slot_t'(accepted_slot_q)),
    .wdata_i('{
      ring: accepted_q.ring,
      number: accepted_q.number,
      tag: accepted_q.request.tag,
      prefetch: accepted_q.request.kind.prefetch
    }),
    .valid_i(merged_valid),
    .ready_o(merged_ready),
    .slot_i (merged.slot),
    .carry_i(merged),
    .valid_o(finish_valid_o),
    .ready_i(finish_ready_i),
    .carry_o(result),
    .data_o (name)
  );

  assign finish_o = '{
    ring: name.ring,
    number: name.number,
    tag: name.tag,
    status: result.status,
    error: result.error,
    length: result.length
  };

  assign freed      = finish_valid_o & finish_ready_i;
  assign freed_slot = index_t'(result.slot);

  // ---- What is under way ----

  logic [Slots-1:0] busy_q, begun_q;
  logic [SlotW:0]   prefetches_q;
  logic             prefetch_room_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q          <= '0;
      begun_q         <= '0;
      prefetches_q    <= '0;
      prefetch_room_q <= 1'b0;
    end else begin
      if (begins) begun_q[next_q.slot] <= 1'b1;
      if (freed) begin
        busy_q[freed_slot]  <= 1'b0;
        begun_q[freed_slot] <= 1'b0;
      end
      if (take) busy_q[fresh ? index_t'(fresh_q) : used] <= 1'b1;
      prefetches_q <= prefetches_q + (SlotW + 1)'(take & accept_i.request.kind.prefetch)
          - (SlotW + 1)'(freed & name.prefetch);
      // A descriptor is taken in no two cycles running, so that the room is known in time.
      prefetch_room_q <= prefetches_q < (SlotW + 1)'(Slots / 2) && !take;
    end
  end

  assign prefetch_room_o = prefetch_room_q;
  assign busy_o          = busy_q;
  assign begun_o         = begun_q;

  // Slots with a result that is not their completion yet, for the assertions.
  logic [Slots-1:0] ended_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) ended_q <= '0;
    else begin
      if (merged_valid && merged_ready) ended_q[index_t'(merged.slot)] <= 1'b1;
      if (freed) ended_q[freed_slot] <= 1'b0;
    end
  end

  `SKV_ASSERT(ResultOfABusySlot, merged_valid |-> busy_q[index_t'(merged.slot)])
  `SKV_ASSERT(OneResult, merged_valid |-> !ended_q[index_t'(merged.slot)])
  `SKV_ASSERT(CompletedAfterResult, freed |-> ended_q[freed_slot])

  `SKV_ASSERT(FreeSlotTaken, take |-> !busy_q[fresh ? index_t'(fresh_q) : used])
  `SKV_ASSERT(BusySlotFreed, freed |-> busy_q[freed_slot] && used_in_ready)
  `SKV_ASSERT(BeginsOnce, begins |-> busy_q[next_q.slot] && !begun_q[next_q.slot])
  `SKV_ASSERT(OnlyPrefetchesCancelled,
              state_q == StJudge && cancelled_i[next_q.slot] |-> next_q.kind.prefetch)
`ifndef SYNTHESIS
  // Not in proofs, which do not follow what was taken as a prefetch.
  `SKV_ASSERT(NoPrefetchWithoutSlot, busy_q == '0 |-> prefetches_q == '0)
`endif
  `SKV_ASSERT(RoomInQueues, queued |-> &queue_ready)
  `SKV_ASSERT(BeginHeld, begin_valid_o && !begin_ready_i |=> begin_valid_o && $stable(begin_slot_o))
  `SKV_COVER(NoFreeSlot, accept_valid_i && !accepted_valid_q && !accept_ready_o)
  `SKV_COVER(PrefetchWaits, idle && demand_valid && prefetch_valid)

endmodule
