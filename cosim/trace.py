"""Captured KV-caches on disk, as docs/trace-format.md specifies them.

A trace is one conversation: ``<name>.safetensors`` with the tensors and ``<name>.json``, the
header, which describes and seals them.  Nothing is read from a pair that is not exactly what was
written.

Run as a program, this makes the traces that are missing: ``python -m cosim.trace --help``.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import torch
import typer
from safetensors import safe_open
from safetensors.torch import save_file
from tqdm import tqdm

from models.checksum import sha256
from models.conversations import SPLITS, ConversationError, Conversations, Sample, Split, choose
from models.llm import LLM, Capture, ModelError
from models.page import to_pages

FORMAT = "cxl-speckv-trace"
VERSION = 1
FOLDER = Path("build/traces")

_REMEDY = "delete the trace's two files and run `make trace`"


class TraceError(Exception):
    """A trace that is not as it was written.  Says which file, what was expected, what was found
    and what to do."""

    def __init__(self, file: Path, expected: object, found: object, remedy: str = _REMEDY):
        super().__init__(f"{file}: expected {expected}, found {found}; {remedy}")


@dataclass(frozen=True)
class Source:
    """What a trace was captured from: which model, how its cache is laid out, which text."""

    model: str
    fingerprint: str
    cache_dtype: str
    layers: int
    query_heads: int
    kv_heads: int
    head_dim: int
    tokens_per_page: int
    tokens: int
    conversation: str
    split: str

    @classmethod
    def of(cls, llm: LLM, sample: Sample) -> Source:
        return cls(
            model=llm.name,
            fingerprint=llm.fingerprint,
            cache_dtype=str(llm.cache_dtype).removeprefix("torch."),
            layers=llm.layers,
            query_heads=llm.query_heads,
            kv_heads=llm.kv_heads,
            head_dim=llm.head_dim,
            tokens_per_page=llm.tokens_per_page,
            tokens=len(sample.tokens),
            conversation=sample.id,
            split=sample.split,
        )

    def header_path(self, folder: Path) -> Path:
        """Where the trace's header lies: one folder for each model, cache dtype and length."""
        key = f"{self.model}-{self.fingerprint[:12]}-{self.cache_dtype}-{self.tokens}"
        return folder / key / f"{quote(self.conversation, safe='')}.json"


class Trace:
    """A trace on disk, verified when opened.  Tensors are read when asked for, each time anew.

    Raises TraceError for a file that is missing, truncated, altered or of another version.
    """

    def __init__(self, header_path: Path):
        self.path = header_path
        header = _read_header(header_path)
        self.seal: str = header["sha256"]  # of header and tensors
        self.source = Source(**header["source"])
        self._data = header_path.with_suffix(".safetensors")
        _verify_data(self._data, header["data"])

    @property
    def tokens(self) -> torch.Tensor:
        """int32 ``[tokens]``: token ids."""
        return self._tensor("tokens")

    @property
    def keys(self) -> torch.Tensor:
        """Cache dtype ``[layers, kv_heads, tokens, head_dim]``, after rotary embedding."""
        return self._tensor("keys")

    @property
    def values(self) -> torch.Tensor:
        """Cache dtype ``[layers, kv_heads, tokens, head_dim]``."""
        return self._tensor("values")

    @property
    def mass(self) -> torch.Tensor:
        """float16 ``[tokens (decode steps), layers, kv_heads, pages]``: sums to 1 over pages."""
        return self._tensor("mass")

    @property
    def hidden(self) -> torch.Tensor:
        """float32 ``[tokens, hidden_size]``: the baseline's final hidden states."""
        return self._tensor("hidden")

    def pages(self) -> torch.Tensor:
        """int16 ``[layers, kv_heads, 2, pages, 2048]``: the raw sealed pages, keys then values."""
        return torch.stack([to_pages(self.keys), to_pages(self.values)], dim=2)

    def _tensor(self, name: str) -> torch.Tensor:
        with safe_open(self._data, "pt") as file:
            return file.get_tensor(name)


