"""The two files of a programme: programme.json and a page with its section."""

import json
from pathlib import Path

from markupsafe import Markup

from transitplan.appraisal.programme_study import Programme
from transitplan.io.text import write_whole
from transitplan.report import names
from transitplan.report.page import ROWS_ON_A_PAGE, environment, page_part
from transitplan.report.programme import programme_section
from transitplan.report.programme_record import programme_record
from transitplan.viz.offline import content_policy


def write_programme(programme: Programme, folder: Path, *, language: str = "en") -> list[Path]:
    """Write programme.json and programme.html, whole or not at all; return their paths.

    The same results give the same bytes.
    """
    record = json.dumps(
        programme_record(programme), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
    )
    page = programme_page(programme, language=language)
    return [
        write_whole(
            folder / "programme.json", lambda path: path.write_text(record + "\n", encoding="utf-8")
        ),
        write_whole(
            folder / "programme.html", lambda path: path.write_text(page, encoding="utf-8")
        ),
    ]


def programme_page(programme: Programme, *, language: str = "en") -> str:
    """Return a page that holds the section on the programme, in both languages."""
    return (
        environment()
        .get_template("section.html.j2")
        .render(
            rows_on_a_page=ROWS_ON_A_PAGE,
            title=names.called(programme.case),
            section=programme_section(programme),
            language=language,
            tag="zh-Hans" if language == "zh" else "en",
            policy=Markup(content_policy()),  # noqa: S704  our own words
            style=Markup(page_part("page.css")),  # noqa: S704  our own words
            script=Markup(page_part("page.js")),  # noqa: S704  our own words
        )
    )
