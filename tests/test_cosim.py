"""The co-simulation end to end, on small random models of every page layout."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cosim import (
    bare,
    int8rle,
    memory_path,
    prefetch_path,
    speckv,
    system,
    system_faults,
)
from cosim.int8rle import check, layout_of
from cosim.report import write_report
from cosim.runs import MismatchError
from cosim.simulation import INT8RLE, TOPS, run_rtl
from cosim.trace import Source, Trace, write_trace
from models import calibration
from models import int8rle as model
from models.calibration import Calibration
from models.conversations import Sample
from models.int8rle import Axis, Layout
from models.llm import LLM
from tests.tiny import CONFIGS, save

pytestmark = pytest.mark.slow


def capture(config: str, folder: Path) -> tuple[LLM, Trace]:
    """A random model's trace of random text."""
    llm = LLM(save(CONFIGS[config], folder / "model"))
    tokens = torch.randint(256, (300,), generator=torch.Generator().manual_seed(3)).int()
    source = Source.of(llm, Sample(config, "evaluation", tokens))
    write_trace(folder / "trace.json", source, llm.capture(tokens))
    return llm, Trace(folder / "trace.json")


def calibrate(llm: LLM) -> Calibration:
    """Tables made on other random text."""
    tokens = torch.randint(256, (320,), generator=torch.Generator().manual_seed(4)).int()
    measured = calibration.measure(llm, [Sample("text", "calibration", tokens)], draws=1)
    header = calibration.Header.of(llm, speckv.POINTS)
    return Calibration(header, calibration.tables(measured, header.points))


@pytest.mark.parametrize("config", CONFIGS)
def test_study_and_report(config: str, tmp_path: Path) -> None:
    llm, trace = capture(config, tmp_path)
    study = int8rle.study(llm, [trace], "test")
    written = write_report(study, tmp_path)
    data = json.loads(written.json.read_text())
    assert data["format"] == "cxl-speckv-report"
    assert data["timing"]["pages"] == 2 * trace.pages().flatten(0, -2).shape[0]
    assert data["timing"]["bytes_per_cycle"] > 32  # a short run is mostly filling the pipeline
    assert [ratio["variant"] for ratio in data["ratios"]] == [
        "delta along head dim",
        "delta along tokens",
    ]
    for ratio in data["ratios"]:
        assert len(ratio["by_layer"]["K"]) == llm.layers
        assert 1 <= ratio["overall"] < 4
    first, everything, *_ = data["accuracy"]
    assert first["accuracy"]["agreement"][0] >= everything["accuracy"]["agreement"][0] - 0.05
    html = written.html.read_text()
    assert html.count("<svg") == 4
    assert "http://" not in html.replace("http://www.w3.org", "").replace(
        "http://purl.org", ""
    ).replace("http://creativecommons.org", "")
    assert "compression ratio" in written.table


@pytest.mark.parametrize("config", CONFIGS)
def test_speckv_study_and_report(config: str, tmp_path: Path) -> None:
    llm, trace = capture(config, tmp_path)
    study = speckv.study_with(calibrate(llm), llm, [trace], "test")
    data = json.loads(write_report(study, tmp_path).json.read_text())
    assert data["timing"]["pages"] == 3 * trace.pages().flatten(0, -2).shape[0]
    ratios = {ratio["variant"]: ratio["overall"] for ratio in data["ratios"]}
    assert ratios["6x"] > ratios["4x"] > 3 > 2 > ratios["lossless"] > 1
    exact = data["accuracy"][-1]["accuracy"]
    assert exact["agreement"][0] == 1
    assert abs(exact["kl"][0]) < 1e-6


def test_memory_path(tmp_path: Path) -> None:
    llm, trace = capture("bf16-128-grouped", tmp_path)
    rows = memory_path.study(calibrate(llm), [trace, trace], ["hbm"], every=50)
    (row,) = rows
    assert row.decode.stores == 2 * trace.pages().flatten(0, -2).shape[0]
    assert row.decode.loads > 0
    assert row.walks > 0
    section = memory_path.section("test", ("", "hbm"), rows)
    assert "<svg" in section.plot and len(section.rows) == len(memory_path.lines(rows))


