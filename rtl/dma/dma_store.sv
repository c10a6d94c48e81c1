// The way of stores and copies in: what to read, where the page store has room for it, what to
// write, and the page's entry once it is written.

`include "skv_assert.svh"

module dma_store
  import skv_mem_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic                alloc_i,
  input  slot_t               alloc_slot_i,
  input  accepted_t           alloc_accepted_i,

  input  logic                copy_valid_i,
  output logic                copy_ready_o,
  input  slot_t               copy_slot_i,
  input  logic                store_valid_i,
  output logic                store_ready_o,
  input  slot_t               store_slot_i,

  output logic                read_valid_o,
  input  logic                read_ready_i,
  output read_job_t           read_o,
  input  logic                collected_valid_i,
  output logic                collected_ready_o,
  input  collected_t          collected_i,
  output logic                drop_valid_o,
  output buffer_t             drop_o,
  output logic                write_valid_o,
  input  logic                write_ready_i,
  output write_job_t          write_o,
  input  logic                written_valid_i,
  output logic                written_ready_o,
  input  written_t            written_i,

  output logic                place_valid_o,
  input  logic                place_ready_i,
  output place_t              place_o,
  input  logic                placed_valid_i,
  output logic                placed_ready_o,
  input  placed_t             placed_i,
  output logic                map_valid_o,
  input  logic                map_ready_i,
  output map_t                map_o,
  input  logic                mapped_valid_i,
  output logic                mapped_ready_o,
  input  mapped_t             mapped_i,

  output logic                result_valid_o,
  input  logic                result_ready_i,
  output result_t             result_o
);

  localparam int unsigned SlotW = $clog2(Slots);

  typedef logic [SlotW-1:0] index_t;

  request_t request;
  vpn_t     alloc_vpn;
  assign request   = alloc_accepted_i.request;
  assign alloc_vpn = request.target[57:6];

  // ---- What to read ----

  typedef struct packed {
    logic       page;
    line_t      line;
    beats_t     beats;
    logic [7:0] table_slot;
  } source_t;

  source_t source;
  index_t  queue_slot;
  slot_t   read_slot;
  logic    read_in_ready, queue_valid, queue_ready;

  assign store_ready_o = read_in_ready;
  assign copy_ready_o  = read_in_ready & !store_valid_i;

  skv_fifo #(
    .data_t(index_t),
    .Depth (Slots)
  ) u_reads (
    .clk_i,
    .rst_ni,
    .valid_i(store_valid_i | copy_valid_i),
    .ready_o(read_in_ready),
    .data_i (index_t'(store_valid_i ? store_slot_i : copy_slot_i)),
    .valid_o(queue_valid),
    .ready_i(queue_ready),
    .data_o (queue_slot)
  );

  dma_fields #(
    .data_t(source_t),
    .Slots (Slots)
  ) u_sources (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i('{
      page: request.kind.page,
      line: request.host,
      beats: request.beats,
      table_slot: request.table_slot
    }),
    .valid_i(queue_valid),
    .ready_o(queue_ready),
    .slot_i (slot_t'(queue_slot)),
    .carry_i(slot_t'(queue_slot)),
    .valid_o(read_valid_o),
    .ready_i(read_ready_i),
    .carry_o(read_slot),
    .data_o (source)
  );

  assign read_o = '{
    slot: read_slot,
    line: source.line,
    beats: source.beats,
    codec: source.page,
    table_slot: source.table_slot,
    raw: 1'b0,
    crc: '0
  };

  // ---- Read: a page is placed, a copy is written ----

  typedef struct packed {
    index_t slot;
    beats_t length;
  } placing_t;

  placing_t placing;
  logic     failed, failed_ready, place_in_ready, copy_in_ready, placing_valid, placing_ready;
  logic     collect;
  result_t  failed_result;
  index_t   collected_slot;

  assign collected_slot = index_t'(collected_i.slot);
  assign failed         = collected_i.bus | collected_i.bad;
  assign collect        = collected_valid_i & collected_ready_o;
  assign failed_result  = '{
    slot: collected_i.slot,
    status: collected_i.bus ? StatusHostBus : StatusCorrupt,
    error: collected_i.bus ? '0 : collected_i.error,
    length: '0
  };

  always_comb begin
    if (failed) collected_ready_o = failed_ready;
    else if (collected_i.page) collected_ready_o = place_in_ready;
    else collected_ready_o = copy_in_ready;
  end

  skv_fifo #(
    .data_t(placing_t),
    .Depth (Slots)
  ) u_placing (
    .clk_i,
    .rst_ni,
    .valid_i(collected_valid_i & !failed & collected_i.page),
    .ready_o(place_in_ready),
    .data_i ('{slot: collected_slot, length: collected_i.beats}),
    .valid_o(placing_valid),
    .ready_i(placing_ready),
    .data_o (placing)
  );

  typedef struct packed {
    vpn_t    vpn;
    tenant_t tenant;
  } page_t;

  page_t    page;
  placing_t placed;

  dma_fields #(
    .data_t (page_t),
    .carry_t(placing_t),
    .Slots  (Slots)
  ) u_pages (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i('{vpn: alloc_vpn, tenant: alloc_accepted_i.request.tenant}),
    .valid_i(placing_valid),
    .ready_o(placing_ready),
    .slot_i (slot_t'(placing.slot)),
    .carry_i(placing),
    .valid_o(place_valid_o),
    .ready_i(place_ready_i),
    .carry_o(placed),
    .data_o (page)
  );

  assign place_o = '{
    tag: 8'(placed.slot),
    vpn: page.vpn,
    tenant: page.tenant,
    length: placed.length
  };

  // ---- Placed, or no room; and what is written where ----

  typedef struct packed {
    index_t        slot;
    store_status_e status;
  } writing_t;

  typedef struct packed {
    logic  page;
    line_t line;
  } target_t;

  typedef struct packed {
    buffer_t buffer;
    beats_t  beats;
  } held_t;

  writing_t writing, write;
  target_t  target;
  unit_t    address;
  held_t    held;
  index_t   placed_slot;
  logic     write_in_ready, writing_valid, writing_ready, target_valid, target_take, look;

  assign placed_slot    = index_t'(placed_i.tag);
  assign placed_ready_o = write_in_ready;
  assign copy_in_ready  = write_in_ready & !placed_valid_i;

  skv_fifo #(
    .data_t(writing_t),
    .Depth (Slots)
  ) u_writing (
    .clk_i,
    .rst_ni,
    .valid_i(placed_valid_i | (collected_valid_i & !failed & !collected_i.page)),
    .ready_o(write_in_ready),
    .data_i (placed_valid_i ? '{slot: placed_slot, status: placed_i.status}
        : '{slot: collected_slot, status: StoreOk}),
    .valid_o(writing_valid),
    .ready_i(writing_ready),
    .data_o (writing)
  );

  assign look = writing_valid & writing_ready;

  dma_fields #(
    .data_t (target_t),
    .carry_t(writing_t),
    .Slots  (Slots)
  ) u_targets (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i('{page: request.kind.page, line: request.target}),
    .valid_i(writing_valid),
    .ready_o(writing_ready),
    .slot_i (slot_t'(writing.slot)),
    .carry_i(writing),
    .valid_o(target_valid),
    .ready_i(target_take),
    .carry_o(write),
    .data_o (target)
  );

  skv_sdpram #(
    .Width($bits(held_t)),
    .Depth(Slots)
  ) u_held (
    .clk_i,
    .we_i   (collect),
    .waddr_i(collected_slot),
    .wdata_i({collected_i.buffer, collected_i.beats}),
    .re_i   (look),
    .raddr_i(writing.slot),
    .rdata_o(held)
  );

  skv_sdpram #(
    .Width(UnitW),
    .Depth(Slots)
  ) u_addresses (
    .clk_i,
    .we_i   (placed_valid_i & placed_ready_o),
    .waddr_i(placed_slot),
    .wdata_i(placed_i.address),
    .re_i   (look),
    .raddr_i(writing.slot),
    .rdata_o(address)
  );

  logic       write_valid_q, write_void_q, write_void_ready;
  write_job_t write_q;
  status_e    status_q;
  result_t    write_void_result;

  assign target_take  = target_valid & !write_valid_q;
  assign drop_valid_o = target_take && write.status != StoreOk;
  assign drop_o       = held.buffer;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) write_valid_q <= 1'b0;
    else begin
      write_valid_q <= target_take
          | (write_valid_q & !(write_void_q ? write_void_ready : write_ready_i));
    end
  end

  always_ff @(posedge clk_i) begin
    if (target_take) begin
      write_void_q <= write.status != StoreOk;
      status_q     <= status_of(write.status);
      write_q      <= '{
        slot: slot_t'(write.slot),
        buffer: held.buffer,
        line: target.page ? line_t'(address) : target.line,
        beats: held.beats
      };
    end
  end

  assign write_valid_o     = write_valid_q & !write_void_q;
  assign write_o           = write_q;
  assign write_void_result = '{slot: write_q.slot, status: status_q, default: '0};

  // ---- Written: a page is mapped ----

  typedef struct packed {
    logic       page;
    vpn_t       vpn;
    tenant_t    tenant;
    logic [7:0] table_slot;
    logic       readonly;
  } mapping_t;

  typedef struct packed {
    unit_t     address;
    entry_at_t at;
  } room_t;

  typedef struct packed {
    beats_t      length;
    logic        raw;
    logic [31:0] crc;
  } stored_t;

  mapping_t mapping;
  room_t    room;
  stored_t  stored;
  written_t written;
  logic     end_valid, end_ready, maps, copied_ready;
  result_t  copied_result;

  dma_fields #(
    .data_t (mapping_t),
    .carry_t(written_t),
    .Slots  (Slots)
  ) u_mappings (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i('{
      page: request.kind.page,
      vpn: alloc_vpn,
      tenant: alloc_accepted_i.request.tenant,
      table_slot: request.table_slot,
      readonly: request.readonly
    }),
    .valid_i(written_valid_i),
    .ready_o(written_ready_o),
    .slot_i (written_i.slot),
    .carry_i(written_i),
    .valid_o(end_valid),
    .ready_i(end_ready),
    .carry_o(written),
    .data_o (mapping)
  );

  skv_sdpram #(
    .Width($bits(room_t)),
    .Depth(Slots)
  ) u_rooms (
    .clk_i,
    .we_i   (placed_valid_i & placed_ready_o),
    .waddr_i(placed_slot),
    .wdata_i({placed_i.address, placed_i.at}),
    .re_i   (written_valid_i & written_ready_o),
    .raddr_i(index_t'(written_i.slot)),
    .rdata_o(room)
  );

  skv_sdpram #(
    .Width($bits(stored_t)),
    .Depth(Slots)
  ) u_stored (
    .clk_i,
    .we_i   (collect),
    .waddr_i(collected_slot),
    .wdata_i({collected_i.beats, collected_i.raw, collected_i.crc}),
    .re_i   (written_valid_i & written_ready_o),
    .raddr_i(index_t'(written_i.slot)),
    .rdata_o(stored)
  );

  assign maps          = mapping.page & !written.bus;
  assign end_ready     = maps ? map_ready_i : copied_ready;
  assign map_valid_o   = end_valid & maps;
  assign map_o         = '{
    tag: 8'(written.slot),
    vpn: mapping.vpn,
    at: room.at,
    entry: '{
      crc: stored.crc,
      check: '0,
      zero: '0,
      address: room.address,
      owner: mapping.tenant,
      slot: mapping.table_slot,
      length: stored.length,
      codec: stored.raw ? CodecAsIs : CodecSpeckv,
      writable: !mapping.readonly,
      valid: 1'b1
    }
  };
  assign copied_result = '{
    slot: written.slot,
    status: written.bus ? StatusPoolBus : StatusOk,
    default: '0
  };

  // ---- Mapped ----

  mapped_t mapped;
  beats_t  length;
  logic    done_valid, done_ready;
  result_t done_result;

  dma_fields #(
    .data_t (beats_t),
    .carry_t(mapped_t),
    .Slots  (Slots)
  ) u_units (
    .clk_i,
    .rst_ni,
    .we_i   (collect),
    .wslot_i(collected_i.slot),
    .wdata_i(collected_i.beats),
    .valid_i(mapped_valid_i),
    .ready_o(mapped_ready_o),
    .slot_i (slot_t'(mapped_i.tag)),
    .carry_i(mapped_i),
    .valid_o(done_valid),
    .ready_i(done_ready),
    .carry_o(mapped),
    .data_o (length)
  );

  assign done_result = '{
    slot: slot_t'(mapped.tag),
    status: status_of(mapped.status),
    error: '0,
    length: mapped.status == StoreOk ? length : '0
  };

  // ---- How they ended ----

  skv_merge #(
    .data_t(result_t),
    .Inputs(4)
  ) u_results (
    .clk_i,
    .rst_ni,
    .valid_i({
      collected_valid_i & failed,
      write_valid_q & write_void_q,
      end_valid & !maps,
      done_valid
    }),
    .ready_o({failed_ready, write_void_ready, copied_ready, done_ready}),
    .data_i ({failed_result, write_void_result, copied_result, done_result}),
    .valid_o(result_valid_o),
    .ready_i(result_ready_i),
    .data_o (result_o)
  );

  logic unused;
  assign unused = &{1'b0, alloc_accepted_i, request};

  `SKV_ASSUME(PlacedTagKnown, placed_valid_i |-> placed_i.tag < 8'(Slots))
  `SKV_ASSUME(MappedTagKnown, mapped_valid_i |-> mapped_i.tag < 8'(Slots))
  `SKV_ASSERT(ReadQueueRoom, store_valid_i || copy_valid_i |-> read_in_ready)
  `SKV_ASSERT(PlaceQueueRoom, collected_valid_i && !failed && collected_i.page |-> place_in_ready)
  `SKV_ASSERT(WriteQueueRoom, placed_valid_i |-> write_in_ready)
  `SKV_ASSERT(ReadHeld, read_valid_o && !read_ready_i |=> read_valid_o && $stable(read_o))
  `SKV_ASSERT(PlaceHeld, place_valid_o && !place_ready_i |=> place_valid_o && $stable(place_o))
  `SKV_ASSERT(WriteHeld, write_valid_o && !write_ready_i |=> write_valid_o && $stable(write_o))
  `SKV_ASSERT(MapHeld, map_valid_o && !map_ready_i |=> map_valid_o && $stable(map_o))
  `SKV_COVER(NoRoom, drop_valid_o)
  `SKV_COVER(CopyWaits, placed_valid_i && collected_valid_i && !failed && !collected_i.page)

endmodule
