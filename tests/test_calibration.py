"""Calibration on small random models: what it measures, and its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import safe_open, save_file

from models import calibration, speckv
from models.attention import L1_WINDOW
from models.calibration import Calibration, CalibrationError, Header, Statistics
from models.conversations import Sample
from models.hf_cache import SpeckvCache, score
from models.llm import LLM
from models.page import to_pages
from tests.tiny import CONFIGS, save

README = Path(__file__).parents[1] / "README.md"
TOKENS = 320


def text(seed: int) -> Sample:
    g = torch.Generator().manual_seed(seed)
    return Sample(str(seed), "calibration", torch.randint(256, (TOKENS,), generator=g).int())


@pytest.fixture(scope="module", params=CONFIGS)
def measured(request, tmp_path_factory) -> tuple[LLM, Statistics]:
    llm = LLM(save(CONFIGS[request.param], tmp_path_factory.mktemp("model")))
    return llm, calibration.measure(llm, [text(1), text(2)], draws=1)


def through(made: Calibration, cache: torch.Tensor, point: str) -> tuple[float, torch.Tensor]:
    """Ratio, and the error of each (layer, kind): mean square in units of the channel's."""
    errors, units, pages = [], 0, 0
    for layer in range(cache.shape[1]):
        for kind in (0, 1):
            values = cache[:, layer, kind].transpose(0, 1)  # [heads, texts, tokens, head_dim]
            raw = to_pages(values).flatten(1, 2)
            index = torch.tensor([made.index(layer, kind, h) for h in range(len(raw))])
            index = index.repeat_interleave(raw.shape[1])
            tables = made.tables(point)
            stored = speckv.compress(raw.flatten(0, 1), tables, index)
            back = speckv.through(raw.flatten(0, 1), tables, index)
            error = back.view(tables.dtype).double() - raw.flatten(0, 1).view(tables.dtype).double()
            errors.append(error.square().mean())
            units, pages = units + int(stored.units.sum()), pages + len(back)
    return speckv.RAW_UNITS * pages / units, torch.stack(errors)


def test_points_trade_ratio_for_error(measured) -> None:
    llm, statistics = measured
    points = ("6x", "4x", "2x", "lossless")
    header = Header.of(llm, points)
    made = Calibration(header, calibration.tables(statistics, points))
    found = [through(made, statistics.cache, point) for point in points]
    for (ratio, _), wanted in zip(found, (6, 4, 2), strict=False):
        assert ratio == pytest.approx(wanted, rel=0.1)
    for (_, coarse), (_, fine) in zip(found, found[1:], strict=False):
        assert (coarse > fine).all()
    assert found[-1][1].eq(0).all()


def test_channels_that_matter_get_finer_steps(measured) -> None:
    llm, statistics = measured
    louder = statistics.fisher.clone()
    louder[..., 0] *= 64
    tables = calibration.tables(statistics, ["4x"])["4x"]
    other = calibration.tables(replace(statistics, fisher=louder), ["4x"])["4x"]

    def first_share(tables: list) -> float:
        """Of the first channel's step in all of its table's."""
        base = speckv.UNIT_EXPONENT[llm.cache_dtype]
        steps = torch.stack([torch.ldexp(1 / t.rcp.double(), t.exponent + base) for t in tables])
        return float((steps[:, 0] / steps.mean(1)).mean())

    assert first_share(other) < 0.5 * first_share(tables)


def test_fisher_counts_only_what_is_read_compressed(measured) -> None:
    """Moving a key by its cache slot changes the loss as the measured derivative says."""
    llm, statistics = measured
    assert statistics.fisher.shape == (llm.layers, 2, llm.kv_heads, llm.head_dim)
    assert (statistics.fisher > 0).any((1, 3)).all()
    with pytest.raises(ValueError, match="leave nothing compressed"):
        calibration.measure(llm, [Sample("short", "calibration", torch.zeros(150).int())])


def test_files_are_sealed(measured, tmp_path: Path) -> None:
    llm, statistics = measured
    points = ("5x", "lossless")
    header = Header.of(llm, points)
    made = calibration.tables(statistics, points)
    path = tmp_path / "tables.safetensors"
    calibration.save(path, header, made)
    again = calibration.load(path)
    assert again.header == header
    for point in points:
        images = [t.image() for t in again.tables(point).tables]
        assert images == [t.image() for t in made[point]]
    with pytest.raises(CalibrationError, match="no operating point '9x'"):
        again.tables("9x")

    with safe_open(path, "pt") as file:
        metadata, images = file.metadata(), file.get_tensor("images")
    images[0, 0, 70] ^= 1
    save_file({"images": images}, path, metadata)
    with pytest.raises(CalibrationError, match="SHA-256 it was written with"):
        calibration.load(path)
    save_file({"images": images}, path, {**metadata, "version": "0"})
    with pytest.raises(CalibrationError, match=r"is \('cxl-speckv-tables', '0'\)"):
        calibration.load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CalibrationError, match="is no file of tables"):
        calibration.load(path)
    with pytest.raises(CalibrationError, match="run `make calibrate`"):
        calibration.load(tmp_path / "none")


def test_hugging_face_cache(measured) -> None:
    llm, statistics = measured
    points = ("4x", "lossless")
    made = Calibration(Header.of(llm, points), calibration.tables(statistics, points))
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(llm.path).eval()
    tokens = text(3).tokens
    baseline = score(model, tokens)
    exact = SpeckvCache(made, "lossless")
    found = score(model, tokens, exact)
    assert torch.allclose(found.loss, baseline.loss, atol=1e-3)
    assert exact.get_seq_length() == TOKENS
    lossy = SpeckvCache(made, "4x")
    coarse = score(model, tokens, lossy)
    start = llm.tokens_per_page * L1_WINDOW.first_pages + L1_WINDOW.last_tokens
    assert torch.allclose(coarse.loss[:start], baseline.loss[:start], atol=1e-3)
    assert not torch.allclose(coarse.loss[start:], baseline.loss[start:], atol=1e-3)
    assert lossy.ratio == pytest.approx(4, rel=0.15)
    assert 1 < exact.ratio < 2
    lossy.reset()
    assert lossy.get_seq_length() == 0
    generated = model.generate(tokens[None, :200].long(), past_key_values=lossy, max_new_tokens=5)
    assert generated.shape == (1, 205)


def test_readme_example(measured, tmp_path, monkeypatch, capsys) -> None:
    """The README's lines, as they stand there."""
    llm, statistics = measured
    monkeypatch.chdir(tmp_path)
    made = calibration.tables(statistics, ["6x"])
    calibration.save(calibration.path_for(llm), Header.of(llm, made), made)
    example = README.read_text().split("```python\n")[1].split("```")[0]
    written = "".join(map(chr, text(3).tokens.clamp(32, 126).tolist()))
    exec(example, {"path": llm.path, "text": written})
    ratio, perplexity, agreement = map(float, capsys.readouterr().out.split())
    assert ratio == pytest.approx(6, rel=0.15)
    assert perplexity != 1
    assert 0 < agreement < 1


def test_the_default_model_s_is_shipped(tmp_path):
    llm = LLM()
    found = calibration.calibrated(llm, tmp_path)
    assert found.header.fingerprint == llm.fingerprint and not list(tmp_path.iterdir())
    assert set(found.header.points) == set(calibration.POINTS)
