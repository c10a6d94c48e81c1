// The prefetch core: which pages the buffer keeps, and which are fetched before they are asked for
// (docs/prefetch.md).
//
// Takes packets of 16-byte beats (s_*): requests that begin and end, steps, and the GPU's reports, a
// byte a page for each layer and KV head once a step.  Takes the reader's questions and answers
// each, in order: where the page lies, or that it will, or why not.  A page that was asked for while
// it was not there is told of once, when it has come or failed.
// Asks the DMA for pages, K and V apart, cancels what has become stale, and takes its completions
// in any order.
//
// A decision (what a stream keeps, what is fetched for it) takes under 4 cycles a page from 48 pages
// on, measured by make tb-prefetch.  A question is answered after 4 cycles; questions and decisions
// take turns.
//
// After reset nothing is resident.  The DMA must be reset with it.  It does not move data, and does
// not check that pages are stored before they are fetched.

`include "skv_assert.svh"

module prefetch
  import dma_pkg::status_e;
  import dma_pkg::StatusOk;
  import prefetch_pkg::*;
#(
  parameter int unsigned Requests = 4,    // resident
  parameter int unsigned Layers = 32,     // of a request, at most
  parameter int unsigned Heads = 4,       // of a layer
  parameter int unsigned Pages = 256,     // of a stream
  parameter int unsigned Slots = 8192,    // of the buffer, each for a page's K and V
  parameter int unsigned Flights = 32     // pages on their way
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            s_valid_i,
  output logic            s_ready_o,
  input  beat_t           s_data_i,
  input  logic            s_last_i,

  input  logic            ask_valid_i,
  output logic            ask_ready_o,
  input  ask_t            ask_i,
  output logic            answer_valid_o,
  input  logic            answer_ready_i,
  output answer_t         answer_o,
  output logic            arrived_valid_o,
  input  logic            arrived_ready_i,
  output arrived_t        arrived_o,

  output logic            fetch_valid_o,
  input  logic            fetch_ready_i,
  output fetch_t          fetch_o,
  output logic            cancel_valid_o,
  input  logic            cancel_ready_i,
  output logic [TagW-1:0] cancel_o,
  input  logic            done_valid_i,
  output logic            done_ready_o,
  input  logic [TagW-1:0] done_tag_i,
  input  status_e         done_status_i,
  output logic            stray_o,        // a completion of nothing under way

  output counters_t       counters_o,
  output logic            idle_o          // nothing is under way
);

  // ---- Packets ----

  logic             packet_valid, packet_ready, dropped, rejected, engine_idle;
  header_t          header;
  logic [WordW-1:0] word;
  codes_t           codes;

  prefetch_intake #(
    .Pages(Pages)
  ) u_intake (
    .clk_i,
    .rst_ni,
    .s_valid_i,
    .s_ready_o,
    .s_data_i,
    .s_last_i,
    .valid_o  (packet_valid),
    .ready_i  (packet_ready),
    .header_o (header),
    .word_i   (word),
    .codes_o  (codes),
    .dropped_o(dropped)
  );

  // ---- Decisions ----

  request_t [1:0]     requests;
  request_t           request;
  margin_t            margin;
  logic               write, clear, learn, op_valid, op_ready, op_done;
  some_t              fresh;
  op_e                op;
  where_t             where;
  lanes_t             there;
  logic [HandleW-1:0] handle, counted;
  events_t            events;

  prefetch_engine #(
    .Requests(Requests),
    .Layers  (Layers),
    .Heads   (Heads),
    .Pages   (Pages)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .valid_i   (packet_valid),
    .ready_o   (packet_ready),
    .header_i  (header),
    .word_o    (word),
    .codes_i   (codes),
    .rejected_o(rejected),
    .request_i (requests[0]),
    .margin_i  (margin),
    .write_o   (write),
    .request_o (request),
    .clear_o   (clear),
    .learn_o   (learn),
    .op_valid_o(op_valid),
    .op_ready_i(op_ready),
    .op_o      (op),
    .where_o   (where),
    .done_i    (op_done),
    .there_i   (there),
    .fresh_i   (fresh),
    .idle_o    (engine_idle)
  );

  prefetch_requests #(
    .Requests(Requests)
  ) u_requests (
    .clk_i,
    .rst_ni,
    .read_i   ({handle, header.handle[HandleW-1:0]}),
    .read_o   (requests),
    .margin_o (margin),
    .write_i  (write),
    .handle_i (header.handle[HandleW-1:0]),
    .request_i(request),
    .clear_i  (clear),
    .learn_i  (learn),
    .counted_i(counted),
    .fresh_i  (fresh),
    .wasted_i (events.wasted)
  );

  // ---- The directory, and what is on its way ----

  logic        room, spare, flight_begin, demand, flight_ask, flight_drop, land_valid, landed;
  logic        directory_idle, flights_idle;
  flight_t     flight, of;
  where_t      flight_where;
  slot_t       slot, of_slot;
  logic [15:0] number;
  landing_t    land;
  skv_mem_pkg::tenant_t tenant;

  prefetch_directory #(
    .Requests(Requests),
    .Layers  (Layers),
    .Heads   (Heads),
    .Pages   (Pages),
    .Slots   (Slots)
  ) u_directory (
    .clk_i,
    .rst_ni,
    .op_valid_i   (op_valid),
    .op_ready_o   (op_ready),
    .op_i         (op),
    .where_i      (where),
    .done_o       (op_done),
    .there_o      (there),
    .ask_valid_i,
    .ask_ready_o,
    .ask_i,
    .answer_valid_o,
    .answer_ready_i,
    .answer_o,
    .arrived_valid_o,
    .arrived_ready_i,
    .arrived_o,
    .handle_o     (handle),
    .request_i    (requests[1]),
    .room_i       (room),
    .spare_i      (spare),
    .flight_i     (flight),
    .begin_o      (flight_begin),
    .where_o      (flight_where),
    .slot_o       (slot),
    .demand_o     (demand),
    .number_o     (number),
    .tenant_o     (tenant),
    .of_o         (of),
    .of_slot_i    (of_slot),
    .flight_ask_o (flight_ask),
    .flight_drop_o(flight_drop),
    .land_valid_i (land_valid),
    .land_i       (land),
    .landed_o     (landed),
    .counted_o    (counted),
    .fresh_o      (fresh),
    .events_o     (events),
    .idle_o       (directory_idle)
  );

  prefetch_flights #(
    .Flights(Flights)
  ) u_flights (
    .clk_i,
    .rst_ni,
    .room_o      (room),
    .spare_o     (spare),
    .flight_o    (flight),
    .begin_i     (flight_begin),
    .where_i     (flight_where),
    .slot_i      (slot),
    .demand_i    (demand),
    .request_i   (number),
    .tenant_i    (tenant),
    .of_i        (of),
    .slot_o      (of_slot),
    .ask_i       (flight_ask),
    .drop_i      (flight_drop),
    .land_valid_o(land_valid),
    .land_o      (land),
    .landed_i    (landed),
    .fetch_valid_o,
    .fetch_ready_i,
    .fetch_o,
    .cancel_valid_o,
    .cancel_ready_i,
    .cancel_o,
    .done_valid_i,
    .done_tag_i,
    .done_ok_i   (done_status_i == StatusOk),
    .stray_o,
    .idle_o      (flights_idle)
  );

  prefetch_counters u_counters (
    .clk_i,
    .rst_ni,
    .events_i  (events),
    .rejected_i({rejected, dropped}),
    .counters_o
  );

  assign done_ready_o = 1'b1;
  assign idle_o       = engine_idle && directory_idle && flights_idle;

endmodule
