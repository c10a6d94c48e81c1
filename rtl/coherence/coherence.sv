// The device coherency engine: one memory, kept coherent between a CXL host that caches it, a GPU
// and the DMA and prefetch engines, which do not (docs/coherence.md).
//
// The host's requests, writes and answers come from cxl_endpoint; the device ports and the memory
// are AXI4 (rtl/mem/skv_axi_pkg.sv), the memory with poison beside the data.  A GPU's
// reads leave the host sharing the line, those of the DMA port leave it as it is.
//
// A request a cycle, in any mix, as long as slots are free: one that needs the memory holds its slot
// for the memory's latency and 8 cycles.  A cycle is lost each time a request comes again that
// waited for another of its line, for the host, or for room in the filter.  After reset nothing is
// taken until the filter is clear (Sets cycles).

`include "skv_assert.svh"

module coherence
  import coh_pkg::*;
  import skv_axi_pkg::ax_t;
  import skv_axi_pkg::r_t;
  import skv_axi_pkg::w_t;
  import skv_axi_pkg::b_t;
  import skv_axi_pkg::resp_e;
  import skv_axi_pkg::RespSlverr;
  import skv_axi_pkg::is_error;
#(
  parameter int unsigned Sets = 512,
  parameter int unsigned Ways = 8,
  parameter int unsigned Normal = 48,  // requests under way,
  parameter int unsigned Writes = 16   // and the host's writes
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  output logic             ready_o,

  // The host, from and to cxl_endpoint.
  input  logic             host_valid_i,
  output logic             host_ready_o,
  input  host_req_t        host_i,
  input  logic             host_write_valid_i,
  output logic             host_write_ready_o,
  input  host_write_t      host_write_i,
  output logic             host_data_valid_o,
  input  logic             host_data_ready_i,
  output host_data_t       host_data_o,
  output logic             host_ack_valid_o,
  input  logic             host_ack_ready_i,
  output host_ack_t        host_ack_o,
  output logic             snoop_valid_o,
  input  logic             snoop_ready_i,
  output snoop_t           snoop_o,
  input  logic             answer_valid_i,
  input  snooped_t         answer_i,

  // Device ports: 0 the GPU's, 1 DMA and prefetch.
  input  logic [1:0]       dev_ar_valid_i,
  output logic [1:0]       dev_ar_ready_o,
  input  ax_t  [1:0]       dev_ar_i,
  output logic [1:0]       dev_r_valid_o,
  input  logic [1:0]       dev_r_ready_i,
  output r_t   [1:0]       dev_r_o,
  input  logic [1:0]       dev_aw_valid_i,
  output logic [1:0]       dev_aw_ready_o,
  input  ax_t  [1:0]       dev_aw_i,
  input  logic [1:0]       dev_w_valid_i,
  output logic [1:0]       dev_w_ready_o,
  input  w_t   [1:0]       dev_w_i,
  output logic [1:0]       dev_b_valid_o,
  input  logic [1:0]       dev_b_ready_i,
  output b_t   [1:0]       dev_b_o,

  // The memory.
  output logic             ar_valid_o,
  input  logic             ar_ready_i,
  output ax_t              ar_o,
  input  logic             r_valid_i,
  output logic             r_ready_o,
  input  r_t               r_i,
  output logic             aw_valid_o,
  input  logic             aw_ready_i,
  output ax_t              aw_o,
  output logic             w_valid_o,
  input  logic             w_ready_i,
  output w_t               w_o,
  input  logic             b_valid_i,
  output logic             b_ready_o,
  input  b_t               b_i,

  output logic [SlotW-1:0] used_o,         // slots in use
  output logic             hit_o,          // events, for counters: a request found an entry,
  output logic             miss_o,         // found none,
  output logic             evict_o,        // began an eviction,
  output logic             blocked_o,      // waits for another of its line;
  output logic             answer_bad_o,   // an answer of the host was ignored,
  output logic             write_error_o   // the memory refused a host's write
);

  localparam int unsigned NumberW = $clog2(Normal + Writes);
  localparam int unsigned Slots = 1 << NumberW;
  localparam int unsigned Dones = 4;

  typedef logic [NumberW-1:0] number_t;

  typedef struct packed {
    logic [1:0] owner;
    tag_t       tag;
  } origin_t;

  // ---- In ----

  logic             normal_free, write_free, req_valid, req_ready, put_valid, put_poison;
  number_t          normal_slot, write_slot, req_slot;
  op_e              req_op;
  line_t            req_line;
  origin_t          req_origin;
  logic [StrbW-1:0] put_strb;
  logic [DataW-1:0] put_data;
  number_t          put_slot_q;

  logic [1:0]       dev_read_valid, dev_read_ready, dev_write_valid, dev_write_ready;
  dev_read_t [1:0]  dev_read;
  dev_write_t [1:0] dev_write;
  logic [1:0]       host_end_q, device_end_q;

  coh_arbiter #(
    .Normal(Normal)
  ) u_arbiter (
    .clk_i,
    .rst_ni,
    .host_valid_i,
    .host_ready_o,
    .host_i,
    .host_write_valid_i,
    .host_write_ready_o,
    .host_write_i,
    .read_valid_i (dev_read_valid),
    .read_ready_o (dev_read_ready),
    .read_i       (dev_read),
    .write_valid_i(dev_write_valid),
    .write_ready_o(dev_write_ready),
    .write_i      (dev_write),
    .normal_free_i(normal_free),
    .write_free_i (write_free),
    .req_valid_o  (req_valid),
    .req_ready_i  (req_ready),
    .req_op_o     (req_op),
    .req_line_o   (req_line),
    .req_owner_o  (req_origin.owner),
    .req_tag_o    (req_origin.tag),
    .put_valid_o  (put_valid),
    .put_poison_o (put_poison),
    .put_strb_o   (put_strb),
    .put_data_o   (put_data),
    .host_end_i   (host_end_q),
    .device_end_i (device_end_q)
  );

  assign req_slot = is_write(req_op) ? write_slot : normal_slot;

  // What a request's answer needs of it.
  origin_t origin_q [Slots];
  state_e  grant_q [Slots];

  always_ff @(posedge clk_i) begin
    if (req_valid && req_ready) origin_q[req_slot] <= req_origin;
    put_slot_q <= req_slot;
  end

  // ---- The core ----

  logic    read_valid, read_ready, write_valid, write_ready, ack_valid, ack_ready;
  number_t read_slot, write_at, ack_slot;
  line_t   read_line, write_line;
  state_e  read_grant, ack_grant;

  logic  [Dones-1:0] done_valid;
  slot_t [Dones-1:0] done_slot;

  coh_core #(
    .Sets  (Sets),
    .Ways  (Ways),
    .Normal(Normal),
    .Writes(Writes),
    .Dones (Dones)
  ) u_core (
    .clk_i,
    .rst_ni,
    .ready_o,
    .normal_free_o(normal_free),
    .normal_slot_o(normal_slot),
    .write_free_o (write_free),
    .write_slot_o (write_slot),
    .req_valid_i  (req_valid),
    .req_ready_o  (req_ready),
    .req_op_i     (req_op),
    .req_line_i   (req_line),
    .read_valid_o (read_valid),
    .read_ready_i (read_ready),
    .read_slot_o  (read_slot),
    .read_line_o  (read_line),
    .read_grant_o (read_grant),
    .write_valid_o(write_valid),
    .write_ready_i(write_ready),
    .write_at_o   (write_at),
    .write_line_o (write_line),
    .ack_valid_o  (ack_valid),
    .ack_ready_i  (ack_ready),
    .ack_slot_o   (ack_slot),
    .ack_grant_o  (ack_grant),
    .snoop_valid_o,
    .snoop_ready_i,
    .snoop_o,
    .answer_valid_i,
    .answer_i,
    .done_valid_i (done_valid),
    .done_slot_i  (done_slot),
    .used_o,
    .hit_o,
    .miss_o,
    .evict_o,
    .blocked_o,
    .answer_bad_o
  );

  // ---- The memory ----

  logic             got_valid, got_ready, got_poison, wrote_valid, wrote_ready;
  number_t          got_slot, wrote_slot;
  resp_e            got_resp, wrote_resp;
  logic [DataW-1:0] got_data;

  coh_memory #(
    .Slots(Slots)
  ) u_memory (
    .clk_i,
    .rst_ni,
    .read_valid_i (read_valid),
    .read_ready_o (read_ready),
    .read_slot_i  (read_slot),
    .read_line_i  (read_line),
    .write_valid_i(write_valid),
    .write_ready_o(write_ready),
    .write_slot_i (write_at),
    .write_line_i (write_line),
    .put_valid_i  (put_valid),
    .put_slot_i   (put_slot_q),
    .put_poison_i (put_poison),
    .put_strb_i   (put_strb),
    .put_data_i   (put_data),
    .got_valid_o  (got_valid),
    .got_ready_i  (got_ready),
    .got_slot_o   (got_slot),
    .got_resp_o   (got_resp),
    .got_poison_o (got_poison),
    .got_data_o   (got_data),
    .wrote_valid_o(wrote_valid),
    .wrote_ready_i(wrote_ready),
    .wrote_slot_o (wrote_slot),
    .wrote_resp_o (wrote_resp),
    .ar_valid_o,
    .ar_ready_i,
    .ar_o,
    .r_valid_i,
    .r_ready_o,
    .r_i,
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

  always_ff @(posedge clk_i) begin
    if (read_valid && read_ready) grant_q[read_slot] <= read_grant;
  end

  // ---- Out: a line that was read goes to the host or to a device ----

  origin_t    got_origin;
  logic       got_host, data_in_ready, got_device;
  host_data_t got_for_host;
  number_t    data_slot;

  assign got_origin   = origin_q[got_slot];
  assign got_host     = got_origin.owner == '0;
  assign got_ready    = !got_host || data_in_ready;
  assign got_device   = got_valid && !got_host;
  assign got_for_host = '{
    tag: got_origin.tag,
    grant: grant_q[got_slot],
    poison: got_poison || is_error(got_resp),
    data: got_data
  };

  skv_skid #(
    .data_t(logic [NumberW+$bits(host_data_t)-1:0])
  ) u_data (
    .clk_i,
    .rst_ni,
    .valid_i(got_valid && got_host),
    .ready_o(data_in_ready),
    .data_i ({got_slot, got_for_host}),
    .valid_o(host_data_valid_o),
    .ready_i(host_data_ready_i),
    .data_o ({data_slot, host_data_o})
  );

  // ---- Out: a write that is through, or a request that needed no memory ----

  origin_t   wrote_origin;
  logic      wrote_host, ack_in_ready, wrote_device;
  number_t   ack_in_slot, ack_out_slot;
  host_ack_t ack_in;

  assign wrote_origin = origin_q[wrote_slot];
  assign wrote_host   = wrote_origin.owner == '0;
  assign wrote_ready  = !wrote_host || ack_in_ready;
  assign wrote_device = wrote_valid && !wrote_host;
  // Writes first: they cannot come faster than the host sends them, and nothing may hold them up.
  assign ack_ready    = ack_in_ready && !(wrote_valid && wrote_host);
  assign ack_in_slot  = wrote_valid && wrote_host ? wrote_slot : ack_slot;
  assign ack_in       = '{
    tag: origin_q[ack_in_slot].tag,
    grant: wrote_valid && wrote_host ? StInvalid : ack_grant
  };

  skv_skid #(
    .data_t(logic [NumberW+$bits(host_ack_t)-1:0])
  ) u_ack (
    .clk_i,
    .rst_ni,
    // What waits may be passed by a write.
    .valid_i(((wrote_valid && wrote_host) || ack_valid) && ack_in_ready),
    .ready_o(ack_in_ready),
    .data_i ({ack_in_slot, ack_in}),
    .valid_o(host_ack_valid_o),
    .ready_i(host_ack_ready_i),
    .data_o ({ack_out_slot, host_ack_o})
  );

  // A line is free once the host's answer is on its way: so a back-invalidation of it always comes
  // behind that answer.
  logic host_data_end, host_ack_end;
  assign host_data_end = host_data_valid_o && host_data_ready_i;
  assign host_ack_end  = host_ack_valid_o && host_ack_ready_i;

  assign done_valid = {wrote_device, got_device, host_ack_end, host_data_end};
  assign done_slot  = {slot_t'(wrote_slot), slot_t'(got_slot), slot_t'(ack_out_slot),
                       slot_t'(data_slot)};

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      host_end_q    <= '0;
      device_end_q  <= '0;
      write_error_o <= 1'b0;
    end else begin
      host_end_q    <= 2'(host_data_end) + 2'(host_ack_end && 32'(ack_out_slot) < Normal);
      device_end_q  <= 2'(got_device) + 2'(wrote_device);
      write_error_o <= wrote_valid && wrote_host && wrote_ready &&
        is_error(wrote_resp);
    end
  end

  // ---- Device ports ----

  logic             read_rsp_q [2];
  logic             write_rsp_q [2];
  logic [5:0]       read_tag_q, write_tag_q;
  resp_e            read_resp_q, write_resp_q;
  logic [DataW-1:0] read_data_q;

  always_ff @(posedge clk_i) begin
    read_tag_q   <= got_origin.tag[5:0];
    read_resp_q  <= got_poison ? RespSlverr : got_resp;
    read_data_q  <= got_data;
    write_tag_q  <= wrote_origin.tag[5:0];
    write_resp_q <= wrote_resp;
  end

  for (genvar d = 0; d < 2; d++) begin : gen_port
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        read_rsp_q[d]  <= 1'b0;
        write_rsp_q[d] <= 1'b0;
      end else begin
        read_rsp_q[d]  <= got_device && got_origin.owner == 2'(d + 1);
        write_rsp_q[d] <= wrote_device && wrote_origin.owner == 2'(d + 1);
      end
    end

    coh_axi_read #(
      .Op(d == 0 ? OpDevRead : OpDevPeek)
    ) u_read (
      .clk_i,
      .rst_ni,
      .ar_valid_i (dev_ar_valid_i[d]),
      .ar_ready_o (dev_ar_ready_o[d]),
      .ar_i       (dev_ar_i[d]),
      .r_valid_o  (dev_r_valid_o[d]),
      .r_ready_i  (dev_r_ready_i[d]),
      .r_o        (dev_r_o[d]),
      .req_valid_o(dev_read_valid[d]),
      .req_ready_i(dev_read_ready[d]),
      .req_o      (dev_read[d]),
      .rsp_valid_i(read_rsp_q[d]),
      .rsp_tag_i  (read_tag_q),
      .rsp_resp_i (read_resp_q),
      .rsp_data_i (read_data_q)
    );

    coh_axi_write u_write (
      .clk_i,
      .rst_ni,
      .aw_valid_i (dev_aw_valid_i[d]),
      .aw_ready_o (dev_aw_ready_o[d]),
      .aw_i       (dev_aw_i[d]),
      .w_valid_i  (dev_w_valid_i[d]),
      .w_ready_o  (dev_w_ready_o[d]),
      .w_i        (dev_w_i[d]),
      .b_valid_o  (dev_b_valid_o[d]),
      .b_ready_i  (dev_b_ready_i[d]),
      .b_o        (dev_b_o[d]),
      .req_valid_o(dev_write_valid[d]),
      .req_ready_i(dev_write_ready[d]),
      .req_o      (dev_write[d]),
      .rsp_valid_i(write_rsp_q[d]),
      .rsp_tag_i  (write_tag_q),
      .rsp_resp_i (write_resp_q)
    );
  end

endmodule
