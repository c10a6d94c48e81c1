// A codec lane: a DMA engine with rings of its own and both halves of speckv.

module codec_lane
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::*;
  import lane_pkg::*;
#(
  parameter int unsigned Rings = 4,
  parameter int unsigned Descriptors = 64,  // under way
  parameter int unsigned Tables = 256
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  ring_t [Rings-1:0]       ring_i,
  output logic [Rings-1:0][15:0]  fetched_o,
  output logic [Rings-1:0][15:0]  completed_o,
  output logic                    idle_o,
  input  logic                    feed_valid_i,
  output logic                    feed_ready_o,
  input  feed_t                   feed_i,
  output logic                    fed_valid_o,
  input  logic                    fed_ready_i,
  output fed_t                    fed_o,
  input  logic                    cancel_valid_i,
  output logic                    cancel_ready_o,
  input  cancel_t                 cancel_i,
  output lane_events_t            events_o,

  // Tables for both halves; loaded_* says of each, compressor first, how it took one.
  input  logic [1:0]              s_axis_table_tvalid_i,
  output logic [1:0]              s_axis_table_tready_o,
  input  logic [1:0][511:0]       s_axis_table_tdata_i,
  input  logic [1:0]              s_axis_table_tlast_i,
  input  logic [1:0][7:0]         s_axis_table_tuser_i,
  output logic [1:0]              loaded_valid_o,
  output logic [1:0][7:0]         loaded_slot_o,
  output logic [1:0]              loaded_ok_o,

  // Translation and page store; tags are below Descriptors.
  output logic                    req_valid_o,
  input  logic                    req_ready_i,
  output translate_t              req_o,
  input  logic                    rsp_valid_i,
  output logic                    rsp_ready_o,
  input  translated_t             rsp_i,
  output logic                    place_valid_o,
  input  logic                    place_ready_i,
  output place_t                  place_o,
  input  logic                    placed_valid_i,
  output logic                    placed_ready_o,
  input  placed_t                 placed_i,
  output logic                    map_valid_o,
  input  logic                    map_ready_i,
  output map_t                    map_o,
  input  logic                    mapped_valid_i,
  output logic                    mapped_ready_o,
  input  mapped_t                 mapped_i,
  input  logic                    drain_i,
  output logic                    drained_o,

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

  logic              ended, failed;
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
    .ended_o               (ended),
    .failed_o              (failed),
    .cancel_valid_i,
    .cancel_ready_o,
    .cancel_i,
    .req_valid_o,
    .req_ready_i,
    .req_o,
    .rsp_valid_i,
    .rsp_ready_o,
    .rsp_i,
    .place_valid_o,
    .place_ready_i,
    .place_o,
    .placed_valid_i,
    .placed_ready_o,
    .placed_i,
    .map_valid_o,
    .map_ready_i,
    .map_o,
    .mapped_valid_i,
    .mapped_ready_o,
    .mapped_i,
    .drain_i,
    .drained_o,
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

  // ---- Events ----

  logic store_busy, load_busy;

  codec_watch u_watch_store (
    .clk_i,
    .rst_ni,
    .in_i      (page_valid & page_ready),
    .in_last_i (page_last),
    .out_i     (coded_valid & coded_ready),
    .out_last_i(coded_last),
    .busy_o    (store_busy)
  );

  codec_watch u_watch_load (
    .clk_i,
    .rst_ni,
    .in_i      (stored_valid & stored_ready),
    .in_last_i (stored_last),
    .out_i     (decoded_valid & decoded_ready),
    .out_last_i(decoded_last),
    .busy_o    (load_busy)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) events_o <= '0;
    else begin
      events_o <= '{
        ended: ended,
        failed: failed,
        stored: coded_valid & coded_ready & coded_last,
        stored_unit: coded_valid & coded_ready,
        loaded: decoded_valid & decoded_ready & decoded_last,
        loaded_unit: stored_valid & stored_ready,
        store_busy: store_busy,
        load_busy: load_busy,
        store_stall: page_valid & !page_ready,
        load_stall: stored_valid & !stored_ready
      };
    end
  end

endmodule
