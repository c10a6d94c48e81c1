// Records the beats taken on a stream, and its idle cycles, as sink Id of cosim/transactor.cpp.
// Drives nothing.  Simulation only.

module axis_tap_dpi #(
  parameter int          Id        = 0,
  parameter int unsigned UserWidth = 1
) (
  input logic                 clk_i,
  input logic                 rst_ni,
  input longint unsigned      cycle_i,

  input logic                 tvalid_i,
  input logic                 tready_i,
  input logic [511:0]         tdata_i,
  input logic                 tlast_i,
  input logic [UserWidth-1:0] tuser_i
);

  import "DPI-C" function void skv_sink_dpi(
    input int id, input longint unsigned cycle,
    input bit [511:0] data, input bit last, input longint unsigned user
  );
  import "DPI-C" function void skv_sink_idle_dpi(input int id, input bit valid);

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      if (tvalid_i && tready_i) skv_sink_dpi(Id, cycle_i, tdata_i, tlast_i, 64'(tuser_i));
      else if (tvalid_i != tready_i) skv_sink_idle_dpi(Id, tvalid_i);
    end
  end

endmodule
