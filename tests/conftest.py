"""A browser without a network, for the pages and maps of any part; no test reads another's runs."""

import os
import shutil
from pathlib import Path

import pytest

os.environ["TRANSITPLAN_STORE"] = "off"  # also of the commands that tests start
collect_ignore = ["report/in_qgis.py"]  # run by the Python of QGIS
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser():
    if not Path(CHROMIUM).exists():
        pytest.skip("NO CHROMIUM: the pages were not looked at")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, folder):
    """Open a page offline; at the end nothing may have been asked for or complained about."""
    complaints = []
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_offline(offline=True)

    def watch(route):
        if not route.request.url.startswith("file:"):
            complaints.append(f"asked for {route.request.url}")
            route.abort()
        else:
            route.continue_()

    context.route("**/*", watch)

    def open_page(name):
        page = context.new_page()
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in {"error", "warning"} else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((folder / name).as_uri())
        page.wait_for_timeout(250)
        return page

    yield open_page
    context.close()
    assert complaints == []
