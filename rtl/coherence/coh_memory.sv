// The engine's way to the memory: an AXI4 master that reads and writes single lines.
//
// The ID of an access is its slot.  Data of a write wait in a memory of their own, put there under
// their slot at least a cycle before the write is asked for.  Poison goes with the data, and the
// memory keeps it: a whole line replaces it, a part of one adds to it.  One read and one write a
// cycle; latency 2 cycles to an address, 1 back.

`include "skv_assert.svh"

module coh_memory
  import coh_pkg::*;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::r_t;
  import skv_axi_pkg::w_t;
  import skv_axi_pkg::b_t;
  import skv_axi_pkg::resp_e;
#(
  parameter int unsigned Slots = 64,
  localparam int unsigned NumberW = $clog2(Slots)
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               read_valid_i,
  output logic               read_ready_o,
  input  logic [NumberW-1:0] read_slot_i,
  input  line_t              read_line_i,

  input  logic               write_valid_i,
  output logic               write_ready_o,
  input  logic [NumberW-1:0] write_slot_i,
  input  line_t              write_line_i,

  input  logic               put_valid_i,  // data of a write
  input  logic [NumberW-1:0] put_slot_i,
  input  logic               put_poison_i,
  input  logic [StrbW-1:0]   put_strb_i,
  input  logic [DataW-1:0]   put_data_i,

  output logic               got_valid_o,  // a line that was read
  input  logic               got_ready_i,
  output logic [NumberW-1:0] got_slot_o,
  output resp_e              got_resp_o,
  output logic               got_poison_o,
  output logic [DataW-1:0]   got_data_o,

  output logic               wrote_valid_o,
  input  logic               wrote_ready_i,
  output logic [NumberW-1:0] wrote_slot_o,
  output resp_e              wrote_resp_o,

  output logic               ar_valid_o,
  input  logic               ar_ready_i,
  output ax_t                ar_o,
  input  logic               r_valid_i,
  output logic               r_ready_o,
  input  r_t                 r_i,
  output logic               aw_valid_o,
  input  logic               aw_ready_i,
  output ax_t                aw_o,
  output logic               w_valid_o,
  input  logic               w_ready_i,
  output w_t                 w_o,
  input  logic               b_valid_i,
  output logic               b_ready_o,
  input  b_t                 b_i
);

  `SKV_CHECK_PARAM(Slots, Slots >= 2 && Slots <= 64 && Slots == 1 << NumberW)

  function automatic ax_t access(logic [NumberW-1:0] slot, line_t line);
    return '{id: skv_axi_pkg::IdW'(slot), addr: {26'd0, line, 6'd0}, len: 8'd0};
  endfunction

  // ---- Reads ----

  skv_skid #(
    .data_t(ax_t)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(read_valid_i),
    .ready_o(read_ready_o),
    .data_i (access(read_slot_i, read_line_i)),
    .valid_o(ar_valid_o),
    .ready_i(ar_ready_i),
    .data_o (ar_o)
  );

  typedef struct packed {
    logic [NumberW-1:0] slot;
    resp_e              resp;
    logic               poison;
    logic [DataW-1:0]   data;
  } got_t;

  skv_skid #(
    .data_t(got_t)
  ) u_r (
    .clk_i,
    .rst_ni,
    .valid_i(r_valid_i),
    .ready_o(r_ready_o),
    .data_i ('{slot: r_i.id[NumberW-1:0], resp: r_i.resp, poison: r_i.poison, data: r_i.data}),
    .valid_o(got_valid_o),
    .ready_i(got_ready_i),
    .data_o ({got_slot_o, got_resp_o, got_poison_o, got_data_o})
  );

  // ---- Writes: fetch the data, then address and data at once ----

  typedef struct packed {
    logic             poison;
    logic [StrbW-1:0] strb;
    logic [DataW-1:0] data;
  } put_t;

  logic               staged_q, advance, aw_ready, w_ready, send;
  logic [NumberW-1:0] slot_q;
  line_t              line_q;
  put_t               put;

  assign send          = staged_q && aw_ready && w_ready;
  assign advance       = !staged_q || send;
  assign write_ready_o = advance;

  skv_sdpram #(
    .Width($bits(put_t)),
    .Depth(Slots)
  ) u_puts (
    .clk_i,
    .we_i   (put_valid_i),
    .waddr_i(put_slot_i),
    .wdata_i({put_poison_i, put_strb_i, put_data_i}),
    .re_i   (advance),
    .raddr_i(write_slot_i),
    .rdata_o(put)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) staged_q <= 1'b0;
    else if (advance) staged_q <= write_valid_i;
  end

  always_ff @(posedge clk_i) begin
    if (advance) begin
      slot_q <= write_slot_i;
      line_q <= write_line_i;
    end
  end

  skv_skid #(
    .data_t(ax_t)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(send),
    .ready_o(aw_ready),
    .data_i (access(slot_q, line_q)),
    .valid_o(aw_valid_o),
    .ready_i(aw_ready_i),
    .data_o (aw_o)
  );

  skv_skid #(
    .data_t(put_t)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(send),
    .ready_o(w_ready),
    .data_i (put),
    .valid_o(w_valid_o),
    .ready_i(w_ready_i),
    .data_o ({w_o.poison, w_o.strb, w_o.data})
  );

  assign w_o.last = 1'b1;

  typedef struct packed {
    logic [NumberW-1:0] slot;
    resp_e              resp;
  } wrote_t;

  skv_skid #(
    .data_t(wrote_t)
  ) u_b (
    .clk_i,
    .rst_ni,
    .valid_i(b_valid_i),
    .ready_o(b_ready_o),
    .data_i ('{slot: b_i.id[NumberW-1:0], resp: b_i.resp}),
    .valid_o(wrote_valid_o),
    .ready_i(wrote_ready_i),
    .data_o ({wrote_slot_o, wrote_resp_o})
  );

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

  // Single beats, and the memory answers only with IDs it was given.
  logic unused;
  assign unused = &{1'b0, r_i.last, r_i.id, b_i.id};

endmodule
