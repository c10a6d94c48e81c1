// The staging area (docs/coherence.md): what is asked of it, and what it asks of the DMA engine.

package coh_staging_pkg;

  // A page that the DMA engine is to store or load, and how that ended.  The tag is the asker's.
  typedef struct packed {
    logic [7:0]           tag;
    logic                 store;
    skv_mem_pkg::tenant_t tenant;
    skv_mem_pkg::vpn_t    vpn;
    logic [7:0]           table_slot;
    logic                 readonly;
    logic [57:0]          line;        // where the raw page is: byte address / 64
  } feed_t;

  typedef struct packed {
    logic [7:0]       tag;
    dma_pkg::status_e status;
  } fed_t;

  typedef enum logic [1:0] {
    WindowOpen    = 2'd0,
    WindowSeal    = 2'd1,
    WindowClose   = 2'd2,
    WindowDiscard = 2'd3   // close, whatever was written
  } window_op_e;

  // What a driver asks of a page of the window.
  typedef struct packed {
    window_op_e           op;
    logic [15:0]          page;
    skv_mem_pkg::tenant_t tenant;      // these only with WindowOpen
    skv_mem_pkg::vpn_t    vpn;
    logic [7:0]           table_slot;
    logic                 fresh;       // never stored yet
  } window_cmd_t;

  typedef enum logic [2:0] {
    WindowOk     = 3'd0,
    WindowRange  = 3'd1,  // no such page
    WindowExists = 3'd2,  // open already
    WindowAbsent = 3'd3,  // not open, or nothing was ever written to it
    WindowBusy   = 3'd4,  // written and not sealed
    WindowFailed = 3'd5   // by the DMA engine's status
  } window_status_e;

  typedef struct packed {
    window_status_e   status;
    dma_pkg::status_e cause;  // WindowFailed
  } window_answer_t;

  // A page that could not be stored or loaded.
  typedef struct packed {
    logic [15:0]      page;
    logic             store;
    dma_pkg::status_e status;
  } staging_event_t;

  // A staging page.
  typedef enum logic [2:0] {
    FrameFree  = 3'd0,
    FrameLoad  = 3'd1,  // to be held
    FrameHeld  = 3'd2,
    FrameStore = 3'd3,  // to be free
    FrameTaken = 3'd4   // for the sealed bytes of a page that is held elsewhere
  } frame_e;

endpackage
