// skv_csr with a master's port.

module csr_tb_top
  import skv_csr_pkg::*;
(
  input  logic                        clk_i,
  input  logic                        rst_ni,

  output logic                        irq_o,

  output csr_config_t                 config_o,
  input  csr_status_t                 status_i,
  input  csr_events_t                 events_i,

  output logic                        manage_valid_o,
  input  logic                        manage_ready_i,
  output skv_mem_pkg::manage_t        manage_o,
  input  logic                        managed_valid_i,
  output logic                        managed_ready_o,
  input  skv_mem_pkg::store_status_e  managed_i,

  output logic                        cancel_valid_o,
  input  logic                        cancel_ready_i,
  output dma_pkg::cancel_t            cancel_o,

  output logic                        window_valid_o,
  input  logic                        window_ready_i,
  output window_t                     window_o,
  input  logic                        windowed_valid_i,
  output logic                        windowed_ready_o,
  input  answer_t                     windowed_i,

  input  logic                        event_valid_i,
  output logic                        event_ready_o,
  input  staging_event_t              event_i
);

  logic               awvalid, awready, wvalid, wready, bvalid, bready;
  logic               arvalid, arready, rvalid, rready;
  logic [AddrW-1:0]   awaddr, araddr;
  logic [DataW-1:0]   wdata, rdata;
  logic [DataW/8-1:0] wstrb;
  logic [1:0]         bresp, rresp;

  axil_master #(
    .AddrW(AddrW),
    .DataW(DataW)
  ) u_axil (
    .awvalid_o(awvalid),
    .awready_i(awready),
    .awaddr_o (awaddr),
    .wvalid_o (wvalid),
    .wready_i (wready),
    .wdata_o  (wdata),
    .wstrb_o  (wstrb),
    .bvalid_i (bvalid),
    .bready_o (bready),
    .bresp_i  (bresp),
    .arvalid_o(arvalid),
    .arready_i(arready),
    .araddr_o (araddr),
    .rvalid_i (rvalid),
    .rready_o (rready),
    .rdata_i  (rdata),
    .rresp_i  (rresp)
  );

  skv_csr u_csr (
    .clk_i,
    .rst_ni,
    .s_axil_awvalid_i(awvalid),
    .s_axil_awready_o(awready),
    .s_axil_awaddr_i (awaddr),
    .s_axil_wvalid_i (wvalid),
    .s_axil_wready_o (wready),
    .s_axil_wdata_i  (wdata),
    .s_axil_wstrb_i  (wstrb),
    .s_axil_bvalid_o (bvalid),
    .s_axil_bready_i (bready),
    .s_axil_bresp_o  (bresp),
    .s_axil_arvalid_i(arvalid),
    .s_axil_arready_o(arready),
    .s_axil_araddr_i (araddr),
    .s_axil_rvalid_o (rvalid),
    .s_axil_rready_i (rready),
    .s_axil_rdata_o  (rdata),
    .s_axil_rresp_o  (rresp),
    .irq_o,
    .config_o,
    .status_i,
    .events_i,
    .manage_valid_o,
    .manage_ready_i,
    .manage_o,
    .managed_valid_i,
    .managed_ready_o,
    .managed_i,
    .cancel_valid_o,
    .cancel_ready_i,
    .cancel_o,
    .window_valid_o,
    .window_ready_i,
    .window_o,
    .windowed_valid_i,
    .windowed_ready_o,
    .windowed_i,
    .event_valid_i,
    .event_ready_o,
    .event_i
  );

endmodule
