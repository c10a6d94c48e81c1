// The AXI4 write channels: bursts of two askers, the first before the second.
//
// A burst takes as many cycles as it has beats.  Addresses and data go each at their own pace, so that
// waiting for one of many who write does not hold up the next burst.  Answers go back by ID: 0 and 1
// are the first and the second asker's.

`include "skv_assert.svh"

module pagestore_jobs
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
#(
  parameter int unsigned Jobs = 8       // whose address or data waits
) (
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

  typedef struct packed {
    logic       second;
    unit_t      unit;
    logic [5:0] len;
  } address_t;

  typedef struct packed {
    logic [5:0]   len;
    logic [7:0]   enable;
    logic         spread;
    logic [127:0] data;
  } beats_t;

  job_t       job;
  address_t   address;
  beats_t     beats;
  logic       take, room, aw_in_ready, w_in_ready, beats_valid, aw, w, last;
  logic [5:0] index_q;  // beat of the burst

  assign room    = aw_in_ready & w_in_ready;
  assign take    = |valid_i & room;
  assign job     = job_i[!valid_i[0]];
  assign ready_o = {room & !valid_i[0], room};

  skv_fifo #(
    .data_t(address_t),
    .Depth (Jobs)
  ) u_addresses (
    .clk_i,
    .rst_ni,
    .valid_i(take),
    .ready_o(aw_in_ready),
    .data_i ('{second: !valid_i[0], unit: job.unit, len: job.len}),
    .valid_o(aw_valid_o),
    .ready_i(aw_ready_i),
    .data_o (address)
  );

  skv_fifo #(
    .data_t(beats_t),
    .Depth (Jobs)
  ) u_beats (
    .clk_i,
    .rst_ni,
    .valid_i(take),
    .ready_o(w_in_ready),
    .data_i ('{len: job.len, enable: job.enable, spread: job.spread, data: job.data}),
    .valid_o(beats_valid),
    .ready_i(w & last),
    .data_o (beats)
  );

  // Data go with their address at the earliest: bursts whose data may, one more than whose address
  // was taken.
  logic [$clog2(Jobs)+1:0] may_q;

  assign last      = index_q == beats.len;
  assign w_valid_o = beats_valid && may_q != '0;
  assign w         = w_valid_o & w_ready_i;
  assign aw        = aw_valid_o & aw_ready_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      index_q <= '0;
      may_q   <= 1;
    end else begin
      if (w) index_q <= last ? '0 : index_q + 6'd1;
      may_q <= may_q + ($bits(may_q))'(aw) - ($bits(may_q))'(w & last);
    end
  end

  assign aw_o = '{id: IdW'(address.second), addr: {18'd0, address.unit, 6'd0},
                  len: 8'(address.len)};

  always_comb begin
    w_o.data   = {beats.spread ? {3{beats.data}} : '0, beats.data};
    w_o.last   = last;
    w_o.poison = 1'b0;
    for (int i = 0; i < int'(StrbW); i++) w_o.strb[i] = beats.enable[i/8];
  end

  assign b_ready_o = 1'b1;
  assign b_valid_o = {b_valid_i && b_i.id[0], b_valid_i && !b_i.id[0]};
  assign b_error_o = is_error(b_i.resp);

  `SKV_ASSUME(FirstHeld, valid_i[0] && !ready_o[0] |=> valid_i[0] && $stable(job_i[0]))
  `SKV_ASSUME(SecondHeld, valid_i[1] && !ready_o[1] |=> valid_i[1] && $stable(job_i[1]))

  logic unused;
  assign unused = &{1'b0, b_i.id[IdW-1:1]};

endmodule
