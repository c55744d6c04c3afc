"""What the doctor says of a machine that lacks something, and the fix it names."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.running import transitplan
from transitplan.cli import examination
from transitplan.cli.examination import (
    Requirement,
    browser,
    case,
    disk,
    fonts,
    gdal,
    git,
    kernels,
    memory,
    needed,
    packages,
    python,
)


def test_what_we_need_is_what_the_project_says():
    names = {each.name for each in needed()}
    assert {"numpy", "pandas", "typer", "packaging"} <= names
    assert not names & {"pytest", "playwright"}


def test_absent_and_old_packages_are_missing(monkeypatch):
    wanted = [Requirement(text) for text in ("numpy>=1.0", "numpy>=999", "no-such-thing>=1")]
    monkeypatch.setattr(examination, "needed", lambda: wanted)
    found = packages()
    assert found.status == "missing"
    assert "numpy>=999 (is " in found.said
    assert "no-such-thing>=1 (absent)" in found.said
    assert found.fix == f"{sys.executable} -m pip install 'numpy>=999' 'no-such-thing>=1'"


def test_an_old_python_is_missing(monkeypatch):
    monkeypatch.setattr(examination, "PYTHON", (99, 0))
    assert python().status == "missing"


def test_kernels_that_cannot_be_kept_or_are_not_yet(tmp_path):
    empty = kernels(tmp_path)
    assert (empty.status, "first run compiles" in empty.said) == ("advice", True)
    (tmp_path / "a.file").write_text("")
    shut = kernels(tmp_path / "a.file")
    assert (shut.status, "NUMBA_CACHE_DIR" in shut.fix) == ("advice", True)
    (tmp_path / "settle-20.py311.nbi").write_text("")
    assert kernels(tmp_path).status == "ok"


def test_little_memory_is_said():
    assert memory(0.5).status == "advice"
    assert memory(64.0).status == "ok"


def test_a_disk_that_is_full_or_shut(tmp_path, monkeypatch):
    (tmp_path / "a.file").write_text("")
    assert disk(tmp_path / "a.file").status == "missing"
    monkeypatch.setattr(examination, "NO_DISK_GB", 1e9)
    monkeypatch.setattr(examination, "LITTLE_DISK_GB", 1e9)
    assert disk(tmp_path).status == "missing"


def test_cases_are_looked_into_as_far_as_their_files(tmp_path):
    assert case(Path("networks/two_banks")).status == "ok"
    (tmp_path / "case.toml").write_text('base = "2025"\n[years.2025]\ndemand = "no.omx"\n')
    found = case(tmp_path)
    assert found.status == "missing"
    assert "2025" in found.said
    assert "no.omx" in found.said
    (tmp_path / "case.toml").write_text("name = \n")
    assert (case(tmp_path).status, case(tmp_path).fix) == ("missing", "Correct the file.")


@pytest.mark.parametrize("check", [browser, git, gdal])
def test_programs_that_are_not_there_are_advice_with_their_fix(check, monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    found = check()
    assert found.status == "advice"
    assert found.fix.startswith("sudo apt install")


def test_a_system_that_tells_nothing_of_fonts_is_let_be(monkeypatch):
    monkeypatch.setenv("PATH", os.devnull)
    assert fonts().status == "ok"


def test_the_doctor_tells_people_and_machines():
    told = transitplan("doctor", "networks/two_banks")
    assert told.code == 0
    assert "✓ Network: networks/two_banks can be read" in told.stdout
    record = json.loads(transitplan("doctor", "nowhere", "--json").stdout)
    assert record["ok"] is False
    wrong = [each for each in record["checks"] if each["status"] == "missing"]
    assert [each["name"] for each in wrong] == ["Network"]
    assert all(each["fix"] for each in record["checks"] if each["status"] != "ok")
