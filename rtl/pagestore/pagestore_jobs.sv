// The AXI4 write channels: bursts of two askers, the first before the second.
//
// A burst takes two cycles, or as many as it has beats and one.  Answers go back by ID: 0 and 1
// are the first and the second asker's.

`include "skv_assert.svh"

module pagestore_jobs
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
(
  input  logic       clk_i,
  input  logic       rst_ni,

  input  logic [1:0] valid_i,
  output logic [1:0] ready_o,
  input  job_t [1:0] job_i,
  output logic [1:0] b_valid_o,
  output logic       b_error_o,

  output logic       aw_valid_o,
  input  logic       aw_ready_i,
  output ax_t        aw_o,
  output logic       w_valid_o,
  input  logic       w_ready_i,
  output w_t         w_o,
  input  logic       b_valid_i,
  output logic       b_ready_o,
  input  b_t         b_i
);

  logic       aw_valid_q, w_valid_q, second_q, idle;
  logic [5:0] left_q;  // beats behind the next
  job_t       job_q;

  assign idle    = !aw_valid_q && !w_valid_q;
  assign ready_o = {idle && !valid_i[0], idle};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      aw_valid_q <= 1'b0;
      w_valid_q  <= 1'b0;
    end else if (idle) begin
      aw_valid_q <= |valid_i;
      w_valid_q  <= |valid_i;
    end else begin
      if (aw_ready_i) aw_valid_q <= 1'b0;
      if (w_ready_i && left_q == '0) w_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (idle) begin
      second_q <= !valid_i[0];
      job_q    <= job_i[!valid_i[0]];
      left_q   <= job_i[!valid_i[0]].len;
    end else if (w_valid_q && w_ready_i) begin
      left_q <= left_q - 6'd1;
    end
  end

  assign aw_valid_o = aw_valid_q;
  assign aw_o       = '{id: IdW'(second_q), addr: {18'd0, job_q.unit, 6'd0}, len: 8'(job_q.len)};
  assign w_valid_o  = w_valid_q;

  always_comb begin
    w_o.data   = {job_q.spread ? {3{job_q.data}} : '0, job_q.data};
    w_o.last   = left_q == '0;
    w_o.poison = 1'b0;
    for (int i = 0; i < int'(StrbW); i++) w_o.strb[i] = job_q.enable[i/8];
  end

  assign b_ready_o = 1'b1;
  assign b_valid_o = {b_valid_i && b_i.id[0], b_valid_i && !b_i.id[0]};
  assign b_error_o = is_error(b_i.resp);

  `SKV_ASSUME(FirstHeld, valid_i[0] && !ready_o[0] |=> valid_i[0] && $stable(job_i[0]))
  `SKV_ASSUME(SecondHeld, valid_i[1] && !ready_o[1] |=> valid_i[1] && $stable(job_i[1]))

  logic unused;
  assign unused = &{1'b0, b_i.id[IdW-1:1]};

endmodule
