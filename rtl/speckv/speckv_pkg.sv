// Constants and types of the speckv codec.  The format is specified in docs/speckv-format.md.

package speckv_pkg;

  // No module uses every constant.
  // verilator lint_off UNUSEDPARAM

  localparam int unsigned Lanes = 32;           // 16-bit values in a 512-bit row
  localparam int unsigned Rows = 64;            // rows in a page
  localparam int unsigned LaneW = $clog2(Lanes);
  localparam int unsigned RowW = $clog2(Rows);

  localparam int unsigned Planes = 8;           // bits of the longest codeword
  localparam int unsigned Skew = 5;             // steps between a plane and the next
  localparam int unsigned Steps = Rows + Skew * (Planes - 1);
  localparam int unsigned StepBits = Planes * Lanes;  // at most, of the plane stream

  localparam int unsigned Classes = 32;
  localparam int unsigned ClassW = $clog2(Classes);
  localparam logic [7:0] FormatId = 8'h51;
  localparam int unsigned MaxUnits = 63;        // of a page that is not raw
  localparam int unsigned HeaderBits = 16;
  localparam int unsigned CrcBits = 32;

  // How many codewords of each class have d + 1 bits: Counts[class][d].
  localparam logic [Classes-1:0][Planes-1:0][8:0] Counts = {
    {9'd14, 9'd1, 9'd2, 9'd3, 9'd5, 9'd4, 9'd0, 9'd0},  // 31
    {9'd12, 9'd4, 9'd3, 9'd2, 9'd3, 9'd5, 9'd0, 9'd0},  // 30
    {9'd10, 9'd3, 9'd4, 9'd2, 9'd3, 9'd5, 9'd0, 9'd0},  // 29
    {9'd8, 9'd2, 9'd1, 9'd4, 9'd3, 9'd5, 9'd0, 9'd0},  // 28
    {9'd12, 9'd2, 9'd4, 9'd2, 9'd5, 9'd2, 9'd1, 9'd0},  // 27
    {9'd8, 9'd2, 9'd3, 9'd3, 9'd3, 9'd3, 9'd1, 9'd0},  // 26
    {9'd8, 9'd4, 9'd2, 9'd1, 9'd4, 9'd3, 9'd1, 9'd0},  // 25
    {9'd10, 9'd1, 9'd3, 9'd3, 9'd3, 9'd1, 9'd2, 9'd0},  // 24
    {9'd10, 9'd1, 9'd5, 9'd2, 9'd1, 9'd2, 9'd2, 9'd0},  // 23
    {9'd8, 9'd2, 9'd1, 9'd0, 9'd1, 9'd1, 9'd1, 9'd1},  // 22
    {9'd4, 9'd2, 9'd0, 9'd1, 9'd1, 9'd1, 9'd1, 9'd1},  // 21
    {9'd256, 9'd0, 9'd0, 9'd0, 9'd0, 9'd0, 9'd0, 9'd0},  // 20
    {9'd128, 9'd56, 9'd4, 9'd0, 9'd0, 9'd0, 9'd0, 9'd0},  // 19
    {9'd96, 9'd48, 9'd16, 9'd0, 9'd0, 9'd0, 9'd0, 9'd0},  // 18
    {9'd76, 9'd28, 9'd29, 9'd1, 9'd0, 9'd0, 9'd0, 9'd0},  // 17
    {9'd44, 9'd20, 9'd33, 9'd5, 9'd0, 9'd0, 9'd0, 9'd0},  // 16
    {9'd48, 9'd14, 9'd23, 9'd11, 9'd0, 9'd0, 9'd0, 9'd0},  // 15
    {9'd34, 9'd11, 9'd16, 9'd17, 9'd0, 9'd0, 9'd0, 9'd0},  // 14
    {9'd26, 9'd7, 9'd10, 9'd20, 9'd1, 9'd0, 9'd0, 9'd0},  // 13
    {9'd22, 9'd5, 9'd8, 9'd10, 9'd7, 9'd0, 9'd0, 9'd0},  // 12
    {9'd18, 9'd3, 9'd6, 9'd8, 9'd9, 9'd0, 9'd0, 9'd0},  // 11
    {9'd12, 9'd4, 9'd3, 9'd6, 9'd11, 9'd0, 9'd0, 9'd0},  // 10
    {9'd10, 9'd3, 9'd4, 9'd4, 9'd6, 9'd3, 9'd0, 9'd0},  // 9
    {9'd8, 9'd2, 9'd3, 9'd3, 9'd3, 9'd5, 9'd0, 9'd0},  // 8
    {9'd6, 9'd1, 9'd2, 9'd2, 9'd4, 9'd5, 9'd0, 9'd0},  // 7
    {9'd6, 9'd1, 9'd2, 9'd2, 9'd2, 9'd4, 9'd1, 9'd0},  // 6
    {9'd6, 9'd1, 9'd2, 9'd2, 9'd0, 9'd3, 9'd2, 9'd0},  // 5
    {9'd2, 9'd3, 9'd2, 9'd0, 9'd1, 9'd1, 9'd3, 9'd0},  // 4
    {9'd2, 9'd1, 9'd1, 9'd1, 9'd1, 9'd1, 9'd3, 9'd0},  // 3
    {9'd2, 9'd3, 9'd0, 9'd1, 9'd1, 9'd1, 9'd1, 9'd1},  // 2
    {9'd0, 9'd2, 9'd1, 9'd1, 9'd1, 9'd1, 9'd1, 9'd1},  // 1
    {9'd0, 9'd0, 9'd0, 9'd2, 9'd1, 9'd1, 9'd1, 9'd1}  // 0
  };

  // verilator lint_on UNUSEDPARAM

  typedef logic [Lanes-1:0][15:0]       row_t;     // raw values
  typedef logic [Lanes-1:0]             mask_t;    // a bit a lane
  typedef logic [Lanes-1:0][ClassW-1:0] classes_t;
  typedef logic [Lanes-1:0][7:0]        ranks_t;   // ranks, or codes on the way
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
    logic [31:0] crc;   // on the last beat, of a raw page
    logic        raw;   // on the first beat
    logic [7:0]  slot;  // on the first beat
  } source_t;

  // Codewords of a class with d + 1 bits.
  function automatic logic [8:0] class_count(logic [ClassW-1:0] class_id, int unsigned d);
    return Counts[class_id][d];
  endfunction

  // Codewords of a class with at most d bits: the rank of the first with d + 1.
  function automatic logic [8:0] class_base(logic [ClassW-1:0] class_id, int unsigned d);
    class_base = '0;
    for (int unsigned i = 0; i < d; i++) class_base += Counts[class_id][i];
  endfunction

  // Which 32 channels a row of a page holds, by the row's low bits.
  function automatic logic [1:0] channel_group(logic [1:0] row, logic hd128);
    return hd128 ? row : {1'b0, row[0]};
  endfunction

  // A class's first codeword with d + 1 bits.
  function automatic logic [8:0] class_first(logic [ClassW-1:0] class_id, int unsigned d);
    class_first = '0;
    for (int unsigned i = 0; i < d; i++) class_first = (class_first + Counts[class_id][i]) << 1;
  endfunction

  // The dither of a lane in a row of a page, 0 to 31.
  function automatic logic [4:0] dither(int unsigned lane, logic [RowW-1:0] row, logic hd128);
    logic [4:0] token;
    logic [1:0] group;
    token = hd128 ? {1'b0, row[5:2]} : row[5:1];
    group = channel_group(row[1:0], hd128);
    return {token[0], token[1], token[2], token[3], token[4]} + 5'(13 * lane) + 5'(7 * group);
  endfunction

endpackage
