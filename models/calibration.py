"""Calibration of the speckv codec: tables for every layer, KV head and kind of a model.

How fine a channel is quantised follows from how much the model's output depends on it: the
diagonal of the Fisher information of keys (after rotary embedding) and values, measured where the
cache is read compressed.  One number then sets the trade between ratio and accuracy, over
channels, heads, layers and kinds alike.

Runs on calibration conversations only.  As a program: ``python -m models.calibration --help``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch.nn import functional as F
from tqdm import tqdm

from models.attention import L1_WINDOW
from models.conversations import ConversationError, Conversations, Sample, choose
from models.llm import LLM, ModelError
from models.page import PAGE_VALUES, tokens_per_page
from models.speckv import (
    HEADER_BITS,
    MANTISSA_BITS,
    MAX_LOW_BITS,
    RCP_BITS,
    STEP_FRACTION_BITS,
    UNIT_BYTES,
    UNIT_EXPONENT,
    Table,
    Tables,
    dither,
)
from models.speckv_codes import ESCAPE_RANK, LENGTHS

FORMAT = "cxl-speckv-tables"
VERSION = 1
FOLDER = Path("build/calibration")
SHIPPED = Path(__file__).parent / "data"  # the default model's, made by `make calibrate`
CONVERSATIONS, TOKENS, DRAWS = 8, 1024, 2
LOSSLESS = "lossless"
# Operating points, by the ratio they are to give on calibration pages.
POINTS = ("8x", "7x", "6x", "5.5x", "5x", "4x", "3x", "2x", LOSSLESS)

# Beyond a step of two standard deviations a channel costs its one bit all the same.
_WIDEST_STEP = 2.0
# Part of the Wiener filter's shrinkage taken on reconstruction: the whole of it biases attention,
# none of it leaves the dither's noise (both cost more KL divergence; measured at 6x).
_SHRINKAGE = 0.45
_PAGES = 64  # of each channel that tables are made from
_BLOCK = 256  # tokens whose logits are held at a time


class CalibrationError(Exception):
    """A file of tables that is missing, damaged, or another model's."""


@dataclass(frozen=True)
class Statistics:
    """What calibration measures.

    fisher: float64 ``[layers, 2, kv_heads, head_dim]``, mean square of the derivative of the log
        likelihood of a text by one key's (0) or value's (1) channel.
    cache: cache dtype ``[conversations, layers, 2, kv_heads, tokens, head_dim]``.
    """

    fisher: torch.Tensor
    cache: torch.Tensor


def measure(llm: LLM, samples: Sequence[Sample], draws: int = DRAWS) -> Statistics:
    """Run calibration texts, all of one length, `draws` times forward and back.

    Labels are drawn from the model's own predictions, which is what makes the mean square of the
    derivative the Fisher information.  Only reads of compressed pages count (`L1_WINDOW`).
    """
    tokens = len(samples[0].tokens)
    first = llm.tokens_per_page * L1_WINDOW.first_pages
    if tokens < first + L1_WINDOW.last_tokens + 2 * llm.tokens_per_page:
        raise ValueError(f"{tokens} tokens leave nothing compressed to calibrate on")
    stops = [L1_WINDOW.compressed(step, llm.tokens_per_page).stop for step in range(tokens)]
    position = torch.arange(tokens)
    compressed = ((position < torch.tensor(stops)[:, None]) & (position >= first)).float()
    hidden_from_query = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)

    shape = (llm.layers, 2, llm.kv_heads, tokens, llm.head_dim)
    fisher = torch.zeros(shape[:3] + shape[4:], dtype=torch.float64)
    cache = torch.empty(len(samples), *shape, dtype=llm.cache_dtype)
    llm.model.requires_grad_(False)
    for number, sample in enumerate(tqdm(samples, desc="calibration", unit="text")):
        change = [torch.zeros(shape[1:], requires_grad=True) for _ in range(llm.layers)]

        def attention(layer, query, key, value, scale, number=number, change=change):
            key, value = (kv.to(llm.cache_dtype).float() for kv in (key, value))
            cache[number, layer, 0], cache[number, layer, 1] = key.detach(), value.detach()
            query = query * scale
            by_key, by_value = change[layer].unsqueeze(2)
            scores = query @ key[:, None].mT + (query @ by_key.mT) * compressed
            weights = torch.softmax(scores.masked_fill(hidden_from_query, -torch.inf), -1)
            return weights @ value[:, None] + (weights * compressed) @ by_value

        out = llm.model.base_model(
            sample.tokens[None].long(), use_cache=False, kv_attention=attention
        ).last_hidden_state[0]
        generator = torch.Generator().manual_seed(number)
        for draw in range(draws):
            slope = _slope(llm, out.detach(), generator)
            slopes = torch.autograd.grad(out, change, slope, retain_graph=draw < draws - 1)
            for layer, by in enumerate(slopes):
                read = by[:, :, first : -L1_WINDOW.last_tokens]
                fisher[layer] += read.double().square().mean(2)
    return Statistics(fisher / (len(samples) * draws), cache)


