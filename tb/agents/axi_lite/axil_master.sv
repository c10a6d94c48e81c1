// An AXI4-Lite slave's port as bus models want it, one signal each; an instance in a bench's top
// level is where a model of a master is attached.  Simulation only.

module axil_master #(
  parameter int unsigned AddrW = 12,
  parameter int unsigned DataW = 64
) (
  output logic               awvalid_o,
  input  logic               awready_i,
  output logic [AddrW-1:0]   awaddr_o,
  output logic               wvalid_o,
  input  logic               wready_i,
  output logic [DataW-1:0]   wdata_o,
  output logic [DataW/8-1:0] wstrb_o,
  input  logic               bvalid_i,
  output logic               bready_o,
  input  logic [1:0]         bresp_i,
  output logic               arvalid_o,
  input  logic               arready_i,
  output logic [AddrW-1:0]   araddr_o,
  input  logic               rvalid_i,
  output logic               rready_o,
  input  logic [DataW-1:0]   rdata_i,
  input  logic [1:0]         rresp_i
);

  logic               awvalid /* verilator public_flat_rw */;
  logic               awready /* verilator public_flat_rd */;
  logic [AddrW-1:0]   awaddr /* verilator public_flat_rw */;
  logic               wvalid /* verilator public_flat_rw */;
  logic               wready /* verilator public_flat_rd */;
  logic [DataW-1:0]   wdata /* verilator public_flat_rw */;
  logic [DataW/8-1:0] wstrb /* verilator public_flat_rw */;
  logic               bvalid /* verilator public_flat_rd */;
  logic               bready /* verilator public_flat_rw */;
  logic [1:0]         bresp /* verilator public_flat_rd */;
  logic               arvalid /* verilator public_flat_rw */;
  logic               arready /* verilator public_flat_rd */;
  logic [AddrW-1:0]   araddr /* verilator public_flat_rw */;
  logic               rvalid /* verilator public_flat_rd */;
  logic               rready /* verilator public_flat_rw */;
  logic [DataW-1:0]   rdata /* verilator public_flat_rd */;
  logic [1:0]         rresp /* verilator public_flat_rd */;

  assign awvalid_o = awvalid;
  assign awready   = awready_i;
  assign awaddr_o  = awaddr;
  assign wvalid_o  = wvalid;
  assign wready    = wready_i;
  assign wdata_o   = wdata;
  assign wstrb_o   = wstrb;
  assign bvalid    = bvalid_i;
  assign bready_o  = bready;
  assign bresp     = bresp_i;
  assign arvalid_o = arvalid;
  assign arready   = arready_i;
  assign araddr_o  = araddr;
  assign rvalid    = rvalid_i;
  assign rready_o  = rready;
  assign rdata     = rdata_i;
  assign rresp     = rresp_i;

endmodule
