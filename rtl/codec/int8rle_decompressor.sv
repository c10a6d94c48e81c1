// int8rle decompressor: stored pages in, raw pages out, in order.
//
// s_axis: 1 to 64 beats a page, TLAST on the last; TUSER on a page's first beat says "stored raw".
// m_axis: 64 beats a page, TLAST on the 64th, where TUSER is the page's error_e.  The data of a page
// with an error are not to be used.
//
// Sustains a raw beat a cycle on any page.  Latency 24 cycles from the beat that completes a row;
// the first row of a page may take two beats, for which a stream of pages waits one cycle, once.
// No input stops it: what is wrong with a page ends with that page's TLAST, and while the sink is
// ready the page's last beat leaves within 408 cycles of it (4 pages being expanded and 2 in the
// input register, 64 cycles each, and the latency).

`include "skv_assert.svh"

module int8rle_decompressor
  import int8rle_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   s_axis_tvalid_i,
  output logic   s_axis_tready_o,
  input  row_t   s_axis_tdata_i,
  input  logic   s_axis_tlast_i,
  input  logic   s_axis_tuser_i,

  output logic   m_axis_tvalid_o,
  input  logic   m_axis_tready_i,
  output row_t   m_axis_tdata_o,
  output logic   m_axis_tlast_o,
  output error_e m_axis_tuser_o
);

  localparam int unsigned Pages = 4;      // taken in and not yet expanded
  localparam int unsigned PageW = $clog2(Pages);
  localparam int unsigned Slack = 8;      // beats between the intake and the queues
  localparam int unsigned RawDepth = 64;
  localparam int unsigned OutDepth = 32;  // more than the rows in the pipeline
  localparam int unsigned CreditW = $clog2(OutDepth) + 1;

  // ---- Intake: held while a queue or the number of pages is at its limit ----

  typedef struct packed {
    row_t data;
    logic last;
    logic raw;
  } in_beat_t;

  in_beat_t       in;
  logic           in_valid, in_ready, in_take, in_first_q;
  logic           gather_nearly_full, raw_nearly_full, hold_q;
  logic           page_done;
  logic [PageW:0] pages_q;

  skv_skid #(
    .data_t(in_beat_t)
  ) u_in (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_tvalid_i),
    .ready_o(s_axis_tready_o),
    .data_i ('{data: s_axis_tdata_i, last: s_axis_tlast_i, raw: s_axis_tuser_i}),
    .valid_o(in_valid),
    .ready_i(in_ready),
    .data_o (in)
  );

  assign in_ready = !hold_q && !(in_first_q && pages_q[PageW]);
  assign in_take  = in_valid & in_ready;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      in_first_q <= 1'b1;
      hold_q     <= 1'b0;
      pages_q    <= '0;
    end else begin
      if (in_take) in_first_q <= in.last;
      hold_q  <= gather_nearly_full | raw_nearly_full;
      pages_q <= pages_q + (PageW + 1)'(in_take & in_first_q) - (PageW + 1)'(page_done);
    end
  end

  // ---- Runs and their places ----

  logic        parsed_valid, parsed_first, parsed_last, parsed_raw, parsed_raw_row;
  row_t        parsed_words;
  mask_t       parsed_is_run;
  layout_t     parsed_layout;
  logic [23:0] parsed_scale;
  error_e      parsed_error;

  int8rle_parser u_parser (
    .clk_i,
    .rst_ni,
    .valid_i     (in_take),
    .first_i     (in_first_q),
    .words_i     (in.data),
    .last_i      (in.last),
    .raw_i       (in.raw),
    .valid_o     (parsed_valid),
    .first_o     (parsed_first),
    .last_o      (parsed_last),
    .raw_o       (parsed_raw),
    .is_raw_row_o(parsed_raw_row),
    .words_o     (parsed_words),
    .is_run_o    (parsed_is_run),
    .layout_o    (parsed_layout),
    .scale_o     (parsed_scale),
    .error_o     (parsed_error)
  );

  logic                       placed_valid, placed_last;
  mask_t                      placed_is_run;
  logic [Lanes-1:0][PosW-1:0] placed_start;
  codes_t                     placed_values;
  logic [RowW:0]              placed_new_rows;
  error_e                     placed_error;

  int8rle_places u_places (
    .clk_i,
    .rst_ni,
    .valid_i   (parsed_valid),
    .first_i   (parsed_first),
    .last_i    (parsed_last),
    .raw_i     (parsed_raw),
    .words_i   (parsed_words),
    .is_run_i  (parsed_is_run),
    .error_i   (parsed_error),
    .valid_o   (placed_valid),
    .last_o    (placed_last),
    .is_run_o  (placed_is_run),
    .start_o   (placed_start),
    .values_o  (placed_values),
    .new_rows_o(placed_new_rows),
    .error_o   (placed_error)
  );

  // ---- Rows: a row is taken only when the output queue has room for it ----

  logic [CreditW-1:0] credit_q;
  logic               row_taken, sent;
  assign sent = m_axis_tvalid_o & m_axis_tready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) credit_q <= CreditW'(OutDepth);
    else credit_q <= credit_q - CreditW'(row_taken) + CreditW'(sent);
  end

  logic         gathered_valid, deltas_valid, codes_valid, values_valid;
  decode_info_t gathered_info, deltas_info, codes_info;
  mask_t        gathered_starts;
  codes_t       gathered_values, deltas, codes;
  row_t         values;
  logic         values_last, values_raw;
  tag_t         values_tag;
  error_e       values_error;

  int8rle_gather #(
    .Pages(Pages),
    .Slack(Slack)
  ) u_gather (
    .clk_i,
    .rst_ni,
    .page_valid_i (parsed_valid & parsed_first),
    .layout_i     (parsed_layout),
    .scale_i      (parsed_scale),
    .raw_i        (parsed_raw),
    .valid_i      (placed_valid),
    .last_i       (placed_last),
    .is_run_i     (placed_is_run),
    .start_i      (placed_start),
    .values_i     (placed_values),
    .new_rows_i   (placed_new_rows),
    .error_i      (placed_error),
    .nearly_full_o(gather_nearly_full),
    .row_room_i   (credit_q != '0),
    .row_taken_o  (row_taken),
    .page_done_o  (page_done),
    .valid_o      (gathered_valid),
    .info_o       (gathered_info),
    .starts_o     (gathered_starts),
    .values_o     (gathered_values)
  );

  int8rle_fill u_fill (
    .clk_i,
    .rst_ni,
    .valid_i (gathered_valid),
    .info_i  (gathered_info),
    .starts_i(gathered_starts),
    .values_i(gathered_values),
    .valid_o (deltas_valid),
    .info_o  (deltas_info),
    .deltas_o(deltas)
  );

  int8rle_undelta u_undelta (
    .clk_i,
    .rst_ni,
    .valid_i (deltas_valid),
    .info_i  (deltas_info),
    .deltas_i(deltas),
    .valid_o (codes_valid),
    .info_o  (codes_info),
    .codes_o (codes)
  );

  int8rle_dequantize u_dequantize (
    .clk_i,
    .rst_ni,
    .valid_i(codes_valid),
    .info_i (codes_info),
    .codes_i(codes),
    .valid_o(values_valid),
    .last_o (values_last),
    .raw_o  (values_raw),
    .tag_o  (values_tag),
    .error_o(values_error),
    .row_o  (values)
  );

  // ---- Raw pages pass beside ----

  typedef struct packed {
    tag_t tag;
    row_t data;
  } raw_row_t;

  tag_t     parsed_tag_q;
  raw_row_t raw_head;
  logic     raw_valid, raw_hit;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) parsed_tag_q <= '0;
    else if (parsed_valid && parsed_last) parsed_tag_q <= parsed_tag_q + 1'b1;
  end

  skv_slack_fifo #(
    .data_t(raw_row_t),
    .Depth (RawDepth),
    .Slack (Slack)
  ) u_raw (
    .clk_i,
    .rst_ni,
    .push_i       (parsed_valid & parsed_raw_row),
    .data_i       ('{tag: parsed_tag_q, data: parsed_words}),
    .nearly_full_o(raw_nearly_full),
    .valid_o      (raw_valid),
    .pop_i        (raw_hit),
    .data_o       (raw_head)
  );

  // A truncated raw page has no data for its last rows.
  assign raw_hit = values_valid && values_raw && raw_valid && raw_head.tag == values_tag;

  // ---- Output ----

  typedef struct packed {
    row_t   data;
    logic   last;
    error_e error;
  } out_beat_t;

  out_beat_t out, head;
  logic      out_ready;

  assign out.data  = raw_hit ? raw_head.data : values;
  assign out.last  = values_last;
  assign out.error = out.last ? values_error : ErrOk;

  skv_fifo #(
    .data_t(out_beat_t),
    .Depth (OutDepth)
  ) u_out (
    .clk_i,
    .rst_ni,
    .valid_i(values_valid),
    .ready_o(out_ready),
    .data_i (out),
    .valid_o(m_axis_tvalid_o),
    .ready_i(m_axis_tready_i),
    .data_o (head)
  );

  assign m_axis_tdata_o = head.data;
  assign m_axis_tlast_o = head.last;
  assign m_axis_tuser_o = head.error;

  `SKV_ASSERT(RoomForEachRow, values_valid |-> out_ready)
  `SKV_ASSERT(PagesBounded, pages_q <= (PageW + 1)'(Pages))
  `SKV_ASSERT(RawRowsComplete,
              values_valid && values_raw && !raw_hit && out.last |-> values_error != ErrOk)

endmodule
