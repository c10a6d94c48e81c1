"""The mutants themselves: what is broken, and that the copy with all of them builds."""

import subprocess

import pytest

from scripts.mutate.report import Reason, ReasonError, summarise
from scripts.mutate.run import Outcome, judge
from scripts.mutate.schemata import LIMIT, render, write_copy
from scripts.mutate.sites import Mutant, find_mutants, plus_one, sample
from tb.sim import BUILD, ROOT, STRICT, VERILATOR, SimError, file_list, tool_env


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return find_mutants("codec")


@pytest.mark.parametrize(
    ("literal", "expected"),
    [("'0", "'1"), ("7", "8"), ("4'hF", "4'd0"), ("10'sd8", "10'sd9"), ("8'h80", "8'd129")],
)
def test_plus_one(literal, expected):
    assert plus_one(literal) == expected


def test_what_is_left_alone(mutants):
    """No assertion, parameter, type, range or loop header; every change changes the text."""
    for mutant in mutants:
        text = (ROOT / mutant.file).read_text()
        assert text[mutant.start : mutant.end] == mutant.original
        assert mutant.mutated != mutant.original
        line = text.splitlines()[mutant.line - 1]
        assert "`" not in line
        assert not line.lstrip().startswith(("localparam", "parameter", "typedef", "logic"))
    assert not [m for m in mutants if m.file.endswith("_pkg.sv")]


def test_sample_is_fair_and_repeatable(mutants):
    chosen = sample(mutants, 120, 1)
    assert len(chosen) == 120
    assert chosen == sample(mutants, 120, 1) != sample(mutants, 120, 2)
    assert {m.file for m in chosen} == {m.file for m in mutants}
    assert {m.kind for m in chosen} == {m.kind for m in mutants}


def test_nested_mutants():
    text = "assign x = a & !b;\n"
    outer = Mutant("x.sv", 1, "operator", 11, 17, "a & !b", "a | !b")
    inner = Mutant("x.sv", 1, "negation", 15, 17, "!b", "!!b")
    active = "skv_mutant_pkg::active =="
    assert render(text, [(1, outer), (2, inner)]) == (
        f"assign x = (({active} 1) ? (a | !b) : (a & (({active} 2) ? (!!b) : (!b))));\n"
    )


@pytest.mark.parametrize(
    ("log", "failures", "killer"),
    [
        ("[8] %Error: x.sv:5: Assertion failed in top.u.Full: ...\n", {}, "assertion"),
        (f"{LIMIT}\n", {"Kinds": "ended prematurely"}, "timeout"),
        ("", {"Kinds": "3 pages missing, the first is 7"}, "timeout"),
        ("", {"Kinds": "page 3: byte 7 is 1", "Soak": "Regression stopped"}, "scoreboard"),
        ("", {"Throughput": "assert 641 == 640"}, "throughput check"),
        ("", {"coverage_goal": "2 bins never hit:"}, "coverage goal"),
        ("", {}, "crash"),
    ],
)
def test_judge(tmp_path, log, failures, killer):
    cases = "".join(
        f'<testcase name="{name}"><failure message="{message}"/></testcase>'
        for name, message in failures.items()
    )
    (tmp_path / "sim.log").write_text(log)
    (tmp_path / "results.xml").write_text(f"<testsuites>{cases}</testsuites>")
    assert judge(SimError("it failed", tmp_path / "sim.log"))[0] == killer


def test_rate(mutants):
    """Equivalent mutants do not count; one that was caught is not equivalent."""
    killed, equivalent, open_one = mutants[0], mutants[5], mutants[9]
    outcomes = {killed: Outcome("scoreboard"), equivalent: Outcome(""), open_one: Outcome("")}

    def reason(mutant: Mutant) -> Reason:
        return Reason(mutant.file, mutant.original, mutant.mutated, "equivalent", "Because.")

    summary = summarise(outcomes, [reason(equivalent)])
    assert (summary.killed, summary.equivalent, summary.unexplained) == (1, 1, 1)
    assert summary.rate == 0.5
    with pytest.raises(ReasonError, match="not equivalent"):
        summarise(outcomes, [reason(killed)])


@pytest.mark.slow
@pytest.mark.parametrize("top", ["int8rle_compressor", "int8rle_decompressor"])
def test_all_mutants_build(mutants, top):
    """Every mutant at once is still SystemVerilog; only the style of the copy is not judged."""
    folder = BUILD.parent / "mutate" / f"all-{top}"
    write_copy(folder, mutants)
    files = file_list("codec", folder)
    includes = [f"-I{path}" for path in files.includes]
    command = [VERILATOR, "--lint-only", *STRICT, "--top-module", top, *includes]
    result = subprocess.run(
        [*command, folder / "waiver.vlt", *files.sources],
        env=tool_env(),
        text=True,
        capture_output=True,
    )
    assert result.returncode == 0, result.stderr
