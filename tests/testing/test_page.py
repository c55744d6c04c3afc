"""The page of a run in a browser that is offline: both languages, nothing asked for."""

import shutil
from pathlib import Path

import pytest

from transitplan.testing.page import write_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
MOVE = {
    "table": "flows",
    "what": "link 3 North road",
    "column": "flow_pceph",
    "old": "3915.0",
    "new": "3034.6",
    "change": "-880.4 (-22.5%), GEH 14.9",
    "allowed": "GEH 1",
}
CHANGE = {"what": "link 3 <North> road: lanes 2 → 1", "card": "written by card 'Narrow'"}
RECORDS = [
    {
        "test": f"tests/test_a.py::test_{status}",
        "folder": "tests/baselines/test_a/test",
        "status": status,
        "checked": {"flows": 40},
        "moved": {"flows": 120} if status == "moved" else {},
        "moves": [MOVE] if status == "moved" else [],
        "changed": 1,
        "changes": [CHANGE] if status == "moved" else [],
        "notes": ["tolerances.toml: not TOML"] if status == "broken" else [],
    }
    for status in ("broken", "changed", "missing", "moved", "same", "written")
]


def test_the_same_records_make_the_same_page(tmp_path):
    one, two = (
        write_page(RECORDS, ["tests/baselines/gone"], tmp_path / name).read_bytes()
        for name in ("a.html", "b.html")
    )
    assert one == two
    assert b"&lt;North&gt;" in one
    assert list(tmp_path.glob(".*")) == []


@pytest.mark.browser
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="NO CHROMIUM: the page was not looked at")
def test_the_page_speaks_both_languages(tmp_path):
    from playwright.sync_api import sync_playwright

    page = write_page(RECORDS, ["tests/baselines/gone"], tmp_path / "page.html")
    said = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("request", lambda request: said.append(request.url))
        tab.goto(page.as_uri())
        english = tab.inner_text("body")
        tab.click("#language")
        chinese = tab.inner_text("body")
        browser.close()
    assert said == [page.as_uri()]
    assert "the first 1 of 120" in english
    assert "no baseline: 1" in english
    assert "路网回归检验" not in english
    assert "路网回归检验" in chinese
    assert "共 120 项，列出 1 项" in chinese
    assert "Regression tests of networks" not in chinese
