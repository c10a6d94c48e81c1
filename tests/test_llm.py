"""The model's passes against transformers' own attention and a real step-by-step decode."""

import copy
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import (
    AutoModelForCausalLM,
    DynamicCache,
    Gemma2Config,
    LlamaConfig,
    MistralConfig,
)

from models import page
from models.attention import EVERYTHING, L1_WINDOW, Regions
from models.llm import LLM, ModelError
from tests import tiny

TOKENS = 300  # three blocks of queries, the last page part full


@pytest.fixture(scope="module", params=tiny.CONFIGS)
def llm(request, tmp_path_factory) -> LLM:
    config = copy.deepcopy(tiny.CONFIGS[request.param])
    return LLM(tiny.save(config, tmp_path_factory.mktemp(request.param)))


@pytest.fixture(scope="module")
def tokens() -> torch.Tensor:
    return torch.randint(0, 256, (TOKENS,), generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def capture(llm, tokens):
    return llm.capture(tokens)


class ReferenceCache(DynamicCache):
    """A cache in the cache dtype that hands out, at each call, what attention is to see."""

    def __init__(self, llm, codec=None, regions=None):
        super().__init__()
        self.llm, self.codec, self.regions = llm, codec, regions

    def update(self, key, value, layer, *args, **kwargs):
        kv = super().update(*(x.to(self.llm.cache_dtype) for x in (key, value)), layer)
        return tuple(self._seen(x, kind, layer).float() for kind, x in enumerate(kv))

    def _seen(self, kv, kind, layer):
        if self.codec is None:
            return kv
        written, per_page = kv.shape[2], self.llm.tokens_per_page
        seen = kv.clone()
        for n in range(written // per_page):
            span = range(n * per_page, (n + 1) * per_page)
            in_l1 = n < self.regions.first_pages or span[-1] >= written - self.regions.last_tokens
            if not in_l1:
                pages = page.to_pages(kv[0, :, : (n + 1) * per_page])
                back = self.codec(pages, kind, layer)
                back = page.from_pages(back, self.llm.head_dim, kv.dtype)
                seen[0, :, span.start : span.stop] = back[:, span.start : span.stop]
        return seen


@pytest.fixture(scope="module")
def reference(llm):
    model = AutoModelForCausalLM.from_pretrained(
        llm.path, dtype=torch.float32, attn_implementation="eager"
    )
    return model.eval().requires_grad_(False)


def coarse(pages, kind, layer):
    """A lossy codec that treats keys and values, layers and pages each in another way."""
    mask = torch.tensor([-1 << 6 + kind - layer - n % 2 for n in range(pages.shape[1])])
    return pages & mask[:, None].to(torch.int16)


def test_plain_transformers_gives_the_same_logits(llm, tokens, reference, monkeypatch):
    monkeypatch.setattr(llm, "cache_dtype", torch.float32)
    logits = llm.logits(llm.baseline(tokens))
    torch.testing.assert_close(logits, reference(tokens[None]).logits[0], rtol=1e-4, atol=1e-4)


def test_capture_holds_the_cache_and_each_pages_attention(llm, tokens, capture, reference):
    cache = ReferenceCache(llm)
    out = reference(tokens[None], past_key_values=cache, output_attentions=True)
    close = {"rtol": 2e-2, "atol": 2e-2}  # a rounding to the cache dtype may fall the other way
    for layer in range(llm.layers):
        torch.testing.assert_close(capture.keys[layer], cache.layers[layer].keys[0], **close)
        torch.testing.assert_close(capture.values[layer], cache.layers[layer].values[0], **close)
        weights = out.attentions[layer][0].unflatten(0, (llm.kv_heads, -1)).mean(1)
        spans = weights.split(llm.tokens_per_page, dim=-1)
        expected = torch.stack([span.sum(-1) for span in spans], -1).transpose(0, 1)
        torch.testing.assert_close(capture.mass[:, layer].float(), expected, rtol=0, atol=1e-2)
    torch.testing.assert_close(llm.logits(capture.hidden), out.logits[0], rtol=0, atol=5e-2)
    assert capture.keys.dtype == capture.values.dtype == llm.cache_dtype
    assert torch.equal(capture.tokens, tokens.int())


def test_mass_sums_to_one_and_is_causal(llm, capture):
    total = capture.mass.float().sum(-1)
    torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=2e-3)
    step, first_later_page = 70, 70 // llm.tokens_per_page + 1
    assert (capture.mass[step, ..., first_later_page:] == 0).all()


@pytest.mark.parametrize("regions", [L1_WINDOW, EVERYTHING])
def test_a_lossless_codec_changes_nothing(llm, tokens, capture, regions):
    baseline = llm.baseline(tokens)
    assert torch.equal(capture.hidden, baseline)
    assert torch.equal(llm.replay(tokens, capture.keys, capture.values, regions), baseline)
    assert torch.equal(llm.closed_loop(tokens, lambda pages, *_: pages, regions), baseline)


@pytest.mark.parametrize("regions", [L1_WINDOW, EVERYTHING])
def test_one_pass_is_a_step_by_step_decode(llm, tokens, reference, regions):
    cache = ReferenceCache(llm, coarse, regions)
    steps = [reference(token.view(1, 1), past_key_values=cache).logits[0] for token in tokens]
    expected = torch.cat(steps)
    found = llm.logits(llm.closed_loop(tokens, coarse, regions))
    # Sums in another order move a rounding to the cache dtype now and then: far less than the
    # codec does.
    effect = (llm.logits(llm.baseline(tokens)) - expected).abs().mean()
    assert (found - expected).abs().mean() < 0.05 * effect


def test_replay_reads_the_pages_it_is_given(llm, tokens, capture):
    def recorded(pages, kind, layer):
        kv = (capture.keys, capture.values)[kind][layer]
        return coarse(page.to_pages(kv), kind, layer)

    keys, values = (
        torch.stack(
            [
                page.from_pages(
                    coarse(page.to_pages(kv[layer]), kind, layer), llm.head_dim, kv.dtype
                )
                for layer in range(llm.layers)
            ]
        )
        for kind, kv in enumerate((capture.keys, capture.values))
    )
    replayed = llm.replay(tokens, keys, values, L1_WINDOW)
    assert torch.equal(replayed, llm.closed_loop(tokens, recorded, L1_WINDOW))
    assert not torch.equal(replayed, capture.hidden)


@pytest.mark.parametrize(
    ("regions", "leaves_after"), [(L1_WINDOW, 127), (EVERYTHING, -1)], ids=["l1", "everything"]
)
def test_a_page_is_read_decoded_from_the_step_it_leaves_l1(
    llm, tokens, capture, regions, leaves_after
):
    span = slice(2 * llm.tokens_per_page, 3 * llm.tokens_per_page)
    values = capture.values.clone()
    values[:, :, span] += 1
    hidden = llm.replay(tokens, capture.keys, values, regions)
    first = span.stop + leaves_after
    assert torch.equal(hidden[:first], capture.hidden[:first])
    assert not torch.equal(hidden[first], capture.hidden[first])


def test_pages_that_stay_in_l1_are_never_read_decoded(llm, tokens, capture):
    per_page = llm.tokens_per_page
    sealed = TOKENS // per_page * per_page
    keys, values = capture.keys[:, :, :sealed].clone(), capture.values[:, :, :sealed].clone()
    stays = (TOKENS - 128) // per_page * per_page
    for kv in (keys, values):
        kv[:, :, :per_page] += 1
        kv[:, :, stays:] += 1
    assert torch.equal(llm.replay(tokens, keys, values, L1_WINDOW), capture.hidden)


@given(
    step=st.integers(0, 700),
    first_pages=st.integers(0, 3),
    last_tokens=st.integers(0, 200),
    per_page=st.sampled_from([16, 32]),
)
def test_compressed_is_what_is_sealed_and_out_of_l1(step, first_pages, last_tokens, per_page):
    expected = [
        position
        for position in range(step + 1)
        if (number := position // per_page) >= first_pages
        and (number + 1) * per_page <= step + 1
        and (number + 1) * per_page - 1 <= step - last_tokens
    ]
    assert list(Regions(first_pages, last_tokens).compressed(step, per_page)) == expected


def test_what_is_not_a_model_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.gguf").write_text("no model")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_text('{"model_type": "llama", "head_dim": 64}')
    for path, said in {
        "nothing": "does not exist",
        "empty": "config.json",
        "x.gguf": "not a GGUF",
    }.items():
        with pytest.raises(ModelError, match=said):
            LLM(tmp_path / path)
    half = LLM(tmp_path / "half")
    for weights in (None, "cut off"):
        if weights:
            (half.path / "model.safetensors").write_text(weights)
        with pytest.raises(ModelError, match="not a causal LM"):
            half.baseline(torch.arange(4))
    (half.path / "config.json").write_text('{"model_type": "unheard of"}')
    with pytest.raises(ModelError, match="no configuration"):
        LLM(half.path)


def test_a_head_dim_without_pages_is_refused(tmp_path):
    config = LlamaConfig(**tiny.SIZE, num_attention_heads=2, num_key_value_heads=2)
    with pytest.raises(ModelError, match="head_dim 48"):
        LLM(tiny.save(config, tmp_path))


def test_other_attention_is_refused(tmp_path, tokens):
    shape = {**tiny.SIZE, "head_dim": 64, "num_attention_heads": 2, "num_key_value_heads": 2}
    windowed = LLM(tiny.save(MistralConfig(**shape, sliding_window=64), tmp_path / "windowed"))
    windowed.baseline(tokens[:64])
    with pytest.raises(ModelError, match="64 tokens only"):
        windowed.baseline(tokens)
    capped = LLM(tiny.save(Gemma2Config(**shape), tmp_path / "capped"))
    with pytest.raises(ModelError, match="caps its attention"):
        capped.baseline(tokens)


def test_the_fingerprint_follows_the_weights(tmp_path):
    config = copy.deepcopy(tiny.CONFIGS["fp16-64-grouped"])
    first = LLM(tiny.save(config, tmp_path / "a")).fingerprint
    assert LLM(tiny.save(config, tmp_path / "b")).fingerprint == first
    weights = tmp_path / "b" / "model.safetensors"
    data = bytearray(Path(weights).read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert LLM(tmp_path / "b").fingerprint != first


def test_the_default_model_is_smollm2():
    llm = LLM()
    assert (llm.layers, llm.query_heads, llm.kv_heads, llm.head_dim) == (30, 9, 3, 64)
    assert llm.cache_dtype == torch.float16
    turns = [
        {"role": "user", "content": "What is the capital of France?"},
        {"role": "assistant", "content": "The capital of France is Paris."},
    ]
    tokens = torch.tensor(llm.tokenize(turns))
    best = llm.logits(llm.baseline(tokens)).argmax(-1)
    assert llm.tokenizer.decode(best[-5]).strip() == "Paris"  # after "is"
