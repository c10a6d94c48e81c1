// Descriptors, completions and rings of the DMA engine (docs/memory-path.md).

package dma_pkg;

  import skv_mem_pkg::*;

  localparam int unsigned RingW = 2;  // number of a ring

  typedef enum logic [7:0] {
    OpCopyIn   = 8'd1,
    OpCopyOut  = 8'd2,
    OpStore    = 8'd3,
    OpLoad     = 8'd4,
    OpPrefetch = 8'd5
  } op_e;

  typedef struct packed {
    logic [287:0] zero3;
    logic [31:0]  length;   // bytes
    logic [63:0]  target;   // page, or bytes in device memory
    logic [63:0]  host;
    logic [31:0]  tag;
    logic [7:0]   zero2;
    logic [7:0]   slot;     // table
    logic [6:0]   zero1;
    logic         readonly;
    logic [7:0]   op;       // op_e
  } descriptor_t;

  typedef enum logic [7:0] {
    StatusOk        = 8'd0,
    StatusCancelled = 8'd1,
    StatusStopped   = 8'd2,
    StatusMalformed = 8'd3,
    StatusAlign     = 8'd4,
    StatusLength    = 8'd5,
    StatusWindow    = 8'd6,
    StatusUnmapped  = 8'd7,
    StatusForeign   = 8'd8,
    StatusReadOnly  = 8'd9,
    StatusTable     = 8'd10,
    StatusTableBus  = 8'd11,
    StatusNoMemory  = 8'd12,
    StatusHostBus   = 8'd13,
    StatusPoolBus   = 8'd14,
    StatusCorrupt   = 8'd15,
    StatusFetch     = 8'd16
  } status_e;

  typedef struct packed {
    logic [55:0] zero3;
    logic [7:0]  length;  // units in device memory
    logic        phase;
    logic [3:0]  zero1;
    logic [2:0]  error;   // of StatusCorrupt
    status_e     status;
    logic [15:0] number;
    logic [31:0] tag;
  } completion_t;

  typedef struct packed {
    logic        enable;
    tenant_t     tenant;
    unit_t       window_base;
    unit_t       window_limit;
    logic [63:0] base;
    logic [63:0] completions;
    logic [3:0]  size_log2;
    logic [15:0] tail;
    logic [15:0] consumed;
  } ring_t;

  typedef struct packed {
    logic [RingW-1:0] ring;
    logic [31:0]      tag;
  } cancel_t;

endpackage
