"""``transitplan stage`` as a user meets it."""

import json
import os
import subprocess
import sys

import pytest


def run(*arguments, cwd=None, **env):
    return subprocess.run(
        [sys.executable, "-m", "transitplan", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **env},
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    out = tmp_path_factory.mktemp("stage")
    return run("stage", "networks/two_banks", "--out", out, "--processes", 2), out


def test_it_prints_plans_how_sure_they_are_and_what_it_took(done):
    found, _ = done
    assert found.returncode == 0, found.stderr
    assert "middle-bridge 2035" in found.stdout
    assert "All 2 plans were tried" in found.stdout  # the tunnel costs more than the budget
    assert "7 equilibria at gap 1e-08" in found.stderr
    assert "s each" in found.stderr


def test_it_writes_a_record_and_a_page_and_nothing_else(done):
    _, out = done
    assert sorted(path.name for path in out.iterdir()) == ["programme.html", "programme.json"]
    record = json.loads((out / "programme.json").read_text(encoding="utf-8"))
    assert record["best_plan"] == "middle-bridge 2035"
    assert record["search"][0]["proved"] is True
    assert record["relative_gap_asked"] <= 1e-7
    assert record["plans"][0]["npv_cny"] == pytest.approx(record["search"][0]["bound_cny"])
    page = (out / "programme.html").read_text(encoding="utf-8")
    assert '<section id="programme">' in page
    assert "建设时序" in page


def test_the_same_bytes_come_from_one_process(done, tmp_path):
    _, out = done
    other = {"PYTHONHASHSEED": "7", "NUMBA_NUM_THREADS": "1", "TRANSITPLAN_STORE": "off"}
    asked = ("stage", "networks/two_banks", "--out", tmp_path, "--processes", 1, "--json")
    again = run(*asked, **other)
    assert again.returncode == 0, again.stderr
    for name in ("programme.json", "programme.html"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()
    assert json.loads(again.stdout) == json.loads(
        (out / "programme.json").read_text(encoding="utf-8")
    )


def test_budgets_of_the_command_line_replace_those_of_the_case(tmp_path):
    found = run("stage", "networks/two_banks", "--budget", "2035=1e9", "--out", tmp_path)
    assert found.returncode == 0, found.stderr
    record = json.loads((tmp_path / "programme.json").read_text(encoding="utf-8"))
    assert record["best_plan"] == "nothing"
    assert record["budgets"][0]["budget_cny"] == 1e9
    assert record["budget_range"] == []


def test_all_wrong_options_are_named_and_nothing_is_written(tmp_path):
    out = tmp_path / "out"
    found = run(
        "stage", "networks/two_banks", "--budget", "2035:8e9", "--budget", "2035=1", "--budget",
        "2035=2", "--method", "guess", "--prune", "all", "--gap", "0.1", "--out", out,
    )  # fmt: skip
    assert found.returncode == 2
    for words in (
        "--budget 2035:8e9: write a stage and its money in CNY, as 2030=8e9",
        "--budget 2035=2: 2035 stands twice",
        "--method guess: use auto, enumerate or search",
        "--prune all: use monotone or proved",
        "--gap 0.1",
    ):
        assert words in found.stderr
    assert not out.exists()


def test_a_budget_of_a_year_that_is_no_stage_is_refused(tmp_path):
    found = run("stage", "networks/two_banks", "--budget", "2031=8e9", "--out", tmp_path)
    assert found.returncode == 2
    assert "--budget 2031: 2031 is no stage; the stages are" in found.stderr
    assert list(tmp_path.iterdir()) == []


def test_help_says_how():
    words = run("stage", "--help").stdout
    assert "Examples" in words
    assert "--budget" in words
