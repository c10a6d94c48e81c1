// The engine's core between any memory and any host that keeps the rules, over four lines.
//
// The host is what it holds of each line (I, S, E), changed by the answers it gets, by itself (it
// drops what it holds, and writes back) and by back-invalidations.  It has one request a line under
// way and answers a back-invalidation when no write of the line is.

`include "skv_assert.svh"

module coherence_formal
  import coh_pkg::*;
#(
  parameter bit Answers = 1'b1  // the host answers back-invalidations, some time
) (
  input logic       clk_i,
  input logic       rst_ni,

  // What is free.
  input logic       req_valid_i,
  input op_e        req_op_i,
  input logic [1:0] req_line_i,
  input logic       read_ready_i,
  input logic       write_ready_i,
  input logic       ack_ready_i,
  input logic       snoop_ready_i,
  input logic       answer_valid_i,
  input logic [2:0] answer_slot_i,
  input state_e     answer_state_i,
  input logic       done_valid_i,
  input logic [1:0] done_slot_i,
  input logic       drop_i,
  input logic [1:0] drop_line_i
);

  localparam int unsigned Lines = 4;
  localparam int unsigned Normal = 2;
  localparam int unsigned Writes = 1;
  localparam int unsigned Slots = 4;

  logic           ready, normal_free, write_free, req_ready;
  logic [1:0]     normal_slot, write_slot, req_slot;
  logic           read_valid, write_valid, ack_valid, snoop_valid, req_valid, answer_valid;
  logic [1:0]     read_slot, write_at, ack_slot;
  line_t          read_line, write_line;
  state_e         read_grant, ack_grant;
  snoop_t         snoop;
  logic           done_valid;
  logic           unused_hit, unused_miss, unused_evict, unused_blocked, answer_bad;
  logic [6:0]     used;

  // ---- What is under way, by slot ----

  typedef enum logic [1:0] {
    Idle,
    Asked,   // accepted
    Issued   // told to read, write or acknowledge; a host's grant is on its way
  } step_e;

  step_e      step_q [Slots];
  op_e        op_q [Slots];
  logic [1:0] line_q [Slots];
  state_e     grant_q [Slots];

  // What the host holds, and which back-invalidations it has not answered.
  state_e     holds_q [Lines];
  logic       asked_q [8];        // by slot of the engine
  logic [1:0] asked_line_q [8];
  snoop_e     asked_kind_q [8];

  logic is_host;
  assign is_host = req_op_i <= OpDrop || is_write(req_op_i);

  // One request of the host a line.
  logic host_busy, write_busy;
  always_comb begin
    host_busy  = 1'b0;
    write_busy = 1'b0;
    for (int i = 0; i < int'(Slots); i++) begin
      if (step_q[i] != Idle && line_q[i] == req_line_i && (op_q[i] <= OpDrop || is_write(op_q[i])))
        host_busy = 1'b1;
      if (step_q[i] != Idle && line_q[i] == asked_line_q[answer_slot_i] && is_write(op_q[i]))
        write_busy = 1'b1;
    end
  end

  // What the host may send from what it holds.
  logic legal;
  always_comb begin
    unique case (req_op_i)
      OpReadShared, OpReadData: legal = holds_q[req_line_i] != StOwned;
      OpReadOwn, OpOwn:         legal = 1'b1;
      OpRead, OpDrop:           legal = holds_q[req_line_i] == StInvalid;
      OpWrite:                  legal = holds_q[req_line_i] != StShared;
      OpWriteShare:             legal = holds_q[req_line_i] == StOwned;
      OpWriteKeep:              legal = holds_q[req_line_i] == StOwned;
      OpDevRead, OpDevPeek, OpDevWrite: legal = 1'b1;
      default:                  legal = 1'b0;
    endcase
    if (is_host && host_busy) legal = 1'b0;
  end

  assign req_valid = req_valid_i && legal && (is_write(req_op_i) ? write_free : normal_free);
  assign req_slot  = is_write(req_op_i) ? write_slot : normal_slot;

  assign answer_valid = Answers && answer_valid_i && asked_q[answer_slot_i] && !write_busy &&
    allows(asked_kind_q[answer_slot_i], answer_state_i) &&
    answer_state_i <= holds_q[asked_line_q[answer_slot_i]];

  assign done_valid = done_valid_i && step_q[done_slot_i] == Issued;

  coh_core #(
    .Sets  (2),
    .Ways  (1),
    .Normal(Normal),
    .Writes(Writes),
    .Dones (1)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .ready_o       (ready),
    .normal_free_o (normal_free),
    .normal_slot_o (normal_slot),
    .write_free_o  (write_free),
    .write_slot_o  (write_slot),
    .req_valid_i   (req_valid),
    .req_ready_o   (req_ready),
    .req_op_i,
    .req_line_i    (line_t'(req_line_i)),
    .read_valid_o  (read_valid),
    .read_ready_i,
    .read_slot_o   (read_slot),
    .read_line_o   (read_line),
    .read_grant_o  (read_grant),
    .write_valid_o (write_valid),
    .write_ready_i,
    .write_at_o    (write_at),
    .write_line_o  (write_line),
    .ack_valid_o   (ack_valid),
    .ack_ready_i,
    .ack_slot_o    (ack_slot),
    .ack_grant_o   (ack_grant),
    .snoop_valid_o (snoop_valid),
    .snoop_ready_i,
    .snoop_o       (snoop),
    .answer_valid_i(answer_valid),
    .answer_i      ('{state: answer_state_i, slot: slot_t'(answer_slot_i)}),
    .done_valid_i  (done_valid),
    .done_slot_i   (slot_t'(done_slot_i)),
    .used_o        (used),
    .hit_o         (unused_hit),
    .miss_o        (unused_miss),
    .evict_o       (unused_evict),
    .blocked_o     (unused_blocked),
    .answer_bad_o  (answer_bad)
  );

  logic reads, stores, acks, asks;
  assign reads  = read_valid && read_ready_i;
  assign stores = write_valid && write_ready_i;
  assign acks   = ack_valid && ack_ready_i;
  assign asks   = snoop_valid && snoop_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < int'(Slots); i++) step_q[i] <= Idle;
    end else begin
      if (req_valid && req_ready) step_q[req_slot] <= Asked;
      if (reads) step_q[read_slot] <= Issued;
      if (stores) step_q[write_at] <= Issued;
      if (acks) step_q[ack_slot] <= Issued;
      if (done_valid) step_q[done_slot_i] <= Idle;
    end
  end

  always_ff @(posedge clk_i) begin
    if (req_valid && req_ready) begin
      op_q[req_slot]   <= req_op_i;
      line_q[req_slot] <= req_line_i;
    end
    if (reads) grant_q[read_slot] <= read_grant;
    if (stores) grant_q[write_at] <= StInvalid;
    if (acks) grant_q[ack_slot] <= ack_grant;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      for (int i = 0; i < int'(Lines); i++) holds_q[i] <= StInvalid;
      for (int i = 0; i < 8; i++) asked_q[i] <= 1'b0;
    end else begin
      if (drop_i) holds_q[drop_line_i] <= StInvalid;
      if (req_valid && req_ready && req_op_i == OpWrite) holds_q[req_line_i] <= StInvalid;
      if (req_valid && req_ready && req_op_i == OpWriteShare) holds_q[req_line_i] <= StShared;
      if (answer_valid) begin
        holds_q[asked_line_q[answer_slot_i]] <= answer_state_i;
        asked_q[answer_slot_i] <= 1'b0;
      end
      if (done_valid && grant_q[done_slot_i] != StInvalid) begin
        holds_q[line_q[done_slot_i]] <= grant_q[done_slot_i];
      end
      if (asks) asked_q[snoop.slot[2:0]] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (asks) begin
      asked_line_q[snoop.slot[2:0]] <= snoop.line[1:0];
      asked_kind_q[snoop.slot[2:0]] <= snoop.kind;
    end
  end

  // ---- The filter covers what the host holds ----

  localparam int unsigned TagBits = LineW - 1;

  logic [1:0][TagBits+1:0] words;  // of both sets: entry and tag
  assign words[0] = (TagBits + 2)'(u_dut.u_filter.gen_way[0].u_ram.mem_q[0]);
  assign words[1] = (TagBits + 2)'(u_dut.u_filter.gen_way[0].u_ram.mem_q[1]);

  for (genvar l = 0; l < Lines; l++) begin : gen_line
    entry_e entry;
    assign entry = words[l%2][TagBits-1:0] == TagBits'(l / 2) ?
      entry_e'(words[l%2][TagBits+1:TagBits]) : EntryFree;

    `SKV_ASSERT(CoversShared, ready && holds_q[l] == StShared |->
                entry == EntryShared || entry == EntryOwned)
    `SKV_ASSERT(CoversOwned, ready && holds_q[l] == StOwned |-> entry == EntryOwned)

    // One access of a line at a time, and none that the host's copy would make stale.
    logic [Slots-1:0] here;
    for (genvar i = 0; i < Slots; i++) begin : gen_slot
      assign here[i] = step_q[i] == Issued && line_q[i] == 2'(l);
      `SKV_ASSERT(OneWriter, here[i] && op_q[i] == OpDevWrite |-> holds_q[l] == StInvalid)
      `SKV_ASSERT(ManyReaders, here[i] && op_q[i] == OpDevRead |-> holds_q[l] != StOwned)
    end
    `SKV_ASSERT(OneAtATime, $onehot0(here))
    // A grant is with the host before the line is asked back.
    `SKV_ASSERT(GrantFirst, asks && snoop.line == line_t'(l) |->
                !(|here) || is_write(op_q[here[1] ? 2'd1 : here[2] ? 2'd2 : here[3] ? 2'd3 : 2'd0]))
  end

  // ---- One answer a request, of its kind ----

  `SKV_ASSERT(ReadAsked, read_valid |-> step_q[read_slot] == Asked &&
              op_q[read_slot] != OpOwn && op_q[read_slot] != OpDrop &&
              op_q[read_slot] != OpDevWrite && !is_write(op_q[read_slot]) &&
              read_line == line_t'(line_q[read_slot]))
  `SKV_ASSERT(WriteAsked, write_valid |-> step_q[write_at] == Asked &&
              (op_q[write_at] == OpDevWrite || is_write(op_q[write_at])) &&
              write_line == line_t'(line_q[write_at]))
  `SKV_ASSERT(AckAsked, ack_valid |-> step_q[ack_slot] == Asked &&
              (op_q[ack_slot] == OpOwn || op_q[ack_slot] == OpDrop))
  `SKV_ASSERT(OwnGranted, ack_valid && op_q[ack_slot] == OpOwn |-> ack_grant == StOwned)
  `SKV_ASSERT(ReadGrant, read_valid |->
              (op_q[read_slot] == OpReadOwn ? read_grant == StOwned :
               op_q[read_slot] == OpReadShared || op_q[read_slot] == OpReadData ?
               read_grant != StInvalid : read_grant == StInvalid))
  `SKV_ASSERT(SlotFree, req_valid && req_ready |-> step_q[req_slot] == Idle)
  `SKV_ASSERT(AskedOnce, asks |-> !asked_q[snoop.slot[2:0]])
  `SKV_ASSERT(AnswerTaken, answer_valid |-> !answer_bad)

  `SKV_COVER(Granted, holds_q[1] == StOwned)
  `SKV_COVER(Snooped, asked_q[0] && holds_q[1] == StOwned)
  `SKV_COVER(Evicts, asked_q[4])
  `SKV_COVER(Written, step_q[1] == Issued && op_q[1] == OpDevWrite && !asked_q[0])

  logic unused;
  assign unused = &{1'b0, used, snoop.line[LineW-1:2], snoop.slot[6:3], unused_hit, unused_miss,
                    unused_evict, unused_blocked};

endmodule
