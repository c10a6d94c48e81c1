// Two memories behind DPI, each with a master.

module dpi_tb_top
  import skv_axi_pkg::*;
(
  input logic clk_i,
  input logic rst_ni
);

  localparam int unsigned Ports = 2;

  for (genvar i = 0; i < Ports; i++) begin : gen_port
    logic ar_valid, ar_ready, r_valid, r_ready;
    logic aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready;
    ax_t  ar, aw;
    w_t   w;
    r_t   r;
    b_t   b;

    axi4_master u_axi (
      .ar_valid_o(ar_valid),
      .ar_ready_i(ar_ready),
      .ar_o      (ar),
      .r_valid_i (r_valid),
      .r_ready_o (r_ready),
      .r_i       (r),
      .aw_valid_o(aw_valid),
      .aw_ready_i(aw_ready),
      .aw_o      (aw),
      .w_valid_o (w_valid),
      .w_ready_i (w_ready),
      .w_o       (w),
      .b_valid_i (b_valid),
      .b_ready_o (b_ready),
      .b_i       (b)
    );

    axi4_memory_dpi #(
      .Id(i)
    ) u_memory (
      .clk_i,
      .rst_ni,
      .ar_valid_i(ar_valid),
      .ar_ready_o(ar_ready),
      .ar_i      (ar),
      .r_valid_o (r_valid),
      .r_ready_i (r_ready),
      .r_o       (r),
      .aw_valid_i(aw_valid),
      .aw_ready_o(aw_ready),
      .aw_i      (aw),
      .w_valid_i (w_valid),
      .w_ready_o (w_ready),
      .w_i       (w),
      .b_valid_o (b_valid),
      .b_ready_i (b_ready),
      .b_o       (b)
    );

    skv_axi_rules u_rules (
      .clk_i,
      .rst_ni,
      .ar_valid_i(ar_valid),
      .ar_ready_i(ar_ready),
      .ar_i      (ar),
      .r_valid_i (r_valid),
      .r_ready_i (r_ready),
      .r_i       (r),
      .aw_valid_i(aw_valid),
      .aw_ready_i(aw_ready),
      .aw_i      (aw),
      .w_valid_i (w_valid),
      .w_ready_i (w_ready),
      .w_i       (w),
      .b_valid_i (b_valid),
      .b_ready_i (b_ready),
      .b_i       (b)
    );
  end

endmodule
