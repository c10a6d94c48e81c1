"""Which pages of the KV-cache each layer and KV head reads next, and what a buffer of a given size
has of them when they are asked for.

A *stream* is a (layer, KV head).  At each decode step a stream asks for its needed pages: the top
eighth by attention mass of the request's pages (at least one).  After a layer's attention the GPU
reports a code of 7 bits for each of its streams' pages, one byte a page (`codes`).

The predictor is in integers, meant for hardware.  A stream keeps an average of each page's codes::

    average += (16 code - average) >> 1

Between its turns it keeps the pages with the greatest averages that it has.  When its turn comes,
the layers above have already said what this very step looks at: how far their streams' codes are
from their averages, the nearer layers' more, goes onto this layer's::

    lean  = (lean >> 1) + (sum over heads of the layer above (16 code - average))
    score = average + (lean * w >> 8)

and pages that are not there are fetched if their score comes within a margin of the score that the
needed pages would begin with.  The buffer's room for that, an eighth of a layer's pages, passes
from layer to layer.  The margin follows what prefetching cost: up while fewer pages were fetched
in vain than half of those newly needed, down while more (`moved`).  The room for what is kept moves
to the streams that newly need most (`Shares`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass, field

import numpy as np
import torch

CODES = 128
UNIT = 16  # of averages and scores, in a code
NEEDED = 8  # one in so many pages is needed
MARGIN = 1 << 10  # parts of a unit in which a margin is kept
FIRST_MARGIN = 2 * UNIT * MARGIN
MAX_MARGIN = 32 * UNIT * MARGIN
_MARGIN_STEP = UNIT // 4 * MARGIN  # at most
_NEVER = -(1 << 28)
_PINNED = 1 << 15
_HORIZON = 1 << 13  # steps, more than a conversation has
ROOM_UNIT = 128  # of a stream's room, in a page
LEAST_SCORE = -1024
SHARE = 1 << 10  # of a stream that has as much room as the mean
MAX_SHARE = 4 * SHARE - 1
_TAX = 7  # shifts a share right
_GRANT = 6  # shifts the pool right


def weight(heads: int) -> int:
    """Of what the layers above lean to: 0.4 of the mean over heads, in 256ths."""
    return round(0.4 * 256 / heads)


def room(share: float, pages: int, layers: int, window: bool) -> int:
    """What a stream keeps of `pages` pages, in parts of `ROOM_UNIT`: its share, less its part of
    the window that passes from layer to layer.
    """
    passes = pages // NEEDED / layers if window else 0
    return max(0, int(ROOM_UNIT * (share * pages - passes)))


def turns(layers: int, heads: int) -> torch.Tensor:
    """int32 ``[layers * heads]``: what is added to a stream's room before it is rounded down, so
    that a part of a page goes to some of the streams; evenly spread fractions.
    """
    layer = torch.arange(layers, dtype=torch.int32)[:, None]
    head = torch.arange(heads, dtype=torch.int32)
    return ((79 * layer + 43 * head) % ROOM_UNIT).flatten()


def slowness(layers: int, heads: int, pages: int) -> int:
    """How far a request's balance is shifted right before it moves the margin: the more pages it
    asks for, the greater a balance is usual.  0 to 13."""
    size = sum(number.bit_length() - 1 for number in (layers, heads, pages))
    return max(0, size - 5)


def moved(margin: int, new: int, wasted: int, slowness: int) -> int:
    """The margin, in parts of `MARGIN`, after a step with `new` newly needed pages and `wasted`
    ones that were fetched in vain.  A thirty-second of the new ones is left for what it lags."""
    balance = new - (new >> 5) - 2 * wasted
    step = balance * MARGIN >> slowness
    step = max(-_MARGIN_STEP, min(_MARGIN_STEP, step))
    return max(-MAX_MARGIN, min(MAX_MARGIN, margin + step))


class Shares:
    """How a request's room is shared out among its streams.

    After each of its steps a stream gives a 128th of its share to a pool, and takes of it by how
    many pages it newly needed: so shares come to be as that number and a half, whose mean over
    128 steps they follow, and their sum never exceeds what it was.  (If what a stream lacks falls
    as a power of its room, the least is lacking where room is as what is lacking.)
    """

    def __init__(self, streams: int):
        self.share = [SHARE] * streams
        self.pool = 0

    def settle(self, stream: int, new: int) -> None:
        """The end of a stream's step in which it newly needed `new` pages."""
        share = self.share[stream]
        tax = share >> _TAX
        share -= tax
        pool = self.pool + tax
        grant = min((2 * new + 1) * pool >> _GRANT, pool, MAX_SHARE - share)
        self.share[stream] = share + grant
        self.pool = pool - grant

    def room(self, stream: int, mean: int) -> int:
        """What a stream keeps, as `mean` is what they keep on average."""
        return mean * self.share[stream] // SHARE

    def rooms(self, mean: int) -> torch.Tensor:
        """int32 ``[streams]``: what each keeps."""
        each = [self.room(stream, mean) for stream in range(len(self.share))]
        return torch.tensor(each, dtype=torch.int32)


