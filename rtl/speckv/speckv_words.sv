// Reads one page's tail stream, or a raw page: up to Lanes 16-bit words a cycle, in order.
//
// load_i starts a page of units_i rows, forward for a raw page, else backward from its end behind
// the CRC.  From three cycles later on, take_i words are taken each cycle, and words_o has them a
// cycle later, the first at lane 0; what is behind them is undefined.

module speckv_words
  import speckv_pkg::*;
(
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            load_i,
  input  logic            raw_i,
  input  logic [RowW:0]   units_i,
  output logic            read_o,
  output logic [RowW-1:0] row_o,
  input  row_t            data_i,  // the row last read

  input  lane_count_t     take_i,
  output row_t            words_o,
  output logic [11:0]     taken_o  // words of the page so far
);

  localparam int unsigned CrcWords = CrcBits / 16;

  // Two rows; the RAM's output holds the one behind them.
  row_t             low_q, high_q, next, words_q;
  logic             raw_q, advance;
  logic [1:0]       loading_q;
  logic [RowW-1:0]  row_q, first_row;
  logic [LaneW-1:0] ptr_q;
  logic [LaneW:0]   ptr_d;
  logic [11:0]      taken_q;

  assign first_row = raw_i ? '0 : RowW'(units_i - 1'b1);
  assign ptr_d     = {1'b0, ptr_q} + take_i;
  assign advance   = loading_q != '0 || ptr_d[LaneW];
  assign read_o    = load_i | advance;
  assign row_o     = load_i ? first_row : row_q;

  always_comb begin
    for (int unsigned i = 0; i < Lanes; i++) next[i] = raw_q ? data_i[i] : data_i[Lanes-1-i];
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) loading_q <= '0;
    else loading_q <= {loading_q[0], load_i};
  end

  always_ff @(posedge clk_i) begin
    words_q <= RowBits'({high_q, low_q} >> {ptr_q, 4'b0});
    if (load_i) begin
      raw_q   <= raw_i;
      ptr_q   <= raw_i ? '0 : LaneW'(CrcWords);
      row_q   <= raw_i ? RowW'(1) : first_row - 1'b1;
      taken_q <= '0;
    end else begin
      if (loading_q == '0) begin
        ptr_q   <= ptr_d[LaneW-1:0];
        taken_q <= taken_q + 12'(take_i);
      end
      if (advance) row_q <= raw_q ? row_q + 1'b1 : row_q - 1'b1;
    end
    if (advance) begin
      low_q  <= high_q;
      high_q <= next;
    end
  end

  assign words_o = words_q;
  assign taken_o = taken_q;

endmodule
