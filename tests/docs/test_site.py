"""The site, built as `make docs` builds it, opens from a folder without a connection."""

import os
import subprocess
import sys

import pytest

from tests.viz.tags import Tags

LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(made)]
    done = subprocess.run(
        command,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return made


def test_no_page_loads_anything_from_elsewhere(folder):
    pages = list(folder.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text(encoding="utf-8")
        tags = Tags.of(text)
        for tag, attribute in LOADS.items():
            for each in tags.get(tag, ()):
                assert "//" not in each.get(attribute, ""), (page, each)
        assert "arithmatex" not in text, f"{page}: an equation was not drawn"


@pytest.mark.browser
def test_the_search_finds_a_public_name_and_leads_there(visit):
    page = visit("index.html")
    page.fill("input.md-search__input", "assign_transit")
    found = page.locator(".md-search-result__link", has_text="assign_transit").first
    found.wait_for(timeout=5000)
    found.click()
    page.wait_for_url("**/reference/python/transit.html*")
    assert page.locator("#transitplan\\.assign_transit").is_visible()


@pytest.mark.browser
def test_equations_are_drawn_by_the_browser(visit):
    page = visit("equations.html")
    drawn = page.locator(".equation math")
    assert drawn.count() > 8
    for each in drawn.all():
        size = each.bounding_box()
        assert size["width"] > 60
        assert size["height"] > 15
    assert "$" not in page.locator("article").inner_text()
