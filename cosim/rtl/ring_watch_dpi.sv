// Watches a DMA engine's host port and tells C++ when each descriptor is asked for and when its
// completion is written, by where memory_path_cosim_top has the rings.  Simulation only.

module ring_watch_dpi
  import skv_axi_pkg::*;
(
  input logic            clk_i,
  input logic            rst_ni,
  input longint unsigned cycle_i,
  input logic            ar_valid_i,
  input logic            ar_ready_i,
  input ax_t             ar_i,
  input logic            aw_valid_i,
  input logic            aw_ready_i,
  input ax_t             aw_i,
  input logic            w_valid_i,
  input logic            w_ready_i,
  input w_t              w_i
);

  import "DPI-C" function void skv_watch_fetched_dpi(
    input int ring, input int index, input longint unsigned cycle
  );
  import "DPI-C" function void skv_watch_completed_dpi(
    input int ring, input int number, input longint unsigned cycle
  );

  localparam int unsigned RingBytesLog2 = 20;
  localparam int unsigned Rings = 4;

  ax_t         bursts_q[$];  // addresses whose data are not all through
  int unsigned beat_q;

  always_ff @(posedge clk_i) begin
    automatic logic [63:0] address;
    if (!rst_ni) begin
      bursts_q.delete();
      beat_q <= 0;
    end else begin
      if (ar_valid_i && ar_ready_i && ar_i.addr < 64'(Rings) << RingBytesLog2) begin
        for (int i = 0; i <= int'(ar_i.len); i++) begin
          skv_watch_fetched_dpi(32'(ar_i.addr[21:20]), 32'(ar_i.addr[18:6]) + i, cycle_i);
        end
      end
      if (aw_valid_i && aw_ready_i) bursts_q.push_back(aw_i);
      if (w_valid_i && w_ready_i) begin
        assert (bursts_q.size() != 0) else $error("%m: data before their address");
        address = bursts_q[0].addr + 64'(beat_q) * 64;
        if (address < 64'(Rings) << RingBytesLog2) begin
          for (int i = 0; i < 4; i++) begin
            if (w_i.strb[16*i]) begin
              skv_watch_completed_dpi(
                32'(address[21:20]), 32'(w_i.data[128*i+32+:16]), cycle_i);
            end
          end
        end
        beat_q <= beat_q + 1;
        if (w_i.last) begin
          void'(bursts_q.pop_front());
          beat_q <= 0;
        end
      end
    end
  end

  logic unused;
  assign unused = &{1'b0, ar_i.id, w_i.poison};

endmodule
