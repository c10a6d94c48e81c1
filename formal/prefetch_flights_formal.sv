// Each flight that begins ends exactly once, with two flights.
//
// What the DMA was asked for it completes once, when it likes, with any status; the directory
// begins, asks for, drops and lands as it likes, one a cycle.  A busy flight's kinds are each in one
// place: to be asked for, on the port, with the DMA, or done; so none is lost, and it lands when
// both are done, no cancellation of it is left, and never again.  A tag that the DMA has is not used
// for another page.

`include "skv_assert.svh"

module prefetch_flights_formal
  import skv_mem_pkg::*;
  import prefetch_pkg::*;
(
  input logic            clk_i,
  input logic            rst_ni,
  input logic            begin_i,
  input where_t          where_i,
  input slot_t           slot_i,
  input logic            demand_i,
  input logic            of_i,
  input logic            ask_i,
  input logic            drop_i,
  input logic            landed_i,
  input logic            fetch_ready_i,
  input logic            cancel_ready_i,
  input logic            done_valid_i,
  input logic [1:0]      done_at_i,      // flight and kind
  input logic            done_ok_i
);

  localparam int unsigned Flights = 2;

  logic            room, spare, land_valid, fetch_valid, cancel_valid, stray, idle;
  flight_t         flight;
  slot_t           slot;
  landing_t        land;
  fetch_t          fetch;
  logic [TagW-1:0] cancel;

  prefetch_flights #(
    .Flights(Flights)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .room_o        (room),
    .spare_o       (spare),
    .flight_o      (flight),
    .begin_i,
    .where_i,
    .slot_i,
    .demand_i,
    .request_i     ('0),
    .tenant_i      ('0),
    .of_i          (flight_t'(of_i)),
    .slot_o        (slot),
    .ask_i,
    .drop_i,
    .land_valid_o  (land_valid),
    .land_o        (land),
    .landed_i,
    .fetch_valid_o (fetch_valid),
    .fetch_ready_i,
    .fetch_o       (fetch),
    .cancel_valid_o(cancel_valid),
    .cancel_ready_i,
    .cancel_o      (cancel),
    .done_valid_i,
    .done_tag_i    (TagW'(done_at_i)),
    .done_ok_i,
    .stray_o       (stray),
    .idle_o        (idle)
  );

  // ---- The directory: one thing at a time ----

  `SKV_ASSUME(OneAtATime, $onehot0({begin_i, ask_i | drop_i, landed_i}))
  `SKV_ASSUME(BeginsWithRoom, begin_i |-> room)
  `SKV_ASSUME(BusyOnly, ask_i || drop_i |-> u_dut.busy_q[of_i] && !u_dut.dropped_q[of_i])
  `SKV_ASSUME(LandsWhatStands, landed_i |-> land_valid)

  // ---- The DMA: what it was asked for ----

  logic [Flights-1:0][1:0] asked_q, port;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      asked_q <= '0;
    end else begin
      if (done_valid_i) asked_q[done_at_i[1]][done_at_i[0]] <= 1'b0;
      if (fetch_valid && fetch_ready_i) asked_q[fetch.tag[1]][fetch.tag[0]] <= 1'b1;
    end
  end

  `SKV_ASSUME(DoneWasAsked, done_valid_i |-> asked_q[done_at_i[1]][done_at_i[0]])

  // ---- Where each kind is ----

  // Which entries of a queue are taken.
  function automatic logic [1:0] live(logic [1:0] rptr, logic [1:0] wptr);
    logic [1:0] taken;
    for (int i = 0; i < 2; i++) taken[i] = {1'b0, 1'(i) - rptr[0]} < wptr - rptr;
    return taken;
  endfunction

  logic [1:0] send_live, cancel_live;
  logic [Flights-1:0] sends, sends_twice, cancels, cancels_twice, heads, cancel_heads;

  assign send_live   = live(u_dut.u_send.rptr_q, u_dut.u_send.wptr_q);
  assign cancel_live = live(u_dut.u_cancel.rptr_q, u_dut.u_cancel.wptr_q);

  always_comb begin
    {sends, sends_twice, cancels, cancels_twice} = '0;
    for (int i = 0; i < 2; i++) begin
      if (send_live[i]) begin
        if (sends[u_dut.u_send.mem_q[i]]) sends_twice = '1;
        sends[u_dut.u_send.mem_q[i]] = 1'b1;
      end
      if (cancel_live[i]) begin
        if (cancels[u_dut.u_cancel.mem_q[i]]) cancels_twice = '1;
        cancels[u_dut.u_cancel.mem_q[i]] = 1'b1;
      end
    end
    for (int f = 0; f < int'(Flights); f++) begin
      heads[f]        = u_dut.send_valid && u_dut.send_at == 1'(f);
      cancel_heads[f] = u_dut.cancel_head && u_dut.cancel_at == 1'(f);
      for (int k = 0; k < 2; k++) port[f][k] = fetch_valid && fetch.tag == TagW'(2 * f + k);
    end
  end

  `SKV_ASSERT(SendQueued, u_dut.u_send.wptr_q - u_dut.u_send.rptr_q <= 2'd2)
  `SKV_ASSERT(CancelQueued, u_dut.u_cancel.wptr_q - u_dut.u_cancel.rptr_q <= 2'd2)
  `SKV_ASSERT(SentOnce, sends_twice == '0)
  `SKV_ASSERT(CancelledOnce, cancels_twice == '0)
  `SKV_ASSERT(Used, u_dut.used_q == 2'(u_dut.busy_q[0]) + 2'(u_dut.busy_q[1]))
  `SKV_ASSERT(RoomIsFree, room |-> !u_dut.busy_q[flight[0]])
  `SKV_ASSERT(TagKnown, fetch_valid |-> fetch.tag < TagW'(2 * Flights))
  `SKV_ASSERT(CancelKnown, cancel_valid |-> cancel < TagW'(2 * Flights))
  `SKV_ASSERT(KindOfHead, u_dut.kind_q |-> u_dut.send_valid)
  `SKV_ASSERT(NoStray, !stray)

  for (genvar f = 0; f < Flights; f++) begin : gen_flight
    logic busy, dropped;
    logic [1:0] sent, done;
    assign busy    = u_dut.busy_q[f];
    assign dropped = u_dut.dropped_q[f];
    assign sent    = u_dut.sent_q[f];
    assign done    = u_dut.done_q[f];

    for (genvar k = 0; k < 2; k++) begin : gen_kind
      // With the DMA or on its way to it, once.
      `SKV_ASSERT(UnderWay, (port[f][k] | asked_q[f][k]) == (busy && sent[k] && !done[k]))
      `SKV_ASSERT(OnePlace, !(port[f][k] & asked_q[f][k]))
      `SKV_ASSERT(ToBeSent, busy && !sent[k] && !done[k] |-> sends[f])
    end
    `SKV_ASSERT(QueuedIsBusy, sends[f] |-> busy && !done[1] && !sent[1])
    `SKV_ASSERT(QueuedBehind, sends[f] && !heads[f] |-> sent == '0 && done == '0)
    `SKV_ASSERT(QueuedHead, heads[f] |-> sent[0] == u_dut.kind_q && (sent[0] || done == '0))
    `SKV_ASSERT(CancelledIsBusy, u_dut.cancelling_q[f] == cancels[f])
    `SKV_ASSERT(CancelledIsDropped, cancels[f] |-> busy && dropped)
    `SKV_ASSERT(CancelIsHead, cancel_valid && cancel[1] == 1'(f) |-> cancel_heads[f])
    `SKV_ASSERT(LandsDone, land_valid && u_dut.land_at_q == 1'(f) |->
                busy && &done && !cancels[f] && port[f] == '0 && asked_q[f] == '0)
  end

  `SKV_ASSERT(LastOfHead, u_dut.last_q |-> u_dut.cancel_head)
  `SKV_ASSERT(CancelKind, cancel_valid |-> cancel[0] == !u_dut.cancel_kind_q)
  `SKV_ASSERT(LastKind, u_dut.last_q |-> !u_dut.cancel_kind_q)
  `SKV_ASSERT(FirstKind, u_dut.cancel_kind_q |-> u_dut.cancel_head && !u_dut.last_q)

  `SKV_COVER(Cancelled, landed_i && land.dropped && !land.demand)
  `SKV_COVER(Failed, landed_i && land.failed && !land.dropped)

  logic unused;
  assign unused = &{1'b0, spare, slot, land, fetch, idle, flight};

endmodule
