// The device side of CXL.mem's transaction layer, between the CXL hard IP and the coherency engine.
//
// M2S Req, RwD and BIRsp come in, S2M NDR, DRS and BISnp go out; each message is a beat of valid and
// ready.  Requests become operations of the engine (docs/coherence.md has the tables), its answers
// become messages.  HDM-DB by default; with HdmH the memory is host-only coherent, as on links of
// 68-byte flits: reads are answered with DRS alone, there are no back-invalidations, and M2S BIRsp
// is not used.  Not here: flits, credits, retry (the hard IP's), TEE operations, multiple logical
// devices (LD-ID is answered as 0), metadata storage (MetaField is answered as No-Op).
//
// A line of the device is HPA line - base_i, if below lines_i; reads of others are answered with
// MemData-NXM, the rest with Cmp.  One message a cycle on each channel; latency 2 cycles in, 2 out.
//
// Progress: RwD waits for the engine's writes and for NDR only; Req for the engine, NDR and DRS.
// All NDR go through one queue, so that BI-ConflictAck never passes a Cmp* that was sent before.

`include "skv_assert.svh"

module cxl_endpoint
  import cxl_pkg::*;
  import coh_pkg::host_req_t;
  import coh_pkg::host_write_t;
  import coh_pkg::host_data_t;
  import coh_pkg::host_ack_t;
  import coh_pkg::snoop_t;
  import coh_pkg::snooped_t;
  import coh_pkg::line_t;
  import coh_pkg::slot_t;
  import coh_pkg::state_e;
  import coh_pkg::op_e;
  import coh_pkg::StOwned;
  import coh_pkg::StShared;
#(
  parameter bit HdmH = 1'b0,
  parameter int unsigned Slots = 64  // the engine's, for DevLoad
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  hpa_t                      base_i,
  input  line_t                     lines_i,
  input  logic [BiW-1:0]            bi_id_i,

  // M2S
  input  logic                      req_valid_i,
  output logic                      req_ready_o,
  input  req_t                      req_i,
  input  logic                      rwd_valid_i,
  output logic                      rwd_ready_o,
  input  rwd_t                      rwd_i,
  input  logic                      birsp_valid_i,
  output logic                      birsp_ready_o,
  input  birsp_t                    birsp_i,

  // S2M
  output logic                      ndr_valid_o,
  input  logic                      ndr_ready_i,
  output ndr_t                      ndr_o,
  output logic                      drs_valid_o,
  input  logic                      drs_ready_i,
  output drs_t                      drs_o,
  output logic                      bisnp_valid_o,
  input  logic                      bisnp_ready_i,
  output bisnp_t                    bisnp_o,

  // The engine
  output logic                      host_valid_o,
  input  logic                      host_ready_i,
  output host_req_t                 host_o,
  output logic                      host_write_valid_o,
  input  logic                      host_write_ready_i,
  output host_write_t               host_write_o,
  input  logic                      host_data_valid_i,
  output logic                      host_data_ready_o,
  input  host_data_t                host_data_i,
  input  logic                      host_ack_valid_i,
  output logic                      host_ack_ready_o,
  input  host_ack_t                 host_ack_i,
  input  logic                      snoop_valid_i,
  output logic                      snoop_ready_o,
  input  snoop_t                    snoop_i,
  output logic                      answer_valid_o,
  output snooped_t                  answer_o,
  input  logic [coh_pkg::SlotW-1:0] used_i,

  // Events, for counters.
  output logic                      req_illegal_o,   // opcode or combination, of Req
  output logic                      rwd_illegal_o,   // of RwD
  output logic                      birsp_illegal_o, // opcode or BI-ID; ignored
  output logic                      req_nxm_o,       // an address that is not the device's, of Req
  output logic                      rwd_nxm_o,       // of RwD
  output logic                      spec_read_o      // MemSpecRd
);

  `SKV_CHECK_PARAM(Slots, Slots >= 8)

  // Where a message goes next.
  typedef enum logic [2:0] {
    ToNone,
    ToEngine,
    ToCmp,       // straight to NDR
    ToConflict,  // straight to NDR
    ToNxm        // straight to DRS
  } to_e;

  // A message's place in device memory, counted from base_i; out if that is below it.
  typedef struct packed {
    logic out;
    hpa_t at;
  } place_t;

  function automatic place_t place(hpa_t addr, hpa_t base);
    return {1'b0, addr} - {1'b0, base};
  endfunction

  // ---- M2S Req ----

  logic   req_valid, req_take, req_hit;
  req_t   req;
  place_t req_place;

  skv_skid #(
    .data_t(logic [$bits(place_t)+$bits(req_t)-1:0])
  ) u_req (
    .clk_i,
    .rst_ni,
    .valid_i(req_valid_i),
    .ready_o(req_ready_o),
    .data_i ({place(req_i.addr, base_i), req_i}),
    .valid_o(req_valid),
    .ready_i(req_take),
    .data_o ({req_place, req})
  );

  logic req_reads, req_moves, req_answers, req_bad, req_speculates;
  op_e  req_op;

  cxl_decode_req #(
    .HdmH(HdmH)
  ) u_decode_req (
    .opcode_i    (req.opcode),
    .snp_type_i  (req.snp_type),
    .meta_field_i(req.meta_field),
    .meta_value_i(req.meta_value),
    .reads_o     (req_reads),
    .moves_o     (req_moves),
    .answers_o   (req_answers),
    .op_o        (req_op),
    .illegal_o   (req_bad),
    .speculates_o(req_speculates)
  );

  to_e       req_to, req_to_q;
  host_req_t req_q;
  logic      req_cmp_ready, nxm_ready;

  assign req_hit = !req_place.out && req_place.at < hpa_t'(lines_i);

  always_comb begin
    req_to = ToNone;
    if (req_reads) req_to = req_hit ? ToEngine : ToNxm;
    else if (req_moves) req_to = req_hit ? ToEngine : ToCmp;
    else if (req_answers) req_to = ToCmp;
  end

  always_comb begin
    unique case (req_to_q)
      ToEngine: req_take = host_ready_i;
      ToCmp:    req_take = req_cmp_ready;
      ToNxm:    req_take = nxm_ready;
      default:  req_take = 1'b1;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      req_to_q      <= ToNone;
      req_illegal_o <= 1'b0;
      spec_read_o   <= 1'b0;
      req_nxm_o     <= 1'b0;
    end else begin
      if (req_take) req_to_q <= req_valid ? req_to : ToNone;
      req_illegal_o <= req_valid && req_take && req_bad;
      spec_read_o   <= req_valid && req_take && req_speculates;
      req_nxm_o     <= req_valid && req_take && (req_reads || req_moves) && !req_hit;
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_take) req_q <= '{op: req_op, line: line_t'(req_place.at), tag: req.tag};
  end

  assign host_valid_o = req_to_q == ToEngine;
  assign host_o       = req_q;

  // ---- M2S RwD ----

  logic   rwd_valid, rwd_take, rwd_hit;
  rwd_t   rwd;
  place_t rwd_place;

  skv_skid #(
    .data_t(logic [$bits(place_t)+$bits(rwd_t)-1:0])
  ) u_rwd (
    .clk_i,
    .rst_ni,
    .valid_i(rwd_valid_i),
    .ready_o(rwd_ready_o),
    .data_i ({place(rwd_i.addr, base_i), rwd_i}),
    .valid_o(rwd_valid),
    .ready_i(rwd_take),
    .data_o ({rwd_place, rwd})
  );

  logic rwd_writes, rwd_conflicts, rwd_partial, rwd_bad;
  op_e  rwd_op;

  cxl_decode_rwd #(
    .HdmH(HdmH)
  ) u_decode_rwd (
    .opcode_i    (rwd.opcode),
    .snp_type_i  (rwd.snp_type),
    .meta_field_i(rwd.meta_field),
    .meta_value_i(rwd.meta_value),
    .writes_o    (rwd_writes),
    .conflicts_o (rwd_conflicts),
    .partial_o   (rwd_partial),
    .op_o        (rwd_op),
    .illegal_o   (rwd_bad)
  );

  to_e         rwd_to, rwd_to_q;
  host_write_t rwd_q;
  logic        rwd_ndr_ready;

  assign rwd_hit = !rwd_place.out && rwd_place.at < hpa_t'(lines_i);

  always_comb begin
    rwd_to = ToNone;
    if (rwd_writes) rwd_to = rwd_hit ? ToEngine : ToCmp;
    else if (rwd_conflicts) rwd_to = ToConflict;
  end

  always_comb begin
    unique case (rwd_to_q)
      ToEngine:   rwd_take = host_write_ready_i;
      ToCmp,
      ToConflict: rwd_take = rwd_ndr_ready;
      default:    rwd_take = 1'b1;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      rwd_to_q      <= ToNone;
      rwd_illegal_o <= 1'b0;
      rwd_nxm_o     <= 1'b0;
    end else begin
      if (rwd_take) rwd_to_q <= rwd_valid ? rwd_to : ToNone;
      rwd_illegal_o <= rwd_valid && rwd_take && rwd_bad;
      rwd_nxm_o <= rwd_valid && rwd_take && rwd_writes && !rwd_hit;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rwd_take) begin
      rwd_q <= '{
        op: rwd_op,
        line: line_t'(rwd_place.at),
        tag: rwd.tag,
        poison: rwd.poison,
        strb: rwd_partial ? rwd.be : '1,
        data: rwd.data
      };
    end
  end

  assign host_write_valid_o = rwd_to_q == ToEngine;
  assign host_write_o       = rwd_q;

  // ---- M2S BIRsp: always taken ----

  logic birsp_fits;
  assign birsp_fits = !HdmH && birsp_i.bi_id == bi_id_i &&
    birsp_i.bi_tag[BiW-1:coh_pkg::SlotW] == '0 &&
    (birsp_i.opcode == BiRspI || birsp_i.opcode == BiRspS || birsp_i.opcode == BiRspE);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      birsp_ready_o   <= 1'b0;
      answer_valid_o  <= 1'b0;
      birsp_illegal_o <= 1'b0;
    end else begin
      birsp_ready_o   <= 1'b1;
      answer_valid_o  <= birsp_valid_i && birsp_ready_o && birsp_fits;
      birsp_illegal_o <= birsp_valid_i && birsp_ready_o && !birsp_fits;
    end
  end

  always_ff @(posedge clk_i) begin
    answer_o <= '{
      state: state_e'(birsp_i.opcode[1:0]),
      slot: birsp_i.bi_tag[coh_pkg::SlotW-1:0]
    };
  end

  // ---- S2M BISnp ----

  skv_skid #(
    .data_t(bisnp_t)
  ) u_bisnp (
    .clk_i,
    .rst_ni,
    .valid_i(snoop_valid_i),
    .ready_o(snoop_ready_o),
    .data_i ('{
      opcode: 4'(snoop_i.kind),
      bi_id: bi_id_i,
      bi_tag: BiW'(snoop_i.slot),
      addr: base_i + hpa_t'(snoop_i.line)
    }),
    .valid_o(bisnp_valid_o),
    .ready_i(bisnp_ready_i),
    .data_o (bisnp_o)
  );

  // ---- S2M NDR and DRS ----

  dev_load_e load_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) load_q <= LoadLight;
    else if (32'(used_i) < Slots / 4) load_q <= LoadLight;
    else if (32'(used_i) < 3 * Slots / 4) load_q <= LoadOptimal;
    else if (32'(used_i) < 7 * Slots / 8) load_q <= LoadModerate;
    else load_q <= LoadSevere;
  end

  function automatic ndr_op_e grants(state_e state);
    unique case (state)
      StShared: return CmpS;
      StOwned:  return CmpE;
      default:           return Cmp;
    endcase
  endfunction

  function automatic ndr_t ndr(ndr_op_e opcode, tag_t tag, dev_load_e load);
    return '{
      opcode: opcode,
      meta_field: MetaNoOp,
      meta_value: '0,
      tag: tag,
      ld_id: '0,
      dev_load: load
    };
  endfunction

  // Four sources of NDR, in turns: data (with its DRS), acknowledgements, RwD, Req.
  logic [3:0] asks, chosen;
  logic [1:0] from_q;
  logic       ndr_ready, drs_ready, data_push, nxm_push, nxm_first_q, drs_for_data;
  ndr_t       ndr_in;
  drs_t       drs_in;

  assign drs_for_data = drs_ready && !(nxm_first_q && req_to_q == ToNxm);
  assign asks = {
    req_to_q == ToCmp,
    rwd_to_q == ToCmp || rwd_to_q == ToConflict,
    host_ack_valid_i,
    host_data_valid_i && drs_for_data && !HdmH
  };

  always_comb begin
    chosen = '0;
    for (int i = 3; i >= 0; i--) if (asks[i]) chosen = 4'd1 << i;
    for (int i = 3; i >= 0; i--) if (asks[i] && 2'(i) >= from_q) chosen = 4'd1 << i;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      from_q      <= '0;
      nxm_first_q <= 1'b0;
    end else begin
      if (ndr_ready) begin
        for (int i = 0; i < 4; i++) if (chosen[i]) from_q <= 2'(i + 1);
      end
      if (nxm_push) nxm_first_q <= 1'b0;
      else if (data_push) nxm_first_q <= 1'b1;
    end
  end

  assign host_ack_ready_o = chosen[1] && ndr_ready;
  assign rwd_ndr_ready    = chosen[2] && ndr_ready;
  assign req_cmp_ready    = chosen[3] && ndr_ready;

  always_comb begin
    unique case (1'b1)
      chosen[0]: ndr_in = ndr(grants(host_data_i.grant), host_data_i.tag, load_q);
      chosen[1]: ndr_in = ndr(grants(host_ack_i.grant), host_ack_i.tag, load_q);
      chosen[2]: ndr_in = ndr(rwd_to_q == ToConflict ? BiConflictAck : Cmp, rwd_q.tag, load_q);
      default:   ndr_in = ndr(Cmp, req_q.tag, load_q);
    endcase
  end

  assign host_data_ready_o = HdmH ? drs_for_data : chosen[0] && ndr_ready;
  assign data_push         = host_data_valid_i && host_data_ready_o;
  assign nxm_ready         = drs_ready && !data_push;
  assign nxm_push          = req_to_q == ToNxm && nxm_ready;

  assign drs_in = '{
    opcode: data_push ? MemData : MemDataNxm,
    meta_field: MetaNoOp,
    meta_value: '0,
    tag: data_push ? host_data_i.tag : req_q.tag,
    poison: data_push ? host_data_i.poison : 1'b0,
    ld_id: '0,
    dev_load: load_q,
    data: data_push ? host_data_i.data : '1
  };

  skv_fifo #(
    .data_t(ndr_t),
    .Depth (4)
  ) u_ndr (
    .clk_i,
    .rst_ni,
    .valid_i(|asks),
    .ready_o(ndr_ready),
    .data_i (ndr_in),
    .valid_o(ndr_valid_o),
    .ready_i(ndr_ready_i),
    .data_o (ndr_o)
  );

  skv_fifo #(
    .data_t(drs_t),
    .Depth (4)
  ) u_drs (
    .clk_i,
    .rst_ni,
    .valid_i(data_push || nxm_push),
    .ready_o(drs_ready),
    .data_i (drs_in),
    .valid_o(drs_valid_o),
    .ready_i(drs_ready_i),
    .data_o (drs_o)
  );

  // Addresses were replaced by places; LD-ID and low address bits say nothing here.
  logic unused;
  assign unused = &{1'b0, req, rwd, birsp_i.low_addr};

`ifndef SYNTHESIS
  // Whose turn it was last.
  logic [3:0] last_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) last_q <= '0;
    else if (ndr_ready && |asks) last_q <= chosen;
  end

  // Whether data left last on DRS.
  logic data_last_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) data_last_q <= 1'b0;
    else if (data_push || nxm_push) data_last_q <= data_push;
  end

  `SKV_ASSERT(Turns, (asks & ~last_q) != '0 |-> chosen != last_q)
  `SKV_ASSERT(NxmTurn, data_push && req_to_q == ToNxm |-> !data_last_q)
`endif

  `SKV_ASSERT(NoSnoopOfHdmH, HdmH && snoop_valid_i |-> 1'b0)
  `SKV_ASSERT(OneAnswer, $onehot0(chosen))
  `SKV_ASSERT(DataWithNdr, !HdmH && data_push |-> chosen[0] && ndr_ready)
  `SKV_ASSUME(ReqInputHeld, req_valid_i && !req_ready_o |=> req_valid_i && $stable(req_i))
  `SKV_ASSUME(RwdInputHeld, rwd_valid_i && !rwd_ready_o |=> rwd_valid_i && $stable(rwd_i))
  `SKV_ASSUME(BirspInputHeld, birsp_valid_i && !birsp_ready_o |=> birsp_valid_i && $stable(birsp_i))

endmodule
