// The way of loads, prefetches and copies out: what to read, whether to write it, and how it ended.
//
// A prefetch is read only while no other read waits, but comes first while the page store drains,
// which waits for it.  It may be cancelled before the reading and before the writing.

`include "skv_assert.svh"

module dma_load
  import skv_mem_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             drain_i,
  input  logic [Slots-1:0] cancelled_i,
  input  logic             alloc_i,
  input  slot_t            alloc_slot_i,
  input  accepted_t        alloc_accepted_i,

  input  logic             copy_valid_i,
  output logic             copy_ready_o,
  input  slot_t            copy_slot_i,
  input  logic             load_valid_i,
  output logic             load_ready_o,
  input  slot_t            load_slot_i,
  input  logic             load_prefetch_i,
  input  place_of_t        load_place_i,

  output logic             read_valid_o,
  input  logic             read_ready_i,
  output read_job_t        read_o,
  input  logic             collected_valid_i,
  output logic             collected_ready_o,
  input  collected_t       collected_i,
  output logic             drop_valid_o,
  output buffer_t          drop_o,
  output logic             write_valid_o,
  input  logic             write_ready_i,
  output write_job_t       write_o,
  input  logic             written_valid_i,
  output logic             written_ready_o,
  input  written_t         written_i,

  output logic             result_valid_o,
  input  logic             result_ready_i,
  output result_t          result_o
);

  localparam int unsigned SlotW = $clog2(Slots);

  typedef logic [SlotW-1:0] index_t;

  // ---- Waiting for the read ----

  logic   [1:0] queue_in_valid, queue_in_ready, queue_valid, queue_ready;
  index_t [1:0] queue_in_slot, queue_slot;

  // 0: demands.  1: prefetches.
  assign queue_in_valid[0] = copy_valid_i | (load_valid_i & !load_prefetch_i);
  assign queue_in_slot[0]  = index_t'(load_valid_i && !load_prefetch_i ? load_slot_i : copy_slot_i);
  assign queue_in_valid[1] = load_valid_i & load_prefetch_i;
  assign queue_in_slot[1]  = index_t'(load_slot_i);
  assign load_ready_o      = queue_in_ready[load_prefetch_i];
  assign copy_ready_o      = queue_in_ready[0] & !(load_valid_i & !load_prefetch_i);

  for (genvar i = 0; i < 2; i++) begin : gen_queue
    skv_fifo #(
      .data_t(index_t),
      .Depth (Slots)
    ) u_queue (
      .clk_i,
      .rst_ni,
      .valid_i(queue_in_valid[i]),
      .ready_o(queue_in_ready[i]),
      .data_i (queue_in_slot[i]),
      .valid_o(queue_valid[i]),
      .ready_i(queue_ready[i]),
      .data_o (queue_slot[i])
    );
  end

  // ---- What to read: a copy's lines, or where its entry says that a page is ----

  typedef struct packed {
    logic   page;
    line_t  line;
    beats_t beats;
  } source_t;

  source_t   source;
  place_of_t place;
  slot_t     next_slot, read_slot;
  logic      next_valid, next_ready, prefetch_first, source_valid, source_take;

  assign prefetch_first = queue_valid[1] && (drain_i || !queue_valid[0]);
  assign next_valid     = |queue_valid;
  assign next_slot      = prefetch_first ? slot_t'(queue_slot[1]) : slot_t'(queue_slot[0]);
  assign queue_ready    = {next_ready & prefetch_first, next_ready & !prefetch_first};

  dma_fields #(
    .data_t(source_t),
    .Slots (Slots)
  ) u_sources (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i('{
      page: alloc_accepted_i.request.kind.page,
      line: alloc_accepted_i.request.target,
      beats: alloc_accepted_i.request.beats
    }),
    .valid_i(next_valid),
    .ready_o(next_ready),
    .slot_i (next_slot),
    .carry_i(next_slot),
    .valid_o(source_valid),
    .ready_i(source_take),
    .carry_o(read_slot),
    .data_o (source)
  );

  skv_sdpram #(
    .Width($bits(place_of_t)),
    .Depth(Slots)
  ) u_places (
    .clk_i,
    .we_i   (load_valid_i & load_ready_o),
    .waddr_i(index_t'(load_slot_i)),
    .wdata_i(load_place_i),
    .re_i   (next_valid & next_ready),
    .raddr_i(index_t'(next_slot)),
    .rdata_o(place)
  );

  logic      read_valid_q, read_void_q, read_void_ready;
  read_job_t read_q;

  assign source_take = source_valid & !read_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) read_valid_q <= 1'b0;
    else begin
      read_valid_q <= source_take
          | (read_valid_q & !(read_void_q ? read_void_ready : read_ready_i));
    end
  end

  always_ff @(posedge clk_i) begin
    if (source_take) begin
      read_void_q <= cancelled_i[index_t'(read_slot)];
      read_q <= '{
        slot: read_slot,
        line: source.page ? line_t'(place.address) : source.line,
        beats: source.page ? place.length : source.beats,
        codec: source.page,
        table_slot: place.table_slot,
        raw: place.raw,
        crc: place.crc
      };
    end
  end

  assign read_valid_o = read_valid_q & !read_void_q;
  assign read_o       = read_q;

  // ---- Read: whether and where it is written ----

  collected_t page;
  line_t      host;
  logic       page_valid, page_take, write_valid_q, write_void_q, write_void_ready, cancelled;
  write_job_t write_q;
  result_t    write_void_result_q;

  dma_fields #(
    .data_t (line_t),
    .carry_t(collected_t),
    .Slots  (Slots)
  ) u_hosts (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i(alloc_accepted_i.request.host),
    .valid_i(collected_valid_i),
    .ready_o(collected_ready_o),
    .slot_i (collected_i.slot),
    .carry_i(collected_i),
    .valid_o(page_valid),
    .ready_i(page_take),
    .carry_o(page),
    .data_o (host)
  );

  assign page_take = page_valid & !write_valid_q;
  assign cancelled = cancelled_i[index_t'(page.slot)];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) write_valid_q <= 1'b0;
    else begin
      write_valid_q <= page_take
          | (write_valid_q & !(write_void_q ? write_void_ready : write_ready_i));
    end
  end

  always_ff @(posedge clk_i) begin
    if (page_take) begin
      write_void_q        <= page.bus | page.bad | cancelled;
      write_void_result_q <= '{slot: page.slot, status: StatusCancelled, default: '0};
      if (page.bus) write_void_result_q.status <= StatusPoolBus;
      else if (page.bad) begin
        write_void_result_q.status <= StatusCorrupt;
        write_void_result_q.error  <= page.error;
      end
      write_q <= '{slot: page.slot, buffer: page.buffer, line: host, beats: page.beats};
    end
  end

  assign drop_valid_o  = page_take & cancelled & !page.bus & !page.bad;
  assign drop_o        = page.buffer;
  assign write_valid_o = write_valid_q & !write_void_q;
  assign write_o       = write_q;

  // ---- Written ----

  written_t written;
  beats_t   length;
  logic     end_valid, end_ready;
  result_t  end_result;

  dma_fields #(
    .data_t (beats_t),
    .carry_t(written_t),
    .Slots  (Slots)
  ) u_units (
    .clk_i,
    .rst_ni,
    .we_i   (source_take),
    .wslot_i(read_slot),
    .wdata_i(source.page ? place.length : '0),
    .valid_i(written_valid_i),
    .ready_o(written_ready_o),
    .slot_i (written_i.slot),
    .carry_i(written_i),
    .valid_o(end_valid),
    .ready_i(end_ready),
    .carry_o(written),
    .data_o (length)
  );

  assign end_result = '{
    slot: written.slot,
    status: written.bus ? StatusHostBus : StatusOk,
    error: '0,
    length: written.bus ? '0 : length
  };

  // ---- How they ended ----

  result_t read_void_result;
  assign read_void_result = '{slot: read_q.slot, status: StatusCancelled, default: '0};

  skv_merge #(
    .data_t(result_t),
    .Inputs(3)
  ) u_results (
    .clk_i,
    .rst_ni,
    .valid_i({read_valid_q & read_void_q, write_valid_q & write_void_q, end_valid}),
    .ready_o({read_void_ready, write_void_ready, end_ready}),
    .data_i ({read_void_result, write_void_result_q, end_result}),
    .valid_o(result_valid_o),
    .ready_i(result_ready_i),
    .data_o (result_o)
  );

  logic unused;
  assign unused = &{1'b0, alloc_accepted_i, page};

  `SKV_ASSERT(QueueRoom0, queue_in_valid[0] |-> queue_in_ready[0])
  `SKV_ASSERT(QueueRoom1, queue_in_valid[1] |-> queue_in_ready[1])
  `SKV_ASSERT(ReadHeld, read_valid_o && !read_ready_i |=> read_valid_o && $stable(read_o))
  `SKV_ASSERT(WriteHeld, write_valid_o && !write_ready_i |=> write_valid_o && $stable(write_o))
  `SKV_COVER(PrefetchWaits, queue_valid == 2'b11 && !drain_i)
  `SKV_COVER(PrefetchDrains, queue_valid == 2'b11 && drain_i)
  `SKV_COVER(CancelledUnread, read_valid_q && read_void_q)
  `SKV_COVER(CancelledRead, drop_valid_o)

endmodule
