// Counts what happened.

`include "skv_assert.svh"

module prefetch_counters
  import prefetch_pkg::*;
(
  input  logic      clk_i,
  input  logic      rst_ni,

  input  events_t   events_i,
  input  logic [1:0] rejected_i,  // packets: malformed, refused
  output counters_t counters_o
);

  counters_t counters_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      counters_q <= '0;
    end else begin
      counters_q.hits      <= counters_q.hits + 32'(events_i.hit);
      counters_q.late      <= counters_q.late + 32'(events_i.late);
      counters_q.misses    <= counters_q.misses + 32'(events_i.miss);
      counters_q.full      <= counters_q.full + 32'(events_i.full);
      counters_q.refused   <= counters_q.refused + 32'(events_i.refused);
      counters_q.issued    <= counters_q.issued + 32'(events_i.issued);
      counters_q.unplaced  <= counters_q.unplaced + 32'(events_i.unplaced);
      counters_q.useful    <= counters_q.useful + 32'(events_i.useful);
      counters_q.cancelled <= counters_q.cancelled + 32'(events_i.cancelled);
      counters_q.failed    <= counters_q.failed + 32'(events_i.failed);
      counters_q.wasted    <= counters_q.wasted + 32'(events_i.wasted);
      counters_q.rejected  <= counters_q.rejected + 32'(rejected_i[0]) + 32'(rejected_i[1]);
    end
  end

  assign counters_o = counters_q;

  `SKV_ASSERT(OneOutcome, $onehot0({events_i.hit, events_i.late, events_i.miss, events_i.full,
                                    events_i.refused}))

endmodule
