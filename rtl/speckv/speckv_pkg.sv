// Constants and types of the speckv codec.  The format is specified in docs/speckv-format.md.
//
// SPECKV_LANES=16 makes an engine of half the width, for small devices: its rows have 16 values, and
// its pages, laid out in such rows, are no other engine's.

`ifndef SPECKV_LANES
`define SPECKV_LANES 32
`endif

package speckv_pkg;

  // No module uses every constant.
  // verilator lint_off UNUSEDPARAM

  localparam int unsigned Lanes = `SPECKV_LANES;  // 16-bit values in a row: 16 or 32
  localparam int unsigned Rows = 2048 / Lanes;  // rows in a page
  localparam int unsigned RowBits = 16 * Lanes;
  localparam int unsigned LaneW = $clog2(Lanes);
  localparam int unsigned RowW = $clog2(Rows);
  localparam int unsigned RowBitW = $clog2(RowBits);
  localparam int unsigned GroupW = $clog2(128 / Lanes);  // which lanes' worth of a token's channels

  localparam int unsigned Planes = 8;           // bits of the longest codeword
  localparam int unsigned Skew = 5;             // steps between a plane and the next
  localparam int unsigned Steps = Rows + Skew * (Planes - 1);
  localparam int unsigned StepBits = Planes * Lanes;  // at most, of the plane stream
  localparam int unsigned StepBitW = $clog2(StepBits);

  localparam int unsigned Classes = 32;
  localparam int unsigned ClassW = $clog2(Classes);
  localparam logic [7:0] FormatId = Lanes == 32 ? 8'h51 : 8'h52;
  localparam int unsigned MaxUnits = Rows - 1;  // of a page that is not raw
  localparam int unsigned HeaderBits = 16;
  localparam int unsigned CrcBits = 32;
  localparam int unsigned LowWordsW = LaneW - 4;  // a low bit of a row takes 2^LowWordsW words

  // How many codewords of each class have d + 1 bits: Counts[class][d].  This table and those made
  // from it are constants in full, not computed: simulation is 10 times as fast.
  localparam logic [8:0] Counts [Classes][Planes] = '{
    '{1, 1, 1, 1, 2, 0, 0, 0},
    '{1, 1, 1, 1, 1, 1, 2, 0},
    '{1, 1, 1, 1, 1, 0, 3, 2},
    '{0, 3, 1, 1, 1, 1, 1, 2},
    '{0, 3, 1, 1, 0, 2, 3, 2},
    '{0, 2, 3, 0, 2, 2, 1, 6},
    '{0, 1, 4, 2, 2, 2, 1, 6},
    '{0, 0, 5, 4, 2, 2, 1, 6},
    '{0, 0, 5, 3, 3, 3, 2, 8},
    '{0, 0, 3, 6, 4, 4, 3, 10},
    '{0, 0, 0, 11, 6, 3, 4, 12},
    '{0, 0, 0, 9, 8, 6, 3, 18},
    '{0, 0, 0, 7, 10, 8, 5, 22},
    '{0, 0, 0, 1, 20, 10, 7, 26},
    '{0, 0, 0, 0, 17, 16, 11, 34},
    '{0, 0, 0, 0, 11, 23, 14, 48},
    '{0, 0, 0, 0, 5, 33, 20, 44},
    '{0, 0, 0, 0, 1, 29, 28, 76},
    '{0, 0, 0, 0, 0, 16, 48, 96},
    '{0, 0, 0, 0, 0, 4, 56, 128},
    '{0, 0, 0, 0, 0, 0, 0, 256},
    '{1, 1, 1, 1, 1, 0, 2, 4},
    '{1, 1, 1, 1, 0, 1, 2, 8},
    '{0, 2, 2, 1, 2, 5, 1, 10},
    '{0, 2, 1, 3, 3, 3, 1, 10},
    '{0, 1, 3, 4, 1, 2, 4, 8},
    '{0, 1, 3, 3, 3, 3, 2, 8},
    '{0, 1, 2, 5, 2, 4, 2, 12},
    '{0, 0, 5, 3, 4, 1, 2, 8},
    '{0, 0, 5, 3, 2, 4, 3, 10},
    '{0, 0, 5, 3, 2, 3, 4, 12},
    '{0, 0, 4, 5, 3, 2, 1, 14}
  };

  // Codewords of a class with at most d bits: the rank of the first with d + 1.
  localparam logic [8:0] Bases [Classes][Planes+1] = '{
    '{0, 1, 2, 3, 4, 6, 6, 6, 6},
    '{0, 1, 2, 3, 4, 5, 6, 8, 8},
    '{0, 1, 2, 3, 4, 5, 5, 8, 10},
    '{0, 0, 3, 4, 5, 6, 7, 8, 10},
    '{0, 0, 3, 4, 5, 5, 7, 10, 12},
    '{0, 0, 2, 5, 5, 7, 9, 10, 16},
    '{0, 0, 1, 5, 7, 9, 11, 12, 18},
    '{0, 0, 0, 5, 9, 11, 13, 14, 20},
    '{0, 0, 0, 5, 8, 11, 14, 16, 24},
    '{0, 0, 0, 3, 9, 13, 17, 20, 30},
    '{0, 0, 0, 0, 11, 17, 20, 24, 36},
    '{0, 0, 0, 0, 9, 17, 23, 26, 44},
    '{0, 0, 0, 0, 7, 17, 25, 30, 52},
    '{0, 0, 0, 0, 1, 21, 31, 38, 64},
    '{0, 0, 0, 0, 0, 17, 33, 44, 78},
    '{0, 0, 0, 0, 0, 11, 34, 48, 96},
    '{0, 0, 0, 0, 0, 5, 38, 58, 102},
    '{0, 0, 0, 0, 0, 1, 30, 58, 134},
    '{0, 0, 0, 0, 0, 0, 16, 64, 160},
    '{0, 0, 0, 0, 0, 0, 4, 60, 188},
    '{0, 0, 0, 0, 0, 0, 0, 0, 256},
    '{0, 1, 2, 3, 4, 5, 5, 7, 11},
    '{0, 1, 2, 3, 4, 4, 5, 7, 15},
    '{0, 0, 2, 4, 5, 7, 12, 13, 23},
    '{0, 0, 2, 3, 6, 9, 12, 13, 23},
    '{0, 0, 1, 4, 8, 9, 11, 15, 23},
    '{0, 0, 1, 4, 7, 10, 13, 15, 23},
    '{0, 0, 1, 3, 8, 10, 14, 16, 28},
    '{0, 0, 0, 5, 8, 12, 13, 15, 23},
    '{0, 0, 0, 5, 8, 10, 14, 17, 27},
    '{0, 0, 0, 5, 8, 10, 13, 17, 29},
    '{0, 0, 0, 4, 9, 12, 14, 15, 29}
  };

  // A class's first codeword with d + 1 bits.
  localparam logic [8:0] Firsts [Classes][Planes] = '{
    '{0, 2, 6, 14, 30, 64, 128, 256},
    '{0, 2, 6, 14, 30, 62, 126, 256},
    '{0, 2, 6, 14, 30, 62, 124, 254},
    '{0, 0, 6, 14, 30, 62, 126, 254},
    '{0, 0, 6, 14, 30, 60, 124, 254},
    '{0, 0, 4, 14, 28, 60, 124, 250},
    '{0, 0, 2, 12, 28, 60, 124, 250},
    '{0, 0, 0, 10, 28, 60, 124, 250},
    '{0, 0, 0, 10, 26, 58, 122, 248},
    '{0, 0, 0, 6, 24, 56, 120, 246},
    '{0, 0, 0, 0, 22, 56, 118, 244},
    '{0, 0, 0, 0, 18, 52, 116, 238},
    '{0, 0, 0, 0, 14, 48, 112, 234},
    '{0, 0, 0, 0, 2, 44, 108, 230},
    '{0, 0, 0, 0, 0, 34, 100, 222},
    '{0, 0, 0, 0, 0, 22, 90, 208},
    '{0, 0, 0, 0, 0, 10, 86, 212},
    '{0, 0, 0, 0, 0, 2, 62, 180},
    '{0, 0, 0, 0, 0, 0, 32, 160},
    '{0, 0, 0, 0, 0, 0, 8, 128},
    '{0, 0, 0, 0, 0, 0, 0, 0},
    '{0, 2, 6, 14, 30, 62, 124, 252},
    '{0, 2, 6, 14, 30, 60, 122, 248},
    '{0, 0, 4, 12, 26, 56, 122, 246},
    '{0, 0, 4, 10, 26, 58, 122, 246},
    '{0, 0, 2, 10, 28, 58, 120, 248},
    '{0, 0, 2, 10, 26, 58, 122, 248},
    '{0, 0, 2, 8, 26, 56, 120, 244},
    '{0, 0, 0, 10, 26, 60, 122, 248},
    '{0, 0, 0, 10, 26, 56, 120, 246},
    '{0, 0, 0, 10, 26, 56, 118, 244},
    '{0, 0, 0, 8, 26, 58, 120, 242}
  };

  // verilator lint_on UNUSEDPARAM

  typedef logic [Lanes-1:0][15:0]       row_t;     // raw values
  typedef logic [Lanes-1:0]             mask_t;    // a bit a lane
  typedef logic [Lanes-1:0][ClassW-1:0] classes_t;
  typedef logic [Lanes-1:0][7:0]        ranks_t;   // ranks, or codes on the way
  typedef logic [LaneW-1:0]             lane_t;
  typedef logic [LaneW:0]               lane_count_t;  // 0 to Lanes

  // A channel's entry in a table.
  typedef struct packed {
    logic        [4:0]  class_id;
    logic        [7:0]  exponent;
    logic        [15:0] step;
    logic        [15:0] rcp;
    logic signed [18:0] mean;
  } entry_t;

  // What of it the compressor needs.
  typedef struct packed {
    logic        [4:0]  class_id;
    logic        [7:0]  exponent;
    logic        [15:0] rcp;
    logic signed [18:0] mean;
  } encoder_fields_t;

  // What of it the decompressor needs behind the planes.
  typedef struct packed {
    logic        [7:0]  exponent;
    logic        [15:0] step;
    logic signed [18:0] mean;
  } decoder_fields_t;

  // What a table's first beat says, without the format's number.
  typedef struct packed {
    logic [3:0] low_bits;
    logic       lossless;
    logic       hd128;  // head dimension 128, not 64
    logic       bf16;   // BF16, not FP16
  } config_t;

  typedef enum logic [2:0] {
    ErrOk      = 3'd0,
    ErrLength  = 3'd1,
    ErrHeader  = 3'd2,
    ErrTable   = 3'd3,
    ErrCrc     = 3'd4,
    ErrContent = 3'd5
  } error_e;

  // A page that is coded and not yet sent.
  typedef struct packed {
    logic          raw;
    logic          malformed;
    logic          untabled;
    logic [7:0]    slot;
    logic [31:0]   seed;        // its table's CRC
    logic [RowW:0] size;
    logic [RowW:0] plane_rows;  // rows with bits of the plane stream, from the front
    logic [RowW:0] tail_rows;   // ... of the tail stream, from the end
  } finished_t;

  // A stored page that is wholly in, and what is known of it.
  typedef struct packed {
    logic              raw;
    error_e            error;
    config_t           settings;
    logic [7:0]        slot;
    logic [RowW:0]     size;
  } page_t;

  // What a row of values is rebuilt with, beside its symbols.
  typedef struct packed {
    logic              valid;
    logic              last;    // of its page
    logic              odd;     // its page's number
    logic              raw;
    error_e            error;   // known of its page so far
    config_t           settings;
    logic [7:0]        slot;
    logic [RowW-1:0]   index;
  } row_info_t;

  // TUSER of stored pages: out of the compressor ...
  typedef struct packed {
    logic [31:0] crc;        // on the last beat
    logic        malformed;  // the raw page did not have 64 beats
    logic        untabled;   // raw because its table is not loaded
    logic        raw;
    logic [7:0]  slot;
  } stored_t;

  // ... and into the decompressor.
  typedef struct packed {
    logic [31:0] crc;   // on the last beat
    logic        raw;   // on the first beat
    logic [7:0]  slot;  // on the first beat
  } source_t;

  // Which of a token's channels a row of a page holds, by the row's low bits.
  function automatic logic [GroupW-1:0] channel_group(logic [GroupW-1:0] row, logic hd128);
    return hd128 ? row : {1'b0, row[GroupW-2:0]};
  endfunction

  // The dither of a lane in a row of a page, 0 to 31.
  function automatic logic [4:0] dither(int unsigned lane, logic [RowW-1:0] row, logic hd128);
    logic [4:0]  token;
    int unsigned channel;
    token = hd128 ? {1'b0, row[RowW-1:GroupW]} : row[RowW-1:GroupW-1];
    channel = (32'(channel_group(row[GroupW-1:0], hd128)) << LaneW) | lane;
    return {token[0], token[1], token[2], token[3], token[4]}
         + 5'(13 * channel) + 5'(7 * (channel >> 5));
  endfunction

endpackage
