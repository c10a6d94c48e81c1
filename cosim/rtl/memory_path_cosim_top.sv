// memory_path between two memories behind DPI: port 0 is the host's, port 1 the device's.  Tables
// come from source 1.  Simulation only.
//
// Host memory: ring `r` is at r MB, its completions half a megabyte behind.  `idle_o` is high when
// every descriptor rung for is completed; `stuck_o` rises when none was for StuckCycles.  A command
// of the page store runs while manage_valid_i is high; managed_done_o says that manage_status_o is
// its answer.

module memory_path_cosim_top
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import dma_pkg::*;
  import lane_pkg::*;
  import memory_path_pkg::*;
#(
  parameter int unsigned Requests = 64,
  parameter int unsigned Rings = 4,
  parameter int unsigned Descriptors = 64,
  parameter int unsigned TlbEntries = 256,
  parameter int unsigned StuckCycles = 200_000
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   ready_o,
  output logic                   done_o,        // of tables
  output logic                   tables_bad_o,

  input  logic [39:0]            root_base_i,
  input  logic [39:0]            link_base_i,
  input  logic [39:0]            pool_base_i,
  input  logic [25:0]            segments_i,
  output logic [39:0]            free_units_o,

  input  logic                   manage_valid_i,
  input  logic                   manage_free_i,
  input  logic [15:0]            manage_request_i,
  input  logic [15:0]            manage_tenant_i,
  input  logic [7:0]             manage_layers_i,
  input  logic [7:0]             manage_heads_i,
  output logic                   managed_done_o,
  output logic [3:0]             managed_status_o,

  input  logic [Rings-1:0]       enable_i,
  input  logic [Rings-1:0][15:0] tenant_i,
  input  logic [Rings-1:0][15:0] tail_i,
  input  logic [Rings-1:0][15:0] consumed_i,
  output logic                   idle_o,
  output logic                   stuck_o,
  output logic [63:0]            hits_o,
  output logic [63:0]            misses_o,
  output logic [63:0]            walks_o,
  output logic [63:0]            merges_o
);

  longint unsigned cycle;

  batch_dpi u_batch (
    .clk_i,
    .rst_ni,
    .cycle_o(cycle),
    .done_o
  );

  // ---- Tables ----

  logic            table_valid, table_ready, table_last;
  logic [511:0]    table_data;
  logic [7:0]      table_slot;
  logic [1:0]      loaded_valid, loaded_ok;
  logic [1:0][7:0] loaded_slot;

  axis_source_dpi #(
    .Id       (1),
    .UserWidth(8)
  ) u_tables (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_o(table_valid),
    .tready_i(table_ready),
    .tdata_o (table_data),
    .tlast_o (table_last),
    .tuser_o (table_slot)
  );

  // ---- Commands of the page store ----

  logic          sent_q, manage_ready, managed_valid;
  manage_t       manage;
  store_status_e managed;

  assign manage = '{
    op: manage_e'(manage_free_i),
    request: manage_request_i,
    tenant: manage_tenant_i,
    layers: manage_layers_i,
    heads: manage_heads_i
  };

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      sent_q         <= 1'b0;
      managed_done_o <= 1'b0;
    end else begin
      sent_q         <= manage_valid_i & (sent_q | manage_ready);
      managed_done_o <= manage_valid_i & (managed_done_o | managed_valid);
    end
    if (managed_valid) managed_status_o <= managed;
  end

  // ---- Rings ----

  ring_t [Rings-1:0]       rings;
  logic [Rings-1:0][15:0]  fetched, completed, completed_q;
  logic                    dma_idle, hit, miss, walk, merge;
  int unsigned             waited_q;

  for (genvar i = 0; i < Rings; i++) begin : gen_ring
    assign rings[i] = '{
      enable: enable_i[i],
      tenant: tenant_i[i],
      window_base: '0,
      window_limit: '0,
      base: 64'(i) << 20,
      completions: (64'(i) << 20) + (64'd1 << 19),
      size_log2: 4'd12,
      tail: tail_i[i],
      consumed: consumed_i[i]
    };
  end

  always_ff @(posedge clk_i) begin
    completed_q <= completed;
    idle_o      <= rst_ni && completed == tail_i && dma_idle;
    if (!rst_ni || idle_o || completed != completed_q) waited_q <= '0;
    else waited_q <= waited_q + 1;
    stuck_o <= waited_q >= StuckCycles;
    if (!rst_ni) begin
      hits_o       <= '0;
      misses_o     <= '0;
      walks_o      <= '0;
      merges_o     <= '0;
      tables_bad_o <= 1'b0;
    end else begin
      hits_o   <= hits_o + 64'(hit);
      misses_o <= misses_o + 64'(miss);
      walks_o  <= walks_o + 64'(walk);
      merges_o <= merges_o + 64'(merge);
      if (|(loaded_valid & ~loaded_ok)) tables_bad_o <= 1'b1;
    end
  end

  // ---- The memory path and its memories ----

  logic cancel_ready, feed_ready, fed_valid;
  fed_t fed;
  logic host_ar_valid, host_ar_ready, host_r_valid, host_r_ready;
  logic host_aw_valid, host_aw_ready, host_w_valid, host_w_ready, host_b_valid, host_b_ready;
  ax_t  host_ar, host_aw;
  r_t   host_r;
  w_t   host_w;
  b_t   host_b;
  localparam int unsigned Masters = 3;

  logic [Masters-1:0] s_ar_valid, s_ar_ready, s_r_valid, s_r_ready;
  logic [Masters-1:0] s_aw_valid, s_aw_ready, s_w_valid, s_w_ready, s_b_valid, s_b_ready;
  ax_t [Masters-1:0]  s_ar, s_aw;
  r_t [Masters-1:0]   s_r;
  w_t [Masters-1:0]   s_w;
  b_t [Masters-1:0]   s_b;
  logic               mem_ar_valid, mem_ar_ready, mem_r_valid, mem_r_ready;
  logic               mem_aw_valid, mem_aw_ready, mem_w_valid, mem_w_ready;
  logic               mem_b_valid, mem_b_ready;
  ax_t                mem_ar, mem_aw;
  r_t                 mem_r;
  w_t                 mem_w;
  b_t                 mem_b;
  lane_events_t       events;

  memory_path #(
    .Requests   (Requests),
    .Rings      (Rings),
    .Descriptors(Descriptors),
    .TlbEntries (TlbEntries)
  ) u_path (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .link_base_i,
    .pool_base_i,
    .segments_i,
    .ready_o,
    .free_units_o,
    .manage_valid_i       (manage_valid_i & !sent_q),
    .manage_ready_o       (manage_ready),
    .manage_i             (manage),
    .managed_valid_o      (managed_valid),
    .managed_ready_i      (1'b1),
    .managed_o            (managed),
    .ring_i               (rings),
    .fetched_o            (fetched),
    .completed_o          (completed),
    .idle_o               (dma_idle),
    .cancel_valid_i       (1'b0),
    .cancel_ready_o       (cancel_ready),
    .cancel_i             ('0),
    .feed_valid_i         (1'b0),
    .feed_ready_o         (feed_ready),
    .feed_i               ('0),
    .fed_valid_o          (fed_valid),
    .fed_ready_i          (1'b1),
    .fed_o                (fed),
    .s_axis_table_tvalid_i(table_valid),
    .s_axis_table_tready_o(table_ready),
    .s_axis_table_tdata_i (table_data),
    .s_axis_table_tlast_i (table_last),
    .s_axis_table_tuser_i (table_slot),
    .loaded_valid_o       (loaded_valid),
    .loaded_slot_o        (loaded_slot),
    .loaded_ok_o          (loaded_ok),
    .events_o             (events),
    .hit_o                (hit),
    .miss_o               (miss),
    .walk_o               (walk),
    .merge_o              (merge),
    .host_ar_valid_o      (host_ar_valid),
    .host_ar_ready_i      (host_ar_ready),
    .host_ar_o            (host_ar),
    .host_r_valid_i       (host_r_valid),
    .host_r_ready_o       (host_r_ready),
    .host_r_i             (host_r),
    .host_aw_valid_o      (host_aw_valid),
    .host_aw_ready_i      (host_aw_ready),
    .host_aw_o            (host_aw),
    .host_w_valid_o       (host_w_valid),
    .host_w_ready_i       (host_w_ready),
    .host_w_o             (host_w),
    .host_b_valid_i       (host_b_valid),
    .host_b_ready_o       (host_b_ready),
    .host_b_i             (host_b),
    .mem_ar_valid_o       (s_ar_valid),
    .mem_ar_ready_i       (s_ar_ready),
    .mem_ar_o             (s_ar),
    .mem_r_valid_i        (s_r_valid),
    .mem_r_ready_o        (s_r_ready),
    .mem_r_i              (s_r),
    .mem_aw_valid_o       (s_aw_valid),
    .mem_aw_ready_i       (s_aw_ready),
    .mem_aw_o             (s_aw),
    .mem_w_valid_o        (s_w_valid),
    .mem_w_ready_i        (s_w_ready),
    .mem_w_o              (s_w),
    .mem_b_valid_i        (s_b_valid),
    .mem_b_ready_o        (s_b_ready),
    .mem_b_i              (s_b)
  );

  skv_axi_crossbar #(
    .Masters(Masters)
  ) u_crossbar (
    .clk_i,
    .rst_ni,
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
    .m_ar_valid_o(mem_ar_valid),
    .m_ar_ready_i(mem_ar_ready),
    .m_ar_o      (mem_ar),
    .m_r_valid_i (mem_r_valid),
    .m_r_ready_o (mem_r_ready),
    .m_r_i       (mem_r),
    .m_aw_valid_o(mem_aw_valid),
    .m_aw_ready_i(mem_aw_ready),
    .m_aw_o      (mem_aw),
    .m_w_valid_o (mem_w_valid),
    .m_w_ready_i (mem_w_ready),
    .m_w_o       (mem_w),
    .m_b_valid_i (mem_b_valid),
    .m_b_ready_o (mem_b_ready),
    .m_b_i       (mem_b)
  );

  axi4_memory_dpi #(
    .Id(0)
  ) u_host (
    .clk_i,
    .rst_ni,
    .ar_valid_i(host_ar_valid),
    .ar_ready_o(host_ar_ready),
    .ar_i      (host_ar),
    .r_valid_o (host_r_valid),
    .r_ready_i (host_r_ready),
    .r_o       (host_r),
    .aw_valid_i(host_aw_valid),
    .aw_ready_o(host_aw_ready),
    .aw_i      (host_aw),
    .w_valid_i (host_w_valid),
    .w_ready_o (host_w_ready),
    .w_i       (host_w),
    .b_valid_o (host_b_valid),
    .b_ready_i (host_b_ready),
    .b_o       (host_b)
  );

  axi4_memory_dpi #(
    .Id(1)
  ) u_mem (
    .clk_i,
    .rst_ni,
    .ar_valid_i(mem_ar_valid),
    .ar_ready_o(mem_ar_ready),
    .ar_i      (mem_ar),
    .r_valid_o (mem_r_valid),
    .r_ready_i (mem_r_ready),
    .r_o       (mem_r),
    .aw_valid_i(mem_aw_valid),
    .aw_ready_o(mem_aw_ready),
    .aw_i      (mem_aw),
    .w_valid_i (mem_w_valid),
    .w_ready_o (mem_w_ready),
    .w_i       (mem_w),
    .b_valid_o (mem_b_valid),
    .b_ready_i (mem_b_ready),
    .b_o       (mem_b)
  );

  ring_watch_dpi u_watch (
    .clk_i,
    .rst_ni,
    .cycle_i   (cycle),
    .ar_valid_i(host_ar_valid),
    .ar_ready_i(host_ar_ready),
    .ar_i      (host_ar),
    .aw_valid_i(host_aw_valid),
    .aw_ready_i(host_aw_ready),
    .aw_i      (host_aw),
    .w_valid_i (host_w_valid),
    .w_ready_i (host_w_ready),
    .w_i       (host_w)
  );

  logic unused;
  assign unused = &{1'b0, events, cancel_ready, feed_ready, fed_valid, fed, fetched, loaded_slot};

endmodule
