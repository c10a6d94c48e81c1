// Takes an image of weights (docs/lstm.md, "Image") and hands its beats to the memories.
//
// An image waits until the engine is empty: while hold_o is high no step may enter, and beats are
// taken only once idle_i says that none is inside.  There are no weights from an image's first beat
// until the whole of a good one is in, which loaded_* reports.

`include "skv_assert.svh"

module lstm_loader
  import lstm_pkg::*;
#(
  parameter int unsigned OutputGroups = 512
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         s_axis_weights_tvalid_i,
  output logic         s_axis_weights_tready_o,
  input  logic [511:0] s_axis_weights_tdata_i,
  input  logic         s_axis_weights_tlast_i,

  output logic         hold_o,
  input  logic         idle_i,

  output logic         rows_write_o,
  output logic         weights_write_o,
  output logic [15:0]  at_o,             // group of rows, or word of weights
  output logic [2:0]   lane_o,
  output logic [511:0] beat_o,

  output logic         loaded_valid_o,   // for a cycle, behind an image
  output logic         loaded_ok_o,
  output logic         loaded_o,         // there are weights
  output logic [16:0]  vocabulary_o,
  output logic [15:0]  last_group_o
);

  `SKV_CHECK_PARAM(OutputGroups, OutputGroups >= 1 && OutputGroups <= 4096)

  localparam logic [31:0] Magic = "LVKS";
  localparam logic [31:0] Version = 32'd1;
  localparam logic [31:0] MaxVocabulary = 32'h10000;

  typedef struct packed {
    logic [31:0] groups;
    logic [31:0] vocabulary;
    logic [31:0] version;
    logic [31:0] magic;
  } header_t;

  typedef enum logic [2:0] {StWait, StHeader, StCheck, StRows, StWeights, StDrop, StEnd} state_e;

  state_e      state_q;
  header_t     header_q;
  logic        hold_q, ok_q, loaded_q, header_last_q;
  logic        rows_write_q, weights_write_q;
  logic [15:0] index_q, at_q, last_group_q, last_word_q;
  logic [2:0]  lane_q, lane_out_q;
  logic [511:0] beat_q;

  logic take, header_ok, last_row, last_weight;
  assign take        = s_axis_weights_tvalid_i & s_axis_weights_tready_o;
  assign last_row    = index_q == last_group_q;
  assign last_weight = index_q == last_word_q && &lane_q;
  assign header_ok   = header_q.magic == Magic && header_q.version == Version
                    && header_q.vocabulary != '0 && header_q.vocabulary <= MaxVocabulary
                    && header_q.groups != '0 && header_q.groups <= 32'(OutputGroups);

  assign s_axis_weights_tready_o = state_q == StHeader || state_q == StRows
                                || state_q == StWeights || state_q == StDrop;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q         <= StWait;
      hold_q          <= 1'b0;
      ok_q            <= 1'b0;
      loaded_q        <= 1'b0;
      rows_write_q    <= 1'b0;
      weights_write_q <= 1'b0;
    end else begin
      rows_write_q    <= take && state_q == StRows;
      weights_write_q <= take && state_q == StWeights;
      unique case (state_q)
        StWait: begin
          hold_q <= s_axis_weights_tvalid_i;
          ok_q   <= 1'b0;
          if (hold_q && idle_i) state_q <= StHeader;
        end
        StHeader: if (take) begin
          loaded_q <= 1'b0;
          state_q  <= StCheck;
        end
        StCheck: begin
          if (header_last_q) state_q <= StEnd;
          else state_q <= header_ok ? StRows : StDrop;
        end
        StRows: if (take) begin
          if (s_axis_weights_tlast_i) state_q <= StEnd;
          else if (last_row) state_q <= StWeights;
        end
        StWeights: if (take) begin
          if (s_axis_weights_tlast_i) begin
            state_q <= StEnd;
            ok_q    <= last_weight;
          end else if (last_weight) state_q <= StDrop;
        end
        StDrop: if (take && s_axis_weights_tlast_i) state_q <= StEnd;
        StEnd: begin
          state_q  <= StWait;
          hold_q   <= 1'b0;
          loaded_q <= ok_q;
        end
        default: state_q <= StWait;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    beat_q     <= s_axis_weights_tdata_i;
    at_q       <= index_q;
    lane_out_q <= lane_q;
    if (state_q == StHeader) begin
      header_q      <= s_axis_weights_tdata_i[127:0];
      header_last_q <= s_axis_weights_tlast_i;
    end
    if (state_q == StCheck) begin
      index_q      <= '0;
      lane_q       <= '0;
      last_group_q <= 16'(GateGroups) + header_q.groups[15:0] - 16'd1;
      last_word_q  <= 16'(GateWords) + {header_q.groups[14:0], 1'b0} - 16'd1;
    end else if (take) begin
      if (state_q == StRows) index_q <= last_row ? '0 : index_q + 1'b1;
      if (state_q == StWeights) begin
        lane_q <= lane_q + 1'b1;
        if (&lane_q) index_q <= index_q + 1'b1;
      end
    end
  end

  assign hold_o          = hold_q;
  assign rows_write_o    = rows_write_q;
  assign weights_write_o = weights_write_q;
  assign at_o            = at_q;
  assign lane_o          = lane_out_q;
  assign beat_o          = beat_q;
  assign loaded_valid_o  = state_q == StEnd;
  assign loaded_ok_o     = ok_q;
  assign loaded_o        = loaded_q;
  assign vocabulary_o    = header_q.vocabulary[16:0];
  assign last_group_o    = last_group_q;

  `SKV_ASSERT(OnlyWhileEmpty, take |-> idle_i && hold_q)
  `SKV_ASSERT(OneMemory, !(rows_write_o && weights_write_o))
  `SKV_ASSERT(UnloadedUnlessOk, loaded_valid_o |-> !loaded_o)

endmodule
