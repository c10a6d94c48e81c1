// The memory path: pages from host memory through the codec into device memory and back.
//
// One to four codec lanes, each with rings and a host port of its own, share the address translation
// unit and the page store (docs/memory-path.md).  A feed goes to the lane that the low bits of its tag
// name.  Every table goes to both halves of all lanes.  Nothing is to be asked for until ready_o; the
// configuration must stay as it is outside reset.
//
// Masters of device memory, for a crossbar: address translation, page store, and the lanes.

`include "skv_assert.svh"

module memory_path
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::*;
  import lane_pkg::*;
  import memory_path_pkg::*;
#(
  parameter int unsigned Lanes = 1,
  parameter int unsigned Requests = 1024,
  parameter int unsigned Rings = 4,          // of a lane
  parameter int unsigned Descriptors = 64,   // under way in a lane
  parameter int unsigned TlbEntries = 256,
  parameter int unsigned Walks = 8,
  parameter int unsigned Tables = 256,
  localparam int unsigned Masters = 2 + Lanes
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  input  unit_t                             root_base_i,
  input  unit_t                             link_base_i,
  input  unit_t                             pool_base_i,
  input  logic [25:0]                       segments_i,
  output logic                              ready_o,
  output unit_t                             free_units_o,

  input  logic                              manage_valid_i,
  output logic                              manage_ready_o,
  input  manage_t                           manage_i,
  output logic                              managed_valid_o,
  input  logic                              managed_ready_i,
  output store_status_e                     managed_o,

  input  ring_t [Lanes-1:0][Rings-1:0]      ring_i,
  output logic [Lanes-1:0][Rings-1:0][15:0] fetched_o,
  output logic [Lanes-1:0][Rings-1:0][15:0] completed_o,
  output logic                              idle_o,
  input  logic                              cancel_valid_i,
  output logic                              cancel_ready_o,
  input  lane_cancel_t                      cancel_i,

  input  logic                              feed_valid_i,
  output logic                              feed_ready_o,
  input  feed_t                             feed_i,
  output logic                              fed_valid_o,
  input  logic                              fed_ready_i,
  output fed_t                              fed_o,

  // Tables; loaded_* says of each half, a lane's compressor before its decompressor, how it took one.
  input  logic                              s_axis_table_tvalid_i,
  output logic                              s_axis_table_tready_o,
  input  logic [511:0]                      s_axis_table_tdata_i,
  input  logic                              s_axis_table_tlast_i,
  input  logic [7:0]                        s_axis_table_tuser_i,
  output logic [2*Lanes-1:0]                loaded_valid_o,
  output logic [2*Lanes-1:0][7:0]           loaded_slot_o,
  output logic [2*Lanes-1:0]                loaded_ok_o,

  output lane_events_t [Lanes-1:0]          events_o,
  output logic                              hit_o,    // of translations, one cycle each
  output logic                              miss_o,
  output logic                              walk_o,
  output logic                              merge_o,

  output logic [Lanes-1:0]                  host_ar_valid_o,
  input  logic [Lanes-1:0]                  host_ar_ready_i,
  output ax_t  [Lanes-1:0]                  host_ar_o,
  input  logic [Lanes-1:0]                  host_r_valid_i,
  output logic [Lanes-1:0]                  host_r_ready_o,
  input  r_t   [Lanes-1:0]                  host_r_i,
  output logic [Lanes-1:0]                  host_aw_valid_o,
  input  logic [Lanes-1:0]                  host_aw_ready_i,
  output ax_t  [Lanes-1:0]                  host_aw_o,
  output logic [Lanes-1:0]                  host_w_valid_o,
  input  logic [Lanes-1:0]                  host_w_ready_i,
  output w_t   [Lanes-1:0]                  host_w_o,
  input  logic [Lanes-1:0]                  host_b_valid_i,
  output logic [Lanes-1:0]                  host_b_ready_o,
  input  b_t   [Lanes-1:0]                  host_b_i,

  output logic [Masters-1:0]                mem_ar_valid_o,
  input  logic [Masters-1:0]                mem_ar_ready_i,
  output ax_t  [Masters-1:0]                mem_ar_o,
  input  logic [Masters-1:0]                mem_r_valid_i,
  output logic [Masters-1:0]                mem_r_ready_o,
  input  r_t   [Masters-1:0]                mem_r_i,
  output logic [Masters-1:0]                mem_aw_valid_o,
  input  logic [Masters-1:0]                mem_aw_ready_i,
  output ax_t  [Masters-1:0]                mem_aw_o,
  output logic [Masters-1:0]                mem_w_valid_o,
  input  logic [Masters-1:0]                mem_w_ready_i,
  output w_t   [Masters-1:0]                mem_w_o,
  input  logic [Masters-1:0]                mem_b_valid_i,
  output logic [Masters-1:0]                mem_b_ready_o,
  input  b_t   [Masters-1:0]                mem_b_i
);

  `SKV_CHECK_PARAM(Lanes, Lanes == 1 || Lanes == 2 || Lanes == 4)
  `SKV_CHECK_PARAM(Requests, Requests <= 65536)

  localparam int unsigned SegmentUnits = 1024;

  // Masters of device memory.
  localparam int unsigned Atu = 0;
  localparam int unsigned Store = 1;
  localparam int unsigned Lane = 2;

  // ---- Translation and page store ----

  logic        translate_valid, translate_ready, translated_valid, translated_ready;
  translate_t  translate;
  translated_t translated;
  logic        place_valid, place_ready, placed_valid, placed_ready;
  place_t      place;
  placed_t     placed;
  logic        map_valid, map_ready, mapped_valid, mapped_ready;
  map_t        map;
  mapped_t     mapped;
  logic        inv_valid, inv_ready, inv_done, drain, drained;
  invalidate_t inv;

  atu #(
    .Entries(TlbEntries),
    .Walks  (Walks)
  ) u_atu (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .requests_i (17'(Requests)),
    .limit_i    (pool_base_i + unit_t'(segments_i) * unit_t'(SegmentUnits)),
    .req_valid_i(translate_valid),
    .req_ready_o(translate_ready),
    .req_i      (translate),
    .rsp_valid_o(translated_valid),
    .rsp_ready_i(translated_ready),
    .rsp_o      (translated),
    .inv_valid_i(inv_valid),
    .inv_ready_o(inv_ready),
    .inv_i      (inv),
    .inv_done_o (inv_done),
    .ar_valid_o (mem_ar_valid_o[Atu]),
    .ar_ready_i (mem_ar_ready_i[Atu]),
    .ar_o       (mem_ar_o[Atu]),
    .r_valid_i  (mem_r_valid_i[Atu]),
    .r_ready_o  (mem_r_ready_o[Atu]),
    .r_i        (mem_r_i[Atu]),
    .hit_o,
    .miss_o,
    .walk_o,
    .merge_o
  );

  // The ATU only reads.
  assign mem_aw_valid_o[Atu] = 1'b0;
  assign mem_aw_o[Atu]       = '0;
  assign mem_w_valid_o[Atu]  = 1'b0;
  assign mem_w_o[Atu]        = '0;
  assign mem_b_ready_o[Atu]  = 1'b1;

  pagestore #(
    .Requests    (Requests),
    .SegmentUnits(SegmentUnits)
  ) u_pagestore (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .link_base_i,
    .pool_base_i,
    .segments_i,
    .ready_o,
    .free_units_o,
    .manage_valid_i,
    .manage_ready_o,
    .manage_i,
    .managed_valid_o,
    .managed_ready_i,
    .managed_o,
    .place_valid_i  (place_valid),
    .place_ready_o  (place_ready),
    .place_i        (place),
    .placed_valid_o (placed_valid),
    .placed_ready_i (placed_ready),
    .placed_o       (placed),
    .map_valid_i    (map_valid),
    .map_ready_o    (map_ready),
    .map_i          (map),
    .mapped_valid_o (mapped_valid),
    .mapped_ready_i (mapped_ready),
    .mapped_o       (mapped),
    .inv_valid_o    (inv_valid),
    .inv_ready_i    (inv_ready),
    .inv_o          (inv),
    .inv_done_i     (inv_done),
    .drain_o        (drain),
    .drained_i      (drained),
    .ar_valid_o     (mem_ar_valid_o[Store]),
    .ar_ready_i     (mem_ar_ready_i[Store]),
    .ar_o           (mem_ar_o[Store]),
    .r_valid_i      (mem_r_valid_i[Store]),
    .r_ready_o      (mem_r_ready_o[Store]),
    .r_i            (mem_r_i[Store]),
    .aw_valid_o     (mem_aw_valid_o[Store]),
    .aw_ready_i     (mem_aw_ready_i[Store]),
    .aw_o           (mem_aw_o[Store]),
    .w_valid_o      (mem_w_valid_o[Store]),
    .w_ready_i      (mem_w_ready_i[Store]),
    .w_o            (mem_w_o[Store]),
    .b_valid_i      (mem_b_valid_i[Store]),
    .b_ready_o      (mem_b_ready_o[Store]),
    .b_i            (mem_b_i[Store])
  );

  // ---- Between the lanes and what they share: a lane's number is the upper part of its tags ----

  localparam int unsigned LaneAt = 6;

  logic [Lanes-1:0]        req_valid, req_ready, rsp_valid, rsp_ready;
  logic [Lanes-1:0]        put_valid, put_ready, was_put_valid, was_put_ready;
  logic [Lanes-1:0]        enter_valid, enter_ready, entered_valid, entered_ready;
  logic [Lanes-1:0]        lane_drain, lane_drained, lane_idle;
  translate_t [Lanes-1:0]  req, req_marked;
  place_t     [Lanes-1:0]  put, put_marked;
  map_t       [Lanes-1:0]  enter, enter_marked;
  translated_t             rsp;
  placed_t                 was_put;
  mapped_t                 entered;
  logic [Lanes-1:0]        rsp_to, was_put_to, entered_to;

  always_comb begin
    for (int i = 0; i < int'(Lanes); i++) begin
      req_marked[i]                  = req[i];
      req_marked[i].tag[LaneAt+:2]   = 2'(i);
      put_marked[i]                  = put[i];
      put_marked[i].tag[LaneAt+:2]   = 2'(i);
      enter_marked[i]                = enter[i];
      enter_marked[i].tag[LaneAt+:2] = 2'(i);
    end
    rsp                      = translated;
    rsp.tag[LaneAt+:2]       = '0;
    was_put                  = placed;
    was_put.tag[LaneAt+:2]   = '0;
    entered                  = mapped;
    entered.tag[LaneAt+:2]   = '0;
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_answers
    assign rsp_to[i]     = translated.tag[LaneAt+:2] == 2'(i);
    assign was_put_to[i] = placed.tag[LaneAt+:2] == 2'(i);
    assign entered_to[i] = mapped.tag[LaneAt+:2] == 2'(i);
  end

  assign rsp_valid        = {Lanes{translated_valid}} & rsp_to;
  assign was_put_valid    = {Lanes{placed_valid}} & was_put_to;
  assign entered_valid    = {Lanes{mapped_valid}} & entered_to;
  assign translated_ready = |(rsp_ready & rsp_to);
  assign placed_ready     = |(was_put_ready & was_put_to);
  assign mapped_ready     = |(entered_ready & entered_to);

  skv_merge #(
    .data_t(translate_t),
    .Inputs(Lanes)
  ) u_translate (
    .clk_i,
    .rst_ni,
    .valid_i(req_valid),
    .ready_o(req_ready),
    .data_i (req_marked),
    .valid_o(translate_valid),
    .ready_i(translate_ready),
    .data_o (translate)
  );

  skv_merge #(
    .data_t(place_t),
    .Inputs(Lanes)
  ) u_place (
    .clk_i,
    .rst_ni,
    .valid_i(put_valid),
    .ready_o(put_ready),
    .data_i (put_marked),
    .valid_o(place_valid),
    .ready_i(place_ready),
    .data_o (place)
  );

  skv_merge #(
    .data_t(map_t),
    .Inputs(Lanes)
  ) u_map (
    .clk_i,
    .rst_ni,
    .valid_i(enter_valid),
    .ready_o(enter_ready),
    .data_i (enter_marked),
    .valid_o(map_valid),
    .ready_i(map_ready),
    .data_o (map)
  );

  // A lane is asked until it says once that it is drained; all have to.
  logic [Lanes-1:0] drained_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || !drain || drained) drained_q <= '0;
    else drained_q <= drained_q | lane_drained;
  end

  assign lane_drain = {Lanes{drain}} & ~drained_q;
  assign drained    = drained_q == '1;

  // ---- Feeds, cancellations and tables: to the lane they are for, or to all ----

  logic [Lanes-1:0]   feed_valid, feed_ready, fed_valid, fed_ready, cancel_valid, cancel_ready;
  fed_t [Lanes-1:0]   fed;
  cancel_t            cancel;
  logic [Lanes-1:0]   feed_to, cancel_to;
  logic [2*Lanes-1:0] table_valid, table_ready;

  assign cancel = '{ring: cancel_i.ring, tag: cancel_i.tag};

  for (genvar i = 0; i < Lanes; i++) begin : gen_orders
    assign feed_to[i]   = (feed_i.tag[1:0] & 2'(Lanes - 1)) == 2'(i);
    assign cancel_to[i] = cancel_i.lane == 2'(i);
  end

  assign feed_valid     = {Lanes{feed_valid_i}} & feed_to;
  assign cancel_valid   = {Lanes{cancel_valid_i}} & cancel_to;
  assign feed_ready_o   = |(feed_ready & feed_to);
  assign cancel_ready_o = |(cancel_ready & cancel_to);

  skv_merge #(
    .data_t(fed_t),
    .Inputs(Lanes)
  ) u_fed (
    .clk_i,
    .rst_ni,
    .valid_i(fed_valid),
    .ready_o(fed_ready),
    .data_i (fed),
    .valid_o(fed_valid_o),
    .ready_i(fed_ready_i),
    .data_o (fed_o)
  );

  typedef struct packed {
    logic [511:0] data;
    logic         last;
    logic [7:0]   slot;
  } table_beat_t;

  table_beat_t table_beat;

  skv_fork #(
    .data_t (table_beat_t),
    .Outputs(2 * Lanes)
  ) u_tables (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_table_tvalid_i),
    .ready_o(s_axis_table_tready_o),
    .data_i ('{
      data: s_axis_table_tdata_i,
      last: s_axis_table_tlast_i,
      slot: s_axis_table_tuser_i
    }),
    .valid_o(table_valid),
    .ready_i(table_ready),
    .data_o (table_beat)
  );

  // ---- The lanes ----

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    codec_lane #(
      .Rings      (Rings),
      .Descriptors(Descriptors),
      .Tables     (Tables)
    ) u_lane (
      .clk_i,
      .rst_ni,
      .ring_i               (ring_i[i]),
      .fetched_o            (fetched_o[i]),
      .completed_o          (completed_o[i]),
      .idle_o               (lane_idle[i]),
      .feed_valid_i         (feed_valid[i]),
      .feed_ready_o         (feed_ready[i]),
      .feed_i,
      .fed_valid_o          (fed_valid[i]),
      .fed_ready_i          (fed_ready[i]),
      .fed_o                (fed[i]),
      .cancel_valid_i       (cancel_valid[i]),
      .cancel_ready_o       (cancel_ready[i]),
      .cancel_i             (cancel),
      .events_o             (events_o[i]),
      .s_axis_table_tvalid_i(table_valid[2*i+:2]),
      .s_axis_table_tready_o(table_ready[2*i+:2]),
      .s_axis_table_tdata_i ({2{table_beat.data}}),
      .s_axis_table_tlast_i ({2{table_beat.last}}),
      .s_axis_table_tuser_i ({2{table_beat.slot}}),
      .loaded_valid_o       (loaded_valid_o[2*i+:2]),
      .loaded_slot_o        (loaded_slot_o[2*i+:2]),
      .loaded_ok_o          (loaded_ok_o[2*i+:2]),
      .req_valid_o          (req_valid[i]),
      .req_ready_i          (req_ready[i]),
      .req_o                (req[i]),
      .rsp_valid_i          (rsp_valid[i]),
      .rsp_ready_o          (rsp_ready[i]),
      .rsp_i                (rsp),
      .place_valid_o        (put_valid[i]),
      .place_ready_i        (put_ready[i]),
      .place_o              (put[i]),
      .placed_valid_i       (was_put_valid[i]),
      .placed_ready_o       (was_put_ready[i]),
      .placed_i             (was_put),
      .map_valid_o          (enter_valid[i]),
      .map_ready_i          (enter_ready[i]),
      .map_o                (enter[i]),
      .mapped_valid_i       (entered_valid[i]),
      .mapped_ready_o       (entered_ready[i]),
      .mapped_i             (entered),
      .drain_i              (lane_drain[i]),
      .drained_o            (lane_drained[i]),
      .host_ar_valid_o      (host_ar_valid_o[i]),
      .host_ar_ready_i      (host_ar_ready_i[i]),
      .host_ar_o            (host_ar_o[i]),
      .host_r_valid_i       (host_r_valid_i[i]),
      .host_r_ready_o       (host_r_ready_o[i]),
      .host_r_i             (host_r_i[i]),
      .host_aw_valid_o      (host_aw_valid_o[i]),
      .host_aw_ready_i      (host_aw_ready_i[i]),
      .host_aw_o            (host_aw_o[i]),
      .host_w_valid_o       (host_w_valid_o[i]),
      .host_w_ready_i       (host_w_ready_i[i]),
      .host_w_o             (host_w_o[i]),
      .host_b_valid_i       (host_b_valid_i[i]),
      .host_b_ready_o       (host_b_ready_o[i]),
      .host_b_i             (host_b_i[i]),
      .mem_ar_valid_o       (mem_ar_valid_o[Lane+i]),
      .mem_ar_ready_i       (mem_ar_ready_i[Lane+i]),
      .mem_ar_o             (mem_ar_o[Lane+i]),
      .mem_r_valid_i        (mem_r_valid_i[Lane+i]),
      .mem_r_ready_o        (mem_r_ready_o[Lane+i]),
      .mem_r_i              (mem_r_i[Lane+i]),
      .mem_aw_valid_o       (mem_aw_valid_o[Lane+i]),
      .mem_aw_ready_i       (mem_aw_ready_i[Lane+i]),
      .mem_aw_o             (mem_aw_o[Lane+i]),
      .mem_w_valid_o        (mem_w_valid_o[Lane+i]),
      .mem_w_ready_i        (mem_w_ready_i[Lane+i]),
      .mem_w_o              (mem_w_o[Lane+i]),
      .mem_b_valid_i        (mem_b_valid_i[Lane+i]),
      .mem_b_ready_o        (mem_b_ready_o[Lane+i]),
      .mem_b_i              (mem_b_i[Lane+i])
    );
  end

  assign idle_o = &lane_idle;

  `SKV_ASSUME(CancelHeld, cancel_valid_i && !cancel_ready_o |=> cancel_valid_i && $stable(cancel_i))

endmodule
