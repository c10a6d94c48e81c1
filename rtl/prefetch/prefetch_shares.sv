// Shares the room of each request out among its streams (docs/prefetch.md): those that newly need
// most keep most.
//
// A share is in 1024ths of the mean's.  limit_o is how many pages stream_i keeps of room_i, 4 cycles
// after either changed.  settle_i ends a step of stream_i, which has stood for 4 cycles: it gives a
// part of its share to the request's pool, and takes of it by new_i; done after 4 cycles, one at a
// time.  clear_i gives stream_i the mean's share and empties the pool.

`include "skv_assert.svh"

module prefetch_shares
  import prefetch_pkg::*;
#(
  parameter int unsigned Requests = 4,
  parameter int unsigned StreamW = 9,         // request, layer, head
  parameter int unsigned Pages = 256
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic [StreamW-1:0] stream_i,
  input  logic               clear_i,
  input  logic               settle_i,
  input  pages_t             new_i,

  input  logic [15:0]        room_i,      // of a stream on average, in 1/128 page
  input  logic [6:0]         turn_i,      // added to the stream's own
  output pages_t             limit_o
);

  localparam int unsigned HandleBits = $clog2(Requests);
  localparam int unsigned MeanLog2 = ShareW - 2;
  localparam int unsigned PoolW = StreamW - HandleBits + MeanLog2 + 1;
  localparam int unsigned TaxLog2 = 7;
  localparam int unsigned GrantLog2 = 6;
  localparam int unsigned DemandW = PageW + 2;

  `SKV_CHECK_PARAM(Requests, Requests >= 2 && Requests == 1 << HandleBits && StreamW > HandleBits)

  typedef logic [HandleBits-1:0] handle_t;
  typedef logic [StreamW-1:0]    stream_t;
  typedef logic [ShareW-1:0]     share_t;
  typedef logic [PoolW-1:0]      pool_t;

  localparam share_t Mean = share_t'(1 << MeanLog2);
  localparam share_t Most = '1;

  // ---- A stream's step ends: the tax, the demand, the grant ----

  logic                     valid1_q, valid2_q, valid3_q;
  stream_t                  stream_q;
  handle_t                  handle, settling;
  share_t                   share, tax, left_q, room, most_q, grant_q;
  pool_t                    pool_q [Requests];
  pool_t                    from_q;
  logic [DemandW-1:0]       demand_q;
  logic [PoolW+DemandW-1:0] asked_q;

  assign handle   = stream_i[StreamW-1-:HandleBits];
  assign settling = stream_q[StreamW-1-:HandleBits];
  assign tax      = share >> TaxLog2;
  assign room     = Most - left_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) {valid1_q, valid2_q, valid3_q} <= '0;
    else {valid1_q, valid2_q, valid3_q} <= {settle_i, valid1_q, valid2_q};
  end

  always_ff @(posedge clk_i) begin
    if (settle_i) begin
      stream_q <= stream_i;
      left_q   <= share - tax;
      from_q   <= pool_q[handle] + pool_t'(tax);
      demand_q <= {new_i, 1'b1};
    end
    // The cycles behind it: what is asked for, what there is of it.
    asked_q  <= (PoolW + DemandW)'(demand_q) * (PoolW + DemandW)'(from_q) >> GrantLog2;
    most_q   <= from_q < pool_t'(room) ? share_t'(from_q) : room;
    grant_q  <= asked_q < (PoolW + DemandW)'(most_q) ? share_t'(asked_q) : most_q;
  end

  always_ff @(posedge clk_i) begin
    if (clear_i) pool_q[handle] <= '0;
    else if (valid3_q) pool_q[settling] <= from_q - pool_t'(grant_q);
  end

  // ---- Shares, and what they come to in pages ----

  skv_sdpram #(
    .Width(ShareW),
    .Depth(1 << StreamW)
  ) u_shares (
    .clk_i,
    .we_i   (clear_i || valid3_q),
    .waddr_i(clear_i ? stream_i : stream_q),
    .wdata_i(clear_i ? Mean : left_q + grant_q),
    .re_i   (1'b1),
    .raddr_i(stream_i),
    .rdata_o(share)
  );

  logic [16+ShareW-1:0] product_q;
  logic [18:0]          sum;
  logic [11:0]          whole;
  pages_t               limit_q;

  assign sum   = 19'(product_q[16+ShareW-1:MeanLog2]) + 19'(turn_i);
  assign whole = sum[18:7];

  always_ff @(posedge clk_i) begin
    product_q <= (16 + ShareW)'(room_i) * (16 + ShareW)'(share);
    limit_q   <= pages_t'(whole);
    if (whole == '0) limit_q <= pages_t'(1);
    if (whole > 12'(Pages)) limit_q <= pages_t'(Pages);
  end

  assign limit_o = limit_q;

  logic unused;
  assign unused = &{1'b0, product_q[MeanLog2-1:0], sum[6:0]};

  `SKV_ASSERT(OneAtATime, settle_i |-> !clear_i && !valid1_q && !valid2_q && !valid3_q)
  `SKV_ASSERT(StreamStood, settle_i |-> $stable(stream_i))
  `SKV_ASSERT(PoolHolds, valid1_q |-> from_q <= pool_t'(1 << (PoolW - 1)))

endmodule
