// Each accepted descriptor gets exactly one completion, its own.
//
// A busy slot's number is in exactly one place at a time: in a queue or a register of the control, or
// with one of those that it asks for something (address translation, page store, the movers), who
// give it back once, when they like.  So a slot is neither lost nor completed twice, and it is freed
// by its completion only.

`include "skv_assert.svh"

`define REGISTER(At, Valid, Slot) assign held[At] = '{valid: Valid, slot: slot_t'(Slot)};
`define LOOKUP(At, Fields, Member) `REGISTER(At, Fields.valid_q, Fields.carry_q Member)
`define MERGE_OUT(At, Out)                                                    \
  `REGISTER(At, Out.valid_q, Out.data_q.slot)                                 \
  `REGISTER(At + 1, Out.skid_valid_q, Out.skid_data_q.slot)
`define MERGE(At, Merge) `MERGE_OUT(At, Merge.gen_several.u_out)
`define QUEUE(At, Queue, Member)                                              \
  for (genvar i = 0; i < 2; i++) begin : gen_queue_``At                       \
    `REGISTER(At + i, live(Queue.rptr_q, Queue.wptr_q)[i], Queue.mem_q[i] Member) \
  end

module dma_control_formal
  import skv_mem_pkg::*;
  import dma_pkg::*;
(
  input logic                clk_i,
  input logic                rst_ni,
  input logic [1:0]          stop_i,
  input logic                accept_valid_i,
  input accepted_t           accept_i,
  input logic                finish_ready_i,
  input logic                cancel_valid_i,
  input cancel_t             cancel_i,
  input logic                drain_i,
  input logic                req_ready_i,
  input logic                rsp_valid_i,
  input translated_t         rsp_i,
  input logic                place_ready_i,
  input logic                placed_valid_i,
  input placed_t             placed_i,
  input logic                map_ready_i,
  input logic                mapped_valid_i,
  input mapped_t             mapped_i,
  input logic [1:0]          read_ready_i,
  input logic [1:0]          collected_valid_i,
  input collected_t [1:0]    collected_i,
  input logic [1:0]          write_ready_i,
  input logic [1:0]          written_valid_i,
  input written_t [1:0]      written_i
);

  localparam int unsigned Slots = 2;
  localparam int unsigned Held = 38;  // places inside
  localparam int unsigned Before = 6;  // those of them before it begins

  logic             accept_ready, prefetch_room, finish_valid, cancel_ready, drained;
  logic             req_valid, rsp_ready, place_valid, placed_ready, map_valid, mapped_ready;
  logic [1:0]       read_valid, collected_ready, drop_valid, write_valid, written_ready;
  finish_t          finish;
  translate_t       req;
  place_t           place;
  map_t             map;
  read_job_t [1:0]  read;
  buffer_t [1:0]    drop;
  write_job_t [1:0] write;

  dma_control #(
    .Slots  (Slots),
    .Sources(2)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .stop_i,
    .accept_valid_i,
    .accept_ready_o   (accept_ready),
    .accept_i,
    .prefetch_room_o  (prefetch_room),
    .finish_valid_o   (finish_valid),
    .finish_ready_i,
    .finish_o         (finish),
    .cancel_valid_i,
    .cancel_ready_o   (cancel_ready),
    .cancel_i,
    .drain_i,
    .drained_o        (drained),
    .req_valid_o      (req_valid),
    .req_ready_i,
    .req_o            (req),
    .rsp_valid_i,
    .rsp_ready_o      (rsp_ready),
    .rsp_i,
    .place_valid_o    (place_valid),
    .place_ready_i,
    .place_o          (place),
    .placed_valid_i,
    .placed_ready_o   (placed_ready),
    .placed_i,
    .map_valid_o      (map_valid),
    .map_ready_i,
    .map_o            (map),
    .mapped_valid_i,
    .mapped_ready_o   (mapped_ready),
    .mapped_i,
    .read_valid_o     (read_valid),
    .read_ready_i,
    .read_o           (read),
    .collected_valid_i,
    .collected_ready_o(collected_ready),
    .collected_i,
    .drop_valid_o     (drop_valid),
    .drop_o           (drop),
    .write_valid_o    (write_valid),
    .write_ready_i,
    .write_o          (write),
    .written_valid_i,
    .written_ready_o  (written_ready),
    .written_i
  );

  // ---- Those who are asked: what they have, they give back when they like ----

  typedef logic [Slots-1:0] set_t;

  set_t       translating_q, placing_q, mapping_q;
  set_t [1:0] reading_q, writing_q;

  function automatic set_t one(logic valid, logic [7:0] slot);
    return valid && slot < 8'(Slots) ? set_t'(1) << slot[0] : '0;
  endfunction

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      translating_q <= '0;
      placing_q     <= '0;
      mapping_q     <= '0;
      reading_q     <= '0;
      writing_q     <= '0;
    end else begin
      translating_q <= translating_q & ~one(rsp_valid_i & rsp_ready, rsp_i.tag)
          | one(req_valid & req_ready_i, req.tag);
      placing_q <= placing_q & ~one(placed_valid_i & placed_ready, placed_i.tag)
          | one(place_valid & place_ready_i, place.tag);
      mapping_q <= mapping_q & ~one(mapped_valid_i & mapped_ready, mapped_i.tag)
          | one(map_valid & map_ready_i, map.tag);
      for (int i = 0; i < 2; i++) begin
        reading_q[i] <= reading_q[i]
            & ~one(collected_valid_i[i] & collected_ready[i], 8'(collected_i[i].slot))
            | one(read_valid[i] & read_ready_i[i], 8'(read[i].slot));
        writing_q[i] <= writing_q[i]
            & ~one(written_valid_i[i] & written_ready[i], 8'(written_i[i].slot))
            | one(write_valid[i] & write_ready_i[i], 8'(write[i].slot));
      end
    end
  end

  `SKV_ASSUME(Translated, rsp_valid_i |-> (one(1'b1, rsp_i.tag) & translating_q) != '0)
  `SKV_ASSUME(Placed, placed_valid_i |-> (one(1'b1, placed_i.tag) & placing_q) != '0)
  `SKV_ASSUME(Mapped, mapped_valid_i |-> (one(1'b1, mapped_i.tag) & mapping_q) != '0)
  `SKV_ASSUME(RspHeld, rsp_valid_i && !rsp_ready |=> rsp_valid_i && $stable(rsp_i))
  `SKV_ASSUME(PlacedHeld, placed_valid_i && !placed_ready |=> placed_valid_i && $stable(placed_i))
  `SKV_ASSUME(MappedHeld, mapped_valid_i && !mapped_ready |=> mapped_valid_i && $stable(mapped_i))
  for (genvar i = 0; i < 2; i++) begin : gen_mover
    logic collected_waits, written_waits;
    assign collected_waits = collected_valid_i[i] & !collected_ready[i];
    assign written_waits   = written_valid_i[i] & !written_ready[i];
    `SKV_ASSUME(Collected,
                collected_valid_i[i] |-> (one(1'b1, 8'(collected_i[i].slot)) & reading_q[i]) != '0)
    `SKV_ASSUME(Written,
                written_valid_i[i] |-> (one(1'b1, 8'(written_i[i].slot)) & writing_q[i]) != '0)
    `SKV_ASSUME(CollectedHeld, collected_waits |=> collected_valid_i[i] && $stable(collected_i[i]))
    `SKV_ASSUME(WrittenHeld, written_waits |=> written_valid_i[i] && $stable(written_i[i]))
  end
  `SKV_ASSUME(DrainHeld, drain_i && !drained |=> drain_i)
  `SKV_ASSUME(CancelHeld, cancel_valid_i && !cancel_ready |=> cancel_valid_i && $stable(cancel_i))
  `SKV_ASSUME(RingKnown, accept_i.ring < 4'd2 && accept_i.request.status <= StatusFetch)

  // ---- Where slots are inside ----

  typedef struct packed {
    logic  valid;
    slot_t slot;
  } held_t;

  // Which entries of a queue are taken.
  function automatic logic [1:0] live(logic [1:0] rptr, logic [1:0] wptr);
    logic [1:0] taken;
    for (int i = 0; i < 2; i++) taken[i] = {1'b0, 1'(i) - rptr[0]} < wptr - rptr;
    return taken;
  endfunction

  held_t [Held-1:0] held;
  set_t [6:0]       asked;
  logic [1:0]       free_live;

  assign asked     = {translating_q, placing_q, mapping_q, reading_q, writing_q};
  assign free_live = live(u_dut.u_slots.u_free.rptr_q, u_dut.u_slots.u_free.wptr_q);

  // Before it begins.
  `REGISTER(0, u_dut.u_slots.accepted_valid_q, u_dut.u_slots.accepted_slot_q)
  `REGISTER(1, u_dut.u_slots.state_q != '0, u_dut.u_slots.next_q.slot)
  `QUEUE(2, u_dut.u_slots.u_demands, .slot)
  `QUEUE(4, u_dut.u_slots.u_prefetches, .slot)
  // Then.
  `MERGE(6, u_dut.u_slots.u_results)
  `LOOKUP(8, u_dut.u_slots.u_names, .slot)
  `LOOKUP(9, u_dut.u_translate.u_pages,)
  `LOOKUP(10, u_dut.u_translate.u_kinds, .slot)
  `QUEUE(11, u_dut.u_store.u_reads,)
  `LOOKUP(13, u_dut.u_store.u_sources,)
  `QUEUE(14, u_dut.u_store.u_placing, .slot)
  `LOOKUP(16, u_dut.u_store.u_pages, .slot)
  `QUEUE(17, u_dut.u_store.u_writing, .slot)
  `LOOKUP(19, u_dut.u_store.u_targets, .slot)
  `REGISTER(20, u_dut.u_store.write_valid_q, u_dut.u_store.write_q.slot)
  `LOOKUP(21, u_dut.u_store.u_mappings, .slot)
  `LOOKUP(22, u_dut.u_store.u_units, .tag)
  `MERGE(23, u_dut.u_store.u_results)
  `QUEUE(25, u_dut.u_load.gen_queue[0].u_queue,)
  `QUEUE(27, u_dut.u_load.gen_queue[1].u_queue,)
  `LOOKUP(29, u_dut.u_load.u_sources,)
  `REGISTER(30, u_dut.u_load.read_valid_q, u_dut.u_load.read_q.slot)
  `LOOKUP(31, u_dut.u_load.u_hosts, .slot)
  `REGISTER(32, u_dut.u_load.write_valid_q, u_dut.u_load.write_q.slot)
  `LOOKUP(33, u_dut.u_load.u_units, .slot)
  `MERGE(34, u_dut.u_load.u_results)
  `MERGE(36, u_dut.u_results)

  set_t waits;             // not begun
  set_t seen, twice;       // in a place, in more than one
  set_t free, free_twice;  // among the free ones

  always_comb begin
    {seen, twice, waits} = '0;
    for (int i = 0; i < int'(Held); i++) begin
      twice |= seen & one(held[i].valid, 8'(held[i].slot));
      seen  |= one(held[i].valid, 8'(held[i].slot));
      if (i == int'(Before) - 1) waits = seen;
    end
    for (int i = 0; i < 7; i++) begin
      twice |= seen & asked[i];
      seen  |= asked[i];
    end
    free       = ~((set_t'(1) << u_dut.u_slots.fresh_q) - 1'b1);
    free_twice = '0;
    for (int i = 0; i < int'(Slots); i++) begin
      free_twice |= free & one(free_live[i], 8'(u_dut.u_slots.u_free.mem_q[i]));
      free       |= one(free_live[i], 8'(u_dut.u_slots.u_free.mem_q[i]));
    end
  end

  for (genvar i = 0; i < Held; i++) begin : gen_held
    `SKV_ASSERT(SlotKnown, held[i].valid |-> held[i].slot < slot_t'(Slots))
  end

  `SKV_ASSERT(Fresh, u_dut.u_slots.fresh_q <= 2'd2)
  `SKV_ASSERT(InAPlace, seen == u_dut.u_slots.busy_q)
  `SKV_ASSERT(InOnePlace, twice == '0)
  `SKV_ASSERT(ElseFree, free == ~u_dut.u_slots.busy_q)
  `SKV_ASSERT(FreeOnce, free_twice == '0)

  for (genvar s = 0; s < Slots; s++) begin : gen_slot
    logic busy;
    assign busy = u_dut.u_slots.busy_q[s];
    `SKV_ASSERT(BegunBusy, u_dut.u_slots.begun_q[s] |-> busy && !waits[s])
    `SKV_ASSERT(EndedOnce, u_dut.u_slots.ended_q[s] == (u_dut.u_slots.u_names.valid_q
        && u_dut.u_slots.u_names.carry_q.slot == slot_t'(s)))
  end

  // ---- The completion is the descriptor's ----

  typedef struct packed {
    logic [RingW-1:0] ring;
    logic [15:0]      number;
    logic [31:0]      tag;
  } name_t;

  name_t [Slots-1:0] name_q;
  logic              taken, completed;
  logic              taken_slot, completed_slot;

  assign taken          = accept_valid_i & accept_ready;
  assign taken_slot     = u_dut.u_slots.fresh_q[1] ? u_dut.u_slots.used
      : u_dut.u_slots.fresh_q[0];
  assign completed      = finish_valid & finish_ready_i;
  assign completed_slot = u_dut.u_slots.u_names.carry_q.slot[0];

  always_ff @(posedge clk_i) begin
    if (taken) begin
      name_q[taken_slot] <= '{
        ring: accept_i.ring,
        number: accept_i.number,
        tag: accept_i.request.tag
      };
    end
  end

  for (genvar s = 0; s < Slots; s++) begin : gen_name
    logic accepting;
    assign accepting = u_dut.u_slots.accepted_valid_q && u_dut.u_slots.accepted_slot_q == 1'(s);
    `SKV_ASSERT(NameAccepted, accepting |-> {
        u_dut.u_slots.accepted_q.ring,
        u_dut.u_slots.accepted_q.number,
        u_dut.u_slots.accepted_q.request.tag
      } == name_q[s])
    `SKV_ASSERT(NameKept, u_dut.u_slots.busy_q[s] && !accepting
                |-> u_dut.u_slots.u_names.u_ram.mem_q[s][$bits(name_t):1] == name_q[s])
  end

  `SKV_ASSERT(OwnName, finish_valid |-> {finish.ring, finish.number, finish.tag}
      == name_q[completed_slot])
  `SKV_ASSERT(BusyCompletes, finish_valid |-> u_dut.u_slots.busy_q[completed_slot])
  `SKV_COVER(Completes, completed && finish.status == StatusMalformed)

  logic unused;
  assign unused = &{1'b0, prefetch_room, finish, req, place, map, read, drop, drop_valid, write};

endmodule
