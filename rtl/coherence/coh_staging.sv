// The staging area: shows compressed pages as raw lines, between the coherency engine and the memory
// (docs/coherence.md, "Lines of compressed pages").
//
// The engine's accesses are single lines whose ID is their slot.  Those outside the window pass as
// they are, one read and one write a cycle: two cycles to the memory, one back.  Those of a window
// page go to its frame in the staging area, after waiting for the page if it is not there; nothing
// else waits for them.  Reads of a page that cannot be had are poison, writes get SLVERR.
// A write without a byte is answered here, whatever its page.
//
// window_base_i and staging_base_i are multiples of the window's and the staging area's size.

`include "skv_assert.svh"

module coh_staging
  import coh_pkg::*;
  import coh_staging_pkg::*;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::r_t;
  import skv_axi_pkg::w_t;
  import skv_axi_pkg::b_t;
  import skv_axi_pkg::IdW;
  import skv_axi_pkg::RespOkay;
  import skv_axi_pkg::RespSlverr;
  import skv_axi_pkg::is_error;
#(
  parameter int unsigned Pages = 1024,  // of the window
  parameter int unsigned Frames = 64,   // staging pages
  parameter int unsigned Slots = 64     // the engine's
) (
  input  logic           clk_i,
  input  logic           rst_ni,
  output logic           ready_o,

  input  line_t          window_base_i,
  input  line_t          staging_base_i,
  input  logic [7:0]     exact_slot_i,     // a table slot that is never loaded

  input  logic           cmd_valid_i,
  output logic           cmd_ready_o,
  input  window_cmd_t    cmd_i,
  output logic           answer_valid_o,
  input  logic           answer_ready_i,
  output window_answer_t answer_o,
  output logic           event_valid_o,    // for a cycle
  output staging_event_t event_o,

  // The DMA engine.
  output logic           feed_valid_o,
  input  logic           feed_ready_i,
  output feed_t          feed_o,
  input  logic           fed_valid_i,
  output logic           fed_ready_o,
  input  fed_t           fed_i,

  // The engine.
  input  logic           s_ar_valid_i,
  output logic           s_ar_ready_o,
  input  ax_t            s_ar_i,
  output logic           s_r_valid_o,
  input  logic           s_r_ready_i,
  output r_t             s_r_o,
  input  logic           s_aw_valid_i,
  output logic           s_aw_ready_o,
  input  ax_t            s_aw_i,
  input  logic           s_w_valid_i,
  output logic           s_w_ready_o,
  input  w_t             s_w_i,
  output logic           s_b_valid_o,
  input  logic           s_b_ready_i,
  output b_t             s_b_o,

  // The memory.
  output logic           ar_valid_o,
  input  logic           ar_ready_i,
  output ax_t            ar_o,
  input  logic           r_valid_i,
  output logic           r_ready_o,
  input  r_t             r_i,
  output logic           aw_valid_o,
  input  logic           aw_ready_i,
  output ax_t            aw_o,
  output logic           w_valid_o,
  input  logic           w_ready_i,
  output w_t             w_o,
  input  logic           b_valid_i,
  output logic           b_ready_o,
  input  b_t             b_i,

  // To a device port of the engine.
  output logic           sweep_aw_valid_o,
  input  logic           sweep_aw_ready_i,
  output ax_t            sweep_aw_o,
  output logic           sweep_w_valid_o,
  input  logic           sweep_w_ready_i,
  output w_t             sweep_w_o,
  input  logic           sweep_b_valid_i,
  output logic           sweep_b_ready_o,
  input  b_t             sweep_b_i,

  // Events, for counters: a read, and a write, of the window finds its page, or waits for it; the
  // host is to give up a page's lines.
  output logic [1:0]     hit_o,
  output logic [1:0]     miss_o,
  output logic           sweep_o
);

  localparam int unsigned PageW = $clog2(Pages);
  localparam int unsigned FrameW = $clog2(Frames);
  localparam int unsigned NumberW = $clog2(Slots);

  typedef logic [PageW-1:0]   page_t;
  typedef logic [FrameW-1:0]  frame_t;
  typedef logic [NumberW-1:0] number_t;

  typedef struct packed {
    logic             poison;
    logic [StrbW-1:0] strb;
    logic [DataW-1:0] data;
  } put_t;

  function automatic ax_t access(number_t slot, line_t line);
    return '{id: IdW'(slot), addr: {26'd0, line, 6'd0}, len: 8'd0};
  endfunction

  // ---- The lookups: side 0 reads, side 1 writes ----

  logic    [1:0]             in_valid, in_take, advance, again_valid, again_take;
  number_t [1:0]             in_slot, again_slot, look_slot;
  line_t   [1:0]             in_line, look_line;
  page_t   [1:0]             again_page, look_page;
  logic    [1:0][5:0]        again_offset, look_offset;
  logic    [1:0]             look_valid, look_again, look_fill, look_window, look_hit;
  logic    [1:0]             look_sealing, go, flies, passes, over;
  frame_t  [1:0]             look_frame;
  logic    [Frames-1:0]      may_read, may_write;
  logic    [Frames-1:0][PageW-1:0] frame_page;

  logic    hint, fill_write, switching, switch_start;
  logic    fill_take;
  page_t   page, sweep_page;
  frame_t  frame, switch_frame, fill_frame;
  number_t fill_slot;
  logic [5:0]  fill_offset;
  logic [63:0] moved_q;   // lines of the page that is being sealed

  logic ar_in_ready, aw_in_ready, w_in_ready, nothing_q;
  put_t put_q, put_again, put;

  assign in_valid = {s_aw_valid_i && s_w_valid_i, s_ar_valid_i};
  assign in_slot  = {number_t'(s_aw_i.id), number_t'(s_ar_i.id)};
  assign in_line  = {s_aw_i.addr[6+:LineW], s_ar_i.addr[6+:LineW]};
  assign advance  = {!look_valid[1] || (aw_in_ready && w_in_ready), !look_valid[0] || ar_in_ready};
  assign go       = look_valid & advance;

  assign s_ar_ready_o = in_take[0];
  assign s_aw_ready_o = in_take[1] && s_w_valid_i;
  assign s_w_ready_o  = in_take[1] && s_aw_valid_i;

  for (genvar s = 0; s < 2; s++) begin : gen_look
    logic fill_taken;

    coh_staging_look #(
      .Pages  (Pages),
      .Frames (Frames),
      .NumberW(NumberW)
    ) u_look (
      .clk_i,
      .rst_ni,
      .window_base_i,
      .staging_base_i,
      .advance_i     (advance[s]),
      .valid_i       (in_valid[s]),
      .take_o        (in_take[s]),
      .slot_i        (in_slot[s]),
      .line_i        (in_line[s]),
      .again_valid_i (again_valid[s]),
      .again_take_o  (again_take[s]),
      .again_slot_i  (again_slot[s]),
      .again_page_i  (again_page[s]),
      .again_offset_i(again_offset[s]),
      .fill_valid_i  (s == 1 && fill_write),
      .fill_take_o   (fill_taken),
      .fill_slot_i   (fill_slot),
      .fill_frame_i  (fill_frame),
      .fill_offset_i (fill_offset),
      .hint_i        (hint),
      .hint_page_i   (page),
      .hint_frame_i  (frame),
      .frame_page_i  (frame_page),
      .frame_may_i   (s == 1 ? may_write : may_read),
      .switch_i      (switching),
      .switch_page_i (sweep_page),
      .switch_frame_i(switch_frame),
      .switch_lines_i(s == 1 ? '1 : moved_q),
      .valid_o       (look_valid[s]),
      .again_o       (look_again[s]),
      .fill_o        (look_fill[s]),
      .window_o      (look_window[s]),
      .hit_o         (look_hit[s]),
      .sealing_o     (look_sealing[s]),
      .slot_o        (look_slot[s]),
      .page_o        (look_page[s]),
      .offset_o      (look_offset[s]),
      .frame_o       (look_frame[s]),
      .line_o        (look_line[s])
    );

    if (s == 1) begin : gen_fill_take
      assign fill_take = fill_taken;
    end else begin : gen_no_fill
      logic unused;
      assign unused = fill_taken;
    end

    assign over[s]   = look_window[s] && (s == 1 && nothing_q);
    assign flies[s]  = look_window[s] && look_hit[s] && !over[s];
    assign passes[s] = look_fill[s] || !look_window[s] || flies[s];
  end

  // ---- The data of writes wait under their slot ----

  skv_sdpram #(
    .Width($bits(put_t)),
    .Depth(Slots)
  ) u_puts (
    .clk_i,
    .we_i   (go[1] && look_window[1] && !look_again[1]),
    .waddr_i(look_slot[1]),
    .wdata_i(put_q),
    .re_i   (again_take[1]),
    .raddr_i(again_slot[1]),
    .rdata_o(put_again)
  );

  always_ff @(posedge clk_i) begin
    if (advance[1]) begin
      put_q     <= '{poison: s_w_i.poison, strb: s_w_i.strb, data: s_w_i.data};
      nothing_q <= s_w_i.strb == '0 && !again_take[1] && !fill_take;
    end
  end

  always_comb begin
    put = put_q;
    if (look_fill[1]) put = '{poison: 1'b0, strb: '1, data: '0};
    else if (look_again[1]) put = put_again;
  end

  always_ff @(posedge clk_i) begin
    if (switch_start) moved_q <= '0;
    else if (go[1] && look_window[1] && look_sealing[1] && (over[1] || flies[1])) begin
      moved_q[look_offset[1]] <= 1'b1;
    end
  end

  // ---- To the memory ----

  skv_skid #(
    .data_t(ax_t)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(look_valid[0] && passes[0] && ar_in_ready),
    .ready_o(ar_in_ready),
    .data_i (access(look_slot[0], look_line[0])),
    .valid_o(ar_valid_o),
    .ready_i(ar_ready_i),
    .data_o (ar_o)
  );

  skv_skid #(
    .data_t(ax_t)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(go[1] && passes[1]),
    .ready_o(aw_in_ready),
    .data_i (access(look_slot[1], look_line[1])),
    .valid_o(aw_valid_o),
    .ready_i(aw_ready_i),
    .data_o (aw_o)
  );

  skv_skid #(
    .data_t(put_t)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(go[1] && passes[1]),
    .ready_o(w_in_ready),
    .data_i (put),
    .valid_o(w_valid_o),
    .ready_i(w_ready_i),
    .data_o ({w_o.poison, w_o.strb, w_o.data})
  );

  assign w_o.last = 1'b1;

  // ---- Back: the memory's answers and those given here ----

  logic    [1:0] answer_valid, answer_ready, answer_bad, end_valid;
  number_t [1:0] answer_slot, end_slot;
  logic          r_in_ready, b_in_ready, fill_b, fill_busy;

  // What is given here goes first; the memory has the next turn, as picking takes two cycles.
  assign r_ready_o    = r_in_ready && !answer_valid[0];
  assign fill_b       = fill_busy && b_valid_i && number_t'(b_i.id) == fill_slot;
  assign b_ready_o    = b_in_ready && !answer_valid[1];
  assign answer_ready = {b_in_ready, r_in_ready};
  assign end_valid    = {b_valid_i && b_ready_o && !fill_b, r_valid_i && r_ready_o};
  assign end_slot     = {number_t'(b_i.id), number_t'(r_i.id)};

  skv_skid #(
    .data_t(r_t)
  ) u_r (
    .clk_i,
    .rst_ni,
    .valid_i((r_valid_i || answer_valid[0]) && r_in_ready),
    .ready_o(r_in_ready),
    .data_i (answer_valid[0] ?
      '{id: IdW'(answer_slot[0]), data: '0, resp: RespOkay, last: 1'b1, poison: 1'b1} : r_i),
    .valid_o(s_r_valid_o),
    .ready_i(s_r_ready_i),
    .data_o (s_r_o)
  );

  skv_skid #(
    .data_t(b_t)
  ) u_b (
    .clk_i,
    .rst_ni,
    .valid_i(((b_valid_i && !fill_b) || answer_valid[1]) && b_in_ready),
    .ready_o(b_in_ready),
    .data_i (answer_valid[1] ?
      '{id: IdW'(answer_slot[1]), resp: answer_bad[1] ? RespSlverr : RespOkay} : b_i),
    .valid_o(s_b_valid_o),
    .ready_i(s_b_ready_i),
    .data_o (s_b_o)
  );

  // ---- The accesses of the window ----

  logic    new_valid, new_write, seen, seen_again, seen_bad, wake, fail, waits, flying;
  logic    flying_write;
  number_t new_slot, seen_slot;
  page_t   new_page;

  coh_staging_slots #(
    .PageW (PageW),
    .FrameW(FrameW),
    .Slots (Slots)
  ) u_slots (
    .clk_i,
    .rst_ni,
    .look_valid_i  (go & look_window),
    .look_slot_i   (look_slot),
    .look_flies_i  (flies),
    .look_over_i   (over),
    .look_page_i   (look_page),
    .look_offset_i (look_offset),
    .look_frame_i  (look_frame),
    .end_valid_i   (end_valid),
    .end_slot_i    (end_slot),
    .again_valid_o (again_valid),
    .again_ready_i (again_take),
    .again_slot_o  (again_slot),
    .again_page_o  (again_page),
    .again_offset_o(again_offset),
    .answer_valid_o(answer_valid),
    .answer_ready_i(answer_ready),
    .answer_slot_o (answer_slot),
    .answer_bad_o  (answer_bad),
    .new_valid_o   (new_valid),
    .new_slot_o    (new_slot),
    .new_page_o    (new_page),
    .new_write_o   (new_write),
    .seen_i        (seen),
    .seen_slot_i   (seen_slot),
    .seen_again_i  (seen_again),
    .seen_bad_i    (seen_bad),
    .page_i        (page),
    .wake_i        (wake),
    .fail_i        (fail),
    .waits_o       (waits),
    .frame_i       (frame),
    .flies_o       (flying),
    .flies_write_o (flying_write)
  );

  // ---- Frames and who decides on them ----

  frame_e phase, set_phase;
  page_t  held_page;
  logic   dirty, pinned, frame_read, frame_write, set, set_read, set_write, set_pinned;
  logic   set_dirty, set_clean, tried, free_valid, victim_valid;
  frame_t free, victim;

  coh_staging_frames #(
    .PageW (PageW),
    .Frames(Frames)
  ) u_frames (
    .clk_i,
    .rst_ni,
    .page_o        (frame_page),
    .may_read_o    (may_read),
    .may_write_o   (may_write),
    .used_i        (go & flies),
    .used_frame_i  (look_frame),
    .dirties_i     (put.strb != '0),
    .frame_i       (frame),
    .phase_o       (phase),
    .frame_page_o  (held_page),
    .dirty_o       (dirty),
    .pinned_o      (pinned),
    .frame_read_o  (frame_read),
    .frame_write_o (frame_write),
    .set_i         (set),
    .set_phase_i   (set_phase),
    .set_page_i    (page),
    .set_read_i    (set_read),
    .set_write_i   (set_write),
    .set_pinned_i  (set_pinned),
    .set_dirty_i   (set_dirty),
    .set_clean_i   (set_clean),
    .tried_i       (tried),
    .free_valid_o  (free_valid),
    .free_o        (free),
    .victim_valid_o(victim_valid),
    .victim_o      (victim)
  );

  logic    fill_start, fill_done, fill_bad, fill_taken, sweep_start, sweep_busy;
  number_t fill_start_slot;

  coh_staging_control #(
    .Pages (Pages),
    .Frames(Frames),
    .Slots (Slots)
  ) u_control (
    .clk_i,
    .rst_ni,
    .ready_o,
    .staging_base_i,
    .exact_slot_i,
    .cmd_valid_i,
    .cmd_ready_o,
    .cmd_i,
    .answer_valid_o,
    .answer_ready_i,
    .answer_o,
    .event_valid_o,
    .event_o,
    .feed_valid_o,
    .feed_ready_i,
    .feed_o,
    .fed_valid_i,
    .fed_ready_o,
    .fed_i,
    .new_valid_i   (new_valid),
    .new_slot_i    (new_slot),
    .new_page_i    (new_page),
    .new_write_i   (new_write),
    .seen_o        (seen),
    .seen_slot_o   (seen_slot),
    .seen_again_o  (seen_again),
    .seen_bad_o    (seen_bad),
    .page_o        (page),
    .wake_o        (wake),
    .fail_o        (fail),
    .waits_i       (waits),
    .flies_i       (flying),
    .flies_write_i (flying_write),
    .frame_o       (frame),
    .phase_i       (phase),
    .frame_page_i  (held_page),
    .dirty_i       (dirty),
    .pinned_i      (pinned),
    .frame_read_i  (frame_read),
    .frame_write_i (frame_write),
    .set_o         (set),
    .set_phase_o   (set_phase),
    .set_read_o    (set_read),
    .set_write_o   (set_write),
    .set_pinned_o  (set_pinned),
    .set_dirty_o   (set_dirty),
    .set_clean_o   (set_clean),
    .tried_o       (tried),
    .free_valid_i  (free_valid),
    .free_i        (free),
    .victim_valid_i(victim_valid),
    .victim_i      (victim),
    .hint_o        (hint),
    .fill_start_o  (fill_start),
    .fill_slot_o   (fill_start_slot),
    .fill_busy_i   (fill_busy),
    .fill_done_i   (fill_done),
    .fill_bad_i    (fill_bad),
    .fill_frame_i  (fill_frame),
    .fill_taken_o  (fill_taken),
    .sweep_start_o (sweep_start),
    .sweep_page_o  (sweep_page),
    .sweep_busy_i  (sweep_busy),
    .switch_o      (switching),
    .switch_start_o(switch_start),
    .switch_frame_o(switch_frame)
  );

  coh_staging_fill #(
    .FrameW (FrameW),
    .NumberW(NumberW)
  ) u_fill (
    .clk_i,
    .rst_ni,
    .start_i     (fill_start),
    .slot_i      (fill_start_slot),
    .frame_i     (frame),
    .busy_o      (fill_busy),
    .done_o      (fill_done),
    .bad_o       (fill_bad),
    .taken_i     (fill_taken),
    .write_o     (fill_write),
    .write_take_i(fill_take),
    .slot_o      (fill_slot),
    .frame_o     (fill_frame),
    .offset_o    (fill_offset),
    .b_i         (fill_b && b_ready_o),
    .b_bad_i     (is_error(b_i.resp))
  );

  coh_sweep u_sweep (
    .clk_i,
    .rst_ni,
    .start_i   (sweep_start),
    .line_i    ({window_base_i[LineW-1:6+PageW], sweep_page, 6'd0}),
    .busy_o    (sweep_busy),
    .aw_valid_o(sweep_aw_valid_o),
    .aw_ready_i(sweep_aw_ready_i),
    .aw_o      (sweep_aw_o),
    .w_valid_o (sweep_w_valid_o),
    .w_ready_i (sweep_w_ready_i),
    .w_o       (sweep_w_o),
    .b_valid_i (sweep_b_valid_i),
    .b_ready_o (sweep_b_ready_o),
    .b_i       (sweep_b_i)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      hit_o   <= '0;
      miss_o  <= '0;
      sweep_o <= 1'b0;
    end else begin
      // One that comes again was counted when it had to wait.
      hit_o   <= go & look_window & ~look_again & flies;
      miss_o  <= go & look_window & ~look_again & ~flies & ~over;
      sweep_o <= sweep_start;
    end
  end

  // Reads are never filled, single lines are all there is, and the engine's addresses are lines.
  logic unused;
  assign unused = &{
    1'b0, s_ar_i, s_aw_i, s_w_i.last, look_sealing[0], answer_bad[0]
  };

  `SKV_ASSUME(WindowAligned, ready_o |-> window_base_i[5+PageW:0] == '0)
  `SKV_ASSUME(StagingAligned, ready_o |-> staging_base_i[5+FrameW:0] == '0)
  // Each line has moved when the page is said to be sealed.
  `SKV_ASSERT(AllMoved, switching && hint && page == sweep_page |-> moved_q == '1)
  `SKV_ASSERT(SingleReads, s_ar_valid_i |-> s_ar_i.len == '0 && 32'(s_ar_i.id) < Slots)
  `SKV_ASSERT(SingleWrites, s_aw_valid_i |-> s_aw_i.len == '0 && 32'(s_aw_i.id) < Slots)

  skv_axi_rules u_rules (
    .clk_i,
    .rst_ni,
    .ar_valid_i(ar_valid_o),
    .ar_ready_i,
    .ar_i      (ar_o),
    .r_valid_i,
    .r_ready_i (r_ready_o),
    .r_i,
    .aw_valid_i(aw_valid_o),
    .aw_ready_i,
    .aw_i      (aw_o),
    .w_valid_i (w_valid_o),
    .w_ready_i,
    .w_i       (w_o),
    .b_valid_i,
    .b_ready_i (b_ready_o),
    .b_i
  );

endmodule
