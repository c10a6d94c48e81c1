// The four likeliest tokens of all output rows: a list for each lane, and then their items one by
// one into a last list, lane 0's first.
//
// done_o, for one cycle, 36 cycles after the group with finish_i; best_o stays until start_i.

`include "skv_assert.svh"

module lstm_rank
  import lstm_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               start_i,
  input  logic               valid_i,
  input  logic               finish_i,  // the last group
  input  group_t             keys_i,
  input  token_t [Lanes-1:0] tokens_i,

  output logic               done_o,
  output best_t              best_o
);

  localparam int unsigned Items = Lanes * Top;

  logic   [Items-1:0] valids;
  value_t [Items-1:0] keys;
  token_t [Items-1:0] tokens;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    lstm_best u_best (
      .clk_i,
      .clear_i (start_i),
      .valid_i,
      .key_i   (keys_i[i]),
      .token_i (tokens_i[i]),
      .valid_o (valids[Top*i+:Top]),
      .keys_o  (keys[Top*i+:Top]),
      .tokens_o(tokens[Top*i+:Top])
    );
  end

  // One item a cycle from `item_q`; it stands in the registers in the next.
  logic       merging_q, item_valid_q, last_q, done_q;
  logic [4:0] item_q;
  value_t     key_q;
  token_t     token_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      merging_q    <= 1'b0;
      item_q       <= '0;
      item_valid_q <= 1'b0;
      last_q       <= 1'b0;
      done_q       <= 1'b0;
    end else begin
      if (valid_i && finish_i) merging_q <= 1'b1;
      else if (&item_q) merging_q <= 1'b0;
      if (merging_q) item_q <= item_q + 1'b1;
      item_valid_q <= merging_q && valids[item_q];
      last_q       <= merging_q && &item_q;
      done_q       <= last_q;
    end
  end

  always_ff @(posedge clk_i) begin
    key_q   <= keys[item_q];
    token_q <= tokens[item_q];
  end

  logic   [Top-1:0] best_valid;
  value_t [Top-1:0] best_keys;

  lstm_best u_last (
    .clk_i,
    .clear_i (start_i),
    .valid_i (item_valid_q),
    .key_i   (key_q),
    .token_i (token_q),
    .valid_o (best_valid),
    .keys_o  (best_keys),
    .tokens_o(best_o)
  );

  assign done_o = done_q;

  logic unused;
  assign unused = &{1'b0, best_keys};

  `SKV_ASSERT(NotWhileMerging, merging_q |-> !valid_i && !start_i)
  `SKV_ASSERT(FourFound, done_o |-> &best_valid)

endmodule
