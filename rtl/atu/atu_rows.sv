// Where rows of the page table are: a direct-mapped memory of row pointers that walks found.
//
// A pointer is of a request's page and counts for its owner only; another tenant's lookup never
// hits.  The outcome of a lookup comes a cycle later; it sees what was written before its cycle.
// A clear wins over a write of the same cycle.  Clearing one page clears the place where it would
// be, whatever is there.

`include "skv_assert.svh"

module atu_rows
  import skv_mem_pkg::*;
  import atu_pkg::*;
#(
  parameter int unsigned Rows = 128
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic read_i,
  input  key_t key_i,
  output logic hit_o,
  output row_t row_o,

  input  logic write_i,
  input  key_t write_key_i,
  input  row_t write_row_i,

  input  logic clear_page_i,
  input  logic clear_all_i,
  input  vpn_t clear_vpn_i
);

  `SKV_CHECK_PARAM(Rows, Rows >= 2 && Rows == 1 << $clog2(Rows))

  localparam int unsigned IndexW = $clog2(Rows);

  typedef logic [IndexW-1:0] index_t;
  typedef struct packed {
    logic [15:0] request;
    logic [18:0] page;
    tenant_t     owner;
    row_t        row;
  } word_t;

  function automatic index_t index_of(logic [15:0] request, logic [18:0] page);
    logic [34:0] bits;
    index_t      index;
    bits  = {request, page};
    index = '0;
    for (int i = 0; i < 35; i++) index[i%int'(IndexW)] ^= bits[i];
    return index;
  endfunction

  logic [Rows-1:0] valid_q;
  logic            read_valid_q;
  key_t            key_q;
  word_t           word, written;
  index_t          read_index, write_index, clear_index;

  assign read_index  = index_of(key_i.vpn.request, key_i.vpn.page);
  assign write_index = index_of(write_key_i.vpn.request, write_key_i.vpn.page);
  assign clear_index = index_of(clear_vpn_i.request, clear_vpn_i.page);

  assign written = '{request: write_key_i.vpn.request, page: write_key_i.vpn.page,
                     owner: write_key_i.tenant, row: write_row_i};

  skv_sdpram #(
    .Width($bits(word_t)),
    .Depth(Rows)
  ) u_ram (
    .clk_i,
    .we_i   (write_i),
    .waddr_i(write_index),
    .wdata_i(written),
    .re_i   (read_i),
    .raddr_i(read_index),
    .rdata_o(word)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else begin
      if (write_i) valid_q[write_index] <= 1'b1;
      if (clear_page_i) valid_q[clear_index] <= 1'b0;
      if (clear_all_i) valid_q <= '0;
    end
  end

  always_ff @(posedge clk_i) begin
    key_q        <= key_i;
    read_valid_q <= valid_q[read_index];
  end

  assign hit_o = read_valid_q && word.request == key_q.vpn.request &&
                 word.page == key_q.vpn.page && word.owner == key_q.tenant;
  assign row_o = word.row;

  logic unused;
  assign unused = &{1'b0, key_q, write_key_i, clear_vpn_i};

endmodule
