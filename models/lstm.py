"""The next-token predictor: a two-layer LSTM, bit for bit as rtl/lstm computes it.

The paper's predictor (2 layers of 128) as an engine that takes one step a token.  docs/lstm.md
specifies the arithmetic and the layouts; here they are torch integers.  Matrix products run in
float64, which holds every sum exactly.

The vocabulary is the LLM's, 49,152 tokens, at the input.  At the output it is a shortlist of the
tokens that the training text has most often; what that costs is in the accuracy report
(`models.lstm_report`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

LAYERS = 2
HIDDEN = 128
EMBED = 64
GATES = 4  # input, forget, candidate, output: the order of a unit's rows
TOP = 4
HISTORY = 16  # tokens that the paper's predictor looks at; the engine's state has no such bound
LANES = 8  # rows that are worked on at once: a group
CHUNK = 64  # columns that are
UNIT_BYTES = 64
STATE_BYTES = LAYERS * 2 * HIDDEN * 2

# Fixed point: how many bits are behind the point.
STATE_BITS = 15  # h, gates, inputs
CELL_BITS = 11  # c, and the sums that go into a gate
LOGIT_BITS = 10
SCALE_BITS = 24
BIAS_LIMIT = (1 << 30) - 1

# A gate's curve: sigmoid(x) - 1/2 at multiples of 1/4, in between straight lines.
SEGMENT_BITS = 9
SEGMENTS = 32
CURVE = ((torch.arange(SEGMENTS + 1) / 4).double().sigmoid() - 0.5).mul(1 << 15).round().long()

MAGIC = int.from_bytes(b"SKVL", "little")
SHIPPED = Path(__file__).parent / "data" / "lstm.safetensors"
# Of the shipped weights (`make train-lstm` prints it).
SHA256 = "65b3c4b8248613a1ecc5b006c02dfea8f0d787747a082fb3e1928ee158908e0a"


class WeightsError(Exception):
    """Weights that cannot be what the engine holds, or a file that is not the one shipped."""


@dataclass(frozen=True)
class Weights:
    """Everything the engine is loaded with.

    gates0: int8 ``[512, 192]``, gates1: int8 ``[512, 256]``; row ``4 u + g`` is gate g of unit u;
    columns are the input (embedding, or h of layer 0), then the layer's own h.
    output: int8 ``[shortlist, 128]``; shortlist a multiple of 8.
    bias0, bias1, output_bias: int32 ``[rows]``, in units of a row's products.
    scale0, scale1, output_scale: int32 ``[rows]``, 0 to 65535.
    tokens: int32 ``[shortlist]``, the tokens that rows of `output` stand for.
    embedding: int8 ``[rows, 64]``, and embedding_row: int16 ``[vocabulary]``, each token's row.
    """

    gates0: torch.Tensor
    gates1: torch.Tensor
    output: torch.Tensor
    bias0: torch.Tensor
    bias1: torch.Tensor
    output_bias: torch.Tensor
    scale0: torch.Tensor
    scale1: torch.Tensor
    output_scale: torch.Tensor
    tokens: torch.Tensor
    embedding: torch.Tensor
    embedding_row: torch.Tensor

    @property
    def vocabulary(self) -> int:
        return len(self.embedding_row)

    @property
    def groups(self) -> int:
        """Groups of output rows."""
        return len(self.tokens) // LANES

    def shortened(self, shortlist: int) -> Weights:
        """The same with fewer output rows: the most frequent ones."""
        names = ("output", "output_bias", "output_scale", "tokens")
        cut = {name: getattr(self, name)[:shortlist] for name in names}
        return Weights(**{**{f.name: getattr(self, f.name) for f in fields(self)}, **cut})

    @cached_property
    def _float64(self) -> list[torch.Tensor]:
        return [m.double() for m in (self.gates0, self.gates1, self.output)]

    def image(self) -> bytes:
        """What is streamed into the engine: header, rows' parameters, matrices."""
        header = torch.zeros(16, dtype=torch.int32)
        header[0], header[1], header[2], header[3] = MAGIC, 1, self.vocabulary, self.groups
        row = torch.zeros(GATES * HIDDEN, dtype=torch.int32)
        parameters = [
            torch.stack([(scale << 16) | token, bias], 1)
            for token, scale, bias in (
                (row, self.scale0, self.bias0),
                (row, self.scale1, self.bias1),
                (self.tokens, self.output_scale, self.output_bias),
            )
        ]
        matrices = [
            # To [group, chunk, lane, column].
            m.view(-1, LANES, m.shape[1] // CHUNK, CHUNK).transpose(1, 2).contiguous()
            for m in (self.gates0, self.gates1, self.output)
        ]
        parts = [header, *parameters, *matrices]
        return b"".join(part.contiguous().numpy().tobytes() for part in parts)

    def embedding_image(self) -> bytes:
        """The table in device memory: 64 bytes a token."""
        return self.embedding[self.embedding_row.long()].numpy().tobytes()


def save(weights: Weights, path: Path) -> str:
    """Write a file of weights; its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({f.name: getattr(weights, f.name).contiguous() for f in fields(weights)}, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path = SHIPPED) -> Weights:
    """Read a file of weights.  WeightsError if the shipped one is not as it was shipped."""
    if path == SHIPPED:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != SHA256:
            raise WeightsError(f"{path}: expected SHA-256 {SHA256}, found {found}")
    return Weights(**load_file(path))


@dataclass(frozen=True)
class State:
    """What a request keeps: int64 ``[n, layers, 128]`` each, of n requests."""

    h: torch.Tensor
    c: torch.Tensor

    @classmethod
    def zeros(cls, n: int) -> State:
        return cls(*(torch.zeros(n, LAYERS, HIDDEN, dtype=torch.int64) for _ in range(2)))

    def to_bytes(self) -> list[bytes]:
        """Each request's 1024 bytes in memory: by turns 64 bytes of h and of c."""
        halves = torch.stack([self.h, self.c], 2).view(-1, LAYERS, 2, HIDDEN // 32, 32)
        return [s.numpy().tobytes() for s in halves.transpose(2, 3).to(torch.int16).contiguous()]

    @classmethod
    def from_bytes(cls, data: list[bytes]) -> State:
        flat = torch.frombuffer(bytearray(b"".join(data)), dtype=torch.int16).long()
        halves = flat.view(-1, LAYERS, HIDDEN // 32, 2, 32).transpose(2, 3)
        return cls(*(half.reshape(-1, LAYERS, HIDDEN) for half in halves.unbind(2)))


def step(weights: Weights, state: State, tokens: torch.Tensor) -> State:
    """The states after one more token each.  tokens: integer ``[n]``."""
    below = weights.embedding[weights.embedding_row[tokens.long()].long()].long() << 8
    rows = ((weights.bias0, weights.scale0), (weights.bias1, weights.scale1))
    h, c = [], []
    for layer, (bias, scale) in enumerate(rows):
        x = torch.cat([below, state.h[:, layer]], 1)
        z = _rows(weights._float64[layer], x, bias, scale).view(-1, HIDDEN, GATES)
        i, f, g, o = _sigmoid(z[..., 0]), _sigmoid(z[..., 1]), _tanh(z[..., 2]), _sigmoid(z[..., 3])
        kept = f * state.c[:, layer]
        c.append(_saturate((kept + ((i * g) >> 4) + (1 << 14)) >> 15))
        h.append((o * _tanh(2 * c[-1]) + (1 << 14)) >> 15)
        below = h[-1]
    return State(torch.stack(h, 1), torch.stack(c, 1))


def logits(weights: Weights, state: State) -> torch.Tensor:
    """int64 ``[n, shortlist]``, in units of 2^-10, saturated to 16 bits."""
    h = state.h[:, -1]
    return _rows(weights._float64[LAYERS], h, weights.output_bias, weights.output_scale)


def predict(weights: Weights, state: State) -> torch.Tensor:
    """The four likeliest next tokens, int32 ``[n, 4]``, the likeliest first.

    Of equal logits the one in the lower lane (row modulo 8) goes first, then the lower row.
    """
    by_lane = logits(weights, state).view(len(state.h), -1, LANES).transpose(1, 2).flatten(1)
    best = by_lane.sort(dim=1, descending=True, stable=True).indices[:, :TOP]
    return weights.tokens.view(-1, LANES).T.flatten()[best]


def _rows(matrix: torch.Tensor, x: torch.Tensor, bias: torch.Tensor, scale: torch.Tensor):
    """Each row's product with each x, plus its bias, times its scale, rounded, 16 bits."""
    sums = (x.double() @ matrix.T).long() + bias.long()
    return _saturate((sums * scale.long() + (1 << (SCALE_BITS - 1))) >> SCALE_BITS)


def _saturate(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(-(1 << 15), (1 << 15) - 1)


def _curve(z: torch.Tensor) -> torch.Tensor:
    """sigmoid(|z|) - 1/2."""
    a = z.abs().clamp(max=(SEGMENTS << SEGMENT_BITS) - 1)
    segment, rest = a >> SEGMENT_BITS, a & ((1 << SEGMENT_BITS) - 1)
    slope = CURVE[segment + 1] - CURVE[segment]
    return CURVE[segment] + ((slope * rest + (1 << (SEGMENT_BITS - 1))) >> SEGMENT_BITS)


def _sigmoid(z: torch.Tensor) -> torch.Tensor:
    return (1 << 14) + z.sign() * _curve(z)


def _tanh(z: torch.Tensor) -> torch.Tensor:
    """tanh(z / 2): rows of the candidate have their scale doubled."""
    return 2 * z.sign() * _curve(z)
