// Walks the page table: root line, directory, row, by single reads of 64 bytes.
//
// Takes a walk in any cycle and reports its end; up to Walks read at a time, the others wait in
// order.  A walk whose row pointer is known (skv_row_cache) starts with the row.  Reads carry the walk's
// slot as their ID.  What was read goes through three stages: the words are picked out of the line,
// checked, and judged; then the next read is queued, or the walk is over.  A new walk goes through
// the same stages, for its row pointer to be looked up, when no data come.  So a read's address
// stands 3 cycles after its walk was given or the data before it came, and an end 3 cycles after
// the last data.  r_ready_o is always high.
//
// The row pointer that a walk found is kept unless fresh_i says that it was invalidated meanwhile.

`include "skv_assert.svh"

module atu_walker
  import skv_mem_pkg::*;
  import skv_axi_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Walks = 8,
  parameter int unsigned Rows = 128,
  localparam int unsigned Slots = 2 * Walks,
  localparam int unsigned SlotW = $clog2(Slots)
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  unit_t            root_base_i,
  input  logic [16:0]      requests_i,
  input  unit_t            limit_i,

  input  logic             start_valid_i,
  input  logic [SlotW-1:0] start_slot_i,
  input  key_t             start_key_i,
  input  logic [Slots-1:0] fresh_i,
  output logic             begin_o,       // a walk was begun

  input  logic             clear_rows_i,

  output logic             end_valid_o,
  input  logic             end_ready_i,
  output logic [SlotW-1:0] end_slot_o,
  output key_t             end_key_o,
  output fault_e           end_fault_o,
  output entry_t           end_entry_o,   // anything with a fault

  output logic             ar_valid_o,
  input  logic             ar_ready_i,
  output ax_t              ar_o,
  input  logic             r_valid_i,
  output logic             r_ready_o,
  input  r_t               r_i
);

  localparam logic [18:0] Pages = 19'(Directories * DirRows);

  typedef logic [SlotW-1:0] slot_t;

  typedef enum logic [1:0] {LevelRoot, LevelDirectory, LevelRow} level_e;

  // What a walk waits for, and what it knows.
  typedef struct packed {
    level_e      level;
    logic [2:0]  word;    // of the line
    logic [7:0]  layers;  // from the root line
    logic [7:0]  heads;
    logic [16:0] stream;
  } context_t;

  typedef struct packed {
    slot_t slot;
    key_t  key;
  } start_t;

  // ---- Pick ----

  start_t   given, queued, starting;
  logic     queue_valid, queue_ready, may_begin, begins;
  logic [$clog2(Walks):0] active_q;

  assign may_begin = active_q != ($clog2(Walks) + 1)'(Walks) && !r_valid_i;
  assign begins    = may_begin && (queue_valid || start_valid_i);
  assign given     = '{slot: start_slot_i, key: start_key_i};
  assign starting  = queue_valid ? queued : given;

  skv_fifo #(
    .data_t(start_t),
    .Depth (Slots)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(start_valid_i && (queue_valid || !may_begin)),
    .ready_o(queue_ready),
    .data_i (given),
    .valid_o(queue_valid),
    .ready_i(may_begin),
    .data_o (queued)
  );

  key_t     key_q [Slots];
  context_t context_q [Slots];

  slot_t    r_slot;
  context_t r_context;
  assign r_slot    = r_i.id[SlotW-1:0];
  assign r_context = context_q[r_slot];

  logic     valid1_q, start1_q, error1_q;
  slot_t    slot1_q;
  key_t     key1_q;
  context_t context1_q;
  root_t    header1_q;
  logic [63:0] low1_q, high1_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid1_q <= 1'b0;
    else valid1_q <= r_valid_i || begins;
  end

  always_ff @(posedge clk_i) begin
    if (begins) key_q[starting.slot] <= starting.key;
    start1_q   <= !r_valid_i;
    error1_q   <= is_error(r_i.resp) || r_i.poison;
    slot1_q    <= r_valid_i ? r_slot : starting.slot;
    key1_q     <= r_valid_i ? key_q[r_slot] : starting.key;
    context1_q <= r_context;
    header1_q  <= r_i.data[63:0];
    low1_q     <= r_i.data[64*r_context.word+:64];
    high1_q    <= r_i.data[64*{r_context.word[2:1], 1'b1}+:64];
  end

  logic row_hit, row_write;
  row_t row;

  // ---- Check ----

  pointer_t    pointer;
  entry_t      entry;
  logic [63:0] pointer_key;
  logic [15:0] header_check, pointer_check, entry_check;
  logic [7:0]  layers, heads;

  assign pointer = low1_q;
  assign entry   = {high1_q, low1_q};
  assign pointer_key = context1_q.level == LevelRoot ?
                       directory_key(key1_q.vpn.request, key1_q.vpn.page[11:9]) :
                       row_key(key1_q.vpn.request, key1_q.vpn.page);

  atu_check #(
    .Bits(64)
  ) u_header (
    .clk_i,
    .rst_ni,
    .key_i  (root_key(key1_q.vpn.request)),
    .word_i ({16'd0, header1_q[47:0]}),
    .check_o(header_check)
  );

  atu_check #(
    .Bits(64)
  ) u_pointer (
    .clk_i,
    .rst_ni,
    .key_i  (pointer_key),
    .word_i ({16'd0, low1_q[47:0]}),
    .check_o(pointer_check)
  );

  atu_check #(
    .Bits(128)
  ) u_entry (
    .clk_i,
    .rst_ni,
    .key_i  (entry_key(key1_q.vpn)),
    .word_i ({high1_q[63:32], 16'd0, high1_q[15:0], low1_q}),
    .check_o(entry_check)
  );

  // A new walk has its row from skv_row_cache, if at all; else layers and heads are the root line's.
  assign layers = start1_q ? row.layers : header1_q.layers;
  assign heads  = start1_q ? row.heads : header1_q.heads;

  logic        valid2_q, start2_q, error2_q, known2_q, outside2_q, range2_q;
  logic        header_zero2_q, header_bad2_q, header_foreign2_q;
  logic        pointer_zero2_q, pointer_bad2_q;
  logic        entry_zero2_q, entry_bad2_q, entry_foreign2_q;
  logic [15:0] header_differs2_q, pointer_differs2_q, entry_differs2_q;
  logic [15:0] product2_q;
  logic [7:0]  layers2_q, heads2_q;
  slot_t       slot2_q;
  key_t        key2_q;
  context_t    context2_q;
  unit_t       base2_q;
  entry_t      entry2_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid2_q <= 1'b0;
    else valid2_q <= valid1_q;
  end

  always_ff @(posedge clk_i) begin
    start2_q   <= start1_q;
    error2_q   <= error1_q;
    slot2_q    <= slot1_q;
    key2_q     <= key1_q;
    context2_q <= context1_q;
    entry2_q   <= entry;

    known2_q   <= row_hit;
    outside2_q <= {1'b0, key1_q.vpn.request} >= requests_i;
    range2_q   <= key1_q.vpn.layer >= layers || key1_q.vpn.kv_head >= heads ||
                  key1_q.vpn.page >= Pages;
    product2_q <= key1_q.vpn.layer * heads;
    layers2_q  <= layers;
    heads2_q   <= heads;
    base2_q    <= !start1_q ? pointer.address : row_hit ? row.address : root_base_i;

    header_zero2_q    <= header1_q == '0;
    header_bad2_q     <= !header1_q.valid || header1_q.zero_lo != '0 || header1_q.zero_hi != '0 ||
                         header1_q.layers == '0 || header1_q.heads == '0;
    header_foreign2_q <= header1_q.owner != key1_q.tenant;
    header_differs2_q <= header_check ^ header1_q.check;

    pointer_zero2_q    <= pointer == '0;
    pointer_bad2_q     <= !pointer.valid || pointer.zero != '0 || pointer.address == '0 ||
                          pointer.address >= limit_i;
    pointer_differs2_q <= pointer_check ^ pointer.check;

    entry_zero2_q    <= entry == '0;
    entry_bad2_q     <= !entry.valid || entry.zero != '0 || entry.codec > CodecAsIs ||
                        entry.length == '0 || entry.length > 7'd64 || entry.address == '0 ||
                        (UnitW + 1)'(entry.address) + (UnitW + 1)'(entry.length) >
                        {1'b0, limit_i};
    entry_foreign2_q <= entry.owner != key1_q.tenant;
    entry_differs2_q <= entry_check ^ entry.check;
  end

  // ---- Judge ----

  fault_e   start_fault, root_fault, pointer_fault, entry_fault, fault;
  level_e   level;
  context_t next;
  logic     over, ar_valid, ar_ready, end_ready;
  logic [16:0]    stream, offset;
  logic [UnitW:0] line;
  ax_t            ar;

  assign pointer_fault = pointer_zero2_q ? FaultUnmapped :
                         pointer_bad2_q || pointer_differs2_q != '0 ? FaultMalformed : FaultNone;

  always_comb begin
    start_fault = FaultNone;
    if (outside2_q || (known2_q && range2_q)) start_fault = FaultUnmapped;

    root_fault = pointer_fault;
    if (header_zero2_q) root_fault = FaultUnmapped;
    else if (header_bad2_q || header_differs2_q != '0) root_fault = FaultMalformed;
    else if (header_foreign2_q) root_fault = FaultForeign;
    else if (range2_q) root_fault = FaultUnmapped;

    entry_fault = FaultNone;
    if (entry_zero2_q) entry_fault = FaultUnmapped;
    else if (entry_bad2_q || entry_differs2_q != '0) entry_fault = FaultMalformed;
    else if (entry_foreign2_q) entry_fault = FaultForeign;

    unique case (context2_q.level)
      LevelRoot:      fault = root_fault;
      LevelDirectory: fault = pointer_fault;
      default:        fault = entry_fault;
    endcase
    if (start2_q) fault = start_fault;
    else if (error2_q) fault = FaultBus;
  end

  always_comb begin
    if (start2_q) level = known2_q ? LevelRow : LevelRoot;
    else level = context2_q.level == LevelRoot ? LevelDirectory : LevelRow;
  end

  assign over     = fault != FaultNone || (!start2_q && context2_q.level == LevelRow);
  assign ar_valid = valid2_q && !over;

  // Of layer, KV head and kind: from the root line or a known row; a directory's has it already.
  assign stream = !start2_q && context2_q.level != LevelRoot ? context2_q.stream :
                  {product2_q + 16'(key2_q.vpn.kv_head), key2_q.vpn.kind};

  always_comb begin
    next.level  = level;
    next.layers = layers2_q;  // the root line's, for the directory's step
    next.heads  = heads2_q;
    next.stream = stream;
    unique case (level)
      LevelRoot: begin
        next.word = key2_q.vpn.page[11:9] + 3'd1;
        offset    = 17'(key2_q.vpn.request);
      end
      LevelDirectory: begin
        next.word = key2_q.vpn.page[2:0];
        offset    = 17'(key2_q.vpn.page[8:3]);
      end
      default: begin
        next.word = {stream[1:0], 1'b0};
        offset    = 17'(stream[16:2]);
      end
    endcase
  end

  assign line = {1'b0, base2_q} + (UnitW + 1)'(offset);
  assign ar   = '{id: IdW'(slot2_q), addr: AddrW'({line, 6'd0}), len: '0};

  always_ff @(posedge clk_i) begin
    if (ar_valid) context_q[slot2_q] <= next;
  end

  skv_fifo #(
    .data_t(ax_t),
    .Depth (Walks)
  ) u_ar (
    .clk_i,
    .rst_ni,
    .valid_i(ar_valid),
    .ready_o(ar_ready),
    .data_i (ar),
    .valid_o(ar_valid_o),
    .ready_i(ar_ready_i),
    .data_o (ar_o)
  );

  typedef struct packed {
    slot_t  slot;
    key_t   key;
    fault_e fault;
    entry_t entry;
  } end_t;

  end_t ending, ended;

  assign ending = '{slot: slot2_q, key: key2_q, fault: fault, entry: entry2_q};

  skv_fifo #(
    .data_t(end_t),
    .Depth (Slots)
  ) u_end (
    .clk_i,
    .rst_ni,
    .valid_i(valid2_q && over),
    .ready_o(end_ready),
    .data_i (ending),
    .valid_o(end_valid_o),
    .ready_i(end_ready_i),
    .data_o (ended)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) active_q <= '0;
    else active_q <= active_q + ($clog2(Walks) + 1)'(begins) -
                     ($clog2(Walks) + 1)'(valid2_q && over);
  end

  assign end_slot_o  = ended.slot;
  assign end_key_o   = ended.key;
  assign end_fault_o = ended.fault;
  assign end_entry_o = ended.entry;
  assign begin_o     = begins;
  assign r_ready_o   = 1'b1;

  // ---- Row pointers ----

  assign row_write = ar_valid && !start2_q && context2_q.level == LevelDirectory &&
                     fresh_i[slot2_q];

  skv_row_cache #(
    .row_t(row_t),
    .Rows (Rows)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .read_i     (begins),
    .id_i       (row_id(starting.key)),
    .hit_o      (row_hit),
    .row_o      (row),
    .write_i    (row_write),
    .write_id_i (row_id(key2_q)),
    .write_row_i('{layers: context2_q.layers, heads: context2_q.heads, address: base2_q}),
    .clear_i    (clear_rows_i)
  );

  logic unused;
  assign unused = &{1'b0, r_i.id[IdW-1:SlotW], r_i.last, queue_ready, ar_ready, end_ready,
                    context1_q.word, context2_q.word};

  `SKV_ASSERT(QueueHasRoom, start_valid_i |-> queue_ready)
  `SKV_ASSERT(AddressHasRoom, ar_valid |-> ar_ready)
  `SKV_ASSERT(EndHasRoom, valid2_q && over |-> end_ready)
  `SKV_ASSERT(NotTooMany, active_q <= ($clog2(Walks) + 1)'(Walks))
  // A walk gives an entry only to its owner, and only one that is there.
  `SKV_ASSERT(OwnEntry, valid2_q && over && fault == FaultNone |->
              entry2_q.valid && entry2_q.owner == key2_q.tenant)
  `SKV_ASSUME(OneBeat, r_valid_i |-> r_i.last)
  `SKV_ASSUME(OwnId, r_valid_i |-> r_i.id[IdW-1:SlotW] == '0)
  `SKV_COVER(Waits, queue_valid)
  `SKV_COVER(RowKnown, valid2_q && start2_q && known2_q)

endmodule
