// What a GPU sends to the device's mailbox and what it gets as events (docs/top.md).

package cxl_speckv_pkg;

  // Not every module that imports this package needs all of them.
  // verilator lint_off UNUSEDPARAM
  localparam int unsigned LaneBytes = 16;
  localparam int unsigned LaneW = 8 * LaneBytes;
  localparam int unsigned BeatLanes = 4;
  // With this bit of the address a table or the weights end with the burst.
  localparam int unsigned MailEndBit = 12;
  // verilator lint_on UNUSEDPARAM

  typedef logic [LaneW-1:0] lane_t;

  // What a burst to the mailbox is: bits 27:24 of its address.
  typedef enum logic [3:0] {
    MailPacket   = 4'd0,  // one packet of the prefetch core
    MailQuestion = 4'd1,  // a question in each 16 bytes
    MailStep     = 4'd2,  // a step of the next-token predictor in each 16 bytes
    MailTable    = 4'd3,  // beats of a codec table for the slot in bits 23:16
    MailWeights  = 4'd4   // beats of the predictor's weights
  } mail_e;

  typedef enum logic [6:0] {
    EventAnswer     = 7'd1,  // to a question
    EventArrival    = 7'd2,  // of a page that was asked for
    EventPrediction = 7'd3
  } event_e;

  typedef struct packed {
    logic         phase;    // 1 in the first pass over the ring, then alternating
    event_e       kind;
    logic [119:0] content;
  } event_t;

endpackage
