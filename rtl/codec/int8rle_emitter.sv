// Reads finished pages from the page buffers and sends them: the raw page as it came, or header,
// runs and zero padding.
//
// Latency 3 cycles from a page's arrival to its first beat; then a beat a cycle, without a gap
// between pages.

`include "skv_assert.svh"

module int8rle_emitter
  import int8rle_pkg::*;
#(
  parameter int unsigned Slots = 4,
  localparam int unsigned SlotW = $clog2(Slots),
  localparam int unsigned WordsW = PosW + 1
) (
  input  logic              clk_i,
  input  logic              rst_ni,

  // The oldest finished page; page_ready_o when its last row is being read.
  input  logic              page_valid_i,
  output logic              page_ready_o,
  input  status_t           status_i,
  input  layout_t           layout_i,
  input  logic [31:0]       scale_i,
  input  logic [WordsW-1:0] words_i,

  // Both page buffers; data comes a cycle after read_o.
  output logic              read_o,
  output logic [SlotW-1:0]  read_slot_o,
  output logic [RowW-1:0]   read_row_o,
  input  row_t              raw_row_i,
  input  row_t              packed_row_i,

  output logic              m_axis_tvalid_o,
  input  logic              m_axis_tready_i,
  output row_t              m_axis_tdata_o,
  output logic              m_axis_tlast_o,
  output status_t           m_axis_tuser_o
);

  `SKV_CHECK_PARAM(Slots, Slots >= 2 && Slots == 1 << SlotW)

  localparam int unsigned OutDepth = 8;
  localparam int unsigned CreditW = $clog2(OutDepth) + 1;

  // A row is read only when the output queue has room for it.
  logic [CreditW-1:0] credit_q;
  logic               sent;
  assign sent = m_axis_tvalid_o & m_axis_tready_i;

  logic [SlotW-1:0] slot_q;
  logic [RowW-1:0]  row_q;
  logic             last;

  logic [WordsW-1:0] words_left;
  assign words_left   = words_i - {1'b0, row_q, LaneW'(0)};
  assign last         = status_i.raw ? &row_q : words_left <= WordsW'(Lanes);
  assign read_o       = page_valid_i && credit_q != '0;
  assign read_slot_o  = slot_q;
  assign read_row_o   = row_q;
  assign page_ready_o = read_o & last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      credit_q <= CreditW'(OutDepth);
      slot_q   <= '0;
      row_q    <= '0;
    end else begin
      credit_q <= credit_q - CreditW'(read_o) + CreditW'(sent);
      if (read_o) row_q <= last ? '0 : row_q + 1'b1;
      if (page_ready_o) slot_q <= slot_q + 1'b1;
    end
  end

  // Beside the buffers' read.
  typedef struct packed {
    row_t    data;
    logic    last;
    status_t status;
  } beat_t;

  logic                      valid_q, first_q, last_q;
  status_t                   status_q;
  lane_count_t               words_q;  // of this row
  logic [HeaderLanes*16-1:0] header_q;
  beat_t                     beat, head;
  logic                      out_ready;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else valid_q <= read_o;
  end

  always_ff @(posedge clk_i) begin
    first_q  <= row_q == '0;
    last_q   <= last;
    status_q <= status_i;
    words_q  <= words_left > WordsW'(Lanes) ? lane_count_t'(Lanes) : lane_count_t'(words_left);
    header_q <= {scale_i, 16'(words_i - WordsW'(HeaderLanes)), 5'b0, layout_i, FormatId};
  end

  always_comb begin
    beat.last   = last_q;
    beat.status = status_q;
    for (int unsigned i = 0; i < Lanes; i++) begin
      beat.data[i] = status_q.raw ? raw_row_i[i]
                   : lane_count_t'(i) < words_q ? packed_row_i[i] : '0;
    end
    if (first_q && !status_q.raw) beat.data[HeaderLanes-1:0] = header_q;
  end

  skv_fifo #(
    .data_t(beat_t),
    .Depth (OutDepth)
  ) u_out (
    .clk_i,
    .rst_ni,
    .valid_i(valid_q),
    .ready_o(out_ready),
    .data_i (beat),
    .valid_o(m_axis_tvalid_o),
    .ready_i(m_axis_tready_i),
    .data_o (head)
  );

  assign m_axis_tdata_o = head.data;
  assign m_axis_tlast_o = head.last;
  assign m_axis_tuser_o = head.status;

  `SKV_ASSERT(RoomForEachRead, valid_q |-> out_ready)

endmodule
