// The registers of the device (docs/registers.md): software's side an AXI4-Lite slave of 64 bits, the
// engines' side structs, and a stream for each kind of command.
//
// The register block itself is made from skv_csr.rdl (make csr).  Writes to what cannot be written,
// reads of what cannot be read, and addresses of nothing are answered with SLVERR.  irq_o is high
// while an interrupt is pending that is enabled.

`include "skv_assert.svh"

module skv_csr
  import skv_csr_pkg::*;
  import skv_mem_pkg::manage_t;
  import skv_mem_pkg::manage_e;
  import skv_mem_pkg::store_status_e;
  import dma_pkg::cancel_t;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               s_axil_awvalid_i,
  output logic               s_axil_awready_o,
  input  logic [AddrW-1:0]   s_axil_awaddr_i,
  input  logic               s_axil_wvalid_i,
  output logic               s_axil_wready_o,
  input  logic [DataW-1:0]   s_axil_wdata_i,
  input  logic [DataW/8-1:0] s_axil_wstrb_i,
  output logic               s_axil_bvalid_o,
  input  logic               s_axil_bready_i,
  output logic [1:0]         s_axil_bresp_o,
  input  logic               s_axil_arvalid_i,
  output logic               s_axil_arready_o,
  input  logic [AddrW-1:0]   s_axil_araddr_i,
  output logic               s_axil_rvalid_o,
  input  logic               s_axil_rready_i,
  output logic [DataW-1:0]   s_axil_rdata_o,
  output logic [1:0]         s_axil_rresp_o,

  output logic               irq_o,

  output csr_config_t        config_o,
  input  csr_status_t        status_i,
  input  csr_events_t        events_i,

  output logic               manage_valid_o,
  input  logic               manage_ready_i,
  output manage_t            manage_o,
  input  logic               managed_valid_i,
  output logic               managed_ready_o,
  input  store_status_e      managed_i,

  output logic               cancel_valid_o,
  input  logic               cancel_ready_i,
  output cancel_t            cancel_o,

  output logic               window_valid_o,
  input  logic               window_ready_i,
  output window_t            window_o,
  input  logic               windowed_valid_i,
  output logic               windowed_ready_o,
  input  answer_t            windowed_i,

  input  logic               event_valid_i,
  output logic               event_ready_o,
  input  staging_event_t     event_i
);

  csr_regs_pkg::skv_csr__in_t  regs_in;
  csr_regs_pkg::skv_csr__out_t regs_out;

  csr_regs u_regs (
    .clk           (clk_i),
    .rst_n         (rst_ni),
    .s_axil_awready(s_axil_awready_o),
    .s_axil_awvalid(s_axil_awvalid_i),
    .s_axil_awaddr (s_axil_awaddr_i),
    .s_axil_awprot ('0),
    .s_axil_wready (s_axil_wready_o),
    .s_axil_wvalid (s_axil_wvalid_i),
    .s_axil_wdata  (s_axil_wdata_i),
    .s_axil_wstrb  (s_axil_wstrb_i),
    .s_axil_bready (s_axil_bready_i),
    .s_axil_bvalid (s_axil_bvalid_o),
    .s_axil_bresp  (s_axil_bresp_o),
    .s_axil_arready(s_axil_arready_o),
    .s_axil_arvalid(s_axil_arvalid_i),
    .s_axil_araddr (s_axil_araddr_i),
    .s_axil_arprot ('0),
    .s_axil_rready (s_axil_rready_i),
    .s_axil_rvalid (s_axil_rvalid_o),
    .s_axil_rdata  (s_axil_rdata_o),
    .s_axil_rresp  (s_axil_rresp_o),
    .hwif_in       (regs_in),
    .hwif_out      (regs_out)
  );

  assign irq_o = regs_out.irq_pending.intr;

  // ---- Configuration ----

  always_comb begin
    config_o.enable       = regs_out.control.enable.value;
    config_o.soft_reset   = regs_out.control.soft_reset.value;
    config_o.root_base    = regs_out.layout.root_base.address.value;
    config_o.link_base    = regs_out.layout.link_base.address.value;
    config_o.pool_base    = regs_out.layout.pool_base.address.value;
    config_o.segments     = regs_out.layout.segments.count.value;
    config_o.staging_base = regs_out.layout.staging_base.address.value;
    config_o.hdm_base     = regs_out.layout.hdm_base.line.value;
    config_o.hdm_lines    = regs_out.layout.hdm_size.lines.value;
    config_o.bi_id        = regs_out.layout.hdm_size.bi_id.value;
    config_o.embeddings   = regs_out.layout.embeddings.address.value;
    config_o.states       = regs_out.layout.states.address.value;
    config_o.l2_base         = regs_out.layout.l2_base.line.value;
    config_o.event_base      = regs_out.layout.event_base.page.value;
    config_o.event_size_log2 = regs_out.layout.event_base.size_log2.value;
    config_o.event_consumed  = regs_out.events.consumed.count.value;
    for (int i = 0; i < Rings; i++) begin
      config_o.ring[i].enable       = regs_out.ring[i].control.enable.value;
      config_o.ring[i].tenant       = regs_out.ring[i].control.tenant.value;
      config_o.ring[i].window_base  = regs_out.ring[i].window_base.address.value;
      config_o.ring[i].window_limit = regs_out.ring[i].window_limit.address.value;
      config_o.ring[i].base         = regs_out.ring[i].base.address.value;
      config_o.ring[i].completions  = regs_out.ring[i].completions.address.value;
      config_o.ring[i].size_log2    = regs_out.ring[i].control.size_log2.value;
      config_o.ring[i].tail         = regs_out.ring[i].tail.count.value;
      config_o.ring[i].consumed     = regs_out.ring[i].consumed.count.value;
    end
  end

  // ---- Commands ----

  logic    in_reset, manage_busy, cancel_busy, cancel_taken, window_busy;
  answer_t manage_status, cancel_status, window_status;

  assign in_reset = !config_o.enable | status_i.resetting;

  csr_command u_manage (
    .clk_i,
    .rst_ni,
    .go_i          (regs_out.manage.go.value),
    .busy_o        (manage_busy),
    .status_o      (manage_status),
    .can_start_i   (status_i.ready),
    .abort_i       (in_reset),
    .valid_o       (manage_valid_o),
    .ready_i       (manage_ready_i),
    .answer_valid_i(managed_valid_i),
    .answer_ready_o(managed_ready_o),
    .answer_i      (managed_i)
  );

  assign manage_o = '{
    op:      manage_e'(regs_out.manage.op.value),
    request: regs_out.manage.request.value,
    tenant:  regs_out.manage.tenant.value,
    layers:  regs_out.manage.layers.value,
    heads:   regs_out.manage.heads.value
  };

  // The engine answers nothing: taken is done.
  csr_command u_cancel (
    .clk_i,
    .rst_ni,
    .go_i          (regs_out.cancel.go.value),
    .busy_o        (cancel_busy),
    .status_o      (cancel_status),
    .can_start_i   (status_i.ready),
    .abort_i       (in_reset),
    .valid_o       (cancel_valid_o),
    .ready_i       (cancel_ready_i),
    .answer_valid_i(cancel_taken),
    .answer_ready_o(cancel_taken),
    .answer_i      ('0)
  );

  assign cancel_o = '{
    ring: dma_pkg::RingW'(regs_out.cancel.ring.value),
    tag: regs_out.cancel.tag.value
  };

  csr_command u_window (
    .clk_i,
    .rst_ni,
    .go_i          (regs_out.window.go.value),
    .busy_o        (window_busy),
    .status_o      (window_status),
    .can_start_i   (status_i.ready),
    .abort_i       (in_reset),
    .valid_o       (window_valid_o),
    .ready_i       (window_ready_i),
    .answer_valid_i(windowed_valid_i),
    .answer_ready_o(windowed_ready_o),
    .answer_i      (windowed_i)
  );

  assign window_o = '{
    op:     window_op_e'(regs_out.window.op.value),
    page:   regs_out.window.page.value,
    tenant: regs_out.window.tenant.value,
    vpn:    regs_out.window_page.vpn.value,
    slot:   regs_out.window.slot.value,
    fresh:  regs_out.window.fresh.value
  };

  assign event_ready_o = regs_out.staging_event.take.value;

  // ---- Status and events ----

  progress_t        completed_q;
  logic [Rings-1:0] completed;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) completed_q <= '0;
    else completed_q <= status_i.completed;
  end

  // A reset of the engines changes the numbers too.
  for (genvar i = 0; i < Rings; i++) begin : gen_completed
    assign completed[i] = status_i.completed[i] != completed_q[i] && !in_reset;
  end

  counts_t counts;
  assign counts = regs_out.control.freeze.value ? '0 : events_i.counts;

  always_comb begin
    regs_in.locked     = config_o.enable;
    regs_in.reset_done = events_i.reset_done;
    regs_in.clear      = regs_out.control.clear_counters.value;
    regs_in.frozen     = regs_out.control.freeze.value;

    regs_in.caps_memory.lanes.next = status_i.caps.lanes;
    regs_in.caps_memory.channels.next = status_i.caps.channels;
    regs_in.caps_memory.rings.next = status_i.caps.rings;
    regs_in.caps_memory.tables.next = status_i.caps.tables;
    regs_in.caps_memory.tlb_entries.next = status_i.caps.tlb_entries;
    regs_in.caps_staging.pages.next = status_i.caps.staging_pages;
    regs_in.caps_staging.window_pages.next = status_i.caps.window_pages;
    regs_in.caps_prefetch.requests.next = status_i.caps.prefetch_requests;
    regs_in.caps_prefetch.slots.next = status_i.caps.prefetch_slots;
    regs_in.caps_prefetch.flights.next = status_i.caps.prefetch_flights;
    regs_in.caps_request.layers.next = status_i.caps.request_layers;
    regs_in.caps_request.heads.next = status_i.caps.request_heads;
    regs_in.caps_request.pages.next = status_i.caps.request_pages;

    regs_in.status.ready.next = status_i.ready;
    regs_in.status.idle.next = status_i.idle;
    regs_in.status.draining.next = status_i.draining;
    regs_in.status.resetting.next = status_i.resetting;
    regs_in.events.written.count.next = status_i.event_written;
    regs_in.layout.free_units.count.next = status_i.free_units;

    regs_in.irq_pending.completed.next = completed;
    regs_in.irq_pending.staging.next = event_valid_i;
    regs_in.irq_pending.poison.next = events_i.poison;
    regs_in.irq_pending.stray.next = events_i.stray;
    regs_in.irq_pending.malformed.next = events_i.malformed;
    regs_in.irq_pending.reset_done.next = events_i.reset_done;

    regs_in.manage.busy.next = manage_busy;
    regs_in.manage.status.next = manage_status;
    regs_in.cancel.busy.next = cancel_busy;
    regs_in.cancel.status.next = cancel_status;
    regs_in.window_busy = window_busy;
    regs_in.window.busy.next = window_busy;
    regs_in.window.status.next = window_status;
    regs_in.staging_event.page.next = event_i.page;
    regs_in.staging_event.status.next = event_i.status;
    regs_in.staging_event.store.next = event_i.store;
    regs_in.staging_event.valid.next = event_valid_i;

    for (int i = 0; i < Loaders; i++) begin
      regs_in.loads[i].taken.incr = events_i.loads[i].valid & events_i.loads[i].ok;
      regs_in.loads[i].refused.incr = events_i.loads[i].valid & !events_i.loads[i].ok;
      regs_in.loads[i].slot.we = events_i.loads[i].valid;
      regs_in.loads[i].slot.next = events_i.loads[i].slot;
      regs_in.loads[i].ok.we = events_i.loads[i].valid;
      regs_in.loads[i].ok.next = events_i.loads[i].ok;
    end

    for (int i = 0; i < Rings; i++) begin
      regs_in.ring[i].running = config_o.ring[i].enable
                              | status_i.fetched[i] != status_i.completed[i];
      regs_in.ring[i].progress.fetched.next = status_i.fetched[i];
      regs_in.ring[i].progress.completed.next = status_i.completed[i];
    end

    regs_in.counters.cycles.count.incr = !regs_out.control.freeze.value;
    regs_in.counters.tlb_hits.count.incr = counts.tlb_hit;
    regs_in.counters.tlb_misses.count.incr = counts.tlb_miss;
    regs_in.counters.tlb_walks.count.incr = counts.tlb_walk;
    regs_in.counters.tlb_merges.count.incr = counts.tlb_merge;
    regs_in.counters.gpu_read_beats.count.incr = counts.gpu_read_beat;
    regs_in.counters.gpu_write_beats.count.incr = counts.gpu_write_beat;
    regs_in.counters.io_read_beats.count.incr = counts.io_read_beat;
    regs_in.counters.io_write_beats.count.incr = counts.io_write_beat;
    regs_in.counters.cxl_read_beats.count.incr = counts.cxl_read_beat;
    regs_in.counters.cxl_write_beats.count.incr = counts.cxl_write_beat;
    regs_in.counters.coherence_hits.count.incr = counts.coherence_hit;
    regs_in.counters.coherence_misses.count.incr = counts.coherence_miss;
    regs_in.counters.coherence_snoops.count.incr = counts.coherence_snoop;
    regs_in.counters.coherence_evictions.count.incr = counts.coherence_eviction;
    regs_in.counters.coherence_waits.count.incr = counts.coherence_wait;
    regs_in.counters.coherence_hints.count.incr = counts.coherence_hint;
    regs_in.counters.staging_loads.count.incr = counts.staging_load;
    regs_in.counters.staging_stores.count.incr = counts.staging_store;
    regs_in.counters.staging_sweeps.count.incr = counts.staging_sweep;
    regs_in.counters.lstm_steps.count.incr = counts.lstm_step;
    regs_in.counters.descriptors_ok.count.incr = 1'b1;
    regs_in.counters.descriptors_ok.count.incrvalue = counts.descriptors_ok;
    regs_in.counters.descriptors_failed.count.incr = 1'b1;
    regs_in.counters.descriptors_failed.count.incrvalue = counts.descriptors_failed;
    regs_in.counters.pages_stored.count.incr = 1'b1;
    regs_in.counters.pages_stored.count.incrvalue = counts.pages_stored;
    regs_in.counters.pages_loaded.count.incr = 1'b1;
    regs_in.counters.pages_loaded.count.incrvalue = counts.pages_loaded;
    regs_in.counters.pages_prefetched.count.incr = 1'b1;
    regs_in.counters.pages_prefetched.count.incrvalue = counts.pages_prefetched;
    regs_in.counters.units_stored.count.incr = 1'b1;
    regs_in.counters.units_stored.count.incrvalue = counts.units_stored;
    regs_in.counters.units_loaded.count.incr = 1'b1;
    regs_in.counters.units_loaded.count.incrvalue = counts.units_loaded;
    regs_in.counters.l2_read_beats.count.incr = 1'b1;
    regs_in.counters.l2_read_beats.count.incrvalue = counts.l2_read_beats;
    regs_in.counters.l2_write_beats.count.incr = 1'b1;
    regs_in.counters.l2_write_beats.count.incrvalue = counts.l2_write_beats;
    regs_in.counters.device_read_beats.count.incr = 1'b1;
    regs_in.counters.device_read_beats.count.incrvalue = counts.device_read_beats;
    regs_in.counters.device_write_beats.count.incr = 1'b1;
    regs_in.counters.device_write_beats.count.incrvalue = counts.device_write_beats;
    regs_in.counters.coherence_illegal.count.incr = 1'b1;
    regs_in.counters.coherence_illegal.count.incrvalue = counts.coherence_illegal;
    regs_in.counters.staging_hits.count.incr = 1'b1;
    regs_in.counters.staging_hits.count.incrvalue = counts.staging_hits;
    regs_in.counters.staging_misses.count.incr = 1'b1;
    regs_in.counters.staging_misses.count.incrvalue = counts.staging_misses;
    regs_in.counters.compressor_busy.count.incr = 1'b1;
    regs_in.counters.compressor_busy.count.incrvalue = counts.compressor_busy;
    regs_in.counters.compressor_stalls.count.incr = 1'b1;
    regs_in.counters.compressor_stalls.count.incrvalue = counts.compressor_stalls;
    regs_in.counters.decompressor_busy.count.incr = 1'b1;
    regs_in.counters.decompressor_busy.count.incrvalue = counts.decompressor_busy;
    regs_in.counters.decompressor_stalls.count.incr = 1'b1;
    regs_in.counters.decompressor_stalls.count.incrvalue = counts.decompressor_stalls;
    regs_in.counters.poisoned.count.incr = 1'b1;
    regs_in.counters.poisoned.count.incrvalue = counts.poisoned;

    regs_in.prefetch.hits.count.next = status_i.prefetch.hits;
    regs_in.prefetch.late.count.next = status_i.prefetch.late;
    regs_in.prefetch.misses.count.next = status_i.prefetch.misses;
    regs_in.prefetch.full.count.next = status_i.prefetch.full;
    regs_in.prefetch.refused.count.next = status_i.prefetch.refused;
    regs_in.prefetch.issued.count.next = status_i.prefetch.issued;
    regs_in.prefetch.unplaced.count.next = status_i.prefetch.unplaced;
    regs_in.prefetch.useful.count.next = status_i.prefetch.useful;
    regs_in.prefetch.cancelled.count.next = status_i.prefetch.cancelled;
    regs_in.prefetch.failed.count.next = status_i.prefetch.failed;
    regs_in.prefetch.wasted.count.next = status_i.prefetch.wasted;
    regs_in.prefetch.rejected.count.next = status_i.prefetch.rejected;
  end

  `SKV_ASSUME(EventHeld, event_valid_i && !event_ready_o && !in_reset |=>
              event_valid_i && $stable(event_i))
  `SKV_ASSERT(ManageHeld, manage_valid_o && !manage_ready_i && !in_reset |=>
              manage_valid_o && $stable(manage_o))
  `SKV_ASSERT(CancelHeld, cancel_valid_o && !cancel_ready_i && !in_reset |=>
              cancel_valid_o && $stable(cancel_o))
  `SKV_ASSERT(WindowHeld, window_valid_o && !window_ready_i && !in_reset |=>
              window_valid_o && $stable(window_o))
  `SKV_ASSERT(LayoutFixed, config_o.enable && $past(config_o.enable) |->
              $stable({config_o.root_base, config_o.link_base, config_o.pool_base,
                       config_o.segments, config_o.staging_base, config_o.hdm_base,
                       config_o.hdm_lines, config_o.bi_id, config_o.embeddings,
                       config_o.states}))

endmodule
