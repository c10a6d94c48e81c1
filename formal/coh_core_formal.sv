// One writer or many readers, and the filter knows of every line that the host may hold; with four
// lines, two sets of one way, two normal slots and one for writes, seen from any one line.  It begins
// with nothing under way, any filter, and a host that holds no more than the filter says.
//
// The host sends one request of the line at a time, answers each back-invalidation with what it holds
// then or less, and whatever it holds of the line it may keep, or change, without a word.  Memory and
// acknowledgements take any time.

`include "skv_assert.svh"

module coh_core_formal
  import coh_pkg::*;
(
  input logic     clk_i,
  input logic     rst_ni,
  input line_t    line_i,
  input logic     req_valid_i,
  input op_e      req_op_i,
  input line_t    req_line_i,
  input logic     read_ready_i,
  input logic     write_ready_i,
  input logic     ack_ready_i,
  input logic     snoop_ready_i,
  input logic     answer_valid_i,
  input snooped_t answer_i,
  input logic     done_i,
  input state_e   first_held_i,
  input logic [1:0] done_slot_i
);

  localparam int unsigned Slots = 4;

  logic         ready, normal_free, write_free, req_ready;
  logic [1:0]   normal_slot, write_slot;
  logic         read_valid, write_valid, ack_valid, snoop_valid;
  logic [1:0]   read_slot, write_at, ack_slot;
  line_t        read_line, write_line;
  state_e       read_grant, ack_grant;
  snoop_t       snoop;
  logic [SlotW-1:0] used;
  logic [4:0]   events;

  coh_core #(
    .Sets  (2),
    .Ways  (1),
    .Normal(2),
    .Writes(1),
    .Dones (1)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .ready_o       (ready),
    .normal_free_o (normal_free),
    .normal_slot_o (normal_slot),
    .write_free_o  (write_free),
    .write_slot_o  (write_slot),
    .req_valid_i,
    .req_ready_o   (req_ready),
    .req_op_i,
    .req_line_i,
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
    .answer_valid_i,
    .answer_i,
    .done_valid_i  (done_i),
    .done_slot_i   (slot_t'(done_slot_i)),
    .used_o        (used),
    .hit_o         (events[0]),
    .miss_o        (events[1]),
    .evict_o       (events[2]),
    .blocked_o     (events[3]),
    .answer_bad_o  (events[4])
  );

  `SKV_ASSUME(Fixed, 1'b1 |=> $stable(line_i))

  // ---- Requests: the engine's slots as the harness knows them ----

  logic   [Slots-1:0] busy_q, out_q;  // taken; with the memory or to be acknowledged
  op_e                op_q [Slots];
  logic   [Slots-1:0] mine_q;         // of the line
  state_e             grant_q [Slots];
  logic               take, host_mine, host_busy;
  logic   [1:0]       slot;

  function automatic logic is_device(op_e op);
    return op == OpDevRead || op == OpDevPeek || op == OpDevWrite;
  endfunction

  assign take      = req_valid_i && req_ready;
  assign slot      = is_write(req_op_i) ? write_slot : normal_slot;
  assign host_mine = take && !is_device(req_op_i) && req_line_i == line_i;

  always_comb begin
    host_busy = 1'b0;
    for (int i = 0; i < int'(Slots); i++) begin
      if (busy_q[i] && mine_q[i] && !is_device(op_q[i])) host_busy = 1'b1;
    end
  end

  `SKV_ASSUME(SlotFree, req_valid_i |-> is_write(req_op_i) ? write_free : normal_free)
  `SKV_ASSUME(KnownOp, req_op_i <= OpWriteKeep && req_op_i != OpEvict)
  // The host's requests of a line are one at a time, but a write-back may pass one that has not been
  // looked at: here, none is under way.
  `SKV_ASSUME(OneOfTheHost, host_mine |-> !host_busy)
  `SKV_ASSUME(DoneOfOut, done_i |-> out_q[done_slot_i])

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= '0;
      out_q  <= '0;
    end else begin
      if (done_i) begin
        busy_q[done_slot_i] <= 1'b0;
        out_q[done_slot_i]  <= 1'b0;
      end
      if (take) busy_q[slot] <= 1'b1;
      if (read_valid && read_ready_i) out_q[read_slot] <= 1'b1;
      if (write_valid && write_ready_i) out_q[write_at] <= 1'b1;
      if (ack_valid && ack_ready_i) out_q[ack_slot] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      op_q[slot]    <= req_op_i;
      mine_q[slot]  <= req_line_i == line_i;
      grant_q[slot] <= StInvalid;
    end
    if (read_valid && read_ready_i) grant_q[read_slot] <= read_grant;
    if (ack_valid && ack_ready_i) grant_q[ack_slot] <= ack_grant;
  end

  // ---- What the host may hold of the line ----

  state_e     held_q;
  logic [7:0] asked_q;  // back-invalidations of the line that are with it
  logic [7:0] any_q;    // and of any line
  snoop_e     kind_q;
  logic       answers, granted;

  assign answers = answer_valid_i && asked_q[answer_i.slot[2:0]];
  assign granted = done_i && mine_q[done_slot_i] && grant_q[done_slot_i] > held_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q  <= first_held_i;
      asked_q <= '0;
      any_q   <= '0;
    end else begin
      if (answer_valid_i) any_q[answer_i.slot[2:0]] <= 1'b0;
      if (snoop_valid && snoop_ready_i) any_q[snoop.slot[2:0]] <= 1'b1;
      if (granted) held_q <= grant_q[done_slot_i];
      else if (answers) held_q <= answer_i.state;
      else if (host_mine && (req_op_i == OpWrite || req_op_i == OpDrop)) held_q <= StInvalid;
      else if (host_mine && req_op_i == OpWriteShare && held_q == StOwned) held_q <= StShared;
      if (answers) asked_q[answer_i.slot[2:0]] <= 1'b0;
      if (snoop_valid && snoop_ready_i && snoop.line == line_i) asked_q[snoop.slot[2:0]] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (snoop_valid && snoop_ready_i && snoop.line == line_i) kind_q <= snoop.kind;
  end

  `SKV_ASSUME(Honest, answers |-> answer_i.state <= held_q && allows(kind_q, answer_i.state))
  `SKV_ASSUME(SlotOfAnswer, answer_valid_i |-> answer_i.slot < 7'd8)
  // An answer to a question that is still on its way would be taken.
  `SKV_ASSUME(AnswerAsked, answer_valid_i |-> any_q[answer_i.slot[2:0]])
  `SKV_ASSUME(OneChange, $onehot0({done_i && mine_q[done_slot_i], answers, host_mine}))

  // ---- What is to hold ----

  logic [1:0] index;
  coh_pkg::entry_e entry;
  logic       known;
  assign index = 2'(line_i);
  assign entry = entry_e'(u_dut.u_filter.gen_way[0].u_ram.mem_q[index[0]][1+:2]);
  assign known = u_dut.u_filter.gen_way[0].u_ram.mem_q[index[0]][0] == index[1];

  logic dev_writes, dev_reads, grants;
  logic [2:0] accesses;
  always_comb begin
    dev_writes = 1'b0;
    dev_reads  = 1'b0;
    grants     = 1'b0;
    accesses   = '0;
    for (int i = 0; i < int'(Slots); i++) begin
      if (out_q[i] && mine_q[i]) begin
        accesses += 3'd1;
        if (op_q[i] == OpDevWrite) dev_writes = 1'b1;
        if (op_q[i] == OpDevRead) dev_reads = 1'b1;
        if (grant_q[i] != StInvalid) grants = 1'b1;
      end
    end
  end

  // The filter at the beginning is any that knows of what the host holds.
  logic first_q, knows;
  always_ff @(posedge clk_i) first_q <= !rst_ni;
  assign knows = held_q == StInvalid ||
    (known && (entry == EntryOwned || (entry == EntryShared && held_q == StShared)));

  `SKV_ASSUME(Begin, first_q |-> knows && held_q <= StOwned)
  `SKV_ASSERT(FilterKnows, knows)
  `SKV_ASSERT(OneWriter, dev_writes |-> held_q == StInvalid && !grants)
  `SKV_ASSERT(ReadersShare, dev_reads |-> held_q != StOwned)
  `SKV_ASSERT(OneAccess, accesses <= 3'd1)
  `SKV_ASSERT(OneQuestion, $onehot0(asked_q))
  `SKV_COVER(Holds, held_q == StOwned)
  `SKV_COVER(Asked, asked_q != '0)

  logic unused;
  assign unused = &{1'b0, ready, used, events, read_line, write_line, snoop, answer_i};

endmodule
