"""What the demand model knows least about: assumed rows of its tables, widest first."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from transitplan.report import names
from transitplan.report.cells import Cell
from transitplan.report.demand_sheets import made
from transitplan.report.demand_trips import low_to_high
from transitplan.report.demand_view import DemandView
from transitplan.report.demand_words import unit
from transitplan.report.parts import Table
from transitplan.viz.text import Text, as_text, join, number, percent

EACH, SHOWN = 4, 20  # of a table, and of all, widest first
ASSUMED = "assumed"
VALUES = ("value", "central", "share", "volume_per_day")  # what plain low and high go with
LABELS = ("purpose", "mode", "period", "group", "year", "end", "attribute")
OTHERWISE = ("class", "zone_id")  # where a row has none of these
LOW, HIGH = "low", "high"
FACTOR = "factor"  # low_factor and high_factor go with every number of the row
SAME = ["table", "of", "unit", "value", "low", "high", "why"]
COLUMNS = ["table", "what", "of", "unit", "value", "low", "high", "width", "rows", "why"]


def unsure_rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the assumed values with a range, widest first; equal ones of a table are one row.

    Parameters
    ----------
    tables
        Tables of the demand model as text. Ranges are ``low`` and ``high`` of the value,
        ``low_x`` and ``high_x`` of column x (or mean_x), or of a ``factor`` on the whole row.

    Returns
    -------
    pandas.DataFrame
        table, what (the words that tell the first such row), of (the column, where the range is
        not that of the value), unit, value, low, high, width (of the range over the value), rows
        (how many values have this range), why (note, or source).
    """
    found = [row for name, table in tables.items() for row in _assumed(name, table)]
    if not found:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.DataFrame(found)
    rows = rows[(rows["value"] != 0) & (rows["high"] > rows["low"])]
    rows = rows.assign(rows=rows.groupby(SAME)["what"].transform("size")).drop_duplicates(SAME)
    rows["width"] = (rows["high"] - rows["low"]) / rows["value"].abs()
    return rows.sort_values("width", ascending=False, kind="stable")[COLUMNS].reset_index(drop=True)


def _assumed(name: str, table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Every range of the assumed rows of a table."""
    if "status" not in table.columns:
        return
    for row in table[table["status"] == ASSUMED].to_dict("records"):
        why = row.get("note") or row.get("source", "")
        label = [row[each] for each in LABELS if row.get(each)]
        label = label or [row[each] for each in OTHERWISE if row.get(each)]
        for of, value, ends in _ranges(row):
            known = pd.to_numeric(pd.Series([value, *ends]), errors="coerce")
            if known.notna().all():
                yield {
                    "table": name,
                    "what": "; ".join(label),
                    "of": of,
                    "unit": row.get("unit", "") if not of else "",
                    **dict(zip(("value", "low", "high"), known, strict=True)),
                    "why": why,
                }


def _ranges(row: Mapping[Any, str]) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Ranges of a row: of what, the value, both ends."""
    for column in row:
        if column == LOW:
            value = next((row[name] for name in VALUES if name in row), "")
            yield "", value, (row[LOW], row.get(HIGH, ""))
        elif column.startswith(f"{LOW}_"):
            of = column.removeprefix(f"{LOW}_")
            value = "1" if of == FACTOR else row.get(of) or row.get(f"mean_{of}", "")
            yield of, value, (row[column], row.get(f"{HIGH}_{of}", ""))


def unsure_words(rows: pd.DataFrame) -> Text:
    """Say how many values are assumed, and which of them are shown."""
    values = int(rows["rows"].sum())
    return Text(
        f"Weakly known: {values:,} numbers of the demand tables are assumed. Those with the widest "
        f"range for their size follow, at most {EACH} of a table; all are in the sheet.",
        f"所知甚少：需求表中有 {values:,} 个数值为假定。以下列出相对范围最宽者，"
        f"每表至多 {EACH} 项；全部见工作表。",
    )


def unsure_table(view: DemandView, rows: pd.DataFrame) -> Table:
    """The assumed values with the widest ranges."""
    shown = rows.groupby("table", sort=False).head(EACH).head(SHOWN)
    body: list[list[Cell]] = [
        [
            names.capital(_called(row, view)),
            as_text(f"{row.table}.csv"),
            number(row.value),
            low_to_high(number(row.low), number(row.high)),
            unit(row.unit),
            percent(row.width),
            row.why,
        ]
        for row in names.records(shown)
    ]
    return Table(
        Text("Assumed numbers with the widest ranges", "范围最宽的假定值"),
        [
            Text("What", "内容"),
            Text("Table", "表"),
            Text("Value", "取值"),
            Text("Low to high", "下限至上限"),
            Text("Unit", "单位"),
            Text("Range over value", "范围与取值之比"),
            Text("Why (as in the table)", "依据（原文）"),
        ],
        body,
        sheet="demand_unsure",
        made=made("demand_unsure"),
        words=frozenset({1, 4, 6}),
    )


def _called(row: Any, view: DemandView) -> Text:
    """Words of a row, and how many others have the same range."""
    labels = [view.zones.get(each) or view.word(each) for each in row.what.split("; ") if each]
    if row.of and row.of != FACTOR:
        labels.append(view.word(row.of))
    said = join(labels) + (Text(": all its numbers", "：全部数值") if row.of == FACTOR else "")
    if row.rows == 1:
        return said
    return said + Text(f" (and {row.rows - 1} more)", f"（另有 {row.rows - 1} 项相同）")
