"""Work that is done once, and the report's page that is made of it."""

import errno
import json
from dataclasses import replace

import pytest

from cosim import jobs, page
from cosim.jobs import Job, JobError, run_all
from cosim.runs import MismatchError


def work(parameters, folder):
    """Leaves a file; fails as its parameters say."""
    (folder / "data.txt").write_text("x" * parameters["n"])
    if parameters.get("error") == "mismatch":
        raise MismatchError("page 7 differs")
    if parameters.get("error") == "space":
        raise OSError(errno.ENOSPC, "No space left on device")
    if parameters.get("error") == "kill":
        raise KeyboardInterrupt
    done.append(parameters["n"])
    return {"n": parameters["n"]}


done: list[int] = []


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "FOLDER", tmp_path)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    done.clear()


def job(n: int, **more) -> Job:
    return Job("kind", f"number {n}", work, {"n": n} | more)


def test_once():
    assert run_all([job(1), job(2)], 1) == [{"n": 1}, {"n": 2}]
    assert run_all([job(2), job(3)], 1) == [{"n": 2}, {"n": 3}]
    assert done == [1, 2, 3]


def test_other_sources(monkeypatch):
    run_all([job(1)], 1)
    monkeypatch.setattr(jobs, "sources", lambda: "others")
    run_all([job(1)], 1)
    assert done == [1, 1]


@pytest.mark.parametrize("damage", ["data", "result", "value", "gone"])
def test_damaged(damage, capsys):
    """What was altered or cut since is noticed and made anew."""
    run_all([job(5)], 1)
    result = job(5).folder / jobs.RESULT
    if damage == "data":
        (job(5).folder / "data.txt").write_text("y" * 5)
    elif damage == "result":
        result.write_text(result.read_text()[:-20])
    elif damage == "value":
        result.write_text(json.dumps(json.loads(result.read_text()) | {"value": {"n": 6}}))
    else:
        result.unlink()
    assert run_all([job(5)], 1) == [{"n": 5}]
    assert done == [5, 5]
    assert "made anew" in capsys.readouterr().err


def test_killed():
    """What a killed job left is not taken for its result."""
    with pytest.raises(KeyboardInterrupt):
        run_all([job(1), job(4, error="kill"), job(2)], 1)
    assert job(1).result() == {"n": 1}
    assert job(4, error="kill").result() is None
    (job(2).folder.with_suffix(".part")).mkdir()
    (job(2).folder.with_suffix(".part") / "data.txt").write_text("half")
    assert run_all([job(1), job(2)], 1) == [{"n": 1}, {"n": 2}]
    assert done == [1, 2]


def test_errors():
    with pytest.raises(JobError, match="kind, number 3: page 7 differs"):
        run_all([job(3, error="mismatch")], 1)
    with pytest.raises(JobError, match="no space left .* free some and run again"):
        run_all([job(3, error="space")], 1)


def test_no_ray(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    monkeypatch.setitem(__import__("sys").modules, "ray.util.multiprocessing", None)
    with pytest.raises(JobError, match="pip install ray"):
        run_all([job(1)], 1)


def section(name: str) -> page.Section:
    claim = page.Claim("ratio", "4x", "<5.77x>", "measured")
    return page.Section(
        name, "Title", "Text.", ("a", "b"), [("1", "2 & 3")], "<svg></svg>", [claim]
    )


def test_page(tmp_path, monkeypatch, capsys):
    """Every section that is there, what makes the others, what is of other sources."""
    monkeypatch.setattr(page, "REPORT", tmp_path)
    monkeypatch.setattr(page, "ROOT", tmp_path)
    monkeypatch.setattr(page, "SECTIONS", tmp_path / "sections")
    page.write(section("memory"))
    page.write(replace(section("prefetch"), key="of other sources"))
    (page.SECTIONS / "serving.json").write_text('{"name": "serving"')
    html = page.render().read_text()
    assert html.count("&lt;5.77x&gt;") == 2 and "2 &amp; 3" in html and "<svg></svg>" in html
    assert "Made by other sources or settings than these: prefetch." in html
    captured = capsys.readouterr()
    assert "serving.json: damaged" in captured.err and "make serving" in captured.err
    assert "not in the report: system (`make cosim-system`)" in captured.out
