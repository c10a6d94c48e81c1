// Reads the data of jobs over AXI4 and hands them on in the jobs' order.
//
// Nothing is asked for that the queue has no room for, so r_ready_o stays high whatever becomes of
// the data.  A job's beats come as they were asked for, those with a bus error too.  A beat a cycle
// as long as QueueBeats cover the memory's latency.

`include "skv_assert.svh"

module dma_reader
  import skv_axi_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned QueueBeats = 512
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         job_valid_i,
  output logic         job_ready_o,
  input  read_job_t    job_i,

  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output ax_t          ar_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  r_t           r_i,

  output logic         beat_valid_o,
  input  logic         beat_ready_i,
  output logic [511:0] beat_o,
  output logic         last_o,        // of the job
  output logic         bus_o,         // an error in this beat
  output read_job_t    job_o          // whose beat it is
);

  `SKV_CHECK_PARAM(QueueBeats, QueueBeats >= 64)

  localparam int unsigned CreditW = $clog2(QueueBeats) + 1;

  // ---- Asking ----

  logic   bursts_ready, order_in_ready, burst_valid, burst_ready;
  burst_t burst;

  assign job_ready_o = bursts_ready & order_in_ready;

  dma_bursts u_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(job_valid_i & order_in_ready),
    .ready_o(bursts_ready),
    .line_i (job_i.line),
    .beats_i(job_i.beats),
    .valid_o(burst_valid),
    .ready_i(burst_ready),
    .burst_o(burst)
  );

  logic [CreditW-1:0] credit_q;  // beats that may be asked for
  logic               enough_q, ar_valid_q, ask, pop;
  ax_t                ar_q;

  // enough_q: the queue has had room for the burst since the cycle before.
  assign ask         = burst_valid & enough_q & !ar_valid_q;
  assign burst_ready = ask;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      credit_q   <= CreditW'(QueueBeats);
      enough_q   <= 1'b0;
      ar_valid_q <= 1'b0;
    end else begin
      credit_q   <= credit_q - (ask ? CreditW'(burst.beats) : '0) + CreditW'(pop);
      enough_q   <= burst_valid && !ask && credit_q >= CreditW'(burst.beats);
      ar_valid_q <= ask | (ar_valid_q & !ar_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (ask) ar_q <= '{id: '0, addr: {burst.line, 6'd0}, len: 8'(burst.beats) - 8'd1};
  end

  assign ar_valid_o = ar_valid_q;
  assign ar_o       = ar_q;

  // ---- Data ----

  typedef struct packed {
    logic         bus;
    logic [511:0] data;
  } beat_t;

  beat_t beat;
  logic  queue_valid;

  skv_ram_fifo #(
    .data_t(beat_t),
    .Depth (QueueBeats)
  ) u_queue (
    .clk_i,
    .rst_ni,
    .valid_i(r_valid_i),
    .ready_o(r_ready_o),
    .data_i ('{bus: is_error(r_i.resp) || r_i.poison, data: r_i.data}),
    .valid_o(queue_valid),
    .ready_i(pop),
    .data_o (beat)
  );

  // ---- Whose they are ----

  logic   order_valid, last_q;
  beats_t left_q;  // behind this beat, once started_q
  logic   started_q, last;

  skv_fifo #(
    .data_t(read_job_t),
    .Depth (Slots)
  ) u_order (
    .clk_i,
    .rst_ni,
    .valid_i(job_valid_i & bursts_ready),
    .ready_o(order_in_ready),
    .data_i (job_i),
    .valid_o(order_valid),
    .ready_i(pop & last),
    .data_o (job_o)
  );

  assign last = started_q ? last_q : job_o.beats == beats_t'(1);
  assign pop  = queue_valid & beat_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) started_q <= 1'b0;
    else if (pop) started_q <= !last;
  end

  always_ff @(posedge clk_i) begin
    if (pop) begin
      left_q <= started_q ? left_q - 1'b1 : job_o.beats - beats_t'(2);
      last_q <= started_q ? left_q == beats_t'(1) : job_o.beats == beats_t'(2);
    end
  end

  assign beat_valid_o = queue_valid;
  assign beat_o       = beat.data;
  assign last_o       = last;
  assign bus_o        = beat.bus;

  logic unused;
  assign unused = &{1'b0, r_i.id, r_i.last, burst.last};

  `SKV_ASSERT(RoomForEachBeat, r_valid_i |-> r_ready_o)
  `SKV_ASSERT(CreditInRange, credit_q <= CreditW'(QueueBeats))
  `SKV_ASSERT(CreditCovers, ask |-> credit_q >= CreditW'(burst.beats))
  `SKV_ASSERT(DataOfAJob, queue_valid |-> order_valid)
  `SKV_COVER(OutOfCredit, burst_valid && credit_q == '0)

endmodule
