"""Make the pictures of the documentation from real runs, in Chromium with its network off.

python docs/make_pictures.py            # all of them, from the top of a checkout; some minutes
python docs/make_pictures.py --run out  # of a run of `transitplan assess` that is there already
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "docs" / "generators")]

PAGES = ("first_hour.md", "own_city.md")  # their steps leave what some pictures show
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SETTLED_MS = 1500


def nothing(page: Any) -> None:
    """Leave the page as it opens."""


def in_chinese(page: Any) -> None:
    """Switch the page's language."""
    page.get_by_role("button", name="中文").click()


def from_after(page: Any) -> None:
    """Show half of each version on the map of a difference."""
    slider = page.locator("input[type=range]").first
    if slider.count():
        slider.fill("60")


class Picture(NamedTuple):
    """A picture: its file, the page it shows, the size of the window, what is done before."""

    name: str
    page: str
    size: tuple[int, int] = (1200, 900)
    act: Callable[[Any], None] = nothing


PICTURES = (
    Picture("jinan_map.png", "out/map.html", (1200, 800)),
    Picture("pictures/report.png", "out/report.html"),
    Picture("pictures/report_zh.png", "out/report.html", act=in_chinese),
    Picture("pictures/diff.png", "works.html", (1200, 700), from_after),
    Picture("pictures/own_city_report.png", "out_mycity/report.html"),
    Picture("pictures/own_city_report_zh.png", "out_mycity/report.html", act=in_chinese),
)


def main() -> None:
    """Run the cases, look at what they wrote, keep the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, help="folder of a run of the Jinan case")
    run = parser.parse_args().run
    with tempfile.TemporaryDirectory() as work:
        for name in ("networks", "od_matrices", "docs"):
            (Path(work) / name).symlink_to(ROOT / name)
        prepare(Path(work), run.resolve() if run else None)
        take(Path(work))


def prepare(work: Path, run: Path | None) -> None:
    """Leave in the folder what the pictures are of."""
    from walkthrough import carry_out

    import transitplan as tp

    if run:
        (work / "out").symlink_to(run)
    else:
        tp.assess(tp.read_case(ROOT / "networks/jinan")).to_report(work / "out")
    os.chdir(work)
    for page in PAGES:
        carry_out(ROOT / "docs" / page)


def take(work: Path) -> None:
    """Open each page as a reader would, and save what is seen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, address, (width, height), act in PICTURES:
            context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
            page = context.new_page()
            page.goto((work / address).as_uri())
            page.wait_for_timeout(SETTLED_MS)
            act(page)
            page.wait_for_timeout(SETTLED_MS)
            path = ROOT / "docs" / name
            page.screenshot(path=path)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
