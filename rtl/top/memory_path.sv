// The memory path: pages from host memory through the codec into device memory and back.
//
// Puts together the DMA engine, the address translation unit, the page store and both codecs, and
// joins their accesses to device memory (docs/memory-path.md).  Nothing is to be asked for until
// ready_o; the configuration must stay as it is outside reset.

`include "skv_assert.svh"

module memory_path
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Requests = 1024,
  parameter int unsigned Rings = 4,
  parameter int unsigned Descriptors = 64,   // under way
  parameter int unsigned TlbEntries = 256,
  parameter int unsigned Walks = 8,
  parameter int unsigned Tables = 256
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  unit_t                   root_base_i,
  input  unit_t                   link_base_i,
  input  unit_t                   pool_base_i,
  input  logic [25:0]             segments_i,
  output logic                    ready_o,
  output unit_t                   free_units_o,

  input  logic                    manage_valid_i,
  output logic                    manage_ready_o,
  input  manage_t                 manage_i,
  output logic                    managed_valid_o,
  input  logic                    managed_ready_i,
  output store_status_e           managed_o,

  input  ring_t [Rings-1:0]       ring_i,
  output logic [Rings-1:0][15:0]  fetched_o,
  output logic [Rings-1:0][15:0]  completed_o,
  output logic                    idle_o,
  input  logic                    cancel_valid_i,
  output logic                    cancel_ready_o,
  input  cancel_t                 cancel_i,

  input  logic                    feed_valid_i,
  output logic                    feed_ready_o,
  input  feed_t                   feed_i,
  output logic                    fed_valid_o,
  input  logic                    fed_ready_i,
  output fed_t                    fed_o,

  // Tables for both codecs; loaded_* says of each, compressor first, how it took one.
  input  logic [1:0]              s_axis_table_tvalid_i,
  output logic [1:0]              s_axis_table_tready_o,
  input  logic [1:0][511:0]       s_axis_table_tdata_i,
  input  logic [1:0]              s_axis_table_tlast_i,
  input  logic [1:0][7:0]         s_axis_table_tuser_i,
  output logic [1:0]              loaded_valid_o,
  output logic [1:0][7:0]         loaded_slot_o,
  output logic [1:0]              loaded_ok_o,

  // Of translations, one cycle each.
  output logic                    hit_o,
  output logic                    miss_o,
  output logic                    walk_o,
  output logic                    merge_o,

  output logic                    host_ar_valid_o,
  input  logic                    host_ar_ready_i,
  output ax_t                     host_ar_o,
  input  logic                    host_r_valid_i,
  output logic                    host_r_ready_o,
  input  r_t                      host_r_i,
  output logic                    host_aw_valid_o,
  input  logic                    host_aw_ready_i,
  output ax_t                     host_aw_o,
  output logic                    host_w_valid_o,
  input  logic                    host_w_ready_i,
  output w_t                      host_w_o,
  input  logic                    host_b_valid_i,
  output logic                    host_b_ready_o,
  input  b_t                      host_b_i,

  output logic                    mem_ar_valid_o,
  input  logic                    mem_ar_ready_i,
  output ax_t                     mem_ar_o,
  input  logic                    mem_r_valid_i,
  output logic                    mem_r_ready_o,
  input  r_t                      mem_r_i,
  output logic                    mem_aw_valid_o,
  input  logic                    mem_aw_ready_i,
  output ax_t                     mem_aw_o,
  output logic                    mem_w_valid_o,
  input  logic                    mem_w_ready_i,
  output w_t                      mem_w_o,
  input  logic                    mem_b_valid_i,
  output logic                    mem_b_ready_o,
  input  b_t                      mem_b_i
);

  localparam int unsigned SegmentUnits = 1024;

  // ---- Translation, page store, DMA engine ----

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

  // Masters of device memory.
  localparam int unsigned Atu = 0;
  localparam int unsigned Store = 1;
  localparam int unsigned Dma = 2;
  localparam int unsigned Masters = 3;

  logic [Masters-1:0] ar_valid, ar_ready, r_valid, r_ready;
  logic [Masters-1:0] aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready;
  ax_t  [Masters-1:0] ar, aw;
  w_t   [Masters-1:0] w;
  r_t                 r;
  b_t                 b;

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
    .ar_valid_o (ar_valid[Atu]),
    .ar_ready_i (ar_ready[Atu]),
    .ar_o       (ar[Atu]),
    .r_valid_i  (r_valid[Atu]),
    .r_ready_o  (r_ready[Atu]),
    .r_i        (r),
    .hit_o,
    .miss_o,
    .walk_o,
    .merge_o
  );

  // The ATU only reads.
  assign aw_valid[Atu] = 1'b0;
  assign aw[Atu]       = '0;
  assign w_valid[Atu]  = 1'b0;
  assign w[Atu]        = '0;
  assign b_ready[Atu]  = 1'b1;

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
    .ar_valid_o     (ar_valid[Store]),
    .ar_ready_i     (ar_ready[Store]),
    .ar_o           (ar[Store]),
    .r_valid_i      (r_valid[Store]),
    .r_ready_o      (r_ready[Store]),
    .r_i            (r),
    .aw_valid_o     (aw_valid[Store]),
    .aw_ready_i     (aw_ready[Store]),
    .aw_o           (aw[Store]),
    .w_valid_o      (w_valid[Store]),
    .w_ready_i      (w_ready[Store]),
    .w_o            (w[Store]),
    .b_valid_i      (b_valid[Store]),
    .b_ready_o      (b_ready[Store]),
    .b_i            (b)
  );

  logic              page_valid, page_ready, page_last;
  logic [511:0]      page_data;
  logic [7:0]        page_slot;
  logic              coded_valid, coded_ready, coded_last;
  logic [511:0]      coded_data;
  speckv_pkg::stored_t coded_user;
  logic              stored_valid, stored_ready, stored_last;
  logic [511:0]      stored_data;
  speckv_pkg::source_t stored_user;
  logic              decoded_valid, decoded_ready, decoded_last;
  logic [511:0]      decoded_data;
  speckv_pkg::error_e decoded_error;

  dma #(
    .Slots(Descriptors),
    .Rings(Rings)
  ) u_dma (
    .clk_i,
    .rst_ni,
    .ring_i,
    .fetched_o,
    .completed_o,
    .idle_o,
    .feed_valid_i,
    .feed_ready_o,
    .feed_i,
    .fed_valid_o,
    .fed_ready_i,
    .fed_o,
    .cancel_valid_i,
    .cancel_ready_o,
    .cancel_i,
    .req_valid_o           (translate_valid),
    .req_ready_i           (translate_ready),
    .req_o                 (translate),
    .rsp_valid_i           (translated_valid),
    .rsp_ready_o           (translated_ready),
    .rsp_i                 (translated),
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
    .drain_i               (drain),
    .drained_o             (drained),
    .m_axis_page_tvalid_o  (page_valid),
    .m_axis_page_tready_i  (page_ready),
    .m_axis_page_tdata_o   (page_data),
    .m_axis_page_tlast_o   (page_last),
    .m_axis_page_tuser_o   (page_slot),
    .s_axis_stored_tvalid_i(coded_valid),
    .s_axis_stored_tready_o(coded_ready),
    .s_axis_stored_tdata_i (coded_data),
    .s_axis_stored_tlast_i (coded_last),
    .s_axis_stored_tuser_i (coded_user),
    .m_axis_stored_tvalid_o(stored_valid),
    .m_axis_stored_tready_i(stored_ready),
    .m_axis_stored_tdata_o (stored_data),
    .m_axis_stored_tlast_o (stored_last),
    .m_axis_stored_tuser_o (stored_user),
    .s_axis_page_tvalid_i  (decoded_valid),
    .s_axis_page_tready_o  (decoded_ready),
    .s_axis_page_tdata_i   (decoded_data),
    .s_axis_page_tlast_i   (decoded_last),
    .s_axis_page_tuser_i   (decoded_error),
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
    .mem_ar_valid_o        (ar_valid[Dma]),
    .mem_ar_ready_i        (ar_ready[Dma]),
    .mem_ar_o              (ar[Dma]),
    .mem_r_valid_i         (r_valid[Dma]),
    .mem_r_ready_o         (r_ready[Dma]),
    .mem_r_i               (r),
    .mem_aw_valid_o        (aw_valid[Dma]),
    .mem_aw_ready_i        (aw_ready[Dma]),
    .mem_aw_o              (aw[Dma]),
    .mem_w_valid_o         (w_valid[Dma]),
    .mem_w_ready_i         (w_ready[Dma]),
    .mem_w_o               (w[Dma]),
    .mem_b_valid_i         (b_valid[Dma]),
    .mem_b_ready_o         (b_ready[Dma]),
    .mem_b_i               (b)
  );

  // ---- Codecs ----

  speckv_compressor #(
    .Slots(Tables)
  ) u_compressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(s_axis_table_tvalid_i[0]),
    .s_axis_table_tready_o(s_axis_table_tready_o[0]),
    .s_axis_table_tdata_i (s_axis_table_tdata_i[0]),
    .s_axis_table_tlast_i (s_axis_table_tlast_i[0]),
    .s_axis_table_tuser_i (s_axis_table_tuser_i[0]),
    .loaded_valid_o       (loaded_valid_o[0]),
    .loaded_slot_o        (loaded_slot_o[0]),
    .loaded_ok_o          (loaded_ok_o[0]),
    .s_axis_tvalid_i      (page_valid),
    .s_axis_tready_o      (page_ready),
    .s_axis_tdata_i       (page_data),
    .s_axis_tlast_i       (page_last),
    .s_axis_tuser_i       (page_slot),
    .m_axis_tvalid_o      (coded_valid),
    .m_axis_tready_i      (coded_ready),
    .m_axis_tdata_o       (coded_data),
    .m_axis_tlast_o       (coded_last),
    .m_axis_tuser_o       (coded_user)
  );

  speckv_decompressor #(
    .Slots(Tables)
  ) u_decompressor (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i(s_axis_table_tvalid_i[1]),
    .s_axis_table_tready_o(s_axis_table_tready_o[1]),
    .s_axis_table_tdata_i (s_axis_table_tdata_i[1]),
    .s_axis_table_tlast_i (s_axis_table_tlast_i[1]),
    .s_axis_table_tuser_i (s_axis_table_tuser_i[1]),
    .loaded_valid_o       (loaded_valid_o[1]),
    .loaded_slot_o        (loaded_slot_o[1]),
    .loaded_ok_o          (loaded_ok_o[1]),
    .s_axis_tvalid_i      (stored_valid),
    .s_axis_tready_o      (stored_ready),
    .s_axis_tdata_i       (stored_data),
    .s_axis_tlast_i       (stored_last),
    .s_axis_tuser_i       (stored_user),
    .m_axis_tvalid_o      (decoded_valid),
    .m_axis_tready_i      (decoded_ready),
    .m_axis_tdata_o       (decoded_data),
    .m_axis_tlast_o       (decoded_last),
    .m_axis_tuser_o       (decoded_error)
  );

  // ---- Device memory ----

  skv_axi_mux #(
    .Masters(Masters)
  ) u_mux (
    .clk_i,
    .rst_ni,
    .s_ar_valid_i (ar_valid),
    .s_ar_ready_o (ar_ready),
    .s_ar_i       (ar),
    .s_r_valid_o  (r_valid),
    .s_r_ready_i  (r_ready),
    .s_r_o        (r),
    .s_aw_valid_i (aw_valid),
    .s_aw_ready_o (aw_ready),
    .s_aw_i       (aw),
    .s_w_valid_i  (w_valid),
    .s_w_ready_o  (w_ready),
    .s_w_i        (w),
    .s_b_valid_o  (b_valid),
    .s_b_ready_i  (b_ready),
    .s_b_o        (b),
    .m_ar_valid_o (mem_ar_valid_o),
    .m_ar_ready_i (mem_ar_ready_i),
    .m_ar_o       (mem_ar_o),
    .m_r_valid_i  (mem_r_valid_i),
    .m_r_ready_o  (mem_r_ready_o),
    .m_r_i        (mem_r_i),
    .m_aw_valid_o (mem_aw_valid_o),
    .m_aw_ready_i (mem_aw_ready_i),
    .m_aw_o       (mem_aw_o),
    .m_w_valid_o  (mem_w_valid_o),
    .m_w_ready_i  (mem_w_ready_i),
    .m_w_o        (mem_w_o),
    .m_b_valid_i  (mem_b_valid_i),
    .m_b_ready_o  (mem_b_ready_o),
    .m_b_i        (mem_b_i)
  );

  `SKV_CHECK_PARAM(Requests, Requests <= 65536)

endmodule
