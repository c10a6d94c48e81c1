// CXL.mem's transaction layer: channels, opcodes and fields as on 256-byte flits.  docs/coherence.md
// says where each encoding comes from.  Fields of a channel stand in the standard's order, the last
// one lowest; TC, CKID and reserved bits, which nothing here looks at, are left out.

package cxl_pkg;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned HpaLineW = 46;  // Addr[51:6]
  localparam int unsigned TagW = 16;
  localparam int unsigned BiW = 12;       // BI-ID, BITag
  localparam int unsigned DataW = 512;
  localparam int unsigned BeW = DataW / 8;
  // verilator lint_on UNUSEDPARAM

  typedef logic [HpaLineW-1:0] hpa_t;
  typedef logic [TagW-1:0]     tag_t;

  typedef enum logic [3:0] {
    MemInv       = 4'h0,
    MemRd        = 4'h1,
    MemRdData    = 4'h2,
    MemRdFwd     = 4'h3,
    MemWrFwd     = 4'h4,
    MemRdTee     = 4'h5,
    MemRdDataTee = 4'h6,
    MemSpecRd    = 4'h8,
    MemInvNt     = 4'h9,
    MemClnEvct   = 4'hA,
    MemSpecRdTee = 4'hC,
    TeUpdate     = 4'hD
  } req_op_e;

  typedef enum logic [3:0] {
    MemWr        = 4'h1,
    MemWrPtl     = 4'h2,
    BiConflict   = 4'h4,
    MemRdFill    = 4'h5,
    MemWrTee     = 4'h9,
    MemWrPtlTee  = 4'hA,
    MemRdFillTee = 4'hD
  } rwd_op_e;

  typedef enum logic [3:0] {
    BiRspI    = 4'h0,
    BiRspS    = 4'h1,
    BiRspE    = 4'h2,
    BiRspIBlk = 4'h4,
    BiRspSBlk = 4'h5,
    BiRspEBlk = 4'h6
  } birsp_op_e;

  typedef enum logic [3:0] {
    BiSnpCur     = 4'h0,
    BiSnpData    = 4'h1,
    BiSnpInv     = 4'h2,
    BiSnpCurBlk  = 4'h4,
    BiSnpDataBlk = 4'h5,
    BiSnpInvBlk  = 4'h6
  } bisnp_op_e;

  typedef enum logic [2:0] {
    Cmp           = 3'h0,
    CmpS          = 3'h1,
    CmpE          = 3'h2,
    CmpM          = 3'h3,
    BiConflictAck = 3'h4,
    CmpTee        = 3'h5
  } ndr_op_e;

  typedef enum logic [2:0] {
    MemData    = 3'h0,
    MemDataNxm = 3'h1,
    MemDataTee = 3'h2
  } drs_op_e;

  typedef enum logic [2:0] {
    SnpNoOp = 3'h0,
    SnpData = 3'h1,
    SnpCur  = 3'h2,
    SnpInv  = 3'h3
  } snp_type_e;

  typedef enum logic [1:0] {
    Meta0State   = 2'h0,
    ExtMetaState = 2'h1,
    MetaNoOp     = 2'h3
  } meta_field_e;

  typedef enum logic [1:0] {
    MetaInvalid = 2'h0,
    MetaAny     = 2'h2,
    MetaShared  = 2'h3
  } meta_value_e;

  typedef enum logic [1:0] {
    LoadLight    = 2'h0,
    LoadOptimal  = 2'h1,
    LoadModerate = 2'h2,
    LoadSevere   = 2'h3
  } dev_load_e;

  typedef struct packed {
    logic [3:0] opcode;      // req_op_e
    logic [2:0] snp_type;    // snp_type_e
    logic [1:0] meta_field;  // meta_field_e
    logic [1:0] meta_value;  // meta_value_e
    tag_t       tag;
    hpa_t       addr;
    logic [3:0] ld_id;
  } req_t;

  typedef struct packed {
    logic [3:0]       opcode;  // rwd_op_e
    logic [2:0]       snp_type;
    logic [1:0]       meta_field;
    logic [1:0]       meta_value;
    tag_t             tag;
    hpa_t             addr;
    logic             poison;
    logic [3:0]       ld_id;
    logic [BeW-1:0]   be;      // of MemWrPtl
    logic [DataW-1:0] data;
  } rwd_t;

  typedef struct packed {
    logic [3:0]     opcode;  // birsp_op_e
    logic [BiW-1:0] bi_id;
    logic [BiW-1:0] bi_tag;
    logic [1:0]     low_addr;
  } birsp_t;

  typedef struct packed {
    logic [3:0]     opcode;  // bisnp_op_e
    logic [BiW-1:0] bi_id;
    logic [BiW-1:0] bi_tag;
    hpa_t           addr;
  } bisnp_t;

  typedef struct packed {
    ndr_op_e     opcode;
    meta_field_e meta_field;
    logic [1:0]  meta_value;
    tag_t        tag;
    logic [3:0]  ld_id;
    dev_load_e   dev_load;
  } ndr_t;

  typedef struct packed {
    drs_op_e          opcode;
    meta_field_e      meta_field;
    logic [1:0]       meta_value;
    tag_t             tag;
    logic             poison;
    logic [3:0]       ld_id;
    dev_load_e        dev_load;
    logic [DataW-1:0] data;
  } drs_t;

endpackage
