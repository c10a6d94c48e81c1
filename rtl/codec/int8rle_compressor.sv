// int8rle compressor: raw pages in, stored pages out, in order.
//
// s_axis: 64 beats a page, TLAST on the 64th; TUSER on a page's first beat is its layout_t.
// m_axis: 1 to 64 beats a page, TLAST on the last; TUSER on every beat is its status_t.
//
// Sustains a raw beat a cycle on any data.  A page passes twice: its largest magnitude must be
// known before its first value is coded, and its length before its first beat is sent.  Beyond
// those two passes the latency is 22 cycles.  Nothing stalls between the buffers: a page is taken
// in only when a slot of the page buffers is free for it.

`include "skv_assert.svh"

module int8rle_compressor
  import int8rle_pkg::*;
(
  input  logic    clk_i,
  input  logic    rst_ni,

  input  logic    s_axis_tvalid_i,
  output logic    s_axis_tready_o,
  input  row_t    s_axis_tdata_i,
  input  logic    s_axis_tlast_i,
  input  layout_t s_axis_tuser_i,

  output logic    m_axis_tvalid_o,
  input  logic    m_axis_tready_i,
  output row_t    m_axis_tdata_o,
  output logic    m_axis_tlast_o,
  output status_t m_axis_tuser_o
);

  localparam int unsigned Slots = 4;
  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned WordsW = PosW + 1;
  localparam int unsigned ScaleLatency = 5;

  // ---- Intake: pages of 64 rows ----

  typedef struct packed {
    row_t    data;
    logic    last;
    layout_t layout;
  } beat_t;

  beat_t in;
  logic  in_valid, in_ready;

  skv_skid #(
    .data_t(beat_t)
  ) u_in (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_tvalid_i),
    .ready_o(s_axis_tready_o),
    .data_i ('{data: s_axis_tdata_i, last: s_axis_tlast_i, layout: s_axis_tuser_i}),
    .valid_o(in_valid),
    .ready_i(in_ready),
    .data_o (in)
  );

  logic             page_room;
  logic             row_valid, row_last, row_malformed;
  row_t             row;
  logic [RowW-1:0]  row_index;
  layout_t          row_layout;

  skv_page_framer #(
    .data_t(row_t),
    .user_t(layout_t),
    .Rows  (Rows)
  ) u_framer (
    .clk_i,
    .rst_ni,
    .valid_i    (in_valid),
    .ready_o    (in_ready),
    .data_i     (in.data),
    .last_i     (in.last),
    .user_i     (in.layout),
    .page_room_i(page_room),
    .valid_o    (row_valid),
    .row_o      (row),
    .index_o    (row_index),
    .last_o     (row_last),
    .malformed_o(row_malformed),
    .user_o     (row_layout)
  );

  // Pages use the slots of all buffers in turn, from their first row to their last beat.
  logic             page_start, page_done;
  logic [SlotW:0]   pages_q;
  logic [SlotW-1:0] in_slot_q;

  assign page_start = row_valid && row_index == '0;
  assign page_room  = !pages_q[SlotW];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pages_q   <= '0;
      in_slot_q <= '0;
    end else begin
      pages_q <= pages_q + (SlotW + 1)'(page_start) - (SlotW + 1)'(page_done);
      if (row_valid && row_last) in_slot_q <= in_slot_q + 1'b1;
    end
  end

  // ---- First pass: scale ----

  logic               amax_valid, scale_valid;
  logic        [14:0] amax;

  typedef struct packed {
    logic               raw;
    logic               nonfinite;
    logic               malformed;
    layout_t            layout;
    logic        [31:0] scale;
    logic        [17:0] reciprocal;
    logic signed [9:0]  shift_base;
  } page_t;

  page_t scaled;

  int8rle_amax u_amax (
    .clk_i,
    .rst_ni,
    .valid_i(row_valid),
    .first_i(row_index == '0),
    .last_i (row_last),
    .row_i  (row),
    .valid_o(amax_valid),
    .amax_o (amax)
  );

  // A page's layout and shape, in step with its scale.
  layout_t                       layout_q;
  layout_t [ScaleLatency-1:0]    layout_pipe_q;
  logic    [ScaleLatency-1:0]    malformed_pipe_q;

  always_ff @(posedge clk_i) begin
    if (page_start) layout_q <= row_layout;
    layout_pipe_q    <= {layout_pipe_q[ScaleLatency-2:0], layout_q};
    malformed_pipe_q <= {malformed_pipe_q[ScaleLatency-2:0], row_malformed};
  end

  int8rle_scale u_scale (
    .clk_i,
    .rst_ni,
    .valid_i     (amax_valid),
    .amax_i      (amax),
    .bf16_i      (layout_pipe_q[2].bf16),
    .valid_o     (scale_valid),
    .raw_o       (scaled.raw),
    .nonfinite_o (scaled.nonfinite),
    .scale_o     (scaled.scale),
    .reciprocal_o(scaled.reciprocal),
    .shift_base_o(scaled.shift_base)
  );

  assign scaled.layout    = layout_pipe_q[ScaleLatency-1];
  assign scaled.malformed = malformed_pipe_q[ScaleLatency-1];

  // ---- Second pass: codes, deltas, runs ----

  page_t            code_page;
  logic             scaled_ready, code_valid, code_last;
  logic [RowW-1:0]  code_row_q;
  logic [SlotW-1:0] code_slot_q;

  skv_fifo #(
    .data_t(page_t),
    .Depth (Slots)
  ) u_scaled (
    .clk_i,
    .rst_ni,
    .valid_i(scale_valid),
    .ready_o(scaled_ready),
    .data_i (scaled),
    .valid_o(code_valid),
    .ready_i(code_last),
    .data_o (code_page)
  );

  assign code_last = &code_row_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      code_row_q  <= '0;
      code_slot_q <= '0;
    end else if (code_valid) begin
      code_row_q <= code_row_q + 1'b1;
      if (code_last) code_slot_q <= code_slot_q + 1'b1;
    end
  end

  row_t              code_row, emit_raw_row;
  logic              emit_read;
  logic [SlotW-1:0]  emit_slot;
  logic [RowW-1:0]   emit_row;

  // The raw pages, once for each reader.
  skv_sdpram #(
    .Width($bits(row_t)),
    .Depth(Slots * Rows)
  ) u_raw_code (
    .clk_i,
    .we_i   (row_valid),
    .waddr_i({in_slot_q, row_index}),
    .wdata_i(row),
    .re_i   (code_valid),
    .raddr_i({code_slot_q, code_row_q}),
    .rdata_o(code_row)
  );

  skv_sdpram #(
    .Width($bits(row_t)),
    .Depth(Slots * Rows)
  ) u_raw_emit (
    .clk_i,
    .we_i   (row_valid),
    .waddr_i({in_slot_q, row_index}),
    .wdata_i(row),
    .re_i   (emit_read),
    .raddr_i({emit_slot, emit_row}),
    .rdata_o(emit_raw_row)
  );

  // Beside the buffer's read.
  logic        code_valid_q;
  row_info_t   code_info_q;
  logic        [17:0] reciprocal_q;
  logic signed [9:0]  shift_base_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) code_valid_q <= 1'b0;
    else code_valid_q <= code_valid;
  end

  always_ff @(posedge clk_i) begin
    code_info_q  <= '{index: code_row_q, layout: code_page.layout};
    reciprocal_q <= code_page.reciprocal;
    shift_base_q <= code_page.shift_base;
  end

  logic        codes_valid, deltas_valid, runs_valid;
  row_info_t       codes_info;
  codes_t          codes, deltas;
  logic [RowW-1:0] deltas_index, runs_index;
  row_t            runs;
  lane_count_t     runs_count;

  int8rle_quantize u_quantize (
    .clk_i,
    .rst_ni,
    .valid_i     (code_valid_q),
    .info_i      (code_info_q),
    .row_i       (code_row),
    .reciprocal_i(reciprocal_q),
    .shift_base_i(shift_base_q),
    .valid_o     (codes_valid),
    .info_o      (codes_info),
    .codes_o     (codes)
  );

  int8rle_delta u_delta (
    .clk_i,
    .rst_ni,
    .valid_i (codes_valid),
    .info_i  (codes_info),
    .codes_i (codes),
    .valid_o (deltas_valid),
    .index_o (deltas_index),
    .deltas_o(deltas)
  );

  int8rle_runs u_runs (
    .clk_i,
    .rst_ni,
    .valid_i (deltas_valid),
    .index_i (deltas_index),
    .deltas_i(deltas),
    .valid_o (runs_valid),
    .index_o (runs_index),
    .pairs_o (runs),
    .count_o (runs_count)
  );

  // ---- Output ----

  typedef struct packed {
    status_t     status;
    layout_t     layout;
    logic [31:0] scale;
  } coded_t;

  typedef struct packed {
    coded_t            page;
    logic [WordsW-1:0] words;
  } finished_t;

  // What the header needs waits for the page's runs.
  coded_t            coding;
  finished_t         finished, emitting;
  row_t              packed_row;
  logic              packed_valid, coding_valid, emit_valid, coding_ready, finished_ready;
  logic [WordsW-1:0] packed_words;

  skv_fifo #(
    .data_t(coded_t),
    .Depth (Slots)
  ) u_coding (
    .clk_i,
    .rst_ni,
    .valid_i(code_valid && code_row_q == '0),
    .ready_o(coding_ready),
    .data_i ('{
      status: '{
        malformed: code_page.malformed,
        nonfinite: code_page.nonfinite,
        raw: code_page.raw | code_page.malformed
      },
      layout: code_page.layout,
      scale: code_page.scale
    }),
    .valid_o(coding_valid),
    .ready_i(packed_valid),
    .data_o (coding)
  );

  int8rle_packer #(
    .Slots(Slots)
  ) u_packer (
    .clk_i,
    .rst_ni,
    .valid_i     (runs_valid),
    .index_i     (runs_index),
    .pairs_i     (runs),
    .count_i     (runs_count),
    .page_valid_o(packed_valid),
    .words_o     (packed_words),
    .read_i      (emit_read),
    .read_slot_i (emit_slot),
    .read_row_i  (emit_row),
    .row_o       (packed_row)
  );

  always_comb begin
    finished.page  = coding;
    finished.words = packed_words;
    if (packed_words > WordsW'(HeaderLanes + MaxRuns)) finished.page.status.raw = 1'b1;
  end

  skv_fifo #(
    .data_t(finished_t),
    .Depth (Slots)
  ) u_finished (
    .clk_i,
    .rst_ni,
    .valid_i(packed_valid),
    .ready_o(finished_ready),
    .data_i (finished),
    .valid_o(emit_valid),
    .ready_i(page_done),
    .data_o (emitting)
  );

  int8rle_emitter #(
    .Slots(Slots)
  ) u_emitter (
    .clk_i,
    .rst_ni,
    .page_valid_i(emit_valid),
    .page_ready_o(page_done),
    .status_i    (emitting.page.status),
    .layout_i    (emitting.page.layout),
    .scale_i     (emitting.page.scale),
    .words_i     (emitting.words),
    .read_o      (emit_read),
    .read_slot_o (emit_slot),
    .read_row_o  (emit_row),
    .raw_row_i   (emit_raw_row),
    .packed_row_i(packed_row),
    .m_axis_tvalid_o,
    .m_axis_tready_i,
    .m_axis_tdata_o,
    .m_axis_tlast_o,
    .m_axis_tuser_o
  );

  `SKV_ASSERT(PagesBounded, pages_q <= (SlotW + 1)'(Slots))
  `SKV_ASSERT(ScaledHasRoom, scale_valid |-> scaled_ready)
  `SKV_ASSERT(CodingHasRoom, code_valid && code_row_q == '0 |-> coding_ready)
  `SKV_ASSERT(FinishedHasRoom, packed_valid |-> finished_ready)
  `SKV_ASSERT(PackedPageIsKnown, packed_valid |-> coding_valid)

endmodule
