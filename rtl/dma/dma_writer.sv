// Writes jobs' data from their page buffers over AXI4, and says of each when it is written.
//
// A buffer is released once its last beat has been read from it.  A beat a cycle, jobs back to back.

`include "skv_assert.svh"

module dma_writer
  import skv_axi_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Buffers = 16,
  localparam int unsigned BufferW = $clog2(Buffers),
  localparam int unsigned RowW = BufferW + 6
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             job_valid_i,
  output logic             job_ready_o,
  input  write_job_t       job_i,

  output logic             re_o,
  output logic [RowW-1:0] raddr_o,
  input  logic [511:0]     rdata_i,          // a cycle later
  output logic             release_valid_o,
  output buffer_t          release_o,

  output logic             aw_valid_o,
  input  logic             aw_ready_i,
  output ax_t              aw_o,
  output logic             w_valid_o,
  input  logic             w_ready_i,
  output w_t               w_o,
  input  logic             b_valid_i,
  output logic             b_ready_o,
  input  b_t               b_i,

  output logic             written_valid_o,
  input  logic             written_ready_i,
  output written_t         written_o
);

  `SKV_CHECK_PARAM(Buffers, Buffers >= 2 && Buffers <= 16 && Buffers == 1 << BufferW)

  // ---- Addresses ----

  typedef struct packed {
    logic [RowW-1:0] from;   // in the buffers
    beats_t           beats;
    logic             last;   // of the job
  } data_t;

  typedef struct packed {
    slot_t slot;
    logic  last;
  } answer_t;

  logic       busy_q, bursts_ready, burst_valid, issue, aw_valid_q, take;
  logic       data_in_ready, answer_in_ready;
  slot_t      slot_q;
  logic [RowW-1:0] from_q;
  burst_t     burst;
  ax_t        aw_q;

  assign job_ready_o = bursts_ready & !busy_q;
  assign take        = job_valid_i & job_ready_o;

  dma_bursts u_bursts (
    .clk_i,
    .rst_ni,
    .valid_i(job_valid_i & !busy_q),
    .ready_o(bursts_ready),
    .line_i (job_i.line),
    .beats_i(job_i.beats),
    .valid_o(burst_valid),
    .ready_i(issue),
    .burst_o(burst)
  );

  assign issue = burst_valid & !aw_valid_q & data_in_ready & answer_in_ready;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q     <= 1'b0;
      aw_valid_q <= 1'b0;
    end else begin
      if (take) busy_q <= 1'b1;
      else if (issue && burst.last) busy_q <= 1'b0;
      aw_valid_q <= issue | (aw_valid_q & !aw_ready_i);
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      slot_q <= job_i.slot;
      from_q <= {BufferW'(job_i.buffer), 6'd0};
    end else if (issue) begin
      from_q[5:0] <= from_q[5:0] + burst.beats[5:0];
    end
    if (issue) aw_q <= '{id: '0, addr: {burst.line, 6'd0}, len: 8'(burst.beats) - 8'd1};
  end

  assign aw_valid_o = aw_valid_q;
  assign aw_o       = aw_q;

  // ---- Data ----

  localparam int unsigned OutDepth = 8;
  localparam int unsigned CreditW = $clog2(OutDepth) + 1;

  typedef struct packed {
    logic         last;
    logic [511:0] data;
  } out_t;

  data_t              data;
  out_t               out;
  logic               data_valid, read, last, read_q, last_q, release_q, out_ready, sent;
  beats_t             index_q;
  buffer_t            released_q;
  logic [CreditW-1:0] credit_q;

  skv_fifo #(
    .data_t(data_t),
    .Depth (4)
  ) u_data (
    .clk_i,
    .rst_ni,
    .valid_i(issue),
    .ready_o(data_in_ready),
    .data_i ('{from: from_q, beats: burst.beats, last: burst.last}),
    .valid_o(data_valid),
    .ready_i(read & last),
    .data_o (data)
  );

  assign read    = data_valid && credit_q != '0;
  assign last    = index_q + 1'b1 == data.beats;
  assign sent    = w_valid_o & w_ready_i;
  assign re_o    = read;
  assign raddr_o = {data.from[RowW-1:6], data.from[5:0] + index_q[5:0]};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      credit_q  <= CreditW'(OutDepth);
      index_q   <= '0;
      read_q    <= 1'b0;
      release_q <= 1'b0;
    end else begin
      credit_q  <= credit_q - CreditW'(read) + CreditW'(sent);
      read_q    <= read;
      release_q <= read & last & data.last;
      if (read) index_q <= last ? '0 : index_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    last_q     <= last;
    released_q <= buffer_t'(data.from[RowW-1:6]);
  end

  skv_fifo #(
    .data_t(out_t),
    .Depth (OutDepth)
  ) u_out (
    .clk_i,
    .rst_ni,
    .valid_i(read_q),
    .ready_o(out_ready),
    .data_i ('{last: last_q, data: rdata_i}),
    .valid_o(w_valid_o),
    .ready_i(w_ready_i),
    .data_o (out)
  );

  assign w_o             = '{data: out.data, strb: '1, last: out.last, poison: 1'b0};
  assign release_valid_o = release_q;
  assign release_o       = released_q;

  // ---- Answers, in the order of the addresses ----

  answer_t answer;
  logic    answer_valid, bus_q, bus, b;

  skv_fifo #(
    .data_t(answer_t),
    .Depth (2 * Slots)
  ) u_answers (
    .clk_i,
    .rst_ni,
    .valid_i(issue),
    .ready_o(answer_in_ready),
    .data_i ('{slot: slot_q, last: burst.last}),
    .valid_o(answer_valid),
    .ready_i(b),
    .data_o (answer)
  );

  assign b   = b_valid_i & b_ready_o;
  assign bus = bus_q || is_error(b_i.resp);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) bus_q <= 1'b0;
    else if (b) bus_q <= bus & !answer.last;
  end

  skv_fifo #(
    .data_t(written_t),
    .Depth (Slots)
  ) u_written (
    .clk_i,
    .rst_ni,
    .valid_i(b & answer.last),
    .ready_o(b_ready_o),
    .data_i ('{slot: answer.slot, bus: bus}),
    .valid_o(written_valid_o),
    .ready_i(written_ready_i),
    .data_o (written_o)
  );

  logic unused;
  assign unused = &{1'b0, b_i.id};

  `SKV_ASSERT(RoomForEachAnswer, b_valid_i |-> b_ready_o)
  `SKV_ASSERT(AnswerOfABurst, b_valid_i |-> answer_valid)
  `SKV_ASSERT(RoomForEachRead, read_q |-> out_ready)
  `SKV_ASSERT(CreditInRange, credit_q <= CreditW'(OutDepth))

endmodule
