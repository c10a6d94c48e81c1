// Works through a job: layer 0, layer 1, the output rows if there is to be a prediction; then gives
// the answer.

`include "skv_assert.svh"

module lstm_sequencer
  import lstm_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        job_valid_i,
  output logic        job_ready_o,
  input  job_t        job_i,
  input  logic [15:0] last_group_i,
  output logic        idle_o,

  output logic        start_o,        // of a step's work
  output slot_t       slot_o,
  output logic        op_valid_o,
  output op_t         op_o,

  input  logic        layer_done_i,   // its outputs are all in the vectors
  input  logic        saved_i,
  input  logic        save_error_i,
  input  logic        ranked_i,
  input  best_t       best_i,

  output logic        answer_valid_o,
  input  logic        answer_ready_i,
  output answer_t     answer_o
);

  typedef enum logic [2:0] {StIdle, StIssue, StLayer, StWait, StAnswer} state_e;
  typedef enum logic [1:0] {Layer0, Layer1, Output} phase_e;

  state_e      state_q;
  phase_e      phase_q;
  job_t        job_q;
  logic        saved_q, ranked_q;
  logic [1:0]  chunk_q;
  logic [15:0] group_q, word_q;
  logic        op_valid_q;
  op_t         op_q, op_d;

  logic accept, last_chunk, last_group;
  assign accept = job_valid_i & job_ready_o;

  always_comb begin
    unique case (phase_q)
      Layer0: begin
        last_chunk = chunk_q == 2'd2;
        last_group = group_q[6:0] == 7'd63;
      end
      Layer1: begin
        last_chunk = chunk_q == 2'd3;
        last_group = group_q[6:0] == 7'd127;
      end
      default: begin
        last_chunk = chunk_q == 2'd1;
        last_group = group_q == last_group_i;
      end
    endcase
  end

  always_comb begin
    op_d = '{
      word: word_q,
      group: group_q,
      chunk: 4'(chunk_q),
      first: chunk_q == '0,
      last: last_chunk,
      output_row: phase_q == Output,
      finish: phase_q == Output && last_group
    };
    if (phase_q == Layer1) op_d.chunk = AtNew0 + 4'(chunk_q);
    if (phase_q == Output) op_d.chunk = AtNew1 + 4'(chunk_q);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q    <= StIdle;
      phase_q    <= Layer0;
      op_valid_q <= 1'b0;
      saved_q    <= 1'b0;
      ranked_q   <= 1'b0;
    end else begin
      op_valid_q <= state_q == StIssue;
      saved_q    <= (saved_q | saved_i) & !accept;
      ranked_q   <= (ranked_q | ranked_i) & !accept;
      unique case (state_q)
        StIdle: begin
          phase_q <= Layer0;
          if (job_valid_i) state_q <= job_i.status == StatusOk ? StIssue : StAnswer;
        end
        StIssue: if (last_chunk && last_group) state_q <= phase_q == Output ? StWait : StLayer;
        StLayer: if (layer_done_i) begin
          phase_q <= phase_q == Layer0 ? Layer1 : Output;
          state_q <= phase_q == Layer0 || job_q.predict ? StIssue : StWait;
        end
        StWait: if (saved_q && (ranked_q || !job_q.predict)) state_q <= StAnswer;
        StAnswer: if (answer_ready_i) state_q <= StIdle;
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    op_q <= op_d;
    if (accept) job_q <= job_i;
    else if (saved_i && save_error_i) job_q.status <= StatusWrite;
    if (accept) begin
      chunk_q <= '0;
      group_q <= '0;
      word_q  <= '0;
    end else if (state_q == StIssue) begin
      chunk_q <= last_chunk ? '0 : chunk_q + 1'b1;
      word_q  <= word_q + 1'b1;
      if (last_chunk) group_q <= group_q + 1'b1;
    end
  end

  assign job_ready_o    = state_q == StIdle;
  assign idle_o         = state_q == StIdle;
  assign start_o        = accept;
  assign slot_o         = job_q.slot;
  assign op_valid_o     = op_valid_q;
  assign op_o           = op_q;
  assign answer_valid_o = state_q == StAnswer;
  assign answer_o       = '{
    slot: job_q.slot,
    status: job_q.status,
    tokens: job_q.predict && job_q.status == StatusOk ? best_i : '0
  };

  `SKV_ASSERT(AnswerHeld, answer_valid_o && !answer_ready_i |=> answer_valid_o && $stable(answer_o))
  `SKV_ASSERT(LayerDoneInTime, layer_done_i |-> state_q == StLayer)

endmodule
