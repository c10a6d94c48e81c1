// speckv_faults_top with its clock.

module speckv_faults_tb_top (
  input  logic rst_ni,
  output logic done_o
);

  logic clk;

  sim_clock u_clock (.clk_o(clk));

  speckv_faults_top u_top (
    .clk_i(clk),
    .rst_ni,
    .done_o
  );

endmodule
