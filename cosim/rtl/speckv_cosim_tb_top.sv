// speckv_cosim_top with its clock.

module speckv_cosim_tb_top (
  input  logic rst_ni,
  output logic done_o,
  output logic tables_bad_o
);

  logic clk;

  sim_clock u_clock (.clk_o(clk));

  speckv_cosim_top u_top (
    .clk_i(clk),
    .rst_ni,
    .done_o,
    .tables_bad_o
  );

endmodule
