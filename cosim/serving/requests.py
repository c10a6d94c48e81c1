"""Requests to serve: ShareGPT's conversations, or a published trace as it is.

A request names its conversation or its blocks of prefix, so that a server may keep their cache.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from cosim import capacity

MOONCAKE_BLOCK = 512  # tokens of a hash


class RequestError(Exception):
    """A trace cannot be read; the message says where."""


@dataclass(frozen=True)
class Request:
    """arrival in seconds; prompt and output in tokens.

    prefix: keys of what the prompt begins with, outermost first: (key, tokens up to its end).
    keep: the same, of prompt and output, for those that come later.
    """

    arrival: float
    prompt: int
    output: int
    prefix: tuple[tuple[int, int], ...] = ()
    keep: tuple[tuple[int, int], ...] = ()


def sharegpt(count: int, rate: float, seed: int = 1, longest: int = 4096) -> list[Request]:
    """Single requests of ShareGPT's lengths (cosim/data/capacity.json), `rate` a second.

    A conversation's tokens up to its last user turn are the prompt, its last answer the output.
    rate 0: all are there at once.
    """
    g = np.random.default_rng(seed)
    turns = [ends for ends in capacity.load().turns if len(ends) >= 2]
    drawn = [turns[i] for i in g.integers(len(turns), size=count)]
    pairs = [ends[: 2 * (len(ends) // 2)][-2:] for ends in drawn]
    gaps = g.exponential(1 / rate, count) if rate else np.zeros(count)
    return [
        Request(float(at), min(begin, longest), max(1, min(end, longest) - min(begin, longest)))
        for at, (begin, end) in zip(np.cumsum(gaps), pairs, strict=True)
    ]


def conversations(count: int, rate: float, think: float, seed: int = 1) -> list[Request]:
    """ShareGPT's conversations turn by turn: each turn sends all before it again.

    rate: of conversations a second; think: mean seconds between turns.
    """
    g = np.random.default_rng(seed)
    turns = [ends for ends in capacity.load().turns if len(ends) >= 2]
    made, at = [], 0.0
    for number in range(count):
        at += float(g.exponential(1 / rate))
        ends, when, prefix = turns[int(g.integers(len(turns)))], at, ()
        for begin, end in zip(ends[::2], ends[1::2], strict=False):
            keep = ((number << 16 | len(made) & 0xFFFF, end),)
            made.append(Request(when, begin, max(1, end - begin), prefix, keep))
            prefix, when = keep, when + float(g.exponential(think))
    return sorted(made, key=lambda request: request.arrival)


def azure(path: Path) -> list[Request]:
    """An Azure LLM inference trace: CSV of TIMESTAMP, ContextTokens, GeneratedTokens.

    Raises RequestError.
    """
    made, first = [], None
    with _open(path) as file:
        rows = csv.DictReader(file)
        for line, row in enumerate(rows, start=2):
            try:
                # Seven decimals: a digit more than Python takes.
                when = datetime.fromisoformat(row["TIMESTAMP"].strip()[:26])
                first = first or when
                prompt, output = int(row["ContextTokens"]), int(row["GeneratedTokens"])
            except (KeyError, TypeError, ValueError) as error:
                raise RequestError(f"{path}:{line}: {type(error).__name__}: {error}") from None
            made.append(Request((when - first).total_seconds(), max(1, prompt), max(1, output)))
    return _some(made, path)


def mooncake(path: Path) -> list[Request]:
    """A Mooncake trace: a JSON object a line, with hashes of prefix blocks.

    Raises RequestError.
    """
    made = []
    with _open(path) as file:
        for line, text in enumerate(file, start=1):
            try:
                row = json.loads(text)
                prompt, output = int(row["input_length"]), int(row["output_length"])
                blocks = tuple(
                    (int(key), min(prompt, MOONCAKE_BLOCK * (i + 1)))
                    for i, key in enumerate(row["hash_ids"])
                )
                when = float(row["timestamp"]) / 1000
            except (KeyError, TypeError, ValueError) as error:
                raise RequestError(f"{path}:{line}: {type(error).__name__}: {error}") from None
            made.append(Request(when, max(1, prompt), max(1, output), blocks, blocks))
    return _some(made, path)


def read(path: Path) -> list[Request]:
    """A trace by its file's name: .csv is Azure's, .jsonl Mooncake's.  Raises RequestError."""
    readers = {".csv": azure, ".jsonl": mooncake}
    if path.suffix not in readers:
        raise RequestError(f"{path}: neither .csv (Azure) nor .jsonl (Mooncake)")
    return readers[path.suffix](path)


def _open(path: Path):
    try:
        return path.open(newline="")
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror}") from None


def _some(made: list[Request], path: Path) -> list[Request]:
    if not made:
        raise RequestError(f"{path}: no request in it")
    return sorted(made, key=lambda request: request.arrival)
