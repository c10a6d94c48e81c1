"""The serving model on cases whose answers are known, and its readers of traces."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cosim.serving import engine, parameters, requests
from cosim.serving.engine import Buffer, ReportError
from cosim.serving.parameters import ParameterError
from cosim.serving.requests import Request, RequestError
from cosim.serving.simulate import Server, System, Way, simulate

P = parameters.load()
MODEL, GPU = P.models["LLaMA-2-7B"], P.gpus["A100"]
BANDWIDTH = GPU.gigabytes_s * 1e9 * GPU.memory_share
FAST = Way(1e15, 1e15, 0.0)


def at_once(count: int, prompt: int = 100, output: int = 50) -> list[Request]:
    return [Request(0.0, prompt, output)] * count


def test_token_bytes_are_the_published_ones() -> None:
    sizes = {name: model.token_bytes for name, model in P.models.items()}
    assert sizes == {
        "LLaMA-2-7B": 524288,
        "LLaMA-2-13B": 819200,
        "LLaMA-2-70B": 327680,
        "Llama-3-8B": 131072,
    }


def test_an_empty_queue_waits_for_nothing() -> None:
    """One request alone: its prompt's work, then a token in the time its bytes take."""
    result = simulate(System("gpu"), GPU, MODEL, at_once(1, 1000, 3))
    work = 2e9 * MODEL.parameters_e9 * 1000 + 4 * MODEL.layers * MODEL.hidden * 1000 * 500
    assert result.first == [pytest.approx(work / (GPU.teraflops * 1e12 * GPU.compute_share))]
    each = (MODEL.weight_bytes + 1000.5 * MODEL.token_bytes) / BANDWIDTH
    assert result.each == [pytest.approx(each)]
    assert result.tokens == 3


def test_a_saturated_link_bounds_the_tokens() -> None:
    """Every step reads what is asked for over a slow link: its rate is all that counts."""
    way = Way(1e9, 1e15, 0.0)
    system = System("slow", True, 0.1, 1e15, way, Buffer(demand=1.0, early=0.0))
    result = simulate(system, GPU, MODEL, at_once(10, 800, 20))
    contexts = sum(800 + step for step in range(19)) * 10
    assert result.moved[0] == pytest.approx(contexts / 8 * MODEL.token_bytes)
    assert result.loading == pytest.approx(result.moved[0] / 1e9)
    assert result.loading / result.seconds > 0.9


def test_a_link_without_limits_costs_nothing() -> None:
    load = at_once(20, 500, 30)
    sparse = simulate(System("gpu", sparse=True), GPU, MODEL, load)
    pooled = System("pool", True, 0.5, 1e15, FAST, Buffer(demand=0.5, early=0.5))
    assert simulate(pooled, GPU, MODEL, load).seconds == pytest.approx(sparse.seconds, rel=1e-4)


def test_early_pages_come_behind_the_work() -> None:
    """What comes early is hidden as long as it takes no longer than the work it comes behind."""
    load = at_once(20, 500, 30)
    base = simulate(System("gpu", sparse=True), GPU, MODEL, load).seconds
    early = System("pool", True, 0.5, 1e15, Way(1e12, 1e15, 0.0), Buffer(demand=0.0, early=0.1))
    slow = replace(early, way=Way(1e9, 1e15, 0.0))
    assert simulate(early, GPU, MODEL, load).seconds == pytest.approx(base)
    assert simulate(slow, GPU, MODEL, load).seconds > 2 * base


def test_littles_law() -> None:
    """Mean requests in the system = rate x mean time in it."""
    load = requests.sharegpt(400, rate=2.0, seed=3)
    server = Server(System("gpu"), GPU, MODEL, load)
    inside: list[tuple[float, int]] = []
    arrive, end = server._notify, server._end  # noqa: SLF001

    def count() -> int:
        return len(load) - server.coming - len(server.result.whole)

    def arrived() -> None:
        inside.append((server.env.now, count()))
        arrive()

    def ended() -> None:
        end()
        inside.append((server.env.now, count()))

    server._notify, server._end = arrived, ended  # noqa: SLF001
    result = server.run()
    when = np.array([at for at, _ in inside])
    area = float((np.diff(when) * np.array([n for _, n in inside[:-1]])).sum())
    assert len(result.whole) == 400
    assert area == pytest.approx(sum(result.whole))


