// Streams of the memory path.

package memory_path_pkg;

  import dma_pkg::RingW;

  // A descriptor to be cancelled, if it is a prefetch.
  typedef struct packed {
    logic [1:0]       lane;
    logic [RingW-1:0] ring;  // of the lane
    logic [31:0]      tag;
  } lane_cancel_t;

endpackage
