// Reads a pointer from memory and checks it.
//
// One at a time; done_o is high for a cycle, four cycles after the data.  Whether the address is
// a sensible one is for the asker to judge.

`include "skv_assert.svh"

module pagestore_reader
  import skv_axi_pkg::*;
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
(
  input  logic   clk_i,
  input  logic   rst_ni,

  input  logic   valid_i,
  output logic   ready_o,
  input  read_t  read_i,
  output logic   done_o,
  output found_t found_o,     // until the next is asked for

  output logic   ar_valid_o,
  input  logic   ar_ready_i,
  output ax_t    ar_o,
  input  logic   r_valid_i,
  output logic   r_ready_o,
  input  r_t     r_i
);

  typedef enum logic [2:0] {StIdle, StAddress, StData, StCheck, StCompare, StDone} state_e;

  state_e      state_q;
  read_t       read_q;
  logic        error_q, absent_q, shape_q;
  pointer_t    word_q, body;
  logic [15:0] check_q;
  found_t      found_q;

  assign ready_o    = state_q == StIdle;
  assign done_o     = state_q == StDone;
  assign found_o    = found_q;
  assign ar_valid_o = state_q == StAddress;
  assign ar_o       = '{id: '0, addr: {18'd0, read_q.unit, 6'd0}, len: '0};
  assign r_ready_o  = 1'b1;

  always_comb begin
    body = word_q;
    body.check = '0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:    if (valid_i) state_q <= StAddress;
        StAddress: if (ar_ready_i) state_q <= StData;
        StData:    if (r_valid_i) state_q <= StCheck;
        StCheck:   state_q <= StCompare;
        StCompare: state_q <= StDone;
        default:   state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) read_q <= read_i;
    if (r_valid_i) begin
      word_q  <= r_i.data[64*read_q.word+:64];
      error_q <= is_error(r_i.resp) || r_i.poison;
    end
    check_q  <= check64(read_q.key, body);
    absent_q <= word_q == '0;
    shape_q  <= word_q.valid && word_q.zero == '0;
    if (state_q == StCompare) begin
      found_q.absent  <= absent_q;
      found_q.address <= word_q.address;
      if (error_q) found_q.status <= StoreBus;
      else if (absent_q || (shape_q && check_q == word_q.check)) found_q.status <= StoreOk;
      else found_q.status <= StoreMalformed;
    end
  end

  `SKV_ASSUME(AskedHeld, valid_i && !ready_o |=> valid_i && $stable(read_i))
  `SKV_ASSUME(DataAskedFor, r_valid_i |-> state_q == StData && r_i.last)

  logic unused;
  assign unused = &{1'b0, r_i.id, r_i.last};

endmodule
