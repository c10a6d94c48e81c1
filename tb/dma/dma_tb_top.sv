// The DMA engine's bench with its memories at AXI4 agents.

module dma_tb_top
  import skv_axi_pkg::*;
#(
  parameter int unsigned Slots = 64,
  parameter int unsigned Rings = 5
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  output logic                   done_o,

  input  logic [Rings-1:0]       enable_i,
  input  logic [Rings-1:0][15:0] tenant_i,
  input  logic [Rings-1:0][39:0] window_base_i,
  input  logic [Rings-1:0][39:0] window_limit_i,
  input  logic [Rings-1:0][63:0] base_i,
  input  logic [Rings-1:0][63:0] completions_i,
  input  logic [Rings-1:0][3:0]  size_log2_i,
  input  logic [Rings-1:0][15:0] tail_i,
  input  logic [Rings-1:0][15:0] consumed_i,
  output logic [Rings-1:0][15:0] fetched_o,
  output logic [Rings-1:0][15:0] completed_o,
  output logic                   idle_o,
  output logic                   drain_o,
  output logic                   drained_o
);

  logic host_ar_valid, host_ar_ready, host_r_valid, host_r_ready;
  logic host_aw_valid, host_aw_ready, host_w_valid, host_w_ready, host_b_valid, host_b_ready;
  logic mem_ar_valid, mem_ar_ready, mem_r_valid, mem_r_ready;
  logic mem_aw_valid, mem_aw_ready, mem_w_valid, mem_w_ready, mem_b_valid, mem_b_ready;
  ax_t  host_ar, host_aw, mem_ar, mem_aw;
  w_t   host_w, mem_w;
  r_t   host_r, mem_r;
  b_t   host_b, mem_b;

  dma_bench #(
    .Slots(Slots),
    .Rings(Rings)
  ) u_bench (
    .clk_i,
    .rst_ni,
    .done_o,
    .enable_i,
    .tenant_i,
    .window_base_i,
    .window_limit_i,
    .base_i,
    .completions_i,
    .size_log2_i,
    .tail_i,
    .consumed_i,
    .fetched_o,
    .completed_o,
    .idle_o,
    .drain_o,
    .drained_o,
    .host_ar_valid_o(host_ar_valid),
    .host_ar_ready_i(host_ar_ready),
    .host_ar_o      (host_ar),
    .host_r_valid_i (host_r_valid),
    .host_r_ready_o (host_r_ready),
    .host_r_i       (host_r),
    .host_aw_valid_o(host_aw_valid),
    .host_aw_ready_i(host_aw_ready),
    .host_aw_o      (host_aw),
    .host_w_valid_o (host_w_valid),
    .host_w_ready_i (host_w_ready),
    .host_w_o       (host_w),
    .host_b_valid_i (host_b_valid),
    .host_b_ready_o (host_b_ready),
    .host_b_i       (host_b),
    .mem_ar_valid_o (mem_ar_valid),
    .mem_ar_ready_i (mem_ar_ready),
    .mem_ar_o       (mem_ar),
    .mem_r_valid_i  (mem_r_valid),
    .mem_r_ready_o  (mem_r_ready),
    .mem_r_i        (mem_r),
    .mem_aw_valid_o (mem_aw_valid),
    .mem_aw_ready_i (mem_aw_ready),
    .mem_aw_o       (mem_aw),
    .mem_w_valid_o  (mem_w_valid),
    .mem_w_ready_i  (mem_w_ready),
    .mem_w_o        (mem_w),
    .mem_b_valid_i  (mem_b_valid),
    .mem_b_ready_o  (mem_b_ready),
    .mem_b_i        (mem_b)
  );

  axi4_port u_host (
    .ar_valid_i(host_ar_valid),
    .ar_ready_o(host_ar_ready),
    .ar_i      (host_ar),
    .r_valid_o (host_r_valid),
    .r_ready_i (host_r_ready),
    .r_o       (host_r),
    .aw_valid_i(host_aw_valid),
    .aw_ready_o(host_aw_ready),
    .aw_i      (host_aw),
    .w_valid_i (host_w_valid),
    .w_ready_o (host_w_ready),
    .w_i       (host_w),
    .b_valid_o (host_b_valid),
    .b_ready_i (host_b_ready),
    .b_o       (host_b)
  );

  axi4_port u_mem (
    .ar_valid_i(mem_ar_valid),
    .ar_ready_o(mem_ar_ready),
    .ar_i      (mem_ar),
    .r_valid_o (mem_r_valid),
    .r_ready_i (mem_r_ready),
    .r_o       (mem_r),
    .aw_valid_i(mem_aw_valid),
    .aw_ready_o(mem_aw_ready),
    .aw_i      (mem_aw),
    .w_valid_i (mem_w_valid),
    .w_ready_o (mem_w_ready),
    .w_i       (mem_w),
    .b_valid_o (mem_b_valid),
    .b_ready_i (mem_b_ready),
    .b_o       (mem_b)
  );

endmodule
