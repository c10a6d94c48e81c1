// What the registers give to the engines and take from them (docs/registers.md).

package skv_csr_pkg;

  import skv_mem_pkg::unit_t;
  import skv_mem_pkg::tenant_t;
  import skv_mem_pkg::vpn_t;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned AddrW = 12;
  localparam int unsigned DataW = 64;
  localparam int unsigned Rings = 8;
  localparam int unsigned Loaders = 3;  // tables of the compressor and decompressor, LSTM weights
  localparam int unsigned StatusW = 4;
  // verilator lint_on UNUSEDPARAM

  typedef logic [Rings-1:0][15:0] progress_t;
  typedef logic [StatusW-1:0]     answer_t;
  typedef logic [23:0]            window_page_t;
  typedef logic [3:0]             several_t;

  // ---- To the engines ----

  typedef struct packed {
    logic                     enable;         // 0: the engines are held in reset
    logic                     soft_reset;     // one cycle: drain, then reset
    unit_t                    root_base;
    unit_t                    link_base;
    unit_t                    pool_base;
    logic [25:0]              segments;
    unit_t                    staging_base;
    cxl_pkg::hpa_t            hdm_base;
    coh_pkg::line_t           hdm_lines;
    logic [cxl_pkg::BiW-1:0]  bi_id;
    unit_t                    embeddings;
    unit_t                    states;
    logic [57:0]              l2_base;        // byte address / 64
    logic [51:0]              event_base;     // byte address / 4096
    logic [3:0]               event_size_log2;
    logic [15:0]              event_consumed;
    dma_pkg::ring_t [Rings-1:0] ring;
  } csr_config_t;

  // ---- From the engines ----

  typedef struct packed {
    logic [7:0]  lanes;
    logic [7:0]  channels;
    logic [7:0]  rings;
    logic [15:0] tables;
    logic [15:0] tlb_entries;
    logic [23:0] staging_pages;
    logic [23:0] window_pages;
    logic [15:0] prefetch_requests;
    logic [23:0] prefetch_slots;
    logic [15:0] prefetch_flights;
    logic [7:0]  request_layers;
    logic [7:0]  request_heads;
    logic [15:0] request_pages;
  } csr_caps_t;

  typedef struct packed {
    csr_caps_t caps;
    logic      ready;      // commands may be given
    logic      idle;
    logic      draining;
    logic      resetting;  // the engines are in reset
    unit_t     free_units;
    logic [15:0] event_written;
    progress_t fetched;
    progress_t completed;
    prefetch_pkg::counters_t prefetch;
  } csr_status_t;

  // How a table or weights were taken.
  typedef struct packed {
    logic       valid;
    logic       ok;
    logic [7:0] slot;
  } load_t;

  // What happened in a cycle, to be counted.
  typedef struct packed {
    logic       tlb_hit;
    logic       tlb_miss;
    logic       tlb_walk;
    logic       tlb_merge;
    several_t   descriptors_ok;
    several_t   descriptors_failed;
    several_t   pages_stored;
    several_t   pages_loaded;
    several_t   pages_prefetched;
    several_t   units_stored;
    several_t   units_loaded;
    several_t   l2_read_beats;
    several_t   l2_write_beats;
    several_t   device_read_beats;
    several_t   device_write_beats;
    logic       gpu_read_beat;
    logic       gpu_write_beat;
    logic       io_read_beat;
    logic       io_write_beat;
    logic       cxl_read_beat;
    logic       cxl_write_beat;
    logic       coherence_hit;
    logic       coherence_miss;
    logic       coherence_snoop;
    logic       coherence_eviction;
    logic       coherence_wait;
    logic       coherence_hint;
    several_t   coherence_illegal;
    several_t   staging_hits;
    several_t   staging_misses;
    logic       staging_load;
    logic       staging_store;
    logic       staging_sweep;
    logic       lstm_step;
    several_t   compressor_busy;
    several_t   compressor_stalls;
    several_t   decompressor_busy;
    several_t   decompressor_stalls;
    several_t   poisoned;
  } counts_t;

  typedef struct packed {
    logic                poison;
    logic                stray;
    logic                malformed;
    logic                reset_done;  // a soft reset is through: enable falls
    load_t [Loaders-1:0] loads;
    counts_t             counts;
  } csr_events_t;

  // ---- Staging area ----

  typedef enum logic [1:0] {
    WindowOpen    = 2'd0,
    WindowSeal    = 2'd1,
    WindowClose   = 2'd2,
    WindowDiscard = 2'd3
  } window_op_e;

  typedef struct packed {
    window_op_e   op;
    window_page_t page;
    tenant_t      tenant;
    vpn_t         vpn;
    logic [7:0]   slot;   // table
    logic         fresh;  // WindowOpen: nothing is to be loaded
  } window_t;

  typedef struct packed {
    window_page_t     page;
    logic             store;   // else loaded
    dma_pkg::status_e status;
  } staging_event_t;

endpackage
