// Gives each run of a page the place in the page where it starts: the sum of the counts before it.
//
// Also tells how many more of the page's rows are known once a beat's runs are in.  The last row
// is known only with the page's last beat, so that its error can go with it.  Runs past the end
// of the page are dropped.  Latency 4 cycles.

`include "skv_assert.svh"

module int8rle_places
  import int8rle_pkg::*;
(
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               valid_i,
  input  logic               first_i,
  input  logic               last_i,
  input  logic               raw_i,
  input  row_t               words_i,
  input  mask_t              is_run_i,
  input  error_e             error_i,

  output logic               valid_o,
  output logic               last_o,
  output mask_t              is_run_o,
  output logic [Lanes-1:0][PosW-1:0] start_o,
  output codes_t             values_o,
  output logic [RowW:0]      new_rows_o,
  output error_e             error_o    // on the last beat
);

  localparam int unsigned SumW = 14;    // 32 counts of up to 256
  typedef logic [Lanes-1:0][SumW-1:0] sums_t;

  // A step of a parallel prefix sum.
  function automatic sums_t add_below(sums_t sums, int unsigned distance);
    for (int unsigned i = 0; i < Lanes; i++) begin
      add_below[i] = sums[i] + (i >= distance ? sums[(i + Lanes - distance) % Lanes] : '0);
    end
  endfunction

  typedef struct packed {
    logic   first;
    logic   last;
    logic   raw;
    mask_t  is_run;
    codes_t values;
    error_e error;
  } beat_t;

  logic  [3:0] valid_q;
  beat_t       beat_d;
  beat_t [2:0] beat_q;
  sums_t       counts, sums1_q, sums2_q, sums3_q;

  always_comb begin
    beat_d.first  = first_i;
    beat_d.last   = last_i;
    beat_d.raw    = raw_i;
    beat_d.is_run = is_run_i;
    beat_d.error  = error_i;
    for (int unsigned i = 0; i < Lanes; i++) begin
      beat_d.values[i] = words_i[i][7:0];
      counts[i] = is_run_i[i] ? SumW'(words_i[i][15:8]) + 1'b1 : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    beat_q  <= {beat_q[1:0], beat_d};
    sums1_q <= add_below(add_below(counts, 1), 2);
    sums2_q <= add_below(add_below(sums1_q, 4), 8);
    sums3_q <= add_below(sums2_q, 16);
  end

  // Behind the page's earlier beats; a full page's sum stays at 2048.
  beat_t             beat;
  logic [PosW:0]     base, base_q;
  logic [SumW:0]     sum;
  logic [RowW:0]     rows_before, rows_after;
  mask_t             is_run_q;
  logic [Lanes-1:0][PosW-1:0] start_q;
  codes_t            values_q;
  logic [RowW:0]     new_rows_q;
  logic              last_q;
  error_e            error_q;

  assign beat = beat_q[2];
  assign base = beat.first ? '0 : base_q;
  assign sum  = (SumW + 1)'(base) + (beat.raw ? (SumW + 1)'(Lanes) : {1'b0, sums3_q[Lanes-1]});

  function automatic logic [RowW:0] known_rows(logic [SumW:0] values);
    return values >= (SumW + 1)'(Lanes * (Rows - 1)) ? (RowW + 1)'(Rows - 1)
                                                     : (RowW + 1)'(values >> LaneW);
  endfunction

  assign rows_before = known_rows((SumW + 1)'(base));
  assign rows_after  = beat.last ? (RowW + 1)'(Rows) : known_rows(sum);

  always_ff @(posedge clk_i) begin
    if (valid_q[2]) begin
      base_q <= sum > (SumW + 1)'(Lanes * Rows) ? (PosW + 1)'(Lanes * Rows) : sum[PosW:0];
    end
    last_q     <= beat.last;
    values_q   <= beat.values;
    new_rows_q <= rows_after - rows_before;
    error_q    <= !beat.raw && sum != (SumW + 1)'(Lanes * Rows) &&
                  (beat.error == ErrOk || beat.error == ErrBadPadding) ? ErrBadRuns : beat.error;
    for (int unsigned i = 0; i < Lanes; i++) begin
      logic [SumW:0] start;
      start = (SumW + 1)'(base) + (i == 0 ? '0 : (SumW + 1)'(sums3_q[(i + Lanes - 1) % Lanes]));
      start_q[i]  <= start[PosW-1:0];
      is_run_q[i] <= beat.is_run[i] && start[SumW:PosW] == '0;
    end
  end

  assign valid_o    = valid_q[3];
  assign last_o     = last_q;
  assign is_run_o   = is_run_q;
  assign start_o    = start_q;
  assign values_o   = values_q;
  assign new_rows_o = new_rows_q;
  assign error_o    = error_q;

  `SKV_ASSERT(RowsAtEnd, valid_o && last_o |-> new_rows_o != '0)

endmodule
