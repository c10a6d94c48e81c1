// What the modules of the page store say to each other (docs/memory-path.md).

package pagestore_pkg;

  import skv_mem_pkg::*;

  localparam int unsigned SegmentW = 26;
  localparam int unsigned AreaW = 13;  // units of an area, up to a whole segment

  typedef logic [SegmentW-1:0] segment_t;  // a number of one, or how many
  typedef logic [AreaW-1:0]    area_t;

  // The segments of a request, linked from the oldest on, and how much of the newest is taken.
  typedef struct packed {
    segment_t count;
    segment_t oldest;  // with count 0 these mean nothing
    segment_t newest;
    area_t    fill;
  } chain_t;

  typedef enum logic [1:0] {
    ReqNone    = 2'd0,
    ReqLive    = 2'd1,
    ReqFreeing = 2'd2   // not in the root table any more, its segments not yet in the free list
  } req_state_e;

  // What is known on chip of a request.
  typedef struct packed {
    req_state_e  state;
    tenant_t     owner;
    logic [7:0]  layers;
    logic [7:0]  heads;
    area_t       row_units;
    chain_t      chain;
    logic [2:0]  directories;  // from this number on there are none
    logic [11:0] rows;         // from this page on there are none
    logic        dir_known;    // the directory last used
    logic [2:0]  dir_number;
    unit_t       dir;
  } request_t;

  // A pointer in memory, and the key it is tied to its place with.
  typedef struct packed {
    unit_t       unit;
    logic [2:0]  word;
    logic [63:0] key;
  } read_t;

  typedef struct packed {
    store_status_e status;   // StoreOk, StoreBus or StoreMalformed
    logic          absent;   // with StoreOk: the word is zero
    unit_t         address;  // as the word says, whatever that is worth
  } found_t;

  // A word to be sealed and written, alone or with zeros in the rest of its unit; or zeros in a
  // range of units.
  typedef struct packed {
    logic        clear;
    logic [16:0] count;  // clear: units, at least 1
    unit_t       unit;
    logic [2:0]  word;
    logic        whole;
    logic [63:0] key;
    logic [47:0] body;
  } write_t;

  // A burst: the same beat len + 1 times, 64-bit words enabled one by one.
  typedef struct packed {
    unit_t        unit;
    logic [5:0]   len;
    logic [7:0]   enable;
    logic         spread;  // data in every quarter, or else in the first and zeros behind
    logic [127:0] data;
  } job_t;

  function automatic logic [47:0] pointer_body(unit_t address);
    return {7'd0, address, 1'b1};
  endfunction

endpackage
