// The staging pages: what each is used for, which is free, and which is to be given up next.
//
// The victim is a held page that is clean, else one that is dirty; of those one that was not
// accessed since the marks were last cleared, round robin.  Free frame and victim come from
// registers and may be a few cycles old: who takes one looks at its phase again.

`include "skv_assert.svh"

module coh_staging_frames
  import coh_staging_pkg::*;
#(
  parameter int unsigned PageW = 10,
  parameter int unsigned Frames = 64,
  localparam int unsigned FrameW = $clog2(Frames)
) (
  input  logic                         clk_i,
  input  logic                         rst_ni,

  output logic [Frames-1:0][PageW-1:0] page_o,
  output logic [Frames-1:0]            may_read_o,
  output logic [Frames-1:0]            may_write_o,

  input  logic [1:0]                   used_i,         // by a read, by a write
  input  logic [1:0][FrameW-1:0]       used_frame_i,
  input  logic                         dirties_i,      // the write changes it

  // The controller's: one frame's state.
  input  logic [FrameW-1:0]            frame_i,
  output frame_e                       phase_o,
  output logic [PageW-1:0]             frame_page_o,
  output logic                         dirty_o,
  output logic                         pinned_o,
  output logic                         frame_read_o,
  output logic                         frame_write_o,
  input  logic                         set_i,
  input  frame_e                       set_phase_i,
  input  logic [PageW-1:0]             set_page_i,
  input  logic                         set_read_i,
  input  logic                         set_write_i,
  input  logic                         set_pinned_i,
  input  logic                         set_dirty_i,    // it becomes dirty,
  input  logic                         set_clean_i,    // or clean
  input  logic                         tried_i,        // as victim

  output logic                         free_valid_o,
  output logic [FrameW-1:0]            free_o,
  output logic                         victim_valid_o,
  output logic [FrameW-1:0]            victim_o
);

  frame_e [Frames-1:0]            phase_q;
  logic   [Frames-1:0][PageW-1:0] page_q;
  logic   [Frames-1:0]            read_q, write_q, dirty_q, pinned_q, recent_q;
  logic   [FrameW-1:0]            turn_q;
  logic   [Frames-1:0]            is_free, held;

  for (genvar g = 0; g < Frames; g++) begin : gen_frame
    localparam logic [FrameW-1:0] Frame = FrameW'(g);

    logic set;
    assign set        = set_i && frame_i == Frame;
    assign is_free[g] = phase_q[g] == FrameFree;
    assign held[g]    = phase_q[g] == FrameHeld && !pinned_q[g];

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        phase_q[g]  <= FrameFree;
        read_q[g]   <= 1'b0;
        write_q[g]  <= 1'b0;
        pinned_q[g] <= 1'b0;
        recent_q[g] <= 1'b0;
      end else begin
        if (set) begin
          phase_q[g]  <= set_phase_i;
          read_q[g]   <= set_read_i;
          write_q[g]  <= set_write_i;
          pinned_q[g] <= set_pinned_i;
        end
        if (tried_i && recent_q[frame_i]) recent_q[g] <= 1'b0;
        for (int s = 0; s < 2; s++) begin
          if (used_i[s] && used_frame_i[s] == Frame) recent_q[g] <= 1'b1;
        end
      end
    end

    always_ff @(posedge clk_i) begin
      if (set) page_q[g] <= set_page_i;
      if (set && set_clean_i) dirty_q[g] <= 1'b0;
      if ((set && set_dirty_i) || (used_i[1] && dirties_i && used_frame_i[1] == Frame)) begin
        dirty_q[g] <= 1'b1;
      end
    end
  end

  assign page_o        = page_q;
  assign may_read_o    = read_q;
  assign may_write_o   = write_q;
  assign phase_o       = phase_q[frame_i];
  assign frame_page_o  = page_q[frame_i];
  assign dirty_o       = dirty_q[frame_i];
  assign pinned_o      = pinned_q[frame_i];
  assign frame_read_o  = read_q[frame_i];
  assign frame_write_o = write_q[frame_i];

  // ---- Free frames ----

  logic              free_found, free_q;
  logic [FrameW-1:0] free_pick, free_frame_q;

  coh_pick #(
    .Width(Frames)
  ) u_free (
    .bits_i (is_free),
    .found_o(free_found),
    .index_o(free_pick)
  );

  // ---- The victim ----

  logic [Frames-1:0] clean_old, clean, dirty_old, class_q, behind;
  logic              behind_found, class_found, victim_q;
  logic [FrameW-1:0] behind_pick, class_pick, victim_frame_q;

  assign clean_old = held & ~dirty_q & ~recent_q;
  assign clean     = held & ~dirty_q;
  assign dirty_old = held & dirty_q & ~recent_q;

  always_comb begin
    for (int i = 0; i < int'(Frames); i++) behind[i] = class_q[i] && FrameW'(i) >= turn_q;
  end

  coh_pick #(
    .Width(Frames)
  ) u_behind (
    .bits_i (behind),
    .found_o(behind_found),
    .index_o(behind_pick)
  );

  coh_pick #(
    .Width(Frames)
  ) u_class (
    .bits_i (class_q),
    .found_o(class_found),
    .index_o(class_pick)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      free_q   <= 1'b0;
      class_q  <= '0;
      victim_q <= 1'b0;
      turn_q   <= '0;
    end else begin
      free_q <= free_found;
      if (|clean_old) class_q <= clean_old;
      else if (|clean) class_q <= clean;
      else if (|dirty_old) class_q <= dirty_old;
      else class_q <= held;
      victim_q <= class_found;
      if (tried_i) turn_q <= frame_i + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    free_frame_q   <= free_pick;
    victim_frame_q <= behind_found ? behind_pick : class_pick;
  end

  assign free_valid_o   = free_q;
  assign free_o         = free_frame_q;
  assign victim_valid_o = victim_q;
  assign victim_o       = victim_frame_q;

  `SKV_ASSERT(AccessedHeld, used_i[0] |-> phase_q[used_frame_i[0]] == FrameHeld ||
    phase_q[used_frame_i[0]] == FrameTaken)
  `SKV_ASSERT(WrittenHeld, used_i[1] |-> phase_q[used_frame_i[1]] == FrameHeld ||
    phase_q[used_frame_i[1]] == FrameTaken)

endmodule
