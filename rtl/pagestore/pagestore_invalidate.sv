// Invalidations of two askers, the first before the second, one at a time.
//
// valid_i and inv_i are held until done_o, which is high in the cycle of inv_done_i.

`include "skv_assert.svh"

module pagestore_invalidate
  import skv_mem_pkg::*;
(
  input  logic              clk_i,
  input  logic              rst_ni,

  input  logic        [1:0] valid_i,
  input  invalidate_t [1:0] inv_i,
  output logic        [1:0] done_o,

  output logic              inv_valid_o,
  input  logic              inv_ready_i,
  output invalidate_t       inv_o,
  input  logic              inv_done_i
);

  logic        valid_q, waiting_q, second_q;
  invalidate_t inv_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q   <= 1'b0;
      waiting_q <= 1'b0;
    end else if (valid_q) begin
      if (inv_ready_i) begin
        valid_q   <= 1'b0;
        waiting_q <= 1'b1;
      end
    end else if (waiting_q) begin
      if (inv_done_i) waiting_q <= 1'b0;
    end else begin
      valid_q <= |valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!valid_q && !waiting_q) begin
      second_q <= !valid_i[0];
      inv_q    <= inv_i[!valid_i[0]];
    end
  end

  assign inv_valid_o = valid_q;
  assign inv_o       = inv_q;
  assign done_o      = {waiting_q && inv_done_i && second_q, waiting_q && inv_done_i && !second_q};

  for (genvar i = 0; i < 2; i++) begin : gen_rules
    `SKV_ASSUME(AskedHeld, valid_i[i] && !done_o[i] |=> valid_i[i] && $stable(inv_i[i]))
  end
  `SKV_ASSUME(DoneAskedFor, inv_done_i |-> waiting_q)

endmodule
