// Each request that comes in is answered once, and legally, whatever channels stall; seen from a
// tag that any one request may have.
//
// The engine answers what it was given, each request once, when it likes.  A tag is used again when
// its request was answered; a BIConflict carries its Req's tag and has its answer beside it.  What is
// owed is always in exactly one place, each of which hands on what it has.

`include "skv_assert.svh"

module cxl_endpoint_formal
  import cxl_pkg::*;
  import coh_pkg::host_req_t;
  import coh_pkg::host_write_t;
  import coh_pkg::host_data_t;
  import coh_pkg::host_ack_t;
  import coh_pkg::snoop_t;
  import coh_pkg::snooped_t;
  import coh_pkg::line_t;
  import coh_pkg::state_e;
  import coh_pkg::op_e;
(
  input logic           clk_i,
  input logic           rst_ni,
  input cxl_pkg::tag_t  tag_i,
  input hpa_t           base_i,
  input line_t          lines_i,
  input logic [BiW-1:0] bi_id_i,
  input logic           req_valid_i,
  input req_t           req_i,
  input logic           rwd_valid_i,
  input rwd_t           rwd_i,
  input logic           ndr_ready_i,
  input logic           drs_ready_i,
  input logic           host_ready_i,
  input logic           host_write_ready_i,
  input logic           host_data_valid_i,
  input host_data_t     host_data_i,
  input logic           host_ack_valid_i,
  input host_ack_t      host_ack_i
);

  logic        req_ready, rwd_ready, birsp_ready, ndr_valid, drs_valid, bisnp_valid;
  logic        host_valid, host_write_valid, host_data_ready, host_ack_ready, snoop_ready;
  logic        answer_valid;
  ndr_t        ndr;
  drs_t        drs;
  bisnp_t      bisnp;
  host_req_t   host;
  host_write_t host_write;
  snooped_t    answer;
  logic [5:0]  events;

  cxl_endpoint u_dut (
    .clk_i,
    .rst_ni,
    .base_i,
    .lines_i,
    .bi_id_i,
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
    .bisnp_ready_i     (1'b0),
    .bisnp_o           (bisnp),
    .host_valid_o      (host_valid),
    .host_ready_i,
    .host_o            (host),
    .host_write_valid_o(host_write_valid),
    .host_write_ready_i,
    .host_write_o      (host_write),
    .host_data_valid_i,
    .host_data_ready_o (host_data_ready),
    .host_data_i,
    .host_ack_valid_i,
    .host_ack_ready_o  (host_ack_ready),
    .host_ack_i,
    .snoop_valid_i     (1'b0),
    .snoop_ready_o     (snoop_ready),
    .snoop_i           ('0),
    .answer_valid_o    (answer_valid),
    .answer_o          (answer),
    .used_i            ('0),
    .req_illegal_o     (events[0]),
    .rwd_illegal_o     (events[1]),
    .birsp_illegal_o   (events[2]),
    .req_nxm_o         (events[3]),
    .rwd_nxm_o         (events[4]),
    .spec_read_o       (events[5])
  );

  `SKV_ASSUME(ReqHeld, req_valid_i && !req_ready |=> req_valid_i && $stable(req_i))
  `SKV_ASSUME(RwdHeld, rwd_valid_i && !rwd_ready |=> rwd_valid_i && $stable(rwd_i))
  `SKV_ASSUME(DataHeld, host_data_valid_i && !host_data_ready |=>
    host_data_valid_i && $stable(host_data_i))
  `SKV_ASSUME(AckHeld, host_ack_valid_i && !host_ack_ready |=>
    host_ack_valid_i && $stable(host_ack_i))
  `SKV_ASSUME(Fixed, 1'b1 |=> $stable(tag_i) && $stable(base_i) && $stable(lines_i) &&
    $stable(bi_id_i))

  // ---- What is owed, by the document's table ----

  typedef struct packed {
    logic cmp;    // an NDR, which may be
    logic may_s;  // Cmp-S,
    logic may_e;  // Cmp-E,
    logic plain;  // Cmp
    logic data;   // a DRS
    logic nxm;    // that says there is no such memory
  } owed_t;

  function automatic owed_t of_req(req_t req, logic mine);
    owed_t owed;
    logic  reads, moves, own, share, any_of, unused;
    unused = &{1'b0, req};
    owed   = '0;
    reads  = req.opcode == MemRd || req.opcode == MemRdData;
    moves  = req.opcode == MemInv || req.opcode == MemInvNt || req.opcode == MemClnEvct;
    own    = req.opcode != MemClnEvct && req.opcode != MemRdData && req.meta_field == Meta0State &&
      req.meta_value == MetaAny && req.snp_type == SnpInv;
    share  = req.opcode == MemRd && req.meta_field == Meta0State && req.meta_value == MetaShared &&
      req.snp_type == SnpData;
    any_of = req.opcode == MemRdData && req.meta_field == MetaNoOp && req.snp_type == SnpData;
    if (reads || moves) begin
      owed.cmp   = !reads || mine;
      owed.may_s = mine && (share || any_of);
      owed.may_e = mine && (own || share || any_of);
      owed.plain = !owed.may_s && !owed.may_e;
      owed.data  = reads;
      owed.nxm   = reads && !mine;
    end
    return owed;
  endfunction

  function automatic logic is_mine(hpa_t addr);
    return addr >= base_i && addr - base_i < hpa_t'(lines_i);
  endfunction

  logic  req_in, rwd_in, conflict_in, ndr_out, drs_out, conflict_q;
  owed_t owed_q;

  assign req_in      = req_valid_i && req_ready && req_i.tag == tag_i;
  assign rwd_in      = rwd_valid_i && rwd_ready && rwd_i.tag == tag_i &&
    (rwd_i.opcode == MemWr || rwd_i.opcode == MemWrPtl);
  assign conflict_in = rwd_valid_i && rwd_ready && rwd_i.tag == tag_i &&
    rwd_i.opcode == BiConflict;
  assign ndr_out     = ndr_valid && ndr_ready_i && ndr.tag == tag_i;
  assign drs_out     = drs_valid && drs_ready_i && drs.tag == tag_i;

  `SKV_ASSUME(OneUse, $onehot0({req_in, rwd_in}))
  `SKV_ASSUME(UsedAgainWhenAnswered, req_in || rwd_in |-> !owed_q.cmp && !owed_q.data)
  `SKV_ASSUME(OneConflict, conflict_in |-> !conflict_q)

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      owed_q     <= '0;
      conflict_q <= 1'b0;
    end else begin
      if (req_in) owed_q <= of_req(req_i, is_mine(req_i.addr));
      else if (rwd_in) begin
        owed_q <= '{cmp: 1'b1, may_s: 1'b0, may_e: 1'b0, plain: 1'b1, data: 1'b0, nxm: 1'b0};
      end else begin
        if (ndr_out && ndr.opcode != BiConflictAck) owed_q.cmp <= 1'b0;
        if (drs_out) owed_q.data <= 1'b0;
      end
      if (conflict_in) conflict_q <= 1'b1;
      else if (ndr_out && ndr.opcode == BiConflictAck) conflict_q <= 1'b0;
    end
  end

  `SKV_ASSERT(NdrOwed, ndr_out && ndr.opcode != BiConflictAck |-> owed_q.cmp)
  `SKV_ASSERT(NdrLegal, ndr_out && ndr.opcode != BiConflictAck |->
    (ndr.opcode == Cmp && owed_q.plain) || (ndr.opcode == CmpS && owed_q.may_s) ||
    (ndr.opcode == CmpE && owed_q.may_e))
  `SKV_ASSERT(ConflictOwed, ndr_out && ndr.opcode == BiConflictAck |-> conflict_q)
  `SKV_ASSERT(DrsOwed, drs_out |-> owed_q.data)
  `SKV_ASSERT(DrsLegal, drs_out |-> drs.opcode == (owed_q.nxm ? MemDataNxm : MemData))
  `SKV_ASSERT(NxmOnes, drs_out && owed_q.nxm |-> drs.data == '1 && !drs.poison)

  // ---- The engine ----

  logic   gives_data_q, gives_ack_q, told, told_write;
  op_e    op_q;
  logic   data_in, ack_in, data_q_valid;
  host_data_t data_q;

  assign told       = host_valid && host_ready_i && host.tag == tag_i;
  assign told_write = host_write_valid && host_write_ready_i && host_write.tag == tag_i;
  assign data_in    = host_data_valid_i && host_data_ready && host_data_i.tag == tag_i;
  assign ack_in     = host_ack_valid_i && host_ack_ready && host_ack_i.tag == tag_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      gives_data_q <= 1'b0;
      gives_ack_q  <= 1'b0;
      data_q_valid <= 1'b0;
    end else begin
      if (told) begin
        gives_data_q <= host.op <= coh_pkg::OpReadOwn;
        gives_ack_q  <= host.op > coh_pkg::OpReadOwn;
      end else if (told_write) begin
        gives_ack_q <= 1'b1;
      end else begin
        if (data_in) gives_data_q <= 1'b0;
        if (ack_in) gives_ack_q <= 1'b0;
      end
      if (data_in) data_q_valid <= 1'b1;
      else if (drs_out) data_q_valid <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (told) op_q <= host.op;
    else if (told_write) op_q <= host_write.op;
    if (data_in) data_q <= host_data_i;
  end

  function automatic logic fits(op_e op, state_e grant);
    case (op)
      coh_pkg::OpReadOwn,
      coh_pkg::OpOwn:        return grant == coh_pkg::StOwned;
      coh_pkg::OpReadShared,
      coh_pkg::OpReadData:   return grant == coh_pkg::StShared || grant == coh_pkg::StOwned;
      default:               return grant == coh_pkg::StInvalid;
    endcase
  endfunction

  `SKV_ASSUME(DataAsked, host_data_valid_i && host_data_i.tag == tag_i |->
    gives_data_q && fits(op_q, host_data_i.grant))
  `SKV_ASSUME(AckAsked, host_ack_valid_i && host_ack_i.tag == tag_i |->
    gives_ack_q && fits(op_q, host_ack_i.grant))
  `SKV_ASSERT(ToldOnce, told || told_write |-> !gives_data_q && !gives_ack_q)
  `SKV_ASSERT(ToldWhatIsOwed, told || told_write |-> owed_q.cmp && !owed_q.nxm)
  `SKV_ASSERT(DataKept, drs_out && !owed_q.nxm |-> data_q_valid && drs.data == data_q.data &&
    drs.poison == data_q.poison)

  // ---- Nothing is lost: what is owed is in one place ----

  // Of an operation of the engine.
  function automatic owed_t of_op(op_e op);
    owed_t owed;
    owed.cmp   = 1'b1;
    owed.may_s = op == coh_pkg::OpReadShared || op == coh_pkg::OpReadData;
    owed.may_e = owed.may_s || op == coh_pkg::OpReadOwn || op == coh_pkg::OpOwn;
    owed.plain = !owed.may_e;
    owed.data  = op <= coh_pkg::OpReadOwn;
    owed.nxm   = 1'b0;
    return owed;
  endfunction

  localparam owed_t Plain = '{
    cmp: 1'b1, may_s: 1'b0, may_e: 1'b0, plain: 1'b1, data: 1'b0, nxm: 1'b0
  };

  typedef struct packed {
    logic out;
    hpa_t at;
    req_t req;
  } req_in_t;

  typedef struct packed {
    logic out;
    hpa_t at;
    rwd_t rwd;
  } rwd_in_t;

  req_in_t [1:0] reqs;
  rwd_in_t [1:0] rwds;
  logic    [1:0] reqs_valid, rwds_valid, req_here, rwd_here, conflict_here;
  logic    [1:0] req_right, rwd_right;

  assign reqs       = {u_dut.u_req.skid_data_q, u_dut.u_req.data_q};
  assign reqs_valid = {u_dut.u_req.skid_valid_q, u_dut.u_req.valid_q};
  assign rwds       = {u_dut.u_rwd.skid_data_q, u_dut.u_rwd.data_q};
  assign rwds_valid = {u_dut.u_rwd.skid_valid_q, u_dut.u_rwd.valid_q};

  for (genvar g = 0; g < 2; g++) begin : gen_in
    owed_t wants;
    assign wants            = of_req(reqs[g].req, is_mine(reqs[g].req.addr));
    assign req_here[g]      = reqs_valid[g] && reqs[g].req.tag == tag_i &&
      (wants.cmp || wants.data);
    assign rwd_here[g]      = rwds_valid[g] && rwds[g].rwd.tag == tag_i &&
      (rwds[g].rwd.opcode == MemWr || rwds[g].rwd.opcode == MemWrPtl);
    assign conflict_here[g] = rwds_valid[g] && rwds[g].rwd.tag == tag_i &&
      rwds[g].rwd.opcode == BiConflict;
    assign req_right[g]     = !req_here[g] || owed_q == wants;
    assign rwd_right[g]     = !rwd_here[g] || owed_q == Plain;

    `SKV_ASSERT(ReqPlaced, reqs_valid[g] |->
      {reqs[g].out, reqs[g].at} == {1'b0, reqs[g].req.addr} - {1'b0, base_i})
    `SKV_ASSERT(RwdPlaced, rwds_valid[g] |->
      {rwds[g].out, rwds[g].at} == {1'b0, rwds[g].rwd.addr} - {1'b0, base_i})
  end

  // As cxl_endpoint numbers where a message goes next.
  localparam logic [2:0] ToNone = 3'd0, ToEngine = 3'd1, ToCmp = 3'd2, ToConflict = 3'd3;
  localparam logic [2:0] ToNxm = 3'd4;

  logic [2:0] req_to, rwd_to;
  logic       req_there, rwd_there, conflict_there;
  assign req_to         = u_dut.req_to_q;
  assign rwd_to         = u_dut.rwd_to_q;
  assign req_there      = req_to != ToNone && u_dut.req_q.tag == tag_i;
  assign rwd_there      = (rwd_to == ToEngine || rwd_to == ToCmp) && u_dut.rwd_q.tag == tag_i;
  assign conflict_there = rwd_to == ToConflict && u_dut.rwd_q.tag == tag_i;

  // In the queues that go out.
  logic [3:0] ndr_here, ack_here, drs_here, ndr_right, drs_right;
  for (genvar g = 0; g < 4; g++) begin : gen_out
    logic [2:0] ndr_behind, drs_behind;
    logic       ndr_held, drs_held;
    ndr_t       ndr_at;
    drs_t       drs_at;
    assign ndr_behind   = {1'b0, 2'(g) - u_dut.u_ndr.rptr_q[1:0]};
    assign drs_behind   = {1'b0, 2'(g) - u_dut.u_drs.rptr_q[1:0]};
    assign ndr_held     = ndr_behind < 3'(u_dut.u_ndr.wptr_q - u_dut.u_ndr.rptr_q);
    assign drs_held     = drs_behind < 3'(u_dut.u_drs.wptr_q - u_dut.u_drs.rptr_q);
    assign ndr_at       = u_dut.u_ndr.mem_q[g];
    assign drs_at       = u_dut.u_drs.mem_q[g];
    assign ndr_here[g]  = ndr_held && ndr_at.tag == tag_i && ndr_at.opcode != BiConflictAck;
    assign ack_here[g]  = ndr_held && ndr_at.tag == tag_i && ndr_at.opcode == BiConflictAck;
    assign drs_here[g]  = drs_held && drs_at.tag == tag_i;
    assign ndr_right[g] = !ndr_here[g] || (ndr_at.opcode == Cmp && owed_q.plain) ||
      (ndr_at.opcode == CmpS && owed_q.may_s) || (ndr_at.opcode == CmpE && owed_q.may_e);
    assign drs_right[g] = !drs_here[g] || (owed_q.nxm ?
      drs_at.opcode == MemDataNxm && drs_at.data == '1 && !drs_at.poison :
      drs_at.opcode == MemData && data_q_valid && drs_at.data == data_q.data &&
      drs_at.poison == data_q.poison);

    logic unused_at;
    assign unused_at = &{1'b0, ndr_at, drs_at};
  end

  logic [7:0] waiting;  // for its turn in the queues that go out
  assign waiting = {req_here, rwd_here, req_there, rwd_there, gives_data_q, gives_ack_q};

  `SKV_ASSERT(OnePlace, $onehot0(waiting))
  `SKV_ASSERT(OneNdr, $onehot0(ndr_here))
  `SKV_ASSERT(OneDrs, $onehot0(drs_here))
  `SKV_ASSERT(BeforeOut, |waiting |-> ndr_here == '0 && drs_here == '0)
  `SKV_ASSERT(OwedNdrIsThere, waiting == '0 |-> owed_q.cmp == |ndr_here)
  `SKV_ASSERT(OwedDrsIsThere, waiting == '0 |-> owed_q.data == |drs_here)
  `SKV_ASSERT(ConflictIsThere, conflict_q == |{conflict_here, conflict_there, ack_here})
  `SKV_ASSERT(OneConflictThere, $onehot0({conflict_here, conflict_there, ack_here}))
  `SKV_ASSERT(InRight, &{req_right, rwd_right})
  `SKV_ASSERT(OutRight, &{ndr_right, drs_right})
  `SKV_ASSERT(ReqThere, req_there |->
    (req_to == ToEngine && owed_q == of_op(u_dut.req_q.op)) ||
    (req_to == ToCmp && owed_q == Plain) ||
    (req_to == ToNxm && owed_q.nxm && owed_q.data && !owed_q.cmp))
  `SKV_ASSERT(RwdThere, rwd_there |-> owed_q == Plain)
  `SKV_ASSERT(RwdOp, rwd_to == ToEngine |-> coh_pkg::is_write(u_dut.rwd_q.op))
  `SKV_ASSERT(EngineRight, gives_data_q || gives_ack_q |->
    owed_q == of_op(op_q) && gives_data_q == owed_q.data)
  `SKV_COVER(ReadAnswered, drs_out && !owed_q.nxm && !owed_q.cmp)
  `SKV_COVER(Both, ndr_out && ndr.opcode == BiConflictAck && owed_q.cmp && owed_q.data)

  logic unused;
  assign unused = &{
    1'b0, birsp_ready, bisnp_valid, bisnp, snoop_ready, answer_valid, answer, events, host.line,
    host_write.line, host_write.poison, host_write.strb, host_write.data, ndr, drs, data_q
  };

endmodule
