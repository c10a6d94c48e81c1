// Places pages in the pool and keeps the page table (docs/memory-path.md).
//
// manage begins and frees requests, place finds room for a page, map makes it visible; each stream
// is answered in its order.  A place takes twelve cycles, one with a new segment a memory latency
// more, one with a new row two and one with a new directory four; a map the memory's latency and an
// invalidation, 32 of them at once.  A free takes two memory accesses, an invalidation and the
// drain; places and maps go on meanwhile.
//
// It does not move pages, and does not check that what is mapped was placed.  The configuration
// must stay as it is outside reset.

`include "skv_assert.svh"

module pagestore
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
#(
  parameter int unsigned Requests = 1024,
  parameter int unsigned SegmentUnits = 1024,
  parameter int unsigned Maps = 32,             // entries under way
  parameter int unsigned Rows = 512             // row pointers kept
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  unit_t         root_base_i,
  input  unit_t         link_base_i,
  input  unit_t         pool_base_i,
  input  logic [25:0]   segments_i,
  output logic          ready_o,          // after reset: the root table is clear
  output unit_t         free_units_o,     // of whole segments

  input  logic          manage_valid_i,
  output logic          manage_ready_o,
  input  manage_t       manage_i,
  output logic          managed_valid_o,
  input  logic          managed_ready_i,
  output store_status_e managed_o,

  input  logic          place_valid_i,
  output logic          place_ready_o,
  input  place_t        place_i,
  output logic          placed_valid_o,
  input  logic          placed_ready_i,
  output placed_t       placed_o,

  input  logic          map_valid_i,
  output logic          map_ready_o,
  input  map_t          map_i,
  output logic          mapped_valid_o,
  input  logic          mapped_ready_i,
  output mapped_t       mapped_o,

  output logic          inv_valid_o,
  input  logic          inv_ready_i,
  output invalidate_t   inv_o,
  input  logic          inv_done_i,
  output logic          drain_o,          // until the cycle in which drained_i is high
  input  logic          drained_i,

  output logic          ar_valid_o,
  input  logic          ar_ready_i,
  output ax_t           ar_o,
  input  logic          r_valid_i,
  output logic          r_ready_o,
  input  r_t            r_i,
  output logic          aw_valid_o,
  input  logic          aw_ready_i,
  output ax_t           aw_o,
  output logic          w_valid_o,
  input  logic          w_ready_i,
  output w_t            w_o,
  input  logic          b_valid_i,
  output logic          b_ready_o,
  input  b_t            b_i
);

  // ---- Commands ----

  logic          alloc_valid, alloc_ready, alloc_hang, alloc_done;
  chain_t        alloc_chain, chain;
  area_t         alloc_units;
  store_status_e alloc_status;
  unit_t         alloc_address;
  logic          find_valid, engine_write_valid, read_ready, read_done, write_ready, write_done;
  logic          write_error;
  read_t         find;
  found_t        found;
  write_t        engine_write;
  logic [1:0]    inv_valid, inv_done;
  invalidate_t [1:0] inv;

  pagestore_engine #(
    .Requests    (Requests),
    .SegmentUnits(SegmentUnits),
    .Rows        (Rows)
  ) u_engine (
    .clk_i,
    .rst_ni,
    .root_base_i,
    .pool_base_i,
    .segments_i,
    .ready_o,
    .manage_valid_i,
    .manage_ready_o,
    .manage_i,
    .managed_valid_o,
    .managed_ready_i,
    .managed_o,
    .place_valid_i,
    .place_ready_o,
    .place_i,
    .placed_valid_o,
    .placed_ready_i,
    .placed_o,
    .alloc_valid_o  (alloc_valid),
    .alloc_ready_i  (alloc_ready),
    .alloc_hang_o   (alloc_hang),
    .alloc_chain_o  (alloc_chain),
    .alloc_units_o  (alloc_units),
    .alloc_done_i   (alloc_done),
    .alloc_status_i (alloc_status),
    .alloc_address_i(alloc_address),
    .alloc_chain_i  (chain),
    .read_valid_o   (find_valid),
    .read_ready_i   (read_ready),
    .read_o         (find),
    .read_done_i    (read_done),
    .found_i        (found),
    .write_valid_o  (engine_write_valid),
    .write_ready_i  (write_ready),
    .write_o        (engine_write),
    .write_done_i   (write_done),
    .write_error_i  (write_error),
    .inv_valid_o    (inv_valid[0]),
    .inv_o          (inv[0]),
    .inv_done_i     (inv_done[0]),
    .drain_o,
    .drained_i
  );

  // ---- Segments ----

  logic     load_valid, save_valid;
  segment_t load_segment, save_segment, save_next;

  pagestore_allocator #(
    .SegmentUnits(SegmentUnits)
  ) u_allocator (
    .clk_i,
    .rst_ni,
    .segments_i,
    .pool_base_i,
    .free_units_o,
    .valid_i       (alloc_valid),
    .ready_o       (alloc_ready),
    .hang_i        (alloc_hang),
    .chain_i       (alloc_chain),
    .units_i       (alloc_units),
    .done_o        (alloc_done),
    .status_o      (alloc_status),
    .address_o     (alloc_address),
    .chain_o       (chain),
    .load_valid_o  (load_valid),
    .load_ready_i  (read_ready),
    .load_segment_o(load_segment),
    .loaded_i      (read_done),
    .found_i       (found),
    .save_valid_o  (save_valid),
    .save_ready_i  (write_ready),
    .save_segment_o(save_segment),
    .save_next_o   (save_next),
    .saved_i       (write_done),
    .save_error_i  (write_error)
  );

  // ---- Memory; while the allocator works the engine waits for it, and never asks itself ----

  read_t  read;
  write_t write;

  always_comb begin
    read = find;
    if (load_valid) begin
      read = '{
        unit: link_base_i + unit_t'(load_segment[SegmentW-1:3]),
        word: load_segment[2:0],
        key: link_key(unit_t'(load_segment))
      };
    end
    write = engine_write;
    if (save_valid) begin
      write = '{
        clear: 1'b0, count: '0, whole: 1'b0,
        unit: link_base_i + unit_t'(save_segment[SegmentW-1:3]),
        word: save_segment[2:0],
        key: link_key(unit_t'(save_segment)),
        body: pointer_body(unit_t'(save_next))
      };
    end
  end

  pagestore_reader u_reader (
    .clk_i,
    .rst_ni,
    .valid_i(find_valid | load_valid),
    .ready_o(read_ready),
    .read_i (read),
    .done_o (read_done),
    .found_o(found),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i
  );

  logic [1:0] job_valid, job_ready, job_b;
  job_t [1:0] job;
  logic       b_error;

  pagestore_writer u_writer (
    .clk_i,
    .rst_ni,
    .valid_i    (engine_write_valid | save_valid),
    .ready_o    (write_ready),
    .write_i    (write),
    .done_o     (write_done),
    .error_o    (write_error),
    .job_valid_o(job_valid[0]),
    .job_ready_i(job_ready[0]),
    .job_o      (job[0]),
    .b_valid_i  (job_b[0]),
    .b_error_i  (b_error)
  );

  pagestore_map #(
    .Outstanding(Maps)
  ) u_map (
    .clk_i,
    .rst_ni,
    .enable_i   (ready_o),
    .map_valid_i,
    .map_ready_o,
    .map_i,
    .mapped_valid_o,
    .mapped_ready_i,
    .mapped_o,
    .job_valid_o(job_valid[1]),
    .job_ready_i(job_ready[1]),
    .job_o      (job[1]),
    .b_valid_i  (job_b[1]),
    .b_error_i  (b_error),
    .inv_valid_o(inv_valid[1]),
    .inv_o      (inv[1]),
    .inv_done_i (inv_done[1])
  );

  pagestore_jobs u_jobs (
    .clk_i,
    .rst_ni,
    .valid_i  (job_valid),
    .ready_o  (job_ready),
    .job_i    (job),
    .b_valid_o(job_b),
    .b_error_o(b_error),
    .aw_valid_o,
    .aw_ready_i,
    .aw_o,
    .w_valid_o,
    .w_ready_i,
    .w_o,
    .b_valid_i,
    .b_ready_o,
    .b_i
  );

  pagestore_invalidate u_invalidate (
    .clk_i,
    .rst_ni,
    .valid_i(inv_valid),
    .inv_i  (inv),
    .done_o (inv_done),
    .inv_valid_o,
    .inv_ready_i,
    .inv_o,
    .inv_done_i
  );

  // ---- Rules ----

  `SKV_ASSERT(OneReader, !(find_valid && load_valid))
  `SKV_ASSERT(OneWriter, !(engine_write_valid && save_valid))
  `SKV_ASSUME(ManageHeld, manage_valid_i && !manage_ready_o |=> manage_valid_i && $stable(manage_i))
  `SKV_ASSUME(PlaceHeld, place_valid_i && !place_ready_o |=> place_valid_i && $stable(place_i))
  `SKV_ASSUME(MapHeld, map_valid_i && !map_ready_o |=> map_valid_i && $stable(map_i))
  `SKV_ASSERT(ManagedHeld, managed_valid_o && !managed_ready_i |=>
              managed_valid_o && $stable(managed_o))
  `SKV_ASSERT(PlacedHeld, placed_valid_o && !placed_ready_i |=>
              placed_valid_o && $stable(placed_o))
  `SKV_ASSERT(MappedHeld, mapped_valid_o && !mapped_ready_i |=>
              mapped_valid_o && $stable(mapped_o))
  `SKV_ASSERT(InvHeld, inv_valid_o && !inv_ready_i |=> inv_valid_o && $stable(inv_o))
  `SKV_ASSUME(Configured, 1'b1 |=> $stable({root_base_i, link_base_i, pool_base_i, segments_i}))

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
