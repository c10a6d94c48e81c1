// Cuts the raw stream into pages of exactly Rows rows.
//
// A page whose TLAST comes early is filled up with zero rows; what follows the last beat without
// TLAST is dropped up to TLAST.  Either page is marked malformed on its last row.  A page starts
// only while page_room_i is high; its rows are not held up after that.

`include "skv_assert.svh"

module skv_page_framer #(
  parameter type data_t = logic [511:0],
  parameter type user_t = logic,
  parameter int unsigned Rows = 64,
  localparam int unsigned RowW = $clog2(Rows)
) (
  input  logic            clk_i,
  input  logic            rst_ni,

  input  logic            valid_i,
  output logic            ready_o,
  input  data_t           data_i,
  input  logic            last_i,
  input  user_t           user_i,

  input  logic            page_room_i,

  output logic            valid_o,
  output data_t           row_o,
  output logic [RowW-1:0] index_o,
  output logic            last_o,
  output logic            malformed_o,
  output user_t           user_o      // on a page's first row
);

  typedef enum logic [1:0] {StPage, StFill, StDrop} state_e;

  state_e          state_q;
  logic [RowW-1:0] index_q;

  logic take;
  assign take = valid_i & ready_o;

  assign ready_o     = state_q == StDrop || (state_q == StPage && (index_q != '0 || page_room_i));
  assign valid_o     = state_q == StFill || (state_q == StPage && take);
  assign row_o       = state_q == StFill ? '0 : data_i;
  assign index_o     = index_q;
  assign last_o      = &index_q;
  assign malformed_o = state_q == StFill || !last_i;
  assign user_o    = user_i;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StPage;
      index_q <= '0;
    end else begin
      if (valid_o) index_q <= index_q + 1'b1;
      unique case (state_q)
        StPage: begin
          if (take && last_i && !last_o) state_q <= StFill;
          if (take && !last_i && last_o) state_q <= StDrop;
        end
        StFill: if (last_o) state_q <= StPage;
        StDrop: if (take && last_i) state_q <= StPage;
        default: state_q <= StPage;
      endcase
    end
  end

  `SKV_ASSERT(FillInsidePage, state_q == StFill |-> index_q != '0)
  `SKV_ASSERT(DropBetweenPages, state_q == StDrop |-> index_q == '0)

endmodule
