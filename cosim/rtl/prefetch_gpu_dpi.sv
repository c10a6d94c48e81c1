// What the prefetch core has around it in co-simulation: a GPU that decodes and a DMA engine, as
// cosim/prefetch_gpu.cpp has them.  Simulation only.

module prefetch_gpu_dpi
  import prefetch_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  output logic            packet_valid_o,
  input  logic            packet_ready_i,
  output beat_t           packet_o,
  output logic            packet_last_o,
  output logic            ask_valid_o,
  input  logic            ask_ready_i,
  output ask_t            ask_o,
  input  logic            answer_valid_i,
  input  answer_t         answer_i,
  input  logic            arrived_valid_i,
  input  logic            fetch_valid_i,
  input  fetch_t          fetch_i,
  input  logic            cancel_valid_i,
  input  logic [TagW-1:0] cancel_i,
  output logic            done_valid_o,
  output logic [TagW-1:0] done_tag_o,
  output logic            done_cancelled_o,
  input  counters_t       counters_i,
  input  logic            deciding_i,
  input  logic            idle_i,
  output logic            finished_o
);

  localparam logic [15:0] Tenant = 16'd7;  // as in C++

  // Begins a cycle: what was taken and came in the last one; what is offered in this one.
  import "DPI-C" function void skv_gpu_cycle_dpi(
    input bit packet_taken, input bit ask_taken, input bit deciding, input bit idle,
    input int unsigned issued, input int unsigned useful,
    output bit packet_valid, output bit [127:0] packet, output bit packet_last,
    output bit ask_valid, output int unsigned ask_where,
    output bit done_valid, output byte unsigned done_tag, output bit done_cancelled,
    output bit finished
  );
  import "DPI-C" function void skv_gpu_answer_dpi(input int unsigned answer);
  import "DPI-C" function void skv_gpu_arrived_dpi();
  import "DPI-C" function void skv_gpu_fetch_dpi(input int unsigned tag, input bit demand);
  import "DPI-C" function void skv_gpu_cancel_dpi(input int unsigned tag);

  always_ff @(posedge clk_i) begin
    automatic bit           packet_valid, packet_last, ask_valid, done_valid, cancelled, finished;
    automatic bit [127:0]   packet;
    automatic int unsigned  where;
    automatic byte unsigned tag;
    if (!rst_ni) begin
      packet_valid_o <= 1'b0;
      ask_valid_o    <= 1'b0;
      done_valid_o   <= 1'b0;
      finished_o     <= 1'b0;
    end else begin
      if (answer_valid_i) skv_gpu_answer_dpi(32'(answer_i.answer));
      if (arrived_valid_i) skv_gpu_arrived_dpi();
      if (fetch_valid_i) skv_gpu_fetch_dpi(32'(fetch_i.tag), fetch_i.demand);
      if (cancel_valid_i) skv_gpu_cancel_dpi(32'(cancel_i));
      skv_gpu_cycle_dpi(packet_valid_o && packet_ready_i, ask_valid_o && ask_ready_i, deciding_i,
                        idle_i, counters_i.issued, counters_i.useful, packet_valid, packet,
                        packet_last, ask_valid, where, done_valid, tag, cancelled,
                        finished);
      packet_valid_o   <= packet_valid;
      packet_o         <= packet;
      packet_last_o    <= packet_last;
      ask_valid_o      <= ask_valid;
      ask_o            <= '{
          tag: '0, tenant: Tenant, handle: '0, layer: where[31:24], head: where[23:16],
          page: where[15:0]
      };
      done_valid_o     <= done_valid;
      done_tag_o       <= tag;
      done_cancelled_o <= cancelled;
      finished_o       <= finished;
    end
  end

  logic unused;
  assign unused = &{1'b0, answer_i, fetch_i, counters_i};

endmodule
