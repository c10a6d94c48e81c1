// Largest magnitude of each page, as the bit pattern without sign.
//
// Magnitudes of one floating-point format order as integers; a NaN or an infinity is larger than
// any number.  Latency 3 cycles from a page's last row.

module int8rle_amax
  import int8rle_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        valid_i,
  input  logic        first_i,
  input  logic        last_i,
  input  row_t        row_i,

  output logic        valid_o,
  output logic [14:0] amax_o
);

  typedef logic [14:0] mag_t;

  // All pairs compared at once: one comparison deep instead of two.
  function automatic mag_t max4(mag_t a, mag_t b, mag_t c, mag_t d);
    logic ab, ac, ad, bc, bd, cd;
    ab = a >= b;
    ac = a >= c;
    ad = a >= d;
    bc = b >= c;
    bd = b >= d;
    cd = c >= d;
    return ({15{ab & ac & ad}} & a) | ({15{~ab & bc & bd}} & b)
         | ({15{~ac & ~bc & cd}} & c) | ({15{~ad & ~bd & ~cd}} & d);
  endfunction

  mag_t [7:0] of4_q;
  mag_t [1:0] of16_q;
  mag_t       page_q;
  logic [2:0] valid_q;
  logic [1:0] first_q, last_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= '0;
    else valid_q <= {valid_q[1] & last_q[1], valid_q[0], valid_i};
  end

  always_ff @(posedge clk_i) begin
    first_q <= {first_q[0], first_i};
    last_q  <= {last_q[0], last_i};
    for (int unsigned i = 0; i < 8; i++) begin
      of4_q[i] <= max4(row_i[4*i][14:0], row_i[4*i+1][14:0], row_i[4*i+2][14:0],
                       row_i[4*i+3][14:0]);
    end
    for (int unsigned i = 0; i < 2; i++) begin
      of16_q[i] <= max4(of4_q[4*i], of4_q[4*i+1], of4_q[4*i+2], of4_q[4*i+3]);
    end
    if (valid_q[1]) begin
      page_q <= max4(first_q[1] ? '0 : page_q, of16_q[0], of16_q[1], '0);
    end
  end

  assign valid_o = valid_q[2];
  assign amax_o  = page_q;

endmodule