def write_trace(header_path: Path, source: Source, capture: Capture) -> None:
    """Write a trace.  Each file appears whole or not at all, the header last, so that a trace
    that was cut short has no header and counts as not made."""
    header_path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {field.name: getattr(capture, field.name) for field in fields(capture)}
    data_path = header_path.with_suffix(".safetensors")
    scratch = data_path.with_suffix(f".{os.getpid()}.tmp")
    save_file(tensors, scratch)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "source": asdict(source),
        "data": {
            "bytes": scratch.stat().st_size,
            "sha256": sha256(scratch),
            "tensors": {
                name: {"dtype": str(t.dtype).removeprefix("torch."), "shape": list(t.shape)}
                for name, t in tensors.items()
            },
        },
    }
    header["sha256"] = _seal(header)
    scratch.replace(data_path)
    scratch.write_text(json.dumps(header, indent=2) + "\n")
    scratch.replace(header_path)


def load_traces(
    llm: LLM, split: Split, conversations: int, tokens: int, folder: Path = FOLDER
) -> list[Trace]:
    """Traces of the first `conversations` of a split, `tokens` long, capturing those not there.

    Raises TraceError for one that is there but unsound, ConversationError if the data set has
    too few, ModelError if the model will not run.
    """
    dataset = Conversations()
    samples = choose(dataset, llm.tokenize, conversations, tokens, split)
    for reason, count in dataset.skipped.items():
        tqdm.write(f"{dataset.path.name}: {count} records skipped: {reason}", sys.stderr)
    traces = []
    progress = tqdm(samples, desc=f"{split} traces", unit="trace")
    for sample in progress:
        source = Source.of(llm, sample)
        path = source.header_path(folder)
        if not path.exists():
            progress.set_postfix_str(f"capturing {sample.id}")
            write_trace(path, source, llm.capture(sample.tokens))
        trace = Trace(path)
        if trace.source != source:
            raise TraceError(path, source, trace.source)
        if not torch.equal(trace.tokens, sample.tokens):
            raise TraceError(path, f"the data set's tokens of {sample.id}", "other tokens")
        traces.append(trace)
    return traces


def _read_header(path: Path) -> dict:
    """The header, with every field of this version there and sealed."""
    try:
        header = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise TraceError(path, "a trace's header", "no file", "run `make trace`") from None
    except ValueError as error:
        raise TraceError(path, "a header in JSON", f"something else ({error})") from error
    form = header.get("format") if isinstance(header, dict) else None
    if form != FORMAT:
        raise TraceError(path, f"format {FORMAT!r}", repr(form))
    if header.get("version") != VERSION:
        raise TraceError(path, f"version {VERSION}", header.get("version"))
    if header.get("sha256") != _seal(header):
        raise TraceError(path, f"a header with SHA-256 {header.get('sha256')}", _seal(header))
    return header


def _verify_data(path: Path, data: dict) -> None:
    if not path.exists():
        raise TraceError(path, "the trace's tensors", "no file")
    if path.stat().st_size != data["bytes"]:
        raise TraceError(path, f"{data['bytes']} bytes", path.stat().st_size)
    digest = sha256(path)
    if digest != data["sha256"]:
        raise TraceError(path, f"SHA-256 {data['sha256']}", digest)


def _seal(header: dict) -> str:
    """SHA-256 of the header without its own checksum, in canonical JSON."""
    content = {name: value for name, value in header.items() if name != "sha256"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def main(
    conversations: Annotated[int, typer.Option(min=1)] = 4,
    tokens: Annotated[int, typer.Option(min=1, help="Length of each conversation.")] = 2048,
    split: Annotated[str, typer.Option(help=" or ".join(SPLITS))] = "evaluation",
    model: Annotated[
        Path | None,
        typer.Option(envvar="MODEL", help="Model folder or .gguf file; default SmolLM2."),
    ] = None,
    out: Path = FOLDER,
):
    """Capture the KV-cache and page attention of real conversations."""
    if split not in SPLITS:
        raise typer.BadParameter(f"{split!r} is neither {' nor '.join(SPLITS)}")
    try:
        traces = load_traces(LLM(model), split, conversations, tokens, out)
    except (ModelError, ConversationError, TraceError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from error
    for trace in traces:
        typer.echo(trace.path)


if __name__ == "__main__":
    typer.run(main)
