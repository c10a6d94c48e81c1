// A row pointer that is found is the one that its owner's walk wrote last, since all was cleared.

`include "skv_assert.svh"

module skv_row_cache_formal
  import skv_mem_pkg::*;
(
  input logic clk_i,
  input logic rst_ni,
  input logic read_i,
  input row_id_t id_i,
  input logic write_i,
  input row_id_t write_id_i,
  input unit_t write_row_i,
  input logic clear_i,
  input row_id_t mine_i   // any one row and tenant
);

  logic hit, asked_q, known_q, was_known_q;
  unit_t row, row_q, was_row_q;
  row_id_t mine_q;

  skv_row_cache #(
    .Rows(2)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .read_i,
    .id_i,
    .hit_o(hit),
    .row_o(row),
    .write_i,
    .write_id_i,
    .write_row_i,
    .clear_i
  );

  logic writes_mine;
  assign writes_mine = write_i && write_id_i == mine_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      known_q <= 1'b0;
      asked_q <= 1'b0;
      mine_q  <= mine_i;
    end else begin
      asked_q <= read_i && id_i == mine_q;
      if (writes_mine) known_q <= 1'b1;
      if (clear_i) known_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    was_known_q <= known_q;
    was_row_q   <= row_q;
    if (writes_mine) row_q <= write_row_i;
  end

  // What lies where mine would be is mine only if it was written and not cleared.
  logic index, kept;
  assign index = ^{mine_q.request, mine_q.page};
  assign kept  = u_dut.valid_q[index] && u_dut.u_ram.mem_q[index][90:40] == mine_q;

  `SKV_ASSERT(Kept, kept |-> known_q && u_dut.u_ram.mem_q[index][39:0] == row_q)
  `SKV_ASSERT(Found, asked_q && hit |-> was_known_q && row == was_row_q)
  `SKV_COVER(FoundOnce, asked_q && hit)

  // Four requests, four pages and four tenants: few enough to prove.
  function automatic logic few(row_id_t id);
    return id.request[15:2] == '0 && id.page[18:2] == '0 && id.owner[15:2] == '0;
  endfunction

  `SKV_ASSUME(SmallMine, few(mine_i) && few(mine_q))
  `SKV_ASSUME(SmallAsked, few(id_i))
  `SKV_ASSUME(SmallWritten, few(write_id_i))

endmodule
