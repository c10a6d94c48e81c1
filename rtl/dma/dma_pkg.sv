// Descriptors, completions and rings of the DMA engine (docs/memory-path.md).

package dma_pkg;

  import skv_mem_pkg::*;

  localparam int unsigned RingW = 4;  // number of a ring; that behind the last one is the feed's

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

  // What other engines ask for, without a ring: a page to be loaded or stored ...
  typedef struct packed {
    logic [15:0] tag;
    logic        store;
    logic        prefetch;    // a load that may wait and be cancelled
    logic        readonly;    // store
    logic [7:0]  table_slot;  // store
    tenant_t     tenant;
    vpn_t        vpn;
    logic [57:0] host;        // address of the raw page / 64
  } feed_t;

  // ... and how that ended.
  typedef struct packed {
    logic [15:0] tag;
    status_e     status;
    logic [2:0]  error;   // of StatusCorrupt
    logic [6:0]  length;  // units in device memory
  } fed_t;

  // ---- Inside the engine ----

  // Not every module uses every constant.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned PageBeats = 64;
  // verilator lint_on UNUSEDPARAM

  typedef logic [5:0]  slot_t;    // number of a descriptor under way
  typedef logic [57:0] line_t;    // a byte address / 64
  typedef logic [6:0]  beats_t;   // 1 to 64
  typedef logic [3:0]  buffer_t;  // number of a page buffer

  // What is done with a descriptor.
  typedef struct packed {
    logic page;      // through the codec; else a copy
    logic inward;    // from the host
    logic prefetch;
  } kind_t;

  // A descriptor that was checked.
  typedef struct packed {
    status_e     status;  // StatusOk: to be done
    kind_t       kind;
    logic        readonly;
    logic [7:0]  table_slot;
    tenant_t     tenant;
    logic [31:0] tag;
    line_t       host;
    line_t       target;
    beats_t      beats;
  } request_t;

  typedef struct packed {
    logic [RingW-1:0] ring;
    logic [15:0]      number;
    request_t         request;
  } accepted_t;

  // How a descriptor ended.
  typedef struct packed {
    slot_t      slot;
    status_e    status;
    logic [2:0] error;
    beats_t     length;
  } result_t;

  // What goes into its completion.
  typedef struct packed {
    logic [RingW-1:0] ring;
    logic [15:0]      number;
    logic [31:0]      tag;
    status_e          status;
    logic [2:0]       error;
    beats_t           length;
  } finish_t;

  // Where a stored page is, from its entry.
  typedef struct packed {
    unit_t       address;
    beats_t      length;
    logic        raw;
    logic [7:0]  table_slot;
    logic [31:0] crc;
  } place_of_t;

  // Data to be read ...
  typedef struct packed {
    slot_t       slot;
    line_t       line;
    beats_t      beats;
    logic        codec;       // through it; else past it
    logic [7:0]  table_slot;
    logic        raw;
    logic [31:0] crc;
  } read_job_t;

  // ... that lie in a page buffer, or are of no use ...
  typedef struct packed {
    slot_t       slot;
    buffer_t     buffer;
    beats_t      beats;
    logic        page;   // through the codec
    logic        bus;    // error in the reading: no buffer
    logic        bad;    // refused by the codec: no buffer
    logic [2:0]  error;
    logic        raw;
    logic [31:0] crc;
  } collected_t;

  // ... and are to be written ...
  typedef struct packed {
    slot_t   slot;
    buffer_t buffer;
    line_t   line;
    beats_t  beats;
  } write_job_t;

  // ... and are.
  typedef struct packed {
    slot_t slot;
    logic  bus;   // error
  } written_t;

  // What the codec says of a page with its last beat.
  typedef struct packed {
    logic        bad;
    logic [2:0]  error;
    logic        raw;
    logic [31:0] crc;
  } verdict_t;

  // A burst, inside 4 KB.
  typedef struct packed {
    line_t      line;
    beats_t     beats;
    logic       last;  // of its job
  } burst_t;

  // What the page store's answer means for a store.
  function automatic status_e status_of(store_status_e status);
    case (status)
      StoreOk:                     return StatusOk;
      StoreNoMemory:               return StatusNoMemory;
      StoreUnmapped, StoreRange:   return StatusUnmapped;
      StoreForeign:                return StatusForeign;
      StoreBus:                    return StatusTableBus;
      default:                     return StatusTable;
    endcase
  endfunction

endpackage
