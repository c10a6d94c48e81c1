// One ring: fetches its descriptors ahead of their use, and knows where its completions go.
//
// Bursts end at multiples of 16 descriptors, so they cross neither the ring's end nor 4 KB.  A
// descriptor is fetched only when there is room for it in the queue, and for its completion.

`include "skv_assert.svh"

module dma_ring
  import dma_pkg::*;
#(
  parameter int unsigned QueueDepth = 32
) (
  input  logic        clk_i,
  input  logic        rst_ni,

  input  ring_t       ring_i,
  output logic        stop_o,         // what has not begun is not to
  output logic [15:0] fetched_o,
  output logic [15:0] completed_o,

  output logic        fetch_valid_o,
  input  logic        fetch_ready_i,
  output line_t       fetch_line_o,
  output logic [3:0]  fetch_len_o,    // descriptors less one
  input  logic        request_valid_i,
  input  request_t    request_i,

  output logic        head_valid_o,
  input  logic        head_ready_i,
  output request_t    head_o,
  output logic [15:0] number_o,

  input  logic        place_i,        // a completion is placed at:
  output logic [59:0] entry_o,        // its byte address / 16
  output logic        phase_o,
  input  logic        written_i       // and one is written
);

  localparam int unsigned Burst = 16;
  localparam int unsigned RoomW = $clog2(QueueDepth) + 1;

  `SKV_CHECK_PARAM(QueueDepth, QueueDepth >= 16)

  function automatic logic [4:0] at_most_burst(logic [15:0] count);
    return |count[15:4] ? 5'(Burst) : {1'b0, count[3:0]};
  endfunction

  // ---- Stopping ----

  logic        stop_q;
  logic [15:0] fetched_q, completed_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) stop_q <= 1'b0;
    else if (!ring_i.enable) stop_q <= 1'b1;
    else if (fetched_q == completed_q) stop_q <= 1'b0;
  end

  // ---- Fetching, a decision in three steps ----

  typedef enum logic [1:0] {StCount, StChoose, StAsk} state_e;

  state_e           state_q;
  logic [15:0]      waiting, taken, size;
  logic [15:0]      free_q;
  logic [4:0]       waiting_q, queue_q, to_end_q, least, count_q;
  logic             pop, choose;
  line_t            line_q;
  logic [RoomW-1:0] room_q;  // of the queue, not asked for
  logic [4:0]       free;

  assign size    = 16'd1 << ring_i.size_log2;
  assign waiting = ring_i.tail - fetched_q;
  assign taken   = fetched_q - ring_i.consumed;
  assign free    = free_q[15] ? '0 : at_most_burst(free_q);  // none, should the driver be ahead

  always_comb begin
    least = waiting_q;
    if (queue_q < least) least = queue_q;
    if (to_end_q < least) least = to_end_q;
    if (free < least) least = free;
  end

  // Where the next descriptor is in the ring.
  logic [15:0] at;
  assign at = fetched_q & (size - 1'b1);

  assign choose = state_q == StChoose && ring_i.enable && !stop_q && least != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StCount;
      fetched_q <= '0;
      room_q    <= RoomW'(QueueDepth);
    end else begin
      if (choose) fetched_q <= fetched_q + 16'(least);
      room_q <= room_q - (choose ? RoomW'(least) : '0) + RoomW'(pop);
      unique case (state_q)
        StCount:  state_q <= StChoose;
        StChoose: state_q <= choose ? StAsk : StCount;
        StAsk:    if (fetch_ready_i) state_q <= StCount;
        default:  state_q <= StCount;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    waiting_q <= at_most_burst(waiting);
    free_q    <= size - taken;
    queue_q   <= at_most_burst(16'(room_q));
    to_end_q  <= 5'(Burst) - {1'b0, fetched_q[3:0]};
    if (choose) begin
      count_q <= least;
      line_q  <= ring_i.base[63:6] + line_t'(at);
    end
  end

  assign fetch_valid_o = state_q == StAsk;
  assign fetch_line_o  = line_q;
  assign fetch_len_o   = 4'(count_q - 1'b1);

  // ---- Fetched ----

  logic        queue_ready;
  logic [15:0] number_q;

  skv_fifo #(
    .data_t(request_t),
    .Depth (QueueDepth)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(request_valid_i),
    .ready_o(queue_ready),
    .data_i (request_i),
    .valid_o(head_valid_o),
    .ready_i(head_ready_i),
    .data_o (head_o)
  );

  assign pop = head_valid_o & head_ready_i;

  // ---- Completions ----

  logic [15:0] placed_q, placed_at;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      number_q    <= '0;
      placed_q    <= '0;
      completed_q <= '0;
    end else begin
      if (pop) number_q <= number_q + 1'b1;
      if (place_i) placed_q <= placed_q + 1'b1;
      if (written_i) completed_q <= completed_q + 1'b1;
    end
  end

  assign placed_at   = placed_q & (size - 1'b1);
  assign entry_o     = ring_i.completions[63:4] + 60'(placed_at);
  assign phase_o     = (placed_q & size) == '0;
  assign stop_o      = stop_q;
  assign fetched_o   = fetched_q;
  assign completed_o = completed_q;
  assign number_o    = number_q;

  `SKV_ASSUME(Aligned, ring_i.enable |-> ring_i.base[11:0] == '0 && ring_i.completions[11:0] == '0)
  `SKV_ASSUME(Sized, ring_i.enable |-> ring_i.size_log2 >= 4'd4 && ring_i.size_log2 <= 4'd12)
  `SKV_ASSERT(QueueNeverOverrun, request_valid_i |-> queue_ready)
  `SKV_ASSERT(RoomInRange, room_q <= RoomW'(QueueDepth))
  `SKV_ASSERT(RoomForEachCompletion, ring_i.enable && !taken[15] |-> taken <= size)
  `SKV_ASSERT(PlacedAfterTaken, placed_q != number_q || !place_i)
  `SKV_ASSERT(WrittenAfterPlaced, completed_q != placed_q || !written_i)
  `SKV_ASSERT(FetchHeld, fetch_valid_o && !fetch_ready_i |=> fetch_valid_o && $stable(fetch_len_o))
  `SKV_COVER(CompletionsFull, state_q == StChoose && ring_i.enable && free == '0)
  `SKV_COVER(QueueFull, room_q == '0)

  logic unused;
  assign unused = &{1'b0, ring_i};

endmodule
