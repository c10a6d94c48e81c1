// transactor_top with its clock.

module transactor_tb_top (
  input  logic rst_ni,
  output logic done_o
);

  logic clk;

  sim_clock u_clock (.clk_o(clk));

  transactor_top u_top (
    .clk_i(clk),
    .rst_ni,
    .done_o
  );

endmodule
