"""What the first-hour pages tell a reader to do works, step after step, in an empty folder."""

from pathlib import Path

import pytest

from tests.docs.blocks import blocks, carry_out

ROOT = Path.cwd()
SHIPPED = ("networks", "od_matrices", "docs")


@pytest.fixture
def reader(tmp_path, monkeypatch):
    """An empty folder in which a reader has what was shipped."""
    for name in SHIPPED:
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_first_hour_with_the_jinan_case(reader):
    carry_out(ROOT / "docs/first_hour.md")
    assert {path.name for path in reader.iterdir()} > {"mycards", "works", "works.html"}


def test_a_first_hour_with_a_city_of_ones_own(reader):
    carry_out(ROOT / "docs/own_city.md")
    made = {path.name for path in (reader / "out_mycity").iterdir()}
    assert made == {"report.html", "map.html", "tables.xlsx", "results.gpkg", "run.json"}


def test_a_page_that_promises_what_is_not_printed_is_found_out(reader):
    page = reader / "page.md"
    page.write_text("```sh\necho right\n```\n\n```text\nwrong\n```\n")
    with pytest.raises(AssertionError, match="'wrong' is not in"):
        carry_out(page)
    page.write_text("```sh\nfalse\n```\n")
    with pytest.raises(AssertionError, match="false"):
        carry_out(page)


@pytest.mark.parametrize("page", ["first_hour", "own_city"])
def test_most_blocks_are_run(page):
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    assert len(blocks(ROOT / f"docs/{page}.md")) == text.count("\n```") / 2 - text.count(
        "<!-- not run -->"
    )
    assert text.count("<!-- not run -->") == 1  # the setting up
