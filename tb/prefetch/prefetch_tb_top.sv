// The prefetch core, its ports as streams of one beat (packets: of many), and what its model is
// told: what its directory does, and when packets are begun and requests change.

module prefetch_tb_top
  import prefetch_pkg::*;
#(
  parameter int unsigned Requests = 4,
  parameter int unsigned Layers = 32,
  parameter int unsigned Heads = 4,
  parameter int unsigned Pages = 256,
  parameter int unsigned Slots = 8192,
  parameter int unsigned Flights = 32
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,

  input  logic                        s_axis_packet_tvalid_i,
  output logic                        s_axis_packet_tready_o,
  input  beat_t                       s_axis_packet_tdata_i,
  input  logic                        s_axis_packet_tlast_i,

  input  logic                        s_axis_ask_tvalid_i,
  output logic                        s_axis_ask_tready_o,
  input  logic [$bits(ask_t)-1:0]     s_axis_ask_tdata_i,
  input  logic                        s_axis_ask_tlast_i,
  output logic                        m_axis_answer_tvalid_o,
  input  logic                        m_axis_answer_tready_i,
  output logic [$bits(answer_t)-1:0]  m_axis_answer_tdata_o,
  output logic                        m_axis_answer_tlast_o,
  output logic                        m_axis_arrived_tvalid_o,
  input  logic                        m_axis_arrived_tready_i,
  output logic [$bits(arrived_t)-1:0] m_axis_arrived_tdata_o,
  output logic                        m_axis_arrived_tlast_o,

  output logic                        m_axis_fetch_tvalid_o,
  input  logic                        m_axis_fetch_tready_i,
  output logic [$bits(fetch_t)-1:0]   m_axis_fetch_tdata_o,
  output logic                        m_axis_fetch_tlast_o,
  output logic                        m_axis_cancel_tvalid_o,
  input  logic                        m_axis_cancel_tready_i,
  output logic [TagW-1:0]             m_axis_cancel_tdata_o,
  output logic                        m_axis_cancel_tlast_o,
  input  logic                        s_axis_done_tvalid_i,
  output logic                        s_axis_done_tready_o,
  input  logic [TagW+7:0]             s_axis_done_tdata_i,
  input  logic                        s_axis_done_tlast_i,

  output counters_t                   counters_o,
  output logic                        idle_o,
  output logic                        room_o,   // for another flight
  output logic [95:0]                 trace_o
);

  logic stray;

  prefetch #(
    .Requests(Requests),
    .Layers  (Layers),
    .Heads   (Heads),
    .Pages   (Pages),
    .Slots   (Slots),
    .Flights (Flights)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .s_valid_i      (s_axis_packet_tvalid_i),
    .s_ready_o      (s_axis_packet_tready_o),
    .s_data_i       (s_axis_packet_tdata_i),
    .s_last_i       (s_axis_packet_tlast_i),
    .ask_valid_i    (s_axis_ask_tvalid_i),
    .ask_ready_o    (s_axis_ask_tready_o),
    .ask_i          (s_axis_ask_tdata_i),
    .answer_valid_o (m_axis_answer_tvalid_o),
    .answer_ready_i (m_axis_answer_tready_i),
    .answer_o       (m_axis_answer_tdata_o),
    .arrived_valid_o(m_axis_arrived_tvalid_o),
    .arrived_ready_i(m_axis_arrived_tready_i),
    .arrived_o      (m_axis_arrived_tdata_o),
    .fetch_valid_o  (m_axis_fetch_tvalid_o),
    .fetch_ready_i  (m_axis_fetch_tready_i),
    .fetch_o        (m_axis_fetch_tdata_o),
    .cancel_valid_o (m_axis_cancel_tvalid_o),
    .cancel_ready_i (m_axis_cancel_tready_i),
    .cancel_o       (m_axis_cancel_tdata_o),
    .done_valid_i   (s_axis_done_tvalid_i),
    .done_ready_o   (s_axis_done_tready_o),
    .done_tag_i     (s_axis_done_tdata_i[TagW+7:8]),
    .done_status_i  (dma_pkg::status_e'(s_axis_done_tdata_i[7:0])),
    .stray_o        (stray),
    .counters_o,
    .idle_o
  );

  assign m_axis_answer_tlast_o  = 1'b1;
  assign m_axis_arrived_tlast_o = 1'b1;
  assign m_axis_fetch_tlast_o   = 1'b1;
  assign m_axis_cancel_tlast_o  = 1'b1;
  assign room_o                 = u_dut.u_flights.room_o;

  // ---- For the model ----

  // An operation counts two cycles after it was decided; a request that changed is seen by
  // operations that are decided three cycles later.
  typedef struct packed {
    logic    valid;
    op_e     op;
    where_t  where;
    flight_t flight;
  } op_seen_t;

  op_seen_t   op, op_q, op2_q;
  logic [4:0] write_q;

  assign op = '{
      valid: u_dut.u_directory.decide, op: u_dut.u_directory.op_q,
      where: u_dut.u_directory.where_q, flight: flight_t'(u_dut.u_flights.land_at_q)
  };

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      op_q.valid  <= 1'b0;
      op2_q.valid <= 1'b0;
      write_q     <= '0;
    end else begin
      op_q    <= op;
      op2_q   <= op_q;
      write_q <= {write_q[3:0], u_dut.write};
    end
  end

  always_comb begin
    trace_o = '0;
    if (rst_ni) begin
      if (op2_q.valid) trace_o[32:0] = op2_q;
      trace_o[40] = write_q[4];
      trace_o[41] = u_dut.u_engine.go;
      trace_o[42] = u_dut.u_engine.rejected_o;
      trace_o[43] = stray;
      trace_o[44] = u_dut.u_requests.learn_q[2];
      trace_o[45] = u_dut.u_engine.u_shares.valid3_q;
      trace_o[48+:21] = u_dut.u_requests.moved;
      trace_o[72+:ShareW] = u_dut.u_engine.u_shares.left_q + u_dut.u_engine.u_shares.grant_q;
      if (trace_o[45:0] == '0) trace_o = '0;
    end
  end

  logic unused;
  assign unused = &{1'b0, s_axis_ask_tlast_i, s_axis_done_tlast_i};

endmodule
