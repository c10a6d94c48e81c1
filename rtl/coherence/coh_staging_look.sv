// One of the two lookups of the staging area: what becomes of the engine's reads, or writes.
//
// An access that is in the window is looked up in a memory of hints, page to frame.  A hint counts
// only if its frame says that it is that page's, so hints are never cleared, and a lookup that reads
// one as it changes does nothing worse than miss.  While a page is being sealed its lines are in two
// frames (switch_i).  An access comes from the engine, or again from its slot (again_*), or is one of
// a fill (fill_*), which names its frame.  One a cycle; what is to be done is out a cycle later.

`include "skv_assert.svh"

module coh_staging_look
  import coh_pkg::*;
#(
  parameter int unsigned Pages = 1024,
  parameter int unsigned Frames = 64,
  parameter int unsigned NumberW = 6,
  localparam int unsigned PageW = $clog2(Pages),
  localparam int unsigned FrameW = $clog2(Frames)
) (
  input  logic                           clk_i,
  input  logic                           rst_ni,

  input  line_t                          window_base_i,
  input  line_t                          staging_base_i,

  // Who goes in: one that comes again first; a fill every other cycle.
  input  logic                           advance_i,
  input  logic                           valid_i,
  output logic                           take_o,
  input  logic [NumberW-1:0]             slot_i,
  input  line_t                          line_i,
  input  logic                           again_valid_i,
  output logic                           again_take_o,
  input  logic [NumberW-1:0]             again_slot_i,
  input  logic [PageW-1:0]               again_page_i,
  input  logic [5:0]                     again_offset_i,
  input  logic                           fill_valid_i,
  output logic                           fill_take_o,
  input  logic [NumberW-1:0]             fill_slot_i,
  input  logic [FrameW-1:0]              fill_frame_i,
  input  logic [5:0]                     fill_offset_i,

  input  logic                           hint_i,         // to be written
  input  logic [PageW-1:0]               hint_page_i,
  input  logic [FrameW-1:0]              hint_frame_i,

  input  logic [Frames-1:0][PageW-1:0]   frame_page_i,
  input  logic [Frames-1:0]              frame_may_i,    // be accessed
  input  logic                           switch_i,
  input  logic [PageW-1:0]               switch_page_i,
  input  logic [FrameW-1:0]              switch_frame_i, // of its sealed lines
  input  logic [63:0]                    switch_lines_i, // that are there

  output logic                           valid_o,
  output logic                           again_o,
  output logic                           fill_o,
  output logic                           window_o,
  output logic                           hit_o,
  output logic                           sealing_o,      // of the page that is being sealed
  output logic [NumberW-1:0]             slot_o,
  output logic [PageW-1:0]               page_o,
  output logic [5:0]                     offset_o,
  output logic [FrameW-1:0]              frame_o,
  output line_t                          line_o          // in device memory
);

  localparam int unsigned WindowLow = 6 + PageW;
  localparam int unsigned StagingLow = 6 + FrameW;

  `SKV_CHECK_PARAM(Pages, Pages >= 2 && Pages <= 65536 && Pages == 1 << PageW)
  `SKV_CHECK_PARAM(Frames, Frames >= 4 && Frames <= 256 && Frames == 1 << FrameW)

  logic              fill_turn_q, in_window;
  logic [PageW-1:0]  page;
  logic [FrameW-1:0] hint, found;

  assign again_take_o = advance_i && again_valid_i;
  assign fill_take_o  = advance_i && !again_valid_i && fill_valid_i && (fill_turn_q || !valid_i);
  assign take_o       = advance_i && !again_valid_i && !(fill_valid_i && fill_turn_q);
  assign in_window    = line_i[LineW-1:WindowLow] == window_base_i[LineW-1:WindowLow];
  assign page         = again_valid_i ? again_page_i : line_i[6+:PageW];

  skv_sdpram #(
    .Width(FrameW),
    .Depth(Pages)
  ) u_hints (
    .clk_i,
    .we_i   (hint_i),
    .waddr_i(hint_page_i),
    .wdata_i(hint_frame_i),
    .re_i   (advance_i),
    .raddr_i(page),
    .rdata_o(hint)
  );

  logic               valid_q, again_q, fill_q, window_q;
  logic [NumberW-1:0] slot_q;
  logic [FrameW-1:0]  fill_frame_q;
  line_t              line_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q     <= 1'b0;
      fill_turn_q <= 1'b0;
    end else begin
      if (advance_i) valid_q <= again_valid_i || fill_take_o || (valid_i && take_o);
      fill_turn_q <= fill_valid_i && !fill_take_o;
    end
  end

  always_ff @(posedge clk_i) begin
    if (advance_i) begin
      again_q      <= again_valid_i;
      fill_q       <= fill_take_o;
      fill_frame_q <= fill_frame_i;
      if (again_valid_i) begin
        window_q <= 1'b1;
        slot_q   <= again_slot_i;
        line_q   <= {window_base_i[LineW-1:WindowLow], again_page_i, again_offset_i};
      end else if (fill_take_o) begin
        window_q <= 1'b0;
        slot_q   <= fill_slot_i;
        line_q   <= line_t'(fill_offset_i);
      end else begin
        window_q <= in_window;
        slot_q   <= slot_i;
        line_q   <= line_i;
      end
    end
  end

  assign page_o    = line_q[6+:PageW];
  assign offset_o  = line_q[5:0];
  assign sealing_o = switch_i && page_o == switch_page_i;

  always_comb begin
    found = hint;
    if (fill_q) found = fill_frame_q;
    else if (sealing_o && switch_lines_i[offset_o]) found = switch_frame_i;
  end

  assign valid_o  = valid_q;
  assign again_o  = again_q;
  assign fill_o   = fill_q;
  assign window_o = window_q;
  assign slot_o   = slot_q;
  assign frame_o  = found;
  assign hit_o    = frame_may_i[hint] && frame_page_i[hint] == page_o;
  assign line_o   = window_q || fill_q ?
    {staging_base_i[LineW-1:StagingLow], found, offset_o} : line_q;

  logic unused;
  assign unused = &{1'b0, window_base_i[WindowLow-1:0], staging_base_i[StagingLow-1:0]};

endmodule
