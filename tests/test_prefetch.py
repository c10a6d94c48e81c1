"""The model of page prefetching."""

import pytest
import torch

from models import prefetch
from models.prefetch import UNIT, LastNeeded, NextNeeded, Policy
from models.prefetch_core import Ask, Core, Kind, Learnt, Packet, Verdict, Where

HEADS, LAYERS, PAGES, PER_PAGE = 2, 3, 32, 4
WARM = 8


@pytest.fixture(scope="module")
def mass() -> torch.Tensor:
    """Of steps in which pages' popularity wanders, the same way for all layers at a step."""
    g = torch.Generator().manual_seed(5)
    total = PAGES * PER_PAGE
    own = torch.randn(LAYERS, HEADS, PAGES, generator=g) * 2
    mass = torch.zeros(total, LAYERS, HEADS, PAGES)
    for t in range(total):
        own += torch.randn(LAYERS, HEADS, PAGES, generator=g) * 0.3
        shared = torch.randn(PAGES, generator=g)
        logits = own + shared
        logits[..., t // PER_PAGE + 1 :] = -torch.inf
        mass[t] = logits.flatten(2).softmax(-1)
    return mass


@pytest.fixture(scope="module")
def sequence(mass) -> list[prefetch.Step]:
    return list(prefetch.steps(mass, PER_PAGE, len(mass) // 2 - WARM))


def run(sequence, policy, share):
    return prefetch.replay(sequence, policy, share, HEADS, WARM)


def test_codes():
    assert prefetch.codes(torch.tensor([1.0, 0.5, 2**-16, 0.0])).tolist() == [127, 120, 0, 0]


def test_needed_is_the_top_eighth(sequence):
    for step in sequence:
        assert (step.needed.sum(1) == max(1, step.pages // 8)).all()
        assert not step.needed[:, step.pages :].any()
        assert (step.code[step.needed].min() >= 0) and (step.average <= 127 * UNIT).all()


def test_counts_add_up(sequence):
    for policy in (Policy(keep=LastNeeded()), prefetch.shipped()):
        count = run(sequence, policy, 0.25)
        assert count.asked == sum(int(step.needed.sum()) for step in sequence[WARM:])
        assert count.fetched == count.early + count.asked - count.there
        assert count.new == count.early_used + count.asked - count.there
        assert (count + count).hits == count.hits


def test_a_buffer_of_everything_has_everything(sequence):
    assert run(sequence, Policy(keep=LastNeeded()), 1.0).hits > 0.95


def test_optimum_is_an_upper_bound_without_prefetching(sequence):
    for share in (0.125, 0.25):
        best = run(sequence, Policy(keep=NextNeeded(sequence)), share).hits
        for rank in (LastNeeded(), prefetch.by_average, prefetch.by_age):
            assert run(sequence, Policy(keep=rank), share).hits <= best


def test_the_layer_above_helps(sequence):
    """Popularity that all layers share at a step is seen in time."""
    plain = run(sequence, Policy(keep=prefetch.by_average), 0.2)
    early = run(sequence, prefetch.shipped(), 0.2)
    assert early.hits > plain.hits + 0.02
    assert plain.early == 0 and plain.cost == 1


def test_margin_holds_the_cost(sequence):
    """Prefetching in vain stays at half of what is newly needed, once the margin has settled."""
    assert run(sequence * 4, prefetch.shipped(), 0.2).cost < 1.7


def test_knowing_the_step_leaves_nothing_to_fetch_late(sequence):
    policy = Policy(keep=prefetch.by_last, want=lambda step: UNIT * step.code)
    assert run(sequence, policy, 0.3).hits == 1


def test_predicted_pages():
    tokens = [7, 8, 7, 9, 7, 8, 5, 7]
    guesses = torch.tensor([[-1]] * 5 + [[7], [8], [9]])
    found = prefetch.predicted_pages(tokens, guesses, 2)
    assert found[5].tolist() == [False, True, True, False]  # the latest two
    assert found[6].tolist() == [True, False, True, False]
    assert found[7].tolist() == [False, True, False, False]
    assert not found[:5].any()


# ---- The core: what the RTL does ----

HANDLE, TENANT = 1, 7


def begun(**sizes) -> Core:
    core = Core(**{"requests": 2, "layers": 4, "heads": 2, "pages": 32, "slots": 1024, **sizes})
    core.run(Packet(Kind.BEGIN, HANDLE, TENANT, 5, LAYERS, HEADS))
    return core


def arrive(core: Core) -> None:
    """Everything that is on its way."""
    for number in sorted(core.under_way):
        core.land(number)


def packet(kind: Kind, **fields) -> Packet:
    return Packet(kind, HANDLE, TENANT, **fields)


def codes_of(codes: torch.Tensor, pages: int) -> bytes:
    """A report's, whole beats."""
    data = bytes(codes[:pages].tolist())
    return data + bytes(-pages % 16)


def decode(core: Core, step: prefetch.Step, share: float) -> None:
    """A step of which everything that is fetched comes at once."""
    room = prefetch.room(share, step.pages, LAYERS, window=True)
    core.run(packet(Kind.STEP, pages=step.pages, room=room))
    for layer in range(LAYERS):
        arrive(core)
        for head in range(HEADS):
            for page in step.needed[layer * HEADS + head].nonzero()[:, 0].tolist():
                core.ask(Ask(0, TENANT, HANDLE, layer, head, page))
        arrive(core)
        for head in range(HEADS):
            codes = codes_of(step.code[layer * HEADS + head], step.pages)
            where = {"layer": layer, "head": head}
            core.run(packet(Kind.REPORT, pages=step.pages, codes=codes, **where))


@pytest.mark.parametrize("share", [0.0625, 0.125, 0.25, 0.375])
def test_core_is_the_study(mass, share):
    """Where fetches take no time the core counts what the study counts, to the page."""
    start = len(mass) // 2
    sequence = list(prefetch.steps(mass, PER_PAGE, start, begin=start))
    policy = prefetch.shipped()
    expected = prefetch.replay(sequence, policy, share, HEADS, warm=0)
    core = begun(flights=128)
    for step in sequence:
        decode(core, step, share)
    core.learnt[HANDLE].learn(LAYERS, HEADS, sequence[-1].pages)
    count = core.counters
    assert count.hits == expected.there and count.misses == expected.asked - expected.there
    assert (count.issued, count.useful) == (expected.early, expected.early_used)
    assert count.late == count.full == count.failed == 0
    assert core.learnt[HANDLE].margin == policy.margin


def test_packets_round_trip():
    made = packet(Kind.REPORT, layer=2, head=1, pages=20, codes=bytes(range(32)))
    assert Packet.of(made.beats()) == made and made.sound(32) and not made.sound(16)
    assert not packet(Kind.REPORT, pages=33, codes=bytes(32)).sound(64)
    assert not packet(Kind.STEP, codes=bytes(16)).sound(64)


def test_core_refuses_strangers():
    core = begun()
    step = Packet(Kind.STEP, HANDLE, TENANT + 1, pages=4, room=256)
    assert core.packet(step) is None
    core.run(packet(Kind.STEP, pages=4, room=256))
    assert core.ask(Ask(0, TENANT + 1, HANDLE, 0, 0, 1)).verdict == Verdict.FOREIGN
    assert core.ask(Ask(0, TENANT, HANDLE, 0, 0, 4)).verdict == Verdict.ILLEGAL
    assert core.ask(Ask(0, TENANT, 9, 0, 0, 1)).verdict == Verdict.ILLEGAL
    codes = bytes(16)
    assert core.packet(packet(Kind.REPORT, pages=4, head=1, codes=codes)) is None  # out of turn
    assert core.packet(packet(Kind.REPORT, pages=5, codes=codes)) is None
    assert core.counters.rejected == 3 and core.counters.refused == 3


def test_late_merged_failed_and_freed():
    core = begun(slots=16)
    core.run(packet(Kind.STEP, pages=9, room=256))
    arrive(core)
    ask = Ask(3, TENANT, HANDLE, 1, 0, 2)
    first, second = core.ask(ask), core.ask(ask)
    assert (first.verdict, second.verdict) == (Verdict.MISS, Verdict.LATE)
    assert first.slot == second.slot
    (flight,) = core.under_way.values()
    flight.failed = True
    arrived = core.land(flight.number)
    assert arrived.where == Where(HANDLE, 1, 0, 2) and not arrived.ok
    again = core.ask(ask)
    assert again.verdict == Verdict.MISS and again.slot != first.slot
    core.run(packet(Kind.END))
    (flight,) = core.under_way.values()
    assert flight.dropped and not core.there.any()
    assert not core.land(flight.number).ok
    assert core.ask(ask).verdict == Verdict.ILLEGAL


def test_margin_stays_in_its_limits():
    learnt = Learnt()
    for _ in range(300):
        learnt.new = 60000
        learnt.learn(30, 3, 64)
    assert learnt.margin == prefetch.MAX_MARGIN
    for _ in range(400):
        learnt.wasted = 60000
        learnt.learn(30, 3, 64)
    assert learnt.margin == -prefetch.MAX_MARGIN


def test_margin_settles():
    """Where waste grows with the margin it comes to rest, whatever the request's size."""
    for layers, heads, pages in ((1, 1, 64), (30, 3, 24), (30, 3, 256), (128, 8, 256)):
        new = layers * heads * pages // 8
        slow = prefetch.slowness(layers, heads, pages)
        margin, seen = prefetch.FIRST_MARGIN, []
        for _ in range(600):
            wasted = max(0, new * margin // (64 * prefetch.MARGIN))
            margin = prefetch.moved(margin, new, wasted, slow)
            seen.append(margin / prefetch.MARGIN)
        assert max(seen[300:]) - min(seen[300:]) <= UNIT // 4
        assert 28 <= seen[-1] <= 36
