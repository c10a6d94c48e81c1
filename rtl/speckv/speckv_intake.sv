// Takes stored pages into the page memories and says what is known of each before it is decoded.
//
// A page enters only while a slot is free and no table waits.  Its record comes 5 cycles after its
// last beat.  Beats behind the 64th are dropped up to TLAST.

`include "skv_assert.svh"

module speckv_intake
  import speckv_pkg::*;
#(
  parameter int unsigned PageSlots = 4,
  localparam int unsigned PageSlotW = $clog2(PageSlots)
) (
  input  logic                 clk_i,
  input  logic                 rst_ni,

  input  logic                 s_axis_tvalid_i,
  output logic                 s_axis_tready_o,
  input  row_t                 s_axis_tdata_i,
  input  logic                 s_axis_tlast_i,
  input  source_t              s_axis_tuser_i,

  input  logic                 hold_i,
  input  logic                 page_done_i,    // a slot is free again
  output logic                 idle_o,

  output logic [7:0]           lookup_slot_o,  // answered a cycle later
  input  logic                 lookup_valid_i,
  input  config_t              lookup_config_i,
  input  logic [31:0]          lookup_crc_i,

  output logic                 we_o,
  output logic [PageSlotW-1:0] wslot_o,
  output logic [RowW-1:0]      wrow_o,
  output row_t                 wdata_o,

  output logic                 page_valid_o,
  output page_t                page_o
);

  `SKV_CHECK_PARAM(PageSlots, PageSlots >= 2 && PageSlots == 1 << PageSlotW)

  typedef struct packed {
    row_t    data;
    logic    last;
    source_t user;
  } beat_t;

  beat_t in;
  logic  in_valid, in_ready, take;

  skv_skid #(
    .data_t(beat_t)
  ) u_in (
    .clk_i,
    .rst_ni,
    .valid_i(s_axis_tvalid_i),
    .ready_o(s_axis_tready_o),
    .data_i ('{data: s_axis_tdata_i, last: s_axis_tlast_i, user: s_axis_tuser_i}),
    .valid_o(in_valid),
    .ready_i(in_ready),
    .data_o (in)
  );

  // ---- Pages inside ----

  logic                 first_q;
  logic [PageSlotW:0]   pages_q;
  logic [PageSlotW-1:0] slot_q;
  logic [RowW:0]        index_q;  // beats of the page so far, at most 65

  assign in_ready = !first_q || (!pages_q[PageSlotW] && !hold_i);
  assign take     = in_valid & in_ready;
  assign idle_o   = pages_q == '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      first_q <= 1'b1;
      pages_q <= '0;
      slot_q  <= '0;
      index_q <= '0;
    end else begin
      if (take) begin
        first_q <= in.last;
        if (in.last) slot_q <= slot_q + 1'b1;
        if (in.last) index_q <= '0;
        else if (index_q <= (RowW + 1)'(Rows)) index_q <= index_q + 1'b1;
      end
      pages_q <= pages_q + (PageSlotW + 1)'(take & first_q) - (PageSlotW + 1)'(page_done_i);
    end
  end

  assign we_o    = take && !index_q[RowW];
  assign wslot_o = slot_q;
  assign wrow_o  = index_q[RowW-1:0];
  assign wdata_o = in.data;

  // ---- A cycle later, when the table is known: header and CRC ----

  typedef struct packed {
    logic          valid;
    logic          first;
    logic          last;
    logic [RowW:0] size;
    logic [31:0]   crc;  // beside the page
  } step_t;

  step_t       step_q;
  row_t        data_q;
  logic        raw_q, raw, valid_q, good_header_q, good_tag_q;
  logic [7:0]  source_slot_q;
  logic        good_header, good_tag, table_valid;
  config_t     settings_q, settings;
  logic        table_valid_q;
  logic [RowBits-1:0] covered;

  assign lookup_slot_o = in.user.slot;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) step_q.valid <= 1'b0;
    else step_q.valid <= take;
  end

  always_ff @(posedge clk_i) begin
    step_q.first <= first_q;
    step_q.last  <= in.last;
    step_q.size <= index_q + (RowW + 1)'(1);
    step_q.crc   <= in.user.crc;
    data_q       <= in.data;
    if (take && first_q) begin
      raw_q         <= in.user.raw;
      source_slot_q <= in.user.slot;
    end
    if (step_q.valid && step_q.first) begin
      good_header_q <= good_header;
      good_tag_q    <= good_tag;
      table_valid_q <= table_valid;
      settings_q    <= settings;
    end
  end

  // The same on a page's first beat, from what has just been looked up.
  logic [31:0] seed;
  assign raw         = raw_q;
  assign good_header = step_q.first ? data_q[0][7:0] == FormatId : good_header_q;
  assign table_valid = step_q.first ? lookup_valid_i : table_valid_q;
  assign good_tag    = step_q.first ? data_q[0][15:8] == lookup_crc_i[7:0] : good_tag_q;
  assign settings    = step_q.first ? lookup_config_i : settings_q;
  assign seed        = raw ? '0 : lookup_crc_i;
  assign valid_q     = step_q.valid;

  always_comb begin
    covered = data_q;
    if (step_q.last && !raw) covered[RowBits-1-:CrcBits] = '0;
  end

  logic        crc_valid;
  logic [31:0] crc;

  speckv_crc #(
    .Bits(RowBits)
  ) u_crc (
    .clk_i,
    .rst_ni,
    .valid_i(valid_q),
    .first_i(step_q.first),
    .last_i (step_q.last),
    .data_i (covered),
    .seed_i (seed),
    .valid_o(crc_valid),
    .crc_o  (crc)
  );

  // ---- The verdict, when the CRC is there ----

  localparam int unsigned CrcLatency = 3;

  typedef struct packed {
    page_t       page;
    logic [31:0] crc;
  } verdict_t;

  verdict_t verdict, known;

  always_comb begin
    verdict.page.raw      = raw;
    verdict.page.slot     = source_slot_q;
    verdict.page.settings = settings;
    verdict.page.size    = step_q.size;
    verdict.crc           = step_q.crc;
    if (raw ? step_q.size != (RowW + 1)'(Rows) : step_q.size > (RowW + 1)'(MaxUnits)) begin
      verdict.page.error = ErrLength;
    end else if (!raw && !good_header) begin
      verdict.page.error = ErrHeader;
    end else if (!raw && !(table_valid && good_tag)) begin
      verdict.page.error = ErrTable;
    end else if (!raw && data_q[Lanes-1-:CrcBits/16] != step_q.crc) begin
      verdict.page.error = ErrCrc;
    end else begin
      verdict.page.error = ErrOk;
    end
  end

  skv_delay #(
    .data_t(verdict_t),
    .Depth (CrcLatency)
  ) u_verdict (
    .clk_i,
    .rst_ni,
    .data_i(verdict),
    .data_o(known)
  );

  always_comb begin
    page_o = known.page;
    if (known.page.error == ErrOk && crc != known.crc) page_o.error = ErrCrc;
  end

  assign page_valid_o = crc_valid;

  `SKV_ASSERT(PagesBounded, pages_q <= (PageSlotW + 1)'(PageSlots))

endmodule