def _slope(llm: LLM, hidden: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The derivative of the log likelihood of labels drawn from the model by `hidden`."""
    slopes = []
    for block in hidden.split(_BLOCK):
        block = block.clone().requires_grad_()
        logits = llm.model.get_output_embeddings()(block)
        labels = torch.multinomial(logits.detach().softmax(-1), 1, generator=generator).squeeze(1)
        loss = F.cross_entropy(logits, labels, reduction="sum")
        slopes.append(torch.autograd.grad(loss, block)[0])
    return torch.cat(slopes)


# ---- Tables ----

_COST = LENGTHS.double()  # [class, rank], bits
_COST = _COST + 16 * (torch.arange(256) >= ESCAPE_RANK[:, None])


@dataclass(frozen=True)
class _Channels:
    """Channels in one row each: float64 ``[n]``; values ``[n, samples]``, whole pages' tokens."""

    values: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor
    fisher: torch.Tensor


def tables(statistics: Statistics, points: Iterable[str] = POINTS) -> dict[str, list[Table]]:
    """Tables of each operating point: a list over (layer, kind, KV head), the last the fastest.

    A point is a ratio as in "5x" or "lossless".
    """
    layers, kinds, heads, head_dim = statistics.fisher.shape
    dtype = statistics.cache.dtype
    cache = _some_pages(statistics.cache, _PAGES).flatten(1)
    made = {}
    channels = None
    for point in points:
        if point == LOSSLESS:
            made[point] = _lossless(cache, head_dim, dtype)
            continue
        if channels is None:
            values = cache.float()
            channels = _Channels(
                values=values,
                mean=values.mean(1).double(),
                deviation=values.std(1).double(),
                fisher=statistics.fisher.flatten().clamp_min(1e-300),
            )
        made[point] = _at_ratio(channels, float(point.removesuffix("x")), head_dim, dtype)
    return made


def _some_pages(cache: torch.Tensor, count: int) -> torch.Tensor:
    """At most `count` of each channel's pages, spread evenly: ``[channels, pages, tokens]``.

    cache: ``[texts, layers, kinds, kv_heads, tokens, head_dim]``.
    """
    page = tokens_per_page(cache.shape[-1])
    whole = cache[..., : cache.shape[4] // page * page, :].unflatten(4, (-1, page))
    by_channel = whole.permute(1, 2, 3, 6, 0, 4, 5).flatten(4, 5).flatten(0, 3)
    pages = by_channel.shape[1]
    return by_channel[:, torch.linspace(0, pages - 1, min(count, pages)).long()]


def _at_ratio(channels: _Channels, ratio: float, head_dim: int, dtype) -> list[Table]:
    """Tables that give about `ratio` on the calibration pages, header and padding counted."""
    overhead = HEADER_BITS + 32 + UNIT_BYTES * 4
    wanted = 16 / ratio - overhead / PAGE_VALUES  # bits a value
    typical = float((channels.deviation * channels.fisher.sqrt()).log().mean().exp())
    fewer = channels.values.unflatten(1, (-1, tokens_per_page(head_dim)))[:, :: _PAGES // 16]
    sample = replace(channels, values=fewer.flatten(1))
    low, high = typical * 2.0**-14, typical * 2.0**4
    for _ in range(9):
        middle = (low * high) ** 0.5
        _, bits = _lossy(sample, middle, head_dim, dtype)
        low, high = (middle, high) if bits > wanted else (low, middle)
    return _lossy(channels, (low * high) ** 0.5, head_dim, dtype)[0]


def _lossy(channels: _Channels, delta: float, head_dim: int, dtype) -> tuple[list[Table], float]:
    """Tables whose steps are ``delta / sqrt(fisher)``, and the bits a value they take."""
    step = torch.minimum(delta / channels.fisher.sqrt(), _WIDEST_STEP * channels.deviation)
    # No finer than the format can count in: 2^17 units of a sixteenth of a step, and units that
    # the exponent can say.
    largest = channels.values.abs().amax(1).double()
    base = UNIT_EXPONENT[dtype]
    step = torch.maximum(step, largest * 2.0**-13).clamp_min(2.0 ** (base + 5))
    exponent = torch.frexp(step).exponent - 5 - base  # step is 16 to 32 units
    unit = torch.ldexp(torch.ones_like(step), exponent + base)
    rcp = (2.0**RCP_BITS * unit / step).round().clamp(max=0xFFFF)
    coded_step = 2.0**RCP_BITS / rcp
    mean = (channels.mean / unit).round()

    noise = (coded_step * unit).square() / 12
    shrink = channels.deviation.square() / (channels.deviation.square() + _SHRINKAGE * noise)
    decoded_step = (coded_step * shrink * 2.0**STEP_FRACTION_BITS).round().clamp(max=0xFFFF)

    u = dither(head_dim).T  # [head_dim, tokens]
    offset = (u + 0.5).float() / 32
    n, samples = channels.values.shape
    scale = (rcp * 2.0**-RCP_BITS / unit).float()[:, None]
    shift = (mean * rcp * 2.0**-RCP_BITS).float()[:, None]
    q = channels.values * scale - shift
    q = q.view(-1, head_dim, samples // u.shape[1], u.shape[1]).add_(offset[:, None])
    q = q.floor_().view(n, samples).to(torch.int32)

    best = torch.full((n // head_dim,), torch.inf, dtype=torch.float64)
    low_bits = torch.zeros(len(best), dtype=torch.int64)
    class_id = torch.zeros(n, dtype=torch.int64)
    for m in range(MAX_LOW_BITS + 1):
        hi = q >> m
        rank = ((hi << 1) ^ (hi >> 31)).clamp_(max=255)
        cost, classes = _cheapest(_histogram(rank, 256))
        cost = cost.view(-1, head_dim).mean(1) + m
        better = cost < best
        best[better], low_bits[better] = cost[better], m
        class_id.view(-1, head_dim)[better] = classes.view(-1, head_dim)[better]
        if not better.any():
            break

    fields = [
        f.to(torch.int32).split(head_dim) for f in (mean, decoded_step, rcp, exponent, class_id)
    ]
    made = [
        Table(dtype, head_dim, False, int(m), *entry)
        for m, *entry in zip(low_bits, *fields, strict=True)
    ]
    return made, float(best.mean())


def _lossless(cache: torch.Tensor, head_dim: int, dtype) -> list[Table]:
    """Lossless tables for channels' values (cache dtype ``[n, samples]``)."""
    mantissa = MANTISSA_BITS[dtype]
    exponents = 1 << (15 - mantissa)
    bits = cache.view(torch.int16).to(torch.int32) >> mantissa & (2 * exponents - 1)
    histogram = _histogram(bits, 2 * exponents)  # of sign and exponent
    n = len(histogram)
    best = torch.full((n,), torch.inf, dtype=torch.float64)
    fields = torch.zeros(3, n, dtype=torch.int32)  # expected sign, expected exponent, class
    zeros = torch.zeros(n, dtype=torch.int32)
    seen = (histogram.sum(0).view(2, exponents).sum(0) > 0).nonzero()
    for expected in range(int(seen.min()), int(seen.max()) + 1):
        delta = expected - torch.arange(exponents)
        f = torch.where(delta >= 0, delta + delta.div(3, rounding_mode="floor"), -4 * delta - 1)
        for sign in (0, 1):
            rank = torch.cat([2 * f + sign, 2 * f + (1 - sign)]).clamp_(max=255)
            cost, classes = (histogram @ _COST[:, rank].T).min(1)
            better = cost < best
            best[better] = cost[better]
            fields[0, better], fields[1, better] = sign, expected
            fields[2, better] = classes[better].to(torch.int32)
    split = [f.split(head_dim) for f in (fields[0], zeros, zeros, fields[1], fields[2])]
    return [Table(dtype, head_dim, True, mantissa, *entry) for entry in zip(*split, strict=True)]


def _histogram(values: torch.Tensor, bins: int) -> torch.Tensor:
    """Shares of each value in each row, float64 ``[n, bins]``; values: int32 ``[n, samples]``."""
    n, samples = values.shape
    rows = torch.arange(n, dtype=torch.int32)[:, None] * bins
    counts = torch.bincount((values + rows).flatten(), minlength=n * bins)
    return counts.view(n, bins).double() / samples


def _cheapest(histogram: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The fewest bits a value, and the class that takes them, of ranks' shares ``[n, 256]``."""
    return (histogram @ _COST.T).min(1)


# ---- Files ----


@dataclass(frozen=True)
class Header:
    """What a file of tables was made from."""

    model: str
    fingerprint: str
    dtype: str
    layers: int
    kv_heads: int
    head_dim: int
    points: tuple[str, ...]

    @classmethod
    def of(cls, llm: LLM, points: Iterable[str]) -> Header:
        return cls(
            model=llm.name,
            fingerprint=llm.fingerprint,
            dtype=str(llm.cache_dtype).removeprefix("torch."),
            layers=llm.layers,
            kv_heads=llm.kv_heads,
            head_dim=llm.head_dim,
            points=tuple(points),
        )


class Calibration:
    """A model's tables at every operating point."""

    def __init__(self, header: Header, made: dict[str, list[Table]]):
        self.header = header
        self._tables = {point: Tables(tables) for point, tables in made.items()}

    def tables(self, point: str) -> Tables:
        """All tables of an operating point; `index` says which is whose.  CalibrationError for a
        point that was not calibrated."""
        if point not in self._tables:
            raise CalibrationError(f"no operating point {point!r}: use one of {self.header.points}")
        return self._tables[point]

    def index(self, layer: int, kind: int, kv_head: int) -> int:
        """The table's number for pages of (layer, kind, KV head)."""
        return (layer * 2 + kind) * self.header.kv_heads + kv_head


def path_for(llm: LLM, folder: Path = FOLDER) -> Path:
    return folder / f"{llm.name}-{llm.fingerprint[:12]}.safetensors"


def save(path: Path, header: Header, made: dict[str, list[Table]]) -> None:
    """Write a file of tables: their images, and a header with their checksum."""
    images = torch.stack(
        [
            torch.stack(
                [torch.frombuffer(bytearray(t.image()), dtype=torch.uint8) for t in made[point]]
            )
            for point in header.points
        ]
    )
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "header": json.dumps(asdict(header)),
        "sha256": _seal(header, images),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".tmp")
    save_file({"images": images}, scratch, metadata)
    scratch.replace(path)


def load(path: Path) -> Calibration:
    """Read a file of tables.  Raises CalibrationError for anything but what `save` wrote."""
    remedy = "delete it and run `make calibrate`"
    if not path.exists():
        raise CalibrationError(f"{path} does not exist: run `make calibrate`")
    try:
        with safe_open(path, "pt") as file:
            metadata, images = file.metadata() or {}, file.get_tensor("images")
    except SafetensorError as error:
        raise CalibrationError(f"{path} is no file of tables ({error}); {remedy}") from error
    kind = (metadata.get("format"), metadata.get("version"))
    if kind != (FORMAT, str(VERSION)):
        raise CalibrationError(f"{path} is {kind}, not {(FORMAT, str(VERSION))}; {remedy}")
    fields = json.loads(metadata["header"])
    header = Header(**{**fields, "points": tuple(fields["points"])})
    if metadata["sha256"] != _seal(header, images):
        raise CalibrationError(f"{path} does not have the SHA-256 it was written with; {remedy}")
    made = {
        point: [Table.from_image(bytes(image.numpy())) for image in images[i]]
        for i, point in enumerate(header.points)
    }
    return Calibration(header, made)


def _seal(header: Header, images: torch.Tensor) -> str:
    digest = hashlib.sha256(json.dumps(asdict(header), sort_keys=True).encode())
    digest.update(images.numpy().tobytes())
    return digest.hexdigest()


def calibrate(
    llm: LLM,
    path: Path,
    conversations: int = CONVERSATIONS,
    tokens: int = TOKENS,
    points: Iterable[str] = POINTS,
) -> Calibration:
    """Measure on calibration conversations, make the tables and write them to `path`."""
    samples = choose(Conversations(), llm.tokenize, conversations, tokens, "calibration")
    header = Header.of(llm, points)
    save(path, header, tables(measure(llm, samples), header.points))
    return load(path)


def calibrated(llm: LLM, folder: Path = FOLDER) -> Calibration:
    """The model's calibration: what `make calibrate` left, else what is shipped, else made now.
    Raises CalibrationError, ConversationError, ModelError."""
    path = path_for(llm, folder)
    if not path.exists() and path_for(llm, SHIPPED).exists():
        path = path_for(llm, SHIPPED)
    found = load(path) if path.exists() else calibrate(llm, path)
    if found.header.fingerprint != llm.fingerprint:
        raise CalibrationError(f"{path} is for another model: delete it and run `make calibrate`")
    return found


def main(
    model: Annotated[
        Path | None,
        typer.Option(envvar="MODEL", help="Model folder or .gguf file; default SmolLM2."),
    ] = None,
    conversations: Annotated[int, typer.Option(min=1)] = CONVERSATIONS,
    tokens: Annotated[int, typer.Option(min=1, help="Length of each.")] = TOKENS,
    out: Path = FOLDER,
):
    """Make the speckv codec's tables for a model, from calibration conversations."""
    try:
        llm = LLM(model)
        path = path_for(llm, out)
        calibrate(llm, path, conversations, tokens)
    except (ModelError, ConversationError, ValueError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(path)


if __name__ == "__main__":
    typer.run(main)
