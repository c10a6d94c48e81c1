// Sends the packets that cosim/transactor.cpp holds for source Id.  TUSER is constant in a packet.
// Simulation only.

module axis_source_dpi #(
  parameter int          Id        = 0,
  parameter int unsigned UserWidth = 1
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,
  input  longint unsigned      cycle_i,

  output logic                 tvalid_o,
  input  logic                 tready_i,
  output logic [511:0]         tdata_o,
  output logic                 tlast_o,
  output logic [UserWidth-1:0] tuser_o
);

  import "DPI-C" function bit skv_source_dpi(
    input int id, input longint unsigned cycle,
    output bit [511:0] data, output bit last, output longint unsigned user
  );

  always_ff @(posedge clk_i) begin
    automatic bit              valid;
    automatic bit [511:0]      data;
    automatic bit              last;
    automatic longint unsigned user;
    if (!rst_ni) begin
      tvalid_o <= 1'b0;
    end else if (!tvalid_o || tready_i) begin
      valid = skv_source_dpi(Id, cycle_i, data, last, user);
      tvalid_o <= valid;
      if (valid) begin
        tdata_o <= data;
        tlast_o <= last;
        tuser_o <= UserWidth'(user);
        assert (user >> UserWidth == 0) else $error("%m: TUSER %0d needs more bits", user);
      end
    end
  end

endmodule
