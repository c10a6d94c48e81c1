// The next-token predictor: a two-layer LSTM that takes one step a token (docs/lstm.md).
//
// A step names a request's slot and the token it has come to; the answer, in the order of the steps,
// has the four likeliest next ones.  States are in device memory, 1 KB a slot: read before a step,
// written back before its answer.  Weights come over a stream of their own and stay on chip.
//
// Without a prediction a step takes 192 + 256 cycles of work, with one 2 more for each of the
// image's groups of eight output rows; filling and draining of the pipelines and the accesses to
// memory come on top, most of the latter behind the output rows of the step before.

`include "skv_assert.svh"

module lstm
  import skv_axi_pkg::*;
  import skv_mem_pkg::unit_t;
  import lstm_pkg::*;
#(
  parameter int unsigned Slots = 1024,
  parameter int unsigned OutputGroups = 512  // at most
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  unit_t        embeddings_i,   // a unit a token
  input  unit_t        states_i,       // 16 units a slot; a multiple of 16

  input  logic         s_axis_weights_tvalid_i,
  output logic         s_axis_weights_tready_o,
  input  logic [511:0] s_axis_weights_tdata_i,
  input  logic         s_axis_weights_tlast_i,
  output logic         loaded_valid_o,
  output logic         loaded_ok_o,

  input  logic         step_valid_i,
  output logic         step_ready_o,
  input  step_t        step_i,
  output logic         answer_valid_o,
  input  logic         answer_ready_i,
  output answer_t      answer_o,

  output logic         ar_valid_o,
  input  logic         ar_ready_i,
  output ax_t          ar_o,
  input  logic         r_valid_i,
  output logic         r_ready_o,
  input  r_t           r_i,
  output logic         aw_valid_o,
  input  logic         aw_ready_i,
  output ax_t          aw_o,
  output logic         w_valid_o,
  input  logic         w_ready_i,
  output w_t           w_o,
  input  logic         b_valid_i,
  output logic         b_ready_o,
  input  b_t           b_i
);

  localparam int unsigned Words = 1 << $clog2(GateWords + 2 * OutputGroups);
  localparam int unsigned Groups = 1 << $clog2(GateGroups + OutputGroups);

  // ---- Weights ----

  logic         hold, loaded, fetch_idle, sequencer_idle;
  logic         rows_write, weights_write;
  logic [15:0]  load_at, last_group;
  logic [2:0]   load_lane;
  logic [511:0] load_beat;
  logic [16:0]  vocabulary;

  lstm_loader #(
    .OutputGroups(OutputGroups)
  ) u_loader (
    .clk_i,
    .rst_ni,
    .s_axis_weights_tvalid_i,
    .s_axis_weights_tready_o,
    .s_axis_weights_tdata_i,
    .s_axis_weights_tlast_i,
    .hold_o         (hold),
    .idle_i         (fetch_idle & sequencer_idle),
    .rows_write_o   (rows_write),
    .weights_write_o(weights_write),
    .at_o           (load_at),
    .lane_o         (load_lane),
    .beat_o         (load_beat),
    .loaded_valid_o,
    .loaded_ok_o,
    .loaded_o       (loaded),
    .vocabulary_o   (vocabulary),
    .last_group_o   (last_group)
  );

  // ---- Operands in, states out ----

  logic         vector_valid, vector_bytes, vector_half, cells_valid, job_valid, job_ready, saved;
  logic         save_error, pair_valid;
  logic [3:0]   vector_chunk;
  logic [2:0]   cells_at;
  logic [511:0] fetched;
  logic [6:0]   pair;
  value_t [1:0] h, cell_values;
  job_t         job;
  slot_t        slot;

  lstm_fetch #(
    .Slots(Slots)
  ) u_fetch (
    .clk_i,
    .rst_ni,
    .embeddings_i,
    .states_i,
    .hold_i        (hold),
    .loaded_i      (loaded),
    .vocabulary_i  (vocabulary),
    .idle_o        (fetch_idle),
    .step_valid_i,
    .step_ready_o,
    .step_i,
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
    .vector_valid_o(vector_valid),
    .vector_chunk_o(vector_chunk),
    .vector_bytes_o(vector_bytes),
    .vector_half_o (vector_half),
    .cells_valid_o (cells_valid),
    .cells_at_o    (cells_at),
    .beat_o        (fetched),
    .job_valid_o   (job_valid),
    .job_ready_i   (job_ready),
    .job_o         (job),
    .release_i     (saved)
  );

  lstm_save u_save (
    .clk_i,
    .rst_ni,
    .states_i,
    .slot_i      (slot),
    .pair_valid_i(pair_valid),
    .pair_i      (pair),
    .h_i         (h),
    .cell_i      (cell_values),
    .done_o      (saved),
    .error_o     (save_error),
    .aw_valid_o,
    .aw_ready_i,
    .aw_o,
    .w_valid_o,
    .w_ready_i,
    .w_o,
    .b_valid_i,
    .b_ready_o,
    .b_i
  );

  // ---- The work ----

  logic               start, op_valid, layer_done, ranked, sums_valid, output_rows, finish;
  op_t                op;
  chunk_t             chunk;
  group_t             sums;
  token_t [Lanes-1:0] tokens;
  best_t              best;

  lstm_sequencer u_sequencer (
    .clk_i,
    .rst_ni,
    .job_valid_i   (job_valid),
    .job_ready_o   (job_ready),
    .job_i         (job),
    .last_group_i  (last_group),
    .idle_o        (sequencer_idle),
    .start_o       (start),
    .slot_o        (slot),
    .op_valid_o    (op_valid),
    .op_o          (op),
    .layer_done_i  (layer_done),
    .saved_i       (saved),
    .save_error_i  (save_error),
    .ranked_i      (ranked),
    .best_i        (best),
    .answer_valid_o,
    .answer_ready_i,
    .answer_o
  );

  assign layer_done = pair_valid && &pair[5:0];

  lstm_vectors u_vectors (
    .clk_i,
    .rst_ni,
    .beat_valid_i(vector_valid),
    .beat_chunk_i(vector_chunk),
    .beat_bytes_i(vector_bytes),
    .beat_half_i (vector_half),
    .beat_i      (fetched),
    .pair_valid_i(pair_valid),
    .pair_chunk_i((pair[6] ? AtNew1 : AtNew0) + 4'(pair[5])),
    .pair_index_i(pair[4:0]),
    .pair_i      (h),
    .chunk_i     (op.chunk),
    .chunk_o     (chunk)
  );

  lstm_matrix #(
    .Words (Words),
    .Groups(Groups)
  ) u_matrix (
    .clk_i,
    .rst_ni,
    .rows_write_i   (rows_write),
    .rows_group_i   (load_at[$clog2(Groups)-1:0]),
    .weights_write_i(weights_write),
    .weights_word_i (load_at[$clog2(Words)-1:0]),
    .weights_lane_i (load_lane),
    .beat_i         (load_beat),
    .op_valid_i     (op_valid),
    .op_i           (op),
    .chunk_i        (chunk),
    .valid_o        (sums_valid),
    .output_row_o   (output_rows),
    .finish_o       (finish),
    .z_o            (sums),
    .tokens_o       (tokens)
  );

  lstm_cells u_cells (
    .clk_i,
    .rst_ni,
    .old_valid_i (cells_valid),
    .old_at_i    (cells_at),
    .old_i       (fetched),
    .start_i     (start),
    .valid_i     (sums_valid & ~output_rows),
    .z_i         (sums),
    .pair_valid_o(pair_valid),
    .pair_o      (pair),
    .h_o         (h),
    .cell_o      (cell_values)
  );

  lstm_rank u_rank (
    .clk_i,
    .rst_ni,
    .start_i (start),
    .valid_i (sums_valid & output_rows),
    .finish_i(finish),
    .keys_i  (sums),
    .tokens_i(tokens),
    .done_o  (ranked),
    .best_o  (best)
  );

  logic unused;
  assign unused = &{1'b0, load_at};

  skv_axi_rules u_rules (
    .clk_i,
    .rst_ni,
    .ar_valid_i(ar_valid_o),
    .ar_ready_i,
    .ar_i      (ar_o),
    .r_valid_i,
    .r_ready_i (r_ready_o),
    .r_i,
    .aw_valid_i(aw_valid_o),
    .aw_ready_i,
    .aw_i      (aw_o),
    .w_valid_i (w_valid_o),
    .w_ready_i,
    .w_i       (w_o),
    .b_valid_i,
    .b_ready_i (b_ready_o),
    .b_i
  );

  `SKV_ASSUME(StepHeld, step_valid_i && !step_ready_o |=> step_valid_i && $stable(step_i))
  `SKV_ASSUME(StatesAligned, states_i[3:0] == '0)

endmodule
