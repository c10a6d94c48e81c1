"""Trains the next-token predictor and quantises it: ``python -m models.lstm_training``.

Text: every calibration conversation, all its parts, in the LLM's chat template and with its
tokens; nothing of the evaluation set.  Writes the weights that models/data ships
(`models.lstm.SHIPPED`), and the float model beside the corpus in build/lstm.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
import typer
from torch import nn
from tqdm import tqdm

from models.conversations import Conversations, split
from models.llm import LLM
from models.lstm import (
    BIAS_LIMIT,
    CELL_BITS,
    EMBED,
    GATES,
    HIDDEN,
    LAYERS,
    LOGIT_BITS,
    SCALE_BITS,
    SHIPPED,
    STATE_BITS,
    Weights,
    save,
)

VOCABULARY = 49152
SHORTLIST = 4096
EMBEDDED = 16384  # tokens with an embedding of their own, less one: the first is of all others
FOLDER = Path("build/lstm")
FLOAT = FOLDER / "float.pt"
_STREAMS, _STEPS = 64, 64  # a batch: so many places in the text, so many tokens on from each
_RATE = 4e-3
_FULL = 0.2  # of the training at its end, over the whole shortlist; before, over what a batch has


def corpus(llm: LLM) -> np.ndarray:
    """The training text, uint16 ``[tokens]``, conversation behind conversation; made once."""
    path = FOLDER / f"corpus-{llm.fingerprint[:12]}.npy"
    if not path.exists():
        conversations = [c for c in Conversations() if split(c.id) == "calibration"]
        texts = [llm.tokenize(c.turns) for c in tqdm(conversations, "tokens", unit="text")]
        FOLDER.mkdir(parents=True, exist_ok=True)
        np.save(path, np.concatenate([np.array(text, dtype=np.uint16) for text in texts]))
    return np.load(path)


class Predictor(nn.Module):
    """The float model.

    by_frequency: int64 ``[vocabulary]``, all tokens, the most frequent first.
    """

    def __init__(self, by_frequency: torch.Tensor):
        super().__init__()
        rows = torch.zeros(len(by_frequency), dtype=torch.int64)
        rows[by_frequency[: EMBEDDED - 1]] = torch.arange(1, EMBEDDED)
        places = torch.full((len(by_frequency),), -1)
        places[by_frequency[:SHORTLIST]] = torch.arange(SHORTLIST)
        self.register_buffer("rows", rows)  # of the embedding
        self.register_buffer("places", places)  # in the shortlist, or -1
        self.register_buffer("tokens", by_frequency[:SHORTLIST].clone())
        self.embedding = nn.Embedding(EMBEDDED, EMBED)
        self.layers = nn.ModuleList(
            nn.LSTM(columns, HIDDEN, batch_first=True) for columns in (EMBED, HIDDEN)
        )
        self.output = nn.Linear(HIDDEN, SHORTLIST)
        nn.init.uniform_(self.embedding.weight, -0.5, 0.5)
        for layer in self.layers:
            with torch.no_grad():
                layer.bias_hh_l0.zero_()
                layer.bias_ih_l0[HIDDEN : 2 * HIDDEN] = 1.0  # remember, to begin with

    def forward(self, tokens: torch.Tensor, states: list | None = None):
        """Hidden states ``[streams, steps, 128]`` behind the tokens, and the layers' states."""
        x = self.embedding(self.rows[tokens]).clamp(-1, 1)
        left = []
        for layer, state in zip(self.layers, states or [None] * LAYERS, strict=True):
            x, state = layer(x, state)
            left.append(tuple(s.detach() for s in state))
        return x, left

    def best(self, hidden: torch.Tensor, count: int = 4) -> torch.Tensor:
        """The likeliest next tokens, the likeliest first."""
        return self.tokens[self.output(hidden).topk(count).indices]


