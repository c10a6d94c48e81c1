// The whole device between models of a CXL host, a GPU, a driver and memories.
//
// GPU memory at lane i is port i behind DPI, device memory's channel c port 4 + c.  The driver's
// registers are reached at u_axil.  Simulation only.

module top_tb_top
  import skv_axi_pkg::*;
#(
  parameter int unsigned Lanes = 1,
  parameter int unsigned Channels = 1,
  parameter int unsigned TlbEntries = 64,
  parameter int unsigned PrefetchLayers = 4,
  parameter int unsigned PrefetchPages = 64,
  parameter int unsigned PrefetchSlots = 64,
  parameter int unsigned PrefetchFlights = 8
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,
  output logic [Lanes-1:0]          lanes_o,     // how many there are, for the bench
  output logic [Channels-1:0]       channels_o,
  // Beats since reset, the first lowest: GPU read, GPU write, other device read, write, DRS, RwD.
  output logic [5:0][31:0]          beats_o,
  output logic                      irq_o,

  input  logic                      m2s_req_valid_i,
  output logic                      m2s_req_ready_o,
  input  cxl_pkg::req_t             m2s_req_i,
  input  logic                      m2s_rwd_valid_i,
  output logic                      m2s_rwd_ready_o,
  input  cxl_pkg::rwd_t             m2s_rwd_i,
  input  logic                      m2s_birsp_valid_i,
  output logic                      m2s_birsp_ready_o,
  input  cxl_pkg::birsp_t           m2s_birsp_i,
  output logic                      s2m_ndr_valid_o,
  input  logic                      s2m_ndr_ready_i,
  output cxl_pkg::ndr_t             s2m_ndr_o,
  output logic                      s2m_drs_valid_o,
  input  logic                      s2m_drs_ready_i,
  output cxl_pkg::drs_t             s2m_drs_o,
  output logic                      s2m_bisnp_valid_o,
  input  logic                      s2m_bisnp_ready_i,
  output cxl_pkg::bisnp_t           s2m_bisnp_o,

  input  logic                      gpu_ar_valid_i,
  output logic                      gpu_ar_ready_o,
  input  ax_t                       gpu_ar_i,
  output logic                      gpu_r_valid_o,
  input  logic                      gpu_r_ready_i,
  output r_t                        gpu_r_o,
  input  logic                      gpu_aw_valid_i,
  output logic                      gpu_aw_ready_o,
  input  ax_t                       gpu_aw_i,
  input  logic                      gpu_w_valid_i,
  output logic                      gpu_w_ready_o,
  input  w_t                        gpu_w_i,
  output logic                      gpu_b_valid_o,
  input  logic                      gpu_b_ready_i,
  output b_t                        gpu_b_o,

  input  logic                      io_ar_valid_i,
  output logic                      io_ar_ready_o,
  input  ax_t                       io_ar_i,
  output logic                      io_r_valid_o,
  input  logic                      io_r_ready_i,
  output r_t                        io_r_o,
  input  logic                      io_aw_valid_i,
  output logic                      io_aw_ready_o,
  input  ax_t                       io_aw_i,
  input  logic                      io_w_valid_i,
  output logic                      io_w_ready_o,
  input  w_t                        io_w_i,
  output logic                      io_b_valid_o,
  input  logic                      io_b_ready_i,
  output b_t                        io_b_o
);

  assign lanes_o    = '1;
  assign channels_o = '1;

  logic [5:0] beat;
  assign beat = {
    m2s_rwd_valid_i & m2s_rwd_ready_o,
    s2m_drs_valid_o & s2m_drs_ready_i,
    io_w_valid_i & io_w_ready_o,
    io_r_valid_o & io_r_ready_i,
    gpu_w_valid_i & gpu_w_ready_o,
    gpu_r_valid_o & gpu_r_ready_i
  };

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 6; i++) beats_o[i] <= rst_ni ? beats_o[i] + 32'(beat[i]) : '0;
  end

  logic        awvalid, awready, wvalid, wready, bvalid, bready;
  logic        arvalid, arready, rvalid, rready;
  logic [11:0] awaddr, araddr;
  logic [63:0] wdata, rdata;
  logic [7:0]  wstrb;
  logic [1:0]  bresp, rresp;

  axil_master u_axil (
    .awvalid_o (awvalid),
    .awready_i (awready),
    .awaddr_o  (awaddr),
    .wvalid_o  (wvalid),
    .wready_i  (wready),
    .wdata_o   (wdata),
    .wstrb_o   (wstrb),
    .bvalid_i  (bvalid),
    .bready_o  (bready),
    .bresp_i   (bresp),
    .arvalid_o (arvalid),
    .arready_i (arready),
    .araddr_o  (araddr),
    .rvalid_i  (rvalid),
    .rready_o  (rready),
    .rdata_i   (rdata),
    .rresp_i   (rresp)
  );

  logic [Lanes-1:0] l2_ar_valid, l2_ar_ready, l2_r_valid, l2_r_ready;
  logic [Lanes-1:0] l2_aw_valid, l2_aw_ready, l2_w_valid, l2_w_ready;
  logic [Lanes-1:0] l2_b_valid, l2_b_ready;
  ax_t [Lanes-1:0] l2_ar, l2_aw;
  r_t [Lanes-1:0] l2_r;
  w_t [Lanes-1:0] l2_w;
  b_t [Lanes-1:0] l2_b;

  logic [Channels-1:0] mem_ar_valid, mem_ar_ready, mem_r_valid, mem_r_ready;
  logic [Channels-1:0] mem_aw_valid, mem_aw_ready, mem_w_valid, mem_w_ready;
  logic [Channels-1:0] mem_b_valid, mem_b_ready;
  ax_t [Channels-1:0] mem_ar, mem_aw;
  r_t [Channels-1:0] mem_r;
  w_t [Channels-1:0] mem_w;
  b_t [Channels-1:0] mem_b;

  cxl_speckv #(
    .Lanes           (Lanes),
    .Channels        (Channels),
    .Requests        (64),
    .TlbEntries      (TlbEntries),
    .FilterSets      (16),
    .FilterWays      (4),
    .WindowPages     (16),
    .StagingPages    (4),
    .PrefetchRequests(2),
    .PrefetchLayers  (PrefetchLayers),
    .PrefetchHeads   (4),
    .PrefetchPages   (PrefetchPages),
    .PrefetchSlots   (PrefetchSlots),
    .PrefetchFlights (PrefetchFlights),
    .PredictorSlots  (64),
    .PredictorGroups (8)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_axil_awvalid_i  (awvalid),
    .s_axil_awready_o  (awready),
    .s_axil_awaddr_i   (awaddr),
    .s_axil_wvalid_i   (wvalid),
    .s_axil_wready_o   (wready),
    .s_axil_wdata_i    (wdata),
    .s_axil_wstrb_i    (wstrb),
    .s_axil_bvalid_o   (bvalid),
    .s_axil_bready_i   (bready),
    .s_axil_bresp_o    (bresp),
    .s_axil_arvalid_i  (arvalid),
    .s_axil_arready_o  (arready),
    .s_axil_araddr_i   (araddr),
    .s_axil_rvalid_o   (rvalid),
    .s_axil_rready_i   (rready),
    .s_axil_rdata_o    (rdata),
    .s_axil_rresp_o    (rresp),
    .irq_o,
    .req_valid_i       (m2s_req_valid_i),
    .req_ready_o       (m2s_req_ready_o),
    .req_i             (m2s_req_i),
    .rwd_valid_i       (m2s_rwd_valid_i),
    .rwd_ready_o       (m2s_rwd_ready_o),
    .rwd_i             (m2s_rwd_i),
    .birsp_valid_i     (m2s_birsp_valid_i),
    .birsp_ready_o     (m2s_birsp_ready_o),
    .birsp_i           (m2s_birsp_i),
    .ndr_valid_o       (s2m_ndr_valid_o),
    .ndr_ready_i       (s2m_ndr_ready_i),
    .ndr_o             (s2m_ndr_o),
    .drs_valid_o       (s2m_drs_valid_o),
    .drs_ready_i       (s2m_drs_ready_i),
    .drs_o             (s2m_drs_o),
    .bisnp_valid_o     (s2m_bisnp_valid_o),
    .bisnp_ready_i     (s2m_bisnp_ready_i),
    .bisnp_o           (s2m_bisnp_o),
    .gpu_ar_valid_i,
    .gpu_ar_ready_o,
    .gpu_ar_i,
    .gpu_r_valid_o,
    .gpu_r_ready_i,
    .gpu_r_o,
    .gpu_aw_valid_i,
    .gpu_aw_ready_o,
    .gpu_aw_i,
    .gpu_w_valid_i,
    .gpu_w_ready_o,
    .gpu_w_i,
    .gpu_b_valid_o,
    .gpu_b_ready_i,
    .gpu_b_o,
    .io_ar_valid_i,
    .io_ar_ready_o,
    .io_ar_i,
    .io_r_valid_o,
    .io_r_ready_i,
    .io_r_o,
    .io_aw_valid_i,
    .io_aw_ready_o,
    .io_aw_i,
    .io_w_valid_i,
    .io_w_ready_o,
    .io_w_i,
    .io_b_valid_o,
    .io_b_ready_i,
    .io_b_o,
    .l2_ar_valid_o     (l2_ar_valid),
    .l2_ar_ready_i     (l2_ar_ready),
    .l2_ar_o           (l2_ar),
    .l2_r_valid_i      (l2_r_valid),
    .l2_r_ready_o      (l2_r_ready),
    .l2_r_i            (l2_r),
    .l2_aw_valid_o     (l2_aw_valid),
    .l2_aw_ready_i     (l2_aw_ready),
    .l2_aw_o           (l2_aw),
    .l2_w_valid_o      (l2_w_valid),
    .l2_w_ready_i      (l2_w_ready),
    .l2_w_o            (l2_w),
    .l2_b_valid_i      (l2_b_valid),
    .l2_b_ready_o      (l2_b_ready),
    .l2_b_i            (l2_b),
    .mem_ar_valid_o    (mem_ar_valid),
    .mem_ar_ready_i    (mem_ar_ready),
    .mem_ar_o          (mem_ar),
    .mem_r_valid_i     (mem_r_valid),
    .mem_r_ready_o     (mem_r_ready),
    .mem_r_i           (mem_r),
    .mem_aw_valid_o    (mem_aw_valid),
    .mem_aw_ready_i    (mem_aw_ready),
    .mem_aw_o          (mem_aw),
    .mem_w_valid_o     (mem_w_valid),
    .mem_w_ready_i     (mem_w_ready),
    .mem_w_o           (mem_w),
    .mem_b_valid_i     (mem_b_valid),
    .mem_b_ready_o     (mem_b_ready),
    .mem_b_i           (mem_b)
  );

  for (genvar i = 0; i < Lanes; i++) begin : gen_l2
    axi4_memory_dpi #(
      .Id(i)
    ) u_memory (
      .clk_i,
      .rst_ni,
      .ar_valid_i(l2_ar_valid[i]),
      .ar_ready_o(l2_ar_ready[i]),
      .ar_i      (l2_ar[i]),
      .r_valid_o (l2_r_valid[i]),
      .r_ready_i (l2_r_ready[i]),
      .r_o       (l2_r[i]),
      .aw_valid_i(l2_aw_valid[i]),
      .aw_ready_o(l2_aw_ready[i]),
      .aw_i      (l2_aw[i]),
      .w_valid_i (l2_w_valid[i]),
      .w_ready_o (l2_w_ready[i]),
      .w_i       (l2_w[i]),
      .b_valid_o (l2_b_valid[i]),
      .b_ready_i (l2_b_ready[i]),
      .b_o       (l2_b[i])
    );
  end

  for (genvar c = 0; c < Channels; c++) begin : gen_memory
    axi4_memory_dpi #(
      .Id(4 + c)
    ) u_memory (
      .clk_i,
      .rst_ni,
      .ar_valid_i(mem_ar_valid[c]),
      .ar_ready_o(mem_ar_ready[c]),
      .ar_i      (mem_ar[c]),
      .r_valid_o (mem_r_valid[c]),
      .r_ready_i (mem_r_ready[c]),
      .r_o       (mem_r[c]),
      .aw_valid_i(mem_aw_valid[c]),
      .aw_ready_o(mem_aw_ready[c]),
      .aw_i      (mem_aw[c]),
      .w_valid_i (mem_w_valid[c]),
      .w_ready_o (mem_w_ready[c]),
      .w_i       (mem_w[c]),
      .b_valid_o (mem_b_valid[c]),
      .b_ready_i (mem_b_ready[c]),
      .b_o       (mem_b[c])
    );
  end

endmodule
