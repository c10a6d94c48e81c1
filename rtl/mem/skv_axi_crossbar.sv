// Several AXI4 masters on one to several memory channels, interleaved by blocks of 4 KB.
//
// Each master uses IDs 0 to 63 and reaches all channels; a channel's addresses count its own blocks.
// Accesses of one ID to different channels wait for each other (skv_axi_demux).  Latency one cycle
// each way on a single channel, two on several.

`include "skv_assert.svh"

module skv_axi_crossbar
  import skv_axi_pkg::*;
#(
  parameter int unsigned Masters = 2,
  parameter int unsigned Channels = 1
) (
  input  logic                clk_i,
  input  logic                rst_ni,

  input  logic [Masters-1:0]  s_ar_valid_i,
  output logic [Masters-1:0]  s_ar_ready_o,
  input  ax_t  [Masters-1:0]  s_ar_i,
  output logic [Masters-1:0]  s_r_valid_o,
  input  logic [Masters-1:0]  s_r_ready_i,
  output r_t   [Masters-1:0]  s_r_o,
  input  logic [Masters-1:0]  s_aw_valid_i,
  output logic [Masters-1:0]  s_aw_ready_o,
  input  ax_t  [Masters-1:0]  s_aw_i,
  input  logic [Masters-1:0]  s_w_valid_i,
  output logic [Masters-1:0]  s_w_ready_o,
  input  w_t   [Masters-1:0]  s_w_i,
  output logic [Masters-1:0]  s_b_valid_o,
  input  logic [Masters-1:0]  s_b_ready_i,
  output b_t   [Masters-1:0]  s_b_o,

  output logic [Channels-1:0] m_ar_valid_o,
  input  logic [Channels-1:0] m_ar_ready_i,
  output ax_t  [Channels-1:0] m_ar_o,
  input  logic [Channels-1:0] m_r_valid_i,
  output logic [Channels-1:0] m_r_ready_o,
  input  r_t   [Channels-1:0] m_r_i,
  output logic [Channels-1:0] m_aw_valid_o,
  input  logic [Channels-1:0] m_aw_ready_i,
  output ax_t  [Channels-1:0] m_aw_o,
  output logic [Channels-1:0] m_w_valid_o,
  input  logic [Channels-1:0] m_w_ready_i,
  output w_t   [Channels-1:0] m_w_o,
  input  logic [Channels-1:0] m_b_valid_i,
  output logic [Channels-1:0] m_b_ready_o,
  input  b_t   [Channels-1:0] m_b_i
);

  `SKV_CHECK_PARAM(Channels, Channels == 1 || Channels == 2 || Channels == 4)

  localparam int unsigned BlockW = 12;  // bytes

  // By channel and master.
  logic [Channels-1:0][Masters-1:0] ar_valid, ar_ready, r_valid, r_ready;
  logic [Channels-1:0][Masters-1:0] aw_valid, aw_ready, w_valid, w_ready, b_valid, b_ready;
  ax_t  [Masters-1:0]               ar, aw;
  w_t   [Masters-1:0]               w;
  r_t   [Channels-1:0]              r;
  b_t   [Channels-1:0]              b;

  if (Channels == 1) begin : gen_single
    assign ar_valid[0]  = s_ar_valid_i;
    assign s_ar_ready_o = ar_ready[0];
    assign ar           = s_ar_i;
    assign s_r_valid_o  = r_valid[0];
    assign r_ready[0]   = s_r_ready_i;
    assign s_r_o        = {Masters{r[0]}};
    assign aw_valid[0]  = s_aw_valid_i;
    assign s_aw_ready_o = aw_ready[0];
    assign aw           = s_aw_i;
    assign w_valid[0]   = s_w_valid_i;
    assign s_w_ready_o  = w_ready[0];
    assign w            = s_w_i;
    assign s_b_valid_o  = b_valid[0];
    assign b_ready[0]   = s_b_ready_i;
    assign s_b_o        = {Masters{b[0]}};
  end else begin : gen_several
    localparam int unsigned NumberW = $clog2(Channels);

    // The address in the channel.
    function automatic ax_t inside_channel(ax_t ax);
      ax_t out;
      out      = ax;
      out.addr = {{NumberW{1'b0}}, ax.addr[AddrW-1:BlockW+NumberW], ax.addr[BlockW-1:0]};
      return out;
    endfunction

    for (genvar i = 0; i < Masters; i++) begin : gen_demux
      logic [Channels-1:0] ar_v, ar_r, r_v, r_r, aw_v, aw_r, w_v, w_r, b_v, b_r;

      for (genvar c = 0; c < Channels; c++) begin : gen_channel
        assign ar_valid[c][i] = ar_v[c];
        assign ar_r[c]        = ar_ready[c][i];
        assign r_v[c]         = r_valid[c][i];
        assign r_ready[c][i]  = r_r[c];
        assign aw_valid[c][i] = aw_v[c];
        assign aw_r[c]        = aw_ready[c][i];
        assign w_valid[c][i]  = w_v[c];
        assign w_r[c]         = w_ready[c][i];
        assign b_v[c]         = b_valid[c][i];
        assign b_ready[c][i]  = b_r[c];
      end

      skv_axi_demux #(
        .Targets(Channels)
      ) u_demux (
        .clk_i,
        .rst_ni,
        .s_ar_valid_i(s_ar_valid_i[i]),
        .s_ar_ready_o(s_ar_ready_o[i]),
        .s_ar_i      (inside_channel(s_ar_i[i])),
        .s_ar_to_i   (s_ar_i[i].addr[BlockW+:NumberW]),
        .s_r_valid_o (s_r_valid_o[i]),
        .s_r_ready_i (s_r_ready_i[i]),
        .s_r_o       (s_r_o[i]),
        .s_aw_valid_i(s_aw_valid_i[i]),
        .s_aw_ready_o(s_aw_ready_o[i]),
        .s_aw_i      (inside_channel(s_aw_i[i])),
        .s_aw_to_i   (s_aw_i[i].addr[BlockW+:NumberW]),
        .s_w_valid_i (s_w_valid_i[i]),
        .s_w_ready_o (s_w_ready_o[i]),
        .s_w_i       (s_w_i[i]),
        .s_b_valid_o (s_b_valid_o[i]),
        .s_b_ready_i (s_b_ready_i[i]),
        .s_b_o       (s_b_o[i]),
        .m_ar_valid_o(ar_v),
        .m_ar_ready_i(ar_r),
        .m_ar_o      (ar[i]),
        .m_r_valid_i (r_v),
        .m_r_ready_o (r_r),
        .m_r_i       (r),
        .m_aw_valid_o(aw_v),
        .m_aw_ready_i(aw_r),
        .m_aw_o      (aw[i]),
        .m_w_valid_o (w_v),
        .m_w_ready_i (w_r),
        .m_w_o       (w[i]),
        .m_b_valid_i (b_v),
        .m_b_ready_o (b_r),
        .m_b_i       (b)
      );
    end
  end

  for (genvar c = 0; c < Channels; c++) begin : gen_mux
    skv_axi_mux #(
      .Masters(Masters)
    ) u_mux (
      .clk_i,
      .rst_ni,
      .s_ar_valid_i(ar_valid[c]),
      .s_ar_ready_o(ar_ready[c]),
      .s_ar_i      (ar),
      .s_r_valid_o (r_valid[c]),
      .s_r_ready_i (r_ready[c]),
      .s_r_o       (r[c]),
      .s_aw_valid_i(aw_valid[c]),
      .s_aw_ready_o(aw_ready[c]),
      .s_aw_i      (aw),
      .s_w_valid_i (w_valid[c]),
      .s_w_ready_o (w_ready[c]),
      .s_w_i       (w),
      .s_b_valid_o (b_valid[c]),
      .s_b_ready_i (b_ready[c]),
      .s_b_o       (b[c]),
      .m_ar_valid_o(m_ar_valid_o[c]),
      .m_ar_ready_i(m_ar_ready_i[c]),
      .m_ar_o      (m_ar_o[c]),
      .m_r_valid_i (m_r_valid_i[c]),
      .m_r_ready_o (m_r_ready_o[c]),
      .m_r_i       (m_r_i[c]),
      .m_aw_valid_o(m_aw_valid_o[c]),
      .m_aw_ready_i(m_aw_ready_i[c]),
      .m_aw_o      (m_aw_o[c]),
      .m_w_valid_o (m_w_valid_o[c]),
      .m_w_ready_i (m_w_ready_i[c]),
      .m_w_o       (m_w_o[c]),
      .m_b_valid_i (m_b_valid_i[c]),
      .m_b_ready_o (m_b_ready_o[c]),
      .m_b_i       (m_b_i[c])
    );
  end

endmodule
