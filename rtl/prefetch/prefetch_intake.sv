// Takes packets in and hands on those that are well formed, a report with its codes.
//
// A packet is handed on when it is complete; the next is taken when ready_i was high.  Codes stay
// until then: codes_o is word word_i, a cycle later.  A byte above 127 counts as 127.  A packet of
// an unknown kind, of another length than its header says, or with a bit set that is to be zero is
// dropped.

`include "skv_assert.svh"

module prefetch_intake
  import prefetch_pkg::*;
#(
  parameter int unsigned Pages = 256
) (
  input  logic             clk_i,
  input  logic             rst_ni,

  input  logic             s_valid_i,
  output logic             s_ready_o,
  input  beat_t            s_data_i,
  input  logic             s_last_i,

  output logic             valid_o,
  input  logic             ready_i,
  output header_t          header_o,
  input  logic [WordW-1:0] word_i,
  output codes_t           codes_o,
  output logic             dropped_o   // a packet
);

  typedef enum logic [1:0] {StHeader, StCodes, StDrop, StOffer} state_e;

  state_e           state_q;
  header_t          header, header_q;
  logic [WordW-1:0] at_q, last_word;
  logic             take, sound, ends, wrong;
  codes_t           codes;

  assign take      = s_valid_i && s_ready_o;
  assign header    = s_data_i;
  assign last_word = WordW'((header_q.pages - 16'd1) >> $clog2(Lanes));
  assign ends      = at_q == last_word;

  // Of a header: all but a report's ends with it.
  always_comb begin
    sound = header.kind <= PacketEnd && header.zero == '0;
    if (header.kind == PacketReport) begin
      sound = sound && !s_last_i && header.pages != '0 && header.pages <= 16'(Pages);
    end else begin
      sound = sound && s_last_i;
    end
  end

  assign wrong     = state_q == StHeader ? !sound : state_q == StCodes && s_last_i != ends;
  assign dropped_o = take && wrong;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StHeader;
    end else begin
      unique case (state_q)
        StHeader, StCodes: begin
          if (take && wrong) state_q <= s_last_i ? StHeader : StDrop;
          else if (take) state_q <= s_last_i ? StOffer : StCodes;
        end
        StDrop:  if (take && s_last_i) state_q <= StHeader;
        default: if (ready_i) state_q <= StHeader;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      at_q <= state_q == StHeader ? '0 : at_q + 1'b1;
      if (state_q == StHeader) header_q <= header;
    end
  end

  always_comb begin
    for (int i = 0; i < int'(Lanes); i++) begin
      codes[i] = s_data_i[8*i+:7] | {7{s_data_i[8*i+7]}};
    end
  end

  skv_sdpram #(
    .Width($bits(codes_t)),
    .Depth(1 << WordW)
  ) u_codes (
    .clk_i,
    .we_i   (take && state_q == StCodes),
    .waddr_i(at_q),
    .wdata_i(codes),
    .re_i   (1'b1),
    .raddr_i(word_i),
    .rdata_o(codes_o)
  );

  assign s_ready_o = state_q != StOffer;
  assign valid_o   = state_q == StOffer;
  assign header_o  = header_q;

  `SKV_ASSUME(InputHeld,
              s_valid_i && !s_ready_o |=> s_valid_i && $stable(s_data_i) && $stable(s_last_i))
  `SKV_ASSERT(OutputHeld, valid_o && !ready_i |=> valid_o && $stable(header_o))

endmodule
