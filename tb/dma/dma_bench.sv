// A codec lane: the DMA engine between the two halves of speckv, with whatever answers it but the
// memories.
//
// What the ports call the last ring is worked off through the engine's feed (feed_ring.sv).
// Tables: source 0 of cosim/transactor.cpp to the compressor, source 1 to the decompressor, with
// done_o its batch's.  Simulation only.

module dma_bench
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::*;
  import lane_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Rings = 5
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   done_o,

  input  logic [Rings-1:0]       enable_i,
  input  logic [Rings-1:0][15:0] tenant_i,
  input  logic [Rings-1:0][39:0] window_base_i,
  input  logic [Rings-1:0][39:0] window_limit_i,
  input  logic [Rings-1:0][63:0] base_i,
  input  logic [Rings-1:0][63:0] completions_i,
  input  logic [Rings-1:0][3:0]  size_log2_i,
  input  logic [Rings-1:0][15:0] tail_i,
  input  logic [Rings-1:0][15:0] consumed_i,
  output logic [Rings-1:0][15:0] fetched_o,
  output logic [Rings-1:0][15:0] completed_o,
  output logic                   idle_o,
  output logic                   drain_o,
  output logic                   drained_o,

  output logic                   host_ar_valid_o,
  input  logic                   host_ar_ready_i,
  output ax_t                    host_ar_o,
  input  logic                   host_r_valid_i,
  output logic                   host_r_ready_o,
  input  r_t                     host_r_i,
  output logic                   host_aw_valid_o,
  input  logic                   host_aw_ready_i,
  output ax_t                    host_aw_o,
  output logic                   host_w_valid_o,
  input  logic                   host_w_ready_i,
  output w_t                     host_w_o,
  input  logic                   host_b_valid_i,
  output logic                   host_b_ready_o,
  input  b_t                     host_b_i,

  output logic                   mem_ar_valid_o,
  input  logic                   mem_ar_ready_i,
  output ax_t                    mem_ar_o,
  input  logic                   mem_r_valid_i,
  output logic                   mem_r_ready_o,
  input  r_t                     mem_r_i,
  output logic                   mem_aw_valid_o,
  input  logic                   mem_aw_ready_i,
  output ax_t                    mem_aw_o,
  output logic                   mem_w_valid_o,
  input  logic                   mem_w_ready_i,
  output w_t                     mem_w_o,
  input  logic                   mem_b_valid_i,
  output logic                   mem_b_ready_o,
  input  b_t                     mem_b_i
);

  localparam int unsigned Feed = Rings - 1;

  ring_t [Rings-1:0] ring;
  for (genvar i = 0; i < Rings; i++) begin : gen_ring
    assign ring[i] = '{
      enable: enable_i[i],
      tenant: tenant_i[i],
      window_base: window_base_i[i],
      window_limit: window_limit_i[i],
      base: base_i[i],
      completions: completions_i[i],
      size_log2: size_log2_i[i],
      tail: tail_i[i],
      consumed: consumed_i[i]
    };
  end

  // ---- Translation, page store, cancellation, drain ----

  logic        req_valid, req_ready, rsp_valid, rsp_ready;
  logic        place_valid, place_ready, placed_valid, placed_ready;
  logic        map_valid, map_ready, mapped_valid, mapped_ready;
  logic        cancel_valid, cancel_ready;
  translate_t  req;
  translated_t rsp;
  place_t      place;
  placed_t     placed;
  map_t        map;
  mapped_t     mapped;
  cancel_t     cancel;

  paging_dpi u_paging (
    .clk_i,
    .rst_ni,
    .req_valid_i   (req_valid),
    .req_ready_o   (req_ready),
    .req_i         (req),
    .rsp_valid_o   (rsp_valid),
    .rsp_ready_i   (rsp_ready),
    .rsp_o         (rsp),
    .place_valid_i (place_valid),
    .place_ready_o (place_ready),
    .place_i       (place),
    .placed_valid_o(placed_valid),
    .placed_ready_i(placed_ready),
    .placed_o      (placed),
    .map_valid_i   (map_valid),
    .map_ready_o   (map_ready),
    .map_i         (map),
    .mapped_valid_o(mapped_valid),
    .mapped_ready_i(mapped_ready),
    .mapped_o      (mapped),
    .cancel_valid_o(cancel_valid),
    .cancel_ready_i(cancel_ready),
    .cancel_o      (cancel),
    .drain_o,
    .drained_i     (drained_o)
  );

  // ---- Tables ----

  longint unsigned   cycle;
  logic [1:0]        table_valid, table_ready, table_last, loaded_valid, loaded_ok;
  logic [1:0][511:0] table_data;
  logic [1:0][7:0]   table_slot, loaded_slot;

  batch_dpi u_batch (
    .clk_i,
    .rst_ni,
    .cycle_o(cycle),
    .done_o
  );

  for (genvar i = 0; i < 2; i++) begin : gen_tables
    axis_source_dpi #(
      .Id       (i),
      .UserWidth(8)
    ) u_source (
      .clk_i,
      .rst_ni,
      .cycle_i (cycle),
      .tvalid_o(table_valid[i]),
      .tready_i(table_ready[i]),
      .tdata_o (table_data[i]),
      .tlast_o (table_last[i]),
      .tuser_o (table_slot[i])
    );

    always_ff @(posedge clk_i) begin
      if (rst_ni && loaded_valid[i] && !loaded_ok[i]) begin
        $error("half %0d refused the table for slot %0d", i, loaded_slot[i]);
      end
    end
  end

  // ---- The lane ----

  logic         feed_valid, feed_ready, fed_valid, fed_ready;
  feed_t        feed;
  fed_t         fed;
  lane_events_t events;

  feed_ring u_feed (
    .clk_i,
    .rst_ni,
    .ring_i      (ring[Feed]),
    .fetched_o   (fetched_o[Feed]),
    .completed_o (completed_o[Feed]),
    .feed_valid_o(feed_valid),
    .feed_ready_i(feed_ready),
    .feed_o      (feed),
    .fed_valid_i (fed_valid),
    .fed_ready_o (fed_ready),
    .fed_i       (fed)
  );

  codec_lane #(
    .Rings      (Feed),
    .Descriptors(Slots)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .ring_i                (ring[Feed-1:0]),
    .fetched_o             (fetched_o[Feed-1:0]),
    .completed_o           (completed_o[Feed-1:0]),
    .idle_o,
    .feed_valid_i          (feed_valid),
    .feed_ready_o          (feed_ready),
    .feed_i                (feed),
    .fed_valid_o           (fed_valid),
    .fed_ready_i           (fed_ready),
    .fed_o                 (fed),
    .cancel_valid_i        (cancel_valid),
    .cancel_ready_o        (cancel_ready),
    .cancel_i              (cancel),
    .events_o              (events),
    .s_axis_table_tvalid_i (table_valid),
    .s_axis_table_tready_o (table_ready),
    .s_axis_table_tdata_i  (table_data),
    .s_axis_table_tlast_i  (table_last),
    .s_axis_table_tuser_i  (table_slot),
    .loaded_valid_o        (loaded_valid),
    .loaded_slot_o         (loaded_slot),
    .loaded_ok_o           (loaded_ok),
    .req_valid_o           (req_valid),
    .req_ready_i           (req_ready),
    .req_o                 (req),
    .rsp_valid_i           (rsp_valid),
    .rsp_ready_o           (rsp_ready),
    .rsp_i                 (rsp),
    .place_valid_o         (place_valid),
    .place_ready_i         (place_ready),
    .place_o               (place),
    .placed_valid_i        (placed_valid),
    .placed_ready_o        (placed_ready),
    .placed_i              (placed),
    .map_valid_o           (map_valid),
    .map_ready_i           (map_ready),
    .map_o                 (map),
    .mapped_valid_i        (mapped_valid),
    .mapped_ready_o        (mapped_ready),
    .mapped_i              (mapped),
    .drain_i               (drain_o),
    .drained_o,
    .host_ar_valid_o,
    .host_ar_ready_i,
    .host_ar_o,
    .host_r_valid_i,
    .host_r_ready_o,
    .host_r_i,
    .host_aw_valid_o,
    .host_aw_ready_i,
    .host_aw_o,
    .host_w_valid_o,
    .host_w_ready_i,
    .host_w_o,
    .host_b_valid_i,
    .host_b_ready_o,
    .host_b_i,
    .mem_ar_valid_o,
    .mem_ar_ready_i,
    .mem_ar_o,
    .mem_r_valid_i,
    .mem_r_ready_o,
    .mem_r_i,
    .mem_aw_valid_o,
    .mem_aw_ready_i,
    .mem_aw_o,
    .mem_w_valid_o,
    .mem_w_ready_i,
    .mem_w_o,
    .mem_b_valid_i,
    .mem_b_ready_o,
    .mem_b_i
  );

  logic unused;
  assign unused = &{1'b0, events};

endmodule
