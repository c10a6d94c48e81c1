"""The rewriting of properties, and every proof that takes no minutes."""

import pytest

from scripts.formal import FormalError, Proof, check, immediate, proofs


def test_a_property_without_implication_holds_as_it_is() -> None:
    assert immediate("`SKV_ASSERT(A, x == f(y))", harness=False) == (
        "always_comb if (rst_ni) A : assert (!(1'b1) || (x == f(y)));"
    )


def test_the_cycle_before_is_kept_in_registers() -> None:
    text = immediate("`SKV_ASSERT(Held, v && !r |=> v && $stable({d, e}))", harness=False)
    assert "var type({d, e}) Held_was0_q; always_ff @(posedge clk_i) Held_was0_q <= {d, e};" in text
    assert "Held_before_q <= rst_ni && (v && !r);" in text
    assert "assert (!(Held_before_q) || (v && (({d, e}) == Held_was0_q)));" in text


def test_only_the_harness_assumes_and_covers() -> None:
    source = "`SKV_ASSUME(A, x)\n`SKV_COVER(C, y)"
    assert ": assume (" in immediate(source, harness=True)
    assert ": cover ((1'b1) && (y));" in immediate(source, harness=True)
    assert immediate(source, harness=False).count(": assert (") == 1
    assert "cover" not in immediate(source, harness=False)


@pytest.mark.parametrize("prop", ["a |-> b |=> c", "a ##1 b", "a |-> (b"])
def test_what_cannot_be_rewritten_is_named(prop: str) -> None:
    with pytest.raises(FormalError):
        immediate(f"`SKV_ASSERT(A, {prop})", harness=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    "proof", [proof for proof in proofs() if not proof.long], ids=lambda proof: proof.top
)
def test_proof(proof: Proof) -> None:
    assert not check(proof).problems
