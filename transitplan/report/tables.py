"""tables.xlsx: every table of an assessment as numbers, with units and an explanation."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from transitplan.report import names
from transitplan.report.access_sheets import access_tables
from transitplan.report.assessment import Assessment
from transitplan.report.catalog import SHEETS, unit_of
from transitplan.report.demand import demand_tables
from transitplan.report.explain_sheets import explain_tables
from transitplan.report.studies import NO_STUDIES, Studies, sheet_facts
from transitplan.viz.labels import is_chinese
from transitplan.viz.text import finite

MADE = datetime(
    2000, 1, 1, tzinfo=UTC
)  # the same for every file, so that equal tables are equal bytes
ROWS_PER_SHEET = 1_000_000
WIDEST, NARROWEST = 48, 8  # characters
WIDE_FROM = 6  # columns, more of which keep the first in sight
# From the first on decimals are noise, below the second one shows three all the same; below the
# last three are none.
WHOLE_FROM, SMALL_BELOW, TINY_BELOW = 1000.0, 100.0, 1e-3
_LOOKED_AT = 200  # rows that decide the width of a column


def frames(assessment: Assessment, studies: Studies = NO_STUDIES) -> dict[str, pd.DataFrame]:
    """Return the table of every sheet, in the order of the workbook."""
    draws = assessment.draws.rename_axis("draw").reset_index()
    crossings = assessment.case.network.crossings
    shown = {assessment.case.base_year, names.horizon_year(assessment)}
    special = {
        "flows": assessment.flows[assessment.flows["year"].isin(shown)],
        "draws": draws,
        "parameters": assessment.case.parameters,
        "crossings": crossings,
        "isochrones": pd.DataFrame(assessment.isochrones.drop(columns="geometry")),
    }
    usual = {
        name: special[name] if name in special else getattr(assessment, name) for name in SHEETS
    }
    return (
        usual
        | explain_tables(assessment)
        | access_tables(assessment)
        | demand_tables(assessment.case, assessment.record)
        | studies.tables(assessment.case)
    )


def write_tables(assessment: Assessment, path: Path, studies: Studies = NO_STUDIES) -> None:
    """Write the workbook."""
    with xlsxwriter.Workbook(path, {"constant_memory": False, "strings_to_urls": False}) as book:
        book.set_properties(
            {
                "title": assessment.case.name,
                "comments": "Written by transitplan",
                "created": MADE.replace(tzinfo=None),
            }
        )
        book.set_calc_mode("auto")
        styles = {
            "head": book.add_format(
                {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
            ),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "fine": book.add_format({"num_format": "0.000"}),
            "place": book.add_format({"num_format": "0.00000"}),  # degrees, to a metre
            "tiny": book.add_format({"num_format": "0.00E+00"}),
        }
        tables = frames(assessment, studies)
        _explain(book, styles, assessment, tables)
        for name, frame in tables.items():
            for part, start in enumerate(range(0, max(1, len(frame)), ROWS_PER_SHEET)):
                sheet = book.add_worksheet(name if part == 0 else f"{name}_{part + 1}")
                _fill(sheet, styles, name, frame.iloc[start : start + ROWS_PER_SHEET])


def _explain(
    book: Any, styles: Mapping[str, Any], assessment: Assessment, tables: Mapping[str, pd.DataFrame]
) -> None:
    """First sheet: what the others hold, in both languages."""
    sheet = book.add_worksheet("read me 说明")
    sheet.hide_gridlines(2)
    sheet.freeze_panes(5, 1)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 9)
    sheet.set_column(2, 3, 60, styles["wrap"])
    sheet.write_string(0, 0, f"{assessment.case.name} · {assessment.case.name_zh}", styles["title"])
    sheet.write_string(
        1,
        0,
        "One sheet a table; units stand in brackets in the first row. Empty cells: not known or "
        "without limit. option_id “none” builds nothing.",
    )
    sheet.write_string(
        2,
        0,
        "每张工作表一张表；单位写在首行方括号内。空单元格："
        "未知或无穷大。option_id 为 none 表示不建。",
    )
    for column, words in enumerate(("sheet 表", "rows 行", "what it holds", "内容")):
        sheet.write_string(4, column, words, styles["head"])
    for row, (name, frame) in enumerate(tables.items(), start=5):
        facts = sheet_facts(name)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_number(row, 1, len(frame), styles["whole"])
        sheet.write_string(row, 2, f"{facts.title.en}: {facts.made.en}.", styles["wrap"])
        sheet.write_string(row, 3, f"{facts.title.zh}：{facts.made.zh}。", styles["wrap"])
        sheet.set_row(row, 15 * (1 + max(len(facts.made.en) // 52, len(facts.made.zh) // 32)))


def _fill(sheet: Any, styles: Mapping[str, Any], name: str, frame: pd.DataFrame) -> None:
    sheet.freeze_panes(1, int(len(frame.columns) > WIDE_FROM))
    for at, label in enumerate(frame.columns):
        values = frame[label]
        unit = unit_of(name, str(label))
        head = f"{label} [{unit}]" if unit else str(label)
        sheet.write_string(0, at, head, styles["head"])
        numeric = pd.api.types.is_numeric_dtype(values) and values.dtype != bool
        style = _style(styles, values) if numeric else None
        sheet.set_column(at, at, _width(head, values, numeric=numeric))
        for row, value in enumerate(values.tolist(), start=1):
            own = styles["fine"] if style is styles["whole"] and _is_small(value) else style
            _write(sheet, row, at, value, own)
    if len(frame):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _write(sheet: Any, row: int, column: int, value: object, style: Any) -> None:
    """Write a number as a number; what is empty or infinite stays empty."""
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float | np.number):
        known = finite(value)
        if known is not None:
            sheet.write_number(row, column, known, style)
    elif value is not None and not (isinstance(value, float) or value is pd.NA) and str(value):
        sheet.write_string(row, column, str(value))


def _is_small(value: object) -> bool:
    """Whether decimals of a number are seen even where its column counts in thousands."""
    return isinstance(value, float) and 0 < abs(value) < SMALL_BELOW and value != int(value)


def _style(styles: Mapping[str, Any], values: "pd.Series[Any]") -> Any:
    numbers = values.to_numpy(dtype=float)
    largest = np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)
    name = str(values.name)
    if name.startswith(("lon", "lat")):
        return styles["place"]
    if name == "year" or (name.endswith(("_id", "_year")) and not name.endswith("_per_year")):
        return None
    if pd.api.types.is_integer_dtype(values):
        return styles["whole"]
    if largest >= WHOLE_FROM:
        return styles["whole"]
    return styles["tiny"] if 0 < largest < TINY_BELOW else styles["fine"]


def _width(head: str, values: "pd.Series[Any]", *, numeric: bool) -> int:
    longest_word = max(len(word) for word in head.split())
    if numeric:
        return max(12, longest_word + 2)
    shown = [_columns(str(value)) for value in values.head(_LOOKED_AT)]
    return max(NARROWEST, min(WIDEST, max([longest_word + 2, *shown]) + 1))


def _columns(text: str) -> int:
    """Columns that a text takes: a Chinese character takes two."""
    return len(text) + sum(map(is_chinese, text))
