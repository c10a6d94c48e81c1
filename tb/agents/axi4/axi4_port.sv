// An AXI4 master's port as bus models want it, one signal each; an instance in a bench's top level
// is where a model of a memory is attached.  Simulation only.

module axi4_port
  import skv_axi_pkg::*;
(
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

  logic             awvalid /* verilator public_flat_rd */;
  logic             awready /* verilator public_flat_rw */;
  logic [IdW-1:0]   awid /* verilator public_flat_rd */;
  logic [AddrW-1:0] awaddr /* verilator public_flat_rd */;
  logic [7:0]       awlen /* verilator public_flat_rd */;
  logic [2:0]       awsize /* verilator public_flat_rd */;
  logic [1:0]       awburst /* verilator public_flat_rd */;
  logic             wvalid /* verilator public_flat_rd */;
  logic             wready /* verilator public_flat_rw */;
  logic [DataW-1:0] wdata /* verilator public_flat_rd */;
  logic [StrbW-1:0] wstrb /* verilator public_flat_rd */;
  logic             wlast /* verilator public_flat_rd */;
  logic             bvalid /* verilator public_flat_rw */;
  logic             bready /* verilator public_flat_rd */;
  logic [IdW-1:0]   bid /* verilator public_flat_rw */;
  logic [1:0]       bresp /* verilator public_flat_rw */;
  logic             arvalid /* verilator public_flat_rd */;
  logic             arready /* verilator public_flat_rw */;
  logic [IdW-1:0]   arid /* verilator public_flat_rd */;
  logic [AddrW-1:0] araddr /* verilator public_flat_rd */;
  logic [7:0]       arlen /* verilator public_flat_rd */;
  logic [2:0]       arsize /* verilator public_flat_rd */;
  logic [1:0]       arburst /* verilator public_flat_rd */;
  logic             rvalid /* verilator public_flat_rw */;
  logic             rready /* verilator public_flat_rd */;
  logic [IdW-1:0]   rid /* verilator public_flat_rw */;
  logic [DataW-1:0] rdata /* verilator public_flat_rw */;
  logic [1:0]       rresp /* verilator public_flat_rw */;
  logic             rlast /* verilator public_flat_rw */;

  assign awvalid    = aw_valid_i;
  assign aw_ready_o = awready;
  assign awid       = aw_i.id;
  assign awaddr     = aw_i.addr;
  assign awlen      = aw_i.len;
  assign awsize     = 3'd6;
  assign awburst    = 2'd1;
  assign wvalid     = w_valid_i;
  assign w_ready_o  = wready;
  assign wdata      = w_i.data;
  assign wstrb      = w_i.strb;
  assign wlast      = w_i.last;
  assign b_valid_o  = bvalid;
  assign bready     = b_ready_i;
  assign b_o        = '{id: bid, resp: resp_e'(bresp)};
  assign arvalid    = ar_valid_i;
  assign ar_ready_o = arready;
  assign arid       = ar_i.id;
  assign araddr     = ar_i.addr;
  assign arlen      = ar_i.len;
  assign arsize     = 3'd6;
  assign arburst    = 2'd1;
  assign r_valid_o  = rvalid;
  assign rready     = r_ready_i;
  assign r_o        = '{id: rid, data: rdata, resp: resp_e'(rresp), last: rlast, poison: 1'b0};

  // Bus models know no poison.
  logic unused;
  assign unused = w_i.poison;

endmodule
