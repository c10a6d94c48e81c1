// Takes table images, checks them, hands their entries to the engine's memories, and knows each
// slot's configuration and CRC.
//
// A table waits until the engine is empty: while hold_o is high no page may enter, and beats are
// taken only once idle_i says that none is inside.  A slot is invalid from a table's first beat
// until the whole of a good table is in, which loaded_* reports.
// A lookup takes one cycle.

`include "skv_assert.svh"

module speckv_table_loader
  import speckv_pkg::*;
#(
  parameter int unsigned Slots = 256
) (
  input  logic         clk_i,
  input  logic         rst_ni,

  input  logic         s_axis_table_tvalid_i,
  output logic         s_axis_table_tready_o,
  input  logic [511:0] s_axis_table_tdata_i,
  input  logic         s_axis_table_tlast_i,
  input  logic [7:0]   s_axis_table_tuser_i,  // slot, on the first beat

  output logic         hold_o,
  input  logic         idle_i,

  output logic         write_valid_o,
  output logic [7:0]   write_slot_o,
  output logic [3:0]   write_index_o,    // which eight channels
  output entry_t [7:0] write_entries_o,

  output logic         loaded_valid_o,
  output logic [7:0]   loaded_slot_o,
  output logic         loaded_ok_o,

  input  logic [7:0]   lookup_slot_i,
  output logic         lookup_valid_o,
  output config_t      lookup_config_o,
  output logic [31:0]  lookup_crc_o
);

  localparam int unsigned SlotW = $clog2(Slots);

  `SKV_CHECK_PARAM(Slots, Slots >= 2 && Slots <= 256 && Slots == 1 << SlotW)

  localparam logic [3:0] MaxLowBits = 4'd6;
  localparam logic [3:0] Fp16Mantissa = 4'd10;
  localparam logic [3:0] Bf16Mantissa = 4'd7;

  function automatic logic in_range(logic [7:0] slot);
    return 9'(slot) < 9'(Slots);
  endfunction

  typedef enum logic [1:0] {StWait, StBeats, StCommit} state_e;

  state_e     state_q;
  logic       hold_q, first_q, ok_q;
  logic [4:0] index_q;  // beats taken, up to one too many
  logic [7:0] slot_q;
  config_t    config_q;

  logic take;
  assign take                  = s_axis_table_tvalid_i & s_axis_table_tready_o;
  assign s_axis_table_tready_o = state_q == StBeats;
  assign hold_o                = hold_q;

  // ---- The first beat ----

  config_t config_d;
  logic    config_ok;

  assign config_d = '{
    low_bits: s_axis_table_tdata_i[19:16],
    lossless: s_axis_table_tdata_i[10],
    hd128: s_axis_table_tdata_i[9],
    bf16: s_axis_table_tdata_i[8]
  };

  always_comb begin
    config_ok = s_axis_table_tdata_i[7:0] == FormatId && s_axis_table_tdata_i[15:11] == '0 &&
                s_axis_table_tdata_i[511:20] == '0;
    if (config_d.lossless) begin
      config_ok &= config_d.low_bits == (config_d.bf16 ? Bf16Mantissa : Fp16Mantissa);
    end else begin
      config_ok &= config_d.low_bits <= MaxLowBits;
    end
  end

  // ---- CRC of the image ----

  logic        crc_valid;
  logic [31:0] crc;

  speckv_crc u_crc (
    .clk_i,
    .rst_ni,
    .valid_i(take),
    .first_i(first_q),
    .last_i (s_axis_table_tlast_i),
    .data_i (s_axis_table_tdata_i),
    .seed_i ('0),
    .valid_o(crc_valid),
    .crc_o  (crc)
  );

  // ---- Control ----

  logic [4:0]       beats;
  logic [Slots-1:0] valid_q;
  logic             good;

  assign beats = config_q.hd128 ? 5'd17 : 5'd9;
  assign good  = ok_q && index_q == beats && in_range(slot_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StWait;
      hold_q  <= 1'b0;
      first_q <= 1'b1;
      valid_q <= '0;
    end else begin
      hold_q <= s_axis_table_tvalid_i || state_q != StWait;
      unique case (state_q)
        StWait:   if (hold_q && s_axis_table_tvalid_i && idle_i) state_q <= StBeats;
        StBeats:  if (take && s_axis_table_tlast_i) state_q <= StCommit;
        StCommit: if (crc_valid) state_q <= StWait;
        default:  state_q <= StWait;
      endcase
      if (take) begin
        first_q <= s_axis_table_tlast_i;
        if (first_q && in_range(s_axis_table_tuser_i)) begin
          valid_q[SlotW'(s_axis_table_tuser_i)] <= 1'b0;
        end
      end
      if (crc_valid && good) valid_q[SlotW'(slot_q)] <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) begin
      if (first_q) begin
        index_q  <= 5'd1;
        slot_q   <= s_axis_table_tuser_i;
        config_q <= config_d;
        ok_q     <= config_ok;
      end else if (!(&index_q)) begin
        index_q <= index_q + 5'd1;
      end
    end
  end

  // Entries go to the memories as they come; the slot is invalid meanwhile.
  assign write_valid_o   = take && !first_q && index_q < beats && in_range(slot_q);
  assign write_slot_o    = slot_q;
  assign write_index_o   = 4'(index_q - 5'd1);
  assign write_entries_o = s_axis_table_tdata_i;

  assign loaded_valid_o = crc_valid;
  assign loaded_slot_o  = slot_q;
  assign loaded_ok_o    = good;

  // ---- Lookups ----

  typedef struct packed {
    config_t     settings;
    logic [31:0] crc;
  } meta_t;

  meta_t meta;
  logic  lookup_valid_q;

  skv_sdpram #(
    .Width($bits(meta_t)),
    .Depth(Slots)
  ) u_meta (
    .clk_i,
    .we_i   (crc_valid && good),
    .waddr_i(SlotW'(slot_q)),
    .wdata_i({config_q, crc}),
    .re_i   (1'b1),
    .raddr_i(SlotW'(lookup_slot_i)),
    .rdata_o(meta)
  );

  always_ff @(posedge clk_i) begin
    if (!rst_ni) lookup_valid_q <= 1'b0;
    else lookup_valid_q <= in_range(lookup_slot_i) && valid_q[SlotW'(lookup_slot_i)];
  end

  assign lookup_valid_o  = lookup_valid_q;
  assign lookup_config_o = meta.settings;
  assign lookup_crc_o    = meta.crc;

  `SKV_ASSERT(TakenOnlyWhenIdle, take |-> idle_i)
  `SKV_ASSERT(HeldWhileLoading, state_q != StWait |-> hold_o)

endmodule
