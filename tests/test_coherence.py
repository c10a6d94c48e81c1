"""The reference of the coherence protocol, and that its document says the same."""

import pytest

from models import coherence
from models.coherence import Action, Op, State, decide, decode_req, decode_rwd
from tb.sim import ROOT


@pytest.mark.parametrize("table", [coherence.request_table, coherence.state_table])
def test_document_holds_the_tables(table):
    assert table() in (ROOT / "docs" / "coherence.md").read_text()


def test_every_request_has_one_fate():
    """An operation, an answer or neither; the engine's reads and writes come from their channel."""
    fields = [(m, v, s) for m in range(4) for v in range(4) for s in range(8)]
    for opcode in range(16):
        for decode in (decode_req, decode_rwd):
            for meta, value, snp in fields:
                for hdm_h in (False, True):
                    made = decode(opcode, meta, value, snp, hdm_h)
                    assert made.op is None or made.answer is None
                    assert (made.op in coherence.WRITES) <= (decode is decode_rwd)


def test_host_is_never_granted_less_than_it_may_hold():
    for op in coherence.TAKES:
        for state in State:
            made = decide(op, state)
            assert made.grant >= state and made.next == made.grant


def test_device_accesses_never_meet_a_modified_line():
    for op in (Op.DevRead, Op.DevPeek, Op.DevWrite):
        assert decide(op, State.E).action == Action.Snoop
    assert decide(Op.DevWrite, State.S).action == Action.Snoop
    for state in State:
        for answer in State:
            snooped = decide(Op.DevWrite, state, snooped=True, answer=State.I)
            assert snooped.next == State.I
            read = decide(Op.DevRead, state, snooped=True, answer=answer)
            assert read.next == min(state, answer)


def test_only_what_takes_an_entry_evicts():
    for op in Op:
        made = decide(op, State.I, entry=False, room=False)
        assert (made.action == Action.Evict) == (op in coherence.TAKES)
        made = decide(op, State.I, entry=False, room=False, victim=False)
        assert (made.action == Action.Retry) == (op in coherence.TAKES)
