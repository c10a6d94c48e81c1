// A memory at an AXI4 master's port: contents and timing are those of the device memory that
// cosim/memory.py attached to port Id; it stalls at random if it is told to.  Offers a beat a cycle
// each way.  Reset forgets what is under way and keeps the contents.  Simulation only.

module axi4_memory_dpi
  import skv_axi_pkg::*;
#(
  parameter int Id = 0
) (
  input  logic clk_i,
  input  logic rst_ni,

  input  logic ar_valid_i,
  output logic ar_ready_o,
  input  ax_t  ar_i,
  output logic r_valid_o,
  input  logic r_ready_i,
  output r_t   r_o,
  input  logic aw_valid_i,
  output logic aw_ready_o,
  input  ax_t  aw_i,
  input  logic w_valid_i,
  output logic w_ready_o,
  input  w_t   w_i,
  output logic b_valid_o,
  input  logic b_ready_i,
  output b_t   b_o
);

  // Begins a cycle: whether addresses and data are taken in the next one.
  import "DPI-C" function void skv_port_cycle_dpi(
    input int port, output bit ar, output bit aw, output bit w
  );
  import "DPI-C" function void skv_port_reset_dpi(input int port);
  import "DPI-C" function void skv_port_ar_dpi(
    input int port, input shortint unsigned id, input longint unsigned address,
    input int unsigned beats
  );
  import "DPI-C" function void skv_port_aw_dpi(
    input int port, input shortint unsigned id, input longint unsigned address,
    input int unsigned beats
  );
  import "DPI-C" function void skv_port_w_dpi(
    input int port, input bit [511:0] data, input longint unsigned strobe, input bit poison
  );
  // Whether there is something to offer.
  import "DPI-C" function bit skv_port_r_dpi(
    input int port, output bit [511:0] data, output bit [IdW-1:0] id,
    output bit [1:0] response, output bit last, output bit poison
  );
  import "DPI-C" function bit skv_port_b_dpi(
    input int port, output bit [IdW-1:0] id, output bit [1:0] response
  );

  always_ff @(posedge clk_i) begin
    automatic bit           ar, aw, w, valid, last, poison;
    automatic bit [511:0]   data;
    automatic bit [IdW-1:0] id;
    automatic bit [1:0]     response;
    if (!rst_ni) begin
      skv_port_reset_dpi(Id);
      ar_ready_o <= 1'b0;
      aw_ready_o <= 1'b0;
      w_ready_o  <= 1'b0;
      r_valid_o  <= 1'b0;
      b_valid_o  <= 1'b0;
    end else begin
      skv_port_cycle_dpi(Id, ar, aw, w);
      ar_ready_o <= ar;
      aw_ready_o <= aw;
      w_ready_o  <= w;
      if (ar_valid_i && ar_ready_o) skv_port_ar_dpi(Id, 16'(ar_i.id), ar_i.addr, 32'(ar_i.len) + 1);
      if (aw_valid_i && aw_ready_o) skv_port_aw_dpi(Id, 16'(aw_i.id), aw_i.addr, 32'(aw_i.len) + 1);
      if (w_valid_i && w_ready_o) skv_port_w_dpi(Id, w_i.data, w_i.strb, w_i.poison);
      if (!r_valid_o || r_ready_i) begin
        valid = skv_port_r_dpi(Id, data, id, response, last, poison);
        r_valid_o <= valid;
        if (valid) begin
          r_o <= '{
            id: id,
            data: data,
            resp: resp_e'(response),
            last: last,
            poison: poison
          };
        end
      end
      if (!b_valid_o || b_ready_i) begin
        valid = skv_port_b_dpi(Id, id, response);
        b_valid_o <= valid;
        if (valid) b_o <= '{id: id, resp: resp_e'(response)};
      end
    end
  end

  logic unused;
  assign unused = w_i.last;  // the addresses say how long a burst is

endmodule
