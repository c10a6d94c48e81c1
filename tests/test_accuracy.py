"""Accuracy figures against their definitions."""

import math

import pytest
import torch
from torch.nn import functional as F

from models.accuracy import TokenScores, compare, summarise

VOCABULARY, TOKENS = 11, 600


class Head:
    """Stands for an LLM whose hidden states are its logits."""

    @staticmethod
    def logits(hidden):
        return hidden


def scores(loss, baseline_loss, agrees, kl):
    return TokenScores(*map(torch.tensor, (loss, baseline_loss, agrees, kl)))


def test_compare_follows_the_definitions():
    torch.manual_seed(0)
    tokens = torch.randint(0, VOCABULARY, (TOKENS,))
    baseline, variant = torch.randn(2, TOKENS, VOCABULARY)
    found = compare(Head, tokens, baseline, variant)
    torch.testing.assert_close(found.loss.mean(), F.cross_entropy(variant[:-1], tokens[1:]))
    torch.testing.assert_close(
        found.baseline_loss.mean(), F.cross_entropy(baseline[:-1], tokens[1:])
    )
    p, q = baseline[7].softmax(-1), variant[7].softmax(-1)
    torch.testing.assert_close(found.kl[7], (p * (p / q).log()).sum())
    assert found.agrees[7] == (p.argmax() == q.argmax())
    assert len(found.kl) == TOKENS - 1


def test_a_pass_against_itself_loses_nothing():
    hidden = torch.randn(TOKENS, VOCABULARY)
    tokens = torch.randint(0, VOCABULARY, (TOKENS,))
    accuracy = summarise([compare(Head, tokens, hidden, hidden)])
    assert accuracy.agreement.value == 1
    assert accuracy.perplexity_change.value == 0
    assert abs(accuracy.kl.value) < 1e-6
    assert math.isnan(accuracy.kl.error)


def test_conversations_weigh_by_their_tokens():
    accuracy = summarise(
        [
            scores([1.0, 1.0, 1.0], [0.5, 0.5, 0.5], [True, True, False], [0.3, 0.3, 0.3]),
            scores([3.0], [2.0], [False], [0.7]),
        ]
    )
    assert accuracy.perplexity.value == pytest.approx(math.exp(6 / 4))
    assert accuracy.baseline_perplexity.value == pytest.approx(math.exp(3.5 / 4))
    assert accuracy.perplexity_change.value == pytest.approx(math.exp(2.5 / 4) - 1)
    assert accuracy.agreement.value == 0.5
    assert accuracy.kl.value == pytest.approx(0.4)


def test_the_error_is_that_of_a_mean_of_conversations():
    sample = [scores([0.0], [0.0], [True], [x]) for x in (0.1, 0.4, 0.2, 0.3)]
    kl = torch.tensor([0.1, 0.4, 0.2, 0.3])
    assert summarise(sample).kl.error == pytest.approx(float(kl.std() / 2))


def test_nothing_to_summarise_is_an_error():
    with pytest.raises(ValueError, match="no conversation"):
        summarise([])
