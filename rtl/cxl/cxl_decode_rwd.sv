// What an M2S RwD asks for: the table of requests with data in docs/coherence.md.  Combinational.
//
// An illegal combination of a write is written and changes nothing of what is known of the host.
// What has no answer in the standard is dropped.

module cxl_decode_rwd
  import cxl_pkg::*;
  import coh_pkg::op_e;
  import coh_pkg::OpWrite;
  import coh_pkg::OpWriteKeep;
  import coh_pkg::OpWriteShare;
#(
  parameter bit HdmH = 1'b0  // host-only coherent: the filter is not used
) (
  input  logic [3:0] opcode_i,
  input  logic [2:0] snp_type_i,
  input  logic [1:0] meta_field_i,
  input  logic [1:0] meta_value_i,

  output logic       writes_o,     // the engine is to write, or
  output logic       conflicts_o,  // BI-ConflictAck; or nothing at all
  output logic       partial_o,    // the byte enables count
  output op_e        op_o,
  output logic       illegal_o
);

  logic invalid, any, shared;
  assign invalid = meta_field_i == Meta0State && meta_value_i == MetaInvalid;
  assign any     = meta_field_i == Meta0State && meta_value_i == MetaAny;
  assign shared  = meta_field_i == Meta0State && meta_value_i == MetaShared;

  always_comb begin
    writes_o    = 1'b0;
    conflicts_o = 1'b0;
    partial_o   = 1'b0;
    op_o        = OpWriteKeep;
    illegal_o   = 1'b0;
    unique case (opcode_i)
      MemWr: begin
        writes_o = 1'b1;
        if (!HdmH) begin
          if (invalid && (snp_type_i == SnpNoOp || snp_type_i == SnpInv)) op_o = OpWrite;
          else if (shared && snp_type_i == SnpNoOp) op_o = OpWriteShare;
          else illegal_o = !(any && snp_type_i == SnpNoOp);
        end
      end
      MemWrPtl: begin
        writes_o  = 1'b1;
        partial_o = 1'b1;
        if (!HdmH) begin
          if (invalid && snp_type_i == SnpInv) op_o = OpWrite;
          else illegal_o = 1'b1;
        end
      end
      BiConflict: begin
        conflicts_o = !HdmH;
        illegal_o   = HdmH;
      end
      default: illegal_o = 1'b1;
    endcase
  end

endmodule
