// What is done with each descriptor, without its data: from its acceptance to its completion it is a
// slot that goes from one of these modules to the next, and is in one place at a time.
//
//   slots -> [translate] -> store or load <-> the movers of the data
//     ^---------- results -------------'

`include "skv_assert.svh"

module dma_control
  import skv_mem_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Sources = 5   // rings and the feed
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic [Sources-1:0]  stop_i,
  input  logic                accept_valid_i,
  output logic                accept_ready_o,
  input  accepted_t           accept_i,
  output logic                prefetch_room_o,
  output logic                finish_valid_o,
  input  logic                finish_ready_i,
  output finish_t             finish_o,
  input  logic                cancel_valid_i,
  output logic                cancel_ready_o,
  input  cancel_t             cancel_i,
  input  logic                drain_i,
  output logic                drained_o,

  output logic                req_valid_o,
  input  logic                req_ready_i,
  output translate_t          req_o,
  input  logic                rsp_valid_i,
  output logic                rsp_ready_o,
  input  translated_t         rsp_i,
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

  // The movers: 0 from the host, 1 to it.
  output logic       [1:0]    read_valid_o,
  input  logic       [1:0]    read_ready_i,
  output read_job_t  [1:0]    read_o,
  input  logic       [1:0]    collected_valid_i,
  output logic       [1:0]    collected_ready_o,
  input  collected_t [1:0]    collected_i,
  output logic       [1:0]    drop_valid_o,
  output buffer_t    [1:0]    drop_o,
  output logic       [1:0]    write_valid_o,
  input  logic       [1:0]    write_ready_i,
  output write_job_t [1:0]    write_o,
  input  logic       [1:0]    written_valid_i,
  output logic       [1:0]    written_ready_o,
  input  written_t   [1:0]    written_i
);

  logic             alloc;
  slot_t            alloc_slot;
  accepted_t        alloc_accepted;
  logic [Slots-1:0] busy, begun, cancelled;

  logic             begin_valid, begin_ready;
  slot_t            begin_slot;
  kind_t            begin_kind;
  logic             translate_ready, copy_in_ready, copy_out_ready;
  logic             store_valid, store_ready, load_valid, load_ready, load_prefetch;
  place_of_t        load_place;
  slot_t            translated_slot;

  logic    [2:0]    part_valid, part_ready;
  result_t [2:0]    part;
  logic             result_valid, result_ready;
  result_t          result;

  dma_slots #(
    .Slots  (Slots),
    .Sources(Sources)
  ) u_slots (
    .clk_i,
    .rst_ni,
    .stop_i,
    .cancelled_i     (cancelled),
    .prefetch_room_o,
    .accept_valid_i,
    .accept_ready_o,
    .accept_i,
    .alloc_o         (alloc),
    .alloc_slot_o    (alloc_slot),
    .alloc_accepted_o(alloc_accepted),
    .begin_valid_o   (begin_valid),
    .begin_ready_i   (begin_ready),
    .begin_slot_o    (begin_slot),
    .begin_kind_o    (begin_kind),
    .result_valid_i  (result_valid),
    .result_ready_o  (result_ready),
    .result_i        (result),
    .finish_valid_o,
    .finish_ready_i,
    .finish_o,
    .busy_o          (busy),
    .begun_o         (begun)
  );

  always_comb begin
    if (begin_kind.page) begin_ready = translate_ready;
    else begin_ready = begin_kind.inward ? copy_in_ready : copy_out_ready;
  end

  dma_cancel #(
    .Slots(Slots)
  ) u_cancel (
    .clk_i,
    .rst_ni,
    .cancel_valid_i,
    .cancel_ready_o,
    .cancel_i,
    .busy_i          (busy),
    .alloc_i         (alloc),
    .alloc_slot_i    (alloc_slot),
    .alloc_prefetch_i(alloc_accepted.request.kind.prefetch),
    .alloc_name_i    ('{ring: alloc_accepted.ring, tag: alloc_accepted.request.tag}),
    .cancelled_o     (cancelled)
  );

  dma_drain #(
    .Slots(Slots)
  ) u_drain (
    .clk_i,
    .rst_ni,
    .drain_i,
    .drained_o,
    .begun_i(begun)
  );

  dma_translate #(
    .Slots(Slots)
  ) u_translate (
    .clk_i,
    .rst_ni,
    .alloc_i         (alloc),
    .alloc_slot_i    (alloc_slot),
    .alloc_accepted_i(alloc_accepted),
    .valid_i         (begin_valid & begin_kind.page),
    .ready_o         (translate_ready),
    .slot_i          (begin_slot),
    .req_valid_o,
    .req_ready_i,
    .req_o,
    .rsp_valid_i,
    .rsp_ready_o,
    .rsp_i,
    .store_valid_o   (store_valid),
    .store_ready_i   (store_ready),
    .load_valid_o    (load_valid),
    .load_ready_i    (load_ready),
    .load_prefetch_o (load_prefetch),
    .load_place_o    (load_place),
    .result_valid_o  (part_valid[2]),
    .result_ready_i  (part_ready[2]),
    .result_o        (part[2]),
    .slot_o          (translated_slot)
  );

  dma_store #(
    .Slots(Slots)
  ) u_store (
    .clk_i,
    .rst_ni,
    .alloc_i          (alloc),
    .alloc_slot_i     (alloc_slot),
    .alloc_accepted_i (alloc_accepted),
    .copy_valid_i     (begin_valid & !begin_kind.page & begin_kind.inward),
    .copy_ready_o     (copy_in_ready),
    .copy_slot_i      (begin_slot),
    .store_valid_i    (store_valid),
    .store_ready_o    (store_ready),
    .store_slot_i     (translated_slot),
    .read_valid_o     (read_valid_o[0]),
    .read_ready_i     (read_ready_i[0]),
    .read_o           (read_o[0]),
    .collected_valid_i(collected_valid_i[0]),
    .collected_ready_o(collected_ready_o[0]),
    .collected_i      (collected_i[0]),
    .drop_valid_o     (drop_valid_o[0]),
    .drop_o           (drop_o[0]),
    .write_valid_o    (write_valid_o[0]),
    .write_ready_i    (write_ready_i[0]),
    .write_o          (write_o[0]),
    .written_valid_i  (written_valid_i[0]),
    .written_ready_o  (written_ready_o[0]),
    .written_i        (written_i[0]),
    .place_valid_o,
    .place_ready_i,
    .place_o,
    .placed_valid_i,
    .placed_ready_o,
    .placed_i,
    .map_valid_o,
    .map_ready_i,
    .map_o,
    .mapped_valid_i,
    .mapped_ready_o,
    .mapped_i,
    .result_valid_o   (part_valid[0]),
    .result_ready_i   (part_ready[0]),
    .result_o         (part[0])
  );

  dma_load #(
    .Slots(Slots)
  ) u_load (
    .clk_i,
    .rst_ni,
    .drain_i,
    .cancelled_i      (cancelled),
    .alloc_i          (alloc),
    .alloc_slot_i     (alloc_slot),
    .alloc_accepted_i (alloc_accepted),
    .copy_valid_i     (begin_valid & !begin_kind.page & !begin_kind.inward),
    .copy_ready_o     (copy_out_ready),
    .copy_slot_i      (begin_slot),
    .load_valid_i     (load_valid),
    .load_ready_o     (load_ready),
    .load_slot_i      (translated_slot),
    .load_prefetch_i  (load_prefetch),
    .load_place_i     (load_place),
    .read_valid_o     (read_valid_o[1]),
    .read_ready_i     (read_ready_i[1]),
    .read_o           (read_o[1]),
    .collected_valid_i(collected_valid_i[1]),
    .collected_ready_o(collected_ready_o[1]),
    .collected_i      (collected_i[1]),
    .drop_valid_o     (drop_valid_o[1]),
    .drop_o           (drop_o[1]),
    .write_valid_o    (write_valid_o[1]),
    .write_ready_i    (write_ready_i[1]),
    .write_o          (write_o[1]),
    .written_valid_i  (written_valid_i[1]),
    .written_ready_o  (written_ready_o[1]),
    .written_i        (written_i[1]),
    .result_valid_o   (part_valid[1]),
    .result_ready_i   (part_ready[1]),
    .result_o         (part[1])
  );

  skv_merge #(
    .data_t(result_t),
    .Inputs(3)
  ) u_results (
    .clk_i,
    .rst_ni,
    .valid_i(part_valid),
    .ready_o(part_ready),
    .data_i (part),
    .valid_o(result_valid),
    .ready_i(result_ready),
    .data_o (result)
  );

  logic unused;
  assign unused = &{1'b0, begin_kind};

  `SKV_ASSUME(CancelHeld, cancel_valid_i && !cancel_ready_o |=> cancel_valid_i && $stable(cancel_i))
  `SKV_ASSERT(FinishHeld, finish_valid_o && !finish_ready_i |=> finish_valid_o && $stable(finish_o))

endmodule
