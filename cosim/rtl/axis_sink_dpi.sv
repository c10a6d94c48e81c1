// Takes packets into the buffer of sink Id of cosim/transactor.cpp.  Simulation only.

module axis_sink_dpi #(
  parameter int          Id        = 0,
  parameter int unsigned UserWidth = 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  longint unsigned      cycle_i,

  input  logic                 tvalid_i,
  output logic                 tready_o,
  input  logic [511:0]         tdata_i,
  input  logic                 tlast_i,
  input  logic [UserWidth-1:0] tuser_i
);

  import "DPI-C" function bit skv_sink_ready_dpi(input int id);

  always_ff @(posedge clk_i) tready_o <= rst_ni && skv_sink_ready_dpi(Id);

  axis_tap_dpi #(
    .Id       (Id),
    .UserWidth(UserWidth)
  ) u_tap (
    .clk_i,
    .rst_ni,
    .cycle_i,
    .tvalid_i,
    .tready_i(tready_o),
    .tdata_i,
    .tlast_i,
    .tuser_i
  );

endmodule
