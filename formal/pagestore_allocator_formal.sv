// The allocator with two requests, three segments of four units, and a memory of links in which any
// access may fail and a failed write may leave anything.
//
// A unit of the pool is picked, whichever: it is never given to anyone while it is somebody's.
// For the induction each segment's owner and its position in the owner's chain, or in the free list,
// are followed, and what the links then have to say.

`include "skv_assert.svh"

module pagestore_allocator_formal
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
(
  input logic       clk_i,
  input logic       rst_ni,

  input unit_t      pool_base_i,
  input logic [1:0] unit_segment_i,  // the unit's
  input logic [1:0] unit_offset_i,

  input logic       valid_i,
  input logic       request_i,
  input logic       hang_i,
  input area_t      units_i,

  input logic       load_ready_i,
  input logic       load_answer_i,
  input logic       load_error_i,
  input logic       load_malformed_i,
  input logic       save_ready_i,
  input logic       save_answer_i,
  input logic       save_error_i,
  input segment_t   garbage_i
);

  localparam int unsigned SegmentUnits = 4;
  localparam int unsigned Segments = 3;
  localparam int unsigned Requests = 2;

  // The allocator's own (enumerations of an instance cannot be named from outside).
  localparam logic [2:0] StLook = 3'd1;
  localparam logic [2:0] StChoose = 3'd2;
  localparam logic [2:0] StLinks = 3'd3;
  localparam logic [2:0] StJudge = 3'd4;
  localparam logic [2:0] StDone = 3'd5;
  localparam logic [1:0] FromNewest = 2'd0;
  localparam logic [1:0] FromList = 2'd1;
  localparam logic [1:0] FromFresh = 2'd2;
  localparam logic [1:0] FromNowhere = 2'd3;

  logic          ready, done;
  store_status_e status;
  unit_t         address;
  chain_t        chain;
  logic          load_valid, save_valid, loaded, saved;
  segment_t      load_segment, save_segment, save_next;
  found_t        found;
  unit_t         free_units;

  // ---- The requests ----

  chain_t [Requests-1:0] chains_q, chains;  // as the requests know them; as they are
  logic                  request_q, good;

  assign good = status == StoreOk;

  always_comb begin
    chains = chains_q;
    if (done && good) chains[request_q] = u_dut.hang_q ? '0 : chain;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) chains_q <= '0;
    else chains_q <= chains;
    if (valid_i) request_q <= request_i;
  end

  `SKV_ASSUME(OneAtATime, valid_i |-> ready)
  `SKV_ASSUME(Units, units_i != '0 && units_i <= area_t'(SegmentUnits))
  `SKV_ASSUME(Fixed, 1'b1 |=> $stable({pool_base_i, unit_segment_i, unit_offset_i}))
  `SKV_ASSUME(Inside, pool_base_i < unit_t'(1 << 20) && unit_segment_i < 2'(Segments))

  pagestore_allocator #(
    .SegmentUnits(SegmentUnits)
  ) u_dut (
    .clk_i,
    .rst_ni,
    .segments_i    (segment_t'(Segments)),
    .pool_base_i,
    .free_units_o  (free_units),
    .valid_i,
    .ready_o       (ready),
    .hang_i,
    .chain_i       (chains_q[request_i]),
    .units_i,
    .done_o        (done),
    .status_o      (status),
    .address_o     (address),
    .chain_o       (chain),
    .load_valid_o  (load_valid),
    .load_ready_i,
    .load_segment_o(load_segment),
    .loaded_i      (loaded),
    .found_i       (found),
    .save_valid_o  (save_valid),
    .save_ready_i,
    .save_segment_o(save_segment),
    .save_next_o   (save_next),
    .saved_i       (saved),
    .save_error_i
  );

  // ---- The links ----

  segment_t [Segments-1:0] links_q;
  logic                    loading_q, saving_q;
  segment_t                load_q, save_q, next_q;

  assign loaded = loading_q && load_answer_i;
  assign saved  = saving_q && save_answer_i;

  always_comb begin
    found = '{status: StoreOk, absent: 1'b0, address: unit_t'(links_q[2'(load_q)])};
    if (load_malformed_i) found.status = StoreMalformed;
    if (load_error_i) found.status = StoreBus;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      loading_q <= 1'b0;
      saving_q  <= 1'b0;
    end else begin
      if (load_valid && load_ready_i) loading_q <= 1'b1;
      else if (loaded) loading_q <= 1'b0;
      if (save_valid && save_ready_i) saving_q <= 1'b1;
      else if (saved) saving_q <= 1'b0;
    end
    if (load_valid && load_ready_i) load_q <= load_segment;
    if (save_valid && save_ready_i) begin
      save_q <= save_segment;
      next_q <= save_next;
    end
    if (saved) links_q[2'(save_q)] <= save_error_i ? garbage_i : next_q;
  end

  // ---- The unit ----

  logic       owned_q, owner_q, given;
  unit_t      area;  // where the area begins, in the pool
  logic [3:0] unit;

  assign unit  = {unit_segment_i, unit_offset_i};
  assign area  = address - pool_base_i;
  assign given = done && good && !u_dut.hang_q;

  logic hit;
  assign hit = given && unit_t'(unit) >= area && unit_t'(unit) < area + unit_t'(u_dut.units_q);

  logic freed;
  assign freed = done && good && u_dut.hang_q && owner_q == request_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      owned_q <= 1'b0;
    end else if (hit) begin
      owned_q <= 1'b1;
      owner_q <= request_q;
    end else if (freed) begin
      owned_q <= 1'b0;
    end
  end

  `SKV_ASSERT(NeverTwice, hit |-> !owned_q)
  `SKV_ASSERT(InPool, given |-> area + unit_t'(u_dut.units_q) <= unit_t'(Segments * SegmentUnits))
  `SKV_COVER(Hung, freed && owned_q && unit_segment_i == 2'd0)

  // ---- For the induction: whose each segment is (0: nobody's), and where in the chain ----

  logic [Segments-1:0][1:0] whose_q, at_q;
  logic                     commit;
  logic [1:0]               taken;

  assign commit = u_dut.state_q == StJudge && u_dut.status_q == StoreOk;
  assign taken  = 2'(u_dut.taken_q);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      whose_q <= '0;
    end else if (commit && u_dut.hang_q) begin
      for (int s = 0; s < int'(Segments); s++) begin
        if (whose_q[s] == 2'(request_q) + 2'd1) whose_q[s] <= '0;
        else if (whose_q[s] == '0) at_q[s] <= at_q[s] + 2'(u_dut.chain_q.count);
      end
    end else if (commit && u_dut.from_q != FromNewest) begin
      for (int s = 0; s < int'(Segments); s++) begin
        if (whose_q[s] == '0 && u_dut.from_q == FromList) at_q[s] <= at_q[s] - 2'd1;
      end
      whose_q[taken] <= 2'(request_q) + 2'd1;
      at_q[taken]    <= 2'(u_dut.chain_q.count);
    end
  end

  // How many the owner of a segment has.
  function automatic segment_t count_of(logic [1:0] whose);
    return whose == '0 ? u_dut.listed_q : chains[1'(whose - 2'd1)].count;
  endfunction

  // Whether a link leads from a segment to the next of the same owner.
  function automatic logic leads(int s);
    logic [1:0] t;
    t = 2'(links_q[s] - 1'b1);
    return links_q[s] != '0 && links_q[s] <= u_dut.used_q &&
           whose_q[t] == whose_q[s] && at_q[t] == at_q[s] + 2'd1;
  endfunction

  logic [Segments-1:0] fresh_ok, at_ok, link_ok, apart_ok;

  always_comb begin
    for (int s = 0; s < int'(Segments); s++) begin
      logic used, last;
      used = segment_t'(s) < u_dut.used_q;
      last = segment_t'(at_q[s]) + 1'b1 == count_of(whose_q[s]);
      fresh_ok[s] = used || whose_q[s] == '0;
      at_ok[s] = !used || (whose_q[s] <= 2'(Requests) &&
                           segment_t'(at_q[s]) < count_of(whose_q[s]));
      link_ok[s] = !used || (last ? whose_q[s] != '0 || links_q[s] == '0 : leads(s));
      apart_ok[s] = 1'b1;
      for (int t = 0; t < s; t++) begin
        if (used && whose_q[s] == whose_q[t] && at_q[s] == at_q[t]) apart_ok[s] = 1'b0;
      end
    end
  end

  logic [Requests-1:0] chain_ok;

  always_comb begin
    for (int r = 0; r < int'(Requests); r++) begin
      chain_t c;
      c = chains[r];
      chain_ok[r] = c.count == '0 || (
          c.oldest < u_dut.used_q && whose_q[2'(c.oldest)] == 2'(r) + 2'd1 &&
          at_q[2'(c.oldest)] == '0 &&
          c.newest < u_dut.used_q && whose_q[2'(c.newest)] == 2'(r) + 2'd1 &&
          segment_t'(at_q[2'(c.newest)]) + 1'b1 == c.count);
      if (c.fill > area_t'(SegmentUnits)) chain_ok[r] = 1'b0;
    end
  end

  segment_t head;
  assign head = u_dut.head_q;

  `SKV_ASSERT(UsedSmall, u_dut.used_q <= segment_t'(Segments))
  `SKV_ASSERT(AllCounted, u_dut.listed_q + chains[0].count + chains[1].count == u_dut.used_q)
  `SKV_ASSERT(CountsSmall, u_dut.listed_q <= u_dut.used_q && chains[0].count <= u_dut.used_q &&
              chains[1].count <= u_dut.used_q)
  `SKV_ASSERT(FreshAreNobodys, &fresh_ok)
  `SKV_ASSERT(PositionsInRange, &at_ok)
  `SKV_ASSERT(PositionsDiffer, &apart_ok)
  `SKV_ASSERT(LinksLead, &link_ok)
  `SKV_ASSERT(ChainsHeld, &chain_ok)
  `SKV_ASSERT(HeadIsFirst, u_dut.listed_q != '0 |->
              head < u_dut.used_q && whose_q[2'(head)] == '0 && at_q[2'(head)] == '0)

  // The unit's segment is its owner's, and the unit is in the part of it that is taken.
  `SKV_ASSERT(OwnedIsHeld, owned_q && !freed |->
              segment_t'(unit_segment_i) < u_dut.used_q &&
              whose_q[unit_segment_i] == 2'(owner_q) + 2'd1)
  `SKV_ASSERT(OwnedIsTaken, owned_q && !freed &&
              segment_t'(unit_segment_i) == chains[owner_q].newest |->
              area_t'(unit_offset_i) < chains[owner_q].fill)
  `SKV_ASSERT(GivenAtTheEnd, given |->
              area ==
              unit_t'({chain.newest, 2'd0}) + (unit_t'(chain.fill) - unit_t'(u_dut.units_q)) &&
              chain.count != '0 && chain.fill >= u_dut.units_q)

  // ---- What the allocator knows in the middle of a command ----

  logic busy, chosen, judge, links, grows, any;
  assign judge  = u_dut.state_q == StJudge;
  assign links  = u_dut.state_q == StLinks;
  assign chosen = links || judge;
  assign busy   = chosen || u_dut.state_q == StLook || u_dut.state_q == StChoose;
  assign any    = u_dut.chain_q.count != '0;
  assign grows  = u_dut.from_q == FromList || u_dut.from_q == FromFresh;

  logic fits;
  assign fits = any && u_dut.end_q <= area_t'(SegmentUnits);

  `SKV_ASSERT(StateKnown, u_dut.state_q <= StDone)
  `SKV_ASSERT(ChainKept, busy |-> u_dut.chain_q == chains_q[request_q])
  `SKV_ASSERT(EndKept, busy |-> u_dut.end_q == u_dut.chain_q.fill + u_dut.units_q &&
              u_dut.units_q != '0 && u_dut.units_q <= area_t'(SegmentUnits))
  `SKV_ASSERT(UnitsKept, done |-> u_dut.units_q != '0 && u_dut.units_q <= area_t'(SegmentUnits))
  `SKV_ASSERT(Looked, chosen || u_dut.state_q == StChoose |->
              u_dut.fits_q == fits && u_dut.chain_any_q == any &&
              u_dut.listed_any_q == (u_dut.listed_q != '0) &&
              u_dut.fresh_any_q == (u_dut.used_q != segment_t'(Segments)))
  `SKV_ASSERT(ListChosen, chosen && !u_dut.hang_q && u_dut.from_q == FromList |->
              u_dut.listed_q != '0 && u_dut.taken_q == head && !fits)
  `SKV_ASSERT(FreshChosen, chosen && !u_dut.hang_q && u_dut.from_q == FromFresh |->
              u_dut.used_q != segment_t'(Segments) && u_dut.taken_q == u_dut.used_q && !fits)
  `SKV_ASSERT(NewestChosen, chosen && !u_dut.hang_q && u_dut.from_q == FromNewest |-> fits)
  `SKV_ASSERT(NothingChosen, chosen && !u_dut.hang_q && u_dut.from_q == FromNowhere |->
              u_dut.status_q == StoreNoMemory)
  `SKV_ASSERT(PlaceChosen, chosen && u_dut.from_q == FromNewest |->
              u_dut.at_q == unit_t'({u_dut.chain_q.newest, u_dut.chain_q.fill[1:0]}))
  `SKV_ASSERT(NewPlace, judge && grows |-> u_dut.at_q == unit_t'({u_dut.taken_q, 2'd0}))
  `SKV_ASSERT(Loading, u_dut.loading_q |->
              links && !u_dut.hang_q && u_dut.from_q == FromList)
  `SKV_ASSERT(Saving, u_dut.saving_q |-> links && any && (u_dut.hang_q || grows))
  `SKV_ASSERT(LoadUnderWay, u_dut.loading_q == (u_dut.load_q || loading_q) &&
              !(u_dut.load_q && loading_q))
  `SKV_ASSERT(SaveUnderWay, u_dut.saving_q == (u_dut.save_q || saving_q) &&
              !(u_dut.save_q && saving_q))
  `SKV_ASSERT(LoadsHead, loading_q |-> load_q == head)
  `SKV_ASSERT(SavesNewest, saving_q |->
              save_q == u_dut.chain_q.newest && next_q == u_dut.save_next_o)
  `SKV_ASSERT(LoadedNext, chosen && !u_dut.hang_q && u_dut.from_q == FromList &&
              !u_dut.loading_q && u_dut.status_q == StoreOk |->
              u_dut.next_q == links_q[2'(head)] - 1'b1)
  `SKV_ASSERT(SavedNext, chosen && any && (u_dut.hang_q || grows) && !u_dut.saving_q &&
              u_dut.status_q == StoreOk |->
              links_q[2'(u_dut.chain_q.newest)] == u_dut.save_next_o)

  logic unused;
  assign unused = &{1'b0, free_units};

endmodule
