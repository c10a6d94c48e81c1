// Seals and writes words, and clears ranges of units.
//
// One command at a time; done_o is high for a cycle once all of it is in memory, or error_o says
// that some of it may not be.  A range goes out as bursts that end at multiples of 4 KB, without
// waiting for each other.

`include "skv_assert.svh"

module pagestore_writer
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   valid_i,
  output logic   ready_o,
  input  write_t write_i,
  output logic   done_o,
  output logic   error_o,      // with done_o

  output logic   job_valid_o,
  input  logic   job_ready_i,
  output job_t   job_o,
  input  logic   b_valid_i,
  input  logic   b_error_i
);

  localparam int unsigned BurstW = 12;  // of the bursts under way

  typedef enum logic [2:0] {StIdle, StSplit, StIssue, StWait, StDone} state_e;

  state_e            state_q;
  write_t            write_q;
  logic [15:0]       check_q;
  logic [6:0]        room, beats_q;
  logic [16:0]       left_q;        // units, those of the next burst counted
  unit_t             unit_q;
  logic              last_q;
  logic [BurstW-1:0] open_q;
  logic              error_q;

  logic issue;
  assign issue = job_valid_o & job_ready_i;
  assign room  = 7'd64 - 7'(unit_q[5:0]);

  assign ready_o     = state_q == StIdle;
  assign done_o      = state_q == StDone;
  assign error_o     = error_q;
  assign job_valid_o = state_q == StIssue;

  always_comb begin
    job_o = '{unit: unit_q, len: 6'(beats_q - 7'd1), enable: '1, spread: 1'b0, data: '0};
    if (!write_q.clear) begin
      job_o.enable = write_q.whole ? '1 : 8'd1 << write_q.word;
      job_o.spread = !write_q.whole;
      job_o.data   = {2{check_q, write_q.body}};
      if (write_q.whole) job_o.data[127:64] = '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      open_q  <= '0;
    end else begin
      unique case (state_q)
        StIdle:  if (valid_i) state_q <= StSplit;
        StSplit: state_q <= StIssue;
        StIssue: if (job_ready_i) state_q <= last_q ? StWait : StSplit;
        StWait:  if (open_q == '0) state_q <= StDone;
        default: state_q <= StIdle;
      endcase
      open_q <= open_q + BurstW'(issue) - BurstW'(b_valid_i);
    end
  end

  always_ff @(posedge clk_i) begin
    check_q <= check64(write_q.key, {16'd0, write_q.body});
    if (ready_o) begin
      write_q <= write_i;
      unit_q  <= write_i.unit;
      left_q  <= write_i.clear ? write_i.count : 17'd1;
      error_q <= 1'b0;
    end
    if (b_valid_i && b_error_i) error_q <= 1'b1;
    if (state_q == StSplit) begin
      beats_q <= left_q > 17'(room) ? room : 7'(left_q);
      last_q  <= left_q <= 17'(room);
    end
    if (issue) begin
      unit_q <= unit_q + unit_t'(beats_q);
      left_q <= left_q - 17'(beats_q);
    end
  end

  `SKV_ASSUME(AskedHeld, valid_i && !ready_o |=> valid_i && $stable(write_i))
  `SKV_ASSUME(NeverNothing, valid_i && write_i.clear |-> write_i.count != '0)
  `SKV_ASSUME(AnswerAskedFor, b_valid_i |-> open_q != '0)
  `SKV_ASSERT(AllAnswered, done_o |-> open_q == '0)

  logic unused;
  assign unused = &{1'b0, write_q.count, write_q.unit};

endmodule