def codes(mass: torch.Tensor) -> torch.Tensor:
    """The GPU's report: int32, eighths of an octave above 2^-16, 0 to 127; of mass (any shape)."""
    eighths = 8 * (mass.float().clamp(min=2.0**-20).log2() + 16)
    return eighths.round().clamp(0, CODES - 1).to(torch.int32)


@dataclass(frozen=True)
class Step:
    """A decode step as the predictor sees it; of streams ``[streams, pages]``.

    pages: how many of them have begun; the last is being written.
    average: int32, of the steps before; above: int32, what the layers above add to it.
    code: int32, this step's, last: that of the step before; needed: bool.
    """

    number: int
    pages: int
    average: torch.Tensor
    above: torch.Tensor
    last: torch.Tensor
    code: torch.Tensor
    needed: torch.Tensor


def needed(mass: torch.Tensor, pages: int) -> torch.Tensor:
    """bool ``[..., count]``: the top eighth, at least one, of `pages` that have begun, by the mass
    ``[..., count]`` of one step."""
    most = mass.float().topk(max(1, pages // NEEDED), -1).indices
    return torch.zeros(mass.shape, dtype=torch.bool).scatter_(-1, most, True)


def steps(mass: torch.Tensor, tokens_per_page: int, start: int, begin: int = 0) -> Iterator[Step]:
    """Steps from `start` on, with averages from step `begin` on.

    mass: ``[steps, layers, kv_heads, pages]`` (a trace's).
    """
    total, layers, heads, count = mass.shape
    average = torch.zeros(layers, heads, count, dtype=torch.int32)
    last = torch.zeros_like(average)
    for t in range(begin, total):
        pages = t // tokens_per_page + 1
        code = codes(mass[t])
        off = UNIT * code - average
        if t >= start:
            above = leaning(off.sum(1))[:, None].expand_as(average) * weight(heads) >> 8
            of_step = average, above, last, code, needed(mass[t], pages)
            yield Step(t, pages, *(x.flatten(0, 1) for x in of_step))
        average = average + (off >> 1)
        last = code


def leaning(off: torch.Tensor) -> torch.Tensor:
    """What the layers above each layer lean to, int32 ``[layers, pages]``, of their sums over heads
    of how far codes are from averages."""
    lean = torch.zeros_like(off)
    for layer in range(1, len(off)):
        lean[layer] = (lean[layer - 1] >> 1) + off[layer - 1]
    return lean


def arrays(sequence: list[Step]) -> tuple[np.ndarray, np.ndarray]:
    """What the GPU reports and needs at each step: codes uint8 and needed bool, both
    ``[steps, streams, pages]``, pages rounded up to whole beats of 16."""
    width = -(-sequence[-1].pages // 16) * 16
    shape = (len(sequence), len(sequence[0].code), width)
    reported, wanted = np.zeros(shape, np.uint8), np.zeros(shape, bool)
    for i, step in enumerate(sequence):
        reported[i, :, : step.pages] = step.code[:, : step.pages]
        wanted[i, :, : step.pages] = step.needed[:, : step.pages]
    return reported, wanted


@dataclass
class Count:
    """What a replay counted, in pages.

    asked: needed pages; there: those that were in the buffer when asked for; new: those that had
    to come in, early or late; fetched: all that came in; early: prefetched, and early_used: those
    of them that were needed.
    """

    asked: int = 0
    there: int = 0
    new: int = 0
    fetched: int = 0
    early: int = 0
    early_used: int = 0
    steps: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def hits(self) -> float:
        return self.there / self.asked

    @property
    def cost(self) -> float:
        """Pages fetched for each needed page that was not there to begin with."""
        return self.fetched / max(self.new, 1)


# What a stream would rather have: int32 [streams, pages] of a step; what is kept after it, and
# what is fetched before it.
Rank = Callable[[Step], torch.Tensor]


@dataclass
class Policy:
    """keep: what stays in the buffer, greatest first, ranked once the step is known.
    want: what should be there before the step; None fetches nothing early.
    window: whether `want` fetches into a window that passes from layer to layer, as the margin
    allows; else it fills the buffer.
    moving: whether room moves between streams (`Shares`); else they have alike.
    """

    keep: Rank
    want: Rank | None = None
    window: bool = False
    moving: bool = False
    margin: int = field(default=FIRST_MARGIN, init=False)  # in parts of `MARGIN`


def replay(sequence: list[Step], policy: Policy, share: float, heads: int, warm: int) -> Count:
    """Run a policy over steps with a buffer that holds `share` of the request's pages.

    The page being written and the first page are always in the buffer and count.  It is empty at
    first; the first `warm` steps fill it and are not counted.
    """
    streams, width = sequence[0].needed.shape
    at = torch.arange(width, dtype=torch.int32)
    layers = streams // heads
    turn = turns(layers, heads)
    shares = Shares(streams)
    kept = torch.zeros_like(sequence[0].needed)
    count = Count()
    for step in sequence:
        window = step.pages // NEEDED if policy.window else 0
        rooms = shares.rooms(room(share, step.pages, layers, policy.window))
        limit = ((rooms + turn) // ROOM_UNIT).clamp(min=1)[:, None]
        kept[:, step.pages - 1] = True
        early = torch.zeros_like(kept)
        if policy.want is not None:
            score = policy.want(step)
            key = _keys(score, step, at)
            if policy.window:
                begun = score[:, : step.pages]
                begin = begun.topk(max(1, step.pages // NEEDED), dim=1).values[:, -1:]
                wanted = (score >= begin - policy.margin // MARGIN) & ~kept & (at < step.pages)
                left = limit + window - kept.sum(1, keepdim=True)
                early = wanted & _greatest(torch.where(wanted, key, _NEVER), left)
            else:
                early = _greatest(key, limit) & ~kept
                kept = kept & _greatest(key, limit)
        there = kept | early
        new = step.needed & ~kept
        missing = new & ~early
        numbers = [int(x.sum()) for x in (new, early, early & step.needed, missing)]
        if policy.window:
            wasted = numbers[1] - numbers[2]
            slow = slowness(layers, heads, step.pages)
            policy.margin = moved(policy.margin, numbers[0], wasted, slow)
        if policy.moving:
            for stream, number in enumerate(new.sum(1).tolist()):
                shares.settle(stream, number)
        if step.number >= sequence[0].number + warm:
            count.steps += 1
            count.asked += int(step.needed.sum())
            count.there += int((step.needed & there).sum())
            count.new += numbers[0]
            count.early += numbers[1]
            count.early_used += numbers[2]
            count.fetched += numbers[1] + numbers[3]
        have = there | step.needed
        key = torch.where(have, _keys(policy.keep(step), step, at), _NEVER)
        kept = have & _greatest(key, limit)
    return count


def _keys(rank: torch.Tensor, step: Step, at: torch.Tensor) -> torch.Tensor:
    """The ranking made strict: of equal pages the newest; the first and the newest page before
    all."""
    key = rank.clone()
    key[:, 0] = key[:, step.pages - 1] = _PINNED
    key = key * (1 << 10) + at
    key[:, step.pages :] = _NEVER * 2
    return key


def _greatest(key: torch.Tensor, limit: torch.Tensor) -> torch.Tensor:
    """The `limit` (int ``[streams, 1]``) greatest keys of each row."""
    most = max(1, int(limit.max()))
    ordered = key.topk(min(most, key.shape[1]), dim=1).values
    last = ordered.gather(1, (limit.clamp(1, ordered.shape[1]) - 1).long())
    return (key >= last) & (limit > 0)


# ---- Rankings ----


def by_average(step: Step) -> torch.Tensor:
    """The average with this step's code in it."""
    return step.average + ((UNIT * step.code - step.average) >> 1)


def by_score(step: Step) -> torch.Tensor:
    """What the predictor expects of this step."""
    return (step.average + step.above).clamp(min=LEAST_SCORE)


def by_last(step: Step) -> torch.Tensor:
    """The step before."""
    return step.last


def shipped() -> Policy:
    """What the core does."""
    return Policy(by_average, by_score, window=True, moving=True)


class LastNeeded:
    """Least recently needed goes first."""

    def __init__(self) -> None:
        self._when: torch.Tensor | None = None

    def when(self, step: Step) -> torch.Tensor:
        """When each page was last needed, before this step: its number, or 0."""
        if self._when is None:
            self._when = torch.zeros_like(step.code)
        return self._when

    def __call__(self, step: Step) -> torch.Tensor:
        self._when = torch.where(step.needed, step.number, self.when(step))
        return self._when


class NextNeeded:
    """The offline optimum without prefetching: what is needed again last goes first."""

    def __init__(self, sequence: list[Step]):
        self._next: dict[int, torch.Tensor] = {}
        next_use = torch.full_like(sequence[0].code, _HORIZON)
        for step in reversed(sequence):
            self._next[step.number] = next_use
            next_use = torch.where(step.needed, step.number, next_use)

    def __call__(self, step: Step) -> torch.Tensor:
        return _HORIZON - self._next[step.number]


def by_age(step: Step) -> torch.Tensor:
    """The newest."""
    return torch.arange(step.code.shape[1], dtype=torch.int32).expand_as(step.code)


# ---- The paper's way: predicted tokens ----

OCCURRENCES = 2  # of a predicted token, the latest


def predicted_pages(tokens: list[int], guesses: torch.Tensor, tokens_per_page: int) -> torch.Tensor:
    """Pages in which tokens that were predicted occurred before: bool ``[steps, pages]``.

    guesses: ``[steps, n]``, for the token of each step, made before it was known.
    """
    pages = -(-len(tokens) // tokens_per_page)
    found = torch.zeros(len(tokens), pages, dtype=torch.bool)
    places: dict[int, list[int]] = {}
    for at, token in enumerate(tokens):
        for guess in guesses[at].tolist():
            for place in places.get(guess, [])[-OCCURRENCES:]:
                found[at, place // tokens_per_page] = True
        places.setdefault(token, []).append(at)
    return found


def predicted_first(rank: Rank, predicted: torch.Tensor, bonus: int) -> Rank:
    """A ranking in which predicted pages are raised by `bonus`."""
    return lambda step: rank(step) + bonus * predicted[step.number].int()