def train(text: np.ndarray, epochs: float, seed: int = 1) -> Predictor:
    """A predictor trained on the text."""
    torch.manual_seed(seed)
    counts = np.bincount(text, minlength=VOCABULARY)
    model = Predictor(torch.from_numpy(np.argsort(-counts, kind="stable")))
    frequency = torch.from_numpy(counts).double()[model.tokens]
    with torch.no_grad():
        model.output.bias.copy_((frequency / frequency.sum()).log() + math.log(SHORTLIST))
        model.output.weight.mul_(0.5)
    share = frequency / len(text)
    occurs = (1 - (1 - share) ** (_STREAMS * _STEPS)).log().float()
    length = len(text) // _STREAMS
    streams = torch.from_numpy(text[: length * _STREAMS].astype(np.int64)).view(_STREAMS, length)
    optimiser = torch.optim.AdamW(model.parameters(), lr=_RATE, weight_decay=1e-3)
    windows = (length - 1) // _STEPS
    updates = int(windows * epochs)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, _RATE, total_steps=updates, pct_start=0.1
    )
    states, mean = None, None
    progress = tqdm(range(updates), "training", unit="batch", mininterval=10)
    for update in progress:
        at = update % windows * _STEPS
        if at == 0:
            states = None
        hidden, states = model(streams[:, at : at + _STEPS], states)
        wanted = model.places[streams[:, at + 1 : at + _STEPS + 1]]
        listed = wanted >= 0
        hidden, wanted = hidden[listed], wanted[listed]
        if update < (1 - _FULL) * updates:
            # Only the tokens that occur in the batch stand in the softmax, weighted by how likely
            # they were to.
            used, wanted = wanted.unique(return_inverse=True)
            logits = F.linear(hidden, model.output.weight[used], model.output.bias[used])
            logits = logits - occurs[used]
        else:
            logits = model.output(hidden)
        loss = F.cross_entropy(logits, wanted)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        if update % 50 == 0:
            progress.set_postfix(loss=f"{mean:.3f}")
    return model


def quantise(model: Predictor) -> Weights:
    """The model in the engine's numbers."""
    gates, biases, scales = [], [], []
    doubled = torch.tensor([1.0, 1.0, 2.0, 1.0]).repeat(HIDDEN)  # tanh(z) by the curve of 2 z
    for layer in model.layers:
        matrix = torch.cat([layer.weight_ih_l0, layer.weight_hh_l0], 1)
        bias = layer.bias_ih_l0 + layer.bias_hh_l0
        # From all units of a gate to all gates of a unit.
        order = torch.arange(GATES * HIDDEN).view(GATES, HIDDEN).T.flatten()
        made = _quantise_rows(matrix[order], bias[order], doubled, CELL_BITS)
        for fields, field in zip((gates, biases, scales), made, strict=True):
            fields.append(field)
    output, output_bias, output_scale = _quantise_rows(
        model.output.weight, model.output.bias, torch.ones(SHORTLIST), LOGIT_BITS
    )
    return Weights(
        gates0=gates[0],
        gates1=gates[1],
        output=output,
        bias0=biases[0],
        bias1=biases[1],
        output_bias=output_bias,
        scale0=scales[0],
        scale1=scales[1],
        output_scale=output_scale,
        tokens=model.tokens.to(torch.int32),
        embedding=(model.embedding.weight.clamp(-1, 1) * 127).round().to(torch.int8),
        embedding_row=model.rows.to(torch.int16),
    )


def _quantise_rows(matrix, bias, factor, fraction_bits: int):
    """INT8 rows, biases and scales, so that sums come out with `fraction_bits`."""
    matrix, bias, factor = (t.detach().double() for t in (matrix, bias, factor))
    # An embedding's 127 is 127/128 of a one in the engine; that is within its rounding.
    per_scale = 2.0 ** (SCALE_BITS + fraction_bits - STATE_BITS)
    step = (matrix.abs().amax(1) / 127).clamp(min=2.0**-20)
    scale = (step * factor * per_scale).ceil().clamp(max=0xFFFF)
    step = scale / factor / per_scale
    rows = (matrix / step[:, None]).round().clamp(-127, 127)
    biases = (bias / step * 2.0**STATE_BITS).round().clamp(-BIAS_LIMIT, BIAS_LIMIT)
    return rows.to(torch.int8), biases.to(torch.int32), scale.to(torch.int32)


def main(
    epochs: Annotated[float, typer.Option(help="Passes over the text.")] = 1.0,
    out: Annotated[Path, typer.Option(help="Where the weights go.")] = SHIPPED,
):
    """Train, quantise, and print the SHA-256 that models/lstm.py is to have."""
    text = corpus(LLM())
    print(f"{len(text)} tokens", file=sys.stderr)
    model = train(text, epochs)
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), FLOAT)
    print(f"{out}: SHA-256 {save(quantise(model), out)}")


if __name__ == "__main__":
    typer.run(main)
