// What an M2S Req asks for: the table of requests in docs/coherence.md.  Combinational.
//
// An illegal combination of a known opcode is answered as the opcode's harmless form: a read that
// leaves nothing with the host, or a bare Cmp.  What has no answer in the standard is dropped.

module cxl_decode_req
  import cxl_pkg::*;
  import coh_pkg::op_e;
  import coh_pkg::OpDrop;
  import coh_pkg::OpOwn;
  import coh_pkg::OpRead;
  import coh_pkg::OpReadData;
  import coh_pkg::OpReadOwn;
  import coh_pkg::OpReadShared;
#(
  parameter bit HdmH = 1'b0  // host-only coherent: the filter is not used
) (
  input  logic [3:0] opcode_i,
  input  logic [2:0] snp_type_i,
  input  logic [1:0] meta_field_i,
  input  logic [1:0] meta_value_i,

  output logic       reads_o,      // the engine is to read, or
  output logic       moves_o,      // to change what it knows of the host; or
  output logic       answers_o,    // Cmp, without the engine; or nothing at all
  output op_e        op_o,
  output logic       illegal_o,
  output logic       speculates_o  // MemSpecRd
);

  logic any, shared, invalid, no_op;
  assign any     = meta_field_i == Meta0State && meta_value_i == MetaAny;
  assign shared  = meta_field_i == Meta0State && meta_value_i == MetaShared;
  assign invalid = meta_field_i == Meta0State && meta_value_i == MetaInvalid;
  assign no_op   = meta_field_i == MetaNoOp;

  always_comb begin
    reads_o      = 1'b0;
    moves_o      = 1'b0;
    answers_o    = 1'b0;
    op_o         = OpRead;
    illegal_o    = 1'b0;
    speculates_o = 1'b0;
    unique case (opcode_i)
      MemRd: begin
        reads_o = 1'b1;
        if (!HdmH) begin
          if (any && snp_type_i == SnpInv) op_o = OpReadOwn;
          else if (shared && snp_type_i == SnpData) op_o = OpReadShared;
          else illegal_o = !(no_op && (snp_type_i == SnpCur || snp_type_i == SnpInv));
        end
      end
      MemRdData: begin
        reads_o = 1'b1;
        if (!HdmH) begin
          if (no_op && snp_type_i == SnpData) op_o = OpReadData;
          else illegal_o = 1'b1;
        end
      end
      MemInv,
      MemInvNt: begin
        answers_o = 1'b1;
        if (!HdmH) begin
          if (any && snp_type_i == SnpInv) op_o = OpOwn;
          else if (invalid && snp_type_i == SnpInv) op_o = OpDrop;
          else illegal_o = 1'b1;
          moves_o   = !illegal_o;
          answers_o = illegal_o;
        end
      end
      MemClnEvct: begin
        illegal_o = HdmH || !(invalid && snp_type_i == SnpNoOp);
        op_o      = OpDrop;
        moves_o   = !illegal_o;
        answers_o = illegal_o;
      end
      MemSpecRd: speculates_o = 1'b1;
      default:   illegal_o = 1'b1;
    endcase
  end

endmodule
