// Forward progress of the coherency engine's core: any two requests, from any state of the filter,
// have ended within `Limit` cycles where every channel is fair.  As small as coh_core_formal's: four
// lines, two sets of one way, two normal slots and one for writes.
//
// Requests come in the first `Offers` cycles after reset.  Fair: each channel is always ready or is
// stalled for a cycle before each transfer, and memory and host take one cycle more or less to
// answer; which, is any, but does not change in a run.

`include "skv_assert.svh"

module coh_progress_formal
  import coh_pkg::*;
(
  input logic       clk_i,
  input logic       req_valid_i,
  input op_e        req_op_i,
  input line_t      req_line_i,
  input logic [5:0] slow_i,        // channels and answers that take a cycle more
  input logic       answer_valid_i,
  input snooped_t   answer_i,
  input logic       done_i,
  input logic [1:0] done_slot_i
);

  localparam int unsigned Slots = 4;
  localparam int unsigned Asked = 8;  // slots that may ask the host
  localparam int unsigned Offers = 3;
  localparam int unsigned Limit = 60;

  typedef logic [6:0] age_t;

  // Reset is the first cycle's.
  logic rst_ni;
  age_t now_q;
  logic started_q;
  initial started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  assign rst_ni = started_q;
  always_ff @(posedge clk_i) now_q <= rst_ni ? now_q + 7'd1 : '0;

  `SKV_ASSUME(Fixed, 1'b1 |=> $stable(slow_i))

  logic       ready, normal_free, write_free, req_ready;
  logic [1:0] normal_slot, write_slot;
  logic       read_valid, write_valid, ack_valid, snoop_valid;
  logic [1:0] read_slot, write_at, ack_slot;
  line_t      read_line, write_line;
  state_e     read_grant, ack_grant;
  snoop_t     snoop;
  logic [SlotW-1:0] used;
  logic [4:0] events;
  logic [3:0] offers, stalled_q, readies;

  // A slow channel is ready in the cycle behind an offer.
  assign offers  = {read_valid, write_valid, ack_valid, snoop_valid};
  assign readies = ~slow_i[3:0] | stalled_q;
  always_ff @(posedge clk_i) stalled_q <= rst_ni ? offers & ~readies : '0;

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
    .read_ready_i  (readies[3]),
    .read_slot_o   (read_slot),
    .read_line_o   (read_line),
    .read_grant_o  (read_grant),
    .write_valid_o (write_valid),
    .write_ready_i (readies[2]),
    .write_at_o    (write_at),
    .write_line_o  (write_line),
    .ack_valid_o   (ack_valid),
    .ack_ready_i   (readies[1]),
    .ack_slot_o    (ack_slot),
    .ack_grant_o   (ack_grant),
    .snoop_valid_o (snoop_valid),
    .snoop_ready_i (readies[0]),
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

  // No entry of the filter is reserved for a request that there never was.
  logic [1:0] reserved;
  for (genvar i = 0; i < 2; i++) begin : gen_set
    assign reserved[i] =
      entry_e'(u_dut.u_filter.gen_way[0].u_ram.mem_q[i][1+:2]) == EntryReserved;
  end

  `SKV_ASSUME(NoneReserved, now_q == '0 |-> reserved == '0)

  // ---- Requests, and the memory ----

  logic [Slots-1:0] busy_q, out_q;  // taken; with the memory or to be acknowledged
  logic [Slots-1:0] waited_q;       // for the cycle more
  logic             take;
  logic [1:0]       slot;

  assign take = req_valid_i && req_ready;
  assign slot = is_write(req_op_i) ? write_slot : normal_slot;

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
      if (read_valid && readies[3]) out_q[read_slot] <= 1'b1;
      if (write_valid && readies[2]) out_q[write_at] <= 1'b1;
      if (ack_valid && readies[1]) out_q[ack_slot] <= 1'b1;
    end
    waited_q <= out_q;
  end

  logic [Slots-1:0] due;
  assign due = slow_i[4] ? out_q & waited_q : out_q;

  `SKV_ASSUME(SlotFree, req_valid_i |-> is_write(req_op_i) ? write_free : normal_free)
  `SKV_ASSUME(KnownOp, req_op_i <= OpWriteKeep && req_op_i != OpEvict)
  `SKV_ASSUME(Few, req_valid_i |-> now_q < age_t'(Offers))
  `SKV_ASSUME(DoneOfOut, done_i |-> out_q[done_slot_i])
  // All lines are alike before the first request.
  `SKV_ASSUME(FirstLine, req_valid_i && busy_q == '0 |-> req_line_i == '0)
  `SKV_ASSUME(MemoryFair, due != '0 |-> done_i)

  // ---- The host ----

  logic [Asked-1:0] asked_q, heard_q, overdue;
  snoop_e           kind_q [Asked];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      asked_q <= '0;
    end else begin
      if (answer_valid_i) asked_q[answer_i.slot[2:0]] <= 1'b0;
      if (snoop_valid && readies[0]) asked_q[snoop.slot[2:0]] <= 1'b1;
    end
    if (snoop_valid && readies[0]) kind_q[snoop.slot[2:0]] <= snoop.kind;
    heard_q <= asked_q;
  end

  assign overdue = slow_i[5] ? asked_q & heard_q : asked_q;

  `SKV_ASSUME(SlotOfAnswer, answer_valid_i |-> answer_i.slot < slot_t'(Asked))
  `SKV_ASSUME(AnswerAsked, answer_valid_i |-> asked_q[answer_i.slot[2:0]])
  `SKV_ASSUME(Allowed, answer_valid_i |-> allows(kind_q[answer_i.slot[2:0]], answer_i.state))
  `SKV_ASSUME(HostFair, overdue != '0 |-> answer_valid_i)

  `SKV_ASSERT(Ends, now_q >= age_t'(Limit) |-> busy_q == '0)
  `SKV_COVER(Snoops, asked_q != '0)
  `SKV_COVER(Evicts, events[2])
  `SKV_COVER(Both, $countones(busy_q) == 2)

  logic unused;
  assign unused = &{1'b0, ready, used, events, read_line, write_line, read_grant, ack_grant, snoop};

endmodule
