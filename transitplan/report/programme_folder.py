"""The files of a programme: programme.json, a page with its section, and Parquet."""

import json
from dataclasses import replace
from pathlib import Path

from transitplan.appraisal.programme_study import Programme
from transitplan.io.text import write_whole
from transitplan.report.page import render
from transitplan.report.parquet_tables import TABLES, write_tables
from transitplan.report.programme import programme_section
from transitplan.report.programme_record import TABLES as TABLE_NAMES
from transitplan.report.programme_record import programme_record
from transitplan.report.reproduce import command_words
from transitplan.viz.text import Text

FOOTER = Text("Machine-readable record: programme.json.", "机读记录：programme.json。")


def write_programme(
    programme: Programme, folder: Path, *, language: str = "en", parquet: bool = False
) -> list[Path]:
    """Write programme.json, programme.html and, if asked for, tables/programme_*.parquet.

    Each is whole or not there; their paths are returned.

    The same results give the same bytes.
    """
    record = json.dumps(
        programme_record(programme), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False
    )
    page = programme_page(programme, language=language)
    tables = {f"programme_{name}": getattr(programme, name) for name in TABLE_NAMES}
    return [
        write_whole(
            folder / "programme.json", lambda path: path.write_text(record + "\n", encoding="utf-8")
        ),
        write_whole(
            folder / "programme.html", lambda path: path.write_text(page, encoding="utf-8")
        ),
        *(write_tables(tables, folder / TABLES) if parquet else []),
    ]


def programme_page(programme: Programme, *, language: str = "en") -> str:
    """Return a page that holds the section on the programme, in both languages."""
    section = programme_section(programme)
    return render(
        "section.html.j2",
        programme.case,
        language,
        footer=FOOTER,
        section=replace(
            section, parts=[*section.parts, command_words(programme.command, language)]
        ),
    )
