// The requests under way, a slot each, and who waits for whom.
//
// Slots 0 to Normal-1 hold requests that may wait for the host (reads, device writes), the next
// Writes hold the host's writes, which must not; slot First + i is the eviction that request i waits
// for.  Of each line and each of the two classes (evictions are of the first) the requests are
// chained in the order in which they came, and only the first acts:
//
//   pipe     it is in the engine's pipeline, or about to enter it
//   chained  behind another of its class and line
//   asleep   behind the other class: a write behind the one request that is in the pipe or at the
//            memory, any other behind every write of its line
//   snoop    the host has been asked to give up the line
//   evict    an eviction makes room for it
//   memory   a memory access is under way
//
// So a write waits for nothing but the memory and the pipeline, whatever the host does.
//
// A slot is entered (enter_*), checked in the next cycle (go_o), and told its outcome two cycles
// after that (outcome_*); a slot that can go on is offered for entry again (again_*).  A slot is free
// and its successor awake two cycles after its done_i.  All outputs come from registers but go_o,
// which is a comparison of all slots' lines with one.

`include "skv_assert.svh"

module coh_slots
  import coh_pkg::*;
#(
  parameter int unsigned Normal = 48,
  parameter int unsigned Writes = 16,
  parameter int unsigned Dones = 5
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  // A free slot of each kind, taken by entering it.
  output logic                normal_free_o,
  output slot_t               normal_slot_o,
  output logic                write_free_o,
  output slot_t               write_slot_o,

  // A slot that can go on, or an eviction that begins.
  output logic                again_valid_o,
  output slot_t               again_slot_o,
  output logic                again_fresh_o,     // an eviction that begins
  output line_t               again_line_o,
  output line_t               again_for_line_o,  // the line that an eviction makes room for
  output logic                again_snooped_o,
  output state_e              again_answer_o,

  input  logic                enter_valid_i,
  input  slot_t               enter_slot_i,
  input  logic                enter_fresh_i,
  input  line_t               enter_line_i,
  input  op_e                 enter_op_i,
  output logic                go_o,              // the one entered in the last cycle goes on

  input  logic                outcome_valid_i,
  input  slot_t               outcome_slot_i,
  input  action_e             outcome_action_i,
  input  line_t               outcome_victim_i,  // ActEvict

  input  logic                answer_valid_i,
  input  snooped_t            answer_i,
  output logic                answer_bad_o,      // not asked for, or not allowed: ignored

  input  logic  [Dones-1:0]   done_valid_i,
  input  slot_t [Dones-1:0]   done_slot_i,

  output logic  [SlotW-1:0]   used_o             // normal slots and writes in use
);

  localparam int unsigned FirstW = $clog2(Normal + Writes);
  localparam int unsigned First = 1 << FirstW;  // of the evictions
  localparam int unsigned All = First + Normal;
  localparam int unsigned NormalW = $clog2(Normal);
  localparam int unsigned WriteW = Writes > 1 ? $clog2(Writes) : 1;

  `SKV_CHECK_PARAM(Normal, Normal >= 2)
  `SKV_CHECK_PARAM(Writes, Writes >= 1 && Normal + Writes <= 64)

  typedef logic [$clog2(All)-1:0] at_t;

  typedef enum logic [2:0] {
    PhPipe    = 3'd0,
    PhChained = 3'd1,
    PhAsleep  = 3'd2,
    PhSnoop   = 3'd3,
    PhEvict   = 3'd4,
    PhMemory  = 3'd5
  } phase_e;

  function automatic logic exists(int unsigned i);
    return i < Normal + Writes || i >= First;
  endfunction

  function automatic logic writes(int unsigned i);
    return i >= Normal && i < First;
  endfunction

  logic   [All-1:0] valid_q, tail_q, ready_q, snooped_q;
  phase_e           phase_q [All];
  line_t            line_q [All];
  slot_t            next_q [All];    // behind it in its chain; if it is not the tail
  slot_t            behind_q [All];  // of a sleeping write
  state_e           answer_q [All];
  snoop_e           kind_q [All];

  // ---- The check, a cycle after entering ----

  logic  check_q, check_fresh_q;
  slot_t check_slot_q;
  line_t check_line_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) check_q <= 1'b0;
    else check_q <= enter_valid_i;
  end

  always_ff @(posedge clk_i) begin
    check_slot_q  <= enter_slot_i;
    check_fresh_q <= enter_fresh_i;
    check_line_q  <= enter_line_i;
  end

  logic  [All-1:0]   done_q, mine_q, same, link, in_way;
  logic  [Dones-1:0] done_valid_q;
  slot_t [Dones-1:0] done_slot_q;
  logic              check_writes, chained, sleeps;
  slot_t             in_way_slot;

  assign check_writes = writes(32'(check_slot_q));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      done_q       <= '0;
      done_valid_q <= '0;
    end else begin
      done_valid_q <= done_valid_i;
      for (int unsigned i = 0; i < All; i++) begin
        done_q[i] <= 1'b0;
        for (int unsigned d = 0; d < Dones; d++) begin
          if (done_valid_i[d] && done_slot_i[d] == slot_t'(i)) done_q[i] <= 1'b1;
        end
      end
    end
  end

  always_ff @(posedge clk_i) done_slot_q <= done_slot_i;

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < All; i++) mine_q[i] <= enter_slot_i == slot_t'(i);
  end

  always_comb begin
    for (int unsigned i = 0; i < All; i++) begin
      same[i] = exists(i) && valid_q[i] && !done_q[i] && line_q[i] == check_line_q && !mine_q[i];
      // The end of its chain: it goes behind that one.
      link[i] = check_q && check_fresh_q && same[i] && tail_q[i] && writes(i) == check_writes;
      // What a first one of its chain waits for.
      in_way[i] = same[i] && writes(i) != check_writes &&
        (!check_writes || phase_q[i] == PhPipe || phase_q[i] == PhMemory);
    end
    in_way_slot = '0;
    for (int unsigned i = 0; i < All; i++) if (in_way[i]) in_way_slot |= slot_t'(i);
  end

  assign chained = |link;
  assign sleeps  = |in_way && !chained;
  assign go_o    = check_q && !chained && !sleeps;

  // ---- Who is woken ----

  logic           write_done, left_check_q, left_outcome_q;
  slot_t          left_check_slot_q, left_outcome_slot_q;
  logic [All-1:0] wake;
  logic           answered;

  // A request that leaves the pipe for neither memory nor end lets writes pass.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      left_check_q   <= 1'b0;
      left_outcome_q <= 1'b0;
    end else begin
      left_check_q   <= check_q && sleeps;
      left_outcome_q <= outcome_valid_i &&
        (outcome_action_i == ActSnoop || outcome_action_i == ActEvict);
    end
  end

  always_ff @(posedge clk_i) begin
    left_check_slot_q   <= check_slot_q;
    left_outcome_slot_q <= outcome_slot_i;
  end

  always_comb begin
    write_done = 1'b0;
    for (int unsigned i = Normal; i < First; i++) write_done |= done_q[i];
  end

  logic snooping, answer_fits;
  always_comb begin
    snooping    = 1'b0;
    answer_fits = 1'b0;
    for (int unsigned i = 0; i < All; i++) begin
      if (exists(i) && answer_i.slot == slot_t'(i)) begin
        snooping    = valid_q[i] && phase_q[i] == PhSnoop;
        answer_fits = allows(kind_q[i], answer_i.state);
      end
    end
  end

  assign answered     = answer_valid_i && snooping && answer_fits;
  assign answer_bad_o = answer_valid_i && !(snooping && answer_fits);

  always_comb begin
    wake = '0;
    // The next in the chain; and whom an eviction was for.
    for (int unsigned d = 0; d < Dones; d++) begin
      if (done_valid_q[d]) begin
        if (!tail_q[at_t'(done_slot_q[d])]) wake[at_t'(next_q[at_t'(done_slot_q[d])])] = 1'b1;
        if (done_slot_q[d] >= slot_t'(First)) wake[at_t'(done_slot_q[d] - slot_t'(First))] = 1'b1;
      end
    end
    for (int unsigned i = 0; i < All; i++) begin
      if (valid_q[i] && phase_q[i] == PhAsleep) begin
        if (writes(i)) begin
          for (int unsigned d = 0; d < Dones; d++) begin
            if (done_valid_q[d] && done_slot_q[d] == behind_q[i]) wake[i] = 1'b1;
          end
          if (left_check_q && left_check_slot_q == behind_q[i]) wake[i] = 1'b1;
          if (left_outcome_q && left_outcome_slot_q == behind_q[i]) wake[i] = 1'b1;
        end else if (write_done) begin
          wake[i] = 1'b1;
        end
      end
      if (answered && answer_i.slot == slot_t'(i)) wake[i] = 1'b1;
      if (outcome_valid_i && outcome_slot_i == slot_t'(i) && outcome_action_i == ActRetry) begin
        wake[i] = 1'b1;
      end
      // The eviction that a request begins.
      if (i >= First && outcome_valid_i && outcome_action_i == ActEvict &&
          outcome_slot_i == slot_t'(i - First)) begin
        wake[i] = 1'b1;
      end
    end
  end

  // ---- The slots ----

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      tail_q  <= '0;
    end else begin
      valid_q <= valid_q & ~done_q;
      tail_q  <= tail_q & ~link & ~done_q;
      if (enter_valid_i && enter_fresh_i) begin
        valid_q[at_t'(enter_slot_i)] <= 1'b1;
        tail_q[at_t'(enter_slot_i)]  <= 1'b1;
      end
    end
  end

  for (genvar g = 0; g < All; g++) begin : gen_slot
    localparam int unsigned I = g;
    if (I < Normal + Writes || I >= First) begin : gen_exists
      logic enter, outcome;
      assign enter   = enter_valid_i && enter_slot_i == slot_t'(I);
      assign outcome = outcome_valid_i && outcome_slot_i == slot_t'(I);

      always_ff @(posedge clk_i) begin
        if (enter) begin
          phase_q[I] <= PhPipe;
        end else if (check_q && mine_q[I] && chained) begin
          phase_q[I] <= PhChained;
        end else if (check_q && mine_q[I] && sleeps) begin
          phase_q[I] <= PhAsleep;
        end else if (wake[I]) begin
          phase_q[I] <= PhPipe;
        end else if (outcome) begin
          unique case (outcome_action_i)
            ActSnoop: phase_q[I] <= PhSnoop;
            ActEvict: phase_q[I] <= PhEvict;
            ActRetry: phase_q[I] <= PhPipe;
            default:  phase_q[I] <= PhMemory;
          endcase
        end
        if (link[I]) next_q[I] <= check_slot_q;
        if (check_q && mine_q[I] && sleeps) behind_q[I] <= in_way_slot;
        if (enter && enter_fresh_i) kind_q[I] <= snoop_of(enter_op_i);
        if (answered && answer_i.slot == slot_t'(I)) answer_q[I] <= answer_i.state;
      end

      if (I >= First) begin : gen_eviction
        always_ff @(posedge clk_i) begin
          if (outcome_valid_i && outcome_action_i == ActEvict &&
              outcome_slot_i == slot_t'(I - First)) begin
            line_q[I] <= outcome_victim_i;
          end
        end
      end else begin : gen_request
        always_ff @(posedge clk_i) begin
          if (enter && enter_fresh_i) line_q[I] <= enter_line_i;
        end
      end
    end else begin : gen_hole
      assign phase_q[I]  = PhPipe;
      assign line_q[I]   = '0;
      assign next_q[I]   = '0;
      assign behind_q[I] = '0;
      assign answer_q[I] = StInvalid;
      assign kind_q[I]   = SnoopCur;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      snooped_q <= '0;
    end else begin
      if (enter_valid_i && enter_fresh_i) snooped_q[at_t'(enter_slot_i)] <= 1'b0;
      if (answered) snooped_q[at_t'(answer_i.slot)] <= 1'b1;
    end
  end

  // ---- Which goes on next: writes first ----

  logic  again_valid_q, pick_valid;
  slot_t again_slot_q, pick_slot;

  logic                    write_ready, other_ready;
  logic [$clog2(All)-1:0]  other_pick;
  logic [All-1:0]          other_bits;
  logic [Writes-1:0]       write_bits;
  logic [WriteW-1:0]       write_again;

  always_comb begin
    other_bits = ready_q;
    for (int unsigned i = Normal; i < Normal + Writes; i++) other_bits[i] = 1'b0;
    for (int unsigned i = 0; i < Writes; i++) write_bits[i] = ready_q[Normal+i];
  end

  coh_pick #(
    .Width(All)
  ) u_other_again (
    .bits_i (other_bits),
    .found_o(other_ready),
    .index_o(other_pick)
  );

  coh_pick #(
    .Width(Writes)
  ) u_write_again (
    .bits_i (write_bits),
    .found_o(write_ready),
    .index_o(write_again)
  );

  assign pick_valid = write_ready || other_ready;
  assign pick_slot  = write_ready ? slot_t'(Normal) + slot_t'(write_again) : slot_t'(other_pick);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      ready_q       <= '0;
      again_valid_q <= 1'b0;
    end else begin
      ready_q <= ready_q | wake;
      if (pick_valid) ready_q[at_t'(pick_slot)] <= 1'b0;
      again_valid_q <= pick_valid;  // what is offered is taken at once
    end
  end

  always_ff @(posedge clk_i) again_slot_q <= pick_slot;

  assign again_valid_o    = again_valid_q;
  assign again_slot_o     = again_slot_q;
  assign again_fresh_o    = !valid_q[at_t'(again_slot_q)];
  assign again_line_o     = line_q[at_t'(again_slot_q)];
  assign again_for_line_o = line_q[at_t'(again_slot_q[FirstW-1:0])];
  assign again_snooped_o  = snooped_q[at_t'(again_slot_q)];
  assign again_answer_o   = answer_q[at_t'(again_slot_q)];

  // ---- A free slot of each kind ----

  logic              normal_free_q, write_free_q, normal_found, write_found;
  slot_t             normal_slot_q, write_slot_q;
  logic [NormalW-1:0] normal_pick;
  logic [WriteW-1:0]  write_pick;
  logic [Normal-1:0]  normal_bits;
  logic [Writes-1:0]  free_bits;

  // Free, and not the one that is offered already.
  always_comb begin
    for (int unsigned i = 0; i < Normal; i++) begin
      normal_bits[i] = !valid_q[i] && !(normal_free_q && normal_slot_q == slot_t'(i));
    end
    for (int unsigned i = 0; i < Writes; i++) begin
      free_bits[i] = !valid_q[Normal+i] && !(write_free_q && write_slot_q == slot_t'(Normal + i));
    end
  end

  coh_pick #(
    .Width(Normal)
  ) u_normal_free (
    .bits_i (normal_bits),
    .found_o(normal_found),
    .index_o(normal_pick)
  );

  coh_pick #(
    .Width(Writes)
  ) u_write_free (
    .bits_i (free_bits),
    .found_o(write_found),
    .index_o(write_pick)
  );

  logic take_normal, take_write;
  assign take_normal = enter_valid_i && enter_fresh_i && enter_slot_i == normal_slot_q;
  assign take_write  = enter_valid_i && enter_fresh_i && enter_slot_i == write_slot_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      normal_free_q <= 1'b0;
      write_free_q  <= 1'b0;
    end else begin
      if (!normal_free_q || take_normal) normal_free_q <= normal_found;
      if (!write_free_q || take_write) write_free_q <= write_found;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!normal_free_q || take_normal) normal_slot_q <= slot_t'(normal_pick);
    if (!write_free_q || take_write) write_slot_q <= slot_t'(Normal) + slot_t'(write_pick);
  end

  assign normal_free_o = normal_free_q;
  assign normal_slot_o = normal_slot_q;
  assign write_free_o  = write_free_q;
  assign write_slot_o  = write_slot_q;

  logic [SlotW-1:0] used_q, ended;
  always_comb begin
    ended = '0;
    for (int unsigned d = 0; d < Dones; d++) begin
      ended += SlotW'(done_valid_q[d] && done_slot_q[d] < slot_t'(First));
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) used_q <= '0;
    else begin
      used_q <= used_q - ended +
        SlotW'(enter_valid_i && enter_fresh_i && enter_slot_i < slot_t'(First));
    end
  end

  assign used_o = used_q;

`ifndef SYNTHESIS
  // Of the line that goes to the memory now, another access is there.
  logic together;
  always_comb begin
    together = 1'b0;
    for (int unsigned i = 0; i < All; i++) begin
      if (exists(i) && valid_q[i] && !done_q[i] && phase_q[i] == PhMemory &&
          outcome_slot_i != slot_t'(i) && line_q[i] == line_q[at_t'(outcome_slot_i)]) begin
        together = 1'b1;
      end
    end
  end

  `SKV_ASSERT(OneAtMemory,
              outcome_valid_i && outcome_action_i inside {ActRead, ActWrite} |-> !together)
`endif

endmodule
