"""Small random models of the shapes the project supports, saved as Hugging Face folders."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers import (
    AutoModelForCausalLM,
    LlamaConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen3Config,
)

torch.set_num_threads(1)  # for models this small, threads mostly wait for each other

SIZE = {
    "vocab_size": 256,
    "hidden_size": 96,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "max_position_embeddings": 1024,
    "initializer_range": 0.2,  # large enough for attention to prefer some tokens
}

CONFIGS = {
    "fp16-64-grouped": LlamaConfig(
        **SIZE, head_dim=64, num_attention_heads=6, num_key_value_heads=2, dtype="float16"
    ),
    "fp16-128-single": LlamaConfig(
        **SIZE, head_dim=128, num_attention_heads=2, num_key_value_heads=2, dtype="float16"
    ),
    "bf16-64-single": Qwen2Config(
        **{**SIZE, "hidden_size": 128},
        num_attention_heads=2,
        num_key_value_heads=2,
        dtype="bfloat16",
    ),
    "bf16-128-grouped": Qwen3Config(
        **SIZE, head_dim=128, num_attention_heads=4, num_key_value_heads=1, dtype="bfloat16"
    ),
}


def save(config: PreTrainedConfig, folder: Path) -> Path:
    """A random model with a byte tokenizer, as a Hugging Face folder."""
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config, dtype=config.dtype).save_pretrained(folder)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_only = Tokenizer(BPE({byte: i for i, byte in enumerate(alphabet)}, []))
    bytes_only.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_only.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=bytes_only).save_pretrained(folder)
    return folder
