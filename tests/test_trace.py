"""Traces on disk: what is written is read back, and nothing else is."""

import copy
import json

import pytest
import torch
import typer
from safetensors.torch import load_file
from typer.testing import CliRunner

from cosim.trace import Source, Trace, TraceError, load_traces, main, write_trace
from models import page
from models.conversations import Sample
from models.llm import LLM
from tests import tiny

TOKENS = 100


@pytest.fixture(scope="module", params=["fp16-64-grouped", "bf16-128-grouped"])
def llm(request, tmp_path_factory) -> LLM:
    config = copy.deepcopy(tiny.CONFIGS[request.param])
    return LLM(tiny.save(config, tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample("a/b_0", "evaluation", torch.arange(TOKENS, dtype=torch.int32))


@pytest.fixture(scope="module")
def capture(llm, sample):
    return llm.capture(sample.tokens)


@pytest.fixture
def path(llm, sample, capture, tmp_path):
    """The header of a sound trace."""
    source = Source.of(llm, sample)
    write_trace(source.header_path(tmp_path), source, capture)
    return source.header_path(tmp_path)


def edit(path, change):
    header = json.loads(path.read_text())
    change(header)
    path.write_text(json.dumps(header))


def refused(path, file, *said):
    """Opening must name the file, what is wrong and the way out."""
    with pytest.raises(TraceError) as caught:
        Trace(path)
    for text in (str(file), "expected", "found", "make trace", *said):
        assert text in str(caught.value)


def test_a_trace_reads_back_bit_for_bit(llm, sample, capture, path):
    trace = Trace(path)
    for name in ("tokens", "keys", "values", "mass", "hidden"):
        written, found = getattr(capture, name), getattr(trace, name)
        assert found.dtype == written.dtype
        assert torch.equal(found, written)
    assert trace.source == Source.of(llm, sample)


def test_pages_are_those_of_the_layout(llm, capture, path):
    pages = Trace(path).pages()
    sealed = TOKENS // llm.tokens_per_page
    assert pages.shape == (llm.layers, llm.kv_heads, 2, sealed, page.PAGE_VALUES)
    assert torch.equal(pages[1, 0, page.KEY], page.to_pages(capture.keys[1, 0]))
    assert torch.equal(pages[0, 0, page.VALUE], page.to_pages(capture.values[0, 0]))


def test_the_header_says_what_the_tensors_are(path):
    listed = json.loads(path.read_text())["data"]["tensors"]
    tensors = load_file(path.with_suffix(".safetensors"))
    assert {name: entry["shape"] for name, entry in listed.items()} == {
        name: list(tensor.shape) for name, tensor in tensors.items()
    }
    assert {name: f"torch.{entry['dtype']}" for name, entry in listed.items()} == {
        name: str(tensor.dtype) for name, tensor in tensors.items()
    }


def test_only_the_pair_is_left_behind(path):
    assert {file.suffix for file in path.parent.iterdir()} == {".json", ".safetensors"}
    assert len(list(path.parent.iterdir())) == 2


def test_truncated_tensors_are_refused(path):
    data = path.with_suffix(".safetensors")
    whole = data.read_bytes()
    data.write_bytes(whole[:-1])
    refused(path, data, f"{len(whole)} bytes", str(len(whole) - 1))


def test_altered_tensors_are_refused(path):
    data = path.with_suffix(".safetensors")
    altered = bytearray(data.read_bytes())
    altered[-1] ^= 1
    data.write_bytes(altered)
    refused(path, data, "SHA-256")


def test_missing_files_are_refused(path):
    data = path.with_suffix(".safetensors")
    data.rename(data.with_suffix(".away"))
    refused(path, data, "no file")
    path.unlink()
    refused(path, path, "no file")


def test_another_version_is_refused(path):
    edit(path, lambda header: header.update(version=2))
    refused(path, path, "version 1", "2")


@pytest.mark.parametrize("text", ["", '{"format": "cxl-spe', "[]", "{}", '{"format": "other"}'])
def test_what_is_no_header_is_refused(path, text):
    path.write_text(text)
    refused(path, path)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header["source"].update(split="calibration"),
        lambda header: header["data"].update(sha256="0" * 64),
        lambda header: header.pop("sha256"),
    ],
)
def test_an_altered_header_is_refused(path, change):
    edit(path, change)
    refused(path, path, "SHA-256")


@pytest.fixture
def cached(llm, monkeypatch, tmp_path):
    """load_traces of three short conversations, and the list of texts that get captured."""
    captured = []
    real = LLM.capture

    def count(self, tokens):
        captured.append(tokens)
        return real(self, tokens)

    monkeypatch.setattr(LLM, "capture", count)
    return lambda split="evaluation": load_traces(llm, split, 3, TOKENS, tmp_path), captured


def test_traces_are_captured_once(cached):
    load, captured = cached
    first = load()
    assert len(captured) == 3
    second = load()
    assert len(captured) == 3
    assert [t.path for t in first] == [t.path for t in second]
    chats = {t.source.conversation for t in first}
    assert not chats & {t.source.conversation for t in load("calibration")}


def test_a_write_that_was_cut_short_is_made_again(cached):
    load, captured = cached
    load()[1].path.unlink()  # the header comes last
    load()
    assert len(captured) == 4


def test_a_cached_trace_that_is_unsound_stops_the_run(cached):
    load, _ = cached
    with load()[1].path.with_suffix(".safetensors").open("ab") as data:
        data.write(b"\0")
    with pytest.raises(TraceError, match="bytes"):
        load()


def test_a_trace_under_anothers_name_stops_the_run(cached):
    load, _ = cached
    first, second, _ = load()
    for suffix in (".json", ".safetensors"):
        first.path.with_suffix(suffix).replace(second.path.with_suffix(suffix))
    with pytest.raises(TraceError, match=first.source.conversation):
        load()


def test_the_command_makes_traces_and_reports_errors(llm, tmp_path):
    app = typer.Typer()
    app.command()(main)
    options = ["--conversations", "1", "--tokens", str(TOKENS), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, [*options, "--model", str(llm.path)])
    assert done.exit_code == 0, done.output
    assert len(list(tmp_path.rglob("*.json"))) == 1
    assert str(next(tmp_path.rglob("*.json"))) in done.stdout

    bad = CliRunner().invoke(app, options, env={"MODEL": str(tmp_path / "nothing")})
    assert bad.exit_code == 1
    assert "does not exist" in bad.output
    assert CliRunner().invoke(app, [*options, "--split", "all"]).exit_code == 2
