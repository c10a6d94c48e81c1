// skv_skid as an AXI4-Stream register slice, with the port names the agents look for.

module skid_tb_top #(
  parameter int unsigned DataWidth = 512,
  parameter int unsigned UserWidth = 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 s_axis_tvalid_i,
  output logic                 s_axis_tready_o,
  input  logic [DataWidth-1:0] s_axis_tdata_i,
  input  logic                 s_axis_tlast_i,
  input  logic [UserWidth-1:0] s_axis_tuser_i,

  output logic                 m_axis_tvalid_o,
  input  logic                 m_axis_tready_i,
  output logic [DataWidth-1:0] m_axis_tdata_o,
  output logic                 m_axis_tlast_o,
  output logic [UserWidth-1:0] m_axis_tuser_o
);

  typedef struct packed {
    logic [DataWidth-1:0] data;
    logic                 last;
    logic [UserWidth-1:0] user;
  } beat_t;

  skv_skid #(
    .data_t(beat_t)
  ) u_skid (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_tvalid_i),
    .ready_o(s_axis_tready_o),
    .data_i ({s_axis_tdata_i, s_axis_tlast_i, s_axis_tuser_i}),
    .valid_o(m_axis_tvalid_o),
    .ready_i(m_axis_tready_i),
    .data_o ({m_axis_tdata_o, m_axis_tlast_o, m_axis_tuser_o})
  );

endmodule
