// The next-token predictor (docs/lstm.md).

package lstm_pkg;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned Lanes = 8;          // rows worked on at once: a group
  localparam int unsigned Chunk = 64;         // columns worked on at once
  localparam int unsigned Pairs = 64;         // of units in a layer: a group has the rows of two
  localparam int unsigned StateBeats = 16;    // of a request, in memory
  localparam int unsigned Beat = 32;          // values in 64 bytes
  localparam int unsigned Top = 4;
  localparam int unsigned SumW = 30;          // of 64 products
  localparam int unsigned ScaleBits = 24;

  localparam int unsigned GateGroups = 128;   // of both layers
  localparam int unsigned GateWords = 448;    // 64 groups of 3 chunks, 64 groups of 4
  // verilator lint_on UNUSEDPARAM

  typedef logic signed [15:0]   value_t;
  typedef value_t [Chunk-1:0]   chunk_t;
  typedef value_t [Lanes-1:0]   group_t;
  typedef logic signed [31:0]   sum_t;
  typedef logic [15:0]          token_t;
  typedef logic [15:0]          slot_t;

  // A row's parameters, eight to a beat.
  typedef struct packed {
    sum_t        bias;
    logic [15:0] scale;
    token_t      token;
  } row_t;

  // Where the vectors of a step are, in chunks.
  typedef enum logic [3:0] {
    AtInput  = 4'd0,
    AtOld0   = 4'd1,  // two chunks each
    AtNew0   = 4'd3,
    AtOld1   = 4'd5,
    AtNew1   = 4'd7
  } at_e;

  // One cycle's work of the matrix unit: a group's rows times a chunk.
  typedef struct packed {
    logic [15:0] word;    // of the weights
    logic [15:0] group;   // of the rows' parameters
    logic [3:0]  chunk;
    logic        first;   // of the group's chunks
    logic        last;
    logic        output_row;
    logic        finish;  // the last group of the output
  } op_t;

  // A token that a request has come to.
  typedef struct packed {
    slot_t  slot;
    token_t token;
    logic   first;    // from a state of zeros
    logic   predict;
  } step_t;

  typedef enum logic [2:0] {
    StatusOk       = 3'd0,
    StatusUnloaded = 3'd1,  // there are no weights
    StatusIllegal  = 3'd2,  // no such token or slot
    StatusRead     = 3'd3,  // memory error; the state is as it was
    StatusWrite    = 3'd4   // memory error; the state is lost
  } status_e;

  typedef token_t [Top-1:0] best_t;

  typedef struct packed {
    slot_t   slot;
    status_e status;
    best_t   tokens;  // the likeliest at [0]; zeros without a prediction
  } answer_t;

  // A step whose operands are in place, or that failed.
  typedef struct packed {
    slot_t   slot;
    status_e status;
    logic    predict;
  } job_t;

  // sigmoid(k / 4) - 1/2, in units of 2^-15.
  function automatic logic [14:0] knot(logic [5:0] k);
    unique case (k)
      6'd0: return 15'd0;
      6'd1: return 15'd2037;
      6'd2: return 15'd4013;
      6'd3: return 15'd5871;
      6'd4: return 15'd7571;
      6'd5: return 15'd9087;
      6'd6: return 15'd10406;
      6'd7: return 15'd11533;
      6'd8: return 15'd12478;
      6'd9: return 15'd13260;
      6'd10: return 15'd13898;
      6'd11: return 15'd14415;
      6'd12: return 15'd14830;
      6'd13: return 15'd15161;
      6'd14: return 15'd15423;
      6'd15: return 15'd15631;
      6'd16: return 15'd15795;
      6'd17: return 15'd15923;
      6'd18: return 15'd16024;
      6'd19: return 15'd16103;
      6'd20: return 15'd16165;
      6'd21: return 15'd16213;
      6'd22: return 15'd16251;
      6'd23: return 15'd16280;
      6'd24: return 15'd16303;
      6'd25: return 15'd16321;
      6'd26: return 15'd16335;
      6'd27: return 15'd16346;
      6'd28: return 15'd16354;
      6'd29: return 15'd16361;
      6'd30: return 15'd16366;
      6'd31: return 15'd16370;
      default: return 15'd16373;
    endcase
  endfunction

endpackage
