"""The model of page prefetching."""

import pytest
import torch

from models import prefetch
from models.prefetch import UNIT, LastNeeded, NextNeeded, Policy

HEADS, LAYERS, PAGES, PER_PAGE = 2, 3, 32, 4
WARM = 8


@pytest.fixture(scope="module")
def sequence() -> list[prefetch.Step]:
    """Steps in which pages' popularity wanders, the same way for all layers at a step."""
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
    return list(prefetch.steps(mass, PER_PAGE, total // 2 - WARM))


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
    for policy in (Policy(keep=LastNeeded()), window_policy()):
        count = run(sequence, policy, 0.25)
        assert count.asked == sum(int(step.needed.sum()) for step in sequence[WARM:])
        assert count.fetched == count.early + count.asked - count.there
        assert count.new == count.early_used + count.asked - count.there
        assert (count + count).hits == count.hits


def window_policy() -> Policy:
    return Policy(keep=prefetch.by_average, want=prefetch.by_score, window=True)


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
    early = run(sequence, window_policy(), 0.2)
    assert early.hits > plain.hits + 0.02
    assert plain.early == 0 and plain.cost == 1


def test_margin_holds_the_cost(sequence):
    """Prefetching in vain stays at half of what is newly needed, once the margin has settled."""
    assert run(sequence * 4, window_policy(), 0.2).cost < 1.7


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
