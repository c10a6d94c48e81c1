// Where a GPU writes what it tells and asks the engines: an AXI4 port for writes.
//
// The burst's address says what it is (mail_e).  Packets, questions and steps go on 16 bytes a cycle,
// those whose byte strobes are all set; tables and weights a beat a cycle.  A burst that is none of
// these, a lane that is written in part, and a beat of a table or weights that is, get SLVERR and
// malformed_o, and so does poison; what else is in the burst goes on, and the engines refuse what is incomplete.  Reads
// get SLVERR.  A burst is answered when all of it was taken.

`include "skv_assert.svh"

module mailbox
  import skv_axi_pkg::*;
  import cxl_speckv_pkg::*;
#(
  parameter logic [7:0] ExactSlot = 8'hFF  // takes no table
) (
  input  logic                      clk_i,
  input  logic                      rst_ni,

  input  logic                      ar_valid_i,
  output logic                      ar_ready_o,
  input  ax_t                       ar_i,
  output logic                      r_valid_o,
  input  logic                      r_ready_i,
  output r_t                        r_o,
  input  logic                      aw_valid_i,
  output logic                      aw_ready_o,
  input  ax_t                       aw_i,
  input  logic                      w_valid_i,
  output logic                      w_ready_o,
  input  w_t                        w_i,
  output logic                      b_valid_o,
  input  logic                      b_ready_i,
  output b_t                        b_o,

  output logic                      packet_valid_o,
  input  logic                      packet_ready_i,
  output lane_t                     packet_o,
  output logic                      packet_last_o,
  output logic                      question_valid_o,
  input  logic                      question_ready_i,
  output prefetch_pkg::ask_t        question_o,
  output logic                      step_valid_o,
  input  logic                      step_ready_i,
  output lstm_pkg::step_t           step_o,
  output logic                      table_valid_o,
  input  logic                      table_ready_i,
  output logic [DataW-1:0]          table_o,
  output logic                      table_last_o,
  output logic [7:0]                table_slot_o,
  output logic                      weights_valid_o,
  input  logic                      weights_ready_i,
  output logic [DataW-1:0]          weights_o,
  output logic                      weights_last_o,

  output logic                      idle_o,
  output logic                      malformed_o
);

  typedef enum logic [1:0] {StIdle, StBeat, StLanes, StAnswer} state_e;

  typedef logic [BeatLanes-1:0] lanes_t;

  // ---- Addresses and data ----

  logic aw_valid, aw_ready, w_valid, w_ready;
  ax_t  aw;
  w_t   w;

  skv_skid #(
    .data_t(ax_t)
  ) u_aw (
    .clk_i,
    .rst_ni,
    .valid_i(aw_valid_i),
    .ready_o(aw_ready_o),
    .data_i (aw_i),
    .valid_o(aw_valid),
    .ready_i(aw_ready),
    .data_o (aw)
  );

  skv_skid #(
    .data_t(w_t)
  ) u_w (
    .clk_i,
    .rst_ni,
    .valid_i(w_valid_i),
    .ready_o(w_ready_o),
    .data_i (w_i),
    .valid_o(w_valid),
    .ready_i(w_ready),
    .data_o (w)
  );

  // ---- A burst ----

  state_e         state_q;
  mail_e          mail_q;
  logic [7:0]     slot_q;
  logic [IdW-1:0] id_q;
  logic           end_q, bad_q, known_q, lanes_mail, whole, part, beat_taken, lane_taken;
  lanes_t         full, some, left_q, rest;
  lane_t [BeatLanes-1:0] data_q;
  logic           last_q;  // beat of the burst

  always_comb begin
    for (int i = 0; i < int'(BeatLanes); i++) begin
      full[i] = &w.strb[LaneBytes*i+:LaneBytes];
      some[i] = |w.strb[LaneBytes*i+:LaneBytes];
    end
  end

  assign lanes_mail = mail_q == MailPacket || mail_q == MailQuestion || mail_q == MailStep;
  assign whole      = full == '1;
  assign part       = lanes_mail ? full != some : !whole;
  assign rest       = left_q & (left_q - 1'b1);  // without the lowest

  always_comb begin
    unique case (mail_q)
      MailTable:   beat_taken = table_ready_i;
      MailWeights: beat_taken = weights_ready_i;
      default:     beat_taken = 1'b1;
    endcase
    if (!known_q) beat_taken = 1'b1;
    unique case (mail_q)
      MailPacket:   lane_taken = packet_ready_i;
      MailQuestion: lane_taken = question_ready_i;
      default:      lane_taken = step_ready_i;
    endcase
  end

  assign aw_ready = state_q == StIdle;
  assign w_ready  = state_q == StBeat && beat_taken;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else begin
      unique case (state_q)
        StIdle: if (aw_valid) state_q <= StBeat;
        StBeat: begin
          if (w_valid && w_ready) begin
            if (known_q && lanes_mail && full != '0) state_q <= StLanes;
            else if (w.last) state_q <= StAnswer;
          end
        end
        StLanes:  if (lane_taken && rest == '0) state_q <= last_q ? StAnswer : StBeat;
        StAnswer: if (b_ready_i) state_q <= StIdle;
        default:  state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) begin
      mail_q  <= mail_e'(aw.addr[27:24]);
      known_q <= aw.addr[27:24] <= MailWeights
          && !(aw.addr[27:24] == MailTable && aw.addr[23:16] == ExactSlot);
      slot_q  <= aw.addr[23:16];
      end_q   <= aw.addr[MailEndBit];
      id_q    <= aw.id;
      bad_q   <= 1'b0;
    end
    if (w_valid && w_ready) begin
      data_q <= w.data;
      left_q <= full;
      last_q <= w.last;
      if (!known_q || part || w.poison) bad_q <= 1'b1;
    end
    if (state_q == StLanes && lane_taken) left_q <= rest;
  end

  // ---- Lanes: the lowest that is left ----

  logic  lane_valid, lane_last;
  lane_t lane;

  always_comb begin
    lane = data_q[0];
    for (int i = int'(BeatLanes) - 1; i >= 0; i--) if (left_q[i]) lane = data_q[i];
  end

  assign lane_valid = state_q == StLanes;
  assign lane_last  = last_q && rest == '0;

  assign packet_valid_o   = lane_valid && mail_q == MailPacket;
  assign packet_o         = lane;
  assign packet_last_o    = lane_last;
  assign question_valid_o = lane_valid && mail_q == MailQuestion;
  assign question_o       = prefetch_pkg::ask_t'(lane[$bits(prefetch_pkg::ask_t)-1:0]);
  assign step_valid_o     = lane_valid && mail_q == MailStep;
  assign step_o           = lstm_pkg::step_t'(lane[$bits(lstm_pkg::step_t)-1:0]);

  // ---- Beats ----

  assign table_valid_o   = state_q == StBeat && w_valid && known_q && mail_q == MailTable;
  assign table_o         = w.data;
  assign table_last_o    = end_q & w.last;
  assign table_slot_o    = slot_q;
  assign weights_valid_o = state_q == StBeat && w_valid && known_q && mail_q == MailWeights;
  assign weights_o       = w.data;
  assign weights_last_o  = end_q & w.last;

  // ---- Answers ----

  assign b_valid_o   = state_q == StAnswer;
  assign b_o         = '{id: id_q, resp: bad_q ? RespSlverr : RespOkay};
  assign malformed_o = b_valid_o & b_ready_i & bad_q;
  assign idle_o      = state_q == StIdle && !aw_valid;

  logic       reading_q;
  ax_t        ar_q;
  logic [7:0] read_q;  // beats

  always_ff @(posedge clk_i) begin
    if (!rst_ni) reading_q <= 1'b0;
    else if (!reading_q) reading_q <= ar_valid_i;
    else if (r_ready_i && r_o.last) reading_q <= 1'b0;
  end

  always_ff @(posedge clk_i) begin
    if (!reading_q) begin
      ar_q   <= ar_i;
      read_q <= '0;
    end else if (r_ready_i) read_q <= read_q + 1'b1;
  end

  assign ar_ready_o = !reading_q;
  assign r_valid_o  = reading_q;
  assign r_o        = '{
    id: ar_q.id,
    data: '0,
    resp: RespSlverr,
    last: read_q == ar_q.len,
    poison: 1'b0
  };

  `SKV_ASSERT(PacketHeld, packet_valid_o && !packet_ready_i |=> packet_valid_o
              && $stable({packet_o, packet_last_o}))
  `SKV_ASSERT(QuestionHeld, question_valid_o && !question_ready_i |=> question_valid_o
              && $stable(question_o))
  `SKV_ASSERT(StepHeld, step_valid_o && !step_ready_i |=> step_valid_o && $stable(step_o))
  `SKV_ASSERT(LaneToSend, lane_valid |-> left_q != '0)

  logic unused;
  assign unused = &{1'b0, aw, ar_q.addr};

endmodule
