// Endpoint, engine and staging area; ports as coherence_tb_top has them, and the staging area's.

module staging_tb_top
  import skv_axi_pkg::*;
#(
  parameter int unsigned Sets = 512,
  parameter int unsigned Ways = 8,
  parameter int unsigned Normal = 48,
  parameter int unsigned Writes = 16,
  parameter int unsigned Pages = 16,
  parameter int unsigned Frames = 4
) (
  input  logic                             clk_i,
  input  logic                             rst_ni,
  output logic                             ready_o,

  input  cxl_pkg::hpa_t                    base_i,
  input  coh_pkg::line_t                   lines_i,
  input  logic            [cxl_pkg::BiW-1:0] bi_id_i,

  input  coh_pkg::line_t                   window_base_i,
  input  coh_pkg::line_t                   staging_base_i,
  input  logic            [7:0]            exact_slot_i,
  input  logic                             cmd_valid_i,
  output logic                             cmd_ready_o,
  input  coh_staging_pkg::window_cmd_t     cmd_i,
  output logic                             cmd_answer_valid_o,
  input  logic                             cmd_answer_ready_i,
  output coh_staging_pkg::window_answer_t  cmd_answer_o,
  output logic                             feed_valid_o,
  input  logic                             feed_ready_i,
  output coh_staging_pkg::feed_t           feed_o,
  input  logic                             fed_valid_i,
  output logic                             fed_ready_o,
  input  coh_staging_pkg::fed_t            fed_i,

  input  logic                             m2s_req_valid_i,
  output logic                             m2s_req_ready_o,
  input  cxl_pkg::req_t                    m2s_req_i,
  input  logic                             m2s_rwd_valid_i,
  output logic                             m2s_rwd_ready_o,
  input  cxl_pkg::rwd_t                    m2s_rwd_i,
  input  logic                             m2s_birsp_valid_i,
  output logic                             m2s_birsp_ready_o,
  input  cxl_pkg::birsp_t                  m2s_birsp_i,
  output logic                             s2m_ndr_valid_o,
  input  logic                             s2m_ndr_ready_i,
  output cxl_pkg::ndr_t                    s2m_ndr_o,
  output logic                             s2m_drs_valid_o,
  input  logic                             s2m_drs_ready_i,
  output cxl_pkg::drs_t                    s2m_drs_o,
  output logic                             s2m_bisnp_valid_o,
  input  logic                             s2m_bisnp_ready_i,
  output cxl_pkg::bisnp_t                  s2m_bisnp_o,

  input  logic                             gpu_ar_valid_i,
  output logic                             gpu_ar_ready_o,
  input  ax_t                              gpu_ar_i,
  output logic                             gpu_r_valid_o,
  input  logic                             gpu_r_ready_i,
  output r_t                               gpu_r_o,
  input  logic                             gpu_aw_valid_i,
  output logic                             gpu_aw_ready_o,
  input  ax_t                              gpu_aw_i,
  input  logic                             gpu_w_valid_i,
  output logic                             gpu_w_ready_o,
  input  w_t                               gpu_w_i,
  output logic                             gpu_b_valid_o,
  input  logic                             gpu_b_ready_i,
  output b_t                               gpu_b_o,

  input  logic                             dma_ar_valid_i,
  output logic                             dma_ar_ready_o,
  input  ax_t                              dma_ar_i,
  output logic                             dma_r_valid_o,
  input  logic                             dma_r_ready_i,
  output r_t                               dma_r_o,
  input  logic                             dma_aw_valid_i,
  output logic                             dma_aw_ready_o,
  input  ax_t                              dma_aw_i,
  input  logic                             dma_w_valid_i,
  output logic                             dma_w_ready_o,
  input  w_t                               dma_w_i,
  output logic                             dma_b_valid_o,
  input  logic                             dma_b_ready_i,
  output b_t                               dma_b_o,

  // Everything of the memory's handshakes in one word: ar, aw and w valid, r and b ready; and
  // whether a decision was taken.
  output logic            [5:0]            memory_flags_o,
  input  logic                             memory_ar_ready_i,
  output ax_t                              memory_ar_o,
  input  logic                             memory_aw_ready_i,
  output ax_t                              memory_aw_o,
  input  logic                             memory_w_ready_i,
  output logic            [$bits(w_t)-1:0] memory_w_o,   // poison lowest
  input  logic                             memory_r_valid_i,
  input  logic            [$bits(r_t)-1:0] memory_r_i,   // poison lowest
  input  logic                             memory_b_valid_i,
  input  b_t                               memory_b_i,

  // What happened in this cycle (tb/staging/monitor.py names the bits), and of it: reads and writes
  // that the engine sends, an answer, what a write looks for (whole, page, line), an event.
  output logic            [18:0]           window_flags_o,
  output coh_pkg::line_t                   window_read_o,
  output logic            [$bits(w_t)+37:0] window_write_o,
  output b_t                               window_b_o,
  output logic            [32:0]           window_look_o,
  output coh_staging_pkg::staging_event_t  window_event_o,

  // Decisions: owner, its tag; operation, state, entry, room, victim, snooped, answer; action,
  // update, next, grant.
  output logic            [37:0]           decision_o,
  // Counts of events, the first lowest: req illegal, rwd illegal, birsp illegal, answer bad, req nxm,
  // rwd nxm, spec read, write error, evict, blocked, hit, miss; and of the window: hit, miss, sweep.
  output logic            [14:0][31:0]     counts_o,
  output logic            [6:0]            used_o
);

  import coh_pkg::*;

  logic        host_valid, host_ready, host_write_valid, host_write_ready;
  host_req_t   host;
  host_write_t host_write;
  logic        host_data_valid, host_data_ready, host_ack_valid, host_ack_ready;
  host_data_t  host_data;
  host_ack_t   host_ack;
  logic        snoop_valid, snoop_ready, answer_valid;
  snoop_t      snoop;
  snooped_t    answer;
  logic        ar_valid, aw_valid, w_valid, r_ready, b_ready;
  logic        hit, miss, evict, blocked, answer_bad, write_error;
  logic [1:0]  staging_hit, staging_miss;
  logic        sweep;
  logic        event_valid;
  logic        req_illegal, rwd_illegal, birsp_illegal, req_nxm, rwd_nxm, spec_read;

  cxl_endpoint #(
    .Slots(Normal + Writes)
  ) u_endpoint (
    .clk_i,
    .rst_ni,
    .base_i,
    .lines_i,
    .bi_id_i,
    .req_valid_i       (m2s_req_valid_i),
    .req_ready_o       (m2s_req_ready_o),
    .req_i             (m2s_req_i),
    .rwd_valid_i       (m2s_rwd_valid_i),
    .rwd_ready_o       (m2s_rwd_ready_o),
    .rwd_i             (m2s_rwd_i),
    .birsp_valid_i     (m2s_birsp_valid_i),
    .birsp_ready_o     (m2s_birsp_ready_o),
    .birsp_i           (m2s_birsp_i),
    .ndr_valid_o       (s2m_ndr_valid_o),
    .ndr_ready_i       (s2m_ndr_ready_i),
    .ndr_o             (s2m_ndr_o),
    .drs_valid_o       (s2m_drs_valid_o),
    .drs_ready_i       (s2m_drs_ready_i),
    .drs_o             (s2m_drs_o),
    .bisnp_valid_o     (s2m_bisnp_valid_o),
    .bisnp_ready_i     (s2m_bisnp_ready_i),
    .bisnp_o           (s2m_bisnp_o),
    .host_valid_o      (host_valid),
    .host_ready_i      (host_ready),
    .host_o            (host),
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
    .answer_valid_o    (answer_valid),
    .answer_o          (answer),
    .used_i            (used_o),
    .req_illegal_o     (req_illegal),
    .rwd_illegal_o     (rwd_illegal),
    .birsp_illegal_o   (birsp_illegal),
    .req_nxm_o         (req_nxm),
    .rwd_nxm_o         (rwd_nxm),
    .spec_read_o       (spec_read)
  );

  coh_pool #(
    .Sets  (Sets),
    .Ways  (Ways),
    .Normal(Normal),
    .Writes(Writes),
    .Pages (Pages),
    .Frames(Frames)
  ) u_pool (
    .clk_i,
    .rst_ni,
    .ready_o,
    .window_base_i,
    .staging_base_i,
    .exact_slot_i,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_i,
    .cmd_answer_valid_o,
    .cmd_answer_ready_i,
    .cmd_answer_o,
    .event_valid_o     (event_valid),
    .event_o           (window_event_o),
    .feed_valid_o,
    .feed_ready_i,
    .feed_o,
    .fed_valid_i,
    .fed_ready_o,
    .fed_i,
    .host_valid_i      (host_valid),
    .host_ready_o      (host_ready),
    .host_i            (host),
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
    .answer_valid_i    (answer_valid),
    .answer_i          (answer),
    .dev_ar_valid_i    ({dma_ar_valid_i, gpu_ar_valid_i}),
    .dev_ar_ready_o    ({dma_ar_ready_o, gpu_ar_ready_o}),
    .dev_ar_i          ({dma_ar_i, gpu_ar_i}),
    .dev_r_valid_o     ({dma_r_valid_o, gpu_r_valid_o}),
    .dev_r_ready_i     ({dma_r_ready_i, gpu_r_ready_i}),
    .dev_r_o           ({dma_r_o, gpu_r_o}),
    .dev_aw_valid_i    ({dma_aw_valid_i, gpu_aw_valid_i}),
    .dev_aw_ready_o    ({dma_aw_ready_o, gpu_aw_ready_o}),
    .dev_aw_i          ({dma_aw_i, gpu_aw_i}),
    .dev_w_valid_i     ({dma_w_valid_i, gpu_w_valid_i}),
    .dev_w_ready_o     ({dma_w_ready_o, gpu_w_ready_o}),
    .dev_w_i           ({dma_w_i, gpu_w_i}),
    .dev_b_valid_o     ({dma_b_valid_o, gpu_b_valid_o}),
    .dev_b_ready_i     ({dma_b_ready_i, gpu_b_ready_i}),
    .dev_b_o           ({dma_b_o, gpu_b_o}),
    .ar_valid_o        (ar_valid),
    .ar_ready_i        (memory_ar_ready_i),
    .ar_o              (memory_ar_o),
    .r_valid_i         (memory_r_valid_i),
    .r_ready_o         (r_ready),
    .r_i               (memory_r_i),
    .aw_valid_o        (aw_valid),
    .aw_ready_i        (memory_aw_ready_i),
    .aw_o              (memory_aw_o),
    .w_valid_o         (w_valid),
    .w_ready_i         (memory_w_ready_i),
    .w_o               (memory_w_o),
    .b_valid_i         (memory_b_valid_i),
    .b_ready_o         (b_ready),
    .b_i               (memory_b_i),
    .used_o,
    .hit_o             (hit),
    .miss_o            (miss),
    .evict_o           (evict),
    .blocked_o         (blocked),
    .answer_bad_o      (answer_bad),
    .write_error_o     (write_error),
    .staging_hit_o     (staging_hit),
    .staging_miss_o    (staging_miss),
    .staging_sweep_o   (sweep)
  );

  logic decided;
  assign decided        = u_pool.u_coherence.u_core.s2_valid_q;
  assign memory_flags_o = {decided, b_ready, r_ready, w_valid, aw_valid, ar_valid};
  assign decision_o     = {
    u_pool.u_coherence.origin_q[u_pool.u_coherence.u_core.s2_q.slot[$clog2(Normal + Writes)-1:0]],
    u_pool.u_coherence.u_core.u_decide.op_i,
    u_pool.u_coherence.u_core.u_decide.state_i,
    u_pool.u_coherence.u_core.u_decide.entry_i,
    u_pool.u_coherence.u_core.u_decide.room_i,
    u_pool.u_coherence.u_core.u_decide.victim_i,
    u_pool.u_coherence.u_core.u_decide.snooped_i,
    u_pool.u_coherence.u_core.u_decide.answer_i,
    u_pool.u_coherence.u_core.u_decide.action_o,
    u_pool.u_coherence.u_core.u_decide.update_o,
    u_pool.u_coherence.u_core.u_decide.next_o,
    u_pool.u_coherence.u_core.u_decide.grant_o
  };

  localparam int unsigned WindowLow = 6 + $clog2(Pages);

  logic    in_window, move, full;
  line_t   line, read_line;
  logic    read_in_window;
  logic [1:0] parks;
  assign line      = u_pool.eng_aw.addr[6+:LineW];
  assign in_window = line[LineW-1:WindowLow] == window_base_i[LineW-1:WindowLow];
  assign read_line = u_pool.eng_ar.addr[6+:LineW];
  assign read_in_window = read_line[LineW-1:WindowLow] == window_base_i[LineW-1:WindowLow];
  assign parks     = u_pool.u_staging.go & u_pool.u_staging.look_window & ~u_pool.u_staging.flies &
    ~u_pool.u_staging.over;
  assign move      = u_pool.u_staging.go[1] && u_pool.u_staging.look_window[1] &&
    u_pool.u_staging.look_sealing[1] && !parks[1] &&
    !u_pool.u_staging.moved_q[u_pool.u_staging.look_offset[1]];
  assign full      = u_pool.u_staging.put.strb == '1 && !u_pool.u_staging.over[1];

  assign window_read_o  = read_line;
  assign window_flags_o = {
    u_pool.eng_ar_valid && u_pool.eng_ar_ready && read_in_window,
    u_pool.u_staging.go[1] && u_pool.u_staging.look_sealing[1] && u_pool.u_staging.flies[1],
    u_pool.u_staging.go[0] && u_pool.u_staging.look_sealing[0] && u_pool.u_staging.flies[0] &&
      u_pool.u_staging.look_frame[0] == u_pool.u_staging.switch_frame,
    u_pool.u_staging.go[0] && u_pool.u_staging.look_sealing[0] && u_pool.u_staging.flies[0] &&
      u_pool.u_staging.look_frame[0] != u_pool.u_staging.switch_frame,
    u_pool.u_staging.u_control.write && u_pool.u_staging.u_control.next.open &&
      !u_pool.u_staging.u_control.word.open,
    u_pool.u_staging.u_control.gave_up,
    u_pool.u_staging.fill_start,
    u_pool.u_staging.u_control.room_made && u_pool.u_staging.u_control.from_q == 3'd6,
    parks[1],
    parks[0],
    u_pool.u_staging.go[1] && u_pool.u_staging.flies[1],
    u_pool.u_staging.go[0] && u_pool.u_staging.flies[0],
    u_pool.u_staging.answer_valid[1] && u_pool.u_staging.answer_bad[1],
    u_pool.u_staging.answer_valid[0],
    u_pool.u_staging.go[1] && u_pool.u_staging.over[1],
    event_valid,
    move,
    u_pool.eng_b_valid && u_pool.eng_b_ready,
    u_pool.eng_aw_valid && u_pool.eng_aw_ready && in_window
  };
  assign window_write_o = {
    u_pool.eng_aw.id[5:0], line, u_pool.eng_w
  };
  assign window_b_o     = u_pool.eng_b;
  assign window_look_o = {
    full, 26'(u_pool.u_staging.look_page[1]), u_pool.u_staging.look_offset[1]
  };

  logic [14:0][1:0] events;
  assign events = {
    2'(sweep), 2'($countones(staging_miss)), 2'($countones(staging_hit)), 2'(miss), 2'(hit),
    2'(blocked), 2'(evict), 2'(write_error), 2'(spec_read), 2'(rwd_nxm), 2'(req_nxm),
    2'(answer_bad), 2'(birsp_illegal), 2'(rwd_illegal), 2'(req_illegal)
  };

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 15; i++) counts_o[i] <= rst_ni ? counts_o[i] + 32'(events[i]) : '0;
  end

endmodule
