// Has the host give up every line of a page: a burst of 64 writes without a byte, through a device
// port of the engine, which asks the host for each line before it lets one pass.

`include "skv_assert.svh"

module coh_sweep
  import coh_pkg::*;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::w_t;
  import skv_axi_pkg::b_t;
(
  input  logic  clk_i,
  input  logic  rst_ni,

  input  logic  start_i,
  input  line_t line_i,      // the page's first
  output logic  busy_o,

  output logic  aw_valid_o,
  input  logic  aw_ready_i,
  output ax_t   aw_o,
  output logic  w_valid_o,
  input  logic  w_ready_i,
  output w_t    w_o,
  input  logic  b_valid_i,
  output logic  b_ready_o,
  input  b_t    b_i
);

  logic       busy_q, aw_q, w_q;
  logic [5:0] beat_q;
  line_t      line_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      busy_q <= 1'b0;
      aw_q   <= 1'b0;
      w_q    <= 1'b0;
      beat_q <= '0;
    end else begin
      if (start_i) begin
        busy_q <= 1'b1;
        aw_q   <= 1'b1;
        w_q    <= 1'b1;
      end else begin
        if (aw_ready_i) aw_q <= 1'b0;
        if (w_q && w_ready_i) begin
          beat_q <= beat_q + 1'b1;
          if (w_o.last) w_q <= 1'b0;
        end
        if (b_valid_i) busy_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) if (start_i) line_q <= line_i;

  assign busy_o     = busy_q;
  assign aw_valid_o = aw_q;
  assign aw_o       = '{id: '0, addr: {26'd0, line_q, 6'd0}, len: 8'd63};
  assign w_valid_o  = w_q;
  assign w_o        = '{data: '0, strb: '0, last: &beat_q, poison: 1'b0};
  assign b_ready_o  = 1'b1;

  // Nothing is written, so nothing can fail.
  logic unused;
  assign unused = &{1'b0, b_i};

  `SKV_ASSERT(OneAtATime, start_i |-> !busy_q)
  `SKV_ASSUME(AnswerAskedFor, b_valid_i |-> busy_q && !aw_q && !w_q)
  `SKV_ASSUME(PageAligned, start_i |-> line_i[5:0] == '0)

endmodule
