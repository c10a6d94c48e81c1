// Assertion macros.  Properties are checked on clk_i outside reset (rst_ni); modules with other
// names do not use them.  Synthesis sees only SKV_CHECK_PARAM.  A property is an expression, or one
// implication (|-> or |=>) with $past, $stable, $rose, $fell, $changed: scripts/formal.py rewrites
// these.

`ifndef SKV_ASSERT_SVH
`define SKV_ASSERT_SVH

// Elaboration fails unless Cond, a constant expression, holds.
`define SKV_CHECK_PARAM(Name, Cond)                    \
  if (!(Cond)) begin : gen_check_``Name                \
    $fatal(1, `"Name: parameters violate Cond`");      \
  end

`ifdef SYNTHESIS
`define SKV_ASSERT(Name, Prop)
`define SKV_ASSUME(Name, Prop)
`define SKV_COVER(Name, Prop)
`else

// The module's promise.
`define SKV_ASSERT(Name, Prop)                                          \
  Name :                                                                \
  assert property (@(posedge clk_i) disable iff (!rst_ni) (Prop))       \
  else $error(`"%m: assertion Name failed`");

// The module's demand on its surroundings.
`define SKV_ASSUME(Name, Prop) `SKV_ASSERT(Name, Prop)

`define SKV_COVER(Name, Prop) \
  Name :                      \
  cover property (@(posedge clk_i) disable iff (!rst_ni) (Prop));

`endif

`endif
