// What of every stream the buffer holds, where, and what is on its way.
//
// Everything that changes it is an operation, one after the other, of four cycles, or three behind
// which the engine has the next: a flight that is through first, then by turns a reader's question
// and the engine.  So a question meets a page
// either before or after it is evicted, fetched or come, and every flight ends in the directory.
//
// A page is there, or on its way (pending); it is early from its prefetch to its first question or
// to the end of its stream's step, and fresh from a question for it while it was absent or early to
// that end.  With its slot lies nothing: a page that is evicted gives it back
// at once, or when its flight ends, since the DMA may write it until then.

`include "skv_assert.svh"

module prefetch_directory
  import skv_mem_pkg::*;
  import prefetch_pkg::*;
#(
  parameter int unsigned Requests = 4,
  parameter int unsigned Layers = 32,
  parameter int unsigned Heads = 4,
  parameter int unsigned Pages = 256,
  parameter int unsigned Slots = 8192
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  // The engine's.
  input  logic               op_valid_i,
  output logic               op_ready_o,
  input  op_e                op_i,
  input  where_t             where_i,
  output logic               done_o,       // behind each of a word
  output lanes_t             there_o,      // of the word, until the next

  input  logic               ask_valid_i,
  output logic               ask_ready_o,
  input  ask_t               ask_i,
  output logic               answer_valid_o,
  input  logic               answer_ready_i,
  output answer_t            answer_o,
  output logic               arrived_valid_o,
  input  logic               arrived_ready_i,
  output arrived_t           arrived_o,

  output logic [HandleW-1:0] handle_o,     // of the operation: its request comes a cycle later
  input  request_t           request_i,

  input  logic               room_i,       // flights
  input  logic               spare_i,
  input  flight_t            flight_i,
  output logic               begin_o,
  output where_t             where_o,
  output slot_t              slot_o,
  output logic               demand_o,
  output logic [15:0]        number_o,
  output tenant_t            tenant_o,
  output flight_t            of_o,
  input  slot_t              of_slot_i,
  output logic               flight_ask_o,
  output logic               flight_drop_o,
  input  logic               land_valid_i,
  input  landing_t           land_i,
  output logic               landed_o,

  output logic [HandleW-1:0] counted_o,    // of fresh_o and the events
  output some_t              fresh_o,      // of a word that settled: needed, and were not kept
  output events_t            events_o,
  output logic               idle_o
);

  localparam int unsigned HandleBits = $clog2(Requests);
  localparam int unsigned LayerBits = $clog2(Layers);
  localparam int unsigned HeadBits = $clog2(Heads);
  localparam int unsigned PageBits = $clog2(Pages);
  localparam int unsigned AddressW = HandleBits + LayerBits + HeadBits + PageBits;
  localparam int unsigned OutDepth = 4;

  typedef logic [AddressW-1:0] address_t;

  // Of each page.
  typedef struct packed {
    logic there;    // or on its way
    logic early;
    logic pending;
    logic fresh;
  } state_t;

  typedef enum logic [1:0] {StGrant, StRead, StPick, StDecide} phase_e;

  function automatic address_t address_of(where_t where);
    return {where.handle[HandleBits-1:0], where.layer[LayerBits-1:0], where.head[HeadBits-1:0],
            where.page[PageBits-1:0]};
  endfunction

  // ---- Grant ----

  phase_e phase_q;
  logic   grant, land, ask, engine, engine_turn_q, answer_ready, arrived_ready;
  logic   engine_may, ask_may, early_grant;
  op_e    op_q;
  where_t where_q, ask_where;
  ask_t   ask_q;

  assign land       = land_valid_i && arrived_ready;
  assign engine_may = op_valid_i && (op_i != OpFetch || (room_i && spare_i));
  assign ask_may    = ask_valid_i && answer_ready && room_i;
  assign engine     = !land && engine_may && (engine_turn_q || !ask_may);
  assign ask        = !land && ask_may && !engine;
  // The engine's turn may begin while the operation before is decided; a fetch's not if that may
  // take the last flight.
  assign early_grant = phase_q == StDecide && engine_may && !land_valid_i
                       && (engine_turn_q || !ask_valid_i)
                       && (op_i != OpFetch || !(op_q inside {OpFetch, OpAsk}));
  assign grant       = phase_q == StGrant ? land || engine || ask : early_grant;

  assign op_ready_o  = phase_q == StGrant ? engine : early_grant;
  assign ask_ready_o = phase_q == StGrant && ask;
  assign ask_where   = '{handle: ask_i.handle[HandleW-1:0], layer: ask_i.layer[LayerW-1:0],
                         head: ask_i.head[HeadW-1:0], page: ask_i.page[PageW-1:0]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      phase_q       <= StGrant;
      engine_turn_q <= 1'b0;
    end else begin
      if (grant) phase_q <= StRead;
      else if (phase_q != StGrant) phase_q <= phase_e'(phase_q + 2'd1);
      if (grant && !land) engine_turn_q <= ask;
    end
  end

  always_ff @(posedge clk_i) begin
    if (phase_q == StGrant) ask_q <= ask_i;
    if (phase_q == StGrant || early_grant) begin
      op_q    <= land ? OpLand : engine ? op_i : OpAsk;
      where_q <= land ? land_i.where : engine ? where_i : ask_where;
    end
  end

  // ---- Read: the word's states, the page's place, the request ----

  // A page's place is its slot, or while it is pending its flight.
  localparam int unsigned IndexW = $clog2(Slots) > int'(FlightW) ? $clog2(Slots) : FlightW;
  typedef logic [IndexW-1:0] place_t;

  address_t           address;
  state_t [Lanes-1:0] states, states_q, states_d;
  place_t             place, place_q, place_d;
  logic               word_we, place_we;

  assign address  = address_of(where_q);
  assign handle_o = where_q.handle;

  skv_sdpram #(
    .Width(Lanes * $bits(state_t)),
    .Depth(1 << (AddressW - 4))
  ) u_states (
    .clk_i,
    .we_i   (word_we),
    .waddr_i(address[AddressW-1:4]),
    .wdata_i(states_d),
    .re_i   (phase_q == StRead),
    .raddr_i(address[AddressW-1:4]),
    .rdata_o(states)
  );

  skv_sdpram #(
    .Width(IndexW),
    .Depth(1 << AddressW)
  ) u_places (
    .clk_i,
    .we_i   (place_we),
    .waddr_i(address),
    .wdata_i(place_d),
    .re_i   (phase_q == StRead),
    .raddr_i(address),
    .rdata_o(place)
  );

  // ---- Pick ----

  state_t   state_q, state_d;
  landing_t land_q;
  logic     known, foreign_q, illegal_q, newest_q;
  request_t request_q;

  assign known = request_i.valid && ask_q.handle < 8'(Requests);

  always_ff @(posedge clk_i) begin
    if (phase_q == StPick) begin
      states_q  <= states;
      state_q   <= states[where_q.page[3:0]];
      place_q   <= place;
      land_q    <= land_i;
      request_q <= request_i;
      foreign_q <= known && request_i.tenant != ask_q.tenant;
      illegal_q <= !known || ask_q.layer >= request_i.layers || ask_q.head >= request_i.heads
                   || ask_q.page >= 16'(request_i.pages);
      newest_q  <= ask_q.page + 16'd1 == 16'(request_i.pages);
    end
  end

  // ---- Decide ----

  logic    decide, slot_valid, absent, present, pending, takes, begins, gives;
  logic    lands, asks, refused;
  slot_t   free_slot, given;
  answer_t answer;

  assign decide  = phase_q == StDecide;
  assign absent  = !state_q.there;
  assign present = state_q.there && !state_q.pending;
  assign pending = state_q.there && state_q.pending;
  assign refused = foreign_q || illegal_q;
  assign asks    = decide && op_q == OpAsk && !refused;
  assign lands   = decide && op_q == OpLand;

  // A slot is taken, and a flight begun; a slot is given back.
  always_comb begin
    begins = 1'b0;
    gives  = 1'b0;
    given  = slot_t'(place_q);
    unique case (op_q)
      OpFetch: begins = absent && slot_valid;
      OpAsk:   begins = absent && slot_valid && !refused && !newest_q;
      OpEvict: gives = present;
      OpLand: begin
        gives = land_q.dropped || land_q.failed;
        given = land_q.slot;
      end
      default: ;
    endcase
    takes = begins || (op_q == OpEnter && absent && slot_valid);
  end

  always_comb begin
    state_d = state_q;
    unique case (op_q)
      OpEnter: if (takes) state_d.there = 1'b1;
      OpFetch: if (takes) {state_d.there, state_d.early, state_d.pending} = '1;
      OpEvict: state_d = '0;
      OpAsk: begin
        if (!refused) begin
          state_d.early = 1'b0;
          state_d.fresh = state_q.fresh || (absent ? !newest_q : state_q.early);
        end
        if (begins) {state_d.there, state_d.pending} = '1;
      end
      OpLand: begin
        if (!land_q.dropped) state_d.pending = 1'b0;
        if (!land_q.dropped && land_q.failed) {state_d.there, state_d.early} = '0;
      end
      default: ;
    endcase
  end

  always_comb begin
    states_d = states_q;
    unique case (op_q)
      OpClear:  states_d = '0;
      OpSettle: for (int i = 0; i < int'(Lanes); i++) {states_d[i].early, states_d[i].fresh} = '0;
      default:  states_d[where_q.page[3:0]] = state_d;
    endcase
  end

  assign word_we  = decide && op_q != OpRead;
  assign place_we = decide && (takes || (lands && !land_q.dropped));
  assign place_d  = lands ? place_t'(land_q.slot)
                    : begins ? place_t'(flight_i) : place_t'(free_slot);

  prefetch_slots #(
    .Slots(Slots)
  ) u_slots (
    .clk_i,
    .rst_ni,
    .valid_o(slot_valid),
    .slot_o (free_slot),
    .take_i (decide && takes),
    .give_i (decide && gives),
    .slot_i (given)
  );

  assign begin_o       = decide && begins;
  assign where_o       = where_q;
  assign slot_o        = free_slot;
  assign demand_o      = op_q == OpAsk;
  assign number_o      = request_q.request;
  assign tenant_o      = request_q.tenant;
  assign of_o          = flight_t'(place_q);
  assign flight_ask_o  = asks && pending;
  assign flight_drop_o = decide && op_q == OpEvict && pending;
  assign landed_o      = lands;

  // ---- Answers ----

  always_comb begin
    answer = '{tag: ask_q.tag, answer: AnswerFull, slot: '0};
    if (foreign_q) begin
      answer.answer = AnswerForeign;
    end else if (illegal_q) begin
      answer.answer = AnswerIllegal;
    end else if (present) begin
      answer.answer = AnswerHit;
      answer.slot   = slot_t'(place_q);
    end else if (pending) begin
      answer.answer = AnswerLate;
      answer.slot   = of_slot_i;
    end else if (begins) begin
      answer.answer = AnswerMiss;
      answer.slot   = free_slot;
    end
  end

  skv_fifo #(
    .data_t(answer_t),
    .Depth (OutDepth)
  ) u_answers (
    .clk_i,
    .rst_ni,
    .valid_i(decide && op_q == OpAsk),
    .ready_o(answer_ready),
    .data_i (answer),
    .valid_o(answer_valid_o),
    .ready_i(answer_ready_i),
    .data_o (answer_o)
  );

  skv_fifo #(
    .data_t(arrived_t),
    .Depth (OutDepth)
  ) u_arrived (
    .clk_i,
    .rst_ni,
    .valid_i(lands && land_q.asked),
    .ready_o(arrived_ready),
    .data_i ('{where: where_q, slot: land_q.slot, ok: !land_q.failed && !land_q.dropped}),
    .valid_o(arrived_valid_o),
    .ready_i(arrived_ready_i),
    .data_o (arrived_o)
  );

  // ---- To the engine and the counters, a cycle later ----

  logic    done_q;
  some_t   fresh_q;
  lanes_t  there_q, early, fresh;
  events_t events_d, events_q;
  logic [HandleW-1:0] counted_q;

  always_comb begin
    for (int i = 0; i < int'(Lanes); i++) begin
      early[i] = states_q[i].early;
      fresh[i] = states_q[i].fresh;
    end
    events_d = '0;
    if (decide) begin
      events_d.hit       = asks && present;
      events_d.late      = asks && pending;
      events_d.miss      = asks && begins;
      events_d.full      = asks && absent && !begins;
      events_d.refused   = op_q == OpAsk && refused;
      events_d.issued    = op_q == OpFetch && begins;
      events_d.unplaced  = op_q == OpFetch && absent && !slot_valid;
      events_d.useful    = asks && state_q.there && state_q.early;
      events_d.cancelled = lands && land_q.dropped;
      events_d.failed    = lands && land_q.failed && !land_q.dropped;
      if (op_q == OpSettle) events_d.wasted = some_t'($countones(early));
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      done_q   <= 1'b0;
      fresh_q  <= '0;
      events_q <= '0;
    end else begin
      done_q   <= decide && op_q inside {OpClear, OpRead, OpSettle};
      fresh_q  <= decide && op_q == OpSettle ? some_t'($countones(fresh)) : '0;
      events_q <= events_d;
    end
  end

  always_ff @(posedge clk_i) begin
    counted_q <= where_q.handle;
    if (decide && op_q inside {OpRead, OpSettle}) begin
      for (int i = 0; i < int'(Lanes); i++) there_q[i] <= states_q[i].there;
    end
  end

  assign done_o    = done_q;
  assign there_o   = there_q;
  assign fresh_o   = fresh_q;
  assign events_o  = events_q;
  assign counted_o = counted_q;
  assign idle_o    = phase_q == StGrant && !ask_valid_i && !answer_valid_o && !arrived_valid_o;

  logic unused;
  assign unused = &{1'b0, land_q.demand, land_q.where, request_q, place_q};

  `SKV_CHECK_PARAM(Layers, Layers >= 2 && Layers == 1 << LayerBits && LayerBits <= LayerW)
  `SKV_CHECK_PARAM(Heads, Heads >= 2 && Heads == 1 << HeadBits && HeadBits <= HeadW)
  `SKV_CHECK_PARAM(Pages, Pages >= 2 * Lanes && Pages == 1 << PageBits && PageBits <= PageW)
  `SKV_ASSUME(OpHeld, op_valid_i && !op_ready_o |=> op_valid_i && $stable({op_i, where_i}))
  `SKV_ASSUME(AskHeld, ask_valid_i && !ask_ready_o |=> ask_valid_i && $stable(ask_i))
  `SKV_ASSERT(AnswerHeld, answer_valid_o && !answer_ready_i |=>
              answer_valid_o && $stable(answer_o))
  `SKV_ASSERT(ArrivedHeld, arrived_valid_o && !arrived_ready_i |=>
              arrived_valid_o && $stable(arrived_o))
  `SKV_ASSERT(AnswerHasRoom, decide && op_q == OpAsk |-> answer_ready)
  `SKV_ASSERT(ArrivedHasRoom, lands |-> arrived_ready)
  `SKV_ASSERT(PendingLands, lands && !land_q.dropped |-> pending)
  // Nothing but a flight that went well makes a fetched page's data count.
  `SKV_ASSERT(NeverBadData, lands && land_q.failed |-> !state_d.there || land_q.dropped)

endmodule
