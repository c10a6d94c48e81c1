// A row pointer that is found is the one that its owner's walk wrote last, since it was cleared.

`include "skv_assert.svh"

module atu_rows_formal
  import skv_mem_pkg::*;
  import atu_pkg::*;
(
  input logic clk_i,
  input logic rst_ni,
  input logic read_i,
  input key_t key_i,
  input logic write_i,
  input key_t write_key_i,
  input row_t write_row_i,
  input logic clear_page_i,
  input logic clear_all_i,
  input vpn_t clear_vpn_i,
  input key_t mine_i   // any one page and tenant
);

  logic hit, asked_q, known_q, was_known_q;
  row_t row, row_q, was_row_q;
  key_t mine_q;

  atu_rows #(
    .Rows(2)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .read_i,
    .key_i,
    .hit_o(hit),
    .row_o(row),
    .write_i,
    .write_key_i,
    .write_row_i,
    .clear_page_i,
    .clear_all_i,
    .clear_vpn_i
  );

  function automatic logic my_row(logic [15:0] request, logic [18:0] page);
    return request == mine_q.vpn.request && page == mine_q.vpn.page;
  endfunction

  logic writes_mine, clears_mine;
  assign writes_mine = write_i && write_key_i.tenant == mine_q.tenant &&
                       my_row(write_key_i.vpn.request, write_key_i.vpn.page);
  assign clears_mine = clear_all_i ||
                       (clear_page_i && my_row(clear_vpn_i.request, clear_vpn_i.page));

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      known_q <= 1'b0;
      asked_q <= 1'b0;
      mine_q  <= mine_i;
    end else begin
      asked_q <= read_i && key_i.tenant == mine_q.tenant &&
                 my_row(key_i.vpn.request, key_i.vpn.page);
      if (writes_mine) known_q <= 1'b1;
      if (clears_mine) known_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    was_known_q <= known_q;
    was_row_q   <= row_q;
    if (writes_mine) row_q <= write_row_i;
  end

  // What lies where mine would be is mine only if it was written and not cleared.
  logic index, kept;
  assign index = ^{mine_q.vpn.request, mine_q.vpn.page};
  assign kept  = u_dut.valid_q[index] && u_dut.u_ram.mem_q[index][106:72] ==
                 {mine_q.vpn.request, mine_q.vpn.page} &&
                 u_dut.u_ram.mem_q[index][71:56] == mine_q.tenant;

  `SKV_ASSERT(Kept, kept |-> known_q && u_dut.u_ram.mem_q[index][55:0] == row_q)
  `SKV_ASSERT(Found, asked_q && hit |-> was_known_q && row == was_row_q)
  `SKV_COVER(FoundOnce, asked_q && hit)

  // Four requests, four pages and four tenants: few enough to prove.
  function automatic logic few(key_t key);
    return key.vpn.request[15:2] == '0 && key.vpn[35:2] == '0 && key.tenant[15:2] == '0;
  endfunction

  `SKV_ASSUME(SmallMine, few(mine_i) && few(mine_q))
  `SKV_ASSUME(SmallKey, few(key_i))
  `SKV_ASSUME(SmallWritten, few(write_key_i))
  `SKV_ASSUME(SmallCleared, few('{vpn: clear_vpn_i, tenant: '0}))

endmodule
