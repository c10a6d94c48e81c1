// The pool as memory: the coherency engine over the staging area, so that compressed pages are
// memory like any other (docs/coherence.md).
//
// Ports as coherence and coh_staging have them.  The staging area's sweeps share device port 1.

`include "skv_assert.svh"

module coh_pool
  import coh_pkg::*;
  import coh_staging_pkg::*;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::r_t;
  import skv_axi_pkg::w_t;
  import skv_axi_pkg::b_t;
#(
  parameter int unsigned Sets = 512,
  parameter int unsigned Ways = 8,
  parameter int unsigned Normal = 48,
  parameter int unsigned Writes = 16,
  parameter int unsigned Pages = 1024,  // of the window
  parameter int unsigned Frames = 64    // staging pages
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  output logic             ready_o,

  input  line_t            window_base_i,
  input  line_t            staging_base_i,
  input  logic [7:0]       exact_slot_i,
  input  logic             cmd_valid_i,
  output logic             cmd_ready_o,
  input  window_cmd_t      cmd_i,
  output logic             cmd_answer_valid_o,
  input  logic             cmd_answer_ready_i,
  output window_answer_t   cmd_answer_o,
  output logic             event_valid_o,
  output staging_event_t   event_o,
  output logic             feed_valid_o,
  input  logic             feed_ready_i,
  output feed_t            feed_o,
  input  logic             fed_valid_i,
  output logic             fed_ready_o,
  input  fed_t             fed_i,

  input  logic             host_valid_i,
  output logic             host_ready_o,
  input  host_req_t        host_i,
  input  logic             host_write_valid_i,
  output logic             host_write_ready_o,
  input  host_write_t      host_write_i,
  output logic             host_data_valid_o,
  input  logic             host_data_ready_i,
  output host_data_t       host_data_o,
  output logic             host_ack_valid_o,
  input  logic             host_ack_ready_i,
  output host_ack_t        host_ack_o,
  output logic             snoop_valid_o,
  input  logic             snoop_ready_i,
  output snoop_t           snoop_o,
  input  logic             answer_valid_i,
  input  snooped_t         answer_i,

  input  logic [1:0]       dev_ar_valid_i,
  output logic [1:0]       dev_ar_ready_o,
  input  ax_t  [1:0]       dev_ar_i,
  output logic [1:0]       dev_r_valid_o,
  input  logic [1:0]       dev_r_ready_i,
  output r_t   [1:0]       dev_r_o,
  input  logic [1:0]       dev_aw_valid_i,
  output logic [1:0]       dev_aw_ready_o,
  input  ax_t  [1:0]       dev_aw_i,
  input  logic [1:0]       dev_w_valid_i,
  output logic [1:0]       dev_w_ready_o,
  input  w_t   [1:0]       dev_w_i,
  output logic [1:0]       dev_b_valid_o,
  input  logic [1:0]       dev_b_ready_i,
  output b_t   [1:0]       dev_b_o,

  output logic             ar_valid_o,
  input  logic             ar_ready_i,
  output ax_t              ar_o,
  input  logic             r_valid_i,
  output logic             r_ready_o,
  input  r_t               r_i,
  output logic             aw_valid_o,
  input  logic             aw_ready_i,
  output ax_t              aw_o,
  output logic             w_valid_o,
  input  logic             w_ready_i,
  output w_t               w_o,
  input  logic             b_valid_i,
  output logic             b_ready_o,
  input  b_t               b_i,

  output logic [SlotW-1:0] used_o,
  output logic             hit_o,
  output logic             miss_o,
  output logic             evict_o,
  output logic             blocked_o,
  output logic             answer_bad_o,
  output logic             write_error_o,
  output logic [1:0]       staging_hit_o,
  output logic [1:0]       staging_miss_o,
  output logic             staging_sweep_o
);

  logic engine_ready, staging_ready;
  assign ready_o = engine_ready && staging_ready;

  // ---- Device port 1, shared with the sweeps ----

  logic sweep_aw_valid, sweep_aw_ready, sweep_w_valid, sweep_w_ready, sweep_b_valid, sweep_b_ready;
  ax_t  sweep_aw;
  w_t   sweep_w;
  logic port_ar_valid, port_ar_ready, port_r_valid, port_r_ready;
  logic port_aw_valid, port_aw_ready, port_w_valid, port_w_ready, port_b_valid, port_b_ready;
  ax_t  port_ar, port_aw;
  r_t   port_r;
  w_t   port_w;
  b_t   port_b, shared_b;
  logic no_ar_ready, no_r_valid;

  skv_axi_mux #(
    .Masters(2)
  ) u_port (
    .clk_i,
    .rst_ni,
    .s_ar_valid_i({1'b0, dev_ar_valid_i[1]}),
    .s_ar_ready_o({no_ar_ready, dev_ar_ready_o[1]}),
    .s_ar_i      ({ax_t'('0), dev_ar_i[1]}),
    .s_r_valid_o ({no_r_valid, dev_r_valid_o[1]}),
    .s_r_ready_i ({1'b1, dev_r_ready_i[1]}),
    .s_r_o       (dev_r_o[1]),
    .s_aw_valid_i({sweep_aw_valid, dev_aw_valid_i[1]}),
    .s_aw_ready_o({sweep_aw_ready, dev_aw_ready_o[1]}),
    .s_aw_i      ({sweep_aw, dev_aw_i[1]}),
    .s_w_valid_i ({sweep_w_valid, dev_w_valid_i[1]}),
    .s_w_ready_o ({sweep_w_ready, dev_w_ready_o[1]}),
    .s_w_i       ({sweep_w, dev_w_i[1]}),
    .s_b_valid_o ({sweep_b_valid, dev_b_valid_o[1]}),
    .s_b_ready_i ({sweep_b_ready, dev_b_ready_i[1]}),
    .s_b_o       (shared_b),
    .m_ar_valid_o(port_ar_valid),
    .m_ar_ready_i(port_ar_ready),
    .m_ar_o      (port_ar),
    .m_r_valid_i (port_r_valid),
    .m_r_ready_o (port_r_ready),
    .m_r_i       (port_r),
    .m_aw_valid_o(port_aw_valid),
    .m_aw_ready_i(port_aw_ready),
    .m_aw_o      (port_aw),
    .m_w_valid_o (port_w_valid),
    .m_w_ready_i (port_w_ready),
    .m_w_o       (port_w),
    .m_b_valid_i (port_b_valid),
    .m_b_ready_o (port_b_ready),
    .m_b_i       (port_b)
  );

  assign dev_b_o[1] = shared_b;

  // ---- The engine ----

  logic eng_ar_valid, eng_ar_ready, eng_r_valid, eng_r_ready;
  logic eng_aw_valid, eng_aw_ready, eng_w_valid, eng_w_ready;
  logic eng_b_valid, eng_b_ready;
  ax_t  eng_ar, eng_aw;
  r_t   eng_r;
  w_t   eng_w;
  b_t   eng_b;

  coherence #(
    .Sets  (Sets),
    .Ways  (Ways),
    .Normal(Normal),
    .Writes(Writes)
  ) u_coherence (
    .clk_i,
    .rst_ni,
    .ready_o       (engine_ready),
    .host_valid_i,
    .host_ready_o,
    .host_i,
    .host_write_valid_i,
    .host_write_ready_o,
    .host_write_i,
    .host_data_valid_o,
    .host_data_ready_i,
    .host_data_o,
    .host_ack_valid_o,
    .host_ack_ready_i,
    .host_ack_o,
    .snoop_valid_o,
    .snoop_ready_i,
    .snoop_o,
    .answer_valid_i,
    .answer_i,
    .dev_ar_valid_i({port_ar_valid, dev_ar_valid_i[0]}),
    .dev_ar_ready_o({port_ar_ready, dev_ar_ready_o[0]}),
    .dev_ar_i      ({port_ar, dev_ar_i[0]}),
    .dev_r_valid_o ({port_r_valid, dev_r_valid_o[0]}),
    .dev_r_ready_i ({port_r_ready, dev_r_ready_i[0]}),
    .dev_r_o       ({port_r, dev_r_o[0]}),
    .dev_aw_valid_i({port_aw_valid, dev_aw_valid_i[0]}),
    .dev_aw_ready_o({port_aw_ready, dev_aw_ready_o[0]}),
    .dev_aw_i      ({port_aw, dev_aw_i[0]}),
    .dev_w_valid_i ({port_w_valid, dev_w_valid_i[0]}),
    .dev_w_ready_o ({port_w_ready, dev_w_ready_o[0]}),
    .dev_w_i       ({port_w, dev_w_i[0]}),
    .dev_b_valid_o ({port_b_valid, dev_b_valid_o[0]}),
    .dev_b_ready_i ({port_b_ready, dev_b_ready_i[0]}),
    .dev_b_o       ({port_b, dev_b_o[0]}),
    .ar_valid_o    (eng_ar_valid),
    .ar_ready_i    (eng_ar_ready),
    .ar_o          (eng_ar),
    .r_valid_i     (eng_r_valid),
    .r_ready_o     (eng_r_ready),
    .r_i           (eng_r),
    .aw_valid_o    (eng_aw_valid),
    .aw_ready_i    (eng_aw_ready),
    .aw_o          (eng_aw),
    .w_valid_o     (eng_w_valid),
    .w_ready_i     (eng_w_ready),
    .w_o           (eng_w),
    .b_valid_i     (eng_b_valid),
    .b_ready_o     (eng_b_ready),
    .b_i           (eng_b),
    .used_o,
    .hit_o,
    .miss_o,
    .evict_o,
    .blocked_o,
    .answer_bad_o,
    .write_error_o
  );

  // ---- The staging area ----

  coh_staging #(
    .Pages (Pages),
    .Frames(Frames),
    .Slots (1 << $clog2(Normal + Writes))
  ) u_staging (
    .clk_i,
    .rst_ni,
    .ready_o         (staging_ready),
    .window_base_i,
    .staging_base_i,
    .exact_slot_i,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_i,
    .answer_valid_o  (cmd_answer_valid_o),
    .answer_ready_i  (cmd_answer_ready_i),
    .answer_o        (cmd_answer_o),
    .event_valid_o,
    .event_o,
    .feed_valid_o,
    .feed_ready_i,
    .feed_o,
    .fed_valid_i,
    .fed_ready_o,
    .fed_i,
    .s_ar_valid_i    (eng_ar_valid),
    .s_ar_ready_o    (eng_ar_ready),
    .s_ar_i          (eng_ar),
    .s_r_valid_o     (eng_r_valid),
    .s_r_ready_i     (eng_r_ready),
    .s_r_o           (eng_r),
    .s_aw_valid_i    (eng_aw_valid),
    .s_aw_ready_o    (eng_aw_ready),
    .s_aw_i          (eng_aw),
    .s_w_valid_i     (eng_w_valid),
    .s_w_ready_o     (eng_w_ready),
    .s_w_i           (eng_w),
    .s_b_valid_o     (eng_b_valid),
    .s_b_ready_i     (eng_b_ready),
    .s_b_o           (eng_b),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
    .aw_valid_o,
    .aw_ready_i,
    .aw_o,
    .w_valid_o,
    .w_ready_i,
    .w_o,
    .b_valid_i,
    .b_ready_o,
    .b_i,
    .sweep_aw_valid_o(sweep_aw_valid),
    .sweep_aw_ready_i(sweep_aw_ready),
    .sweep_aw_o      (sweep_aw),
    .sweep_w_valid_o (sweep_w_valid),
    .sweep_w_ready_i (sweep_w_ready),
    .sweep_w_o       (sweep_w),
    .sweep_b_valid_i (sweep_b_valid),
    .sweep_b_ready_o (sweep_b_ready),
    .sweep_b_i       (shared_b),
    .hit_o           (staging_hit_o),
    .miss_o          (staging_miss_o),
    .sweep_o         (staging_sweep_o)
  );

  logic unused;
  assign unused = &{1'b0, no_ar_ready, no_r_valid};

endmodule
