// Decides what each stream keeps and what is fetched for it (docs/prefetch.md): works off packets.
//
//   begin   clears the request's averages and the directory of its streams
//   step    moves the margin, from the second on; fetches for the first layer
//   report  folds the codes into the stream's averages, evicts what is not among its greatest and
//           settles its share of the room; behind a layer's last head it fetches for every stream of the layer below
//   end     evicts everything
//
// A report, and what is fetched for a stream, is a walk over the stream's words, averages or scores
// into the rank; a search; and a walk over the words with what it chose, an operation of the
// directory a page.  Where a stream has no more than it keeps nothing is searched.  Packets that do not fit the request, of another
// tenant, or reports out of order change nothing: rejected_o.

`include "skv_assert.svh"

module prefetch_engine
  import skv_mem_pkg::*;
  import prefetch_pkg::*;
#(
  parameter int unsigned Requests = 4,
  parameter int unsigned Layers = 32,
  parameter int unsigned Heads = 4,
  parameter int unsigned Pages = 256
) (
  input  logic               clk_i,
  input  logic               rst_ni,

  input  logic               valid_i,
  output logic               ready_o,
  input  header_t            header_i,
  output logic [WordW-1:0]   word_o,
  input  codes_t             codes_i,     // of word_o, a cycle later
  output logic               rejected_o,

  input  request_t           request_i,   // the header's handle's
  input  margin_t            margin_i,
  output logic               write_o,     // of the header's handle
  output request_t           request_o,
  output logic               clear_o,
  output logic               learn_o,

  output logic               op_valid_o,
  input  logic               op_ready_i,
  output op_e                op_o,
  output where_t             where_o,
  input  logic               done_i,
  input  lanes_t             there_i,
  input  some_t              fresh_i,     // with done_i of a word that settled
  output logic               idle_o
);

  localparam int unsigned HandleBits = $clog2(Requests);
  localparam int unsigned LayerBits = $clog2(Layers);
  localparam int unsigned HeadBits = $clog2(Heads);
  localparam int unsigned WordBits = $clog2(Pages / Lanes);
  localparam int unsigned StreamW = HandleBits + LayerBits + HeadBits;

  typedef enum logic [3:0] {
    StIdle, StLookup, StCheck, StGo, StLearn, StEnter, StWord, StPut, StTook, StPick, StBit, StNext,
    StSize, StStart, StSearch, StDone
  } state_e;

  // What a walk over words does.
  typedef enum logic [2:0] {
    WalkClear, WalkRelease, WalkUpdate, WalkLoad, WalkEvict, WalkFetch
  } walk_e;

  state_e             state_q;
  walk_e              walk_q;
  rank_e              kind_q;
  logic [LayerW-1:0]  layer_q;
  logic [HeadW-1:0]   head_q;
  logic [WordW-1:0]   word_q;
  lanes_t             mask_q;
  pages_t             count_q;       // of the stream's pages that are there
  logic [1:0]         learn_q;       // cycles of it
  logic [1:0]         open_q;        // words under way
  logic [WordW-1:0]   put_q;         // the first of them
  lanes_t             masks_q [1 << WordW];  // pages that were chosen
  logic [(1<<WordW)-1:0] any_q;      // words with such
  request_t           request_q;

  // ---- Is it a packet for us? ----

  typedef struct packed {
    logic               valid;
    logic [7:0]         handle;
    logic [7:0]         layer;
    logic [7:0]         head;
  } turn_t;

  turn_t next_q;                     // report of the layer begun, head by head
  logic  fits, owner_q, shape_q, pages_q, place_q, order_q, last_head, last_layer;

  always_ff @(posedge clk_i) begin
    owner_q <= request_i.valid && request_i.tenant == header_i.tenant;
    shape_q <= header_i.layer != '0 && header_i.layer <= 8'(Layers) && header_i.head != '0
               && header_i.head <= 8'(Heads) && !request_i.valid;
    pages_q <= header_i.pages != '0 && header_i.pages <= 16'(Pages)
               && header_i.pages >= 16'(request_i.pages);
    place_q <= header_i.layer < request_i.layers && header_i.head < request_i.heads
               && header_i.pages == 16'(request_i.pages);
    order_q <= header_i.head == '0 || next_q == {1'b1, header_i.handle, header_i.layer,
                                                 header_i.head};
  end

  always_comb begin
    unique case (header_i.kind)
      PacketBegin:  fits = shape_q;
      PacketStep:   fits = owner_q && pages_q;
      PacketReport: fits = owner_q && place_q && order_q;
      default:      fits = owner_q;
    endcase
    if (header_i.handle >= 8'(Requests)) fits = 1'b0;
  end

  assign rejected_o = state_q == StGo && !fits;

  // ---- The request, as it is and as it is to be ----

  always_ff @(posedge clk_i) begin
    if (state_q == StCheck) request_q <= request_i;
    else if (state_q == StGo && header_i.kind == PacketStep) request_q <= request_o;
  end

  logic go, ends;
  assign go = state_q == StGo && fits;

  always_comb begin
    request_o = request_q;
    unique case (header_i.kind)
      PacketBegin: begin
        request_o = '{
            valid: 1'b1, request: header_i.request, tenant: header_i.tenant,
            layers: header_i.layer, heads: header_i.head, pages: '0, room: '0
        };
      end
      PacketStep: begin
        request_o.pages = pages_t'(header_i.pages);
        request_o.room  = header_i.room;
      end
      default: request_o.valid = 1'b0;
    endcase
  end

  // A request is there once it is cleared, and no longer when its end begins.
  assign write_o = (go && header_i.kind inside {PacketStep, PacketEnd})
                   || (state_q == StNext && walk_q == WalkClear && ends);
  assign clear_o = go && header_i.kind == PacketBegin;
  assign learn_o = go && header_i.kind == PacketStep && request_q.pages != '0;

  // ---- Where we are ----

  logic               all_streams, streaming, looks;
  logic [PageW-1:0]   newest;
  logic [StreamW-1:0] stream;

  assign stream = {header_i.handle[HandleBits-1:0], layer_q[LayerBits-1:0],
                   head_q[HeadBits-1:0]};

  assign newest      = PageW'(request_q.pages - 1'b1);
  assign all_streams = walk_q inside {WalkClear, WalkRelease};
  assign ends        = all_streams
      ? &{layer_q[LayerBits-1:0], head_q[HeadBits-1:0], word_q[WordBits-1:0]}
      : word_q == newest[PageW-1:4];
  assign last_head   = 8'(head_q) + 8'd1 == request_q.heads;
  assign last_layer  = 8'(layer_q) + 8'd1 == request_q.layers;

  // Walks whose words follow one another without waiting for what they found.
  assign streaming = walk_q != WalkRelease;
  assign looks     = walk_q inside {WalkEvict, WalkFetch};

  // Which of a word's pages have begun.
  function automatic lanes_t begun_of(logic [WordW-1:0] word, pages_t pages);
    lanes_t begun;
    for (int i = 0; i < int'(Lanes); i++) begun[i] = {1'b0, word, 4'(i)} < pages;
    return begun;
  endfunction

  // ---- What a stream keeps, and how many it may fetch ----

  logic [6:0]                turn;
  logic                      reported;
  pages_t                    limit, needed_q;
  pages_t                    fresh_q;   // newly needed pages of the stream
  logic signed [PageW+2:0]   left_q;
  logic signed [ValueW+1:0]  floor_q;
  value_t                    value;

  // The part of a page goes to some of the streams: fractions spread evenly over them.
  assign turn = 7'(layer_q * LayerW'(79)) + 7'(7'(head_q) * 7'd43);

  prefetch_shares #(
    .Requests(Requests),
    .StreamW (StreamW),
    .Pages   (Pages)
  ) u_shares (
    .clk_i,
    .rst_ni,
    .stream_i(stream),
    .clear_i (state_q == StWord && walk_q == WalkClear && op_ready_i),
    .settle_i(reported),
    .new_i   (fresh_q),
    .room_i  (request_q.room),
    .turn_i  (turn),
    .limit_o (limit)
  );

  always_ff @(posedge clk_i) begin
    needed_q <= request_q.pages >> 3;
    if (request_q.pages[PageW:3] == '0) needed_q <= pages_t'(1);
    left_q <= (PageW + 3)'(limit) + (PageW + 3)'(request_q.pages >> 3) - (PageW + 3)'(count_q);
    if (state_q == StSize) floor_q <= (ValueW + 2)'(value) - (ValueW + 2)'(margin_i);
  end

  // ---- Scores and ranks ----

  function automatic logic [7:0] weight_of(logic [3:0] heads);  // 0.4 * 256 / heads, rounded
    unique case (heads)
      4'd1:    return 8'd102;
      4'd2:    return 8'd51;
      4'd3:    return 8'd34;
      4'd4:    return 8'd26;
      4'd5:    return 8'd20;
      4'd6:    return 8'd17;
      4'd7:    return 8'd15;
      default: return 8'd13;
    endcase
  endfunction

  score_e score;
  values_t values;
  logic    look, looked, put, search_done;
  lanes_t  there, members, greatest, mask;
  pages_t  n;

  always_comb begin
    unique case (walk_q)
      WalkUpdate: score = ScoreUpdate;
      WalkLoad:   score = ScoreMake;
      default:    score = ScoreClear;
    endcase
  end

  prefetch_scores #(
    .AddressW  (StreamW + WordBits),
    .HandleBits(HandleBits)
  ) u_scores (
    .clk_i,
    .rst_ni,
    .start_i   (state_q == StWord && op_ready_i && !looks),
    .kind_i    (score),
    .address_i ({stream, word_q[WordBits-1:0]}),
    .word_i    (word_q),
    .begun_i   (begun_of(word_q, request_q.pages)),
    .first_i   (head_q == '0),
    .no_above_i(layer_q == '0),
    .weight_i  (weight_of(request_q.heads[3:0])),
    .codes_i,
    .values_o  (values)
  );

  assign put   = open_q != '0 && done_i && walk_q inside {WalkUpdate, WalkLoad};

  // The newest page is the GPU's own.
  always_comb begin
    there = there_i;
    if (walk_q == WalkLoad && put_q == newest[PageW-1:4]) there[newest[3:0]] = 1'b1;
  end

  assign look  = state_q == StWord && looks;
  assign n     = kind_q == RankKept ? limit : kind_q == RankBegun ? needed_q : pages_t'(left_q);

  prefetch_rank u_rank (
    .clk_i,
    .rst_ni,
    .write_i   (put),
    .word_i    (put ? put_q : word_q),
    .values_i  (values),
    .there_i   (there),
    .begun_i   (begun_of(put_q, request_q.pages)),
    .newest_i  (newest),
    .start_i   (state_q == StStart),
    .kind_i    (kind_q),
    .n_i       (n),
    .floor_i   (floor_q),
    .done_o    (search_done),
    .value_o   (value),
    .look_i    (look),
    .looked_o  (looked),
    .members_o (members),
    .greatest_o(greatest)
  );

  assign mask = walk_q == WalkEvict ? members & ~greatest : greatest;

  // ---- Operations of the directory ----

  logic [3:0] lane;
  always_comb begin
    lane = '0;
    for (int i = int'(Lanes) - 1; i >= 0; i--) if (mask_q[i]) lane = 4'(i);
  end

  always_comb begin
    op_valid_o = 1'b0;
    op_o       = OpEnter;
    where_o    = '{handle: header_i.handle[HandleW-1:0], layer: layer_q, head: head_q,
                   page: {word_q, 4'd0}};
    unique case (state_q)
      StWord: begin
        op_valid_o = !looks;
        unique case (walk_q)
          WalkClear:  op_o = OpClear;
          WalkUpdate: op_o = OpSettle;
          default:    op_o = OpRead;
        endcase
      end
      StBit: begin
        op_valid_o   = 1'b1;
        op_o         = walk_q == WalkFetch ? OpFetch : OpEvict;
        where_o.page = {word_q, lane};
      end
      StEnter: begin
        op_valid_o   = 1'b1;
        where_o.page = newest;
      end
      default: ;
    endcase
  end

  // ---- The order of things ----

  // The stream to fetch for: the first of the layer below, then the next of this layer.
  logic [LayerW+HeadW-1:0] below;
  assign below = walk_q == WalkFetch || walk_q == WalkLoad ? {layer_q, head_q + 1'b1}
                 : {layer_q + 1'b1, HeadW'(0)};

  // A word is through; a report left the stream with more than it keeps.
  logic advance, bits_over, evicts;
  always_comb begin
    unique case (state_q)
      StWord:  advance = streaming && (looks || op_ready_i);
      StTook:  advance = done_i && there_i == '0;
      StBit:   advance = bits_over && !looks;
      default: advance = 1'b0;
    endcase
  end
  assign bits_over = op_ready_i && (mask_q & (mask_q - 1'b1)) == '0;
  assign evicts = walk_q == WalkUpdate && count_q > limit;

  // A stream's step ends once it is known what it keeps.
  assign reported = state_q == StNext && walk_q inside {WalkUpdate, WalkEvict} && !evicts;

  // Words under way, in order; what was chosen of them.
  logic             word_op, word_done;
  logic [WordW-1:0] first_word;
  assign word_op   = state_q == StWord && advance;
  assign word_done = open_q != '0 && (looks ? looked : done_i);

  always_comb begin
    first_word = '0;
    for (int i = (1 << WordW) - 1; i >= 0; i--) if (any_q[i]) first_word = WordW'(i);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      any_q <= '0;
    end else begin
      if (looked) any_q[put_q] <= mask != '0;
      if (state_q == StPick) any_q[first_word] <= 1'b0;
    end
    if (looked) masks_q[put_q] <= mask;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
    end else begin
      unique case (state_q)
        StIdle:   if (valid_i) state_q <= StLookup;
        StLookup: state_q <= StCheck;
        StCheck:  state_q <= StGo;
        StGo: begin
          if (!fits) state_q <= StDone;
          else state_q <= header_i.kind == PacketStep ? StLearn : StWord;
        end
        StLearn: if (learn_q == '1) state_q <= StEnter;
        StEnter: if (op_ready_i) state_q <= StWord;
        StWord: begin
          if (!streaming && op_ready_i) state_q <= StTook;
          if (advance && ends) state_q <= StPut;
        end
        StPut:   if (open_q == '0) state_q <= looks ? StPick : StNext;
        StTook: begin
          if (advance) state_q <= ends ? StNext : StWord;
          else if (done_i) state_q <= StBit;
        end
        StPick:  state_q <= any_q == '0 ? StNext : StBit;
        StBit: begin
          if (bits_over && looks) state_q <= StPick;
          else if (advance) state_q <= ends ? StNext : StWord;
        end
        StNext: begin
          unique case (walk_q)
            WalkUpdate, WalkEvict: begin
              if (evicts) state_q <= StStart;
              else state_q <= last_head && !last_layer ? StEnter : StDone;
            end
            WalkLoad:  state_q <= StSize;
            WalkFetch: state_q <= last_head ? StDone : StEnter;
            default:   state_q <= StDone;
          endcase
        end
        // What is left is known; nothing may be.
        StSize: begin
          if (left_q > 0) state_q <= StStart;
          else state_q <= last_head ? StDone : StEnter;
        end
        StStart:  state_q <= StSearch;
        StSearch: begin
          if (search_done) state_q <= kind_q == RankBegun ? StSize : StWord;
        end
        default: state_q <= StIdle;
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    learn_q <= state_q == StLearn ? learn_q + 1'b1 : '0;

    unique case (state_q)
      StGo: begin
        word_q  <= '0;
        count_q <= '0;
        layer_q <= header_i.kind == PacketReport ? header_i.layer[LayerW-1:0] : '0;
        head_q  <= header_i.kind == PacketReport ? header_i.head[HeadW-1:0] : '0;
        kind_q  <= RankKept;
        unique case (header_i.kind)
          PacketBegin:  walk_q <= WalkClear;
          PacketReport: walk_q <= WalkUpdate;
          default:      walk_q <= WalkRelease;
        endcase
      end
      StEnter: begin
        walk_q  <= WalkLoad;
        word_q  <= '0;
        count_q <= '0;
        kind_q  <= RankBegun;
      end
      StTook: mask_q <= there_i;
      StPick: begin
        mask_q <= masks_q[first_word];
        word_q <= first_word;
      end
      StBit:  if (op_ready_i) mask_q <= mask_q & (mask_q - 1'b1);
      StNext: begin
        word_q <= '0;
        if (walk_q inside {WalkUpdate, WalkEvict, WalkFetch} && !evicts) {layer_q, head_q} <= below;
      end
      StSize: if (left_q <= 0) {layer_q, head_q} <= below;
      StSearch: begin
        if (search_done) begin
          if (kind_q == RankKept) walk_q <= WalkEvict;
          if (kind_q == RankWanted) walk_q <= WalkFetch;
          if (kind_q == RankBegun) kind_q <= RankWanted;
        end
      end
      default: ;
    endcase

    if (state_q == StGo) fresh_q <= '0;
    else if (put && walk_q == WalkUpdate) fresh_q <= fresh_q + pages_t'(fresh_i);
    if (put) count_q <= count_q + pages_t'($countones(there));
    if (advance && !ends) begin
      word_q <= word_q + 1'b1;
      if (all_streams && word_q[WordBits-1:0] == '1) begin
        word_q <= '0;
        head_q <= head_q[HeadBits-1:0] == '1 ? '0 : head_q + 1'b1;
        if (head_q[HeadBits-1:0] == '1) layer_q <= layer_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) open_q <= '0;
    else open_q <= open_q + 2'(word_op) - 2'(word_done);
    if (state_q inside {StGo, StEnter, StSearch}) put_q <= '0;
    else if (word_done) put_q <= put_q + 1'b1;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      next_q <= '0;
    end else if (go) begin
      next_q <= '{
          valid: header_i.kind == PacketReport && header_i.head + 8'd1 != request_q.heads,
          handle: header_i.handle, layer: header_i.layer, head: header_i.head + 8'd1
      };
    end
  end

  assign word_o  = word_q;
  assign ready_o = state_q == StDone;
  assign idle_o  = state_q == StIdle && !valid_i;

  `SKV_CHECK_PARAM(Requests, Requests >= 2 && Requests == 1 << HandleBits && HandleBits <= HandleW)
  `SKV_ASSUME(PacketHeld, valid_i && !ready_o |=> valid_i && $stable(header_i))
  `SKV_ASSERT(NewestKept, state_q == StBit && walk_q == WalkEvict |-> where_o.page != newest)
  `SKV_ASSERT(LimitIsTheStreams,
              state_q inside {StNext, StSize} && !all_streams |-> $stable(stream) && $stable(limit))
  `SKV_COVER(NothingLeft, state_q == StSize && left_q <= 0)

endmodule
