// Source 0 -> skv_skid -> tap 0 -> skv_skid -> sink 1: the smallest co-simulation, without its clock.

module transactor_top #(
  parameter int unsigned UserWidth = 8
) (
  input  logic clk_i,
  input  logic rst_ni,
  output logic done_o
);

  typedef struct packed {
    logic [511:0]         data;
    logic                 last;
    logic [UserWidth-1:0] user;
  } beat_t;

  longint unsigned cycle;
  logic  [2:0] valid, ready;
  beat_t [2:0] beat;

  batch_dpi u_batch (.clk_i, .rst_ni, .cycle_o(cycle), .done_o);

  axis_source_dpi #(.Id(0), .UserWidth(UserWidth)) u_source (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_o(valid[0]),
    .tready_i(ready[0]),
    .tdata_o (beat[0].data),
    .tlast_o (beat[0].last),
    .tuser_o (beat[0].user)
  );

  for (genvar i = 0; i < 2; i++) begin : gen_skid
    skv_skid #(.data_t(beat_t)) u_skid (
      .clk_i,
      .rst_ni,
      .valid_i(valid[i]),
      .ready_o(ready[i]),
      .data_i (beat[i]),
      .valid_o(valid[i+1]),
      .ready_i(ready[i+1]),
      .data_o (beat[i+1])
    );
  end

  axis_tap_dpi #(.Id(0), .UserWidth(UserWidth)) u_tap (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_i(valid[1]),
    .tready_i(ready[1]),
    .tdata_i (beat[1].data),
    .tlast_i (beat[1].last),
    .tuser_i (beat[1].user)
  );

  axis_sink_dpi #(.Id(1), .UserWidth(UserWidth)) u_sink (
    .clk_i,
    .rst_ni,
    .cycle_i (cycle),
    .tvalid_i(valid[2]),
    .tready_o(ready[2]),
    .tdata_i (beat[2].data),
    .tlast_i (beat[2].last),
    .tuser_i (beat[2].user)
  );

endmodule
