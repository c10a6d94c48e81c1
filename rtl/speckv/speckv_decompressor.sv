// speckv decompressor: stored pages in, raw pages out, in order.
//
// s_axis_table: table images (docs/speckv-format.md), TUSER the slot; taken while no page is inside.
// s_axis: 1 to 64 beats a page, TLAST on the last; TUSER a source_t.
// m_axis: 64 beats a page, TLAST on the 64th, where TUSER is the page's error_e.  The data of a page
// with an error are not to be used; they are zeros where it was known before decoding.
//
// Sustains a raw beat a cycle on any page, back to back.  A page is decoded once it is wholly in:
// its first row leaves 62 cycles after its last stored beat came.  Nothing stalls in between; a page
// starts only when the output queue has room for all of it.  No input stops it.

`include "skv_assert.svh"

module speckv_decompressor
  import speckv_pkg::*;
#(
  parameter int unsigned Slots = 256
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         s_axis_table_tvalid_i,
  output logic         s_axis_table_tready_o,
  input  logic [511:0] s_axis_table_tdata_i,
  input  logic         s_axis_table_tlast_i,
  input  logic [7:0]   s_axis_table_tuser_i,
  output logic         loaded_valid_o,
  output logic [7:0]   loaded_slot_o,
  output logic         loaded_ok_o,

  input  logic         s_axis_tvalid_i,
  output logic         s_axis_tready_o,
  input  row_t         s_axis_tdata_i,
  input  logic         s_axis_tlast_i,
  input  source_t      s_axis_tuser_i,

  output logic         m_axis_tvalid_o,
  input  logic         m_axis_tready_i,
  output row_t         m_axis_tdata_o,
  output logic         m_axis_tlast_o,
  output error_e       m_axis_tuser_o
);

  `SKV_CHECK_PARAM(Lanes, Lanes == 16 || Lanes == 32)

  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned PageSlots = 4;
  localparam int unsigned PageSlotW = $clog2(PageSlots);
  localparam int unsigned OutPages = 4;
  localparam int unsigned OutDepth = OutPages * Rows;
  localparam int unsigned CreditW = $clog2(OutPages) + 1;

  // ---- Tables ----

  logic          hold, idle, pages_idle, table_we;
  logic [7:0]    table_slot, lookup_slot;
  logic [3:0]    table_index;
  entry_t [7:0]  entries;
  logic          lookup_valid;
  config_t       lookup_config;
  logic [31:0]   lookup_crc;

  speckv_table_loader #(
    .Slots(Slots)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .s_axis_table_tvalid_i,
    .s_axis_table_tready_o,
    .s_axis_table_tdata_i,
    .s_axis_table_tlast_i,
    .s_axis_table_tuser_i,
    .hold_o         (hold),
    .idle_i         (idle),
    .write_valid_o  (table_we),
    .write_slot_o   (table_slot),
    .write_index_o  (table_index),
    .write_entries_o(entries),
    .loaded_valid_o,
    .loaded_slot_o,
    .loaded_ok_o,
    .lookup_slot_i  (lookup_slot),
    .lookup_valid_o (lookup_valid),
    .lookup_config_o(lookup_config),
    .lookup_crc_o   (lookup_crc)
  );

  // ---- Pages in ----

  logic                 page_done, we;
  logic [PageSlotW-1:0] wslot;
  logic [RowW-1:0]      wrow;
  row_t                 wdata;
  logic                 page_in_valid, page_in_ready, page_valid, start;
  page_t                page_in, page;

  speckv_intake #(
    .PageSlots(PageSlots)
  ) u_intake (
    .clk_i,
    .rst_ni,
    .s_axis_tvalid_i,
    .s_axis_tready_o,
    .s_axis_tdata_i,
    .s_axis_tlast_i,
    .s_axis_tuser_i,
    .hold_i         (hold),
    .page_done_i    (page_done),
    .idle_o         (pages_idle),
    .lookup_slot_o  (lookup_slot),
    .lookup_valid_i (lookup_valid),
    .lookup_config_i(lookup_config),
    .lookup_crc_i   (lookup_crc),
    .we_o           (we),
    .wslot_o        (wslot),
    .wrow_o         (wrow),
    .wdata_o        (wdata),
    .page_valid_o   (page_in_valid),
    .page_o         (page_in)
  );

  skv_fifo #(
    .data_t(page_t),
    .Depth (PageSlots)
  ) u_pages (
    .clk_i,
    .rst_ni,
    .valid_i(page_in_valid),
    .ready_o(page_in_ready),
    .data_i (page_in),
    .valid_o(page_valid),
    .ready_i(start),
    .data_o (page)
  );

  // ---- Start: 64 rows without a pause, once there is room for all of them ----

  logic [CreditW-1:0]   credit_q;  // pages the output queue has room for
  logic                 running_q, page_sent;
  logic [PageSlotW-1:0] start_slot_q;
  row_info_t            row_d, row_q;
  logic [RowW-1:0]      row_index_q;

  assign start = page_valid && credit_q != '0 && (!running_q || row_index_q == '1);
  assign idle  = pages_idle;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      credit_q     <= CreditW'(OutPages);
      running_q    <= 1'b0;
      row_index_q  <= '0;
      start_slot_q <= '0;
    end else begin
      credit_q <= credit_q - CreditW'(start) + CreditW'(page_sent);
      if (start) begin
        running_q    <= 1'b1;
        row_index_q  <= '0;
        start_slot_q <= start_slot_q + 1'b1;
      end else if (running_q) begin
        row_index_q <= row_index_q + 1'b1;
        if (row_index_q == '1) running_q <= 1'b0;
      end
    end
  end

  // The row that goes to the planes next; row_q is that of this cycle.
  logic [1:0] load;
  page_t      now, page_q;
  logic       odd, odd_q;

  assign now  = start ? page : page_q;
  assign odd  = start ? start_slot_q[0] : odd_q;
  assign load = {start & start_slot_q[0], start & !start_slot_q[0]};

  always_comb begin
    row_d.index    = start ? '0 : row_index_q + 1'b1;
    row_d.valid    = start || (running_q && row_index_q != '1);
    row_d.last     = row_d.index == '1;
    row_d.odd      = odd;
    row_d.raw      = now.raw;
    row_d.error    = now.error;
    row_d.settings = now.settings;
    row_d.slot     = now.slot;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) row_q <= '0;
    else row_q <= row_d;
  end

  always_ff @(posedge clk_i) begin
    odd_q <= odd;
    page_q <= now;
  end

  // ---- Page memories: even and odd pages, for the planes and for the tail ----

  logic [1:0]                planes_read, tail_read;
  logic [1:0][RowW-1:0]      planes_row, tail_row;
  row_t [1:0]                planes_data, tail_data;
  logic [1:0][PageSlotW-2:0] half, half_q;  // which of the even pages, of the odd ones

  for (genvar p = 0; p < 2; p++) begin : gen_memory
    assign half[p] = load[p] ? start_slot_q[PageSlotW-1:1] : half_q[p];

    always_ff @(posedge clk_i) half_q[p] <= half[p];

    skv_sdpram #(
      .Width(RowBits),
      .Depth(PageSlots / 2 * Rows)
    ) u_planes (
      .clk_i,
      .we_i   (we && wslot[0] == 1'(p)),
      .waddr_i({wslot[PageSlotW-1:1], wrow}),
      .wdata_i(wdata),
      .re_i   (planes_read[p]),
      .raddr_i({half[p], planes_row[p]}),
      .rdata_o(planes_data[p])
    );

    skv_sdpram #(
      .Width(RowBits),
      .Depth(PageSlots / 2 * Rows)
    ) u_tail (
      .clk_i,
      .we_i   (we && wslot[0] == 1'(p)),
      .waddr_i({wslot[PageSlotW-1:1], wrow}),
      .wdata_i(wdata),
      .re_i   (tail_read[p]),
      .raddr_i({half[p], tail_row[p]}),
      .rdata_o(tail_data[p])
    );
  end

  // ---- Ranks ----

  classes_t         classes, late_classes;
  ranks_t           ranks, late_ranks;
  logic [1:0][14:0] plane_bits;
  row_info_t        late_row;

  logic [7:0][ClassW-1:0]               entry_classes;
  logic [7:0][$bits(decoder_fields_t)-1:0] entry_fields;
  always_comb begin
    for (int unsigned i = 0; i < 8; i++) begin
      entry_classes[i] = entries[i].class_id;
      entry_fields[i]  = {entries[i].exponent, entries[i].step, entries[i].mean};
    end
  end

  speckv_table_memory #(
    .Slots(Slots),
    .Width(ClassW)
  ) u_classes (
    .clk_i,
    .we_i    (table_we),
    .wslot_i (SlotW'(table_slot)),
    .windex_i(table_index),
    .wdata_i (entry_classes),
    .rslot_i (SlotW'(row_d.slot)),
    .rgroup_i(channel_group(row_d.index[GroupW-1:0], row_d.settings.hd128)),
    .rdata_o (classes)
  );

  speckv_planes u_planes (
    .clk_i,
    .rst_ni,
    .load_i   (load),
    .read_o   (planes_read),
    .row_o    (planes_row),
    .data_i   (planes_data),
    .taken_o  (plane_bits),
    .coded_i  (row_q.valid && !row_q.raw && row_q.error == ErrOk),
    .odd_i    (row_q.odd),
    .classes_i(classes),
    .classes_o(late_classes),
    .ranks_o  (ranks)
  );

  skv_delay #(
    .data_t(row_info_t),
    .Depth (Planes * Skew)
  ) u_row (
    .clk_i,
    .rst_ni,
    .data_i(row_q),
    .data_o(late_row)
  );

  // ---- Low bits and escapes ----

  localparam int unsigned TailLatency = 5;

  row_info_t             tail_info, ranked;
  mask_t                 exact;
  row_t                  words;
  logic [Lanes-1:0][9:0] low;
  logic [Planes*Skew-1:0] row_valid_q;

  // What is in the delay line is of no row unless it came after the reset.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) row_valid_q <= '0;
    else row_valid_q <= {row_valid_q[Planes*Skew-2:0], row_q.valid};
  end

  always_comb begin
    ranked = late_row;
    ranked.valid = row_valid_q[Planes*Skew-1];
  end

  speckv_tail u_tail (
    .clk_i,
    .rst_ni,
    .load_i      (load),
    .raw_i       (page.raw),
    .units_i     (page.size),
    .read_o      (tail_read),
    .row_o       (tail_row),
    .data_i      (tail_data),
    .plane_bits_i(plane_bits),
    .info_i      (ranked),
    .classes_i   (late_classes),
    .ranks_i     (ranks),
    .info_o      (tail_info),
    .exact_o     (exact),
    .words_o     (words),
    .low_o       (low)
  );

  skv_delay #(
    .data_t(ranks_t),
    .Depth (TailLatency)
  ) u_ranks (
    .clk_i,
    .rst_ni,
    .data_i(ranks),
    .data_o(late_ranks)
  );

  // A page's slot is free once its last row has its words.
  assign page_done = tail_info.valid & tail_info.last;

  // ---- Values ----

  decoder_fields_t [Lanes-1:0] fields;

  speckv_table_memory #(
    .Slots(Slots),
    .Width($bits(decoder_fields_t))
  ) u_fields (
    .clk_i,
    .we_i    (table_we),
    .wslot_i (SlotW'(table_slot)),
    .windex_i(table_index),
    .wdata_i (entry_fields),
    .rslot_i (SlotW'(tail_info.slot)),
    .rgroup_i(channel_group(tail_info.index[GroupW-1:0], tail_info.settings.hd128)),
    .rdata_o (fields)
  );

  typedef struct packed {
    row_t   data;
    logic   last;
    error_e error;
  } out_t;

  out_t out, head;
  logic out_valid, out_ready;

  speckv_dequantize u_dequantize (
    .clk_i,
    .rst_ni,
    .info_i  (tail_info),
    .ranks_i (late_ranks),
    .low_i   (low),
    .exact_i (exact),
    .words_i (words),
    .fields_i(fields),
    .valid_o (out_valid),
    .last_o  (out.last),
    .error_o (out.error),
    .row_o   (out.data)
  );

  // ---- Out ----

  skv_ram_fifo #(
    .data_t(out_t),
    .Depth (OutDepth)
  ) u_out (
    .clk_i,
    .rst_ni,
    .valid_i(out_valid),
    .ready_o(out_ready),
    .data_i (out),
    .valid_o(m_axis_tvalid_o),
    .ready_i(m_axis_tready_i),
    .data_o (head)
  );

  assign page_sent      = m_axis_tvalid_o & m_axis_tready_i & head.last;
  assign m_axis_tdata_o = head.data;
  assign m_axis_tlast_o = head.last;
  assign m_axis_tuser_o = head.error;

  `SKV_ASSERT(PageQueued, page_in_valid |-> page_in_ready)
  `SKV_ASSERT(RoomForEachRow, out_valid |-> out_ready)

endmodule
