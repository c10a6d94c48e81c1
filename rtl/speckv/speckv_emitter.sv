// Sends finished pages: the raw page as it came, or plane rows from the front and tail rows from the
// end, with the CRC.
//
// Reads a row of each memory a cycle, while the output queue has room.  Latency 7 cycles from a
// page's arrival to its first beat; then a beat a cycle, without a gap between pages.

`include "skv_assert.svh"

module speckv_emitter
  import speckv_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  // The oldest finished page; page_ready_o when its last row is being read.
  input  logic            page_valid_i,
  output logic            page_ready_o,
  input  finished_t       page_i,

  // Rows of the page; data come a cycle after read_o.
  output logic            read_o,
  output logic [RowW-1:0] raw_row_o,     // of the raw page, and of the plane stream
  output logic [RowW-1:0] tail_row_o,
  input  row_t            raw_data_i,
  input  row_t            planes_data_i,
  input  row_t            tail_data_i,

  output logic            m_axis_tvalid_o,
  input  logic            m_axis_tready_i,
  output row_t            m_axis_tdata_o,
  output logic            m_axis_tlast_o,
  output stored_t         m_axis_tuser_o
);

  localparam int unsigned CrcLatency = 3;
  localparam int unsigned OutDepth = 16;
  localparam int unsigned CreditW = $clog2(OutDepth) + 1;

  // A row is read only when the output queue has room for it.
  logic [CreditW-1:0] credit_q;
  logic               sent, last;
  logic [RowW-1:0]    row_q;

  assign sent         = m_axis_tvalid_o & m_axis_tready_i;
  assign last         = {1'b0, row_q} + 1'b1 == page_i.size;
  assign read_o       = page_valid_i && credit_q != '0;
  assign raw_row_o    = row_q;
  assign tail_row_o   = RowW'(page_i.size - 1'b1) - row_q;
  assign page_ready_o = read_o & last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      credit_q <= CreditW'(OutDepth);
      row_q    <= '0;
    end else begin
      credit_q <= credit_q - CreditW'(read_o) + CreditW'(sent);
      if (read_o) row_q <= last ? '0 : row_q + 1'b1;
    end
  end

  // ---- The row ----

  typedef struct packed {
    row_t    data;
    logic    last;
    stored_t user;
  } beat_t;

  typedef struct packed {
    logic        first;
    logic        last;
    logic [31:0] seed;
    stored_t     user;
  } mark_t;

  logic [1:0]              valid_q;
  logic [CrcLatency-1:0]   late_valid_q;
  mark_t                   read_q, merged_q;
  logic                    planes_q, tail_q;  // the row has bits of that stream
  row_t                    data_d, data_q;

  always_comb begin
    data_d = '0;
    if (read_q.user.raw) data_d = raw_data_i;
    else begin
      if (planes_q) data_d |= planes_data_i;
      if (tail_q) data_d |= tail_data_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q      <= '0;
      late_valid_q <= '0;
    end else begin
      valid_q      <= {valid_q[0], read_o};
      late_valid_q <= {late_valid_q[CrcLatency-2:0], valid_q[1]};
    end
  end

  always_ff @(posedge clk_i) begin
    read_q <= '{
      first: row_q == '0,
      last: last,
      seed: page_i.raw ? '0 : page_i.seed,
      user: '{
        crc: '0,
        malformed: page_i.malformed,
        untabled: page_i.untabled,
        raw: page_i.raw,
        slot: page_i.slot
      }
    };
    planes_q <= {1'b0, row_q} < page_i.plane_rows;
    tail_q   <= {1'b0, tail_row_o} < page_i.tail_rows;
    merged_q <= read_q;
    data_q   <= data_d;
  end

  // ---- CRC ----

  logic        crc_valid;
  logic [31:0] crc;

  speckv_crc #(
    .Bits(RowBits)
  ) u_crc (
    .clk_i,
    .rst_ni,
    .valid_i(valid_q[1]),
    .first_i(merged_q.first),
    .last_i (merged_q.last),
    .data_i (data_q),
    .seed_i (merged_q.seed),
    .valid_o(crc_valid),
    .crc_o  (crc)
  );

  beat_t late, out, head;
  logic  out_ready;

  skv_delay #(
    .data_t(beat_t),
    .Depth (CrcLatency)
  ) u_late (
    .clk_i,
    .rst_ni,
    .data_i('{data: data_q, last: merged_q.last, user: merged_q.user}),
    .data_o(late)
  );

  always_comb begin
    out = late;
    if (late.last) out.user.crc = crc;
    if (late.last && !late.user.raw) out.data[Lanes-1-:CrcBits/16] = crc;
  end

  skv_fifo #(
    .data_t(beat_t),
    .Depth (OutDepth)
  ) u_out (
    .clk_i,
    .rst_ni,
    .valid_i(late_valid_q[CrcLatency-1]),
    .ready_o(out_ready),
    .data_i (out),
    .valid_o(m_axis_tvalid_o),
    .ready_i(m_axis_tready_i),
    .data_o (head)
  );

  assign m_axis_tdata_o = head.data;
  assign m_axis_tlast_o = head.last;
  assign m_axis_tuser_o = head.user;

  `SKV_ASSERT(RoomForEachRead, late_valid_q[CrcLatency-1] |-> out_ready)
  `SKV_ASSERT(CrcInTime, late_valid_q[CrcLatency-1] && late.last == 1'b1 |-> crc_valid)

endmodule
