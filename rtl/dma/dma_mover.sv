// Moves pages one way: read at one port, through the codec or past it, and written at the other.
//
// Between a page's two halves stands a page buffer; what becomes of the page is decided there, by
// whoever answers `collected_o` with a write job, or drops the buffer.

`include "skv_assert.svh"

module dma_mover
  import skv_axi_pkg::*;
  import dma_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Buffers = 16,
  parameter int unsigned QueueBeats = 512
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         read_valid_i,
  output logic         read_ready_o,
  input  read_job_t    read_i,
  output logic         collected_valid_o,
  input  logic         collected_ready_i,
  output collected_t   collected_o,
  input  logic         drop_valid_i,
  input  buffer_t      drop_i,
  input  logic         write_valid_i,
  output logic         write_ready_o,
  input  write_job_t   write_i,
  output logic         written_valid_o,
  input  logic         written_ready_i,
  output written_t     written_o,

  output logic         codec_valid_o,
  input  logic         codec_ready_i,
  output logic [511:0] codec_o,
  output logic         codec_last_o,
  output read_job_t    codec_job_o,
  input  logic         coded_valid_i,
  output logic         coded_ready_o,
  input  logic [511:0] coded_i,
  input  logic         coded_last_i,
  input  verdict_t     verdict_i,

  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output ax_t          ar_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  r_t           r_i,
  output logic         aw_valid_o,
  input  logic         aw_ready_i,
  output ax_t          aw_o,
  output logic         w_valid_o,
  input  logic         w_ready_i,
  output w_t           w_o,
  input  logic         b_valid_i,
  output logic         b_ready_o,
  input  b_t           b_i
);

  localparam int unsigned RowW = $clog2(Buffers) + 6;

  logic             beat_valid, beat_ready, beat_last, beat_bus;
  logic             we, re, release_valid;
  logic [RowW-1:0] waddr, raddr;
  logic [511:0]     wdata, rdata;
  buffer_t          released;

  dma_reader #(
    .Slots     (Slots),
    .QueueBeats(QueueBeats)
  ) u_reader (
    .clk_i,
    .rst_ni,
    .job_valid_i (read_valid_i),
    .job_ready_o (read_ready_o),
    .job_i       (read_i),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
    .beat_valid_o(beat_valid),
    .beat_ready_i(beat_ready),
    .beat_o      (codec_o),
    .last_o      (beat_last),
    .bus_o       (beat_bus),
    .job_o       (codec_job_o)
  );

  assign codec_last_o = beat_last;

  dma_collect #(
    .Slots  (Slots),
    .Buffers(Buffers)
  ) u_collect (
    .clk_i,
    .rst_ni,
    .beat_valid_i   (beat_valid),
    .beat_ready_o   (beat_ready),
    .beat_i         (codec_o),
    .last_i         (beat_last),
    .bus_i          (beat_bus),
    .job_i          (codec_job_o),
    .codec_valid_o,
    .codec_ready_i,
    .coded_valid_i,
    .coded_ready_o,
    .coded_i,
    .coded_last_i,
    .verdict_i,
    .we_o           (we),
    .waddr_o        (waddr),
    .wdata_o        (wdata),
    .release_valid_i({drop_valid_i, release_valid}),
    .release_i      ({drop_i, released}),
    .collected_valid_o,
    .collected_ready_i,
    .collected_o
  );

  skv_sdpram #(
    .Width(512),
    .Depth(1 << RowW)
  ) u_buffers (
    .clk_i,
    .we_i   (we),
    .waddr_i(waddr),
    .wdata_i(wdata),
    .re_i   (re),
    .raddr_i(raddr),
    .rdata_o(rdata)
  );

  dma_writer #(
    .Slots  (Slots),
    .Buffers(Buffers)
  ) u_writer (
    .clk_i,
    .rst_ni,
    .job_valid_i    (write_valid_i),
    .job_ready_o    (write_ready_o),
    .job_i          (write_i),
    .re_o           (re),
    .raddr_o        (raddr),
    .rdata_i        (rdata),
    .release_valid_o(release_valid),
    .release_o      (released),
    .aw_valid_o,
    .aw_ready_i,
    .aw_o,
    .w_valid_o,
    .w_ready_i,
    .w_o,
    .b_valid_i,
    .b_ready_o,
    .b_i,
    .written_valid_o,
    .written_ready_i,
    .written_o
  );

endmodule