def test_without_room_requests_go_back_and_are_served_all_the_same() -> None:
    small = replace(GPU, gigabytes=18.0)
    load = at_once(40, 400, 300)
    result = simulate(System("gpu"), small, MODEL, load)
    assert result.preempted > 0
    assert result.tokens == 40 * 300
    assert len(result.first) == 40
    assert result.largest < 40


def test_a_request_that_never_fits_is_an_error() -> None:
    with pytest.raises(ValueError, match="never fits"):
        simulate(System("gpu"), GPU, MODEL, at_once(1, 10**6))
    with pytest.raises(ValueError, match="does not fit"):
        simulate(System("gpu"), replace(GPU, gigabytes=10.0), MODEL, at_once(1))


def test_kept_prefixes_are_not_computed_again() -> None:
    keep = ((7, 900),)
    load = [
        Request(0.0, 800, 100, (), keep),
        Request(100.0, 1000, 10, keep, ()),
        Request(200.0, 1000, 10, ((8, 900),), ()),
    ]
    none, kept = (simulate(System("s", prefixes=room), GPU, MODEL, load) for room in (0.0, 1e10))
    assert (none.reused, kept.reused) == (0, 900)
    assert kept.first[1] < none.first[1] / 4
    assert kept.first[2] == pytest.approx(none.first[2])


def test_azure_trace(tmp_path: Path) -> None:
    path = tmp_path / "azure.csv"
    path.write_text(
        "TIMESTAMP,ContextTokens,GeneratedTokens\n"
        "2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n"
    )
    first, second = requests.read(path)
    assert (first.arrival, first.prompt, first.output) == (0.0, 374, 44)
    assert second.arrival == pytest.approx(4.314579)


def test_mooncake_trace(tmp_path: Path) -> None:
    path = tmp_path / "mooncake.jsonl"
    rows = [
        {"timestamp": 0, "input_length": 700, "output_length": 5, "hash_ids": [46, 47]},
        {"timestamp": 3000, "input_length": 1200, "output_length": 9, "hash_ids": [46, 47, 48]},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    first, second = requests.read(path)
    assert first.keep == ((46, 512), (47, 700))
    assert (second.arrival, second.prefix[2]) == (3.0, (48, 1200))


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("a.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46,x,1\n", ":2"),
        ("a.jsonl", '{"timestamp": 1}\n', ":1"),
        ("a.jsonl", "", "no request"),
        ("a.txt", "", "neither"),
    ],
)
def test_a_bad_trace_is_a_clear_error(tmp_path: Path, name: str, text: str, where: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(RequestError, match=f"{name}.*{where}"):
        requests.read(path)


def test_missing_and_damaged_reports_say_what_makes_them(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="make cosim-memory"):
        engine.load(path=tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("[{")
    with pytest.raises(ReportError, match="make cosim-memory"):
        engine.load(path=tmp_path / "bad.json")
    with pytest.raises(ParameterError, match="none"):
        parameters.load(tmp_path / "none.toml")


def test_engine_figures(tmp_path: Path) -> None:
    both = {"stores": 100, "loads": 100, "cycles": 8192}
    row = {
        "memory": "ddr5",
        "both": both,
        "raw_bytes": 600,
        "pool_bytes": 100,
        "alone": {"load": [500, 600, 700]},
    }
    count = {"asked": 100, "there": 97, "early": 2}
    (tmp_path / "memory.json").write_text(json.dumps([row]))
    counts = {name: {"0.25": count} for name in (engine.OURS, engine.LRU)}
    (tmp_path / "prefetch.json").write_text(json.dumps(counts))
    made = engine.load("ddr5", tmp_path / "memory.json", tmp_path / "prefetch.json")
    assert (made.ratio, made.load_bytes, made.load_cycles) == (6.0, 50.0, 500)
    assert made.ours[0.25].demand == pytest.approx(0.03)
    assert made.ours[0.25].early == pytest.approx(0.02)
