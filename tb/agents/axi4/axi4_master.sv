// The other way round: where a model of a master is attached to a slave port of the DUT.
// A master uses IDs 0 to 63.
// Simulation only.

module axi4_master
  import skv_axi_pkg::*;
(
  output logic ar_valid_o,
  input  logic ar_ready_i,
  output ax_t  ar_o,
  input  logic r_valid_i,
  output logic r_ready_o,
  input  r_t   r_i,
  output logic aw_valid_o,
  input  logic aw_ready_i,
  output ax_t  aw_o,
  output logic w_valid_o,
  input  logic w_ready_i,
  output w_t   w_o,
  input  logic b_valid_i,
  output logic b_ready_o,
  input  b_t   b_i
);

  logic             awvalid /* verilator public_flat_rw */;
  logic             awready /* verilator public_flat_rd */;
  logic [5:0]       awid /* verilator public_flat_rw */;
  logic [AddrW-1:0] awaddr /* verilator public_flat_rw */;
  logic [7:0]       awlen /* verilator public_flat_rw */;
  logic [2:0]       awsize /* verilator public_flat_rw */;
  logic [1:0]       awburst /* verilator public_flat_rw */;
  logic             wvalid /* verilator public_flat_rw */;
  logic             wready /* verilator public_flat_rd */;
  logic [DataW-1:0] wdata /* verilator public_flat_rw */;
  logic [StrbW-1:0] wstrb /* verilator public_flat_rw */;
  logic             wlast /* verilator public_flat_rw */;
  logic             bvalid /* verilator public_flat_rd */;
  logic             bready /* verilator public_flat_rw */;
  logic [5:0]       bid /* verilator public_flat_rd */;
  logic [1:0]       bresp /* verilator public_flat_rd */;
  logic             arvalid /* verilator public_flat_rw */;
  logic             arready /* verilator public_flat_rd */;
  logic [5:0]       arid /* verilator public_flat_rw */;
  logic [AddrW-1:0] araddr /* verilator public_flat_rw */;
  logic [7:0]       arlen /* verilator public_flat_rw */;
  logic [2:0]       arsize /* verilator public_flat_rw */;
  logic [1:0]       arburst /* verilator public_flat_rw */;
  logic             rvalid /* verilator public_flat_rd */;
  logic             rready /* verilator public_flat_rw */;
  logic [5:0]       rid /* verilator public_flat_rd */;
  logic [DataW-1:0] rdata /* verilator public_flat_rd */;
  logic [1:0]       rresp /* verilator public_flat_rd */;
  logic             rlast /* verilator public_flat_rd */;

  assign aw_valid_o = awvalid;
  assign awready    = aw_ready_i;
  assign aw_o       = '{id: IdW'(awid), addr: awaddr, len: awlen};
  assign w_valid_o  = wvalid;
  assign wready     = w_ready_i;
  assign w_o        = '{data: wdata, strb: wstrb, last: wlast, poison: 1'b0};
  assign bvalid     = b_valid_i;
  assign b_ready_o  = bready;
  assign bid        = b_i.id[5:0];
  assign bresp      = b_i.resp;
  assign ar_valid_o = arvalid;
  assign arready    = ar_ready_i;
  assign ar_o       = '{id: IdW'(arid), addr: araddr, len: arlen};
  assign rvalid     = r_valid_i;
  assign r_ready_o  = rready;
  assign rid        = r_i.id[5:0];
  assign rdata      = r_i.data;
  assign rresp      = r_i.resp;
  assign rlast      = r_i.last;

  logic unused;
  assign unused = &{1'b0, b_i.id[IdW-1:6], r_i.id[IdW-1:6], r_i.poison,
                    awsize, awburst, arsize, arburst};

endmodule
