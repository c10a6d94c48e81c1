// Has the pages of slots translated, and sends the slots where their work goes on.
//
// A store goes on where there is no page yet, or one that may be written.

`include "skv_assert.svh"

module dma_translate
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

  input  logic                valid_i,
  output logic                ready_o,
  input  slot_t               slot_i,

  output logic                req_valid_o,
  input  logic                req_ready_i,
  output translate_t          req_o,
  input  logic                rsp_valid_i,
  output logic                rsp_ready_o,
  input  translated_t         rsp_i,

  output logic                store_valid_o,
  input  logic                store_ready_i,
  output logic                load_valid_o,
  input  logic                load_ready_i,
  output logic                load_prefetch_o,
  output place_of_t           load_place_o,
  output logic                result_valid_o,
  input  logic                result_ready_i,
  output result_t             result_o,
  output slot_t               slot_o           // of whichever of the three
);

  // ---- Asking ----

  typedef struct packed {
    vpn_t    vpn;
    tenant_t tenant;
    logic    store;
  } page_t;

  page_t alloc_page, page;
  slot_t slot;

  assign alloc_page = '{
    vpn: alloc_accepted_i.request.target[57:6],
    tenant: alloc_accepted_i.request.tenant,
    store: alloc_accepted_i.request.kind.inward
  };

  dma_fields #(
    .data_t(page_t),
    .Slots (Slots)
  ) u_pages (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i(alloc_page),
    .valid_i,
    .ready_o,
    .slot_i,
    .carry_i(slot_i),
    .valid_o(req_valid_o),
    .ready_i(req_ready_i),
    .carry_o(slot),
    .data_o (page)
  );

  assign req_o = '{
    tag: 8'(slot),
    vpn: page.vpn,
    tenant: page.tenant,
    write: page.store
  };

  // ---- Answered ----

  typedef struct packed {
    slot_t     slot;
    fault_e    fault;
    place_of_t place;
  } answer_t;

  answer_t answer, found;
  kind_t   kind;
  logic    found_valid, found_ready, goes_on;

  assign answer = '{
    slot: slot_t'(rsp_i.tag),
    fault: rsp_i.fault,
    place: '{
      address: rsp_i.entry.address,
      length: rsp_i.entry.length,
      raw: rsp_i.entry.codec == CodecAsIs,
      table_slot: rsp_i.entry.slot,
      crc: rsp_i.entry.crc
    }
  };

  dma_fields #(
    .data_t (kind_t),
    .carry_t(answer_t),
    .Slots  (Slots)
  ) u_kinds (
    .clk_i,
    .rst_ni,
    .we_i   (alloc_i),
    .wslot_i(alloc_slot_i),
    .wdata_i(alloc_accepted_i.request.kind),
    .valid_i(rsp_valid_i),
    .ready_o(rsp_ready_o),
    .slot_i (answer.slot),
    .carry_i(answer),
    .valid_o(found_valid),
    .ready_i(found_ready),
    .carry_o(found),
    .data_o (kind)
  );

  assign goes_on = found.fault == FaultNone || (kind.inward && found.fault == FaultUnmapped);

  assign store_valid_o   = found_valid & goes_on & kind.inward;
  assign load_valid_o    = found_valid & goes_on & !kind.inward;
  assign result_valid_o  = found_valid & !goes_on;
  assign load_prefetch_o = kind.prefetch;
  assign load_place_o    = found.place;
  assign slot_o          = found.slot;

  always_comb begin
    result_o = '{slot: found.slot, status: StatusTableBus, default: '0};
    case (found.fault)
      FaultUnmapped:  result_o.status = StatusUnmapped;
      FaultForeign:   result_o.status = StatusForeign;
      FaultReadOnly:  result_o.status = StatusReadOnly;
      FaultMalformed: result_o.status = StatusTable;
      default:        result_o.status = StatusTableBus;
    endcase
  end

  always_comb begin
    if (!goes_on) found_ready = result_ready_i;
    else if (kind.inward) found_ready = store_ready_i;
    else found_ready = load_ready_i;
  end

  logic unused;
  assign unused = &{1'b0, alloc_accepted_i, rsp_i, kind.page};

  `SKV_ASSUME(TagKnown, rsp_valid_i |-> rsp_i.tag < 8'(Slots))
  `SKV_ASSERT(RequestHeld, req_valid_o && !req_ready_i |=> req_valid_o && $stable(req_o))

endmodule
