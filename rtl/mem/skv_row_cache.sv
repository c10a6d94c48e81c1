// Where rows of the page table are: a direct-mapped memory of row pointers.
//
// A pointer is of a request's page and counts for its owner only; another tenant's lookup never
// hits.  The outcome of a lookup comes a cycle later; it sees what was written before its cycle.
// A clear wins over a write of the same cycle.

`include "skv_assert.svh"

module skv_row_cache
  import skv_mem_pkg::*;
#(
  parameter type row_t = unit_t,
  parameter int unsigned Rows = 128
) (
  input  logic    clk_i,
  input  logic    rst_ni,

  input  logic    read_i,
  input  row_id_t id_i,
  output logic    hit_o,
  output row_t    row_o,

  input  logic    write_i,
  input  row_id_t write_id_i,
  input  row_t    write_row_i,

  input  logic    clear_i      // everything
);

  `SKV_CHECK_PARAM(Rows, Rows >= 2 && Rows == 1 << $clog2(Rows))

  localparam int unsigned IndexW = $clog2(Rows);

  typedef logic [IndexW-1:0] index_t;
  typedef struct packed {
    row_id_t id;
    row_t    row;
  } word_t;

  function automatic index_t index_of(logic [34:0] bits);
    index_t index;
    index = '0;
    for (int i = 0; i < 35; i++) index[i%int'(IndexW)] ^= bits[i];
    return index;
  endfunction

  logic [Rows-1:0] valid_q;
  logic            read_valid_q;
  row_id_t         id_q;
  word_t           word;
  index_t          read_index, write_index;

  assign read_index  = index_of({id_i.request, id_i.page});
  assign write_index = index_of({write_id_i.request, write_id_i.page});

  skv_sdpram #(
    .Width($bits(word_t)),
    .Depth(Rows)
  ) u_ram (
    .clk_i,
    .we_i   (write_i),
    .waddr_i(write_index),
    .wdata_i({write_id_i, write_row_i}),
    .re_i   (read_i),
    .raddr_i(read_index),
    .rdata_o(word)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni || clear_i) valid_q <= '0;
    else if (write_i) valid_q[write_index] <= 1'b1;
  end

  always_ff @(posedge clk_i) begin
    id_q         <= id_i;
    read_valid_q <= valid_q[read_index];
  end

  assign hit_o = read_valid_q && word.id == id_q;
  assign row_o = word.row;

endmodule
