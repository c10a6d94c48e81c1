// Prefetching (docs/prefetch.md): packets of the GPU, questions and answers, requests to the DMA.

package prefetch_pkg;

  import skv_mem_pkg::tenant_t;
  import skv_mem_pkg::vpn_t;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned Lanes = 16;      // pages in a word
  localparam int unsigned CodeW = 7;
  localparam int unsigned AverageW = 11;   // in sixteenths of a code
  localparam int unsigned ValueW = 12;     // of an average or score, plus Bias
  localparam int unsigned LeanW = 16;      // of what the layers above lean to
  localparam int unsigned Bias = 1024;
  localparam int unsigned HandleW = 4;
  localparam int unsigned LayerW = 7;
  localparam int unsigned HeadW = 3;
  localparam int unsigned PageW = 8;
  localparam int unsigned WordW = PageW - 4;
  localparam int unsigned SlotW = 16;
  localparam int unsigned FlightW = 7;
  localparam int unsigned TagW = FlightW + 1;
  localparam int unsigned MarginW = 11;    // signed
  localparam int unsigned ShareW = 12;     // of a stream's share of the room
  // verilator lint_on UNUSEDPARAM

  typedef logic [PageW:0]        pages_t;   // a number of pages
  typedef logic [Lanes-1:0]      lanes_t;   // a bit a page
  typedef logic [8*Lanes-1:0]    beat_t;
  typedef logic [SlotW-1:0]      slot_t;
  typedef logic [FlightW-1:0]    flight_t;
  typedef logic [ValueW-1:0]     value_t;
  typedef logic signed [MarginW-1:0] margin_t;
  typedef value_t [Lanes-1:0]    values_t;
  typedef logic [4:0]            some_t;    // of a word's pages
  typedef logic [Lanes-1:0][CodeW-1:0] codes_t;

  // ---- Packets: a header, and behind that of a report a byte a page ----

  typedef enum logic [7:0] {
    PacketBegin  = 8'd0,
    PacketStep   = 8'd1,
    PacketReport = 8'd2,
    PacketEnd    = 8'd3
  } packet_e;

  typedef struct packed {
    logic [31:0] zero;
    logic [15:0] room;     // PacketStep: pages a stream keeps, in 1/128
    logic [15:0] pages;    // PacketStep, PacketReport: that have begun
    logic [7:0]  head;     // PacketBegin: how many
    logic [7:0]  layer;
    logic [15:0] request;  // PacketBegin
    tenant_t     tenant;
    logic [7:0]  handle;
    logic [7:0]  kind;     // packet_e
  } header_t;

  // A page of a resident request.
  typedef struct packed {
    logic [HandleW-1:0] handle;
    logic [LayerW-1:0]  layer;
    logic [HeadW-1:0]   head;
    logic [PageW-1:0]   page;
  } where_t;

  // What is known of a resident request.
  typedef struct packed {
    logic        valid;
    logic [15:0] request;
    tenant_t     tenant;
    logic [7:0]  layers;
    logic [7:0]  heads;
    pages_t      pages;
    logic [15:0] room;
  } request_t;

  // ---- The reader's questions ----

  typedef struct packed {
    logic [7:0]  tag;
    tenant_t     tenant;
    logic [7:0]  handle;
    logic [7:0]  layer;
    logic [7:0]  head;
    logic [15:0] page;
  } ask_t;

  typedef enum logic [2:0] {
    AnswerHit     = 3'd0,
    AnswerLate    = 3'd1,  // on its way: arrived_t will tell
    AnswerMiss    = 3'd2,  // fetched now: arrived_t will tell
    AnswerFull    = 3'd3,  // no slot for it
    AnswerForeign = 3'd4,
    AnswerIllegal = 3'd5
  } answer_e;

  typedef struct packed {
    logic [7:0] tag;
    answer_e    answer;
    slot_t      slot;    // zeros unless hit, late or missed
  } answer_t;

  // A page that was asked for while it was not there has come, or could not be had.
  typedef struct packed {
    where_t where;
    slot_t  slot;
    logic   ok;
  } arrived_t;

  // ---- Requests to the DMA, two a page ----

  typedef struct packed {
    logic [TagW-1:0] tag;
    vpn_t            vpn;
    tenant_t         tenant;
    slot_t           slot;
    logic            demand;  // a load, else a prefetch
  } fetch_t;

  // ---- Inside ----

  // What is done to the directory: to a word, a page, a flight's page.
  typedef enum logic [2:0] {
    OpClear  = 3'd0,  // a word: nothing is there
    OpRead   = 3'd1,  // a word: what is there
    OpSettle = 3'd2,  // a word: the same, and its step ends: wasted and new pages are counted
    OpEnter  = 3'd3,  // a page that the GPU writes
    OpFetch  = 3'd4,
    OpEvict  = 3'd5,
    OpAsk    = 3'd6,
    OpLand   = 3'd7
  } op_e;

  typedef enum logic [1:0] {
    ScoreClear  = 2'd0,
    ScoreUpdate = 2'd1,  // averages with a report
    ScoreMake   = 2'd2   // averages and what the layers above add
  } score_e;

  // Which pages are ranked, and how.
  typedef enum logic [1:0] {
    RankKept   = 2'd0,  // those there, the first and the newest before all
    RankBegun  = 2'd1,  // all that have begun
    RankWanted = 2'd2   // those not there, not below the floor, the first and the newest before all
  } rank_e;

  typedef struct packed {
    where_t  where;
    slot_t   slot;
    logic    demand;
    logic    asked;    // someone waits for it
    logic    dropped;  // nobody wants it any more
    logic    failed;
  } landing_t;

  // For counters.
  typedef struct packed {
    logic hit;
    logic late;
    logic miss;
    logic full;
    logic refused;         // a question
    logic issued;          // a prefetch
    logic unplaced;        // a prefetch without a slot
    logic useful;          // a prefetched page that was asked for
    logic cancelled;       // a fetch dropped on its way
    logic failed;
    some_t wasted;         // prefetched, not asked for
  } events_t;

  typedef struct packed {
    logic [31:0] hits;
    logic [31:0] late;
    logic [31:0] misses;
    logic [31:0] full;
    logic [31:0] refused;
    logic [31:0] issued;
    logic [31:0] unplaced;
    logic [31:0] useful;
    logic [31:0] cancelled;
    logic [31:0] failed;
    logic [31:0] wasted;
    logic [31:0] rejected;  // packets
  } counters_t;

endpackage
