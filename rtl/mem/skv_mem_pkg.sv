// The page table and what goes with it (docs/memory-path.md).

package skv_mem_pkg;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned UnitW = 40;        // an address, in units of 64 bytes
  localparam int unsigned Directories = 6;   // a request's
  localparam int unsigned DirRows = 512;     // rows a directory points to
  localparam int unsigned DirUnits = DirRows / 8;
  // verilator lint_on UNUSEDPARAM

  typedef logic [UnitW-1:0] unit_t;
  typedef logic [15:0]      tenant_t;

  // The upper 52 bits of a virtual page address.
  typedef struct packed {
    logic [15:0] request;
    logic [7:0]  layer;
    logic [7:0]  kv_head;
    logic        kind;
    logic [18:0] page;
  } vpn_t;

  // Which row, and whose.
  typedef struct packed {
    logic [15:0] request;
    logic [18:0] page;
    tenant_t     owner;
  } row_id_t;

  typedef enum logic [1:0] {
    CodecSpeckv = 2'd0,
    CodecAsIs   = 2'd1
  } codec_e;

  typedef struct packed {
    logic [15:0] check;
    tenant_t     owner;
    logic [7:0]  zero_hi;
    logic [7:0]  heads;
    logic [7:0]  layers;
    logic [6:0]  zero_lo;
    logic        valid;
  } root_t;

  typedef struct packed {
    logic [15:0] check;
    logic [6:0]  zero;
    unit_t       address;
    logic        valid;
  } pointer_t;

  typedef struct packed {
    logic [31:0] crc;      // of the stored page
    logic [15:0] check;
    logic [4:0]  zero;
    unit_t       address;
    tenant_t     owner;
    logic [7:0]  slot;     // table
    logic [6:0]  length;   // units
    logic [1:0]  codec;    // codec_e
    logic        writable;
    logic        valid;
  } entry_t;

  typedef enum logic [2:0] {
    FaultNone      = 3'd0,
    FaultUnmapped  = 3'd1,
    FaultForeign   = 3'd2,
    FaultReadOnly  = 3'd3,
    FaultMalformed = 3'd4,
    FaultBus       = 3'd5
  } fault_e;

  // What is forgotten: a page's translation, a request's, everything.
  typedef enum logic [1:0] {
    InvPage    = 2'd0,
    InvRequest = 2'd1,
    InvAll     = 2'd2
  } inv_e;

  // What the page store answers.
  typedef enum logic [3:0] {
    StoreOk        = 4'd0,
    StoreNoMemory  = 4'd1,
    StoreUnmapped  = 4'd2,   // the request is not begun
    StoreForeign   = 4'd3,
    StoreRange     = 4'd4,   // layer, head or page beyond the request's
    StoreMalformed = 4'd5,
    StoreBus       = 4'd6,
    StoreExists    = 4'd7    // begin of a begun request
  } store_status_e;

  // A translation asked for, and its answer.  The tag is the asker's.
  typedef struct packed {
    logic [7:0] tag;
    vpn_t       vpn;
    tenant_t    tenant;
    logic       write;
  } translate_t;

  typedef struct packed {
    logic [7:0] tag;
    fault_e     fault;
    entry_t     entry;  // zeros with a fault
  } translated_t;

  typedef struct packed {
    inv_e kind;
    vpn_t vpn;  // InvRequest: its request; InvAll: any
  } invalidate_t;

  typedef enum logic {
    ManageBegin = 1'b0,
    ManageFree  = 1'b1
  } manage_e;

  typedef struct packed {
    manage_e     op;
    logic [15:0] request;
    tenant_t     tenant;
    logic [7:0]  layers;  // ManageBegin
    logic [7:0]  heads;
  } manage_t;

  // Where an entry is: a quarter of a unit.
  typedef struct packed {
    unit_t      unit;
    logic [1:0] quarter;
  } entry_at_t;

  typedef struct packed {
    logic [7:0] tag;
    vpn_t       vpn;
    tenant_t    tenant;
    logic [6:0] length;  // units
  } place_t;

  typedef struct packed {
    logic [7:0]    tag;
    store_status_e status;
    unit_t         address;  // zeros unless StoreOk
    entry_at_t     at;
  } placed_t;

  typedef struct packed {
    logic [7:0] tag;
    vpn_t       vpn;
    entry_at_t  at;     // as placed
    entry_t     entry;  // the page store fills in the check
  } map_t;

  typedef struct packed {
    logic [7:0]    tag;
    store_status_e status;  // StoreOk or StoreBus
  } mapped_t;

  // ---- The check: CRC-16 (0x1021, from 0xFFFF, most significant bit first) of a key and a word ----

  typedef logic [15:0][191:0] check_matrix_t;  // [bit of the check][bit of key and word]

  // What a 1 in each bit adds to the check: as parities of many bits they are shallow logic.
  function automatic check_matrix_t check_matrix();
    logic [15:0]   crc;
    check_matrix_t matrix;
    crc = 16'h1021;
    for (int i = 0; i < 192; i++) begin
      for (int k = 0; k < 16; k++) matrix[k][i] = crc[k];
      crc = {crc[14:0], 1'b0} ^ (crc[15] ? 16'h1021 : 16'h0);
    end
    return matrix;
  endfunction

  localparam check_matrix_t CheckMatrix = check_matrix();

  // The initial value is the same as its bits on top of the key's first ones.
  localparam logic [63:0] CheckStart = {16'hFFFF, 48'h0};

  function automatic logic [15:0] check64(logic [63:0] key, logic [63:0] word);
    logic [15:0] crc;
    for (int k = 0; k < 16; k++) crc[k] = ^({key ^ CheckStart, word} & CheckMatrix[k][127:0]);
    return crc;
  endfunction

  function automatic logic [15:0] check128(logic [63:0] key, logic [127:0] word);
    logic [15:0] crc;
    for (int k = 0; k < 16; k++) crc[k] = ^({key ^ CheckStart, word} & CheckMatrix[k]);
    return crc;
  endfunction

  function automatic logic [63:0] root_key(logic [15:0] request);
    return {2'd0, 46'd0, request};
  endfunction

  function automatic logic [63:0] directory_key(logic [15:0] request, logic [2:0] number);
    return {2'd1, 36'd0, request, 7'd0, number};
  endfunction

  function automatic logic [63:0] row_key(logic [15:0] request, logic [18:0] row);
    return {2'd2, 26'd0, request, 1'b0, row};
  endfunction

  function automatic logic [63:0] entry_key(vpn_t vpn);
    return {2'd3, 10'd0, vpn};
  endfunction

  function automatic logic [63:0] link_key(unit_t segment);
    return {2'd1, 22'h3FFFFF, segment};
  endfunction

endpackage
