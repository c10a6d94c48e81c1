"""Makes tb/codec/data/real_pages.safetensors: ``python -m tb.codec.real_pages``.

96 raw pages (``pages``, int16 ``[96, 2048]``, FP16, head dimension 64) of SmolLM2's KV-cache over
the first conversation of the calibration split, spread over layers, heads and positions; keys and
values by turns.  The file is committed, so that the benches need no model.
"""

from __future__ import annotations

import torch
from safetensors.torch import save_file

from cosim.trace import load_traces
from models.llm import LLM
from tb.codec.base import REAL_PAGES

PAGES = 96
TOKENS = 1024


def main() -> None:
    (trace,) = load_traces(LLM(), "calibration", conversations=1, tokens=TOKENS)
    pages = trace.pages().flatten(0, 1)  # [layers * kv_heads, 2, pages, 2048]
    heads, _, length, _ = pages.shape
    steps = torch.arange(PAGES // 2)
    chosen = pages[steps * heads // len(steps), :, steps * 7 % length]
    REAL_PAGES.parent.mkdir(exist_ok=True)
    save_file({"pages": chosen.flatten(0, 1).contiguous()}, REAL_PAGES)


if __name__ == "__main__":
    main()
