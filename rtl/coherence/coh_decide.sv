// What becomes of a request, given what the filter says of its line: the state tables of
// docs/coherence.md, which models/coherence.py holds and the bench compares.  Combinational.

module coh_decide
  import coh_pkg::*;
(
  input  op_e     op_i,
  input  state_e  state_i,    // what the filter says the host may hold
  input  logic    entry_i,    // the line has an entry
  input  logic    room_i,     // another way of its set is free
  input  logic    victim_i,   // another way of its set can be freed
  input  logic    snooped_i,  // the back-invalidation was answered, with
  input  state_e  answer_i,

  output action_e action_o,
  output logic    update_o,   // the entry, or a free way if there is none,
  output state_e  next_o,     // to this state
  output state_e  grant_o
);

  // What the host holds at most.
  state_e held;
  assign held = snooped_i && answer_i < state_i ? answer_i : state_i;

  state_e wanted;   // by a host read
  logic   takes;    // an entry

  always_comb begin
    wanted = StInvalid;
    unique case (op_i)
      OpReadShared: wanted = state_i == StOwned ? StOwned : StShared;
      OpReadData:   wanted = state_i == StShared ? StShared : StOwned;
      OpReadOwn,
      OpOwn:        wanted = StOwned;
      default: ;
    endcase
  end

  assign takes = op_i == OpReadShared || op_i == OpReadData || op_i == OpReadOwn || op_i == OpOwn;

  always_comb begin
    action_o = ActRead;
    next_o   = held;
    grant_o  = StInvalid;
    if (takes) begin
      if (!entry_i && !room_i) begin
        action_o = victim_i ? ActEvict : ActRetry;
      end else begin
        action_o = op_i == OpOwn ? ActDone : ActRead;
        next_o   = wanted;
        grant_o  = wanted;
      end
    end else begin
      unique case (op_i)
        OpDrop: begin
          action_o = ActDone;
          next_o   = StInvalid;
        end
        OpDevRead,
        OpDevPeek: action_o = state_i == StOwned && !snooped_i ? ActSnoop : ActRead;
        OpDevWrite: action_o = state_i != StInvalid && !snooped_i ? ActSnoop : ActWrite;
        OpEvict: action_o = state_i != StInvalid && !snooped_i ? ActSnoop : ActDone;
        OpWrite: begin
          action_o = ActWrite;
          next_o   = StInvalid;
        end
        OpWriteShare: begin
          action_o = ActWrite;
          next_o   = state_i == StOwned ? StShared : state_i;
        end
        OpWriteKeep: action_o = ActWrite;
        default: action_o = ActRead;
      endcase
    end
  end

  assign update_o = next_o != state_i && action_o <= ActDone;

endmodule
