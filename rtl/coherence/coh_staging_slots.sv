// The accesses of window pages that are under way, under the engine's slots.
//
// A slot's access was looked up (look_*), and flies to the memory, waits for its page, or is answered
// here.  One that waits is new until the controller has seen it (new_*), waits then until its page is
// there (wake_i) and comes again, or is answered because the page cannot be had (fail_i).  Lines need
// no order: the engine has one access a line under way.  Reads are side 0, writes side 1.

`include "skv_assert.svh"

module coh_staging_slots #(
  parameter int unsigned PageW = 10,
  parameter int unsigned FrameW = 6,
  parameter int unsigned Slots = 64,
  localparam int unsigned NumberW = $clog2(Slots)
) (
  input  logic                    clk_i,
  input  logic                    rst_ni,

  input  logic [1:0]              look_valid_i,
  input  logic [1:0][NumberW-1:0] look_slot_i,
  input  logic [1:0]              look_flies_i,
  input  logic [1:0]              look_over_i,    // needs no memory
  input  logic [1:0][PageW-1:0]   look_page_i,
  input  logic [1:0][5:0]         look_offset_i,
  input  logic [1:0][FrameW-1:0]  look_frame_i,

  input  logic [1:0]              end_valid_i,    // the memory answered
  input  logic [1:0][NumberW-1:0] end_slot_i,

  output logic [1:0]              again_valid_o,
  input  logic [1:0]              again_ready_i,
  output logic [1:0][NumberW-1:0] again_slot_o,
  output logic [1:0][PageW-1:0]   again_page_o,
  output logic [1:0][5:0]         again_offset_o,

  output logic [1:0]              answer_valid_o,
  input  logic [1:0]              answer_ready_i,
  output logic [1:0][NumberW-1:0] answer_slot_o,
  output logic [1:0]              answer_bad_o,

  output logic                    new_valid_o,
  output logic [NumberW-1:0]      new_slot_o,
  output logic [PageW-1:0]        new_page_o,
  output logic                    new_write_o,
  input  logic                    seen_i,         // this one: it waits,
  input  logic [NumberW-1:0]      seen_slot_i,
  input  logic                    seen_again_i,   // or comes again,
  input  logic                    seen_bad_i,     // or is answered

  // Of all accesses of a page, or of a frame.
  input  logic [PageW-1:0]        page_i,
  input  logic                    wake_i,
  input  logic                    fail_i,
  output logic                    waits_o,        // some wait
  input  logic [FrameW-1:0]       frame_i,
  output logic                    flies_o,        // some are at the memory,
  output logic                    flies_write_o   // writes
);

  `SKV_CHECK_PARAM(Slots, Slots >= 2 && Slots <= 64 && Slots == 1 << NumberW)

  typedef enum logic [2:0] {
    SlotIdle   = 3'd0,
    SlotNew    = 3'd1,
    SlotWaits  = 3'd2,
    SlotReady  = 3'd3,  // to come again
    SlotGoing  = 3'd4,  // to the lookup
    SlotFlies  = 3'd5,
    SlotAnswer = 3'd6
  } slot_e;

  slot_e [Slots-1:0]             state_q;
  logic  [Slots-1:0]             write_q, bad_q;
  logic  [Slots-1:0][PageW-1:0]  page_q;
  logic  [Slots-1:0][5:0]        offset_q;
  logic  [Slots-1:0][FrameW-1:0] frame_q;

  logic [1:0][Slots-1:0] ready, over;
  logic [Slots-1:0]      fresh, waits, flies, flies_write;
  logic [1:0]            again_load, answer_load, again_found, answer_found;
  logic [1:0][NumberW-1:0] again_pick, answer_pick;

  for (genvar g = 0; g < Slots; g++) begin : gen_slot
    localparam logic [NumberW-1:0] Slot = NumberW'(g);

    logic [1:0] look, done;
    logic       parked, mine;
    for (genvar s = 0; s < 2; s++) begin : gen_side
      assign look[s]  = look_valid_i[s] && look_slot_i[s] == Slot;
      assign done[s]  = end_valid_i[s] && end_slot_i[s] == Slot;
      assign ready[s][g] = state_q[g] == SlotReady && write_q[g] == 1'(s);
      assign over[s][g]  = state_q[g] == SlotAnswer && write_q[g] == 1'(s);
    end

    assign mine           = page_q[g] == page_i;
    assign parked         = state_q[g] == SlotNew || state_q[g] == SlotWaits;
    assign fresh[g]       = state_q[g] == SlotNew;
    assign waits[g]       = mine &&
      (parked || state_q[g] == SlotReady || state_q[g] == SlotGoing);
    assign flies[g]       = state_q[g] == SlotFlies && frame_q[g] == frame_i;
    assign flies_write[g] = flies[g] && write_q[g];

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        state_q[g] <= SlotIdle;
      end else begin
        for (int s = 0; s < 2; s++) begin
          if (look[s]) begin
            if (look_over_i[s]) state_q[g] <= SlotAnswer;
            else if (look_flies_i[s]) state_q[g] <= SlotFlies;
            else state_q[g] <= SlotNew;
          end
          if (done[s] && state_q[g] == SlotFlies) state_q[g] <= SlotIdle;
          if (again_load[s] && again_pick[s] == Slot) state_q[g] <= SlotGoing;
          if (answer_load[s] && answer_pick[s] == Slot) state_q[g] <= SlotIdle;
        end
        if (seen_i && seen_slot_i == Slot) begin
          state_q[g] <= seen_bad_i ? SlotAnswer : seen_again_i ? SlotReady : SlotWaits;
        end
        if (parked && mine && wake_i) state_q[g] <= SlotReady;
        if (parked && mine && fail_i) state_q[g] <= SlotAnswer;
      end
    end

    always_ff @(posedge clk_i) begin
      for (int s = 0; s < 2; s++) begin
        if (look[s]) begin
          write_q[g]  <= 1'(s);
          page_q[g]   <= look_page_i[s];
          offset_q[g] <= look_offset_i[s];
          frame_q[g]  <= look_frame_i[s];
          bad_q[g]    <= !look_over_i[s];  // if it comes to an answer here
        end
      end
    end

    `SKV_ASSERT(OneLook, $onehot0({look, done}))
    `SKV_ASSERT(LookedUpFree, |look |-> state_q[g] == SlotIdle || state_q[g] == SlotGoing)
    `SKV_ASSERT(SeenNew, seen_i && seen_slot_i == Slot |-> state_q[g] == SlotNew)
  end

  assign waits_o       = |waits;
  assign flies_o       = |flies;
  assign flies_write_o = |flies_write;

  // ---- Which comes again, and which is answered ----

  for (genvar s = 0; s < 2; s++) begin : gen_pick
    logic               again_q, answer_q, answer_bad_q;
    logic [NumberW-1:0] again_slot_q, answer_slot_q;

    coh_pick #(
      .Width(Slots)
    ) u_again (
      .bits_i (ready[s]),
      .found_o(again_found[s]),
      .index_o(again_pick[s])
    );

    coh_pick #(
      .Width(Slots)
    ) u_answer (
      .bits_i (over[s]),
      .found_o(answer_found[s]),
      .index_o(answer_pick[s])
    );

    assign again_load[s]  = again_found[s] && !again_q;
    assign answer_load[s] = answer_found[s] && !answer_q;

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        again_q  <= 1'b0;
        answer_q <= 1'b0;
      end else begin
        again_q  <= again_q ? !again_ready_i[s] : again_found[s];
        answer_q <= answer_q ? !answer_ready_i[s] : answer_found[s];
      end
    end

    always_ff @(posedge clk_i) begin
      if (again_load[s]) again_slot_q <= again_pick[s];
      if (answer_load[s]) begin
        answer_slot_q <= answer_pick[s];
        answer_bad_q  <= bad_q[answer_pick[s]];
      end
    end

    assign again_valid_o[s]  = again_q;
    assign again_slot_o[s]   = again_slot_q;
    assign again_page_o[s]   = page_q[again_slot_q];
    assign again_offset_o[s] = offset_q[again_slot_q];
    assign answer_valid_o[s] = answer_q;
    assign answer_slot_o[s]  = answer_slot_q;
    assign answer_bad_o[s]   = answer_bad_q;
  end

  // ---- Which the controller has not seen yet ----

  logic               new_found, new_q;
  logic [NumberW-1:0] new_pick, new_slot_q;

  coh_pick #(
    .Width(Slots)
  ) u_new (
    .bits_i (fresh),
    .found_o(new_found),
    .index_o(new_pick)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) new_q <= 1'b0;
    else new_q <= new_found;
  end

  always_ff @(posedge clk_i) new_slot_q <= new_pick;

  // It may have been seen, or woken, since it was picked.
  assign new_valid_o = new_q && state_q[new_slot_q] == SlotNew;
  assign new_slot_o  = new_slot_q;
  assign new_page_o  = page_q[new_slot_q];
  assign new_write_o = write_q[new_slot_q];

endmodule
