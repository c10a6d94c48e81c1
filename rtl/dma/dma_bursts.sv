// Cuts a job's beats into bursts that stay inside 4 KB: one or two, as a job has at most 64 beats.
//
// Latency 2 cycles; a burst every 2 cycles.

`include "skv_assert.svh"

module dma_bursts
  import dma_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   valid_i,
  output logic   ready_o,
  input  line_t  line_i,
  input  beats_t beats_i,

  output logic   valid_o,
  input  logic   ready_i,
  output burst_t burst_o
);

  logic   job_valid_q, burst_valid_q, move, fits;
  line_t  line_q;
  beats_t left_q, room;
  burst_t burst_q;

  assign room = beats_t'(PageBeats) - {1'b0, line_q[5:0]};
  assign fits = left_q <= room;
  assign move = job_valid_q & !burst_valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      job_valid_q   <= 1'b0;
      burst_valid_q <= 1'b0;
    end else begin
      if (valid_i && ready_o) job_valid_q <= 1'b1;
      else if (move && fits) job_valid_q <= 1'b0;
      if (move) burst_valid_q <= 1'b1;
      else if (ready_i) burst_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) begin
      line_q <= line_i;
      left_q <= beats_i;
    end else if (move) begin
      line_q <= {line_q[57:6] + 1'b1, 6'd0};
      left_q <= left_q - room;
    end
    if (move) burst_q <= '{line: line_q, beats: fits ? left_q : room, last: fits};
  end

  assign ready_o = !job_valid_q;
  assign valid_o = burst_valid_q;
  assign burst_o = burst_q;

  `SKV_ASSUME(SomeBeats, valid_i |-> beats_i != '0 && beats_i <= beats_t'(PageBeats))
  `SKV_ASSERT(InPage, valid_o |-> {2'b0, burst_o.line[5:0]} + 8'(burst_o.beats) <= 8'(PageBeats))
  `SKV_ASSERT(BurstHeld, valid_o && !ready_i |=> valid_o && $stable(burst_o))

endmodule
