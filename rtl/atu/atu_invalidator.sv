// Turns invalidations into operations of the TLB.
//
// One invalidation at a time: it waits until the pipeline is empty, issues one operation (a page)
// or one for each set (a request, everything), and is done when the last has written.  After reset
// it invalidates everything of its own accord, without a done.

`include "skv_assert.svh"

module atu_invalidator
  import skv_mem_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Sets = 64,
  localparam int unsigned SetW = $clog2(Sets)
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            inv_valid_i,
  output logic            inv_ready_o,
  input  invalidate_t     inv_i,
  output logic            inv_done_o,

  output logic            busy_o,      // nothing else may enter the pipeline
  input  logic            empty_i,     // nothing is in it
  output logic            valid_o,
  output op_e             op_o,
  output vpn_t            vpn_o,
  output logic [SetW-1:0] set_o
);

  typedef enum logic [1:0] {StIdle, StWait, StIssue, StDrain} state_e;

  state_e          state_q;
  op_e             op_q;
  vpn_t            vpn_q;
  logic [SetW-1:0] set_q;
  logic            told_q, done_q;  // told: it was asked for

  op_e op;
  always_comb begin
    unique case (inv_i.kind)
      InvPage:    op = OpInvPage;
      InvRequest: op = OpInvRequest;
      default:    op = OpInvAll;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIssue;
      op_q    <= OpInvAll;
      set_q   <= '0;
      told_q  <= 1'b0;
      done_q  <= 1'b0;
    end else begin
      done_q <= state_q == StDrain && empty_i && told_q;
      unique case (state_q)
        StIdle: begin
          set_q  <= '0;
          told_q <= 1'b1;
          if (inv_valid_i) begin
            op_q    <= op;
            state_q <= StWait;
          end
        end
        StWait: if (empty_i) state_q <= StIssue;
        StIssue: begin
          set_q <= set_q + 1'b1;
          if (op_q == OpInvPage || &set_q) state_q <= StDrain;
        end
        StDrain: if (empty_i) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (inv_ready_o) vpn_q <= inv_i.vpn;
  end

  assign inv_ready_o = state_q == StIdle;
  assign inv_done_o  = done_q;
  assign busy_o      = state_q != StIdle;
  assign valid_o     = state_q == StIssue;
  assign op_o        = op_q;
  assign vpn_o       = vpn_q;
  assign set_o       = set_q;

  `SKV_ASSUME(InvHeld, inv_valid_i && !inv_ready_o |=> inv_valid_i && $stable(inv_i))
  `SKV_ASSERT(DoneWhenIdle, inv_done_o |-> state_q == StIdle)

endmodule
