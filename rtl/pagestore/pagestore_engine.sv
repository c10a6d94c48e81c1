// Carries out manage and place commands, one at a time.
//
// Everything that is known of the requests is kept in a RAM: read as a command is taken, written as
// it ends.  A place whose row was found lately costs no memory access and twelve cycles but for a
// new segment.  Otherwise the directory and the row are found, or made: carved, cleared,
// linked, each in memory before the next begins.
//
// A free is done in two halves.  The first clears the root line, has the ATU forget the request,
// and raises drain_o; then places go on until drained_i, and the second hangs the chain.

`include "skv_assert.svh"

module pagestore_engine
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
#(
  parameter int unsigned Requests = 1024,
  parameter int unsigned SegmentUnits = 1024,
  parameter int unsigned Rows = 512,
  localparam int unsigned RequestW = $clog2(Requests)
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  unit_t         root_base_i,
  input  unit_t         pool_base_i,
  input  segment_t      segments_i,
  output logic          ready_o,

  input  logic          manage_valid_i,
  output logic          manage_ready_o,
  input  manage_t       manage_i,
  output logic          managed_valid_o,
  input  logic          managed_ready_i,
  output store_status_e managed_o,
  input  logic          place_valid_i,
  output logic          place_ready_o,
  input  place_t        place_i,
  output logic          placed_valid_o,
  input  logic          placed_ready_i,
  output placed_t       placed_o,

  output logic          alloc_valid_o,
  input  logic          alloc_ready_i,
  output logic          alloc_hang_o,
  output chain_t        alloc_chain_o,
  output area_t         alloc_units_o,
  input  logic          alloc_done_i,
  input  store_status_e alloc_status_i,
  input  unit_t         alloc_address_i,
  input  chain_t        alloc_chain_i,

  output logic          read_valid_o,
  input  logic          read_ready_i,
  output read_t         read_o,
  input  logic          read_done_i,
  input  found_t        found_i,
  output logic          write_valid_o,
  input  logic          write_ready_i,
  output write_t        write_o,
  input  logic          write_done_i,
  input  logic          write_error_i,

  output logic          inv_valid_o,
  output invalidate_t   inv_o,
  input  logic          inv_done_i,
  output logic          drain_o,
  input  logic          drained_i
);

  `SKV_CHECK_PARAM(Requests, Requests >= 2 && Requests <= 65536 && Requests == 1 << RequestW)
  `SKV_CHECK_PARAM(SegmentUnits, SegmentUnits >= DirUnits)  // for a page and a directory to fit

  localparam int unsigned UnitsW = $clog2(SegmentUnits);
  localparam int unsigned Pages = Directories * DirRows;

  typedef enum logic [4:0] {
    StBlank, StIdle, StRecall, StLook, StVerdict,          // the root table is cleared; commands
    StLevel, StFind, StFound, StOffset, StRange,           // a directory or a row is looked up
    StCarve, StCarved, StClear, StCleared, StLink, StLinked, StKeep,   // or made
    StPlace, StPlaced,                                     // the page
    StBegin, StBegun, StUnroot, StUnrooted, StForget, StHang, StHung,  // begin and free
    StSave, StAnswer
  } state_e;

  typedef enum logic [1:0] {OpPlace, OpBegin, OpFree, OpRelease} op_e;

  // A command; manage's layers and heads come as the page's layer and head.
  typedef struct packed {
    op_e        op;
    logic [7:0] tag;
    vpn_t       vpn;
    tenant_t    tenant;
    logic [6:0] length;
  } command_t;

  state_e        state_q;
  command_t      command_q, command_d;
  request_t      request_q, recalled;
  store_status_e status_q;
  logic          take, take_manage, take_place;

  // ---- Which command ----

  logic        idle, manage_turn_q, release_q, freeing_q, drain_q, ready_q;
  logic [15:0] freed_q;  // the request being freed
  tenant_t     freed_by_q;

  assign idle           = state_q == StIdle;
  assign manage_ready_o = idle && !release_q && !freeing_q && (manage_turn_q || !place_valid_i);
  assign place_ready_o  = idle && !release_q && !(manage_turn_q && manage_valid_i && !freeing_q);
  assign take_manage    = manage_valid_i & manage_ready_o;
  assign take_place     = place_valid_i & place_ready_o;
  assign take           = take_manage | take_place | (idle & release_q);

  always_comb begin
    command_d = '{
      op: OpPlace, tag: place_i.tag, vpn: place_i.vpn, tenant: place_i.tenant,
      length: place_i.length
    };
    if (take_manage) begin
      command_d.op          = manage_i.op == ManageFree ? OpFree : OpBegin;
      command_d.vpn.request = manage_i.request;
      command_d.vpn.layer   = manage_i.layers;
      command_d.vpn.kv_head = manage_i.heads;
      command_d.tenant      = manage_i.tenant;
    end
    if (release_q) begin
      command_d.op          = OpRelease;
      command_d.vpn.request = freed_q;
      command_d.tenant      = freed_by_q;
    end
  end

  // ---- What is known of the requests ----

  logic                blanking;
  logic [RequestW-1:0] blank_q, at;
  logic                known;      // the store has such a request at all

  assign blanking = state_q == StBlank;
  assign at       = RequestW'(command_q.vpn.request);
  assign known    = 17'(command_q.vpn.request) < 17'(Requests);

  skv_sdpram #(
    .Width($bits(request_t)),
    .Depth(Requests)
  ) u_requests (
    .clk_i,
    .we_i   (blanking || (state_q == StSave && known)),
    .waddr_i(blanking ? blank_q : at),
    .wdata_i(blanking ? '0 : request_q),
    .re_i   (take),
    .raddr_i(RequestW'(command_d.vpn.request)),
    .rdata_o(recalled)
  );

  // ---- Rows found lately; forgotten as any request is freed ----

  logic    row_hit, level_q;  // level of the table: 0 a directory, 1 a row
  row_id_t row_id;
  unit_t   row, address_q;           // what the row's or directory's pointer points to

  assign row_id = '{
    request: command_q.vpn.request, page: command_q.vpn.page, owner: command_q.tenant
  };

  skv_row_cache #(
    .row_t(unit_t),
    .Rows (Rows)
  ) u_rows (
    .clk_i,
    .rst_ni,
    .read_i     (state_q == StRecall),
    .id_i       (row_id),
    .hit_o      (row_hit),
    .row_o      (row),
    .write_i    (state_q == StKeep && level_q),
    .write_id_i (row_id),
    .write_row_i(address_q),
    .clear_i    (state_q == StForget)
  );

  // ---- What is to be decided, a step at a time ----

  logic [11:0] page;
  logic [2:0]  directory;
  assign page      = command_q.vpn.page[11:0];
  assign directory = page[11:9];

  logic        none_q, live_q, foreign_q, beyond_q, shape_q, row_hit_q, dir_hit_q;
  logic        dir_may_q, row_may_q;  // there may be such a directory, such a row
  logic [15:0] product_q;             // heads of all layers, up to this or in all
  logic [7:0]  factor;

  assign factor = command_q.op == OpBegin ? command_q.vpn.kv_head : request_q.heads;

  always_ff @(posedge clk_i) begin
    none_q    <= request_q.state == ReqNone;
    live_q    <= request_q.state == ReqLive;
    foreign_q <= request_q.owner != command_q.tenant;
    beyond_q  <= command_q.vpn.layer >= request_q.layers ||
                 command_q.vpn.kv_head >= request_q.heads ||
                 command_q.vpn.page >= 19'(Pages) ||
                 command_q.length == '0 || command_q.length > 7'd64;
    shape_q   <= known && command_q.vpn.layer != '0 && command_q.vpn.kv_head != '0;
    product_q <= 16'(command_q.vpn.layer) * 16'(factor) +
                 (command_q.op == OpBegin ? 16'd0 : 16'(command_q.vpn.kv_head));
    row_hit_q <= row_hit;
    dir_hit_q <= request_q.dir_known && request_q.dir_number == directory;
    dir_may_q <= directory < request_q.directories;
    row_may_q <= page < request_q.rows;
  end

  // ---- A level of the table: a directory, in the root line, or a row, in the directory ----

  logic  may;
  read_t slot_q;               // the pointer's place
  unit_t offset_q;             // where it points to in the pool
  logic  below_q;              // in front of the pool

  assign may = level_q ? row_may_q : dir_may_q;

  always_ff @(posedge clk_i) begin
    if (state_q == StLevel) begin
      slot_q <= '{
        unit: root_base_i + unit_t'(command_q.vpn.request),
        word: directory + 3'd1,
        key: directory_key(command_q.vpn.request, directory)
      };
      if (level_q) begin
        slot_q <= '{
          unit: request_q.dir + unit_t'(page[8:3]),
          word: page[2:0],
          key: row_key(command_q.vpn.request, 19'(page))
        };
      end
    end
    {below_q, offset_q} <= {1'b0, address_q} - {1'b0, pool_base_i};
  end

  // ---- Control ----

  logic    answer_ready, managed_ready, placed_ready, place_answer, manage_answer;
  placed_t placed;
  unit_t   placed_q, row_q;

  assign answer_ready = command_q.op == OpPlace ? placed_ready : managed_ready;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q       <= StBlank;
      blank_q       <= '0;
      ready_q       <= 1'b0;
      release_q     <= 1'b0;
      freeing_q     <= 1'b0;
      drain_q       <= 1'b0;
      manage_turn_q <= 1'b1;
    end else begin
      if (drain_q && drained_i) begin
        drain_q   <= 1'b0;
        release_q <= 1'b1;
      end
      unique case (state_q)
        StBlank: begin
          blank_q <= blank_q + 1'b1;
          if (&blank_q) state_q <= StClear;
        end
        StIdle: if (take) begin
          state_q       <= StRecall;
          manage_turn_q <= !take_manage;
          if (release_q) release_q <= 1'b0;  // not one that comes in this very cycle
        end
        StRecall: state_q <= StLook;
        StLook:   state_q <= StVerdict;
        StVerdict: begin
          unique case (command_q.op)
            OpPlace: begin
              state_q <= row_hit_q ? StPlace : StLevel;
              if (!live_q || foreign_q || beyond_q) state_q <= StAnswer;
            end
            OpBegin: begin
              state_q <= StBegin;
              if (!none_q || !shape_q || product_q > 16'(2 * SegmentUnits)) state_q <= StAnswer;
            end
            OpFree:  state_q <= none_q || foreign_q ? StAnswer : StUnroot;
            default: state_q <= StHang;
          endcase
        end
        StLevel: state_q <= may ? StFind : StCarve;
        StFind:  if (read_ready_i) state_q <= StFound;
        StFound: if (read_done_i) begin
          state_q <= StOffset;
          if (found_i.absent) state_q <= StCarve;
          if (found_i.status != StoreOk) state_q <= StSave;
        end
        StOffset: state_q <= StRange;
        StRange: begin
          state_q <= StKeep;
          if (below_q || (offset_q >> UnitsW) >= unit_t'(segments_i)) state_q <= StSave;
        end
        StCarve:  if (alloc_ready_i) state_q <= StCarved;
        StCarved: if (alloc_done_i) state_q <= alloc_status_i == StoreOk ? StClear : StSave;
        StClear:  if (write_ready_i) state_q <= StCleared;
        StCleared: if (write_done_i) begin
          if (!ready_q) begin
            state_q <= write_error_i ? StClear : StIdle;  // the root table, until it is clear
            ready_q <= !write_error_i;
          end else begin
            state_q <= write_error_i ? StSave : StLink;
          end
        end
        StLink:   if (write_ready_i) state_q <= StLinked;
        StLinked: if (write_done_i) state_q <= write_error_i ? StSave : StKeep;
        StKeep:   state_q <= level_q ? StPlace : StLevel;
        StPlace:  if (alloc_ready_i) state_q <= StPlaced;
        StPlaced: if (alloc_done_i) state_q <= StSave;
        StBegin:  if (write_ready_i) state_q <= StBegun;
        StBegun:  if (write_done_i) state_q <= write_error_i ? StAnswer : StSave;
        StUnroot: if (write_ready_i) state_q <= StUnrooted;
        StUnrooted: if (write_done_i) state_q <= write_error_i ? StAnswer : StForget;
        StForget: if (inv_done_i) begin
          state_q   <= StSave;
          drain_q   <= 1'b1;
          freeing_q <= 1'b1;
        end
        StHang: if (alloc_ready_i) state_q <= StHung;
        StHung: if (alloc_done_i) begin
          state_q   <= StSave;
          freeing_q <= 1'b0;
        end
        // Half of a free has no answer yet.
        StSave:  state_q <= command_q.op == OpFree ? StIdle : StAnswer;
        default: if (answer_ready) state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (take) command_q <= command_d;

    unique case (state_q)
      StBlank: begin
        address_q <= root_base_i;
        status_q  <= StoreOk;
      end
      StRecall: begin
        request_q <= known ? recalled : '0;
        status_q  <= StoreOk;
        level_q   <= 1'b0;
      end
      StVerdict: begin
        level_q <= dir_hit_q;
        row_q   <= row;
        unique case (command_q.op)
          OpPlace: begin
            if (beyond_q) status_q <= StoreRange;
            if (foreign_q) status_q <= StoreForeign;
            if (!live_q) status_q <= StoreUnmapped;
          end
          OpBegin: begin
            if (!none_q) status_q <= StoreExists;
            if (!shape_q || product_q > 16'(2 * SegmentUnits)) status_q <= StoreRange;
          end
          OpFree: begin
            if (foreign_q) status_q <= StoreForeign;
            if (none_q) status_q <= StoreUnmapped;
          end
          default: ;
        endcase
      end
      StFound: if (read_done_i) begin
        address_q <= found_i.address;
        status_q  <= found_i.status;
      end
      StRange: if (below_q || (offset_q >> UnitsW) >= unit_t'(segments_i)) begin
        status_q <= StoreMalformed;
      end
      StCarved: if (alloc_done_i) begin
        request_q.chain <= alloc_chain_i;
        address_q       <= alloc_address_i;
        status_q        <= alloc_status_i;
      end
      StCleared, StLinked, StBegun, StUnrooted: begin
        if (write_done_i && write_error_i && ready_q) status_q <= StoreBus;
        if (state_q == StBegun) begin
          request_q           <= '0;
          request_q.state     <= ReqLive;
          request_q.owner     <= command_q.tenant;
          request_q.layers    <= command_q.vpn.layer;
          request_q.heads     <= command_q.vpn.kv_head;
          request_q.row_units <= area_t'((product_q + 16'd1) >> 1);
        end
        if (state_q == StUnrooted) request_q.state <= ReqFreeing;
      end
      StKeep: begin
        level_q <= 1'b1;
        if (level_q) begin
          row_q <= address_q;
          if (!row_may_q) request_q.rows <= page + 12'd1;
        end else begin
          request_q.dir_known  <= 1'b1;
          request_q.dir_number <= directory;
          request_q.dir        <= address_q;
          if (!dir_may_q) request_q.directories <= directory + 3'd1;
        end
      end
      StPlaced, StHung: if (alloc_done_i) begin
        request_q.chain <= alloc_chain_i;
        status_q        <= alloc_status_i;
        placed_q        <= alloc_address_i;
        if (state_q == StHung && alloc_status_i == StoreOk) request_q <= '0;
      end
      default: ;
    endcase

    if (state_q == StForget) begin
      freed_q    <= command_q.vpn.request;
      freed_by_q <= command_q.tenant;
    end
  end

  // ---- What the others are asked ----

  assign alloc_valid_o = state_q == StCarve || state_q == StPlace || state_q == StHang;
  assign alloc_hang_o  = state_q == StHang;
  assign alloc_chain_o = request_q.chain;

  always_comb begin
    alloc_units_o = area_t'(command_q.length);
    if (state_q == StCarve) alloc_units_o = level_q ? request_q.row_units : area_t'(DirUnits);
  end

  assign read_valid_o  = state_q == StFind;
  assign read_o        = slot_q;
  assign write_valid_o = state_q inside {StClear, StLink, StBegin, StUnroot};

  logic [16:0] clear_units;

  always_comb begin
    clear_units = level_q ? 17'(request_q.row_units) : 17'(DirUnits);
    if (!ready_q) clear_units = 17'(Requests);
    write_o = '{
      clear: state_q == StClear, count: clear_units, unit: address_q, word: '0, whole: 1'b0,
      key: slot_q.key, body: pointer_body(address_q)
    };
    unique case (state_q)
      StLink: begin
        write_o.unit = slot_q.unit;
        write_o.word = slot_q.word;
      end
      StBegin: begin
        write_o.unit  = root_base_i + unit_t'(command_q.vpn.request);
        write_o.whole = 1'b1;
        write_o.key   = root_key(command_q.vpn.request);
        write_o.body  = {command_q.tenant, 8'd0, command_q.vpn.kv_head, command_q.vpn.layer, 8'd1};
      end
      StUnroot: begin
        write_o.unit  = root_base_i + unit_t'(command_q.vpn.request);
        write_o.clear = 1'b1;
        write_o.count = 17'd1;
      end
      default: ;
    endcase
  end

  assign inv_valid_o = state_q == StForget;

  always_comb begin
    inv_o = '{kind: InvRequest, vpn: '0};
    inv_o.vpn.request = command_q.vpn.request;
  end

  assign drain_o = drain_q;
  assign ready_o = ready_q;

  // ---- Answers ----

  logic [16:0] stream;
  assign stream = {product_q, command_q.vpn.kind};

  always_comb begin
    placed = '{tag: command_q.tag, status: status_q, address: '0, at: '{unit: '0, quarter: '0}};
    if (status_q == StoreOk) begin
      placed.address = placed_q;
      placed.at      = '{unit: row_q + unit_t'(stream[16:2]), quarter: stream[1:0]};
    end
  end

  assign place_answer  = state_q == StAnswer && command_q.op == OpPlace;
  assign manage_answer = state_q == StAnswer && command_q.op != OpPlace;

  skv_skid #(
    .data_t(placed_t)
  ) u_placed (
    .clk_i,
    .rst_ni,
    .valid_i(place_answer),
    .ready_o(placed_ready),
    .data_i (placed),
    .valid_o(placed_valid_o),
    .ready_i(placed_ready_i),
    .data_o (placed_o)
  );

  skv_skid #(
    .data_t(store_status_e)
  ) u_managed (
    .clk_i,
    .rst_ni,
    .valid_i(manage_answer),
    .ready_o(managed_ready),
    .data_i (status_q),
    .valid_o(managed_valid_o),
    .ready_i(managed_ready_i),
    .data_o (managed_o)
  );

  `SKV_ASSERT(OnlyOwnersPlace, state_q == StPlace |->
              request_q.state == ReqLive && request_q.owner == command_q.tenant)
  `SKV_ASSERT(OnlyFreedIsHung, state_q == StHang |-> request_q.state == ReqFreeing && freeing_q)
  `SKV_ASSERT(DrainHeld, drain_o && !drained_i |=> drain_o)
  `SKV_ASSERT(FreedBeforeRelease, release_q |-> freeing_q && !drain_q)

endmodule
