// Checks descriptors as they are fetched, one a cycle.  Latency 3 cycles.

`include "skv_assert.svh"

module dma_check
  import skv_mem_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Rings = 4
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,

  input  tenant_t [Rings-1:0]    tenant_i,
  input  unit_t [Rings-1:0]      window_base_i,
  input  unit_t [Rings-1:0]      window_limit_i,

  input  logic                   valid_i,
  input  logic [RingW-1:0]       ring_i,
  input  logic                   bus_i,         // an error in the fetching
  input  descriptor_t            descriptor_i,

  output logic                   valid_o,
  output logic [RingW-1:0]       ring_o,
  output request_t               request_o
);

  localparam int unsigned NumberW = $clog2(Rings);

  // ---- What needs nothing but the descriptor ----

  kind_t kind;
  logic  known, store;

  assign store         = descriptor_i.op == OpStore;
  assign known         = descriptor_i.op != '0 && descriptor_i.op <= OpPrefetch;
  assign kind.page     = descriptor_i.op >= OpStore;
  assign kind.inward   = descriptor_i.op == OpCopyIn || store;
  assign kind.prefetch = descriptor_i.op == OpPrefetch;

  typedef struct packed {
    logic     bus;
    logic     clean;
    logic     known;
    logic     aligned;
    logic     sized;
    logic     reachable;
    request_t request;
  } step_t;

  logic [2:0]             valid_q;
  logic [2:0][RingW-1:0]  ring_q;
  step_t                  step_q, end_q;
  request_t               request_q;
  unit_t                  base_q, limit_q, late_limit_q;
  logic                   above_q;
  logic [UnitW:0]         stop_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[1:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    ring_q <= {ring_q[1:0], ring_i};
    step_q <= '{
      bus: bus_i,
      clean: {descriptor_i.zero3, descriptor_i.zero2, descriptor_i.zero1,
              descriptor_i.host[63]} == '0
          && (store || {descriptor_i.slot, descriptor_i.readonly} == '0),
      known: known,
      aligned: descriptor_i.host[5:0] == '0 && descriptor_i.target[5:0] == '0
          && !(kind.page && descriptor_i.target[11:6] != '0),
      sized: kind.page ? descriptor_i.length == 32'd4096
          : descriptor_i.length != '0 && descriptor_i.length <= 32'd4096
          && descriptor_i.length[5:0] == '0,
      reachable: kind.page || descriptor_i.target[63:UnitW+6] == '0,
      request: '{
        status: StatusOk,
        kind: kind,
        readonly: descriptor_i.readonly,
        table_slot: descriptor_i.slot,
        tenant: tenant_i[NumberW'(ring_i)],
        tag: bus_i ? '0 : descriptor_i.tag,
        host: descriptor_i.host[63:6],
        target: descriptor_i.target[63:6],
        beats: descriptor_i.length[12:6]
      }
    };
    base_q  <= window_base_i[NumberW'(ring_i)];
    limit_q <= window_limit_i[NumberW'(ring_i)];
  end

  // ---- The window, in two steps ----

  always_ff @(posedge clk_i) begin
    end_q        <= step_q;
    above_q      <= unit_t'(step_q.request.target) >= base_q;
    stop_q       <= {1'b0, unit_t'(step_q.request.target)} + (UnitW + 1)'(step_q.request.beats);
    late_limit_q <= limit_q;
  end

  always_ff @(posedge clk_i) begin
    request_q <= end_q.request;
    if (end_q.bus) request_q.status <= StatusFetch;
    else if (!end_q.known || !end_q.clean) request_q.status <= StatusMalformed;
    else if (!end_q.aligned) request_q.status <= StatusAlign;
    else if (!end_q.sized) request_q.status <= StatusLength;
    else if (!end_q.reachable || (!end_q.request.kind.page
        && !(above_q && stop_q <= {1'b0, late_limit_q}))) request_q.status <= StatusWindow;
  end

  assign valid_o   = valid_q[2];
  assign ring_o    = ring_q[2];
  assign request_o = request_q;

endmodule
