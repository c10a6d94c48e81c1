// The whole device: a KV-cache in device memory, compressed, behind CXL.mem and a GPU's AXI4 ports.
//
// What each port is for and how a driver uses it: docs/top.md.  Engines are held in reset until a
// driver enables them; a soft reset lets what is under way end first.  Device memory below the
// window is coherent memory as it is; the window behind it shows compressed pages as lines; the pool
// and what else lies behind is reached by page only, so DMA and prefetching never touch a line that
// the host may hold, and pass the filter by.

`include "skv_assert.svh"

module cxl_speckv
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::feed_t;
  import dma_pkg::fed_t;
  import dma_pkg::ring_t;
  import dma_pkg::cancel_t;
  import dma_pkg::RingW;
  import lane_pkg::*;
  import memory_path_pkg::*;
  import skv_csr_pkg::csr_config_t;
  import skv_csr_pkg::csr_status_t;
  import skv_csr_pkg::csr_events_t;
  import skv_csr_pkg::several_t;
  import cxl_speckv_pkg::*;
#(
  parameter int unsigned Lanes = 1,             // 1, 2 or 4, eight rings in all
  parameter int unsigned Channels = 1,          // of device memory: 1, 2 or 4
  parameter int unsigned Requests = 1024,
  parameter int unsigned Descriptors = 64,      // under way in a lane
  parameter int unsigned TlbEntries = 256,
  parameter int unsigned Walks = 8,
  parameter bit HdmH = 1'b0,
  parameter int unsigned FilterSets = 512,
  parameter int unsigned FilterWays = 8,
  parameter int unsigned WindowPages = 1024,
  parameter int unsigned StagingPages = 64,
  parameter int unsigned PrefetchRequests = 4,
  parameter int unsigned PrefetchLayers = 32,
  parameter int unsigned PrefetchHeads = 4,
  parameter int unsigned PrefetchPages = 256,
  parameter int unsigned PrefetchSlots = 8192,
  parameter int unsigned PrefetchFlights = 32,
  parameter int unsigned PredictorSlots = 1024,
  parameter int unsigned PredictorGroups = 512
) (
  input  logic                              clk_i,
  input  logic                              rst_ni,

  // Registers, AXI4-Lite.
  input  logic                              s_axil_awvalid_i,
  output logic                              s_axil_awready_o,
  input  logic [skv_csr_pkg::AddrW-1:0]     s_axil_awaddr_i,
  input  logic                              s_axil_wvalid_i,
  output logic                              s_axil_wready_o,
  input  logic [63:0]                       s_axil_wdata_i,
  input  logic [7:0]                        s_axil_wstrb_i,
  output logic                              s_axil_bvalid_o,
  input  logic                              s_axil_bready_i,
  output logic [1:0]                        s_axil_bresp_o,
  input  logic                              s_axil_arvalid_i,
  output logic                              s_axil_arready_o,
  input  logic [skv_csr_pkg::AddrW-1:0]     s_axil_araddr_i,
  output logic                              s_axil_rvalid_o,
  input  logic                              s_axil_rready_i,
  output logic [63:0]                       s_axil_rdata_o,
  output logic [1:0]                        s_axil_rresp_o,
  output logic                              irq_o,

  // CXL.mem.
  input  logic                              req_valid_i,
  output logic                              req_ready_o,
  input  cxl_pkg::req_t                     req_i,
  input  logic                              rwd_valid_i,
  output logic                              rwd_ready_o,
  input  cxl_pkg::rwd_t                     rwd_i,
  input  logic                              birsp_valid_i,
  output logic                              birsp_ready_o,
  input  cxl_pkg::birsp_t                   birsp_i,
  output logic                              ndr_valid_o,
  input  logic                              ndr_ready_i,
  output cxl_pkg::ndr_t                     ndr_o,
  output logic                              drs_valid_o,
  input  logic                              drs_ready_i,
  output cxl_pkg::drs_t                     drs_o,
  output logic                              bisnp_valid_o,
  input  logic                              bisnp_ready_i,
  output cxl_pkg::bisnp_t                   bisnp_o,

  // A GPU: coherent device memory, and with address bit 63 the mailbox.
  input  logic                              gpu_ar_valid_i,
  output logic                              gpu_ar_ready_o,
  input  ax_t                               gpu_ar_i,
  output logic                              gpu_r_valid_o,
  input  logic                              gpu_r_ready_i,
  output r_t                                gpu_r_o,
  input  logic                              gpu_aw_valid_i,
  output logic                              gpu_aw_ready_o,
  input  ax_t                               gpu_aw_i,
  input  logic                              gpu_w_valid_i,
  output logic                              gpu_w_ready_o,
  input  w_t                                gpu_w_i,
  output logic                              gpu_b_valid_o,
  input  logic                              gpu_b_ready_i,
  output b_t                                gpu_b_o,

  // Another device, coherent; the host keeps what it has.
  input  logic                              io_ar_valid_i,
  output logic                              io_ar_ready_o,
  input  ax_t                               io_ar_i,
  output logic                              io_r_valid_o,
  input  logic                              io_r_ready_i,
  output r_t                                io_r_o,
  input  logic                              io_aw_valid_i,
  output logic                              io_aw_ready_o,
  input  ax_t                               io_aw_i,
  input  logic                              io_w_valid_i,
  output logic                              io_w_ready_o,
  input  w_t                                io_w_i,
  output logic                              io_b_valid_o,
  input  logic                              io_b_ready_i,
  output b_t                                io_b_o,

  // GPU memory, of each lane: rings, raw pages, the buffer of prefetched pages, events.
  output logic [Lanes-1:0]                  l2_ar_valid_o,
  input  logic [Lanes-1:0]                  l2_ar_ready_i,
  output ax_t  [Lanes-1:0]                  l2_ar_o,
  input  logic [Lanes-1:0]                  l2_r_valid_i,
  output logic [Lanes-1:0]                  l2_r_ready_o,
  input  r_t   [Lanes-1:0]                  l2_r_i,
  output logic [Lanes-1:0]                  l2_aw_valid_o,
  input  logic [Lanes-1:0]                  l2_aw_ready_i,
  output ax_t  [Lanes-1:0]                  l2_aw_o,
  output logic [Lanes-1:0]                  l2_w_valid_o,
  input  logic [Lanes-1:0]                  l2_w_ready_i,
  output w_t   [Lanes-1:0]                  l2_w_o,
  input  logic [Lanes-1:0]                  l2_b_valid_i,
  output logic [Lanes-1:0]                  l2_b_ready_o,
  input  b_t   [Lanes-1:0]                  l2_b_i,

  // Device memory.
  output logic [Channels-1:0]               mem_ar_valid_o,
  input  logic [Channels-1:0]               mem_ar_ready_i,
  output ax_t  [Channels-1:0]               mem_ar_o,
  input  logic [Channels-1:0]               mem_r_valid_i,
  output logic [Channels-1:0]               mem_r_ready_o,
  input  r_t   [Channels-1:0]               mem_r_i,
  output logic [Channels-1:0]               mem_aw_valid_o,
  input  logic [Channels-1:0]               mem_aw_ready_i,
  output ax_t  [Channels-1:0]               mem_aw_o,
  output logic [Channels-1:0]               mem_w_valid_o,
  input  logic [Channels-1:0]               mem_w_ready_i,
  output w_t   [Channels-1:0]               mem_w_o,
  input  logic [Channels-1:0]               mem_b_valid_i,
  output logic [Channels-1:0]               mem_b_ready_o,
  input  b_t   [Channels-1:0]               mem_b_i
);

  localparam int unsigned Rings = skv_csr_pkg::Rings / Lanes;  // of a lane
  localparam int unsigned DeviceBit = 63;  // of a lane's address: device memory, not GPU memory
  localparam int unsigned CoherenceSlots = 64;
  localparam logic [7:0] ExactSlot = 8'hFF;  // a table that is never loaded

  `SKV_CHECK_PARAM(Lanes, Lanes == 1 || Lanes == 2 || Lanes == 4)

  // Masters of device memory.
  localparam int unsigned Path = 0;                // address translation, page store, lanes
  localparam int unsigned Raw = Path + 2 + Lanes;  // raw pages of the staging area, by lane
  localparam int unsigned Pool = Raw + Lanes;      // coherent memory
  localparam int unsigned Predictor = Pool + 1;
  localparam int unsigned Masters = Predictor + 1;

  logic [Masters-1:0] s_ar_valid, s_ar_ready, s_r_valid, s_r_ready;
  logic [Masters-1:0] s_aw_valid, s_aw_ready, s_w_valid, s_w_ready, s_b_valid, s_b_ready;
  ax_t [Masters-1:0] s_ar, s_aw;
  r_t [Masters-1:0] s_r;
  w_t [Masters-1:0] s_w;
  b_t [Masters-1:0] s_b;

  // ---- Registers and reset ----

  csr_config_t config_q;
  csr_status_t status;
  csr_events_t events_q, events;
  logic        engines_rst_n, open, draining, resetting, reset_done, idle_q;

  logic                          manage_valid, manage_ready, managed_valid, managed_ready;
  manage_t                       manage;
  store_status_e                 managed;
  logic                          ring_cancel_valid, ring_cancel_ready;
  cancel_t                       ring_cancel;
  logic                          window_valid, window_ready, windowed_valid, windowed_ready;
  skv_csr_pkg::window_t          window;
  skv_csr_pkg::answer_t          windowed;
  logic                          event_valid, event_ready;
  skv_csr_pkg::staging_event_t   staging_event;

  skv_csr u_csr (
    .clk_i,
    .rst_ni,
    .s_axil_awvalid_i,
    .s_axil_awready_o,
    .s_axil_awaddr_i,
    .s_axil_wvalid_i,
    .s_axil_wready_o,
    .s_axil_wdata_i,
    .s_axil_wstrb_i,
    .s_axil_bvalid_o,
    .s_axil_bready_i,
    .s_axil_bresp_o,
    .s_axil_arvalid_i,
    .s_axil_arready_o,
    .s_axil_araddr_i,
    .s_axil_rvalid_o,
    .s_axil_rready_i,
    .s_axil_rdata_o,
    .s_axil_rresp_o,
    .irq_o,
    .config_o        (config_q),
    .status_i        (status),
    .events_i        (events_q),
    .manage_valid_o  (manage_valid),
    .manage_ready_i  (manage_ready),
    .manage_o        (manage),
    .managed_valid_i (managed_valid),
    .managed_ready_o (managed_ready),
    .managed_i       (managed),
    .cancel_valid_o  (ring_cancel_valid),
    .cancel_ready_i  (ring_cancel_ready),
    .cancel_o        (ring_cancel),
    .window_valid_o  (window_valid),
    .window_ready_i  (window_ready),
    .window_o        (window),
    .windowed_valid_i(windowed_valid),
    .windowed_ready_o(windowed_ready),
    .windowed_i      (windowed),
    .event_valid_i   (event_valid),
    .event_ready_o   (event_ready),
    .event_i         (staging_event)
  );

  soft_reset u_reset (
    .clk_i,
    .rst_ni,
    .enable_i      (config_q.enable),
    .soft_reset_i  (config_q.soft_reset),
    .idle_i        (idle_q),
    .engines_rst_no(engines_rst_n),
    .open_o        (open),
    .draining_o    (draining),
    .resetting_o   (resetting),
    .reset_done_o  (reset_done)
  );

  // ---- The memory path ----

  ring_t [Lanes-1:0][Rings-1:0]      ring;
  logic [Lanes-1:0][Rings-1:0][15:0] fetched, completed;
  logic                              path_ready, path_idle, hit, miss, walk, merge;
  unit_t                             free_units, window_unit_q;
  logic                              cancel_valid, cancel_ready;
  lane_cancel_t                      cancel;
  logic                              feed_valid, feed_ready, fed_valid, fed_ready;
  feed_t                             feed;
  fed_t                              fed;
  logic                              table_valid, table_ready, table_last;
  logic [DataW-1:0]                  table_data;
  logic [7:0]                        table_slot;
  logic [2*Lanes-1:0]                loaded_valid, loaded_ok;
  logic [2*Lanes-1:0][7:0]           loaded_slot;
  lane_events_t [Lanes-1:0]          lane_events;

  logic [Lanes-1:0] host_ar_valid, host_ar_ready, host_r_valid, host_r_ready;
  logic [Lanes-1:0] host_aw_valid, host_aw_ready, host_w_valid, host_w_ready;
  logic [Lanes-1:0] host_b_valid, host_b_ready;
  ax_t [Lanes-1:0] host_ar, host_aw;
  r_t [Lanes-1:0] host_r;
  w_t [Lanes-1:0] host_w;
  b_t [Lanes-1:0] host_b;

  // The copies of a ring stay behind the window, whatever its registers say.
  always_ff @(posedge clk_i) begin
    window_unit_q <= unit_t'(config_q.hdm_lines);
    for (int i = 0; i < int'(Lanes); i++) begin
      for (int j = 0; j < int'(Rings); j++) begin
        ring[i][j]        <= config_q.ring[Rings*i+j];
        ring[i][j].enable <= config_q.ring[Rings*i+j].enable & open;
        if (config_q.ring[Rings*i+j].window_base < window_unit_q) begin
          ring[i][j].window_base <= window_unit_q;
        end
      end
    end
    if (!rst_ni) begin
      for (int i = 0; i < int'(Lanes); i++) begin
        for (int j = 0; j < int'(Rings); j++) ring[i][j].enable <= 1'b0;
      end
    end
  end

  memory_path #(
    .Lanes      (Lanes),
    .Requests   (Requests),
    .Rings      (Rings),
    .Descriptors(Descriptors),
    .TlbEntries (TlbEntries),
    .Walks      (Walks)
  ) u_path (
    .clk_i,
    .rst_ni               (engines_rst_n),
    .root_base_i          (config_q.root_base),
    .link_base_i          (config_q.link_base),
    .pool_base_i          (config_q.pool_base),
    .segments_i           (config_q.segments),
    .ready_o              (path_ready),
    .free_units_o         (free_units),
    .manage_valid_i       (manage_valid),
    .manage_ready_o       (manage_ready),
    .manage_i             (manage),
    .managed_valid_o      (managed_valid),
    .managed_ready_i      (managed_ready),
    .managed_o            (managed),
    .ring_i               (ring),
    .fetched_o            (fetched),
    .completed_o          (completed),
    .idle_o               (path_idle),
    .cancel_valid_i       (cancel_valid),
    .cancel_ready_o       (cancel_ready),
    .cancel_i             (cancel),
    .feed_valid_i         (feed_valid),
    .feed_ready_o         (feed_ready),
    .feed_i               (feed),
    .fed_valid_o          (fed_valid),
    .fed_ready_i          (fed_ready),
    .fed_o                (fed),
    .s_axis_table_tvalid_i(table_valid),
    .s_axis_table_tready_o(table_ready),
    .s_axis_table_tdata_i (table_data),
    .s_axis_table_tlast_i (table_last),
    .s_axis_table_tuser_i (table_slot),
    .loaded_valid_o       (loaded_valid),
    .loaded_slot_o        (loaded_slot),
    .loaded_ok_o          (loaded_ok),
    .events_o             (lane_events),
    .hit_o                (hit),
    .miss_o               (miss),
    .walk_o               (walk),
    .merge_o              (merge),
    .host_ar_valid_o        (host_ar_valid),
    .host_ar_ready_i        (host_ar_ready),
    .host_ar_o              (host_ar),
    .host_r_valid_i         (host_r_valid),
    .host_r_ready_o         (host_r_ready),
    .host_r_i               (host_r),
    .host_aw_valid_o        (host_aw_valid),
    .host_aw_ready_i        (host_aw_ready),
    .host_aw_o              (host_aw),
    .host_w_valid_o         (host_w_valid),
    .host_w_ready_i         (host_w_ready),
    .host_w_o               (host_w),
    .host_b_valid_i         (host_b_valid),
    .host_b_ready_o         (host_b_ready),
    .host_b_i               (host_b),
    .mem_ar_valid_o         (s_ar_valid[Path+:2+Lanes]),
    .mem_ar_ready_i         (s_ar_ready[Path+:2+Lanes]),
    .mem_ar_o               (s_ar[Path+:2+Lanes]),
    .mem_r_valid_i          (s_r_valid[Path+:2+Lanes]),
    .mem_r_ready_o          (s_r_ready[Path+:2+Lanes]),
    .mem_r_i                (s_r[Path+:2+Lanes]),
    .mem_aw_valid_o         (s_aw_valid[Path+:2+Lanes]),
    .mem_aw_ready_i         (s_aw_ready[Path+:2+Lanes]),
    .mem_aw_o               (s_aw[Path+:2+Lanes]),
    .mem_w_valid_o          (s_w_valid[Path+:2+Lanes]),
    .mem_w_ready_i          (s_w_ready[Path+:2+Lanes]),
    .mem_w_o                (s_w[Path+:2+Lanes]),
    .mem_b_valid_i          (s_b_valid[Path+:2+Lanes]),
    .mem_b_ready_o          (s_b_ready[Path+:2+Lanes]),
    .mem_b_i                (s_b[Path+:2+Lanes])
  );

  // ---- Lanes' pages: in GPU memory, or raw in the staging area ----

  ax_t [Lanes-1:0] to_ar, to_aw;
  logic [Lanes-1:0] gm_ar_valid, gm_ar_ready, gm_r_valid, gm_r_ready;
  logic [Lanes-1:0] gm_aw_valid, gm_aw_ready, gm_w_valid, gm_w_ready, gm_b_valid, gm_b_ready;
  ax_t [Lanes-1:0] gm_ar, gm_aw;
  r_t [Lanes-1:0] gm_r;
  w_t [Lanes-1:0] gm_w;
  b_t [Lanes-1:0] gm_b;

  for (genvar i = 0; i < Lanes; i++) begin : gen_host
    // By target: GPU memory, device memory.
    logic [1:0] t_ar_valid, t_ar_ready, t_r_valid, t_r_ready;
    logic [1:0] t_aw_valid, t_aw_ready, t_w_valid, t_w_ready, t_b_valid, t_b_ready;
    ax_t        t_ar, t_aw;
    w_t         t_w;
    r_t [1:0]   t_r;
    b_t [1:0]   t_b;

    always_comb begin
      to_ar[i]                 = host_ar[i];
      to_ar[i].addr[DeviceBit] = 1'b0;
      to_aw[i]                 = host_aw[i];
      to_aw[i].addr[DeviceBit] = 1'b0;
    end

    skv_axi_demux u_demux (
      .clk_i,
      .rst_ni      (engines_rst_n),
      .s_ar_valid_i(host_ar_valid[i]),
      .s_ar_ready_o(host_ar_ready[i]),
      .s_ar_i      (to_ar[i]),
      .s_ar_to_i   (host_ar[i].addr[DeviceBit]),
      .s_r_valid_o (host_r_valid[i]),
      .s_r_ready_i (host_r_ready[i]),
      .s_r_o       (host_r[i]),
      .s_aw_valid_i(host_aw_valid[i]),
      .s_aw_ready_o(host_aw_ready[i]),
      .s_aw_i      (to_aw[i]),
      .s_aw_to_i   (host_aw[i].addr[DeviceBit]),
      .s_w_valid_i (host_w_valid[i]),
      .s_w_ready_o (host_w_ready[i]),
      .s_w_i       (host_w[i]),
      .s_b_valid_o (host_b_valid[i]),
      .s_b_ready_i (host_b_ready[i]),
      .s_b_o       (host_b[i]),
      .m_ar_valid_o           (t_ar_valid),
      .m_ar_ready_i           (t_ar_ready),
      .m_ar_o      (t_ar),
      .m_r_valid_i            (t_r_valid),
      .m_r_ready_o            (t_r_ready),
      .m_r_i                  (t_r),
      .m_aw_valid_o           (t_aw_valid),
      .m_aw_ready_i           (t_aw_ready),
      .m_aw_o                 (t_aw),
      .m_w_valid_o            (t_w_valid),
      .m_w_ready_i            (t_w_ready),
      .m_w_o                  (t_w),
      .m_b_valid_i            (t_b_valid),
      .m_b_ready_o            (t_b_ready),
      .m_b_i                  (t_b)
    );

    assign gm_ar_valid[i] = t_ar_valid[0];
    assign s_ar_valid[Raw+i] = t_ar_valid[1];
    assign t_ar_ready = {s_ar_ready[Raw+i], gm_ar_ready[i]};
    assign gm_ar[i] = t_ar;
    assign s_ar[Raw+i] = t_ar;
    assign t_r_valid = {s_r_valid[Raw+i], gm_r_valid[i]};
    assign gm_r_ready[i] = t_r_ready[0];
    assign s_r_ready[Raw+i] = t_r_ready[1];
    assign t_r = {s_r[Raw+i], gm_r[i]};
    assign gm_aw_valid[i] = t_aw_valid[0];
    assign s_aw_valid[Raw+i] = t_aw_valid[1];
    assign t_aw_ready = {s_aw_ready[Raw+i], gm_aw_ready[i]};
    assign gm_aw[i] = t_aw;
    assign s_aw[Raw+i] = t_aw;
    assign gm_w_valid[i] = t_w_valid[0];
    assign s_w_valid[Raw+i] = t_w_valid[1];
    assign t_w_ready = {s_w_ready[Raw+i], gm_w_ready[i]};
    assign gm_w[i] = t_w;
    assign s_w[Raw+i] = t_w;
    assign t_b_valid = {s_b_valid[Raw+i], gm_b_valid[i]};
    assign gm_b_ready[i] = t_b_ready[0];
    assign s_b_ready[Raw+i] = t_b_ready[1];
    assign t_b = {s_b[Raw+i], gm_b[i]};
  end

  // ---- Events, beside lane 0 ----

  logic                   answer_valid, answer_ready, arrived_valid, arrived_ready;
  prefetch_pkg::answer_t  answer;
  prefetch_pkg::arrived_t arrived;
  logic                   predicted_valid, predicted_ready;
  lstm_pkg::answer_t      predicted;
  logic                   event_aw_valid, event_w_valid, event_b_ready, events_idle, event_error;
  ax_t                    event_aw;
  w_t                     event_w;
  logic [15:0]            event_written;
  logic [1:0]             e_ar_ready, e_r_valid, e_aw_ready, e_w_ready, e_b_valid;
  r_t                     e_r;
  b_t                     e_b;

  event_ring u_events (
    .clk_i,
    .rst_ni           (engines_rst_n),
    .base_i           (config_q.event_base),
    .size_log2_i      (config_q.event_size_log2),
    .consumed_i       (config_q.event_consumed),
    .written_o        (event_written),
    .idle_o           (events_idle),
    .error_o          (event_error),
    .answer_valid_i   (answer_valid),
    .answer_ready_o   (answer_ready),
    .answer_i         (answer),
    .arrived_valid_i  (arrived_valid),
    .arrived_ready_o  (arrived_ready),
    .arrived_i        (arrived),
    .predicted_valid_i(predicted_valid),
    .predicted_ready_o(predicted_ready),
    .predicted_i      (predicted),
    .aw_valid_o       (event_aw_valid),
    .aw_ready_i       (e_aw_ready[1]),
    .aw_o             (event_aw),
    .w_valid_o        (event_w_valid),
    .w_ready_i        (e_w_ready[1]),
    .w_o              (event_w),
    .b_valid_i        (e_b_valid[1]),
    .b_ready_o        (event_b_ready),
    .b_i              (e_b)
  );

  skv_axi_mux u_l2_mux (
    .clk_i,
    .rst_ni      (engines_rst_n),
    .s_ar_valid_i({1'b0, gm_ar_valid[0]}),  // events are only written
    .s_ar_ready_o(e_ar_ready),
    .s_ar_i      ({ax_t'('0), gm_ar[0]}),
    .s_r_valid_o (e_r_valid),
    .s_r_ready_i ({1'b1, gm_r_ready[0]}),
    .s_r_o       (e_r),
    .s_aw_valid_i({event_aw_valid, gm_aw_valid[0]}),
    .s_aw_ready_o(e_aw_ready),
    .s_aw_i      ({event_aw, gm_aw[0]}),
    .s_w_valid_i ({event_w_valid, gm_w_valid[0]}),
    .s_w_ready_o (e_w_ready),
    .s_w_i       ({event_w, gm_w[0]}),
    .s_b_valid_o (e_b_valid),
    .s_b_ready_i ({event_b_ready, gm_b_ready[0]}),
    .s_b_o       (e_b),
    .m_ar_valid_o(l2_ar_valid_o[0]),
    .m_ar_ready_i(l2_ar_ready_i[0]),
    .m_ar_o      (l2_ar_o[0]),
    .m_r_valid_i (l2_r_valid_i[0]),
    .m_r_ready_o (l2_r_ready_o[0]),
    .m_r_i       (l2_r_i[0]),
    .m_aw_valid_o(l2_aw_valid_o[0]),
    .m_aw_ready_i(l2_aw_ready_i[0]),
    .m_aw_o      (l2_aw_o[0]),
    .m_w_valid_o (l2_w_valid_o[0]),
    .m_w_ready_i (l2_w_ready_i[0]),
    .m_w_o       (l2_w_o[0]),
    .m_b_valid_i (l2_b_valid_i[0]),
    .m_b_ready_o (l2_b_ready_o[0]),
    .m_b_i       (l2_b_i[0])
  );

  assign gm_ar_ready[0] = e_ar_ready[0];
  assign gm_r_valid[0]  = e_r_valid[0];
  assign gm_r[0]        = e_r;
  assign gm_aw_ready[0] = e_aw_ready[0];
  assign gm_w_ready[0]  = e_w_ready[0];
  assign gm_b_valid[0]  = e_b_valid[0];
  assign gm_b[0]        = e_b;

  for (genvar i = 1; i < Lanes; i++) begin : gen_l2
    assign l2_ar_valid_o[i] = gm_ar_valid[i];
    assign gm_ar_ready[i] = l2_ar_ready_i[i];
    assign l2_ar_o[i] = gm_ar[i];
    assign gm_r_valid[i] = l2_r_valid_i[i];
    assign l2_r_ready_o[i] = gm_r_ready[i];
    assign gm_r[i] = l2_r_i[i];
    assign l2_aw_valid_o[i] = gm_aw_valid[i];
    assign gm_aw_ready[i] = l2_aw_ready_i[i];
    assign l2_aw_o[i] = gm_aw[i];
    assign l2_w_valid_o[i] = gm_w_valid[i];
    assign gm_w_ready[i] = l2_w_ready_i[i];
    assign l2_w_o[i] = gm_w[i];
    assign gm_b_valid[i] = l2_b_valid_i[i];
    assign l2_b_ready_o[i] = gm_b_ready[i];
    assign gm_b[i] = l2_b_i[i];
  end

  // ---- The GPU's port: coherent memory, or the mailbox ----

  logic [1:0] g_ar_valid, g_ar_ready, g_r_valid, g_r_ready;
  logic [1:0] g_aw_valid, g_aw_ready, g_w_valid, g_w_ready, g_b_valid, g_b_ready;
  ax_t        g_ar, g_aw;
  w_t         g_w;
  r_t [1:0]   g_r;
  b_t [1:0]   g_b;
  logic       gpu_ar_ready, gpu_aw_ready;

  assign gpu_ar_ready_o = gpu_ar_ready & open;
  assign gpu_aw_ready_o = gpu_aw_ready & open;

  skv_axi_demux u_gpu (
    .clk_i,
    .rst_ni      (engines_rst_n),
    .s_ar_valid_i(gpu_ar_valid_i & open),
    .s_ar_ready_o(gpu_ar_ready),
    .s_ar_i      (gpu_ar_i),
    .s_ar_to_i   (gpu_ar_i.addr[63]),
    .s_r_valid_o (gpu_r_valid_o),
    .s_r_ready_i (gpu_r_ready_i),
    .s_r_o       (gpu_r_o),
    .s_aw_valid_i(gpu_aw_valid_i & open),
    .s_aw_ready_o(gpu_aw_ready),
    .s_aw_i      (gpu_aw_i),
    .s_aw_to_i   (gpu_aw_i.addr[63]),
    .s_w_valid_i (gpu_w_valid_i),
    .s_w_ready_o (gpu_w_ready_o),
    .s_w_i       (gpu_w_i),
    .s_b_valid_o (gpu_b_valid_o),
    .s_b_ready_i (gpu_b_ready_i),
    .s_b_o       (gpu_b_o),
    .m_ar_valid_o(g_ar_valid),
    .m_ar_ready_i(g_ar_ready),
    .m_ar_o      (g_ar),
    .m_r_valid_i (g_r_valid),
    .m_r_ready_o (g_r_ready),
    .m_r_i       (g_r),
    .m_aw_valid_o(g_aw_valid),
    .m_aw_ready_i(g_aw_ready),
    .m_aw_o      (g_aw),
    .m_w_valid_o (g_w_valid),
    .m_w_ready_i (g_w_ready),
    .m_w_o       (g_w),
    .m_b_valid_i (g_b_valid),
    .m_b_ready_o (g_b_ready),
    .m_b_i       (g_b)
  );

  logic               packet_valid, packet_ready, packet_last, question_valid, question_ready;
  lane_t              packet;
  prefetch_pkg::ask_t question;
  logic               step_valid, step_ready, weights_valid, weights_ready, weights_last;
  lstm_pkg::step_t    step;
  logic [DataW-1:0]   weights;
  logic               mailbox_idle, mail_malformed;

  mailbox #(
    .ExactSlot(ExactSlot)
  ) u_mailbox (
    .clk_i,
    .rst_ni          (engines_rst_n),
    .ar_valid_i      (g_ar_valid[1]),
    .ar_ready_o      (g_ar_ready[1]),
    .ar_i            (g_ar),
    .r_valid_o       (g_r_valid[1]),
    .r_ready_i       (g_r_ready[1]),
    .r_o             (g_r[1]),
    .aw_valid_i      (g_aw_valid[1]),
    .aw_ready_o      (g_aw_ready[1]),
    .aw_i            (g_aw),
    .w_valid_i       (g_w_valid[1]),
    .w_ready_o       (g_w_ready[1]),
    .w_i             (g_w),
    .b_valid_o       (g_b_valid[1]),
    .b_ready_i       (g_b_ready[1]),
    .b_o             (g_b[1]),
    .packet_valid_o  (packet_valid),
    .packet_ready_i  (packet_ready),
    .packet_o        (packet),
    .packet_last_o   (packet_last),
    .question_valid_o(question_valid),
    .question_ready_i(question_ready),
    .question_o      (question),
    .step_valid_o    (step_valid),
    .step_ready_i    (step_ready),
    .step_o          (step),
    .table_valid_o   (table_valid),
    .table_ready_i   (table_ready),
    .table_o         (table_data),
    .table_last_o    (table_last),
    .table_slot_o    (table_slot),
    .weights_valid_o (weights_valid),
    .weights_ready_i (weights_ready),
    .weights_o       (weights),
    .weights_last_o  (weights_last),
    .idle_o          (mailbox_idle),
    .malformed_o     (mail_malformed)
  );

  // ---- Coherent memory ----

  logic                 host_valid, host_ready, host_write_valid, host_write_ready;
  coh_pkg::host_req_t   host_req;
  coh_pkg::host_write_t host_write;
  logic                 host_data_valid, host_data_ready, host_ack_valid, host_ack_ready;
  coh_pkg::host_data_t  host_data;
  coh_pkg::host_ack_t   host_ack;
  logic                 snoop_valid, snoop_ready, snooped_valid;
  coh_pkg::snoop_t      snoop;
  coh_pkg::snooped_t    snooped;
  logic [coh_pkg::SlotW-1:0] used;
  logic                 req_illegal, rwd_illegal, birsp_illegal, req_nxm, rwd_nxm, spec_read;
  logic                 req_ready, rwd_ready;

  assign req_ready_o = req_ready & open;
  assign rwd_ready_o = rwd_ready & open;

  cxl_endpoint #(
    .HdmH (HdmH),
    .Slots(CoherenceSlots)
  ) u_endpoint (
    .clk_i,
    .rst_ni            (engines_rst_n),
    .base_i            (config_q.hdm_base),
    .lines_i           (config_q.hdm_lines),
    .bi_id_i           (config_q.bi_id),
    .req_valid_i       (req_valid_i & open),
    .req_ready_o       (req_ready),
    .req_i,
    .rwd_valid_i       (rwd_valid_i & open),
    .rwd_ready_o       (rwd_ready),
    .rwd_i,
    .birsp_valid_i,
    .birsp_ready_o,
    .birsp_i,
    .ndr_valid_o,
    .ndr_ready_i,
    .ndr_o,
    .drs_valid_o,
    .drs_ready_i,
    .drs_o,
    .bisnp_valid_o,
    .bisnp_ready_i,
    .bisnp_o,
    .host_valid_o      (host_valid),
    .host_ready_i      (host_ready),
    .host_o            (host_req),
    .host_write_valid_o(host_write_valid),
    .host_write_ready_i(host_write_ready),
    .host_write_o      (host_write),
    .host_data_valid_i (host_data_valid),
    .host_data_ready_o (host_data_ready),
    .host_data_i       (host_data),
    .host_ack_valid_i  (host_ack_valid),
    .host_ack_ready_o  (host_ack_ready),
    .host_ack_i        (host_ack),
    .snoop_valid_i     (snoop_valid),
    .snoop_ready_o     (snoop_ready),
    .snoop_i           (snoop),
    .answer_valid_o    (snooped_valid),
    .answer_o          (snooped),
    .used_i            (used),
    .req_illegal_o     (req_illegal),
    .rwd_illegal_o     (rwd_illegal),
    .birsp_illegal_o   (birsp_illegal),
    .req_nxm_o         (req_nxm),
    .rwd_nxm_o         (rwd_nxm),
    .spec_read_o       (spec_read)
  );

  coh_staging_pkg::window_cmd_t    window_cmd;
  coh_staging_pkg::window_answer_t window_answer;
  coh_staging_pkg::staging_event_t page_event;
  logic                            page_event_valid, page_event_ready, pool_ready;
  logic                            staging_feed_valid, staging_feed_ready;
  logic                            staging_fed_valid, staging_fed_ready;
  coh_staging_pkg::feed_t          staging_feed;
  coh_staging_pkg::fed_t           staging_fed;
  logic                            coh_hit, coh_miss, coh_evict, coh_blocked, coh_bad, coh_error;
  logic [1:0]                      staging_hit, staging_miss;
  logic                            staging_sweep;
  logic                            io_ar_ready, io_aw_ready;

  assign io_ar_ready_o = io_ar_ready & open;
  assign io_aw_ready_o = io_aw_ready & open;

  // A page number beyond what a command can carry is beyond the window, too.
  assign window_cmd = '{
    op: coh_staging_pkg::window_op_e'(window.op),
    page: |window.page[23:16] ? '1 : window.page[15:0],
    tenant: window.tenant,
    vpn: window.vpn,
    table_slot: window.slot,
    fresh: window.fresh
  };
  assign windowed   = skv_csr_pkg::answer_t'(window_answer.status);

  `SKV_CHECK_PARAM(WindowPages, WindowPages < 65536)

  coh_pool #(
    .Sets  (FilterSets),
    .Ways  (FilterWays),
    .Normal(CoherenceSlots - 16),
    .Writes(16),
    .Pages (WindowPages),
    .Frames(StagingPages)
  ) u_pool (
    .clk_i,
    .rst_ni            (engines_rst_n),
    .ready_o           (pool_ready),
    .window_base_i     (config_q.hdm_lines - coh_pkg::line_t'(64 * WindowPages)),
    .staging_base_i    (coh_pkg::line_t'(config_q.staging_base)),
    .exact_slot_i      (ExactSlot),
    .cmd_valid_i       (window_valid),
    .cmd_ready_o       (window_ready),
    .cmd_i             (window_cmd),
    .cmd_answer_valid_o(windowed_valid),
    .cmd_answer_ready_i(windowed_ready),
    .cmd_answer_o      (window_answer),
    .event_valid_o     (page_event_valid),
    .event_o           (page_event),
    .feed_valid_o      (staging_feed_valid),
    .feed_ready_i      (staging_feed_ready),
    .feed_o            (staging_feed),
    .fed_valid_i       (staging_fed_valid),
    .fed_ready_o       (staging_fed_ready),
    .fed_i             (staging_fed),
    .host_valid_i      (host_valid),
    .host_ready_o      (host_ready),
    .host_i            (host_req),
    .host_write_valid_i(host_write_valid),
    .host_write_ready_o(host_write_ready),
    .host_write_i      (host_write),
    .host_data_valid_o (host_data_valid),
    .host_data_ready_i (host_data_ready),
    .host_data_o       (host_data),
    .host_ack_valid_o  (host_ack_valid),
    .host_ack_ready_i  (host_ack_ready),
    .host_ack_o        (host_ack),
    .snoop_valid_o     (snoop_valid),
    .snoop_ready_i     (snoop_ready),
    .snoop_o           (snoop),
    .answer_valid_i    (snooped_valid),
    .answer_i          (snooped),
    .dev_ar_valid_i    ({io_ar_valid_i & open, g_ar_valid[0]}),
    .dev_ar_ready_o    ({io_ar_ready, g_ar_ready[0]}),
    .dev_ar_i          ({io_ar_i, g_ar}),
    .dev_r_valid_o     ({io_r_valid_o, g_r_valid[0]}),
    .dev_r_ready_i     ({io_r_ready_i, g_r_ready[0]}),
    .dev_r_o           ({io_r_o, g_r[0]}),
    .dev_aw_valid_i    ({io_aw_valid_i & open, g_aw_valid[0]}),
    .dev_aw_ready_o    ({io_aw_ready, g_aw_ready[0]}),
    .dev_aw_i          ({io_aw_i, g_aw}),
    .dev_w_valid_i     ({io_w_valid_i, g_w_valid[0]}),
    .dev_w_ready_o     ({io_w_ready_o, g_w_ready[0]}),
    .dev_w_i           ({io_w_i, g_w}),
    .dev_b_valid_o     ({io_b_valid_o, g_b_valid[0]}),
    .dev_b_ready_i     ({io_b_ready_i, g_b_ready[0]}),
    .dev_b_o           ({io_b_o, g_b[0]}),
    .ar_valid_o         (s_ar_valid[Pool]),
    .ar_ready_i         (s_ar_ready[Pool]),
    .ar_o               (s_ar[Pool]),
    .r_valid_i          (s_r_valid[Pool]),
    .r_ready_o          (s_r_ready[Pool]),
    .r_i                (s_r[Pool]),
    .aw_valid_o         (s_aw_valid[Pool]),
    .aw_ready_i         (s_aw_ready[Pool]),
    .aw_o               (s_aw[Pool]),
    .w_valid_o          (s_w_valid[Pool]),
    .w_ready_i          (s_w_ready[Pool]),
    .w_o                (s_w[Pool]),
    .b_valid_i          (s_b_valid[Pool]),
    .b_ready_o          (s_b_ready[Pool]),
    .b_i                (s_b[Pool]),
    .used_o            (used),
    .hit_o             (coh_hit),
    .miss_o            (coh_miss),
    .evict_o           (coh_evict),
    .blocked_o         (coh_blocked),
    .answer_bad_o      (coh_bad),
    .write_error_o     (coh_error),
    .staging_hit_o     (staging_hit),
    .staging_miss_o    (staging_miss),
    .staging_sweep_o   (staging_sweep)
  );

  skv_fifo #(
    .data_t(skv_csr_pkg::staging_event_t),
    .Depth (64)
  ) u_page_events (
    .clk_i,
    .rst_ni (engines_rst_n),
    .valid_i(page_event_valid),
    .ready_o(page_event_ready),
    .data_i ('{page: 24'(page_event.page), store: page_event.store, status: page_event.status}),
    .valid_o(event_valid),
    .ready_i(event_ready),
    .data_o (staging_event)
  );

  // ---- Prefetching ----

  localparam int unsigned StagingBit = 8;  // of a tag: of the staging area

  logic                          fetch_valid, fetch_ready, done_ready, stray, prefetch_idle;
  prefetch_pkg::fetch_t          fetch;
  logic                          stale_valid, stale_ready;
  logic [prefetch_pkg::TagW-1:0] stale;
  prefetch_pkg::counters_t       prefetch_counters;

  prefetch #(
    .Requests(PrefetchRequests),
    .Layers  (PrefetchLayers),
    .Heads   (PrefetchHeads),
    .Pages   (PrefetchPages),
    .Slots   (PrefetchSlots),
    .Flights (PrefetchFlights)
  ) u_prefetch (
    .clk_i,
    .rst_ni         (engines_rst_n),
    .s_valid_i      (packet_valid),
    .s_ready_o      (packet_ready),
    .s_data_i       (packet),
    .s_last_i       (packet_last),
    .ask_valid_i    (question_valid),
    .ask_ready_o    (question_ready),
    .ask_i          (question),
    .answer_valid_o (answer_valid),
    .answer_ready_i (answer_ready),
    .answer_o       (answer),
    .arrived_valid_o(arrived_valid),
    .arrived_ready_i(arrived_ready),
    .arrived_o      (arrived),
    .fetch_valid_o  (fetch_valid),
    .fetch_ready_i  (fetch_ready),
    .fetch_o        (fetch),
    .cancel_valid_o (stale_valid),
    .cancel_ready_i (stale_ready),
    .cancel_o       (stale),
    .done_valid_i   (fed_valid & !fed.tag[StagingBit]),
    .done_ready_o   (done_ready),
    .done_tag_i     (fed.tag[prefetch_pkg::TagW-1:0]),
    .done_status_i  (fed.status),
    .stray_o        (stray),
    .counters_o     (prefetch_counters),
    .idle_o         (prefetch_idle)
  );

  // ---- The feed: pages to be prefetched, and those of the staging area ----

  localparam int unsigned KindBit = 19;  // of a page's number: V

  feed_t        fetch_feed, raw_feed;
  lane_cancel_t ring_lane_cancel, stale_cancel;

  assign fetch_feed = '{
    tag: 16'(fetch.tag),
    store: 1'b0,
    prefetch: !fetch.demand,
    readonly: 1'b0,
    table_slot: '0,
    tenant: fetch.tenant,
    vpn: fetch.vpn,
    host: config_q.l2_base + {35'd0, fetch.slot, fetch.vpn[KindBit], 6'd0}
  };

  // The staging area's raw pages are in device memory.
  assign raw_feed = '{
    tag: {7'd0, 1'b1, staging_feed.tag},
    store: staging_feed.store,
    prefetch: 1'b0,
    readonly: staging_feed.readonly,
    table_slot: staging_feed.table_slot,
    tenant: staging_feed.tenant,
    vpn: staging_feed.vpn,
    host: {1'b1, staging_feed.line[56:0]}
  };

  skv_merge #(
    .data_t(feed_t)
  ) u_feed (
    .clk_i,
    .rst_ni (engines_rst_n),
    .valid_i({staging_feed_valid, fetch_valid}),
    .ready_o({staging_feed_ready, fetch_ready}),
    .data_i ({raw_feed, fetch_feed}),
    .valid_o(feed_valid),
    .ready_i(feed_ready),
    .data_o (feed)
  );

  assign staging_fed_valid = fed_valid & fed.tag[StagingBit];
  assign staging_fed       = '{tag: fed.tag[7:0], status: fed.status};
  assign fed_ready         = fed.tag[StagingBit] ? staging_fed_ready : done_ready;

  assign ring_lane_cancel = '{
    lane: 2'(ring_cancel.ring / RingW'(Rings)),
    ring: ring_cancel.ring % RingW'(Rings),
    tag: ring_cancel.tag
  };
  assign stale_cancel = '{
    lane: stale[1:0] & 2'(Lanes - 1),
    ring: RingW'(Rings),
    tag: 32'(stale)
  };

  skv_merge #(
    .data_t(lane_cancel_t)
  ) u_cancel (
    .clk_i,
    .rst_ni (engines_rst_n),
    .valid_i({stale_valid, ring_cancel_valid}),
    .ready_o({stale_ready, ring_cancel_ready}),
    .data_i ({stale_cancel, ring_lane_cancel}),
    .valid_o(cancel_valid),
    .ready_i(cancel_ready),
    .data_o (cancel)
  );

  // ---- The next-token predictor ----

  logic       weights_loaded, weights_ok;
  logic [6:0] steps_q;  // not answered
  logic       step_room, lstm_step_ready;

  assign step_room = !steps_q[6];

  lstm #(
    .Slots       (PredictorSlots),
    .OutputGroups(PredictorGroups)
  ) u_predictor (
    .clk_i,
    .rst_ni                 (engines_rst_n),
    .embeddings_i           (config_q.embeddings),
    .states_i               (config_q.states),
    .s_axis_weights_tvalid_i(weights_valid),
    .s_axis_weights_tready_o(weights_ready),
    .s_axis_weights_tdata_i (weights),
    .s_axis_weights_tlast_i (weights_last),
    .loaded_valid_o         (weights_loaded),
    .loaded_ok_o            (weights_ok),
    .step_valid_i           (step_valid & step_room),
    .step_ready_o           (lstm_step_ready),
    .step_i                 (step),
    .answer_valid_o         (predicted_valid),
    .answer_ready_i         (predicted_ready),
    .answer_o               (predicted),
    .ar_valid_o              (s_ar_valid[Predictor]),
    .ar_ready_i              (s_ar_ready[Predictor]),
    .ar_o                    (s_ar[Predictor]),
    .r_valid_i               (s_r_valid[Predictor]),
    .r_ready_o               (s_r_ready[Predictor]),
    .r_i                     (s_r[Predictor]),
    .aw_valid_o              (s_aw_valid[Predictor]),
    .aw_ready_i              (s_aw_ready[Predictor]),
    .aw_o                    (s_aw[Predictor]),
    .w_valid_o               (s_w_valid[Predictor]),
    .w_ready_i               (s_w_ready[Predictor]),
    .w_o                     (s_w[Predictor]),
    .b_valid_i               (s_b_valid[Predictor]),
    .b_ready_o               (s_b_ready[Predictor]),
    .b_i                     (s_b[Predictor])
  );

  assign step_ready = lstm_step_ready & step_room;

  always_ff @(posedge clk_i) begin
    if (!engines_rst_n) steps_q <= '0;
    else steps_q <= steps_q + 7'(step_valid & step_ready) - 7'(predicted_valid & predicted_ready);
  end

  // ---- Device memory ----

  skv_axi_crossbar #(
    .Masters (Masters),
    .Channels(Channels)
  ) u_crossbar (
    .clk_i,
    .rst_ni      (engines_rst_n),
    .s_ar_valid_i(s_ar_valid),
    .s_ar_ready_o(s_ar_ready),
    .s_ar_i      (s_ar),
    .s_r_valid_o (s_r_valid),
    .s_r_ready_i (s_r_ready),
    .s_r_o       (s_r),
    .s_aw_valid_i(s_aw_valid),
    .s_aw_ready_o(s_aw_ready),
    .s_aw_i      (s_aw),
    .s_w_valid_i (s_w_valid),
    .s_w_ready_o (s_w_ready),
    .s_w_i       (s_w),
    .s_b_valid_o (s_b_valid),
    .s_b_ready_i (s_b_ready),
    .s_b_o       (s_b),
    .m_ar_valid_o(mem_ar_valid_o),
    .m_ar_ready_i(mem_ar_ready_i),
    .m_ar_o      (mem_ar_o),
    .m_r_valid_i (mem_r_valid_i),
    .m_r_ready_o (mem_r_ready_o),
    .m_r_i       (mem_r_i),
    .m_aw_valid_o(mem_aw_valid_o),
    .m_aw_ready_i(mem_aw_ready_i),
    .m_aw_o      (mem_aw_o),
    .m_w_valid_o (mem_w_valid_o),
    .m_w_ready_i (mem_w_ready_i),
    .m_w_o       (mem_w_o),
    .m_b_valid_i (mem_b_valid_i),
    .m_b_ready_o (mem_b_ready_o),
    .m_b_i       (mem_b_i)
  );

  // ---- Status and events ----

  always_comb begin
    status.caps = '{
      lanes: 8'(Lanes),
      channels: 8'(Channels),
      rings: 8'(skv_csr_pkg::Rings),
      tables: 16'd256,
      tlb_entries: 16'(TlbEntries),
      staging_pages: 24'(StagingPages),
      window_pages: 24'(WindowPages),
      prefetch_requests: 16'(PrefetchRequests),
      prefetch_slots: 24'(PrefetchSlots),
      prefetch_flights: 16'(PrefetchFlights),
      request_layers: 8'(PrefetchLayers),
      request_heads: 8'(PrefetchHeads),
      request_pages: 16'(PrefetchPages)
    };
    status.ready         = open & path_ready & pool_ready;
    status.idle          = idle_q;
    status.draining      = draining;
    status.resetting     = resetting;
    status.free_units    = free_units;
    status.event_written = event_written;
    status.fetched       = fetched;
    status.completed     = completed;
    status.prefetch      = prefetch_counters;
  end

  always_ff @(posedge clk_i) begin
    idle_q <= path_idle && prefetch_idle && mailbox_idle && events_idle && used == '0
        && steps_q == '0;
  end

  always_comb begin
    events                       = '0;
    events.counts.poisoned       = several_t'(coh_error) + several_t'(event_error)
        + several_t'(drs_valid_o && drs_ready_i && drs_o.poison)
        + several_t'(page_event_valid && !page_event_ready);  // told of by this alone
    events.poison                = events.counts.poisoned != '0;
    events.stray                 = stray | coh_bad;
    events.malformed             = mail_malformed | |(loaded_valid & ~loaded_ok);
    events.reset_done            = reset_done;
    for (int i = 0; i < 2; i++) begin
      events.loads[i] = '{valid: loaded_valid[i], ok: loaded_ok[i], slot: loaded_slot[i]};
    end
    events.loads[2]              = '{valid: weights_loaded, ok: weights_ok, slot: '0};
    events.counts.tlb_hit        = hit;
    events.counts.tlb_miss       = miss;
    events.counts.tlb_walk       = walk;
    events.counts.tlb_merge      = merge;
    for (int i = 0; i < int'(Lanes); i++) begin
      events.counts.descriptors_ok      += several_t'(lane_events[i].ended
          && !lane_events[i].failed);
      events.counts.descriptors_failed  += several_t'(lane_events[i].failed);
      events.counts.pages_stored        += several_t'(lane_events[i].stored);
      events.counts.pages_loaded        += several_t'(lane_events[i].loaded);
      events.counts.units_stored        += several_t'(lane_events[i].stored_unit);
      events.counts.units_loaded        += several_t'(lane_events[i].loaded_unit);
      events.counts.compressor_busy     += several_t'(lane_events[i].store_busy);
      events.counts.compressor_stalls   += several_t'(lane_events[i].store_stall);
      events.counts.decompressor_busy   += several_t'(lane_events[i].load_busy);
      events.counts.decompressor_stalls += several_t'(lane_events[i].load_stall);
      events.counts.l2_read_beats       += several_t'(l2_r_valid_i[i] && l2_r_ready_o[i]);
      events.counts.l2_write_beats      += several_t'(l2_w_valid_o[i] && l2_w_ready_i[i]);
    end
    events.counts.pages_prefetched = several_t'(fed_valid && fed_ready && !fed.tag[StagingBit]);
    for (int c = 0; c < int'(Channels); c++) begin
      events.counts.device_read_beats  += several_t'(mem_r_valid_i[c] && mem_r_ready_o[c]);
      events.counts.device_write_beats += several_t'(mem_w_valid_o[c] && mem_w_ready_i[c]);
    end
    events.counts.gpu_read_beat      = gpu_r_valid_o & gpu_r_ready_i;
    events.counts.gpu_write_beat     = gpu_w_valid_i & gpu_w_ready_o;
    events.counts.io_read_beat       = io_r_valid_o & io_r_ready_i;
    events.counts.io_write_beat      = io_w_valid_i & io_w_ready_o;
    events.counts.cxl_read_beat      = drs_valid_o & drs_ready_i;
    events.counts.cxl_write_beat     = rwd_valid_i & rwd_ready_o;
    events.counts.coherence_hit      = coh_hit;
    events.counts.coherence_miss     = coh_miss;
    events.counts.coherence_snoop    = snoop_valid & snoop_ready;
    events.counts.coherence_eviction = coh_evict;
    events.counts.coherence_wait     = coh_blocked;
    events.counts.coherence_hint     = spec_read;
    events.counts.coherence_illegal  = several_t'(req_illegal) + several_t'(rwd_illegal)
        + several_t'(birsp_illegal) + several_t'(req_nxm) + several_t'(rwd_nxm);
    events.counts.staging_hits       = several_t'($countones(staging_hit));
    events.counts.staging_misses     = several_t'($countones(staging_miss));
    events.counts.staging_sweep      = staging_sweep;
    events.counts.staging_load       = staging_feed_valid & staging_feed_ready
        & !staging_feed.store;
    events.counts.staging_store      = staging_feed_valid & staging_feed_ready
        & staging_feed.store;
    events.counts.lstm_step          = step_valid & step_ready;
  end

  always_ff @(posedge clk_i) events_q <= events;

  // A page event that tells of the cause has gone before a window's answer; of the rest of the feed's
  // ends nobody but rings is told.
  logic unused;
  assign unused = &{1'b0, fed, e_ar_ready[1], e_r_valid[1], window_answer};

  `SKV_ASSUME(GpuReadId, gpu_ar_valid_i |-> gpu_ar_i.id < 10'd64)
  `SKV_ASSUME(GpuWriteId, gpu_aw_valid_i |-> gpu_aw_i.id < 10'd64)
  `SKV_ASSUME(IoReadId, io_ar_valid_i |-> io_ar_i.id < 10'd64)
  `SKV_ASSUME(IoWriteId, io_aw_valid_i |-> io_aw_i.id < 10'd64)

endmodule
