"""The examples of the reference pages are carried out, on the small case where they name Jinan.

Each page begins in an empty folder that has what was shipped, a run, a later version, some cards
and trips; its Python goes on from block to block, as a reader's would.
"""

import shutil
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

import transitplan as tp
from transitplan.cli.main import app
from transitplan.report.assessment import assess

ROOT = Path.cwd()
ALONE = {"first_hour.md", "first_hour_zh.md", "own_city.md", "own_city_zh.md"}  # their own tests
PAGES = [page for page in sorted(Path("docs").glob("*.md")) if page.name not in ALONE]
SMALL = {  # what a page names: what is small
    "networks/jinan/2025/": "networks/two_banks/2025/",
    "networks/jinan": "networks/two_banks",
    "networks/mycity": "networks/two_banks",
    "od_matrices/jinan": "od_matrices/two_banks",
    "/tmp/": "made/",  # noqa: S108  what pages write to
    "trips.omx": "od_matrices/two_banks/2025_am.omx",
    "persons.omx": "od_matrices/two_banks/2025_am.omx",
    "huanggang-tunnel 2030 + hangtian-bridge 2035": "middle-tunnel 2030",
    "runs/today": "made/today",
    "time:C1->N07": "time:C1->H1",
    "city.osm.pbf": "docs/examples/own_city/city.osm",
    "2030": "2035",
    "60": "6",
}
QUICK = {"assess": ["--gap", "1e-4", "--processes", "1"]}
CODES = {"check": {0, 1}, "diff": {0, 1}, "difftool": {0, 1}}
CARD = """project: Wider North road
changes:
  - roadway_property_change:
      facility: {links: {name: North road}, from: {model_node_id: 11}, to: {model_node_id: 13}}
      property_changes: {lanes: {existing: 2, change: 1}}
"""


def _run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """What the examples start from."""
    folder = tmp_path_factory.mktemp("reader")
    for name in ("networks", "od_matrices"):
        shutil.copytree(ROOT / name / "two_banks", folder / name / "two_banks")  # to be written to
        (folder / name / "jinan").symlink_to(ROOT / name / "jinan")  # to be read
    (folder / "docs").symlink_to(ROOT / "docs")
    (folder / "cards").mkdir()
    (folder / "cards/north.yml").write_text(CARD, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for words in (
            ("build", "networks/two_banks/2025", "cards/", "--out", "made/2030"),
            ("assess", "networks/two_banks", "--gap", "1e-4", "--out", "out", "--processes", 1),
        ):
            done = _run(*words)
            assert done.exit_code == 0, done.output
    return folder


def _small(word):
    for long, short in SMALL.items():
        if word.startswith(long) or (word == long):
            return short + word[len(long) :]
    return word


@cache
def _of_two_banks():
    return assess(tp.read_case(ROOT / "networks/two_banks"), gap=1e-4, processes=1)


def _assessed(case, **options):
    assert case.name == "Two banks"
    if options:
        return assess(case, **{**options, "gap": 1e-4, "processes": 1})
    return _of_two_banks()  # the real one, once for all pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_of_the_page_works(page, shipped, tmp_path, monkeypatch):
    from examples import examples

    page = page.absolute()
    shutil.copytree(shipped, tmp_path, symlinks=True, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tp, "assess", _assessed)
    known = {"__name__": "__main__"}
    for example in examples(page):
        if example.skipped:
            continue
        where = f"{example.page}, line {example.line}"
        if example.python:
            text = example.python.replace('"/tmp/', '"made/')
            exec(compile(text, where, "exec"), known)  # noqa: S102
            continue
        words = [_small(word) for word in example.words]
        words += QUICK.get(words[0], [])
        done = _run(*words)
        assert done.exit_code in CODES.get(words[0], {0}), f"{where}: {done.output}{done.exception}"


def test_what_is_not_run_says_why(tmp_path):
    from examples import examples

    page = tmp_path / "p.md"
    page.write_text(
        "<!-- not run: asks a server -->\n```python\nx\n```\n\n    transitplan check a \\\n"
        "      --strict && transitplan doctor  # why\n    make x\n\n<!-- not run -->\n"
        "```python\ny = 1\n```\n",
        encoding="utf-8",
    )
    found = examples(page)
    assert [each.skipped for each in found] == ["asks a server", "", "", ""]
    assert [each.words for each in found[1:3]] == [("check", "a", "--strict"), ("doctor",)]
    assert found[3].python == "y = 1\n"  # a mark without a reason does not count
    assert [each.line for each in found] == [3, 6, 6, 12]
