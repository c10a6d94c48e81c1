// The engine without its data: takes a request a cycle, keeps the snoop filter, and says what is to
// be read, written, acknowledged and asked of the host.
//
// A request passes in four cycles (enter, check, decide, act) and comes again when what it waited
// for has happened (coh_slots).  The pipeline never stalls: each queue behind it has room for every
// slot.  Whoever was told to read, write or acknowledge says when that is over (done_i).
// req_ready_o is low in cycles in which a request comes again.

`include "skv_assert.svh"

module coh_core
  import coh_pkg::*;
#(
  parameter int unsigned Sets = 512,
  parameter int unsigned Ways = 8,
  parameter int unsigned Normal = 48,
  parameter int unsigned Writes = 16,
  parameter int unsigned Dones = 4,
  localparam int unsigned NumberW = $clog2(Normal + Writes)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  output logic               ready_o,        // the filter is clear

  // A new request; its slot is the one offered for its kind.
  output logic               normal_free_o,
  output logic [NumberW-1:0] normal_slot_o,
  output logic               write_free_o,
  output logic [NumberW-1:0] write_slot_o,
  input  logic               req_valid_i,    // only if there is a slot of its kind
  output logic               req_ready_o,
  input  op_e                req_op_i,
  input  line_t              req_line_i,

  output logic               read_valid_o,
  input  logic               read_ready_i,
  output logic [NumberW-1:0] read_slot_o,
  output line_t              read_line_o,
  output state_e             read_grant_o,

  output logic               write_valid_o,
  input  logic               write_ready_i,
  output logic [NumberW-1:0] write_at_o,     // its slot
  output line_t              write_line_o,

  output logic               ack_valid_o,
  input  logic               ack_ready_i,
  output logic [NumberW-1:0] ack_slot_o,
  output state_e             ack_grant_o,

  output logic               snoop_valid_o,
  input  logic               snoop_ready_i,
  output snoop_t             snoop_o,

  input  logic               answer_valid_i,
  input  snooped_t           answer_i,

  input  logic  [Dones-1:0]  done_valid_i,
  input  slot_t [Dones-1:0]  done_slot_i,

  output logic  [SlotW-1:0]  used_o,
  output logic               hit_o,          // events, for counters: a request found an entry,
  output logic               miss_o,         // found none,
  output logic               evict_o,        // began an eviction,
  output logic               blocked_o,      // waits for another of its line;
  output logic               answer_bad_o    // an answer was ignored
);

  localparam int unsigned SetW = $clog2(Sets);
  localparam int unsigned TagBits = LineW - SetW;
  localparam int unsigned Depth = 1 << NumberW;
  localparam slot_t First = slot_t'(Depth);  // of the evictions

  typedef logic [NumberW-1:0] number_t;
  typedef logic [SetW-1:0]    set_t;
  typedef logic [TagBits-1:0] filter_tag_t;

  // ---- Enter: one that comes again goes before a new one ----

  logic   again_valid, again_fresh, again_snooped, go;
  slot_t  again_slot, normal_slot, write_slot;
  line_t  again_line, again_for_line;
  state_e again_answer;
  op_e    op_q [Depth];  // of the slots

  logic   enter_valid, enter_fresh, enter_eviction, enter_snooped;
  slot_t  enter_slot;
  op_e    enter_op;
  line_t  enter_line;
  state_e enter_answer;

  assign normal_slot_o = number_t'(normal_slot);
  assign write_slot_o  = number_t'(write_slot);

  assign req_ready_o = ready_o && !again_valid;

  always_comb begin
    enter_eviction = again_valid && again_slot >= First;
    if (again_valid) begin
      enter_valid   = 1'b1;
      enter_slot    = again_slot;
      enter_fresh   = again_fresh;
      enter_op      = enter_eviction ? OpEvict : op_q[again_slot[NumberW-1:0]];
      enter_line    = again_line;
      enter_snooped = again_snooped && !again_fresh;
      enter_answer  = again_answer;
    end else begin
      enter_valid   = req_valid_i && req_ready_o;
      enter_slot    = is_write(req_op_i) ? write_slot : normal_slot;
      enter_fresh   = 1'b1;
      enter_op      = req_op_i;
      enter_line    = req_line_i;
      enter_snooped = 1'b0;
      enter_answer  = StInvalid;
    end
  end

  always_ff @(posedge clk_i) begin
    if (enter_valid && enter_fresh && !enter_eviction) op_q[enter_slot[NumberW-1:0]] <= enter_op;
  end

  // ---- The stages: s1 check, s2 decide, s3 act ----

  typedef struct packed {
    slot_t       slot;
    op_e         op;
    line_t       line;
    logic        snooped;
    state_e      answer;
    filter_tag_t for_tag;  // of the line that an eviction makes room for
  } stage_t;

  stage_t s1_q, s2_q;
  op_e    s3_op_q;
  line_t  s3_line_q;
  slot_t  s3_slot_q;
  logic   s1_valid_q, s2_valid_q, s3_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      s1_valid_q <= 1'b0;
      s2_valid_q <= 1'b0;
      s3_valid_q <= 1'b0;
    end else begin
      s1_valid_q <= enter_valid;
      s2_valid_q <= go;
      s3_valid_q <= s2_valid_q;
    end
  end

  always_ff @(posedge clk_i) begin
    s1_q <= '{
      slot: enter_slot,
      op: enter_op,
      line: enter_line,
      snooped: enter_snooped,
      answer: enter_answer,
      for_tag: filter_tag_t'(again_for_line >> SetW)
    };
    s2_q      <= s1_q;
    s3_op_q   <= s2_q.op;
    s3_line_q <= s2_q.line;
    s3_slot_q <= s2_q.slot;
  end

  // ---- Check ----

  logic               outcome_valid, evict_done_q;
  action_e            s3_action_q;
  line_t              s3_victim;
  slot_t              evict_slot_q;
  logic  [Dones:0]    done_valid;
  slot_t [Dones:0]    done_slot;

  assign done_valid = {evict_done_q, done_valid_i};
  assign done_slot  = {evict_slot_q, done_slot_i};

  coh_slots #(
    .Normal(Normal),
    .Writes(Writes),
    .Dones (Dones + 1)
  ) u_slots (
    .clk_i,
    .rst_ni,
    .normal_free_o,
    .normal_slot_o   (normal_slot),
    .write_free_o,
    .write_slot_o    (write_slot),
    .again_valid_o   (again_valid),
    .again_slot_o    (again_slot),
    .again_fresh_o   (again_fresh),
    .again_line_o    (again_line),
    .again_for_line_o(again_for_line),
    .again_snooped_o (again_snooped),
    .again_answer_o  (again_answer),
    .enter_valid_i   (enter_valid),
    .enter_slot_i    (enter_slot),
    .enter_fresh_i   (enter_fresh),
    .enter_line_i    (enter_line),
    .enter_op_i      (enter_op),
    .go_o            (go),
    .outcome_valid_i (outcome_valid),
    .outcome_slot_i  (s3_slot_q),
    .outcome_action_i(s3_action_q),
    .outcome_victim_i(s3_victim),
    .answer_valid_i,
    .answer_i,
    .answer_bad_o,
    .done_valid_i    (done_valid),
    .done_slot_i     (done_slot),
    .used_o
  );

  logic   [Ways-1:0]              hit;
  entry_e [Ways-1:0]              entry;
  logic   [Ways-1:0][TagBits-1:0] tags;

  logic   [Ways-1:0]              s3_write_q;
  filter_tag_t                    s3_tag_q;
  entry_e                         s3_entry_q;

  coh_filter #(
    .Sets   (Sets),
    .Ways   (Ways),
    .TagBits(TagBits)
  ) u_filter (
    .clk_i,
    .rst_ni,
    .ready_o,
    .read_set_i   (set_t'(enter_line)),
    .tag_i        (filter_tag_t'(s1_q.line >> SetW)),
    .hit_o        (hit),
    .entry_o      (entry),
    .tag_o        (tags),
    .write_i      (s3_valid_q ? s3_write_q : '0),
    .write_set_i  (set_t'(s3_line_q)),
    .write_tag_i  (s3_tag_q),
    .write_entry_i(s3_entry_q)
  );

  // ---- Decide ----

  // Ways that requests just ahead took, which the search did not see yet.  Nothing else that they
  // write can matter here: a request's own entry is changed by requests of its line only.
  typedef struct packed {
    logic            valid;
    set_t            set;
    logic [Ways-1:0] ways;
  } taken_t;

  taken_t taken_q [2];
  logic [Ways-1:0] taken, free, victims, way, victim_way;
  state_e          held;
  logic            room;

  always_comb begin
    taken = '0;
    if (s3_valid_q && set_t'(s3_line_q) == set_t'(s2_q.line)) taken |= s3_write_q;
    for (int i = 0; i < 2; i++) begin
      if (taken_q[i].valid && taken_q[i].set == set_t'(s2_q.line)) taken |= taken_q[i].ways;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      taken_q[0].valid <= 1'b0;
      taken_q[1].valid <= 1'b0;
    end else begin
      taken_q[0].valid <= s3_valid_q;
      taken_q[1].valid <= taken_q[0].valid;
    end
  end

  always_ff @(posedge clk_i) begin
    taken_q[0].set  <= set_t'(s3_line_q);
    taken_q[0].ways <= s3_write_q;
    taken_q[1].set  <= taken_q[0].set;
    taken_q[1].ways <= taken_q[0].ways;
  end

  always_comb begin
    held = StInvalid;
    for (int i = 0; i < int'(Ways); i++) begin
      free[i]    = entry[i] == EntryFree && !taken[i];
      victims[i] = entry[i] == EntryShared || entry[i] == EntryOwned;
      if (hit[i] && entry[i] == EntryShared) held = StShared;
      if (hit[i] && entry[i] == EntryOwned) held = StOwned;
    end
    room = |free;
  end

  // The lowest free way; the victim goes round, from where the counter stands.
  localparam int unsigned WayW = Ways > 1 ? $clog2(Ways) : 1;
  logic [WayW-1:0] turn_q;
  logic [Ways-1:0] free_way;

  always_comb begin
    free_way   = '0;
    victim_way = '0;
    for (int i = int'(Ways) - 1; i >= 0; i--) begin
      if (free[i]) free_way = Ways'(1) << i;
      if (victims[i]) victim_way = Ways'(1) << i;
    end
    for (int i = int'(Ways) - 1; i >= 0; i--) begin
      if (victims[i] && WayW'(i) >= turn_q) victim_way = Ways'(1) << i;
    end
  end

  action_e action;
  logic    update;
  state_e  next, grant;

  coh_decide u_decide (
    .op_i     (s2_q.op),
    .state_i  (held),
    .entry_i  (|hit),
    .room_i   (room),
    .victim_i (|victims),
    .snooped_i(s2_q.snooped),
    .answer_i (s2_q.answer),
    .action_o (action),
    .update_o (update),
    .next_o   (next),
    .grant_o  (grant)
  );

  // An eviction leaves its way to the request that it was for.
  logic replaces;
  assign replaces = s2_q.op == OpEvict && action == ActDone;

  always_comb begin
    if (replaces) way = hit;
    else if (!update) way = '0;
    else if (|hit) way = hit;
    else way = free_way;
  end

  function automatic entry_e entry_of(state_e state);
    unique case (state)
      StShared: return EntryShared;
      StOwned:  return EntryOwned;
      default:  return EntryFree;
    endcase
  endfunction

  logic   [Ways-1:0]              s3_victim_way_q;
  logic   [Ways-1:0][TagBits-1:0] s3_tags_q;
  state_e                         s3_grant_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) turn_q <= '0;
    else if (s2_valid_q && action == ActEvict) begin
      turn_q <= turn_q == WayW'(Ways - 1) ? '0 : turn_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    s3_write_q      <= way;
    s3_tag_q        <= replaces ? s2_q.for_tag : filter_tag_t'(s2_q.line >> SetW);
    s3_entry_q      <= replaces ? EntryReserved : entry_of(next);
    s3_action_q     <= action;
    s3_grant_q      <= grant;
    s3_victim_way_q <= victim_way;
    s3_tags_q       <= tags;
    hit_o           <= s2_valid_q && |hit;
    miss_o          <= s2_valid_q && !(|hit);
    evict_o         <= s2_valid_q && action == ActEvict;
    blocked_o       <= s1_valid_q && !go;
  end

  // ---- Act ----

  always_comb begin
    filter_tag_t victim_tag;
    victim_tag = '0;
    for (int i = 0; i < int'(Ways); i++) if (s3_victim_way_q[i]) victim_tag |= s3_tags_q[i];
    s3_victim = {victim_tag, set_t'(s3_line_q)};
  end

  logic s3_eviction;
  assign s3_eviction   = s3_op_q == OpEvict;
  assign outcome_valid = s3_valid_q;

  // An eviction that is done frees its slot when searches see its write.
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      evict_done_q <= 1'b0;
    end else begin
      evict_done_q <= s3_valid_q && s3_eviction && s3_action_q == ActDone;
    end
  end

  always_ff @(posedge clk_i) evict_slot_q <= s3_slot_q;

  logic read_ready, write_ready, ack_ready, snoop_ready, reads, stores, acks, snoops;
  assign reads  = s3_valid_q && s3_action_q == ActRead;
  assign stores = s3_valid_q && s3_action_q == ActWrite;
  assign acks   = s3_valid_q && s3_action_q == ActDone && !s3_eviction;
  assign snoops = s3_valid_q && s3_action_q == ActSnoop;

  typedef struct packed {
    number_t slot;
    line_t  line;
    state_e grant;
  } read_t;

  typedef struct packed {
    number_t slot;
    line_t   line;
  } write_t;

  typedef struct packed {
    number_t slot;
    state_e grant;
  } ack_t;

  skv_fifo #(
    .data_t(read_t),
    .Depth (Depth)
  ) u_reads (
    .clk_i,
    .rst_ni,
    .valid_i(reads),
    .ready_o(read_ready),
    .data_i ('{slot: number_t'(s3_slot_q), line: s3_line_q, grant: s3_grant_q}),
    .valid_o(read_valid_o),
    .ready_i(read_ready_i),
    .data_o ({read_slot_o, read_line_o, read_grant_o})
  );

  skv_fifo #(
    .data_t(write_t),
    .Depth (Depth)
  ) u_writes (
    .clk_i,
    .rst_ni,
    .valid_i(stores),
    .ready_o(write_ready),
    .data_i ('{slot: number_t'(s3_slot_q), line: s3_line_q}),
    .valid_o(write_valid_o),
    .ready_i(write_ready_i),
    .data_o ({write_at_o, write_line_o})
  );

  skv_fifo #(
    .data_t(ack_t),
    .Depth (Depth)
  ) u_acks (
    .clk_i,
    .rst_ni,
    .valid_i(acks),
    .ready_o(ack_ready),
    .data_i ('{slot: number_t'(s3_slot_q), grant: s3_grant_q}),
    .valid_o(ack_valid_o),
    .ready_i(ack_ready_i),
    .data_o ({ack_slot_o, ack_grant_o})
  );

  skv_fifo #(
    .data_t(snoop_t),
    .Depth (2 * Depth)
  ) u_snoops (
    .clk_i,
    .rst_ni,
    .valid_i(snoops),
    .ready_o(snoop_ready),
    .data_i ('{kind: snoop_of(s3_op_q), line: s3_line_q, slot: s3_slot_q}),
    .valid_o(snoop_valid_o),
    .ready_i(snoop_ready_i),
    .data_o (snoop_o)
  );

  `SKV_ASSERT(RoomForReads, reads |-> read_ready)
  `SKV_ASSERT(RoomForWrites, stores |-> write_ready)
  `SKV_ASSERT(RoomForAcks, acks |-> ack_ready)
  `SKV_ASSERT(RoomForSnoops, snoops |-> snoop_ready)
  `SKV_ASSERT(OneHit, s2_valid_q |-> $onehot0(hit))
  `SKV_ASSERT(NeverWithoutWay, s2_valid_q && update |-> way != '0)
  `SKV_ASSERT(SlotOffered, req_valid_i |-> is_write(req_op_i) ? write_free_o : normal_free_o)
  `SKV_COVER(Evicts, s3_valid_q && s3_action_q == ActEvict)
  `SKV_COVER(Retries, s3_valid_q && s3_action_q == ActRetry)

endmodule
