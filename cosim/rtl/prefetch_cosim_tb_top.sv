// The prefetch core with a GPU and a DMA engine in C++ around it, and a clock.

module prefetch_cosim_tb_top
  import prefetch_pkg::*;
(
  input  logic rst_ni,
  output logic finished_o
);

  logic clk;

  sim_clock u_clock (.clk_o(clk));

  logic            packet_valid, packet_ready, packet_last, ask_valid, ask_ready;
  logic            answer_valid, arrived_valid, fetch_valid, cancel_valid;
  logic            done_valid, done_ready, done_cancelled, stray, idle;
  beat_t           packet;
  ask_t            ask;
  answer_t         answer;
  arrived_t        arrived;
  fetch_t          fetch;
  logic [TagW-1:0] cancel, done_tag;
  counters_t       counters;

  prefetch u_dut (
    .clk_i          (clk),
    .rst_ni,
    .s_valid_i      (packet_valid),
    .s_ready_o      (packet_ready),
    .s_data_i       (packet),
    .s_last_i       (packet_last),
    .ask_valid_i    (ask_valid),
    .ask_ready_o    (ask_ready),
    .ask_i          (ask),
    .answer_valid_o (answer_valid),
    .answer_ready_i (1'b1),
    .answer_o       (answer),
    .arrived_valid_o(arrived_valid),
    .arrived_ready_i(1'b1),
    .arrived_o      (arrived),
    .fetch_valid_o  (fetch_valid),
    .fetch_ready_i  (1'b1),
    .fetch_o        (fetch),
    .cancel_valid_o (cancel_valid),
    .cancel_ready_i (1'b1),
    .cancel_o       (cancel),
    .done_valid_i   (done_valid),
    .done_ready_o   (done_ready),
    .done_tag_i     (done_tag),
    .done_status_i  (done_cancelled ? dma_pkg::StatusCancelled : dma_pkg::StatusOk),
    .stray_o        (stray),
    .counters_o     (counters),
    .idle_o         (idle)
  );

  prefetch_gpu_dpi u_gpu (
    .clk_i           (clk),
    .rst_ni,
    .packet_valid_o  (packet_valid),
    .packet_ready_i  (packet_ready),
    .packet_o        (packet),
    .packet_last_o   (packet_last),
    .ask_valid_o     (ask_valid),
    .ask_ready_i     (ask_ready),
    .ask_o           (ask),
    .answer_valid_i  (answer_valid),
    .answer_i        (answer),
    .arrived_valid_i (arrived_valid),
    .fetch_valid_i   (fetch_valid),
    .fetch_i         (fetch),
    .cancel_valid_i  (cancel_valid),
    .cancel_i        (cancel),
    .done_valid_o    (done_valid),
    .done_tag_o      (done_tag),
    .done_cancelled_o(done_cancelled),
    .counters_i      (counters),
    .deciding_i      (!u_dut.u_engine.idle_o),
    .idle_i          (idle),
    .finished_o
  );

  logic unused;
  assign unused = &{1'b0, arrived, done_ready, stray};

endmodule
