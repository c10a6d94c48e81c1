// The device coherency engine (docs/coherence.md): what is asked of it, and its answers.

package coh_pkg;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned LineW = 32;  // an address in device memory, in lines of 64 bytes
  localparam int unsigned TagW = 16;
  localparam int unsigned DataW = 512;
  localparam int unsigned StrbW = DataW / 8;
  localparam int unsigned SlotW = 7;   // number of a slot
  // verilator lint_on UNUSEDPARAM

  typedef logic [LineW-1:0] line_t;
  typedef logic [TagW-1:0]  tag_t;
  typedef logic [SlotW-1:0] slot_t;

  // What the host may hold of a line.  Owned covers its E and M: it goes from one to the other
  // without a word.
  typedef enum logic [1:0] {
    StInvalid = 2'd0,
    StShared  = 2'd1,
    StOwned   = 2'd2
  } state_e;

  // An entry of the filter.  Reserved: the host holds nothing, and a request is about to use it.
  typedef enum logic [1:0] {
    EntryFree     = 2'd0,
    EntryShared   = 2'd1,
    EntryOwned    = 2'd2,
    EntryReserved = 2'd3
  } entry_e;

  typedef enum logic [3:0] {
    OpRead       = 4'd0,   // host, keeps nothing of it
    OpReadShared = 4'd1,   // host, to share
    OpReadData   = 4'd2,   // host, as is best
    OpReadOwn    = 4'd3,   // host, to own
    OpOwn        = 4'd4,   // host, to own without data
    OpDrop       = 4'd5,   // host, holds it no more
    OpDevRead    = 4'd6,   // device; the host may go on sharing
    OpDevPeek    = 4'd7,   // device; the host keeps what it has
    OpDevWrite   = 4'd8,   // device
    OpEvict      = 4'd9,   // the engine's own: make room
    OpWrite      = 4'd10,  // host, holds it no more
    OpWriteShare = 4'd11,  // host, goes on sharing
    OpWriteKeep  = 4'd12   // host, keeps what it has
  } op_e;

  typedef enum logic [2:0] {
    ActRead  = 3'd0,  // memory
    ActWrite = 3'd1,  // memory
    ActDone  = 3'd2,  // without memory
    ActSnoop = 3'd3,
    ActEvict = 3'd4,
    ActRetry = 3'd5
  } action_e;

  // Of a back-invalidation.
  typedef enum logic [1:0] {
    SnoopCur  = 2'd0,
    SnoopData = 2'd1,
    SnoopInv  = 2'd2
  } snoop_e;

  typedef struct packed {
    op_e   op;
    line_t line;
    tag_t  tag;
  } host_req_t;

  typedef struct packed {
    op_e              op;
    line_t            line;
    tag_t             tag;
    logic             poison;
    logic [StrbW-1:0] strb;
    logic [DataW-1:0] data;
  } host_write_t;

  typedef struct packed {
    tag_t             tag;
    state_e           grant;
    logic             poison;
    logic [DataW-1:0] data;
  } host_data_t;

  typedef struct packed {
    tag_t   tag;
    state_e grant;
  } host_ack_t;

  typedef struct packed {
    snoop_e kind;
    line_t  line;
    slot_t  slot;
  } snoop_t;

  typedef struct packed {
    state_e state;  // what the host holds now
    slot_t  slot;
  } snooped_t;

  // A device port's lines; the tag is its own.
  typedef struct packed {
    op_e        op;
    line_t      line;
    logic [5:0] tag;
  } dev_read_t;

  typedef struct packed {
    line_t            line;
    logic [5:0]       tag;
    logic             poison;
    logic [StrbW-1:0] strb;
    logic [DataW-1:0] data;
  } dev_write_t;

  function automatic logic is_write(op_e op);
    return op == OpWrite || op == OpWriteShare || op == OpWriteKeep;
  endfunction

  // The back-invalidation that an operation may need.
  function automatic snoop_e snoop_of(op_e op);
    unique case (op)
      OpDevRead: return SnoopData;
      OpDevPeek: return SnoopCur;
      default:   return SnoopInv;
    endcase
  endfunction

  // Whether a host may be left with `state` by a back-invalidation.
  function automatic logic allows(snoop_e kind, state_e state);
    unique case (kind)
      SnoopCur:  return 1'b1;
      SnoopData: return state != StOwned;
      default:   return state == StInvalid;
    endcase
  endfunction

endpackage
