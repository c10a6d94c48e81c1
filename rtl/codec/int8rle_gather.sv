// Collects the runs that start in each row of a page and puts each at the lane where it starts.
//
// Run k waits in lane queue (k + 4) % 32.  The runs of one row are consecutive, so each queue
// holds at most one of them, at its head: a row is taken from all queues in one cycle and its
// runs need turning, then spreading, never sorting.
// A row leaves when all its runs are known and row_room_i is high.  Latency 5 cycles from places.

`include "skv_assert.svh"

module int8rle_gather
  import int8rle_pkg::*;
#(
  parameter int unsigned Pages = 4,      // pages that may be in the queues
  parameter int unsigned Slack = 8       // beats that may still come when nearly_full_o rises
) (
  input  logic                       clk_i,
  input  logic                       rst_ni,

  // A page's header, no later than its first runs.
  input  logic                       page_valid_i,
  input  layout_t                    layout_i,
  input  logic [23:0]                scale_i,
  input  logic                       raw_i,

  input  logic                       valid_i,
  input  logic                       last_i,
  input  mask_t                      is_run_i,
  input  logic [Lanes-1:0][PosW-1:0] start_i,
  input  codes_t                     values_i,
  input  logic [RowW:0]              new_rows_i,
  input  error_e                     error_i,
  output logic                       nearly_full_o,

  input  logic                       row_room_i,
  output logic                       row_taken_o,
  output logic                       page_done_o,

  output logic                       valid_o,
  output decode_info_t               info_o,
  output mask_t                      starts_o,  // lanes where a run starts
  output codes_t                     values_o   // and its value
);

  // Pages in the queues differ in their tags, and in those of the pages behind them.
  `SKV_CHECK_PARAM(Pages, Pages >= 2 && Pages < 1 << $bits(tag_t))

  localparam int unsigned QueueDepth = 32;
  localparam int unsigned WaitW = $clog2(Pages * Rows) + 1;

  // ---- Rows that are known and not taken ----

  tag_t              in_tag_q, tag_q;
  logic [RowW-1:0]   row_q;
  logic [WaitW-1:0]  waiting_q;
  logic              take, take_last;

  assign take        = waiting_q != '0 && row_room_i;
  assign take_last   = take & (&row_q);
  assign row_taken_o = take;
  assign page_done_o = take_last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      in_tag_q  <= '0;
      tag_q     <= '0;
      row_q     <= '0;
      waiting_q <= '0;
    end else begin
      if (valid_i && last_i) in_tag_q <= in_tag_q + 1'b1;
      if (take) row_q <= row_q + 1'b1;
      if (take_last) tag_q <= tag_q + 1'b1;
      waiting_q <= waiting_q + (valid_i ? WaitW'(new_rows_i) : '0) - WaitW'(take);
    end
  end

  typedef struct packed {
    layout_t     layout;
    logic [23:0] scale;
    logic        raw;
  } page_t;

  page_t  page;
  error_e error;
  logic   page_ready, page_valid, error_ready, error_valid;

  skv_fifo #(
    .data_t(page_t),
    .Depth (Pages)
  ) u_pages (
    .clk_i,
    .rst_ni,
    .valid_i(page_valid_i),
    .ready_o(page_ready),
    .data_i ('{layout: layout_i, scale: scale_i, raw: raw_i}),
    .valid_o(page_valid),
    .ready_i(take_last),
    .data_o (page)
  );

  skv_fifo #(
    .data_t(error_e),
    .Depth (Pages)
  ) u_errors (
    .clk_i,
    .rst_ni,
    .valid_i(valid_i && last_i),
    .ready_o(error_ready),
    .data_i (error_i),
    .valid_o(error_valid),
    .ready_i(take_last),
    .data_o (error)
  );

  // ---- Lane queues ----

  typedef struct packed {
    tag_t             tag;
    logic [RowW-1:0]  row;
    logic [LaneW-1:0] lane;
    logic [7:0]       value;
  } start_t;

  start_t [Lanes-1:0] heads;
  mask_t              head_valid, hit, nearly_full;

  for (genvar i = 0; i < Lanes; i++) begin : gen_lane
    start_t start;
    assign start = '{
      tag: in_tag_q,
      row: start_i[i][PosW-1:LaneW],
      lane: start_i[i][LaneW-1:0],
      value: values_i[i]
    };

    skv_slack_fifo #(
      .data_t(start_t),
      .Depth (QueueDepth),
      .Slack (Slack)
    ) u_queue (
      .clk_i,
      .rst_ni,
      .push_i       (valid_i & is_run_i[i]),
      .data_i       (start),
      .nearly_full_o(nearly_full[i]),
      .valid_o      (head_valid[i]),
      .pop_i        (take & hit[i]),
      .data_o       (heads[i])
    );

    assign hit[i] = head_valid[i] && heads[i].tag == tag_q && heads[i].row == row_q;
  end

  assign nearly_full_o = |nearly_full;

  // ---- Taken from the queues ----

  typedef struct packed {
    logic             valid;
    logic [LaneW-1:0] lane;
    logic [7:0]       value;
  } run_t;
  typedef run_t [Lanes-1:0] runs_t;

  logic         [3:0] valid_q;
  decode_info_t       info_d;
  decode_info_t [3:0] info_q;
  runs_t              taken_q;
  mask_t              taken_valid;

  assign info_d = '{
    index: row_q,
    layout: page.layout,
    scale: page.scale,
    raw: page.raw,
    tag: tag_q,
    error: error
  };

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[2:0], take};
  end

  always_ff @(posedge clk_i) begin
    info_q <= {info_q[2:0], info_d};
    for (int unsigned i = 0; i < Lanes; i++) begin
      taken_q[i] <= '{valid: hit[i], lane: heads[i].lane, value: heads[i].value};
    end
  end

  // ---- Turn: the row's first run to lane 0 ----

  // The next row's first run is behind this row's last; a row of 32 runs or none leaves it.
  logic [LaneW-1:0] first, next_first, first_q;
  mask_t            behind_last;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) taken_valid[i] = taken_q[i].valid;
    behind_last = {taken_valid[Lanes-2:0], taken_valid[Lanes-1]} & ~taken_valid;
    first = info_q[0].index == '0 ? LaneW'(HeaderLanes) : first_q;
    next_first = behind_last == '0 ? first : '0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      if (behind_last[i]) next_first |= LaneW'(i);
    end
  end

  function automatic runs_t turn(runs_t runs, logic [LaneW-1:0] down);
    for (int unsigned i = 0; i < Lanes; i++) turn[i] = runs[LaneW'(i) + down];
  endfunction

  runs_t near_q, turned;
  logic  half_q;

  assign turned = half_q ? {near_q[Lanes/2-1:0], near_q[Lanes-1:Lanes/2]} : near_q;

  always_ff @(posedge clk_i) begin
    if (valid_q[0]) first_q <= next_first;
    near_q <= turn(taken_q, {1'b0, first[LaneW-2:0]});
    half_q <= first[LaneW-1];
  end

  // ---- Spread: up by the bits of the distance, highest first ----
  // (the compaction of int8rle_runs backwards, so no two runs meet)

  function automatic runs_t move(runs_t runs, int unsigned bit_index);
    for (int unsigned i = 0; i < Lanes; i++) begin
      run_t here, below;
      here = runs[i];
      below = i >= (1 << bit_index) ? runs[(i + Lanes - (1 << bit_index)) % Lanes] : '0;
      here.valid &= !here.lane[bit_index];
      below.valid &= below.lane[bit_index];
      move[i] = below.valid ? below : here;
    end
  endfunction

  // From here on `lane` is the distance to go.
  runs_t far, far_q, spread_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      far[i] = '{
        valid: turned[i].valid,
        lane: turned[i].lane - LaneW'(i),
        value: turned[i].value
      };
    end
  end

  always_ff @(posedge clk_i) begin
    far_q    <= move(far, 4);
    spread_q <= move(move(move(move(far_q, 3), 2), 1), 0);
  end

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) begin
      starts_o[i] = spread_q[i].valid;
      values_o[i] = spread_q[i].value;
    end
  end

  assign valid_o = valid_q[3];
  assign info_o  = info_q[3];

  `SKV_ASSERT(PageQueued, page_valid_i |-> page_ready)
  `SKV_ASSERT(ErrorQueued, valid_i && last_i |-> error_ready)
  `SKV_ASSERT(PageKnown, take |-> page_valid)
  `SKV_ASSERT(ErrorKnown, take_last |-> error_valid)
  `SKV_ASSERT(QueuesEmptyBetweenPages, take_last |-> !stale_head)

  // A run of an earlier row would block its queue for ever.
  logic stale_head;
  always_comb begin
    stale_head = 1'b0;
    for (int unsigned i = 0; i < Lanes; i++) begin
      stale_head |= head_valid[i] && heads[i].tag == tag_q && heads[i].row < row_q;
    end
  end

endmodule
