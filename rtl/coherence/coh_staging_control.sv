// Decides what is in the staging area: which window pages are open, loads and stores them, and
// carries out the driver's commands.  One event after the other, four cycles each: chosen, its page's
// word read, its frame's state, acted upon.  Sources of events take turns.
//
//   fed       the DMA engine has stored or loaded a page
//   filled    a page was cleared
//   new       an access waits for a page
//   want      a page is wanted and a frame free
//   give up   a page is wanted, and nothing can be stored to make room for it
//   victim    a page is wanted and no frame free
//   drain     the victim's accesses have to end, then it is dropped, or stored
//   command   the command under way can go on
//
// A dirty page is stored through exact_slot_i, whose table is never loaded, so that the codec keeps
// every byte; a page's own table is for Seal (docs/coherence.md, "Lines of compressed pages").

`include "skv_assert.svh"

module coh_staging_control
  import coh_pkg::*;
  import coh_staging_pkg::*;
  import dma_pkg::status_e;
  import dma_pkg::StatusOk;
  import dma_pkg::StatusPoolBus;
#(
  parameter int unsigned Pages = 1024,
  parameter int unsigned Frames = 64,
  parameter int unsigned Slots = 64,
  localparam int unsigned PageW = $clog2(Pages),
  localparam int unsigned FrameW = $clog2(Frames),
  localparam int unsigned NumberW = $clog2(Slots)
) (
  input  logic                clk_i,
  input  logic                rst_ni,
  output logic                ready_o,        // every page is known to be closed

  input  line_t               staging_base_i,
  input  logic [7:0]          exact_slot_i,

  // Commands, and their answers in order.
  input  logic                cmd_valid_i,
  output logic                cmd_ready_o,
  input  window_cmd_t         cmd_i,
  output logic                answer_valid_o,
  input  logic                answer_ready_i,
  output window_answer_t      answer_o,

  output logic                event_valid_o,  // for a cycle
  output staging_event_t      event_o,

  // The DMA engine.
  output logic                feed_valid_o,
  input  logic                feed_ready_i,
  output feed_t               feed_o,
  input  logic                fed_valid_i,
  output logic                fed_ready_o,
  input  fed_t                fed_i,

  // Accesses that wait (coh_staging_slots).
  input  logic                new_valid_i,
  input  logic [NumberW-1:0]  new_slot_i,
  input  logic [PageW-1:0]    new_page_i,
  input  logic                new_write_i,
  output logic                seen_o,
  output logic [NumberW-1:0]  seen_slot_o,
  output logic                seen_again_o,
  output logic                seen_bad_o,
  output logic [PageW-1:0]    page_o,
  output logic                wake_o,
  output logic                fail_o,
  input  logic                waits_i,
  input  logic                flies_i,
  input  logic                flies_write_i,

  // Frames (coh_staging_frames); this one's state is asked, and set.
  output logic [FrameW-1:0]   frame_o,
  input  frame_e              phase_i,
  input  logic [PageW-1:0]    frame_page_i,
  input  logic                dirty_i,
  input  logic                pinned_i,
  input  logic                frame_read_i,
  input  logic                frame_write_i,
  output logic                set_o,
  output frame_e              set_phase_o,
  output logic                set_read_o,
  output logic                set_write_o,
  output logic                set_pinned_o,
  output logic                set_dirty_o,
  output logic                set_clean_o,
  output logic                tried_o,
  input  logic                free_valid_i,
  input  logic [FrameW-1:0]   free_i,
  input  logic                victim_valid_i,
  input  logic [FrameW-1:0]   victim_i,

  output logic                hint_o,         // of page_o: frame_o

  output logic                fill_start_o,
  output logic [NumberW-1:0]  fill_slot_o,
  input  logic                fill_busy_i,
  input  logic                fill_done_i,
  input  logic                fill_bad_i,
  input  logic [FrameW-1:0]   fill_frame_i,
  output logic                fill_taken_o,

  output logic                sweep_start_o,
  output logic [PageW-1:0]    sweep_page_o,
  input  logic                sweep_busy_i,

  // The page that is being sealed: each line moves to the new frame with the first write to it.
  output logic                switch_o,
  output logic                switch_start_o,
  output logic [FrameW-1:0]   switch_frame_o
);

  typedef logic [PageW-1:0]   page_t;
  typedef logic [FrameW-1:0]  frame_t;
  typedef logic [NumberW-1:0] number_t;

  // Stores that may fail, one after the other, before a page that needs room is given up.
  localparam int unsigned Tries = 4;
  localparam int unsigned StagingLow = 6 + FrameW;

  // ---- What is known of a window page ----

  typedef enum logic [1:0] {
    PlaceNone   = 2'd0,
    PlaceWanted = 2'd1,
    PlaceFrame  = 2'd2
  } place_e;

  typedef struct packed {
    logic                 open;
    logic                 fresh;   // never stored, never touched
    logic                 sealed;  // what is stored is what the driver had sealed
    logic                 bad;     // it cannot be loaded
    status_e              status;  // why
    place_e               place;
    frame_t               frame;
    skv_mem_pkg::tenant_t tenant;
    skv_mem_pkg::vpn_t    vpn;
    logic [7:0]           table_slot;
  } word_t;

  logic   write;
  word_t  word, next;
  page_t  read_page, page_q;
  logic [PageW:0] clear_q;

  assign ready_o = clear_q[PageW];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) clear_q <= '0;
    else if (!ready_o) clear_q <= clear_q + 1'b1;
  end

  skv_sdpram #(
    .Width($bits(word_t)),
    .Depth(Pages)
  ) u_words (
    .clk_i,
    .we_i   (write || !ready_o),
    .waddr_i(ready_o ? page_q : clear_q[PageW-1:0]),
    .wdata_i(ready_o ? next : '0),
    .re_i   (1'b1),
    .raddr_i(read_page),
    .rdata_o(word)
  );

  // ---- Pages that are wanted, in order ----

  typedef enum logic [1:0] {
    WantAccess = 2'd0,
    WantSeal   = 2'd1,  // an exactly stored page, to be sealed
    WantSealed = 2'd2   // a second frame for the page that is being sealed
  } want_e;

  typedef struct packed {
    want_e   kind;
    page_t   page;
    number_t slot;   // that waits
    logic    fresh;
  } want_t;

  localparam int unsigned WantDepth = 2 * Slots;
  localparam int unsigned CountW = $clog2(WantDepth + 1);

  logic              want_push, want_pop, want_ready, want_valid;
  want_t             want_in, want;
  logic [CountW-1:0] wants_q, stores_q;

  skv_fifo #(
    .data_t(want_t),
    .Depth (WantDepth)
  ) u_wants (
    .clk_i,
    .rst_ni,
    .valid_i(want_push),
    .ready_o(want_ready),
    .data_i (want_in),
    .valid_o(want_valid),
    .ready_i(want_pop),
    .data_o (want)
  );

  // ---- To the DMA engine ----

  logic  feed, feed_ready, feed_store;
  logic [7:0] feed_slot;
  frame_t feed_frame;

  skv_skid #(
    .data_t(feed_t)
  ) u_feed (
    .clk_i,
    .rst_ni,
    .valid_i(feed),
    .ready_o(feed_ready),
    .data_i ('{
      tag: 8'(feed_frame),
      store: feed_store,
      tenant: word.tenant,
      vpn: word.vpn,
      table_slot: feed_store ? feed_slot : 8'd0,
      readonly: 1'b0,
      line: 58'({staging_base_i[LineW-1:StagingLow], feed_frame, 6'd0})
    }),
    .valid_o(feed_valid_o),
    .ready_i(feed_ready_i),
    .data_o (feed_o)
  );

  // ---- The command under way ----

  typedef enum logic [3:0] {
    StepIdle   = 4'd0,
    StepStart  = 4'd1,
    StepSweep  = 4'd2,
    StepLook   = 4'd3,
    StepRoom   = 4'd4,   // Seal: a frame for the sealed bytes,
    StepBlock  = 4'd5,   // no more writes,
    StepStore  = 4'd6,   // those under way are through,
    StepStored = 4'd7,
    StepLoad   = 4'd8,
    StepLoaded = 4'd9,
    StepSwitch = 4'd10,  // accesses move, line by line,
    StepMoved  = 4'd11,  // all lines have,
    StepFree   = 4'd12,
    StepUndo   = 4'd13,  // or all is as before,
    StepGive   = 4'd14,
    StepAnswer = 4'd15
  } step_e;

  step_e          step_q, step_d;
  window_cmd_t    cmd_q;
  page_t          cmd_page;
  window_answer_t answer_q, answer_d;
  frame_t         old_q, new_q;
  logic           have_new_q, seal_failed_q, seal_done_q, switch_q, step_asks, range_bad;
  status_e        seal_status_q, last_status_q;

  assign cmd_page    = page_t'(cmd_q.page);
  assign cmd_ready_o = step_q == StepIdle && ready_o;
  assign range_bad   = 32'(cmd_i.page) >= Pages;

  always_comb begin
    unique case (step_q)
      StepStart, StepLook, StepBlock, StepSwitch, StepFree, StepUndo, StepGive:
        step_asks = 1'b1;
      StepStore, StepLoad:    step_asks = feed_ready;
      StepSweep, StepMoved:   step_asks = !sweep_busy_i;
      StepRoom:               step_asks = have_new_q || seal_failed_q;
      StepStored, StepLoaded: step_asks = seal_done_q;
      default:                step_asks = 1'b0;
    endcase
  end

  // ---- Which event ----

  localparam int unsigned Sources = 8;

  typedef enum logic [2:0] {
    FromFed     = 3'd0,
    FromFilled  = 3'd1,
    FromNew     = 3'd2,
    FromWant    = 3'd3,
    FromGiveUp  = 3'd4,
    FromVictim  = 3'd5,
    FromDrain   = 3'd6,
    FromCommand = 3'd7
  } from_e;

  typedef enum logic [1:0] {
    Choose = 2'd0,
    Read   = 2'd1,
    Look   = 2'd2,
    Act    = 2'd3
  } state_e;

  logic [Sources-1:0] asks;
  logic               drain_q, room_q;
  frame_t             drain_frame_q, frame_q;
  logic [2:0]         fails_q, turn_q, chosen;
  logic               hopeless, act, new_write_q;
  number_t            slot_q;
  status_e            status_q;
  state_e             state_q;
  from_e              from_q;

  assign hopeless = 32'(fails_q) >= Tries;

  always_comb begin
    asks              = '0;
    asks[FromFed]     = fed_valid_i;
    asks[FromFilled]  = fill_done_i;
    asks[FromNew]     = new_valid_i;
    asks[FromWant]    = want_valid && free_valid_i && (want.fresh ? !fill_busy_i : feed_ready);
    asks[FromGiveUp]  = want_valid && !free_valid_i && hopeless;
    asks[FromVictim]  = want_valid && !free_valid_i && victim_valid_i && !hopeless && !drain_q &&
      !room_q && stores_q < wants_q;
    asks[FromDrain]   = drain_q && feed_ready;
    asks[FromCommand] = step_asks;
  end

  always_comb begin
    chosen = '0;
    for (int i = int'(Sources) - 1; i >= 0; i--) if (asks[i]) chosen = 3'(i);
    for (int i = int'(Sources) - 1; i >= 0; i--) begin
      if (asks[i] && 3'(i) >= turn_q) chosen = 3'(i);
    end
  end

  assign act         = state_q == Act;
  assign fed_ready_o = act && from_q == FromFed;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= Choose;
      turn_q  <= '0;
    end else begin
      unique case (state_q)
        Choose:  if (|asks && ready_o) begin
          state_q <= Read;
          turn_q  <= chosen + 1'b1;
        end
        Read:    state_q <= Look;
        Look:    state_q <= Act;
        default: state_q <= Choose;
      endcase
    end
  end

  // The event's page is named by it, or its frame's.
  logic by_frame;
  assign by_frame  = from_q == FromFed || from_q == FromFilled || from_q == FromVictim ||
    from_q == FromDrain;
  assign read_page = by_frame ? frame_page_i : page_q;

  always_ff @(posedge clk_i) begin
    if (state_q == Choose) begin
      from_q      <= from_e'(chosen);
      slot_q      <= new_slot_i;
      new_write_q <= new_write_i;
      status_q    <= fed_i.status;
      unique case (from_e'(chosen))
        FromNew:              page_q <= new_page_i;
        FromWant, FromGiveUp: page_q <= want.page;
        default:              page_q <= cmd_page;
      endcase
      unique case (from_e'(chosen))
        FromFed:    frame_q <= frame_t'(fed_i.tag);
        FromFilled: frame_q <= fill_frame_i;
        FromWant:   frame_q <= free_i;
        FromVictim: frame_q <= victim_i;
        default:    frame_q <= drain_frame_q;
      endcase
    end else if (state_q == Read) begin
      page_q <= read_page;
    end
  end

  assign page_o      = page_q;
  assign seen_slot_o = slot_q;
  assign fill_slot_o = want.slot;

  // ---- What is done ----

  logic ok, discards, closing, drain_start, store_ends, store_fails, room_made, gave_up, seal_over;
  logic take_new, switch_end, pins;

  assign ok      = status_q == StatusOk;
  // The command under way closes this page: what was written goes with it, or is sealed.
  assign discards = step_q == StepLook && cmd_q.op == WindowDiscard && page_q == cmd_page;
  assign closing  = discards || (step_q == StepLook && cmd_q.op == WindowClose &&
    page_q == cmd_page && word.sealed);
  // A page that the command under way waits for stays until the command has looked at it.
  assign pins    = (step_q == StepSweep || step_q == StepLook) && cmd_q.op != WindowOpen &&
    page_q == cmd_page;

  // The frame in question, from Look on.
  always_comb begin
    frame_o = frame_q;
    if (state_q >= Look && from_q == FromNew) frame_o = word.frame;
    if (state_q >= Look && from_q == FromCommand) begin
      unique case (step_q)
        StepLook:            frame_o = word.frame;
        StepMoved, StepGive: frame_o = new_q;
        default:             frame_o = old_q;
      endcase
    end
  end

  // What is known of it.  A cycle old when it counts, which is as good: accesses of a frame that is
  // blocked only become fewer, and a write that dirties another is as one that came behind.
  frame_e phase_q;
  logic   dirty_q, pinned_q, may_read_q, may_write_q, waits_q, flies_q, flies_write_q;

  always_ff @(posedge clk_i) begin
    phase_q       <= phase_i;
    dirty_q       <= dirty_i;
    pinned_q      <= pinned_i;
    may_read_q    <= frame_read_i;
    may_write_q   <= frame_write_i;
    waits_q       <= waits_i;
    flies_q       <= flies_i;
    flies_write_q <= flies_write_i;
  end

  always_comb begin
    feed_frame     = frame_q;
    write          = 1'b0;
    next           = word;
    set_o          = 1'b0;
    set_phase_o    = phase_q;
    set_read_o     = may_read_q;
    set_write_o    = may_write_q;
    set_pinned_o   = pinned_q;
    set_dirty_o    = 1'b0;
    set_clean_o    = 1'b0;
    tried_o        = 1'b0;
    hint_o         = 1'b0;
    wake_o         = 1'b0;
    fail_o         = 1'b0;
    seen_o         = 1'b0;
    seen_again_o   = 1'b0;
    seen_bad_o     = 1'b0;
    event_valid_o  = 1'b0;
    event_o        = '{page: 16'(page_q), store: 1'b0, status: status_q};
    feed           = 1'b0;
    feed_store     = 1'b0;
    feed_slot      = exact_slot_i;
    want_push      = 1'b0;
    want_pop       = 1'b0;
    want_in        = '{kind: WantAccess, page: page_q, slot: slot_q, fresh: word.fresh};
    fill_start_o   = 1'b0;
    fill_taken_o   = 1'b0;
    sweep_start_o  = 1'b0;
    switch_start_o = 1'b0;
    switch_end     = 1'b0;
    drain_start    = 1'b0;
    store_ends     = 1'b0;
    store_fails    = 1'b0;
    room_made      = 1'b0;
    gave_up        = 1'b0;
    seal_over      = 1'b0;
    take_new       = 1'b0;
    step_d         = step_q;
    answer_d       = answer_q;

    if (act) begin
      unique case (from_q)
        FromFed: begin
          unique case (phase_q)
            FrameLoad: begin
              set_o = 1'b1;
              if (ok) begin
                set_phase_o  = FrameHeld;
                set_read_o   = 1'b1;
                set_write_o  = 1'b1;
                set_pinned_o = pins;
                set_clean_o  = 1'b1;
                wake_o       = 1'b1;
              end else begin
                set_phase_o   = FrameFree;
                write         = 1'b1;
                next.place    = PlaceNone;
                next.bad      = 1'b1;
                next.status   = status_q;
                fail_o        = 1'b1;
                event_valid_o = 1'b1;
              end
            end
            FrameStore: begin
              set_o      = 1'b1;
              wake_o     = 1'b1;
              store_ends = 1'b1;
              if (ok) begin
                set_phase_o = FrameFree;
                write       = 1'b1;
                next.place  = PlaceNone;
                next.sealed = 1'b0;
                room_made   = 1'b1;
              end else begin
                set_phase_o   = FrameHeld;
                set_read_o    = 1'b1;
                set_write_o   = 1'b1;
                store_fails   = 1'b1;
                event_valid_o = 1'b1;
                event_o.store = 1'b1;
              end
            end
            default: seal_over = 1'b1;  // of the page that is being sealed
          endcase
        end

        FromFilled: begin
          fill_taken_o = 1'b1;
          set_o        = 1'b1;
          write        = 1'b1;
          if (!fill_bad_i) begin
            set_phase_o  = FrameHeld;
            set_read_o   = 1'b1;
            set_write_o  = 1'b1;
            set_pinned_o = pins;
            set_dirty_o  = 1'b1;
            next.fresh   = 1'b0;
            wake_o       = 1'b1;
          end else begin
            set_phase_o    = FrameFree;
            next.place     = PlaceNone;
            next.bad       = 1'b1;
            next.status    = StatusPoolBus;
            fail_o         = 1'b1;
            event_valid_o  = 1'b1;
            event_o.status = StatusPoolBus;
          end
        end

        FromNew: begin
          seen_o = 1'b1;
          if (!word.open || word.bad) begin
            seen_bad_o = 1'b1;
          end else if (word.place == PlaceFrame) begin
            seen_again_o = new_write_q ? may_write_q : may_read_q;
          end else if (word.place == PlaceNone) begin
            write      = 1'b1;
            next.place = PlaceWanted;
            want_push  = 1'b1;
          end
        end

        // Free frames may have been taken since.
        FromWant: if (phase_q == FrameFree) begin
          want_pop    = 1'b1;
          set_o       = 1'b1;
          set_read_o  = 1'b0;
          set_write_o = 1'b0;
          if (want.kind == WantSealed) begin
            set_phase_o  = FrameTaken;
            set_pinned_o = 1'b1;
            set_clean_o  = 1'b1;
            take_new     = 1'b1;
          end else begin
            set_phase_o  = FrameLoad;
            set_pinned_o = 1'b0;
            hint_o       = 1'b1;
            write        = 1'b1;
            next.place   = PlaceFrame;
            next.frame   = frame_q;
            feed         = !want.fresh;
            fill_start_o = want.fresh;
          end
        end

        FromGiveUp: begin
          want_pop = 1'b1;
          gave_up  = 1'b1;
          if (want.kind != WantSealed) begin
            write      = 1'b1;
            next.place = PlaceNone;
            fail_o     = 1'b1;
          end
        end

        FromVictim: if (phase_q == FrameHeld && !pinned_q) begin
          tried_o = 1'b1;
          // Not one whose accesses are about to come again: each page that was loaded is used.
          if (!waits_q) begin
            set_o       = 1'b1;
            set_phase_o = FrameStore;
            set_read_o  = 1'b0;
            set_write_o = 1'b0;
            drain_start = 1'b1;
          end
        end

        FromDrain: if (!flies_q) begin
          if (dirty_q && !discards) begin
            feed       = 1'b1;
            feed_store = 1'b1;
          end else begin
            set_o        = 1'b1;
            set_phase_o  = FrameFree;
            set_pinned_o = 1'b0;
            write        = 1'b1;
            next.place   = PlaceNone;
            next.open    = !closing;
            wake_o       = 1'b1;
            room_made    = 1'b1;
          end
        end

        FromCommand: begin
          unique case (step_q)
            StepStart: begin
              step_d        = StepSweep;
              sweep_start_o = 1'b1;
              if (word.open == (cmd_q.op == WindowOpen)) begin
                step_d        = StepAnswer;
                answer_d      = '{
                  status: word.open ? WindowExists : WindowAbsent,
                  cause: StatusOk
                };
                sweep_start_o = 1'b0;
              end
            end

            StepSweep: step_d = StepLook;

            // The page as the sweep left it; asked again while it comes or goes.
            StepLook: begin
              answer_d = '{status: WindowOk, cause: StatusOk};
              if (cmd_q.op == WindowOpen) begin
                // Swept before, of what was written while it was closed; and after, of poison.
                step_d        = word.open ? StepAnswer : StepSweep;
                sweep_start_o = !word.open;
                write         = !word.open;
                next          = '{
                  open: 1'b1,
                  fresh: cmd_q.fresh,
                  sealed: !cmd_q.fresh,
                  bad: 1'b0,
                  status: StatusOk,
                  place: PlaceNone,
                  frame: '0,
                  tenant: cmd_q.tenant,
                  vpn: cmd_q.vpn,
                  table_slot: cmd_q.table_slot
                };
              end else if (!word.open) begin
                step_d = StepAnswer;  // closed, by the drain
              end else if (cmd_q.op == WindowClose || cmd_q.op == WindowDiscard) begin
                if (word.place == PlaceNone) begin
                  step_d    = StepAnswer;
                  write     = word.sealed || word.fresh || word.bad || discards;
                  next.open = 1'b0;
                  if (!write) answer_d.status = WindowBusy;
                end else if (word.place == PlaceFrame && phase_q == FrameHeld) begin
                  set_o = 1'b1;
                  if ((dirty_q || !word.sealed) && !discards) begin
                    set_pinned_o    = 1'b0;
                    step_d          = StepAnswer;
                    answer_d.status = WindowBusy;
                  end else if (!drain_q && !waits_q) begin
                    set_phase_o = FrameStore;
                    set_read_o  = 1'b0;
                    set_write_o = 1'b0;
                    drain_start = 1'b1;
                  end
                end
              end else if (word.bad || seal_failed_q) begin
                step_d       = StepAnswer;
                set_o        = word.place == PlaceFrame;
                set_pinned_o = 1'b0;
                answer_d     = '{
                  status: WindowFailed,
                  cause: word.bad ? word.status : last_status_q
                };
              end else if (word.place == PlaceNone) begin
                if (word.fresh || word.sealed) begin
                  step_d = StepAnswer;
                  if (word.fresh) answer_d.status = WindowAbsent;
                end else begin
                  write        = 1'b1;
                  next.place   = PlaceWanted;
                  want_push    = 1'b1;
                  want_in.kind = WantSeal;
                end
              end else if (word.place == PlaceFrame && phase_q == FrameHeld) begin
                set_o        = 1'b1;
                set_pinned_o = dirty_q || !word.sealed;
                if (set_pinned_o) begin
                  step_d       = StepRoom;
                  want_push    = 1'b1;
                  want_in.kind = WantSealed;
                end else begin
                  step_d = StepAnswer;
                end
              end
            end

            StepRoom: begin
              if (have_new_q) begin
                step_d = StepBlock;
              end else begin
                step_d       = StepAnswer;
                answer_d     = '{status: WindowFailed, cause: last_status_q};
                set_o        = 1'b1;
                set_pinned_o = 1'b0;
              end
            end

            StepBlock: begin
              set_o       = 1'b1;
              set_write_o = 1'b0;
              step_d      = StepStore;
            end

            StepStore: if (!flies_write_q) begin
              feed       = 1'b1;
              feed_frame = old_q;
              feed_store = 1'b1;
              feed_slot  = word.table_slot;
              step_d     = StepStored;
            end

            StepStored: begin
              step_d = seal_status_q == StatusOk ? StepLoad : StepUndo;
            end

            StepLoad: begin
              feed       = 1'b1;
              feed_frame = new_q;
              step_d     = StepLoaded;
            end

            StepLoaded: begin
              step_d = seal_status_q == StatusOk ? StepSwitch : StepUndo;
            end

            // Writes go on: to the new frame.
            StepSwitch: begin
              set_o          = 1'b1;
              set_write_o    = 1'b1;
              wake_o         = 1'b1;
              switch_start_o = 1'b1;
              sweep_start_o  = 1'b1;
              step_d         = StepMoved;
            end

            StepMoved: begin
              set_o        = 1'b1;
              set_phase_o  = FrameHeld;
              set_read_o   = 1'b1;
              set_write_o  = 1'b1;
              set_pinned_o = 1'b0;
              hint_o       = 1'b1;
              write        = 1'b1;
              next.frame   = new_q;
              next.sealed  = 1'b1;
              step_d       = StepFree;
            end

            StepFree: if (!flies_q) begin
              set_o        = 1'b1;
              set_phase_o  = FrameFree;
              set_read_o   = 1'b0;
              set_write_o  = 1'b0;
              set_pinned_o = 1'b0;
              switch_end   = 1'b1;
              room_made    = 1'b1;
              step_d       = StepAnswer;
            end

            // What is stored may be the sealed page by now: the held bytes have to be stored again.
            StepUndo: begin
              set_o          = 1'b1;
              set_write_o    = 1'b1;
              set_pinned_o   = 1'b0;
              set_dirty_o    = 1'b1;
              write          = 1'b1;
              next.sealed    = 1'b0;
              wake_o         = 1'b1;
              event_valid_o  = 1'b1;
              event_o.store  = 1'b1;
              event_o.status = seal_status_q;
              step_d         = StepGive;
            end

            default: begin  // StepGive
              set_o        = 1'b1;
              set_phase_o  = FrameFree;
              set_pinned_o = 1'b0;
              room_made    = 1'b1;
              step_d       = StepAnswer;
              answer_d     = '{status: WindowFailed, cause: seal_status_q};
            end
          endcase
        end
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q        <= StepIdle;
      wants_q       <= '0;
      stores_q      <= '0;
      fails_q       <= '0;
      drain_q       <= 1'b0;
      room_q        <= 1'b0;
      switch_q      <= 1'b0;
      have_new_q    <= 1'b0;
      seal_failed_q <= 1'b0;
      seal_done_q   <= 1'b0;
    end else begin
      if (step_q == StepIdle) begin
        if (cmd_valid_i && cmd_ready_o) step_q <= range_bad ? StepAnswer : StepStart;
        have_new_q    <= 1'b0;
        seal_failed_q <= 1'b0;
      end else if (step_q == StepAnswer) begin
        if (answer_ready_i) step_q <= StepIdle;
      end else begin
        step_q <= step_d;
      end
      wants_q  <= wants_q + CountW'(want_push) - CountW'(want_pop);
      stores_q <= stores_q + CountW'(feed && feed_store && from_q == FromDrain) -
        CountW'(store_ends);
      room_q   <= room_made;
      if (room_made || gave_up || !want_valid) fails_q <= '0;
      else if (store_fails) fails_q <= fails_q + 3'(!hopeless);
      if (drain_start) drain_q <= 1'b1;
      else if (act && from_q == FromDrain && !flies_q) drain_q <= 1'b0;
      if (switch_start_o) switch_q <= 1'b1;
      else if (switch_end) switch_q <= 1'b0;
      if (take_new) have_new_q <= 1'b1;
      if (gave_up && want.kind != WantAccess) seal_failed_q <= 1'b1;
      if (seal_over) seal_done_q <= 1'b1;
      else if (act && from_q == FromCommand) seal_done_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (step_q == StepIdle) cmd_q <= cmd_i;
    if (step_q == StepIdle) answer_q <= '{status: WindowRange, cause: StatusOk};
    else answer_q <= answer_d;
    if (drain_start) drain_frame_q <= frame_o;
    if (take_new) new_q <= frame_q;
    if (act && from_q == FromCommand && step_q == StepLook) old_q <= word.frame;
    if (seal_over) seal_status_q <= status_q;
    if (store_fails) last_status_q <= status_q;
  end

  assign answer_valid_o = step_q == StepAnswer;
  assign answer_o       = answer_q;
  assign sweep_page_o   = cmd_page;
  assign switch_o       = switch_q;
  assign switch_frame_o = new_q;

  logic unused;
  assign unused = &{1'b0, staging_base_i[StagingLow-1:0]};

  `SKV_ASSERT(RoomForWants, want_push |-> want_ready)
  `SKV_ASSERT(RoomForFeed, feed |-> feed_ready)
  `SKV_ASSERT(FedAskedFor, fed_valid_i |-> 32'(fed_i.tag) < Frames)
  `SKV_ASSERT(AnswerHeld, answer_valid_o && !answer_ready_i |=> answer_valid_o && $stable(answer_o))
  // What was written and is stored nowhere else stays.
  `SKV_ASSERT(DirtyStays, set_o && set_phase_o == FrameFree && phase_q == FrameHeld |->
    from_q == FromCommand && step_q == StepFree)
  `SKV_ASSERT(DirtyStored, set_o && set_phase_o == FrameFree && phase_q == FrameStore && dirty_q |->
    (from_q == FromFed && ok) || (from_q == FromDrain && discards))
  `SKV_ASSERT(OnlySealsElse, seal_over |-> step_q == StepStored || step_q == StepLoaded)
  `SKV_COVER(GivesUp, gave_up)
  `SKV_COVER(Undoes, act && from_q == FromCommand && step_q == StepUndo)

endmodule
