// speckv compressor: raw pages in, stored pages out, in order.
//
// s_axis_table: table images (docs/speckv-format.md), TUSER the slot; taken while no page is inside.
// s_axis: 64 beats a page, TLAST on the 64th; TUSER on a page's first beat is its table's slot.
// m_axis: 1 to 64 beats a page, TLAST on the last; TUSER a stored_t.
//
// Sustains a raw beat a cycle on any data.  A page is buffered before it is coded, for its rows to
// come without a pause, and before it is sent, for its length and whether it shrinks at all: two
// passes of 64 cycles.  Beyond those the latency is 64 cycles.  Nothing stalls between the buffers: a
// page is taken in only when a slot of the page buffers is free for it.

`include "skv_assert.svh"

module speckv_compressor
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
  input  logic [7:0]   s_axis_tuser_i,

  output logic         m_axis_tvalid_o,
  input  logic         m_axis_tready_i,
  output row_t         m_axis_tdata_o,
  output logic         m_axis_tlast_o,
  output stored_t      m_axis_tuser_o
);

  `SKV_CHECK_PARAM(Lanes, Lanes == 16 || Lanes == 32)

  localparam int unsigned SlotW = $clog2(Slots);
  localparam int unsigned PageSlots = 8;
  localparam int unsigned PageSlotW = $clog2(PageSlots);

  // ---- Tables ----

  logic         hold, table_we;
  logic [7:0]   table_slot;
  logic [3:0]   table_index;
  entry_t [7:0] entries;
  logic         lookup_valid;
  config_t      lookup_config;
  logic [31:0]  lookup_crc;

  logic [PageSlotW:0] pages_q;

  typedef struct packed {
    logic [7:0] slot;
    logic       malformed;
  } taken_t;

  taken_t     taken, waiting;
  logic       waiting_valid;
  logic [7:0] slot_q;  // of the page that is coming in

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
    .idle_i         (pages_q == '0),
    .write_valid_o  (table_we),
    .write_slot_o   (table_slot),
    .write_index_o  (table_index),
    .write_entries_o(entries),
    .loaded_valid_o,
    .loaded_slot_o,
    .loaded_ok_o,
    .lookup_slot_i  (waiting_valid ? waiting.slot : slot_q),
    .lookup_valid_o (lookup_valid),
    .lookup_config_o(lookup_config),
    .lookup_crc_o   (lookup_crc)
  );

  // ---- Intake: pages of 64 rows ----

  typedef struct packed {
    row_t       data;
    logic       last;
    logic [7:0] slot;
  } beat_t;

  beat_t           in;
  logic            in_valid, in_ready;
  logic            row_valid, row_last, row_malformed, page_room;
  row_t            row;
  logic [RowW-1:0] row_index;
  logic [7:0]      row_slot;

  skv_skid #(
    .data_t(beat_t)
  ) u_in (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_tvalid_i),
    .ready_o(s_axis_tready_o),
    .data_i ('{data: s_axis_tdata_i, last: s_axis_tlast_i, slot: s_axis_tuser_i}),
    .valid_o(in_valid),
    .ready_i(in_ready),
    .data_o (in)
  );

  skv_page_framer #(
    .data_t(row_t),
    .user_t(logic [7:0]),
    .Rows  (Rows)
  ) u_framer (
    .clk_i,
    .rst_ni,
    .valid_i    (in_valid),
    .ready_o    (in_ready),
    .data_i     (in.data),
    .last_i     (in.last),
    .user_i     (in.slot),
    .page_room_i(page_room),
    .valid_o    (row_valid),
    .row_o      (row),
    .index_o    (row_index),
    .last_o     (row_last),
    .malformed_o(row_malformed),
    .user_o     (row_slot)
  );

  // Pages use the slots of all buffers in turn, from their first row to their last beat.
  logic                 page_in, page_out;
  logic [PageSlotW-1:0] in_slot_q;

  assign page_in   = row_valid && row_index == '0;
  assign page_room = !pages_q[PageSlotW] && !hold;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pages_q   <= '0;
      in_slot_q <= '0;
    end else begin
      pages_q <= pages_q + (PageSlotW + 1)'(page_in) - (PageSlotW + 1)'(page_out);
      if (row_valid && row_last) in_slot_q <= in_slot_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) if (page_in) slot_q <= row_slot;

  // ---- Waiting pages, their tables looked up ----

  logic waiting_in_ready, looked_up_q, start;

  assign taken = '{slot: slot_q, malformed: row_malformed};

  skv_fifo #(
    .data_t(taken_t),
    .Depth (PageSlots)
  ) u_waiting (
    .clk_i,
    .rst_ni,
    .valid_i(row_valid && row_last),
    .ready_o(waiting_in_ready),
    .data_i (taken),
    .valid_o(waiting_valid),
    .ready_i(start),
    .data_o (waiting)
  );

  // ---- Second pass: rows without a pause ----

  logic                 running_q;
  logic [RowW-1:0]      run_index, run_index_q;
  logic [PageSlotW-1:0] run_slot, run_slot_q, next_slot_q;
  logic                 run_valid;
  config_t              run_config, run_config_q;
  logic [7:0]           run_table, run_table_q;

  assign start      = waiting_valid && looked_up_q && (!running_q || run_index_q == '1);
  assign run_valid  = start || (running_q && run_index_q != '1);
  assign run_index  = start ? '0 : run_index_q + 1'b1;
  assign run_slot   = start ? next_slot_q : run_slot_q;
  assign run_config = start ? lookup_config : run_config_q;
  assign run_table  = start ? waiting.slot : run_table_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      looked_up_q <= 1'b0;
      running_q   <= 1'b0;
      next_slot_q <= '0;
    end else begin
      looked_up_q <= waiting_valid ? !start : row_valid && row_last;
      running_q   <= run_valid;
      if (start) next_slot_q <= next_slot_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    run_index_q  <= run_index;
    run_slot_q   <= run_slot;
    run_config_q <= run_config;
    run_table_q  <= run_table;
  end

  // What is known of a page when it starts.
  typedef struct packed {
    logic        malformed;
    logic        untabled;
    logic [7:0]  slot;
    logic [31:0] seed;
  } started_t;

  started_t started;
  logic     started_in_ready, started_valid, finish;

  skv_fifo #(
    .data_t(started_t),
    .Depth (PageSlots)
  ) u_started (
    .clk_i,
    .rst_ni,
    .valid_i(start),
    .ready_o(started_in_ready),
    .data_i ('{
      malformed: waiting.malformed,
      untabled: !lookup_valid,
      slot: waiting.slot,
      seed: lookup_crc
    }),
    .valid_o(started_valid),
    .ready_i(finish),
    .data_o (started)
  );

  // ---- Page memories ----

  logic            emit;
  logic [RowW-1:0] emit_row, emit_tail_row;
  logic [PageSlotW-1:0] emit_slot_q;
  row_t            run_row, raw_data;

  skv_sdpram #(
    .Width(RowBits),
    .Depth(PageSlots * Rows)
  ) u_rows (
    .clk_i,
    .we_i   (row_valid),
    .waddr_i({in_slot_q, row_index}),
    .wdata_i(row),
    .re_i   (run_valid),
    .raddr_i({run_slot, run_index}),
    .rdata_o(run_row)
  );

  skv_sdpram #(
    .Width(RowBits),
    .Depth(PageSlots * Rows)
  ) u_raw (
    .clk_i,
    .we_i   (row_valid),
    .waddr_i({in_slot_q, row_index}),
    .wdata_i(row),
    .re_i   (emit),
    .raddr_i({emit_slot_q, emit_row}),
    .rdata_o(raw_data)
  );

  // ---- Ranks ----

  localparam int unsigned QuantizeLatency = 8;
  localparam int unsigned EncodeLatency = 3;

  logic [7:0][$bits(encoder_fields_t)-1:0] entry_fields;
  always_comb begin
    for (int unsigned i = 0; i < 8; i++) begin
      entry_fields[i] = {
        entries[i].class_id, entries[i].exponent, entries[i].rcp, entries[i].mean
      };
    end
  end

  encoder_fields_t [Lanes-1:0] fields;

  speckv_table_memory #(
    .Slots(Slots),
    .Width($bits(encoder_fields_t))
  ) u_fields (
    .clk_i,
    .we_i    (table_we),
    .wslot_i (SlotW'(table_slot)),
    .windex_i(table_index),
    .wdata_i (entry_fields),
    .rslot_i (SlotW'(run_table)),
    .rgroup_i(channel_group(run_index[GroupW-1:0], run_config.hd128)),
    .rdata_o (fields)
  );

  ranks_t       ranks;
  classes_t     classes;
  mask_t        escapes;
  mask_t [9:0]  low;

  speckv_quantize u_quantize (
    .clk_i,
    .rst_ni,
    .valid_i   (running_q),
    .row_i     (run_row),
    .index_i   (run_index_q),
    .settings_i(run_config_q),
    .fields_i  (fields),
    .ranks_o   (ranks),
    .classes_o (classes),
    .escapes_o (escapes),
    .low_o     (low)
  );

  // Beside it, what belongs to the row.
  typedef struct packed {
    logic valid;
    logic first;
    logic last;
    logic odd;
  } mark_t;

  mark_t [QuantizeLatency+EncodeLatency-1:0] mark_q;
  logic [3:0] low_bits;
  row_t       late_row;

  typedef struct packed {
    logic [3:0] low_bits;
    row_t       row;
  } late_t;

  late_t late;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      mark_q <= '0;
    end else begin
      mark_q <= {
        mark_q[QuantizeLatency+EncodeLatency-2:0],
        mark_t'{
          valid: running_q,
          first: running_q && run_index_q == '0,
          last: running_q && run_index_q == '1,
          odd: run_slot_q[0]
        }
      };
    end
  end

  skv_delay #(
    .data_t(late_t),
    .Depth (QuantizeLatency)
  ) u_late (
    .clk_i,
    .rst_ni,
    .data_i('{low_bits: run_config_q.low_bits, row: run_row}),
    .data_o(late)
  );

  assign low_bits = late.low_bits;
  assign late_row = late.row;

  // ---- Plane streams ----

  mask_t [Planes-1:0] active, bits, late_active, late_bits, segments;
  mark_t              coded_mark;
  logic [Skew*(Planes-1)-1:0] odd_q;
  logic [Skew*(Planes-1)-1:0] last_q;
  lane_count_t [1:0][Planes-1:0] counts_q;
  logic [1:0]         page_first_q, page_last_q;
  logic [1:0][7:0]    tag_q;

  speckv_encode u_encode (
    .clk_i,
    .valid_i  (mark_q[QuantizeLatency-1].valid),
    .ranks_i  (ranks),
    .classes_i(classes),
    .active_o (active),
    .bits_o   (bits)
  );

  assign coded_mark = mark_q[QuantizeLatency+EncodeLatency-1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_q <= '0;
    else last_q <= {last_q[Skew*(Planes-1)-2:0], coded_mark.last};
  end

  always_ff @(posedge clk_i) odd_q <= {odd_q[Skew*(Planes-1)-2:0], coded_mark.odd};

  for (genvar d = 0; d < Planes; d++) begin : gen_plane
    logic odd, valid;

    if (d == 0) begin : gen_first
      assign late_active[d] = active[d];
      assign late_bits[d]   = bits[d];
      assign odd            = coded_mark.odd;
      assign valid          = coded_mark.valid;
    end else begin : gen_later
      typedef struct packed {
        mask_t active;
        mask_t bits;
      } plane_t;

      plane_t                delayed;
      logic [Skew*d-1:0]     valid_q;

      always_ff @(posedge clk_i) begin
        if (!rst_ni) valid_q <= '0;
        else valid_q <= {valid_q[Skew*d-2:0], coded_mark.valid};
      end

      skv_delay #(
        .data_t(plane_t),
        .Depth (Skew * d)
      ) u_delay (
        .clk_i,
        .rst_ni,
        .data_i('{active: active[d], bits: bits[d]}),
        .data_o(delayed)
      );

      assign late_active[d] = delayed.active;
      assign late_bits[d]   = delayed.bits;
      assign odd            = odd_q[Skew*d-1];
      assign valid          = valid_q[Skew*d-1];
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        counts_q[0][d] <= '0;
        counts_q[1][d] <= '0;
      end else begin
        counts_q[0][d] <= valid && !odd ? lane_count_t'($countones(late_active[d])) : '0;
        counts_q[1][d] <= valid && odd ? lane_count_t'($countones(late_active[d])) : '0;
      end
    end

    speckv_compact u_compact (
      .clk_i,
      .valid_i (valid),
      .mask_i  (late_active[d]),
      .planes_i(late_bits[d]),
      .planes_o(segments[d])
    );
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      page_first_q <= '0;
      page_last_q  <= '0;
    end else begin
      page_first_q <= {2{coded_mark.first}} & {coded_mark.odd, !coded_mark.odd};
      page_last_q  <= {2{last_q[Skew*(Planes-1)-1]}}
                    & {odd_q[Skew*(Planes-1)-1], !odd_q[Skew*(Planes-1)-1]};
    end
  end

  always_ff @(posedge clk_i) if (start) tag_q[next_slot_q[0]] <= lookup_crc[7:0];

  logic [1:0]                      planes_write, planes_done;
  logic [1:0][RowW-1:0]            planes_row;
  row_t [1:0]                      planes_wdata;
  logic [1:0][14:0]                planes_bits;
  logic [1:0][PageSlotW-2:0]       planes_half_q;
  row_t [1:0]                      planes_data;

  logic [1:0]                      tail_write;
  logic [1:0][RowW-1:0]            tail_row;
  row_t [1:0]                      tail_wdata, tail_data;
  logic [1:0][PageSlotW-2:0]       tail_half_q;
  logic                            tail_done, tail_over;
  logic [11:0]                     tail_words;

  for (genvar p = 0; p < 2; p++) begin : gen_page
    speckv_plane_packer u_packer (
      .clk_i,
      .rst_ni,
      .first_i   (page_first_q[p]),
      .last_i    (page_last_q[p]),
      .tag_i     (tag_q[p]),
      .counts_i  (counts_q[p]),
      .segments_i(segments),
      .write_o   (planes_write[p]),
      .row_o     (planes_row[p]),
      .data_o    (planes_wdata[p]),
      .done_o    (planes_done[p]),
      .bits_o    (planes_bits[p])
    );

    skv_sdpram #(
      .Width(RowBits),
      .Depth(PageSlots / 2 * Rows)
    ) u_planes (
      .clk_i,
      .we_i   (planes_write[p]),
      .waddr_i({planes_half_q[p], planes_row[p]}),
      .wdata_i(planes_wdata[p]),
      .re_i   (emit),
      .raddr_i({emit_slot_q[PageSlotW-1:1], emit_row}),
      .rdata_o(planes_data[p])
    );

    skv_sdpram #(
      .Width(RowBits),
      .Depth(PageSlots / 2 * Rows)
    ) u_tail (
      .clk_i,
      .we_i   (tail_write[p]),
      .waddr_i({tail_half_q[p], tail_row[p]}),
      .wdata_i(tail_wdata[p]),
      .re_i   (emit),
      .raddr_i({emit_slot_q[PageSlotW-1:1], emit_tail_row}),
      .rdata_o(tail_data[p])
    );
  end

  // ---- Tail streams ----

  mask_t [15:0] values;
  mark_t        quantized_mark;
  logic         tail_odd_q;

  assign quantized_mark = mark_q[QuantizeLatency-1];

  always_comb begin
    for (int unsigned b = 0; b < 16; b++) begin
      for (int unsigned i = 0; i < Lanes; i++) values[b][i] = late_row[i][b];
    end
  end

  speckv_tail_packer u_tail_packer (
    .clk_i,
    .rst_ni,
    .valid_i   (quantized_mark.valid),
    .first_i   (quantized_mark.first),
    .last_i    (quantized_mark.last),
    .odd_i     (quantized_mark.odd),
    .low_bits_i(low_bits),
    .low_i     (low),
    .escapes_i (escapes),
    .values_i  (values),
    .write_o   (tail_write),
    .row_o     (tail_row),
    .data_o    (tail_wdata),
    .done_o    (tail_done),
    .words_o   (tail_words),
    .over_o    (tail_over)
  );

  // Each parity's pages take its slots in turn.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      planes_half_q <= '0;
      tail_half_q   <= '0;
      tail_odd_q    <= 1'b0;
    end else begin
      for (int unsigned p = 0; p < 2; p++) begin
        if (planes_done[p]) planes_half_q[p] <= planes_half_q[p] + 1'b1;
      end
      if (tail_done) begin
        tail_half_q[tail_odd_q] <= tail_half_q[tail_odd_q] + 1'b1;
        tail_odd_q <= !tail_odd_q;
      end
    end
  end

  typedef struct packed {
    logic        over;
    logic [11:0] words;
  } tail_t;

  tail_t tail;
  logic  tail_in_ready, tail_valid;

  skv_fifo #(
    .data_t(tail_t),
    .Depth (PageSlots)
  ) u_tails (
    .clk_i,
    .rst_ni,
    .valid_i(tail_done),
    .ready_o(tail_in_ready),
    .data_i ('{over: tail_over, words: tail_words}),
    .valid_o(tail_valid),
    .ready_i(finish),
    .data_o (tail)
  );

  // ---- Finished pages ----

  logic [14:0]  bits_done;
  logic [16:0]  page_bits;
  logic         finished_in_ready, finished_valid, finished_ready, raw;
  finished_t    finished_d, finished;
  logic [RowW+1:0] length;

  assign finish    = |planes_done;
  assign bits_done = planes_done[1] ? planes_bits[1] : planes_bits[0];
  assign page_bits = 17'(bits_done) + {1'b0, tail.words, 4'b0};
  assign length    = (RowW + 2)'((page_bits + 17'(RowBits - 1)) >> RowBitW);
  assign raw       = length > (RowW + 2)'(MaxUnits) || tail.over || started.untabled;

  assign finished_d = '{
    raw: raw,
    malformed: started.malformed,
    untabled: started.untabled,
    slot: started.slot,
    seed: started.seed,
    size: raw ? (RowW + 1)'(Rows) : (RowW + 1)'(length),
    plane_rows: (RowW + 1)'((bits_done + 15'(RowBits - 1)) >> RowBitW),
    tail_rows: (RowW + 1)'((tail.words + 12'(Lanes - 1)) >> LaneW)
  };

  skv_fifo #(
    .data_t(finished_t),
    .Depth (PageSlots)
  ) u_finished (
    .clk_i,
    .rst_ni,
    .valid_i(finish),
    .ready_o(finished_in_ready),
    .data_i (finished_d),
    .valid_o(finished_valid),
    .ready_i(finished_ready),
    .data_o (finished)
  );

  // ---- Out ----

  logic emit_odd_q;

  assign page_out = finished_valid & finished_ready;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) emit_slot_q <= '0;
    else if (page_out) emit_slot_q <= emit_slot_q + 1'b1;
  end

  always_ff @(posedge clk_i) emit_odd_q <= emit_slot_q[0];

  speckv_emitter u_emitter (
    .clk_i,
    .rst_ni,
    .page_valid_i (finished_valid),
    .page_ready_o (finished_ready),
    .page_i       (finished),
    .read_o       (emit),
    .raw_row_o    (emit_row),
    .tail_row_o   (emit_tail_row),
    .raw_data_i   (raw_data),
    .planes_data_i(planes_data[emit_odd_q]),
    .tail_data_i  (tail_data[emit_odd_q]),
    .m_axis_tvalid_o,
    .m_axis_tready_i,
    .m_axis_tdata_o,
    .m_axis_tlast_o,
    .m_axis_tuser_o
  );

  `SKV_ASSERT(WaitingQueued, row_valid && row_last |-> waiting_in_ready)
  `SKV_ASSERT(StartedQueued, start |-> started_in_ready)
  `SKV_ASSERT(TailQueued, tail_done |-> tail_in_ready)
  `SKV_ASSERT(FinishedQueued, finish |-> finished_in_ready)
  `SKV_ASSERT(TailBeforePlanes, finish |-> tail_valid && started_valid)
  `SKV_ASSERT(OnePageAtATime, planes_done != 2'b11)

endmodule
