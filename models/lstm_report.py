"""How often the next token is among the predicted ones: ``python -m models.lstm_report``.

On evaluation conversations, as they are, and on what the LLM itself says (greedily) to their
beginnings.  The LSTM in float and in the engine's integers, beside two cheap predictors: the most
frequent successors in the training text, and what followed the longest match of the last tokens
in the conversation so far.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from tabulate import tabulate
from tqdm import tqdm

from models.conversations import Conversations, choose
from models.llm import LLM
from models.lstm import HISTORY, TOP, State, Weights, load, predict, step
from models.lstm_training import FLOAT, FOLDER, VOCABULARY, Predictor, corpus

_PROMPT, _BATCH = 256, 16


@dataclass(frozen=True)
class Text:
    """Conversations of one length: int64 ``[n, tokens]``; tokens from `start` on are to be
    predicted."""

    name: str
    tokens: torch.Tensor
    start: int

    @property
    def wanted(self) -> torch.Tensor:
        """``[n, tokens - start]``"""
        return self.tokens[:, self.start :]


def greedy(llm: LLM, prompts: torch.Tensor, count: int) -> torch.Tensor:
    """The prompts ``[n, tokens]`` and `count` tokens that the LLM goes on with; made once."""
    path = FOLDER / f"greedy-{llm.fingerprint[:12]}-{len(prompts)}x{count}.pt"
    if not path.exists():
        model = llm.plain()
        # Not a token less: what comes behind an end is a turn like any other.
        options = {"do_sample": False, "max_new_tokens": count, "min_new_tokens": count}
        batches = tqdm(prompts.split(_BATCH), "greedy output")
        with torch.no_grad():
            made = [
                model.generate(batch, attention_mask=torch.ones_like(batch), **options)
                for batch in batches
            ]
        FOLDER.mkdir(parents=True, exist_ok=True)
        torch.save(torch.cat(made), path)
    return torch.load(path)


# Predictors: text -> the four predicted tokens, int64 [n, tokens - start, 4], the likeliest first;
# -1 for none.


def by_float(model: Predictor, text: Text) -> torch.Tensor:
    with torch.no_grad():
        hidden, _ = model(text.tokens[:, :-1])
        return torch.stack([model.best(row[text.start - 1 :]) for row in hidden])


def by_engine(weights: list[Weights], text: Text) -> list[torch.Tensor]:
    """The engine's integers, for weights that differ in their shortlists only."""
    state, found = State.zeros(len(text.tokens)), [[] for _ in weights]
    for at, tokens in enumerate(tqdm(text.tokens[:, :-1].T, f"engine, {text.name}", leave=False)):
        state = step(weights[0], state, tokens)
        if at >= text.start - 1:
            for each, w in zip(found, weights, strict=True):
                each.append(predict(w, state))
    return [torch.stack(each, 1).long() for each in found]


def successors(train: np.ndarray) -> torch.Tensor:
    """Each token's most frequent successors in the training text, int64 ``[vocabulary, 4]``."""
    pairs = train[:-1].astype(np.int64) * VOCABULARY + train[1:]
    codes, counts = np.unique(pairs, return_counts=True)
    order = np.lexsort((-counts, codes // VOCABULARY))
    first, second = codes[order] // VOCABULARY, codes[order] % VOCABULARY
    rank = np.arange(len(first)) - np.searchsorted(first, first)
    table = torch.full((VOCABULARY, TOP), -1)
    kept = rank < TOP
    table[first[kept], rank[kept]] = torch.from_numpy(second[kept])
    return table


def by_suffix(text: Text) -> torch.Tensor:
    """What followed the longest match of up to 16 last tokens, the latest first, then of shorter
    ones."""
    rows = []
    for tokens in text.tokens.tolist():
        followed: dict[tuple, OrderedDict] = defaultdict(OrderedDict)
        row = []
        for at in range(1, len(tokens)):
            suffixes = [tuple(tokens[at - n : at]) for n in range(min(at, HISTORY), 0, -1)]
            if at >= text.start:
                best = OrderedDict()
                for suffix in suffixes:
                    if suffix in followed:
                        best.update(dict.fromkeys(reversed(followed[suffix])))
                    if len(best) >= TOP:
                        break
                row.append([*best, *[-1] * TOP][:TOP])
            for suffix in suffixes:
                followed[suffix][tokens[at]] = None
                followed[suffix].move_to_end(tokens[at])
        rows.append(row)
    return torch.tensor(rows)


def accuracy(found: torch.Tensor, wanted: torch.Tensor) -> tuple[float, float]:
    """Shares of tokens that are the first predicted, and one of the four."""
    right = found == wanted[..., None]
    return float(right[..., 0].double().mean()), float(right.any(-1).double().mean())


def main(
    conversations: Annotated[int, typer.Option(min=1)] = 16,
    tokens: Annotated[int, typer.Option(min=512, help="Of each conversation.")] = 1024,
    generated: Annotated[int, typer.Option(min=0, help="Tokens of greedy output each.")] = 256,
) -> None:
    """Accuracy on evaluation conversations."""
    llm, weights = LLM(), load()
    chosen = choose(Conversations(), llm.tokenize, conversations, tokens, "evaluation")
    human = torch.stack([sample.tokens for sample in chosen]).long()
    texts = [Text("conversations", human, 1)]
    if generated:
        said = greedy(llm, human[:, :_PROMPT], generated)
        texts.append(Text("LLM's output", said, _PROMPT))
    model = None
    if Path(FLOAT).exists():
        model = Predictor(torch.arange(VOCABULARY))
        model.load_state_dict(torch.load(FLOAT))
    followed = successors(corpus(llm))
    sizes = [n for n in (512, 1024, 2048, 4096) if n <= len(weights.tokens)]
    shortened = [weights.shortened(n) for n in sizes]
    lines: dict[str, list] = defaultdict(list)
    listed: dict[int, list] = defaultdict(list)
    for text in texts:
        if model:
            lines["LSTM, float"] += accuracy(by_float(model, text), text.wanted)
        found = by_engine(shortened, text)
        lines["LSTM, the engine's integers"] += accuracy(found[-1], text.wanted)
        lines["most frequent successors"] += accuracy(
            followed[text.tokens[:, text.start - 1 : -1]], text.wanted
        )
        lines["longest suffix match"] += accuracy(by_suffix(text), text.wanted)
        for n, w, each in zip(sizes, shortened, found, strict=True):
            share = torch.isin(text.wanted, w.tokens.long()).double().mean()
            listed[n] += [float(share), *accuracy(each, text.wanted)]
    counts = ", ".join(f"{text.wanted.numel()} tokens of {text.name}" for text in texts)
    print(f"Next token predicted, % of {counts}:")
    heads = [f"{text.name}, top-{k}" for text in texts for k in (1, TOP)]
    rows = [[name, *(100 * x for x in line)] for name, line in lines.items()]
    print(tabulate([*rows, ["the paper's claim", None, 95.0]], heads, floatfmt=".1f"))
    print("\nThe shortlist (share of tokens in it; top-1; top-4):")
    heads = ["tokens", *(f"{text.name}, {x}" for text in texts for x in ("in it", "1", "4"))]
    rows = [[n, *(100 * x for x in line)] for n, line in listed.items()]
    print(tabulate(rows, heads, floatfmt=("d", *[".1f"] * 6)))


if __name__ == "__main__":
    typer.run(main)
