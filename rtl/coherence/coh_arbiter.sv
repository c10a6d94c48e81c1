// Chooses which source's request enters the engine: round robin among those that may.
//
// A host's write needs a slot for writes; anything else a normal slot, of which the host's reads
// and the devices' requests may each take all but an eighth, so that neither side shuts the other
// out.  No latency.  What is chosen is taken if req_ready_i.

`include "skv_assert.svh"

module coh_arbiter
  import coh_pkg::*;
#(
  parameter int unsigned Normal = 48,
  localparam int unsigned Devices = 2
) (
  input  logic                     clk_i,
  input  logic                     rst_ni,

  input  logic                     host_valid_i,
  output logic                     host_ready_o,
  input  host_req_t                host_i,
  input  logic                     host_write_valid_i,
  output logic                     host_write_ready_o,
  input  host_write_t              host_write_i,
  input  logic       [Devices-1:0] read_valid_i,
  output logic       [Devices-1:0] read_ready_o,
  input  dev_read_t  [Devices-1:0] read_i,
  input  logic       [Devices-1:0] write_valid_i,
  output logic       [Devices-1:0] write_ready_o,
  input  dev_write_t [Devices-1:0] write_i,

  input  logic                     normal_free_i,
  input  logic                     write_free_i,
  output logic                     req_valid_o,
  input  logic                     req_ready_i,
  output op_e                      req_op_o,
  output line_t                    req_line_o,
  output logic       [1:0]         req_owner_o,  // 0 the host, 1 and up a device
  output tag_t                     req_tag_o,

  output logic                     put_valid_o,  // data of a write, a cycle later
  output logic                     put_poison_o,
  output logic       [StrbW-1:0]   put_strb_o,
  output logic       [DataW-1:0]   put_data_o,

  input  logic       [1:0]         host_end_i,   // so many of the host's normal requests,
  input  logic       [1:0]         device_end_i  // and of the devices', are through
);

  localparam int unsigned Sources = 2 + 2 * Devices;
  localparam int unsigned CountW = $clog2(Normal + 1);
  localparam logic [CountW-1:0] Most = CountW'(Normal - (Normal + 7) / 8);

  `SKV_CHECK_PARAM(Normal, Normal >= 2 && Normal <= 64)

  // Who holds how many normal slots.
  logic [CountW-1:0] host_q, device_q;
  logic              take, host_may, device_may;

  assign host_may   = normal_free_i && host_q < Most;
  assign device_may = normal_free_i && device_q < Most;

  logic [Sources-1:0] asks, chosen;
  logic [2:0]         from_q;

  assign asks = {
    write_valid_i & {Devices{device_may}},
    read_valid_i & {Devices{device_may}},
    host_write_valid_i & write_free_i,
    host_valid_i & host_may
  };

  always_comb begin
    chosen = '0;
    for (int i = int'(Sources) - 1; i >= 0; i--) if (asks[i]) chosen = Sources'(1) << i;
    for (int i = int'(Sources) - 1; i >= 0; i--) begin
      if (asks[i] && 3'(i) >= from_q) chosen = Sources'(1) << i;
    end
  end

  assign req_valid_o = |asks;
  assign take        = req_valid_o && req_ready_i;

  assign host_ready_o       = chosen[0] && req_ready_i;
  assign host_write_ready_o = chosen[1] && req_ready_i;
  for (genvar d = 0; d < Devices; d++) begin : gen_ready
    assign read_ready_o[d]  = chosen[2+d] && req_ready_i;
    assign write_ready_o[d] = chosen[2+Devices+d] && req_ready_i;
  end

  always_comb begin
    req_op_o    = host_i.op;
    req_line_o  = host_i.line;
    req_tag_o   = host_i.tag;
    req_owner_o = '0;
    if (chosen[1]) begin
      req_op_o   = host_write_i.op;
      req_line_o = host_write_i.line;
      req_tag_o  = host_write_i.tag;
    end
    for (int d = 0; d < int'(Devices); d++) begin
      if (chosen[2+d]) begin
        req_op_o    = read_i[d].op;
        req_line_o  = read_i[d].line;
        req_tag_o   = tag_t'(read_i[d].tag);
        req_owner_o = 2'(d + 1);
      end
      if (chosen[2+int'(Devices)+d]) begin
        req_op_o    = OpDevWrite;
        req_line_o  = write_i[d].line;
        req_tag_o   = tag_t'(write_i[d].tag);
        req_owner_o = 2'(d + 1);
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      from_q      <= '0;
      host_q      <= '0;
      device_q    <= '0;
      put_valid_o <= 1'b0;
    end else begin
      if (take) begin
        for (int i = 0; i < int'(Sources); i++) begin
          if (chosen[i]) from_q <= i == int'(Sources) - 1 ? '0 : 3'(i + 1);
        end
      end
      host_q      <= host_q + CountW'(take && chosen[0]) - CountW'(host_end_i);
      device_q    <= device_q + CountW'(take && |chosen[Sources-1:2]) - CountW'(device_end_i);
      put_valid_o <= take && (chosen[1] || |chosen[Sources-1:2+Devices]);
    end
  end

  always_ff @(posedge clk_i) begin
    put_poison_o <= host_write_i.poison && chosen[1];
    put_strb_o   <= host_write_i.strb;
    put_data_o   <= host_write_i.data;
    for (int d = 0; d < int'(Devices); d++) begin
      if (chosen[2+int'(Devices)+d]) begin
        put_poison_o <= write_i[d].poison;
        put_strb_o   <= write_i[d].strb;
        put_data_o   <= write_i[d].data;
      end
    end
  end

  `SKV_ASSERT(HostCount, host_q <= Most)
  `SKV_ASSERT(DeviceCount, device_q <= Most)
  `SKV_COVER(HostFull, host_valid_i && host_q == Most)
  `SKV_COVER(DevicesFull, |read_valid_i && device_q == Most)

endmodule
