// The endpoint, its engine side as packed structs for the bench's stand-in.

module cxl_tb_top #(
  parameter bit HdmH = 1'b0
) (
  input  logic                                     clk_i,
  input  logic                                     rst_ni,

  input  cxl_pkg::hpa_t                            base_i,
  input  coh_pkg::line_t                           lines_i,
  input  logic                  [cxl_pkg::BiW-1:0] bi_id_i,
  input  logic                  [6:0]              used_i,

  input  logic                                     m2s_req_valid_i,
  output logic                                     m2s_req_ready_o,
  input  cxl_pkg::req_t                            m2s_req_i,
  input  logic                                     m2s_rwd_valid_i,
  output logic                                     m2s_rwd_ready_o,
  input  cxl_pkg::rwd_t                            m2s_rwd_i,
  input  logic                                     m2s_birsp_valid_i,
  output logic                                     m2s_birsp_ready_o,
  input  cxl_pkg::birsp_t                          m2s_birsp_i,
  output logic                                     s2m_ndr_valid_o,
  input  logic                                     s2m_ndr_ready_i,
  output cxl_pkg::ndr_t                            s2m_ndr_o,
  output logic                                     s2m_drs_valid_o,
  input  logic                                     s2m_drs_ready_i,
  output cxl_pkg::drs_t                            s2m_drs_o,
  output logic                                     s2m_bisnp_valid_o,
  input  logic                                     s2m_bisnp_ready_i,
  output cxl_pkg::bisnp_t                          s2m_bisnp_o,

  output logic                                     host_valid_o,
  input  logic                                     host_ready_i,
  output coh_pkg::host_req_t                       host_o,
  output logic                                     write_valid_o,
  input  logic                                     write_ready_i,
  output coh_pkg::host_write_t                     write_o,
  input  logic                                     data_valid_i,
  output logic                                     data_ready_o,
  input  coh_pkg::host_data_t                      data_i,
  input  logic                                     ack_valid_i,
  output logic                                     ack_ready_o,
  input  coh_pkg::host_ack_t                       ack_i,
  input  logic                                     snoop_valid_i,
  output logic                                     snoop_ready_o,
  input  coh_pkg::snoop_t                          snoop_i,
  output logic                                     answer_valid_o,
  output coh_pkg::snooped_t                        answer_o,

  // Counts of events, the first lowest: req illegal, rwd illegal, birsp illegal, req nxm, rwd nxm,
  // spec read.
  output logic                  [5:0][31:0]        counts_o,
  output logic                                     hdm_h_o
);

  logic [5:0] events;
  assign hdm_h_o = HdmH;

  cxl_endpoint #(
    .HdmH(HdmH)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .base_i,
    .lines_i,
    .bi_id_i,
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
    .host_valid_o,
    .host_ready_i,
    .host_o,
    .host_write_valid_o(write_valid_o),
    .host_write_ready_i(write_ready_i),
    .host_write_o      (write_o),
    .host_data_valid_i (data_valid_i),
    .host_data_ready_o (data_ready_o),
    .host_data_i       (data_i),
    .host_ack_valid_i  (ack_valid_i),
    .host_ack_ready_o  (ack_ready_o),
    .host_ack_i        (ack_i),
    .snoop_valid_i,
    .snoop_ready_o,
    .snoop_i,
    .answer_valid_o,
    .answer_o,
    .used_i,
    .req_illegal_o     (events[0]),
    .rwd_illegal_o     (events[1]),
    .birsp_illegal_o   (events[2]),
    .req_nxm_o         (events[3]),
    .rwd_nxm_o         (events[4]),
    .spec_read_o       (events[5])
  );

  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 6; i++) counts_o[i] <= rst_ni ? counts_o[i] + 32'(events[i]) : '0;
  end

endmodule
