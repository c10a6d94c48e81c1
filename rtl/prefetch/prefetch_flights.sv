// Pages on their way: asks the DMA for both kinds of each, cancels, and tells when a page is through.
//
// A flight begins with begin_i, at most every third cycle, while room_o is high; its number is
// flight_o.  It is asked for in that order: K, then V.  drop_i says that nobody wants it: what was
// not asked for is not, a prefetch that was is cancelled.  When both kinds were completed and no
// cancellation is under way the flight stands at land_*_o until landed_i.  So each ends exactly once,
// and its tags are used again only when the DMA knows nothing of them any more.
//
// A completion that nobody waits for changes nothing: stray_o.

`include "skv_assert.svh"

module prefetch_flights
  import skv_mem_pkg::*;
  import prefetch_pkg::*;
#(
  parameter int unsigned Flights = 32,
  localparam int unsigned IndexW = $clog2(Flights)
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  output logic              room_o,
  output logic              spare_o,      // more than a quarter of them are free
  output flight_t           flight_o,
  input  logic              begin_i,
  input  where_t            where_i,
  input  slot_t             slot_i,
  input  logic              demand_i,
  input  logic [15:0]       request_i,
  input  tenant_t           tenant_i,

  input  flight_t           of_i,
  output slot_t             slot_o,       // of flight of_i
  input  logic              ask_i,        // flight of_i is waited for
  input  logic              drop_i,       // flight of_i is not wanted

  output logic              land_valid_o,
  output landing_t          land_o,
  input  logic              landed_i,

  output logic              fetch_valid_o,
  input  logic              fetch_ready_i,
  output fetch_t            fetch_o,
  output logic              cancel_valid_o,
  input  logic              cancel_ready_i,
  output logic [TagW-1:0]   cancel_o,
  input  logic              done_valid_i,
  input  logic [TagW-1:0]   done_tag_i,
  input  logic              done_ok_i,
  output logic              stray_o,
  output logic              idle_o
);

  `SKV_CHECK_PARAM(Flights, Flights >= 2 && Flights <= 1 << FlightW && Flights == 1 << IndexW)

  typedef logic [IndexW-1:0] index_t;
  typedef logic [IndexW:0]   number_t;

  typedef struct packed {
    where_t      where;
    slot_t       slot;
    logic        demand;
    logic [15:0] request;
    tenant_t     tenant;
  } flight_data_t;

  flight_data_t              data_q [Flights];
  logic [Flights-1:0]        busy_q, asked_q, dropped_q, failed_q, cancelling_q;
  logic [Flights-1:0][1:0]   sent_q, done_q;  // by kind

  // ---- A free one, one that is through: picked a cycle ahead ----

  function automatic index_t first_of(logic [Flights-1:0] set);
    index_t first;
    first = '0;
    for (int i = int'(Flights) - 1; i >= 0; i--) if (set[i]) first = index_t'(i);
    return first;
  endfunction

  logic [Flights-1:0] through;
  logic               room_q, spare_q, land_q;
  index_t             free_q, land_at_q;
  number_t            used_q;

  for (genvar i = 0; i < Flights; i++) begin : gen_through
    assign through[i] = busy_q[i] && &done_q[i] && !cancelling_q[i];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      room_q  <= 1'b0;
      spare_q <= 1'b0;
      land_q  <= 1'b0;
      used_q  <= '0;
    end else begin
      room_q  <= !(&busy_q) && !begin_i;
      spare_q <= used_q < number_t'(Flights - Flights / 4);
      land_q  <= land_q ? !landed_i : |through;
      used_q  <= used_q + number_t'(begin_i) - number_t'(landed_i);
    end
  end

  always_ff @(posedge clk_i) begin
    free_q <= first_of(~busy_q);
    if (!land_q) land_at_q <= first_of(through);
  end

  index_t of;
  assign of           = index_t'(of_i);
  assign room_o       = room_q;
  assign spare_o      = spare_q;
  assign flight_o     = flight_t'(free_q);
  assign slot_o       = data_q[of].slot;
  assign land_valid_o = land_q;
  assign land_o       = '{
      where: data_q[land_at_q].where, slot: data_q[land_at_q].slot,
      demand: data_q[land_at_q].demand, asked: asked_q[land_at_q],
      dropped: dropped_q[land_at_q], failed: failed_q[land_at_q]
  };
  assign idle_o       = used_q == '0;

  // ---- Asking for both kinds ----

  logic         send_valid, send_ready, skip, send, sending_q, kind_q, send_room;
  index_t       send_at;
  fetch_t       fetch_q;

  skv_fifo #(
    .data_t(index_t),
    .Depth (Flights)
  ) u_send (
    .clk_i,
    .rst_ni,
    .valid_i(begin_i),
    .ready_o(send_room),
    .data_i (free_q),
    .valid_o(send_valid),
    .ready_i(send_ready),
    .data_o (send_at)
  );

  assign skip       = send_valid && dropped_q[send_at];
  assign send       = send_valid && !skip && !sending_q;
  assign send_ready = skip || (send && kind_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sending_q <= 1'b0;
      kind_q    <= 1'b0;
    end else begin
      if (send) sending_q <= 1'b1;
      else if (fetch_ready_i) sending_q <= 1'b0;
      if (send_ready) kind_q <= 1'b0;
      else if (send) kind_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (send) begin
      fetch_q <= '{
          tag: {flight_t'(send_at), kind_q},
          vpn: '{
              request: data_q[send_at].request,
              layer: 8'(data_q[send_at].where.layer),
              kv_head: 8'(data_q[send_at].where.head),
              kind: kind_q,
              page: 19'(data_q[send_at].where.page)
          },
          tenant: data_q[send_at].tenant,
          slot: data_q[send_at].slot,
          demand: data_q[send_at].demand
      };
    end
  end

  assign fetch_valid_o = sending_q;
  assign fetch_o       = fetch_q;

  // ---- Cancelling: behind the request, never a load ----

  logic   cancel, cancel_room, cancel_head, cancels, stands, leave, cancel_valid_q, cancel_kind_q;
  index_t cancel_at;
  logic   last_q;                   // the second kind's is on the port
  logic [TagW-1:0] cancel_q;

  // One that is through may stand to land already.
  assign cancel = drop_i && !data_q[of].demand && !(&done_q[of]);

  skv_fifo #(
    .data_t(index_t),
    .Depth (Flights)
  ) u_cancel (
    .clk_i,
    .rst_ni,
    .valid_i(cancel),
    .ready_o(cancel_room),
    .data_i (of),
    .valid_o(cancel_head),
    .ready_i(leave),
    .data_o (cancel_at)
  );

  // It waits for what was dropped to have left the send queue and the port.
  assign stands  = (send_valid && send_at == cancel_at && kind_q)
                   || (sending_q && index_t'(fetch_q.tag >> 1) == cancel_at);
  assign cancels = cancel_head && !cancel_valid_q && !stands && !last_q;
  assign leave   = last_q && !cancel_valid_q;

  logic wanted;
  assign wanted = sent_q[cancel_at][cancel_kind_q] && !done_q[cancel_at][cancel_kind_q];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      cancel_valid_q <= 1'b0;
      cancel_kind_q  <= 1'b0;
      last_q         <= 1'b0;
    end else begin
      if (cancels) begin
        cancel_valid_q <= wanted;
        cancel_kind_q  <= !cancel_kind_q;
        last_q         <= cancel_kind_q;
      end else begin
        if (cancel_ready_i) cancel_valid_q <= 1'b0;
        if (leave) last_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (cancels) cancel_q <= {flight_t'(cancel_at), cancel_kind_q};
  end

  assign cancel_valid_o = cancel_valid_q;
  assign cancel_o       = cancel_q;

  // ---- What is known of each ----

  index_t done_at;
  logic   done_kind, known;
  assign done_at   = index_t'(done_tag_i >> 1);
  assign done_kind = done_tag_i[0];
  assign known     = busy_q[done_at] && sent_q[done_at][done_kind] && !done_q[done_at][done_kind]
                     && (FlightW + 1)'(done_tag_i >> 1) < (FlightW + 1)'(Flights);
  assign stray_o   = done_valid_i && !known;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q       <= '0;
      cancelling_q <= '0;
    end else begin
      if (begin_i) busy_q[free_q] <= 1'b1;
      if (landed_i) busy_q[land_at_q] <= 1'b0;
      if (cancel) cancelling_q[of] <= 1'b1;
      if (leave) cancelling_q[cancel_at] <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (begin_i) begin
      data_q[free_q]    <= '{where: where_i, slot: slot_i, demand: demand_i,
                             request: request_i, tenant: tenant_i};
      asked_q[free_q]   <= demand_i;
      dropped_q[free_q] <= 1'b0;
      failed_q[free_q]  <= 1'b0;
      sent_q[free_q]    <= '0;
      done_q[free_q]    <= '0;
    end
    if (ask_i) asked_q[of] <= 1'b1;
    if (drop_i) dropped_q[of] <= 1'b1;
    if (send) sent_q[send_at][kind_q] <= 1'b1;
    if (skip) done_q[send_at] <= done_q[send_at] | ~sent_q[send_at];
    if (done_valid_i && known) begin
      done_q[done_at][done_kind] <= 1'b1;
      if (!done_ok_i) failed_q[done_at] <= 1'b1;
    end
  end

  logic unused;
  assign unused = &{1'b0, of_i, send_room, cancel_room};

  `SKV_ASSERT(SendHasRoom, begin_i |-> send_room && room_o)
  `SKV_ASSERT(CancelHasRoom, cancel |-> cancel_room)
  `SKV_ASSERT(LandsThrough, land_q |-> through[land_at_q])
  `SKV_ASSERT(BusyDropped, drop_i || ask_i |-> busy_q[of] && !dropped_q[of])
  `SKV_ASSERT(FetchHeld, fetch_valid_o && !fetch_ready_i |=> fetch_valid_o && $stable(fetch_o))
  `SKV_ASSERT(CancelHeld, cancel_valid_o && !cancel_ready_i |=>
              cancel_valid_o && $stable(cancel_o))
  `SKV_COVER(Skipped, skip)

endmodule
