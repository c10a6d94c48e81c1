// memory_path_cosim_top with its clock.

module memory_path_cosim_tb_top #(
  parameter int unsigned Requests = 64,
  parameter int unsigned Rings = 4,
  parameter int unsigned Descriptors = 64,
  parameter int unsigned TlbEntries = 256,
  parameter int unsigned StuckCycles = 200_000
) (
  input  logic                   rst_ni,
  output logic                   ready_o,
  output logic                   done_o,        // of tables
  output logic                   tables_bad_o,

  input  logic [39:0]            root_base_i,
  input  logic [39:0]            link_base_i,
  input  logic [39:0]            pool_base_i,
  input  logic [25:0]            segments_i,
  output logic [39:0]            free_units_o,

  input  logic                   manage_valid_i,
  input  logic                   manage_free_i,
  input  logic [15:0]            manage_request_i,
  input  logic [15:0]            manage_tenant_i,
  input  logic [7:0]             manage_layers_i,
  input  logic [7:0]             manage_heads_i,
  output logic                   managed_done_o,
  output logic [3:0]             managed_status_o,

  input  logic [Rings-1:0]       enable_i,
  input  logic [Rings-1:0][15:0] tenant_i,
  input  logic [Rings-1:0][15:0] tail_i,
  input  logic [Rings-1:0][15:0] consumed_i,
  output logic                   idle_o,
  output logic                   stuck_o,
  output logic [63:0]            hits_o,
  output logic [63:0]            misses_o,
  output logic [63:0]            walks_o,
  output logic [63:0]            merges_o
);

  logic clk;

  sim_clock u_clock (.clk_o(clk));

  memory_path_cosim_top #(
    .Requests   (Requests),
    .Rings      (Rings),
    .Descriptors(Descriptors),
    .TlbEntries (TlbEntries),
    .StuckCycles(StuckCycles)
  ) u_top (
    .clk_i(clk),
    .rst_ni,
    .ready_o,
    .done_o,
    .tables_bad_o,
    .root_base_i,
    .link_base_i,
    .pool_base_i,
    .segments_i,
    .free_units_o,
    .manage_valid_i,
    .manage_free_i,
    .manage_request_i,
    .manage_tenant_i,
    .manage_layers_i,
    .manage_heads_i,
    .managed_done_o,
    .managed_status_o,
    .enable_i,
    .tenant_i,
    .tail_i,
    .consumed_i,
    .idle_o,
    .stuck_o,
    .hits_o,
    .misses_o,
    .walks_o,
    .merges_o
  );

endmodule
