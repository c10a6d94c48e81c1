// The decoders of the endpoint, for HDM-DB and for HDM-H, side by side on one set of fields.

module decode_tb_top (
  input  logic [3:0]      opcode_i,
  input  logic [2:0]      snp_type_i,
  input  logic [1:0]      meta_field_i,
  input  logic [1:0]      meta_value_i,

  // By HdmH: operation, reads, moves, answers, illegal, speculates.
  output logic [1:0][8:0] req_o,
  // By HdmH: operation, writes, conflicts, partial, illegal.
  output logic [1:0][7:0] rwd_o
);

  for (genvar h = 0; h < 2; h++) begin : gen_hdm_h
    coh_pkg::op_e req_op, rwd_op;
    logic         reads, moves, answers, req_illegal, speculates;
    logic         writes, conflicts, partial, rwd_illegal;

    cxl_decode_req #(
      .HdmH(1'(h))
    ) u_req (
      .opcode_i,
      .snp_type_i,
      .meta_field_i,
      .meta_value_i,
      .reads_o     (reads),
      .moves_o     (moves),
      .answers_o   (answers),
      .op_o        (req_op),
      .illegal_o   (req_illegal),
      .speculates_o(speculates)
    );

    cxl_decode_rwd #(
      .HdmH(1'(h))
    ) u_rwd (
      .opcode_i,
      .snp_type_i,
      .meta_field_i,
      .meta_value_i,
      .writes_o   (writes),
      .conflicts_o(conflicts),
      .partial_o  (partial),
      .op_o       (rwd_op),
      .illegal_o  (rwd_illegal)
    );

    assign req_o[h] = {req_op, reads, moves, answers, req_illegal, speculates};
    assign rwd_o[h] = {rwd_op, writes, conflicts, partial, rwd_illegal};
  end

endmodule
