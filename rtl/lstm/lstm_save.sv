// Collects a step's new state, pair by pair, and writes it to memory in one burst.
//
// done_o, for one cycle, when the write was answered.

`include "skv_assert.svh"

module lstm_save
  import skv_axi_pkg::*;
  import skv_mem_pkg::unit_t;
  import lstm_pkg::*;
(
  input  logic         clk_i,
  input  logic         rst_ni,

  input  unit_t        states_i,
  input  slot_t        slot_i,        // from the first pair to done_o

  input  logic         pair_valid_i,
  input  logic [6:0]   pair_i,
  input  value_t [1:0] h_i,
  input  value_t [1:0] cell_i,

  output logic         done_o,
  output logic         error_o,

  output logic         aw_valid_o,
  input  logic         aw_ready_i,
  output ax_t          aw_o,
  output logic         w_valid_o,
  input  logic         w_ready_i,
  output w_t           w_o,
  input  logic         b_valid_i,
  output logic         b_ready_o,
  input  b_t           b_i
);

  // ---- Sixteen pairs make 64 bytes of h, and 64 of cells, which follow a cycle later ----

  logic [15:0][31:0] h_q, cell_q;
  logic              h_full_q, cell_full_q, whole_q;
  logic              fifo_ready, fifo_valid, fifo_pop;
  logic [511:0]      fifo_data;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      h_full_q    <= 1'b0;
      cell_full_q <= 1'b0;
      whole_q     <= 1'b0;
    end else begin
      h_full_q    <= pair_valid_i && &pair_i[3:0];
      cell_full_q <= h_full_q;
      whole_q     <= pair_valid_i && &pair_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (pair_valid_i) begin
      h_q    <= {h_i, h_q[15:1]};
      cell_q <= {cell_i, cell_q[15:1]};
    end
  end

  skv_fifo #(
    .data_t(logic [511:0]),
    .Depth (StateBeats)
  ) u_beats (
    .clk_i,
    .rst_ni,
    .valid_i(h_full_q | cell_full_q),
    .ready_o(fifo_ready),
    .data_i (cell_full_q ? cell_q : h_q),
    .valid_o(fifo_valid),
    .ready_i(fifo_pop),
    .data_o (fifo_data)
  );

  // ---- The burst ----

  logic       aw_q, w_q, b_q;   // still to be done
  logic [3:0] left_q;
  ax_t        aw_d;

  assign aw_d     = '{
    id: '0,
    addr: {18'b0, states_i + unit_t'({slot_i, 4'b0}), 6'b0},
    len: 8'(StateBeats - 1)
  };
  assign fifo_pop = w_valid_o & w_ready_i;

  ax_t aw_data_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_q   <= 1'b0;
      w_q    <= 1'b0;
      b_q    <= 1'b0;
      left_q <= '0;
    end else begin
      if (whole_q) aw_q <= 1'b1;
      else if (aw_ready_i) aw_q <= 1'b0;
      if (whole_q) w_q <= 1'b1;
      else if (fifo_pop && w_o.last) w_q <= 1'b0;
      if (whole_q) b_q <= 1'b1;
      else if (b_valid_i) b_q <= 1'b0;
      if (whole_q) left_q <= 4'(StateBeats - 1);
      else if (fifo_pop) left_q <= left_q - 1'b1;
    end
  end

  always_ff @(posedge clk_i) aw_data_q <= aw_d;

  assign aw_valid_o = aw_q;
  assign aw_o       = aw_data_q;
  assign w_valid_o  = w_q & fifo_valid;
  assign w_o        = '{data: fifo_data, strb: '1, last: left_q == '0, poison: 1'b0};
  assign b_ready_o  = b_q;
  assign done_o     = b_q & b_valid_i;
  assign error_o    = is_error(b_i.resp);

  logic unused;
  assign unused = &{1'b0, b_i.id};

  `SKV_ASSERT(RoomForState, h_full_q || cell_full_q |-> fifo_ready)
  `SKV_ASSERT(OneAtATime, pair_valid_i |-> !aw_q && !w_q && !b_q)
  `SKV_ASSERT(PairsApart, cell_full_q |-> !pair_valid_i)

endmodule
