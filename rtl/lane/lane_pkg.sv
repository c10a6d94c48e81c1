// What a codec lane tells of itself.

package lane_pkg;

  // What happened in a lane, of each kind at most one a cycle.
  typedef struct packed {
    logic ended;        // a descriptor or a feed
    logic failed;       // and not well
    logic stored;       // a page left the compressor,
    logic stored_unit;  // 64 bytes of one
    logic loaded;       // a page left the decompressor,
    logic loaded_unit;  // 64 bytes of one entered
    logic store_busy;   // a page is in the compressor,
    logic load_busy;    // the decompressor
    logic store_stall;  // the compressor was not ready for a page's data,
    logic load_stall;   // the decompressor
  } lane_events_t;

endpackage
