// Works a ring of descriptors off through the DMA engine's feed, so that a bench sees one ring more.
//
// Sends each descriptor as a feed_t and writes a completion for each fed_t, past the engine's host
// port.  Tags are the descriptors' numbers.  Stalls at random.  Simulation only.

module feed_ring
  import skv_mem_pkg::*;
  import dma_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  ring_t       ring_i,
  output logic [15:0] fetched_o,
  output logic [15:0] completed_o,

  output logic        feed_valid_o,
  input  logic        feed_ready_i,
  output feed_t       feed_o,
  input  logic        fed_valid_i,
  output logic        fed_ready_o,
  input  fed_t        fed_i
);

  import "DPI-C" function void skv_feed_read_dpi(
    input longint unsigned at, output bit [511:0] line
  );
  import "DPI-C" function void skv_feed_write_dpi(
    input longint unsigned at, input bit [127:0] record
  );

  logic [15:0] random_q;  // a linear-feedback shift register
  logic [15:0] size, at_fetched, at_completed;

  assign size         = 16'd1 << ring_i.size_log2;
  assign at_fetched   = fetched_o & (size - 1'b1);
  assign at_completed = completed_o & (size - 1'b1);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) random_q <= 16'h1;
    else random_q <= {random_q[14:0], random_q[15] ^ random_q[13] ^ random_q[12] ^ random_q[10]};
  end

  always_ff @(posedge clk_i) begin
    automatic bit [511:0]  line;
    automatic descriptor_t d;
    automatic completion_t c;
    if (!rst_ni) begin
      fetched_o    <= '0;
      completed_o  <= '0;
      feed_valid_o <= 1'b0;
      fed_ready_o  <= 1'b0;
    end else begin
      if (!feed_valid_o || feed_ready_i) begin
        feed_valid_o <= 1'b0;
        if (ring_i.enable && fetched_o != ring_i.tail && fetched_o - ring_i.consumed != size
            && random_q[3:2] != '0) begin
          skv_feed_read_dpi(ring_i.base + {42'd0, at_fetched, 6'd0}, line);
          d = line;
          if ({d.zero3, d.zero2, d.zero1, d.target[11:0], d.host[5:0]} != '0
              || d.length != 32'd4096 || d.tag != 32'(fetched_o)) begin
            $error("a descriptor that the feed cannot carry: %h", line);
          end
          feed_valid_o <= 1'b1;
          feed_o       <= '{
            tag: fetched_o,
            store: d.op == OpStore,
            prefetch: d.op == OpPrefetch,
            readonly: d.readonly,
            table_slot: d.slot,
            tenant: ring_i.tenant,
            vpn: d.target[63:12],
            host: d.host[63:6]
          };
          fetched_o    <= fetched_o + 1'b1;
        end
      end
      fed_ready_o <= random_q[7:6] != '0;
      if (fed_valid_i && fed_ready_o) begin
        c = '{
          zero3: '0,
          length: 8'(fed_i.length),
          phase: (completed_o & size) == '0,
          zero1: '0,
          error: fed_i.error,
          status: fed_i.status,
          number: fed_i.tag,
          tag: 32'(fed_i.tag)
        };
        skv_feed_write_dpi(ring_i.completions + {44'd0, at_completed, 4'd0}, c);
        completed_o <= completed_o + 1'b1;
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, ring_i};

endmodule
