"""The plugin as a planner has it: the example of the documentation, run as a project of its own."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLE = Path("docs/examples/regression")
ROW = "13,South road,南路,23,24,true,4.69,arterial,850,48,2"  # a lane less


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """What an installer writes of our entry points, wherever the environment comes from."""
    place = tmp_path_factory.mktemp("site")
    meta = place / "transitplan-0.1.0.dist-info"
    meta.mkdir()
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [f"{name} = {home}" for name, home in project["entry-points"]["pytest11"].items()]
    (meta / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: transitplan\nVersion: 0.1.0\n")
    return place


@pytest.fixture
def project(tmp_path):
    """A copy of the example, which git would call clean."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "project"))


@pytest.fixture
def run(project, installed):
    def ran(*words):
        paths = [str(Path.cwd()), str(installed), os.environ.get("PYTHONPATH", "")]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *words],
            cwd=project,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return ran


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_wrong_lane_count_in_a_card_names_the_link_and_the_card(project, run):
    edit(project / "cards/north_road.yml", "set: 3", "set: 1")
    (project / "tests/baselines/test_versions/test_2020").mkdir()
    # Named and installed at once: one plugin all the same. Two workers, one page and one summary.
    page = ("--transitplan-html", "out/page.html")
    code, text = run("-p", "transitplan.testing.plugin", "-n", "2", *page)
    assert code == 1, text
    assert "1 failed, 1 passed" in text
    assert (
        "link 3 North road: lanes 3 → 1 (-66.7%); written by card 'Wider North road' "
        "(cards/north_road.yml)" in text
    )
    assert "pytest 'tests/test_versions.py::test_2035' --transitplan-update" in text
    assert "no test uses tests/baselines/test_versions/test_2020" in text
    html = (project / "out/page.html").read_text(encoding="utf-8")
    assert "link 4 North road: lanes 3 → 1" in html
    assert "test_2020" in html
    assert not re.search(r"https?://", html)


MORE = """
import pytest


def test_that_fails_by_itself(network_regression):
    network_regression.values("numbers", {"a": 1})
    assert network_regression is None


def test_that_checks_nothing(network_regression):
    pass


class TestGroup:
    @pytest.mark.parametrize("name", ["a/b", "a b", "plain"])
    def test_names(self, network_regression, name):
        network_regression.values("numbers", {"a": len(name)})
"""


def test_an_update_writes_what_passed_and_says_what_changed(project, run):
    edit(project / "network/link.csv", "13,South road,南路,23,24,true,4.69,arterial,850,48,3", ROW)
    (project / "tests/test_more.py").write_text(MORE, encoding="utf-8")
    code, text = run("--transitplan-update")
    assert code == 1, text
    assert "2 failed, 5 passed" in text
    assert "the test checks nothing. Call network_regression.check(…)" in text
    folders = project / "tests/baselines"
    assert "changed: tests/baselines/test_versions/test_2025" in text
    assert "lane_km: value 384.74 → 380.05   -4.69 (-1.2%); allowed none" in text
    kept = folders / "test_versions/test_2025/inputs/network/link.csv"
    assert "\n13,South road,23,24,4.69,arterial,850,48,2," in kept.read_text(encoding="utf-8")
    names = sorted(path.name for path in (folders / "test_more").iterdir())
    assert len(names) == 3  # nothing of the tests that failed
    assert names[-1] == "TestGroup.test_names-plain"

    code, text = run("--collect-only", "tests/test_more.py::test_that_checks_nothing")
    assert "no test uses" not in text  # one test does not know of the others
    (project / "tests/test_more.py").unlink()
    code, text = run("--collect-only")
    assert "no test uses tests/baselines/test_more:" in text
