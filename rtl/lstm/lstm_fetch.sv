// Takes a step, fetches its token's embedding and its request's state, and hands it on as a job.
//
// The next step's operands come in once the job's state is saved (release_i), while its output rows
// are still being worked on.  A step that cannot be done becomes a job that says why.

`include "skv_assert.svh"

module lstm_fetch
  import skv_axi_pkg::*;
  import skv_mem_pkg::unit_t;
  import lstm_pkg::*;
#(
  parameter int unsigned Slots = 1024
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  unit_t        embeddings_i,   // a unit a token
  input  unit_t        states_i,       // 16 units a slot

  input  logic         hold_i,
  input  logic         loaded_i,
  input  logic [16:0]  vocabulary_i,
  output logic         idle_o,

  input  logic         step_valid_i,
  output logic         step_ready_o,
  input  step_t        step_i,

  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output ax_t          ar_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  r_t           r_i,

  output logic         vector_valid_o,
  output logic [3:0]   vector_chunk_o,
  output logic         vector_bytes_o,
  output logic         vector_half_o,
  output logic         cells_valid_o,
  output logic [2:0]   cells_at_o,
  output logic [511:0] beat_o,

  output logic         job_valid_o,
  input  logic         job_ready_i,
  output job_t         job_o,
  input  logic         release_i
);

  `SKV_CHECK_PARAM(Slots, Slots >= 1 && Slots <= 65536)

  typedef enum logic [2:0] {
    StIdle, StCheck, StAskToken, StAskState, StBeats, StZeros, StJob, StBusy
  } state_e;

  state_e     state_q;
  step_t      step_q;
  status_e    status_q;
  ax_t        ar_q;
  logic [4:0] index_q;       // of the beats; the embedding is first
  logic       take, beat;

  assign take = r_valid_i & r_ready_o;
  assign beat = take || state_q == StZeros;

  status_e refused;
  always_comb begin
    refused = StatusOk;
    if (!loaded_i) refused = StatusUnloaded;
    else if (17'(step_q.token) >= vocabulary_i || 32'(step_q.slot) >= Slots) begin
      refused = StatusIllegal;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) state_q <= StIdle;
    else begin
      unique case (state_q)
        StIdle:     if (step_valid_i && !hold_i) state_q <= StCheck;
        StCheck:    state_q <= refused == StatusOk ? StAskToken : StJob;
        StAskToken: if (ar_ready_i) state_q <= step_q.first ? StBeats : StAskState;
        StAskState: if (ar_ready_i) state_q <= StBeats;
        StBeats: begin
          if (take && index_q == 5'(StateBeats)) state_q <= StJob;
          else if (take && step_q.first) state_q <= StZeros;
        end
        StZeros:    if (index_q == 5'(StateBeats)) state_q <= StJob;
        StJob:      if (job_ready_i) state_q <= status_q == StatusOk ? StBusy : StIdle;
        StBusy:     if (release_i) state_q <= StIdle;
        default:    state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (state_q == StIdle) step_q <= step_i;
    if (state_q == StCheck) begin
      status_q <= refused;
      ar_q     <= '{
        id: '0,
        addr: {18'b0, embeddings_i + unit_t'(step_q.token), 6'b0},
        len: '0
      };
    end
    if (state_q == StAskToken && ar_ready_i) begin
      ar_q <= '{
        id: '0,
        addr: {18'b0, states_i + unit_t'({step_q.slot, 4'b0}), 6'b0},
        len: 8'(StateBeats - 1)
      };
    end
    if (take && (is_error(r_i.resp) || r_i.poison)) status_q <= StatusRead;
    if (state_q == StCheck) index_q <= '0;
    else if (beat) index_q <= index_q + 1'b1;
  end

  assign idle_o       = state_q == StIdle;
  assign step_ready_o = state_q == StIdle && !hold_i;
  assign ar_valid_o   = state_q == StAskToken || state_q == StAskState;
  assign ar_o         = ar_q;
  assign r_ready_o    = state_q == StAskState || state_q == StBeats;
  assign job_valid_o  = state_q == StJob;
  assign job_o        = '{slot: step_q.slot, status: status_q, predict: step_q.predict};

  // ---- Where a beat goes: h and cells by turns, four of each a layer ----

  logic [3:0]   state_beat;
  logic         vector_valid_q, vector_bytes_q, cells_valid_q;
  logic [3:0]   chunk_q;
  logic [3:0]   state_beat_q;
  logic [511:0] beat_q;

  assign state_beat = index_q[3:0] - 4'd1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      vector_valid_q <= 1'b0;
      cells_valid_q  <= 1'b0;
    end else begin
      vector_valid_q <= beat && (index_q == '0 || !state_beat[0]);
      cells_valid_q  <= beat && index_q != '0 && state_beat[0];
    end
  end

  always_ff @(posedge clk_i) begin
    beat_q         <= state_q == StZeros ? '0 : r_i.data;
    vector_bytes_q <= index_q == '0;
    state_beat_q   <= state_beat;
    if (index_q == '0) chunk_q <= AtInput;
    else chunk_q <= (state_beat[3] ? AtOld1 : AtOld0) + 4'(state_beat[2]);
  end

  assign vector_valid_o = vector_valid_q;
  assign vector_chunk_o = chunk_q;
  assign vector_bytes_o = vector_bytes_q;
  assign vector_half_o  = state_beat_q[1];
  assign cells_valid_o  = cells_valid_q;
  assign cells_at_o     = state_beat_q[3:1];
  assign beat_o         = beat_q;

  logic unused;
  assign unused = &{1'b0, r_i.id, r_i.last, state_beat_q[0]};

  `SKV_ASSERT(EmbeddingFirst, take && index_q == '0 |-> r_i.last)
  `SKV_ASSERT(ReleasedWhileBusy, release_i |-> state_q == StBusy)
  `SKV_ASSERT(JobHeld, job_valid_o && !job_ready_i |=> job_valid_o && $stable(job_o))

endmodule
