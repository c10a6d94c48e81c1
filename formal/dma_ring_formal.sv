// A ring never fetches what there is no room for, in its queue or among its completions; so no
// completion lands on one that was not read yet.  Shown for a ring of 16: with sizes left open the
// solver does not come to an end.

`include "skv_assert.svh"

module dma_ring_formal
  import dma_pkg::*;
(
  input logic     clk_i,
  input logic     rst_ni,
  input ring_t    ring_i,
  input logic     fetch_ready_i,
  input logic     request_valid_i,
  input request_t request_i,
  input logic     head_ready_i,
  input logic     place_i,
  input logic     written_i
);

  localparam int unsigned QueueDepth = 16;

  logic        stop, fetch_valid, head_valid, phase;
  logic [15:0] fetched, completed, number;
  line_t       fetch_line;
  logic [3:0]  fetch_len;
  request_t    head;
  logic [59:0] entry;

  dma_ring #(
    .QueueDepth(QueueDepth)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .ring_i,
    .stop_o         (stop),
    .fetched_o      (fetched),
    .completed_o    (completed),
    .fetch_valid_o  (fetch_valid),
    .fetch_ready_i,
    .fetch_line_o   (fetch_line),
    .fetch_len_o    (fetch_len),
    .request_valid_i,
    .request_i,
    .head_valid_o   (head_valid),
    .head_ready_i,
    .head_o         (head),
    .number_o       (number),
    .place_i,
    .entry_o        (entry),
    .phase_o        (phase),
    .written_i
  );

  // ---- The driver: reads what was written, and changes nothing else while anything is under way ----

  logic [15:0] size, read_d, consumed_q;

  assign size    = 16'd1 << ring_i.size_log2;
  assign read_d  = ring_i.consumed - consumed_q;

  always_ff @(posedge clk_i) consumed_q <= rst_ni ? ring_i.consumed : '0;

  // Counts, as distances from it.
  logic [15:0] placed, to_completed, to_placed, to_begun, to_come, to_asked, to_fetched;
  assign placed       = u_dut.placed_q;
  assign to_completed = completed - consumed_q;
  assign to_placed    = placed - consumed_q;
  assign to_begun     = number - consumed_q;
  assign to_fetched   = fetched - consumed_q;

  `SKV_ASSUME(Reads, read_d <= to_completed)
  `SKV_ASSUME(Size, ring_i.size_log2 == 4'd4)
  `SKV_ASSUME(Base, ring_i.base[11:0] == '0 && ring_i.completions[11:0] == '0)
  `SKV_ASSUME(Stays, 1'b1 |=> $stable({ring_i.size_log2, ring_i.base, ring_i.completions}))

  // ---- Memory and the rest of the engine: each descriptor comes once, ends once ----

  logic [15:0] asked_q, came_q;
  assign to_come  = came_q - consumed_q;
  assign to_asked = asked_q - consumed_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      asked_q <= '0;
      came_q  <= '0;
    end else begin
      if (fetch_valid && fetch_ready_i) asked_q <= asked_q + 16'(fetch_len) + 16'd1;
      if (request_valid_i) came_q <= came_q + 16'd1;
    end
  end

  `SKV_ASSUME(Comes, request_valid_i |-> came_q != asked_q)
  `SKV_ASSUME(Places, place_i |-> placed != number)
  `SKV_ASSUME(Writes, written_i |-> completed != placed)

  // ---- In order: consumed, completed, placed, begun, come, asked for, fetched ----

  logic [15:0] pending;
  assign pending = fetch_valid ? 16'(fetch_len) + 16'd1 : '0;

  `SKV_ASSERT(Placed, to_completed <= to_placed)
  `SKV_ASSERT(Begun, to_placed <= to_begun)
  `SKV_ASSERT(Come, to_begun <= to_come)
  `SKV_ASSERT(Asked, to_come <= to_asked && to_asked + pending == to_fetched)
  `SKV_ASSERT(Fetched, to_asked <= to_fetched)
  `SKV_ASSERT(Room, to_fetched <= size)
  `SKV_ASSERT(QueueRoom, 16'(u_dut.room_q) + to_fetched - to_begun == 16'(QueueDepth))
  `SKV_ASSERT(Queued, 16'(5'(u_dut.u_queue.wptr_q - u_dut.u_queue.rptr_q)) == to_come - to_begun)
  `SKV_ASSERT(Burst, fetch_valid |-> {1'b0, fetch_line[5:0]} + 7'(fetch_len) < 7'd64)
  `SKV_ASSERT(Free, u_dut.state_q == 2'd1
              |-> u_dut.free_q == size - to_fetched)
  `SKV_ASSERT(QueueFree, u_dut.state_q == 2'd1 |-> 6'(u_dut.queue_q) <= 6'(u_dut.room_q))
  `SKV_ASSERT(ToEnd, u_dut.state_q == 2'd1 |-> u_dut.to_end_q == 5'd16 - 5'(fetched[3:0]))
  `SKV_ASSERT(Line, fetch_valid |-> fetch_line[3:0] == asked_q[3:0])
  `SKV_ASSERT(Count, fetch_valid
              |-> u_dut.count_q != '0 && 5'(asked_q[3:0]) + u_dut.count_q <= 5'd16)
  `SKV_COVER(Fetches, fetch_valid && fetch_len == 4'd15)

  logic unused;
  assign unused = &{1'b0, stop, head_valid, head, entry, phase, fetch_line, ring_i};

endmodule
