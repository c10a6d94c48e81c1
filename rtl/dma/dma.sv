// The DMA engine (docs/memory-path.md): works off rings of descriptors in host memory; moves pages
// between host memory and device memory through the codec, and raw data past it; writes a completion
// for each descriptor.
//
// Up to Slots descriptors are under way.  Sustains 64 bytes a cycle each way, both at once, but for
// a cycle a page and the descriptors and completions, which share the host's port.  The codec's
// tables are none of its business.  On the ports of the memories r_ready and b_ready stay high:
// nothing is asked for that there is no room for.

`include "skv_assert.svh"

module dma
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import speckv_pkg::error_e;
  import speckv_pkg::ErrOk;
  import speckv_pkg::source_t;
  import speckv_pkg::stored_t;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Rings = 4
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  ring_t [Rings-1:0]       ring_i,
  output logic  [Rings-1:0][15:0] fetched_o,
  output logic  [Rings-1:0][15:0] completed_o,
  output logic                    idle_o,

  input  logic                    feed_valid_i,
  output logic                    feed_ready_o,
  input  feed_t                   feed_i,
  output logic                    fed_valid_o,
  input  logic                    fed_ready_i,
  output fed_t                    fed_o,
  output logic                    ended_o,    // events: a descriptor or a feed ended,
  output logic                    failed_o,   // and not well

  input  logic                    cancel_valid_i,
  output logic                    cancel_ready_o,
  input  cancel_t                 cancel_i,

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

  output logic                    m_axis_page_tvalid_o,
  input  logic                    m_axis_page_tready_i,
  output logic [511:0]            m_axis_page_tdata_o,
  output logic                    m_axis_page_tlast_o,
  output logic [7:0]              m_axis_page_tuser_o,
  input  logic                    s_axis_stored_tvalid_i,
  output logic                    s_axis_stored_tready_o,
  input  logic [511:0]            s_axis_stored_tdata_i,
  input  logic                    s_axis_stored_tlast_i,
  input  stored_t                 s_axis_stored_tuser_i,

  output logic                    m_axis_stored_tvalid_o,
  input  logic                    m_axis_stored_tready_i,
  output logic [511:0]            m_axis_stored_tdata_o,
  output logic                    m_axis_stored_tlast_o,
  output source_t                 m_axis_stored_tuser_o,
  input  logic                    s_axis_page_tvalid_i,
  output logic                    s_axis_page_tready_o,
  input  logic [511:0]            s_axis_page_tdata_i,
  input  logic                    s_axis_page_tlast_i,
  input  error_e                  s_axis_page_tuser_i,

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

  // ---- The host's port: 0 the pages, 1 the rings ----

  logic [1:0] host_ar_valid, host_ar_ready, host_r_valid, host_r_ready;
  logic [1:0] host_aw_valid, host_aw_ready, host_w_valid, host_w_ready;
  logic [1:0] host_b_valid, host_b_ready;
  ax_t  [1:0] host_ar, host_aw;
  w_t   [1:0] host_w;
  r_t         host_r, host_r_joined;
  b_t         host_b, host_b_joined;
  ax_t        host_ar_joined, host_aw_joined;

  // The mux puts a master's number in bit 6 of its IDs, which end at 63 here: it goes to bit 5.
  always_comb begin
    host_ar_o        = host_ar_joined;
    host_ar_o.id     = {4'd0, host_ar_joined.id[6], host_ar_joined.id[4:0]};
    host_aw_o        = host_aw_joined;
    host_aw_o.id     = {4'd0, host_aw_joined.id[6], host_aw_joined.id[4:0]};
    host_r_joined    = host_r_i;
    host_r_joined.id = {3'd0, host_r_i.id[5], 1'd0, host_r_i.id[4:0]};
    host_b_joined    = host_b_i;
    host_b_joined.id = {3'd0, host_b_i.id[5], 1'd0, host_b_i.id[4:0]};
  end

  skv_axi_mux #(
    .Masters(2)
  ) u_host (
    .clk_i,
    .rst_ni,
    .s_ar_valid_i(host_ar_valid),
    .s_ar_ready_o(host_ar_ready),
    .s_ar_i      (host_ar),
    .s_r_valid_o (host_r_valid),
    .s_r_ready_i (host_r_ready),
    .s_r_o       (host_r),
    .s_aw_valid_i(host_aw_valid),
    .s_aw_ready_o(host_aw_ready),
    .s_aw_i      (host_aw),
    .s_w_valid_i (host_w_valid),
    .s_w_ready_o (host_w_ready),
    .s_w_i       (host_w),
    .s_b_valid_o (host_b_valid),
    .s_b_ready_i (host_b_ready),
    .s_b_o       (host_b),
    .m_ar_valid_o(host_ar_valid_o),
    .m_ar_ready_i(host_ar_ready_i),
    .m_ar_o      (host_ar_joined),
    .m_r_valid_i (host_r_valid_i),
    .m_r_ready_o (host_r_ready_o),
    .m_r_i       (host_r_joined),
    .m_aw_valid_o(host_aw_valid_o),
    .m_aw_ready_i(host_aw_ready_i),
    .m_aw_o      (host_aw_joined),
    .m_w_valid_o (host_w_valid_o),
    .m_w_ready_i (host_w_ready_i),
    .m_w_o       (host_w_o),
    .m_b_valid_i (host_b_valid_i),
    .m_b_ready_o (host_b_ready_o),
    .m_b_i       (host_b_joined)
  );

  // ---- Rings and control ----

  logic [Rings:0] stop;
  logic           accept_valid, accept_ready, prefetch_room, finish_valid, finish_ready;
  accepted_t      accept;
  finish_t        finish;

  dma_rings #(
    .Rings(Rings)
  ) u_rings (
    .clk_i,
    .rst_ni,
    .ring_i,
    .stop_o         (stop),
    .fetched_o,
    .completed_o,
    .idle_o,
    .feed_valid_i,
    .feed_ready_o,
    .feed_i,
    .fed_valid_o,
    .fed_ready_i,
    .fed_o,
    .accept_valid_o (accept_valid),
    .accept_ready_i (accept_ready),
    .accept_o       (accept),
    .prefetch_room_i(prefetch_room),
    .finish_valid_i (finish_valid),
    .finish_ready_o (finish_ready),
    .finish_i       (finish),
    .ar_valid_o     (host_ar_valid[1]),
    .ar_ready_i     (host_ar_ready[1]),
    .ar_o           (host_ar[1]),
    .r_valid_i      (host_r_valid[1]),
    .r_ready_o      (host_r_ready[1]),
    .r_i            (host_r),
    .aw_valid_o     (host_aw_valid[1]),
    .aw_ready_i     (host_aw_ready[1]),
    .aw_o           (host_aw[1]),
    .w_valid_o      (host_w_valid[1]),
    .w_ready_i      (host_w_ready[1]),
    .w_o            (host_w[1]),
    .b_valid_i      (host_b_valid[1]),
    .b_ready_o      (host_b_ready[1]),
    .b_i            (host_b)
  );

  logic       [1:0] read_valid, read_ready, collected_valid, collected_ready, drop_valid;
  logic       [1:0] write_valid, write_ready, written_valid, written_ready;
  read_job_t  [1:0] read;
  collected_t [1:0] collected;
  buffer_t    [1:0] drop;
  write_job_t [1:0] write;
  written_t   [1:0] written;

  dma_control #(
    .Slots  (Slots),
    .Sources(Rings + 1)
  ) u_control (
    .clk_i,
    .rst_ni,
    .stop_i           (stop),
    .accept_valid_i   (accept_valid),
    .accept_ready_o   (accept_ready),
    .accept_i         (accept),
    .prefetch_room_o  (prefetch_room),
    .finish_valid_o   (finish_valid),
    .finish_ready_i   (finish_ready),
    .finish_o         (finish),
    .cancel_valid_i,
    .cancel_ready_o,
    .cancel_i,
    .drain_i,
    .drained_o,
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
    .read_valid_o     (read_valid),
    .read_ready_i     (read_ready),
    .read_o           (read),
    .collected_valid_i(collected_valid),
    .collected_ready_o(collected_ready),
    .collected_i      (collected),
    .drop_valid_o     (drop_valid),
    .drop_o           (drop),
    .write_valid_o    (write_valid),
    .write_ready_i    (write_ready),
    .write_o          (write),
    .written_valid_i  (written_valid),
    .written_ready_o  (written_ready),
    .written_i        (written)
  );

  assign ended_o  = finish_valid & finish_ready;
  assign failed_o = ended_o && finish.status != StatusOk;

  // ---- From the host, through the compressor; a page whose table is not loaded is stored raw ----

  localparam int unsigned StoreBuffers = 16;  // pages wait for their place
  localparam int unsigned LoadBuffers = 8;

  read_job_t page_job, stored_job;
  verdict_t  stored_verdict, page_verdict;

  assign m_axis_page_tuser_o = page_job.table_slot;
  assign stored_verdict      = '{
    bad: s_axis_stored_tuser_i.malformed,
    error: '0,
    raw: s_axis_stored_tuser_i.raw,
    crc: s_axis_stored_tuser_i.crc
  };

  dma_mover #(
    .Slots  (Slots),
    .Buffers(StoreBuffers)
  ) u_in (
    .clk_i,
    .rst_ni,
    .read_valid_i     (read_valid[0]),
    .read_ready_o     (read_ready[0]),
    .read_i           (read[0]),
    .collected_valid_o(collected_valid[0]),
    .collected_ready_i(collected_ready[0]),
    .collected_o      (collected[0]),
    .drop_valid_i     (drop_valid[0]),
    .drop_i           (drop[0]),
    .write_valid_i    (write_valid[0]),
    .write_ready_o    (write_ready[0]),
    .write_i          (write[0]),
    .written_valid_o  (written_valid[0]),
    .written_ready_i  (written_ready[0]),
    .written_o        (written[0]),
    .codec_valid_o    (m_axis_page_tvalid_o),
    .codec_ready_i    (m_axis_page_tready_i),
    .codec_o          (m_axis_page_tdata_o),
    .codec_last_o     (m_axis_page_tlast_o),
    .codec_job_o      (page_job),
    .coded_valid_i    (s_axis_stored_tvalid_i),
    .coded_ready_o    (s_axis_stored_tready_o),
    .coded_i          (s_axis_stored_tdata_i),
    .coded_last_i     (s_axis_stored_tlast_i),
    .verdict_i        (stored_verdict),
    .ar_valid_o       (host_ar_valid[0]),
    .ar_ready_i       (host_ar_ready[0]),
    .ar_o             (host_ar[0]),
    .r_valid_i        (host_r_valid[0]),
    .r_ready_o        (host_r_ready[0]),
    .r_i              (host_r),
    .aw_valid_o       (mem_aw_valid_o),
    .aw_ready_i       (mem_aw_ready_i),
    .aw_o             (mem_aw_o),
    .w_valid_o        (mem_w_valid_o),
    .w_ready_i        (mem_w_ready_i),
    .w_o              (mem_w_o),
    .b_valid_i        (mem_b_valid_i),
    .b_ready_o        (mem_b_ready_o),
    .b_i              (mem_b_i)
  );

  // ---- To the host, through the decompressor ----

  assign m_axis_stored_tuser_o = '{
    crc: stored_job.crc,
    raw: stored_job.raw,
    slot: stored_job.table_slot
  };
  assign page_verdict = '{
    bad: s_axis_page_tuser_i != ErrOk,
    error: s_axis_page_tuser_i,
    raw: 1'b0,
    crc: '0
  };

  dma_mover #(
    .Slots  (Slots),
    .Buffers(LoadBuffers)
  ) u_out (
    .clk_i,
    .rst_ni,
    .read_valid_i     (read_valid[1]),
    .read_ready_o     (read_ready[1]),
    .read_i           (read[1]),
    .collected_valid_o(collected_valid[1]),
    .collected_ready_i(collected_ready[1]),
    .collected_o      (collected[1]),
    .drop_valid_i     (drop_valid[1]),
    .drop_i           (drop[1]),
    .write_valid_i    (write_valid[1]),
    .write_ready_o    (write_ready[1]),
    .write_i          (write[1]),
    .written_valid_o  (written_valid[1]),
    .written_ready_i  (written_ready[1]),
    .written_o        (written[1]),
    .codec_valid_o    (m_axis_stored_tvalid_o),
    .codec_ready_i    (m_axis_stored_tready_i),
    .codec_o          (m_axis_stored_tdata_o),
    .codec_last_o     (m_axis_stored_tlast_o),
    .codec_job_o      (stored_job),
    .coded_valid_i    (s_axis_page_tvalid_i),
    .coded_ready_o    (s_axis_page_tready_o),
    .coded_i          (s_axis_page_tdata_i),
    .coded_last_i     (s_axis_page_tlast_i),
    .verdict_i        (page_verdict),
    .ar_valid_o       (mem_ar_valid_o),
    .ar_ready_i       (mem_ar_ready_i),
    .ar_o             (mem_ar_o),
    .r_valid_i        (mem_r_valid_i),
    .r_ready_o        (mem_r_ready_o),
    .r_i              (mem_r_i),
    .aw_valid_o       (host_aw_valid[0]),
    .aw_ready_i       (host_aw_ready[0]),
    .aw_o             (host_aw[0]),
    .w_valid_o        (host_w_valid[0]),
    .w_ready_i        (host_w_ready[0]),
    .w_o              (host_w[0]),
    .b_valid_i        (host_b_valid[0]),
    .b_ready_o        (host_b_ready[0]),
    .b_i              (host_b)
  );

  skv_axi_rules u_host_rules (
    .clk_i,
    .rst_ni,
    .ar_valid_i (host_ar_valid_o),
    .ar_ready_i (host_ar_ready_i),
    .ar_i       (host_ar_o),
    .r_valid_i  (host_r_valid_i),
    .r_ready_i  (host_r_ready_o),
    .r_i        (host_r_i),
    .aw_valid_i (host_aw_valid_o),
    .aw_ready_i (host_aw_ready_i),
    .aw_i       (host_aw_o),
    .w_valid_i  (host_w_valid_o),
    .w_ready_i  (host_w_ready_i),
    .w_i        (host_w_o),
    .b_valid_i  (host_b_valid_i),
    .b_ready_i  (host_b_ready_o),
    .b_i        (host_b_i)
  );

  skv_axi_rules u_mem_rules (
    .clk_i,
    .rst_ni,
    .ar_valid_i (mem_ar_valid_o),
    .ar_ready_i (mem_ar_ready_i),
    .ar_i       (mem_ar_o),
    .r_valid_i  (mem_r_valid_i),
    .r_ready_i  (mem_r_ready_o),
    .r_i        (mem_r_i),
    .aw_valid_i (mem_aw_valid_o),
    .aw_ready_i (mem_aw_ready_i),
    .aw_i       (mem_aw_o),
    .w_valid_i  (mem_w_valid_o),
    .w_ready_i  (mem_w_ready_i),
    .w_i        (mem_w_o),
    .b_valid_i  (mem_b_valid_i),
    .b_ready_i  (mem_b_ready_o),
    .b_i        (mem_b_i)
  );

  logic unused;
  assign unused = &{1'b0, page_job, stored_job, s_axis_stored_tuser_i};

  `SKV_ASSERT(HostAlwaysTaken, host_r_ready_o && host_b_ready_o)
  `SKV_ASSERT(MemAlwaysTaken, mem_b_ready_o)

endmodule
