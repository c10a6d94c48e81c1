// One bit of every codeword of a row: which lanes it completes, and what the others go on with.
//
// A lane that is active has in `vals` its code so far, counted from the first codeword of this
// plane's length and doubled for the bit to come; a lane that is done has its rank there.
// The registers move for coded rows only.  A row passes in Skew = 5 cycles: the lanes that take a bit are counted (and reported a cycle after
// the row came), and four cycles after it came their bits stand at segment_i: the first active lane's
// at bit start_i, which comes a cycle before, the others' behind it, going on at bit 0 behind bit 31.

module speckv_plane
  import speckv_pkg::*;
#(
  parameter int unsigned Plane = 0
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             coded_i,
  input  mask_t            active_i,
  input  classes_t         classes_i,
  input  ranks_t           vals_i,
  input  logic             odd_i,        // the row is an odd page's

  output lane_count_t [1:0] counts_o,   // even page's, odd page's
  input  lane_t [1:0]      starts_i,
  input  mask_t [1:0]      segments_i,

  output mask_t            active_o,
  output classes_t         classes_o,
  output ranks_t           vals_o
);

  logic  [3:0] coded_q, odd_q;
  mask_t [3:0] active_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) active_q <= '0;
    else active_q <= {active_q[2:0], active_i};
  end

  always_ff @(posedge clk_i) begin
    coded_q <= {coded_q[2:0], coded_i};
    odd_q   <= {odd_q[2:0], odd_i};
  end

  // ---- Which bit of the segment is a lane's: active lanes before it ----

  lane_count_t [1:0] counts_q;
  lane_t [Lanes-1:0] place2;
  lane_t             place3_q[Lanes], place_q[Lanes];
  lane_t             first;

  speckv_prefix u_prefix (
    .clk_i,
    .valid_i (coded_i),
    .mask_i  (active_i),
    .counts_o(place2)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      counts_q <= '0;
    end else begin
      counts_q[0] <= odd_i ? '0 : lane_count_t'($countones(active_i));
      counts_q[1] <= odd_i ? lane_count_t'($countones(active_i)) : '0;
    end
  end

  always_ff @(posedge clk_i) begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (coded_q[1]) place3_q[i] <= place2[i];
      if (coded_q[2]) place_q[i] <= place3_q[i] + first;
    end
  end

  assign first = odd_q[2] ? starts_i[1] : starts_i[0];

  assign counts_o = counts_q;

  // ---- What either bit would make of a lane ----

  classes_t [1:0] classes_q;
  ranks_t   [1:0] vals_q;
  mask_t    leaf0_q, leaf1_q;
  mask_t [1:0] ends_q;
  ranks_t   keep_q;
  logic [7:0] rank_q[Lanes], rest_q[Lanes], next0_q[Lanes], next1_q[Lanes];

  skv_delay #(
    .data_t(classes_t),
    .Depth (3)
  ) u_classes (
    .clk_i,
    .rst_ni,
    .data_i(classes_q[1]),
    .data_o(classes_o)
  );

  always_ff @(posedge clk_i) begin
    if (coded_i) begin
      classes_q[0] <= classes_i;
      vals_q[0]    <= vals_i;
    end
    if (coded_q[0]) begin
      classes_q[1] <= classes_q[0];
      vals_q[1]    <= vals_q[0];
    end
    if (coded_q[1]) begin
      keep_q <= vals_q[1];
      for (int unsigned i = 0; i < Lanes; i++) begin
        logic [8:0] count, code;
        count = Counts[classes_q[1][i]][Plane];
        code = {1'b0, vals_q[1][i]};
        leaf0_q[i] <= code < count;
        leaf1_q[i] <= (code | 9'd1) < count;
        rank_q[i] <= 8'(Bases[classes_q[1][i]][Plane] + code);
        rest_q[i] <= 8'((code - count) << 1);
      end
    end
    if (coded_q[2]) begin
      ends_q <= {leaf1_q, leaf0_q};
      for (int unsigned i = 0; i < Lanes; i++) begin
        next0_q[i] <= leaf0_q[i] ? rank_q[i] : rest_q[i];
        next1_q[i] <= leaf1_q[i] ? rank_q[i] + 8'd1 : rest_q[i] + 8'd2;
        if (!active_q[2][i]) next0_q[i] <= keep_q[i];
        if (!active_q[2][i]) next1_q[i] <= keep_q[i];
      end
    end
  end

  // ---- The bits ----

  mask_t  segment, active5_q;
  ranks_t vals5_q;

  assign segment = odd_q[3] ? segments_i[1] : segments_i[0];

  always_ff @(posedge clk_i) begin
    if (!rst_ni || !coded_q[3]) begin
      active5_q <= '0;
    end else begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        active5_q[i] <= active_q[3][i] && !ends_q[segment[place_q[i]]][i];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (coded_q[3]) begin
      for (int unsigned i = 0; i < Lanes; i++) begin
        vals5_q[i] <= segment[place_q[i]] ? next1_q[i] : next0_q[i];
      end
    end
  end

  assign active_o = active5_q;
  assign vals_o   = vals5_q;

endmodule
