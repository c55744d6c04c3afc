"""What the first-hour pages tell a reader to do works, step after step, in an empty folder."""

from pathlib import Path

import pytest

ROOT = Path.cwd()
SHIPPED = ("networks", "od_matrices", "docs")


@pytest.fixture
def carry_out(tmp_path, monkeypatch):
    """Do as a page says, in a folder that has what was shipped and nothing else."""
    from walkthrough import carry_out

    for name in SHIPPED:
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return carry_out


def test_a_first_hour_with_the_jinan_case(carry_out, tmp_path):
    carry_out(ROOT / "docs/first_hour.md")
    assert {path.name for path in tmp_path.iterdir()} > {"mycards", "works", "works.html"}


def test_a_first_hour_with_a_city_of_ones_own(carry_out, tmp_path):
    carry_out(ROOT / "docs/own_city.md")
    made = {path.name for path in (tmp_path / "out_mycity").iterdir()}
    assert made >= {"report.html", "map.html", "tables.xlsx", "results.gpkg", "run.json"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("```sh\necho right\n```\n\n```text\nwrong\n```\n", "'wrong' is not in"),
        ("```sh\nfalse\n```\n", "false: exit code 1"),
        ("```sh\ntransitplan check nowhere\n```\n", "exit code"),
        ("```ruby\n1\n```\n", "a block of ruby"),
    ],
)
def test_a_page_that_promises_what_does_not_happen_is_found_out(carry_out, tmp_path, text, why):
    from walkthrough import BrokenPromiseError

    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    with pytest.raises(BrokenPromiseError, match=why):
        carry_out(page)


@pytest.mark.parametrize("page", ["first_hour", "own_city"])
def test_all_blocks_but_the_setting_up_are_run(page):
    from walkthrough import blocks

    path = Path(f"docs/{page}.md")
    fences = path.read_text(encoding="utf-8").count("\n```")
    assert len(blocks(path)) == fences / 2 - 1


@pytest.mark.parametrize("page", ["first_hour", "own_city"])
def test_the_chinese_page_tells_the_same_steps(page):
    from walkthrough import blocks

    assert blocks(Path(f"docs/{page}_zh.md")) == blocks(Path(f"docs/{page}.md"))
