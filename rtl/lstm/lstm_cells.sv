// The units of both layers: turns groups of gate sums into outputs and cells, two units a group, in
// order.  Keeps the old cells.
//
// A pair leaves 17 cycles after its sums.  Groups come at least two cycles apart, so that the old
// cells are read by then.

`include "skv_assert.svh"

module lstm_cells
  import lstm_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               old_valid_i,
  input  logic [2:0]         old_at_i,     // 32 cells each
  input  logic [511:0]       old_i,

  input  logic               start_i,      // the next group is the first of a step
  input  logic               valid_i,
  input  group_t             z_i,

  output logic               pair_valid_o,
  output logic [6:0]         pair_o,       // layer and number
  output value_t [1:0]       h_o,
  output value_t [1:0]       cell_o
);

  localparam int unsigned Latency = 16;

  logic [6:0]                pair_q;
  logic [511:0]              old;
  logic [Latency-1:0]        valid_q;
  logic [6:0]                pair_out_q;
  group_t                    z_q;
  value_t [1:0]              old_q, h_d, cell_d;

  skv_sdpram #(
    .Width(512),
    .Depth(8)
  ) u_old (
    .clk_i,
    .we_i   (old_valid_i),
    .waddr_i(old_at_i),
    .wdata_i(old_i),
    .re_i   (1'b1),
    .raddr_i(pair_q[6:4]),
    .rdata_o(old)
  );

  always_ff @(posedge clk_i) begin
    z_q   <= z_i;
    old_q <= old[32*pair_q[3:0]+:32];
  end

  for (genvar i = 0; i < 2; i++) begin : gen_unit
    lstm_unit u_unit (
      .clk_i,
      .gates_i(z_q[4*i+:4]),
      .cell_i (old_q[i]),
      .cell_o (cell_d[i]),
      .h_o    (h_d[i])
    );
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      pair_q     <= '0;
      pair_out_q <= '0;
      valid_q    <= '0;
    end else begin
      valid_q <= {valid_q[Latency-2:0], valid_i};
      if (start_i) pair_q <= '0;
      else if (valid_i) pair_q <= pair_q + 1'b1;
      if (start_i) pair_out_q <= '0;
      else if (pair_valid_o) pair_out_q <= pair_out_q + 1'b1;
    end
  end

  assign pair_valid_o = valid_q[Latency-1];
  assign pair_o       = pair_out_q;
  assign h_o          = h_d;
  assign cell_o       = cell_d;

  `SKV_ASSERT(NotAtOnce, !(valid_i && valid_q[0]))
  `SKV_ASSERT(StartsEmpty, start_i |-> !valid_i && valid_q == '0)

endmodule
