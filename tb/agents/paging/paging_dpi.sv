// What a DMA engine has around it beside memory: translations, places, maps, cancellations and
// drains, as tb/agents/paging/paging.cpp has them: any delay, any order, any fault.
// Simulation only.

module paging_dpi
  import skv_mem_pkg::*;
  import dma_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_ni,

  input  logic        req_valid_i,
  output logic        req_ready_o,
  input  translate_t  req_i,
  output logic        rsp_valid_o,
  input  logic        rsp_ready_i,
  output translated_t rsp_o,

  input  logic        place_valid_i,
  output logic        place_ready_o,
  input  place_t      place_i,
  output logic        placed_valid_o,
  input  logic        placed_ready_i,
  output placed_t     placed_o,

  input  logic        map_valid_i,
  output logic        map_ready_o,
  input  map_t        map_i,
  output logic        mapped_valid_o,
  input  logic        mapped_ready_i,
  output mapped_t     mapped_o,

  output logic        cancel_valid_o,
  input  logic        cancel_ready_i,
  output cancel_t     cancel_o,

  output logic        drain_o,
  input  logic        drained_i
);

  import "DPI-C" function void skv_paging_reset_dpi();
  // Begins a cycle: which requests are taken in the next one, and whether a drain is to begin.
  import "DPI-C" function void skv_paging_cycle_dpi(
    output bit req, output bit place, output bit map, output bit drain
  );
  import "DPI-C" function void skv_paging_translate_dpi(
    input byte unsigned tag, input longint unsigned vpn, input int unsigned tenant, input bit write
  );
  import "DPI-C" function void skv_paging_place_dpi(
    input byte unsigned tag, input longint unsigned vpn, input int unsigned tenant,
    input int unsigned length
  );
  import "DPI-C" function void skv_paging_map_dpi(
    input byte unsigned tag, input longint unsigned vpn, input longint unsigned unit,
    input int unsigned quarter, input bit [127:0] entry
  );
  // Answers: whether there is one.
  import "DPI-C" function bit skv_paging_translated_dpi(
    output byte unsigned tag, output bit [2:0] fault, output bit [127:0] entry
  );
  import "DPI-C" function bit skv_paging_placed_dpi(
    output byte unsigned tag, output bit [3:0] status, output bit [39:0] address,
    output bit [39:0] unit, output bit [1:0] quarter
  );
  import "DPI-C" function bit skv_paging_mapped_dpi(
    output byte unsigned tag, output bit [3:0] status
  );
  import "DPI-C" function bit skv_paging_cancel_dpi(output bit [3:0] ring, output int unsigned tag);

  always_ff @(posedge clk_i) begin
    automatic bit           req, place, map, drain, valid;
    automatic byte unsigned tag;
    automatic bit [2:0]     fault;
    automatic bit [3:0]     status;
    automatic bit [39:0]    address, unit;
    automatic bit [1:0]     quarter;
    automatic bit [3:0]     ring;
    automatic bit [127:0]   entry;
    automatic int unsigned  wide;
    if (!rst_ni) begin
      skv_paging_reset_dpi();
      req_ready_o    <= 1'b0;
      place_ready_o  <= 1'b0;
      map_ready_o    <= 1'b0;
      rsp_valid_o    <= 1'b0;
      placed_valid_o <= 1'b0;
      mapped_valid_o <= 1'b0;
      cancel_valid_o <= 1'b0;
      drain_o        <= 1'b0;
    end else begin
      skv_paging_cycle_dpi(req, place, map, drain);
      req_ready_o   <= req;
      place_ready_o <= place;
      map_ready_o   <= map;
      drain_o       <= drain_o ? !drained_i : drain;

      if (req_valid_i && req_ready_o) begin
        skv_paging_translate_dpi(req_i.tag, 64'(req_i.vpn), 32'(req_i.tenant), req_i.write);
      end
      if (place_valid_i && place_ready_o) begin
        skv_paging_place_dpi(place_i.tag, 64'(place_i.vpn), 32'(place_i.tenant),
                             32'(place_i.length));
      end
      if (map_valid_i && map_ready_o) begin
        skv_paging_map_dpi(map_i.tag, 64'(map_i.vpn), 64'(map_i.at.unit), 32'(map_i.at.quarter),
                           map_i.entry);
      end

      if (!rsp_valid_o || rsp_ready_i) begin
        valid = skv_paging_translated_dpi(tag, fault, entry);
        rsp_valid_o <= valid;
        if (valid) rsp_o <= '{tag: tag, fault: fault_e'(fault), entry: entry};
      end
      if (!placed_valid_o || placed_ready_i) begin
        valid = skv_paging_placed_dpi(tag, status, address, unit, quarter);
        placed_valid_o <= valid;
        if (valid) begin
          placed_o <= '{tag: tag, status: store_status_e'(status), address: address,
                        at: '{unit: unit, quarter: quarter}};
        end
      end
      if (!mapped_valid_o || mapped_ready_i) begin
        valid = skv_paging_mapped_dpi(tag, status);
        mapped_valid_o <= valid;
        if (valid) mapped_o <= '{tag: tag, status: store_status_e'(status)};
      end
      if (!cancel_valid_o || cancel_ready_i) begin
        valid = skv_paging_cancel_dpi(ring, wide);
        cancel_valid_o <= valid;
        if (valid) cancel_o <= '{ring: ring, tag: wide};
      end
    end
  end

endmodule
