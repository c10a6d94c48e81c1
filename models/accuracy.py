"""What a codec costs in accuracy: perplexity, next-token agreement and KL divergence.

Per token first, against the baseline (the same text over the raw cache), then over conversations,
with a standard error from the spread between conversations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch.nn import functional as F

from models.llm import LLM

_BLOCK = 256  # tokens whose logits are held at a time: 50 MB at a vocabulary of 49152


@dataclass(frozen=True)
class TokenScores:
    """One conversation, each prediction of a next token: ``[tokens - 1]``.

    loss, baseline_loss: float32, negative log-probability of the token that came, in nats.
    agrees: bool, the most probable token is the baseline's.
    kl: float32, KL(baseline || variant) in nats.
    """

    loss: torch.Tensor
    baseline_loss: torch.Tensor
    agrees: torch.Tensor
    kl: torch.Tensor


class Estimate(NamedTuple):
    """A mean over conversations, weighted by tokens, and its standard error (NaN for one)."""

    value: float
    error: float


@dataclass(frozen=True)
class Accuracy:
    """Over conversations.

    perplexity, baseline_perplexity: of all tokens.
    perplexity_change: their ratio less one.
    agreement: share of next tokens that are the baseline's.
    kl: mean KL divergence in nats a token.
    """

    perplexity: Estimate
    baseline_perplexity: Estimate
    perplexity_change: Estimate
    agreement: Estimate
    kl: Estimate


def compare(
    llm: LLM, tokens: torch.Tensor, baseline: torch.Tensor, variant: torch.Tensor
) -> TokenScores:
    """Score a pass over `tokens` (integer ``[tokens]``) against the baseline pass.

    baseline, variant: final hidden states, float32 ``[tokens, hidden_size]``.
    """
    blocks = []
    following = tokens[1:].long().split(_BLOCK)
    for target, expected, found in zip(
        following, baseline[:-1].split(_BLOCK), variant[:-1].split(_BLOCK), strict=True
    ):
        p = F.log_softmax(llm.logits(expected), -1)
        q = F.log_softmax(llm.logits(found), -1)
        blocks.append(
            TokenScores(
                loss=F.nll_loss(q, target, reduction="none"),
                baseline_loss=F.nll_loss(p, target, reduction="none"),
                agrees=p.argmax(-1) == q.argmax(-1),
                kl=F.kl_div(q, p, log_target=True, reduction="none").sum(-1),
            )
        )
    fields = TokenScores.__dataclass_fields__
    return TokenScores(*(torch.cat([getattr(block, name) for block in blocks]) for name in fields))


def summarise(conversations: Sequence[TokenScores]) -> Accuracy:
    """Accuracy over `conversations`.  Raises ValueError if there is none."""
    if not conversations:
        raise ValueError("no conversation to summarise")
    loss = _mean([scores.loss for scores in conversations])
    baseline_loss = _mean([scores.baseline_loss for scores in conversations])
    change = _mean([scores.loss - scores.baseline_loss for scores in conversations])
    ratio = _exp(change)
    return Accuracy(
        perplexity=_exp(loss),
        baseline_perplexity=_exp(baseline_loss),
        perplexity_change=Estimate(ratio.value - 1, ratio.error),
        agreement=_mean([scores.agrees for scores in conversations]),
        kl=_mean([scores.kl for scores in conversations]),
    )


def _mean(conversations: list[torch.Tensor]) -> Estimate:
    """Mean over all tokens; conversations are the independent samples (ratio estimator)."""
    count = len(conversations)
    sizes = torch.tensor([len(scores) for scores in conversations], dtype=torch.float64)
    sums = torch.stack([scores.double().sum() for scores in conversations])
    value = sums.sum() / sizes.sum()
    if count == 1:
        return Estimate(float(value), math.nan)
    residuals = (sums - value * sizes) / sizes.sum()
    return Estimate(float(value), float((residuals.square().sum() * count / (count - 1)).sqrt()))


def _exp(log: Estimate) -> Estimate:
    value = math.exp(log.value)
    return Estimate(value, value * log.error)
