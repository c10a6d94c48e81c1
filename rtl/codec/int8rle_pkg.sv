// Constants and types of the int8rle codec.  The format is specified in docs/int8rle-format.md.

package int8rle_pkg;

  // No module uses every constant.
  // verilator lint_off UNUSEDPARAM

  localparam int unsigned Lanes = 32;           // 16-bit values in a 512-bit row
  localparam int unsigned Rows = 64;            // rows in a page
  localparam int unsigned LaneW = $clog2(Lanes);
  localparam int unsigned RowW = $clog2(Rows);
  localparam int unsigned PosW = LaneW + RowW;  // position of a value in its page

  localparam int unsigned HeaderLanes = 4;
  localparam int unsigned MaxRuns = (Rows - 1) * Lanes - HeaderLanes;
  localparam logic [7:0] FormatId = 8'h1A;

  // verilator lint_on UNUSEDPARAM

  typedef logic [Lanes-1:0][15:0] row_t;   // raw values, or (count - 1, value) runs
  typedef logic [Lanes-1:0][7:0]  codes_t;
  typedef logic [Lanes-1:0]       mask_t;
  typedef logic [LaneW:0]         lane_count_t;  // 0 to Lanes

  // The flags byte's low bits.
  typedef struct packed {
    logic tokens;   // delta along tokens, not along the head dimension
    logic hd128;    // head dimension 128, not 64
    logic bf16;     // BF16, not FP16
  } layout_t;

  // What travels with a row through the pipelines.
  typedef struct packed {
    logic [RowW-1:0] index;
    layout_t         layout;
  } row_info_t;

  typedef struct packed {
    logic malformed;  // the raw page did not have 64 rows
    logic nonfinite;  // it holds a NaN or an infinity
    logic raw;        // it is stored raw
  } status_t;

  typedef enum logic [2:0] {
    ErrOk         = 3'd0,
    ErrBadHeader  = 3'd1,
    ErrBadLength  = 3'd2,
    ErrBadRuns    = 3'd3,
    ErrBadPadding = 3'd4,
    ErrBadCode    = 3'd5
  } error_e;

  // What travels with a row through the decoder.
  typedef logic [2:0] tag_t;  // tells the pages in flight apart
  typedef struct packed {
    logic [RowW-1:0] index;
    layout_t         layout;
    logic [23:0]     scale;   // exponent and upper fraction of the binary32 scale
    logic            raw;
    tag_t            tag;
    error_e          error;   // on the page's last row
  } decode_info_t;

endpackage
