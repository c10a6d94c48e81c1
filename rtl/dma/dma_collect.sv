// Takes the pages that were read, through the codec or past it, into page buffers.
//
// A page past the codec never waits for one inside it.  Each is told of once it is wholly in; one
// with a bus error, or that the codec refused, leaves its buffer at once.  A cycle between pages.
// Demands that the codec gives a page out only after it took it in wholly, and in order.

`include "skv_assert.svh"

module dma_collect
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Buffers = 16,
  localparam int unsigned BufferW = $clog2(Buffers),
  localparam int unsigned RowW = BufferW + 6
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             beat_valid_i,
  output logic             beat_ready_o,
  input  logic [511:0]     beat_i,
  input  logic             last_i,
  input  logic             bus_i,
  input  read_job_t        job_i,

  output logic             codec_valid_o,
  input  logic             codec_ready_i,
  input  logic             coded_valid_i,
  output logic             coded_ready_o,
  input  logic [511:0]     coded_i,
  input  logic             coded_last_i,
  input  verdict_t         verdict_i,       // with the last beat

  output logic             we_o,
  output logic [RowW-1:0] waddr_o,
  output logic [511:0]     wdata_o,
  input  logic [1:0]       release_valid_i,
  input  buffer_t [1:0]    release_i,

  output logic             collected_valid_o,
  input  logic             collected_ready_i,
  output collected_t       collected_o
);

  `SKV_CHECK_PARAM(Buffers, Buffers >= 2 && Buffers <= 16 && Buffers == 1 << BufferW)

  typedef logic [BufferW-1:0] number_t;

  typedef enum logic [1:0] {StNone, StCoded, StCopy} state_e;

  state_e     state_q;
  logic       copy_turn_q, coded_waits, copy_waits, start;
  logic       take_coded, take_copy, take, last, room;

  // ---- Into the codec ----

  typedef struct packed {
    slot_t slot;
    logic  bus;
  } inside_t;

  inside_t oldest;
  logic    inside_in_ready, inside_valid, beat, bus_q, bus;

  assign codec_valid_o = beat_valid_i & job_i.codec;
  assign beat_ready_o  = job_i.codec ? codec_ready_i : state_q == StCopy;
  assign beat          = beat_valid_i & beat_ready_o;
  assign bus           = bus_q | bus_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) bus_q <= 1'b0;
    else if (beat) bus_q <= bus & !last_i;
  end

  skv_fifo #(
    .data_t(inside_t),
    .Depth (Slots)
  ) u_inside (
    .clk_i,
    .rst_ni,
    .valid_i(beat & job_i.codec & last_i),
    .ready_o(inside_in_ready),
    .data_i ('{slot: job_i.slot, bus: bus}),
    .valid_o(inside_valid),
    .ready_i(take_coded & coded_last_i),
    .data_o (oldest)
  );

  // ---- Which page next; where both wait they take turns ----

  assign coded_waits = coded_valid_i & inside_valid;
  assign copy_waits  = beat_valid_i & !job_i.codec;

  assign take_coded    = state_q == StCoded && coded_valid_i;
  assign take_copy     = state_q == StCopy && beat_valid_i;
  assign take          = take_coded | take_copy;
  assign last          = take_coded ? coded_last_i : last_i;
  assign coded_ready_o = state_q == StCoded;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q     <= StNone;
      copy_turn_q <= 1'b0;
    end else if (start) begin
      state_q     <= copy_waits && (copy_turn_q || !coded_waits) ? StCopy : StCoded;
      copy_turn_q <= !copy_turn_q;
    end else if (take && last) begin
      state_q <= StNone;
    end
  end

  // ---- Buffers: a spare one is at hand ----

  logic [Buffers-1:0] free_q, free_d;
  logic               spare_valid_q, keep, fetch, reject_q;
  number_t            spare_q, buffer_q, rejected_q, lowest;

  assign start = state_q == StNone && (coded_waits || copy_waits) && spare_valid_q && room;
  assign fetch = !spare_valid_q && |free_q;

  always_comb begin
    lowest = '0;
    for (int i = int'(Buffers) - 1; i >= 0; i--) if (free_q[i]) lowest = number_t'(i);
  end

  always_comb begin
    free_d = free_q;
    for (int i = 0; i < 2; i++) begin
      if (release_valid_i[i]) free_d[number_t'(release_i[i])] = 1'b1;
    end
    if (reject_q) free_d[rejected_q] = 1'b1;
    if (fetch) free_d[lowest] = 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      free_q        <= '1;
      spare_valid_q <= 1'b0;
      reject_q      <= 1'b0;
    end else begin
      reject_q      <= take & last & !keep;
      free_q        <= free_d;
      spare_valid_q <= fetch | (spare_valid_q & !start);
    end
  end

  always_ff @(posedge clk_i) begin
    if (fetch) spare_q <= lowest;
    if (start) buffer_q <= spare_q;
    rejected_q <= buffer_q;
  end

  // ---- Into the buffer ----

  logic             we_q;
  logic [RowW-1:0] waddr_q;
  logic [511:0]     wdata_q;
  logic [5:0]       index_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      we_q    <= 1'b0;
      index_q <= '0;
    end else begin
      we_q <= take;
      if (take) index_q <= last ? '0 : index_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    waddr_q <= {buffer_q, index_q};
    wdata_q <= take_coded ? coded_i : beat_i;
  end

  assign we_o    = we_q;
  assign waddr_o = waddr_q;
  assign wdata_o = wdata_q;

  // ---- What came ----

  collected_t collected;

  always_comb begin
    collected = '{
      slot: job_i.slot,
      buffer: buffer_t'(buffer_q),
      beats: {1'b0, index_q} + beats_t'(1),
      page: take_coded,
      bus: bus,
      default: '0
    };
    if (take_coded) begin
      collected.slot  = oldest.slot;
      collected.bus   = oldest.bus;
      collected.bad   = verdict_i.bad;
      collected.error = verdict_i.error;
      collected.raw   = verdict_i.raw;
      collected.crc   = verdict_i.crc;
    end
  end

  assign keep = !collected.bus && !collected.bad;

  skv_fifo #(
    .data_t(collected_t),
    .Depth (4)
  ) u_collected (
    .clk_i,
    .rst_ni,
    .valid_i(take & last),
    .ready_o(room),
    .data_i (collected),
    .valid_o(collected_valid_o),
    .ready_i(collected_ready_i),
    .data_o (collected_o)
  );

  logic unused;
  assign unused = &{1'b0, job_i};

  for (genvar i = 0; i < 2; i++) begin : gen_release
    `SKV_ASSERT(ReleaseOnce, release_valid_i[i] |-> !free_q[number_t'(release_i[i])])
  end
  `SKV_ASSERT(InsideQueued, beat && job_i.codec && last_i |-> inside_in_ready)
  `SKV_ASSERT(CollectedQueued, take && last |-> room)
  `SKV_ASSERT(NotReleasedTwice, &release_valid_i |-> release_i[0] != release_i[1])
  `SKV_ASSERT(SpareIsTaken, spare_valid_q |-> !free_q[spare_q])
  `SKV_ASSUME(CodedOneByOne, coded_valid_i |-> inside_valid)
  `SKV_ASSUME(CodedPage, take_coded && index_q == '1 |-> coded_last_i)
  `SKV_COVER(BothWait, state_q == StNone && coded_waits && copy_waits)
  `SKV_COVER(NoBuffer, state_q == StNone && coded_waits && !spare_valid_q && free_q == '0)

endmodule
