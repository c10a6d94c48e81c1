"""Which pages are there when they are asked for: ``python -m cosim.prefetch_study``.

Replays the decode steps of traced conversations, their second half, over a buffer (L1 and L2
together) of so many per cent of the request's pages, for several ways to fill it
(`models.prefetch`).  Prints, of needed pages, how many were in the buffer when asked for, and in
brackets how many pages were fetched for each needed page that was not there to begin with; writes
the counts to build/report/prefetch-study.json.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated

import torch
import typer
from tabulate import tabulate
from tqdm import tqdm

from cosim.trace import Trace, load_traces
from models import lstm, prefetch
from models.conversations import Split
from models.llm import LLM
from models.page import PAGE_BYTES
from models.prefetch import UNIT, Count, LastNeeded, NextNeeded, Policy, Step
from tb.sim import BUILD

SHARES = (0.0625, 0.125, 0.1875, 0.25, 0.3125, 0.375)
BONUS = 2 * UNIT
OURS = "averages, layers above, room moves"
_WARM = 64
REPORT = BUILD.parent / "report" / "prefetch-study.json"

Make = Callable[[list[Step], torch.Tensor], Policy]


def _paper(_: list[Step], predicted: torch.Tensor) -> Policy:
    lru = LastNeeded()
    first = prefetch.predicted_first(lambda step: lru.when(step), predicted, 1 << 13)
    return Policy(keep=lru, want=first)


POLICIES: dict[str, Make] = {
    "none: the newest pages": lambda *_: Policy(keep=prefetch.by_age),
    "LRU": lambda *_: Policy(keep=LastNeeded()),
    "the paper's: tokens by LSTM, LRU": _paper,
    "last step's pages": lambda *_: Policy(keep=prefetch.by_last, want=prefetch.by_last),
    "averages, none early": lambda *_: Policy(keep=prefetch.by_average),
    "the same, room moves": lambda *_: Policy(prefetch.by_average, moving=True),
    "averages and layers above": lambda *_: Policy(
        prefetch.by_average, prefetch.by_score, window=True
    ),
    OURS: lambda *_: prefetch.shipped(),
    "the same and tokens by LSTM": lambda _, predicted: Policy(
        prefetch.by_average,
        prefetch.predicted_first(prefetch.by_score, predicted, BONUS),
        window=True,
        moving=True,
    ),
    "the same, buffer filled at any cost": lambda *_: Policy(
        prefetch.by_average, prefetch.by_score, moving=True
    ),
    "optimum of none early (offline)": lambda sequence, _: Policy(keep=NextNeeded(sequence)),
}


def guesses(tokens: torch.Tensor) -> torch.Tensor:
    """What the LSTM expected each token to be, int32 ``[tokens, 4]``; -1 for the first."""
    weights, state = lstm.load(), lstm.State.zeros(1)
    made = [torch.full((lstm.TOP,), -1, dtype=torch.int32)]
    for token in tokens[:-1]:
        state = lstm.step(weights, state, token[None])
        made.append(lstm.predict(weights, state)[0])
    return torch.stack(made)


def replayed(trace: Trace, names: list[str], shares: tuple[float, ...]) -> dict:
    """(policy, share) -> its counts."""
    mass, per_page = trace.mass, trace.source.tokens_per_page
    start = trace.source.tokens // 2 - _WARM
    sequence = list(prefetch.steps(mass, per_page, start))
    predicted = prefetch.predicted_pages(trace.tokens.tolist(), guesses(trace.tokens), per_page)
    replay = partial(prefetch.replay, heads=trace.source.kv_heads, warm=_WARM)
    return {
        (name, share): replay(sequence, POLICIES[name](sequence, predicted), share)
        for name in tqdm(names, trace.source.conversation, leave=False)
        for share in shares
    }


def main(
    conversations: Annotated[int, typer.Option(min=1)] = 4,
    tokens: Annotated[int, typer.Option(min=512, help="Of each conversation.")] = 2048,
    split: Annotated[str, typer.Option(help="calibration to choose, evaluation to report")] = (
        "evaluation"
    ),
    only: Annotated[list[str], typer.Option(help="A policy's name; all if there is none.")] = (),
) -> None:
    """Print hit rates over buffer sizes."""
    torch.set_num_threads(1)
    of: Split = "calibration" if split == "calibration" else "evaluation"
    if unknown := set(only) - POLICIES.keys():
        raise typer.BadParameter(f"{', '.join(unknown)}: there are {', '.join(POLICIES)}")
    names = list(only or POLICIES)
    total: dict[tuple[str, float], Count] = {}
    for trace in load_traces(LLM(), of, conversations, tokens):
        for key, count in replayed(trace, names, SHARES).items():
            total[key] = total.get(key, Count()) + count

    def cell(name: str, share: float) -> str:
        count = total[name, share]
        return f"{100 * count.hits:.1f} ({count.cost:.2f})"

    print(f"{conversations} {of} conversations of {tokens} tokens, their second half:")
    rows = [[name, *(cell(name, share) for share in SHARES)] for name in names]
    heads = ["needed pages there, % (fetched for each new one)", *(f"{s:.2%}" for s in SHARES)]
    print(tabulate(rows, heads, disable_numparse=True))
    counts = {name: {share: asdict(total[name, share]) for share in SHARES} for name in names}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(json.dumps(counts, indent=1))
    print("\nKB fetched a step and request:")

    def kilobytes(name: str, share: float) -> float:
        count = total[name, share]
        return count.fetched * 2 * PAGE_BYTES / 1024 / count.steps

    rows = [[name, *(kilobytes(name, share) for share in SHARES)] for name in names]
    print(tabulate(rows, ["", *(f"{s:.2%}" for s in SHARES)], floatfmt=".0f"))


if __name__ == "__main__":
    typer.run(main)
