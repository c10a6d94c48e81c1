// Carves areas out of segments and takes segments back by the chain.
//
// A request's chain goes in with each command and comes out changed; nobody else may touch a
// segment's link.  One command at a time: done_o is high for a cycle, and status_o, address_o and
// chain_o stay until the next.  An area inside the newest segment takes three cycles; a new segment
// takes a link's read (its own, off the free list) and a link's write (its predecessor's) side by
// side; a chain is hung in front of the free list with one link's write.
//
// Whatever fails leaves chain, free list and counts as they were.  The link of the newest segment
// of a chain means nothing until that chain is hung or grows, so a failed write of it is harmless.
// While the list's first link cannot be read, segments come from those never used, as long as there
// are any and no chain was hung since.

`include "skv_assert.svh"

module pagestore_allocator
  import skv_mem_pkg::*;
  import pagestore_pkg::*;
#(
  parameter int unsigned SegmentUnits = 1024,
  localparam int unsigned UnitsW = $clog2(SegmentUnits)
) (
  input  logic          clk_i,
  input  logic          rst_ni,

  input  segment_t      segments_i,
  input  unit_t         pool_base_i,
  output unit_t         free_units_o,

  input  logic          valid_i,
  output logic          ready_o,
  input  logic          hang_i,        // a chain to the free list, or else carve an area
  input  chain_t        chain_i,
  input  area_t         units_i,       // 1 to SegmentUnits
  output logic          done_o,
  output store_status_e status_o,
  output unit_t         address_o,
  output chain_t        chain_o,

  // A segment's link: the number of the next segment plus one, or zero.
  output logic          load_valid_o,
  input  logic          load_ready_i,
  output segment_t      load_segment_o,
  input  logic          loaded_i,
  input  found_t        found_i,
  output logic          save_valid_o,
  input  logic          save_ready_i,
  output segment_t      save_segment_o,
  output segment_t      save_next_o,
  input  logic          saved_i,
  input  logic          save_error_i
);

  `SKV_CHECK_PARAM(SegmentUnits, SegmentUnits >= 2 && SegmentUnits <= 4096 &&
                                 SegmentUnits == 1 << UnitsW)

  typedef enum logic [2:0] {StIdle, StLook, StChoose, StLinks, StJudge, StDone} state_e;

  // Where a new segment comes from.
  typedef enum logic [1:0] {FromNewest, FromList, FromFresh, FromNowhere} from_e;

  state_e        state_q;
  logic          hang_q, fits_q, stuck_q;  // stuck: the list's first link could not be read
  area_t         units_q, end_q;
  chain_t        chain_q;
  segment_t      listed_q, head_q;         // the free list: how many, the first
  segment_t      used_q;                   // those never used begin here
  from_e         from_d, from_q;
  segment_t      taken_q;
  logic          load_q, loading_q, save_q, saving_q;
  logic          listed_any_q, fresh_any_q, chain_any_q;
  store_status_e status_q;
  unit_t         at_q, address_q, free_q;

  assign ready_o        = state_q == StIdle;
  assign done_o         = state_q == StDone;
  assign status_o       = status_q;
  assign address_o      = address_q;
  assign chain_o        = chain_q;
  assign free_units_o   = free_q;
  assign load_valid_o   = load_q;
  assign load_segment_o = head_q;
  assign save_valid_o   = save_q;
  assign save_segment_o = chain_q.newest;

  always_comb begin
    from_d = FromNowhere;
    if (fits_q) from_d = FromNewest;
    else if (listed_any_q && !(stuck_q && fresh_any_q)) from_d = FromList;
    else if (fresh_any_q) from_d = FromFresh;
    // In a hung chain the newest segment is followed by what the list held until then.
    save_next_o = taken_q + 1'b1;
    if (hang_q) save_next_o = listed_any_q ? head_q + 1'b1 : '0;
  end

  // ---- What the list's first link says ----

  segment_t next;
  logic     last, found_bad;

  assign next = segment_t'(found_i.address);
  assign last = listed_q == segment_t'(1);

  always_comb begin
    found_bad = found_i.absent || found_i.address > unit_t'(used_q) || (next == '0) != last;
  end

  // ---- Control ----

  logic links_done;
  assign links_done = !load_q && !save_q && !(loading_q && !loaded_i) && !(saving_q && !saved_i);

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q   <= StIdle;
      load_q    <= 1'b0;
      save_q    <= 1'b0;
      loading_q <= 1'b0;
      saving_q  <= 1'b0;
    end else begin
      unique case (state_q)
        StIdle:   if (valid_i) state_q <= StLook;
        StLook:   state_q <= StChoose;
        StChoose: state_q <= StLinks;
        StLinks:  if (links_done) state_q <= StJudge;
        StJudge:  state_q <= StDone;
        default:  state_q <= StIdle;
      endcase
      if (state_q == StChoose) begin
        load_q    <= !hang_q && from_d == FromList;
        loading_q <= !hang_q && from_d == FromList;
        save_q    <= chain_any_q && (hang_q || from_d == FromList || from_d == FromFresh);
        saving_q  <= chain_any_q && (hang_q || from_d == FromList || from_d == FromFresh);
      end else begin
        if (load_ready_i) load_q <= 1'b0;
        if (save_ready_i) save_q <= 1'b0;
        if (loaded_i) loading_q <= 1'b0;
        if (saved_i) saving_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (ready_o) begin
      hang_q  <= hang_i;
      units_q <= units_i;
      chain_q <= chain_i;
      end_q   <= chain_i.fill + units_i;
    end
    if (state_q == StLook) begin
      fits_q       <= chain_q.count != '0 && end_q <= area_t'(SegmentUnits);
      chain_any_q  <= chain_q.count != '0;
      listed_any_q <= listed_q != '0;
      fresh_any_q  <= used_q != segments_i;
    end
    if (state_q == StChoose) begin
      from_q   <= from_d;
      taken_q  <= from_d == FromList ? head_q : used_q;
      status_q <= !hang_q && from_d == FromNowhere ? StoreNoMemory : StoreOk;
      at_q     <= unit_t'({chain_q.newest, chain_q.fill[UnitsW-1:0]});
    end
    if (state_q == StLinks) begin
      if (from_q != FromNewest) at_q <= unit_t'({taken_q, UnitsW'(0)});
      // The link's read counts before the other's write.
      if (saving_q && saved_i && save_error_i && status_q == StoreOk) status_q <= StoreBus;
      if (loading_q && loaded_i) begin
        if (found_i.status != StoreOk) status_q <= found_i.status;
        else if (found_bad) status_q <= StoreMalformed;
      end
    end
    if (state_q == StJudge) begin
      address_q <= pool_base_i + at_q;
      if (!hang_q && status_q == StoreOk) begin
        chain_q.fill <= end_q;
        if (from_q != FromNewest) begin
          chain_q.fill   <= units_q;
          chain_q.count  <= chain_q.count + 1'b1;
          chain_q.newest <= taken_q;
          if (!chain_any_q) chain_q.oldest <= taken_q;
        end
      end
    end
  end

  // ---- The free list ----

  segment_t next_q, unused_q, free_segments_q;
  logic     read_bad_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      listed_q <= '0;
      used_q   <= '0;
      stuck_q  <= 1'b0;
    end else if (state_q == StJudge) begin
      if (hang_q) begin
        if (status_q == StoreOk && chain_any_q) begin
          listed_q <= listed_q + chain_q.count;
          stuck_q  <= 1'b0;
        end
      end else if (from_q == FromList) begin
        if (status_q == StoreOk) listed_q <= listed_q - 1'b1;
        stuck_q <= read_bad_q;
      end else if (from_q == FromFresh && status_q == StoreOk) begin
        used_q <= used_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (loading_q && loaded_i) begin
      next_q     <= next - 1'b1;
      read_bad_q <= found_i.status != StoreOk || found_bad;
    end
    if (state_q == StJudge && status_q == StoreOk) begin
      if (hang_q && chain_any_q) head_q <= chain_q.oldest;
      else if (!hang_q && from_q == FromList) head_q <= next_q;
    end
    unused_q        <= segments_i - used_q;
    free_segments_q <= unused_q + listed_q;
    free_q          <= unit_t'({free_segments_q, UnitsW'(0)});
  end

  `SKV_ASSUME(AskedHeld, valid_i && !ready_o |=> valid_i && $stable({hang_i, chain_i, units_i}))
  `SKV_ASSUME(UnitsInRange, valid_i && !hang_i |->
              units_i != '0 && units_i <= area_t'(SegmentUnits))
  `SKV_ASSUME(FillInRange, valid_i |-> chain_i.fill <= area_t'(SegmentUnits))
  `SKV_ASSERT(UsedInRange, used_q <= segments_i)
  `SKV_ASSERT(ListedInRange, listed_q <= used_q)

endmodule
