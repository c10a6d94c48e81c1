// The endpoint between any host and any engine that answers what it was given: each request of one
// tag, chosen freely, gets the answers that are due, once, whatever stalls.

`include "skv_assert.svh"

module cxl_formal
  import cxl_pkg::*;
#(
  parameter bit HdmH = 1'b0
) (
  input logic                 clk_i,
  input logic                 rst_ni,

  // What is free.
  input logic                 req_valid_i,
  input req_t                 req_i,
  input logic                 rwd_valid_i,
  input rwd_t                 rwd_i,
  input logic                 ndr_ready_i,
  input logic                 drs_ready_i,
  input logic                 host_ready_i,
  input logic                 host_write_ready_i,
  input logic                 data_valid_i,
  input coh_pkg::host_data_t  data_i,
  input logic                 ack_valid_i,
  input coh_pkg::host_ack_t   ack_i,
  input tag_t                 tag_i
);

  localparam int unsigned CalmCycles = 12;  // cycles in which everything that can come out does

  hpa_t           base;
  coh_pkg::line_t lines;
  assign base  = hpa_t'(64);
  assign lines = coh_pkg::line_t'(64);

  logic                 req_ready, rwd_ready, ndr_valid, drs_valid, birsp_ready, bisnp_valid;
  ndr_t                 ndr;
  drs_t                 drs;
  bisnp_t               bisnp;
  logic                 host_valid, write_valid, data_ready, ack_ready, snoop_ready, answer_valid;
  coh_pkg::host_req_t   host;
  coh_pkg::host_write_t write;
  coh_pkg::snooped_t    answer;
  logic [5:0]           events;

  // The tag that is followed stays what it was in the first cycle.
  tag_t tag_q;
  always_ff @(posedge clk_i) if (!rst_ni) tag_q <= tag_i;

  // One Req and one RwD of that tag at a time; the engine answers what it holds.
  logic req_open_q, rwd_open_q, read_held_q, ack_held_q, write_held_q;
  logic req_mine, rwd_mine;

  assign req_mine = req_i.tag == tag_q;
  assign rwd_mine = rwd_i.tag == tag_q;

  `SKV_ASSUME(OneReq, req_valid_i && req_mine |-> !req_open_q)
  `SKV_ASSUME(OneRwd, rwd_valid_i && rwd_mine |-> !rwd_open_q && !req_open_q)
  `SKV_ASSUME(ReqWaits, req_valid_i && req_mine |-> !rwd_open_q && !(rwd_valid_i && rwd_mine))
  `SKV_ASSUME(ReqHeld, req_valid_i && !req_ready |=> req_valid_i && $stable(req_i))
  `SKV_ASSUME(RwdHeld, rwd_valid_i && !rwd_ready |=> rwd_valid_i && $stable(rwd_i))
  `SKV_ASSUME(DataHeld, data_valid_i && !data_ready |=> data_valid_i && $stable(data_i))
  `SKV_ASSUME(AckHeld, ack_valid_i && !ack_ready |=> ack_valid_i && $stable(ack_i))
  `SKV_ASSUME(DataAsked, data_valid_i && data_i.tag == tag_q |-> read_held_q)
  `SKV_ASSUME(AckAsked, ack_valid_i && ack_i.tag == tag_q |-> ack_held_q || write_held_q)

  cxl_endpoint #(
    .HdmH(HdmH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .base_i            (base),
    .lines_i           (lines),
    .bi_id_i           (12'd1),
    .req_valid_i,
    .req_ready_o       (req_ready),
    .req_i,
    .rwd_valid_i,
    .rwd_ready_o       (rwd_ready),
    .rwd_i,
    .birsp_valid_i     (1'b0),
    .birsp_ready_o     (birsp_ready),
    .birsp_i           ('0),
    .ndr_valid_o       (ndr_valid),
    .ndr_ready_i,
    .ndr_o             (ndr),
    .drs_valid_o       (drs_valid),
    .drs_ready_i,
    .drs_o             (drs),
    .bisnp_valid_o     (bisnp_valid),
    .bisnp_ready_i     (1'b1),
    .bisnp_o           (bisnp),
    .host_valid_o      (host_valid),
    .host_ready_i,
    .host_o            (host),
    .host_write_valid_o(write_valid),
    .host_write_ready_i,
    .host_write_o      (write),
    .host_data_valid_i (data_valid_i),
    .host_data_ready_o (data_ready),
    .host_data_i       (data_i),
    .host_ack_valid_i  (ack_valid_i),
    .host_ack_ready_o  (ack_ready),
    .host_ack_i        (ack_i),
    .snoop_valid_i     (1'b0),
    .snoop_ready_o     (snoop_ready),
    .snoop_i           ('0),
    .answer_valid_o    (answer_valid),
    .answer_o          (answer),
    .used_i            (7'd0),
    .req_illegal_o     (events[0]),
    .rwd_illegal_o     (events[1]),
    .birsp_illegal_o   (events[2]),
    .req_nxm_o         (events[3]),
    .rwd_nxm_o         (events[4]),
    .spec_read_o       (events[5])
  );

  // ---- What is due ----

  logic           reads, moves, answers, req_illegal, speculates;
  logic           writes, conflicts, partial, rwd_illegal;
  coh_pkg::op_e   req_op, rwd_op;

  cxl_decode_req #(
    .HdmH(HdmH)
  ) u_req (
    .opcode_i    (req_i.opcode),
    .snp_type_i  (req_i.snp_type),
    .meta_field_i(req_i.meta_field),
    .meta_value_i(req_i.meta_value),
    .reads_o     (reads),
    .moves_o     (moves),
    .answers_o   (answers),
    .op_o        (req_op),
    .illegal_o   (req_illegal),
    .speculates_o(speculates)
  );

  cxl_decode_rwd #(
    .HdmH(HdmH)
  ) u_rwd (
    .opcode_i    (rwd_i.opcode),
    .snp_type_i  (rwd_i.snp_type),
    .meta_field_i(rwd_i.meta_field),
    .meta_value_i(rwd_i.meta_value),
    .writes_o    (writes),
    .conflicts_o (conflicts),
    .partial_o   (partial),
    .op_o        (rwd_op),
    .illegal_o   (rwd_illegal)
  );

  logic here, req_in, rwd_in, ndr_out, drs_out, host_in, write_in, data_in, ack_in;
  assign here     = req_i.addr >= base && req_i.addr < base + hpa_t'(64);
  assign req_in   = req_valid_i && req_ready && req_mine;
  assign rwd_in   = rwd_valid_i && rwd_ready && rwd_mine;
  assign ndr_out  = ndr_valid && ndr_ready_i && ndr.tag == tag_q;
  assign drs_out  = drs_valid && drs_ready_i && drs.tag == tag_q;
  assign host_in  = host_valid && host_ready_i && host.tag == tag_q;
  assign write_in = write_valid && host_write_ready_i && write.tag == tag_q;
  assign data_in  = data_valid_i && data_ready && data_i.tag == tag_q;
  assign ack_in   = ack_valid_i && ack_ready && ack_i.tag == tag_q;

  logic cmp_due_q, conflict_due_q, data_due_q, nxm_due_q;
  logic is_read;
  assign is_read = host.op <= coh_pkg::OpReadOwn;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      {cmp_due_q, conflict_due_q, data_due_q, nxm_due_q} <= '0;
      {req_open_q, rwd_open_q, read_held_q, ack_held_q, write_held_q} <= '0;
    end else begin
      if (ndr_out && ndr.opcode != BiConflictAck) cmp_due_q <= 1'b0;
      if (ndr_out && ndr.opcode == BiConflictAck) conflict_due_q <= 1'b0;
      if (drs_out && drs.opcode == MemData) data_due_q <= 1'b0;
      if (drs_out && drs.opcode == MemDataNxm) nxm_due_q <= 1'b0;
      if (req_in) begin
        cmp_due_q  <= (reads && here && !HdmH) || moves || answers;
        data_due_q <= reads && here;
        nxm_due_q  <= reads && !here;
      end
      if (rwd_in) begin
        if (writes) cmp_due_q <= 1'b1;
        conflict_due_q <= conflicts;
      end
      if (host_in && is_read) read_held_q <= 1'b1;
      if (host_in && !is_read) ack_held_q <= 1'b1;
      if (write_in) write_held_q <= 1'b1;
      if (data_in) read_held_q <= 1'b0;
      if (ack_in) {ack_held_q, write_held_q} <= '0;
      // Open until all is answered.
      req_open_q <= cmp_due_q || data_due_q || nxm_due_q || req_in;
      rwd_open_q <= cmp_due_q || conflict_due_q || rwd_in;
    end
  end

  `SKV_ASSERT(CmpDue, ndr_out && ndr.opcode != BiConflictAck |-> cmp_due_q)
  `SKV_ASSERT(ConflictDue, ndr_out && ndr.opcode == BiConflictAck |-> conflict_due_q)
  `SKV_ASSERT(DataDue, drs_out && drs.opcode == MemData |-> data_due_q)
  `SKV_ASSERT(NxmDue, drs_out && drs.opcode != MemData |-> nxm_due_q && drs.opcode == MemDataNxm)
  `SKV_ASSERT(ToEngine, host_in |-> req_open_q && !read_held_q && !ack_held_q)
  `SKV_ASSERT(ToEngineWrite, write_in |-> rwd_open_q && !write_held_q)

  // ---- Nothing is lost: once all that can move has moved, what is due is with the engine ----

  logic [3:0] calm_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni || req_valid_i || rwd_valid_i || data_valid_i || ack_valid_i || !ndr_ready_i ||
        !drs_ready_i || !host_ready_i || !host_write_ready_i) calm_q <= '0;
    else if (calm_q != 4'(CalmCycles)) calm_q <= calm_q + 1'b1;
  end

  logic held;
  assign held = read_held_q || ack_held_q || write_held_q;

  `SKV_ASSERT(NothingLost, calm_q == 4'(CalmCycles) && !held |->
              !cmp_due_q && !data_due_q && !nxm_due_q && !conflict_due_q)
  `SKV_ASSERT(NoneTooMany, calm_q == 4'(CalmCycles) |-> !ndr_valid && !drs_valid)

  `SKV_COVER(Read, drs_out && drs.opcode == MemData)
  `SKV_COVER(Nxm, drs_out && drs.opcode == MemDataNxm)
  `SKV_COVER(Conflict, ndr_out && ndr.opcode == BiConflictAck)
  `SKV_COVER(Calm, calm_q == 4'(CalmCycles))

  logic unused;
  assign unused = &{1'b0, birsp_ready, bisnp_valid, bisnp, snoop_ready, answer_valid,
                    answer, events, host.line, write, partial, rwd_illegal, req_illegal, speculates,
                    req_op, rwd_op};

endmodule
