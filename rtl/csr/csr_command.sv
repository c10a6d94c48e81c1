// A command that software gives: from its go to its answer.
//
// Starts only if can_start_i; ends with a status of all ones if not, or when the engines are reset
// (abort_i) before they have answered.  Software sees busy_o from the cycle of go_i on, in which the
// command's fields must not change.

`include "skv_assert.svh"

module csr_command
  import skv_csr_pkg::answer_t;
(
  input  logic    clk_i,
  input  logic    rst_ni,

  input  logic    go_i,
  output logic    busy_o,
  output answer_t status_o,       // of the last command
  input  logic    can_start_i,
  input  logic    abort_i,

  output logic    valid_o,
  input  logic    ready_i,
  input  logic    answer_valid_i,
  output logic    answer_ready_o,
  input  answer_t answer_i
);

  logic    offer_q, wait_q;
  answer_t status_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni || abort_i) begin
      offer_q <= 1'b0;
      wait_q  <= 1'b0;
    end else begin
      offer_q <= go_i ? can_start_i : offer_q && !ready_i;
      wait_q  <= wait_q ? !answer_valid_i : offer_q && ready_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) status_q <= '0;
    else if (busy_o && abort_i || go_i && !can_start_i) status_q <= '1;
    else if (wait_q && answer_valid_i) status_q <= answer_i;
  end

  assign busy_o         = go_i | offer_q | wait_q;
  assign status_o       = status_q;
  assign valid_o        = offer_q;
  assign answer_ready_o = wait_q;

  `SKV_ASSUME(GoWhenFree, go_i |-> !offer_q && !wait_q)
  `SKV_ASSUME(AnswerAwaited, answer_valid_i && !abort_i |-> wait_q)
  `SKV_ASSERT(OfferHeld, valid_o && !ready_i && !abort_i |=> valid_o)
  `SKV_ASSERT(OneAtATime, !(offer_q && wait_q))
  `SKV_ASSERT(AbortEnds, abort_i |=> !offer_q && !wait_q)
  `SKV_COVER(Refused, go_i && !can_start_i)
  `SKV_COVER(Lost, wait_q && abort_i)

endmodule