def test_prefetch_path(tmp_path: Path) -> None:
    _, trace = capture("fp16-64-grouped", tmp_path)
    # Raises if the core counts anything else.
    rows = prefetch_path.study([trace], 20, prefetch_path.ALL_RUNS)
    assert all(row.asked and not row.full for row in rows.values())
    assert all(row.late == 0 for run, row in rows.items() if not run.gap)
    contexts = {trace.source.tokens: rows}
    headers = ("", *("" for _ in prefetch_path.SHARES))
    section = prefetch_path.section("test", headers, contexts)
    assert "<svg" in section.plot
    ((tokens, *cells),) = prefetch_path.contexts_table(contexts)
    assert tokens == str(trace.source.tokens) and len(cells) == len(prefetch_path.GOALS)


def test_system(tmp_path: Path) -> None:
    """Three requests, one of which is freed and one begins in mid-run."""
    llm, trace = capture("fp16-64-grouped", tmp_path)
    traces, plan = [trace] * 3, system.parts(3, 12)
    settings = {"counted": 12, "share": 0.25, "memory": "hbm", "seed": 1}
    # Raises if a page differs.
    result, pages = system.simulate(traces, calibrate(llm), tmp_path, **settings)
    scores = [system.score(llm, *one) for one in zip(traces, plan, pages, strict=True)]
    found = system.Found.of_all([result], scores)
    assert found.tokens == sum(part.steps - system.WARM for part in plan)
    assert found.asked > 0 and found.pages_read > 0 and found.ratio > 1 and found.cycles > 0
    assert [request["tenant"] for request in found.requests] == [part.tenant for part in plan]
    assert found.accuracy["second half, raw"].agreement.value > 0.5
    section = system.section(found, "title")
    assert "<svg" in section.plot and any("there when asked for" in row[0] for row in section.rows)


def test_faults_around_the_whole_device(tmp_path: Path) -> None:
    """Four rounds: they end with pauses, a reset, and a memory that stops for good."""
    parameters = {"faults": 400, "seed": 11, "misled": False}
    found = system_faults.Found.of([system_faults.inject(parameters, tmp_path)])
    assert not found.wrong
    assert found.counts.total() >= 400
    assert found.pages > 200
    table = system_faults.table(found.counts)
    for kind in ("damaged", "bus error on reading", "bus error on writing", "poison"):
        assert kind in table
    for kind in ("for a while", "for good", "mid-traffic"):
        assert kind in table


def test_a_wrong_page_handed_over_as_good_is_noticed(tmp_path: Path) -> None:
    parameters = {"faults": 500, "seed": 12, "misled": True}
    wrong = system_faults.inject(parameters, tmp_path)["wrong"]
    assert any("is wrong and was handed over as good" in what for what in wrong)


def test_a_mismatch_is_named(tmp_path: Path) -> None:
    _, trace = capture("fp16-64-grouped", tmp_path)
    pages, layout = trace.pages().flatten(0, -2), layout_of(trace, Axis.TOKENS)
    rtl, _ = run_rtl(INT8RLE, pages.numpy(), np.full(len(pages), layout.flags))
    decoded, units = rtl.decoded.copy(), rtl.units.copy()
    decoded[64 * 5 + 7, 3] ^= 1
    with pytest.raises(MismatchError, match=r"here: decoded page 5: .* \(1 of \d+ differ\)"):
        check(pages, layout, replace(rtl, decoded=decoded), "here")
    units[2] += 1
    with pytest.raises(MismatchError, match="here: stored length 2"):
        check(pages, layout, replace(rtl, units=units), "here")


def test_bad_model_is_a_clear_error(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cosim.codec", "--model", tmp_path / "none"]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 1
    assert "does not exist: give a model folder or a .gguf file" in result.stderr


def test_without_python_the_same_beats_come_out() -> None:
    """The harness that `make bench` takes for the speed limit."""
    layout = Layout(torch.float16, 64, Axis.HEAD_DIM)  # TUSER 0
    pages = torch.randn(8, 2048, generator=torch.Generator().manual_seed(5))
    pages = pages.half().view(torch.int16)
    stored = model.compress(pages, layout)
    decoded, _ = model.decompress(stored.data, stored.units, stored.raw)
    harness = bare.build("int8rle_cosim_top", "codec", TOPS[:1])
    beats, seconds = bare.run(harness, pages.numpy().view(np.uint8).reshape(-1, 64), 64)
    assert (beats == decoded.numpy().view(np.uint8).reshape(-1, 64)).all()
    assert seconds > 0
