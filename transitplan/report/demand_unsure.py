"""What the demand model knows least about: assumed rows of its tables, widest first."""

from pathlib import Path
from typing import Any

import pandas as pd

from transitplan.io.text import read_text_table
from transitplan.report import names
from transitplan.report.cells import Cell, text_cell
from transitplan.report.demand_sheets import made
from transitplan.report.demand_trips import low_to_high
from transitplan.report.demand_words import unit, word
from transitplan.report.parts import Table
from transitplan.scenario.case import Case
from transitplan.viz.text import Text, as_text, join, number, percent

FOLDER = "demand"  # of the case, with the tables of its demand model
SHOWN = 15
ASSUMED = "assumed"
VALUES = ("value", "central", "share", "mean_km", "volume_per_day")  # what low and high go with
SAID = ("source", "status", "unit", "note", "low", "high", *VALUES)
COLUMNS = ["table", "what", "unit", "value", "low", "high", "width", "source"]


def unsure_rows(case: Case) -> pd.DataFrame:
    """Return the assumed rows with a range of every demand table of a case, widest first.

    Returns
    -------
    pandas.DataFrame
        table, what (the words that tell a row), unit, value, low, high, width (of the range over
        the value) and source; no rows where the case has no such tables.
    """
    found = [row for path in sorted((case.folder / FOLDER).glob("*.csv")) for row in _assumed(path)]
    rows = pd.DataFrame(found, columns=COLUMNS)
    return rows.sort_values("width", ascending=False, kind="stable").reset_index(drop=True)


def _assumed(path: Path) -> list[dict[str, Any]]:
    table = read_text_table(path)
    value = next((name for name in VALUES if name in table.columns), None)
    if value is None or not {"low", "high", "status"} <= set(table.columns):
        return []
    numbers = table[[value, "low", "high"]].apply(pd.to_numeric, errors="coerce")
    numbers.columns = pd.Index(["value", "low", "high"])
    keep = (
        (table["status"] == ASSUMED)
        & numbers.notna().all(axis=1)
        & (numbers["value"] != 0)
        & (numbers["high"] > numbers["low"])
    )
    labels = [name for name in table.columns if name not in SAID and not name.endswith("_zh")]
    return [
        {
            "table": path.stem,
            "what": "; ".join(str(row[name]) for name in labels if row[name]),
            "unit": row.get("unit", ""),
            **numbers.loc[at],
            "width": (numbers["high"][at] - numbers["low"][at]) / abs(numbers["value"][at]),
            "source": row.get("source", ""),
        }
        for at, row in table[keep].iterrows()
    ]


def unsure_words(rows: pd.DataFrame) -> Text:
    """Say how many values are assumed, and how many of them are shown."""
    shown = min(SHOWN, len(rows))
    return Text(
        f"Weakly known: {len(rows)} values of the demand tables are assumed; the {shown} with the "
        "widest range for their size follow.",
        f"所知甚少：需求表中有 {len(rows)} 个取值为假定；以下为相对范围最宽的 {shown} 个。",
    )


def unsure_table(rows: pd.DataFrame) -> Table:
    """The assumed values with the widest ranges."""
    body: list[list[Cell]] = [
        [
            join([word(each) for each in row.what.split("; ")]),
            as_text(f"{row.table}.csv"),
            number(row.value),
            low_to_high(number(row.low), number(row.high)),
            unit(row.unit),
            percent(row.width),
            text_cell(row.source),
        ]
        for row in names.records(rows.head(SHOWN))
    ]
    return Table(
        Text("Assumed values with the widest ranges", "范围最宽的假定值"),
        [
            Text("What", "内容"),
            Text("Table", "表"),
            Text("Value", "取值"),
            Text("Low to high", "下限至上限"),
            Text("Unit", "单位"),
            Text("Range over value", "范围与取值之比"),
            Text("Why", "依据"),
        ],
        body,
        sheet="demand_unsure",
        made=made("demand_unsure"),
        words=frozenset({1, 4, 6}),
    )
