"""Panels behind the lines of the economic tables: formula, items, years, classes, pairs, roads."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from transitplan.appraisal.accounts import PUBLIC_ITEMS
from transitplan.appraisal.economy import Economy
from transitplan.appraisal.explanation import Explanation
from transitplan.appraisal.lines import LINES, ON_ROADS
from transitplan.appraisal.risk import risk_allowance
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import Cell, money_cell, money_grid, opens, text_cell
from transitplan.report.economy_words import ITEMS, SUMMARY_ROWS
from transitplan.report.explain import CNY, level_table
from transitplan.report.explain_words import (
    COMPONENTS,
    FACTORS_NOTE,
    FORMULAS,
    GUARDED,
    OTHER_YEARS,
    ROWS_NOTE,
    SHARE,
    TOTAL,
)
from transitplan.report.parts import Panel, Table
from transitplan.viz.text import Text, amounts, number, percent

MOST = 3  # pairs and roads of a line, for the size of the page; the rest is one row
MOST_YEARS = 6
SAME = 1e-9  # share by which a number solved again may differ and be called the same
TOLLS = "users_charges"
SUMS = ("pvb", "pvc", "npv")  # lines whose items have panels of their own
LINE_OF_ITEM = {item: line for line, items in LINES.items() if line not in SUMS for item in items}
IMPACTS = {  # of the appraisal summary, by its English words
    "Travel time": "users_time",
    "Reliability": "reliability",
    "Running costs": "users_operating",
    "Tolls paid": "users_charges",
    "Toll revenue": "providers",
    "Accidents": "accidents",
    "CO2 of traffic": "co2_traffic",
    "Local air": "air",
    "Carbon of building": "co2_building",
    "Carbon of operation": "co2_operation",
    "Disruption": "disruption",
    "Public accounts": "pvc",
}


class LineLinks:
    """Leads from cells of the economic tables to their panels, and makes these."""

    def __init__(self, assessment: Assessment | None) -> None:
        self._assessment = assessment if assessment is not None and assessment.spent else None
        self._found = {} if self._assessment is None else _explanations(self._assessment)

    def __call__(self, cell: Cell, option: str, line: str) -> Cell:
        """Lead from a cell to the panel of its line, where there is one."""
        name = line.removesuffix("_cny")
        return opens(cell, panel_id(option, name)) if (option, name) in self._found else cell

    def panels(self, economy: Economy) -> list[Panel]:
        """Panels of every line of every option, and those of the parameters, once for all."""
        if self._assessment is None:
            return []
        numbers = line_numbers(economy)
        found: list[Panel] = []
        rows: dict[str, pd.DataFrame] = {}
        for (option, line), explanation in self._found.items():
            found.append(_panel(self._assessment, explanation, numbers.get((option, line))))
            if line not in (*SUMS, "providers"):  # of which the tolls of users tell
                rows.setdefault(line, explanation.rows)
        known = set(self._assessment.case.parameters["parameter_id"])
        return [*found, *(_rows_panel(line, each, known) for line, each in rows.items())]


def _explanations(assessment: Assessment) -> dict[tuple[str, str], Explanation]:
    """Explanations of all lines that are not nothing, by option and line."""
    every = {
        (option, line): assessment.explain(option, line=line)
        for option in names.built_options(assessment)
        for line in LINES
    }
    return {key: each for key, each in every.items() if each.components.any()}


def panel_id(option: str, line: str) -> str:
    """Place of the panel of a line."""
    return f"line-{line.replace('_', '-')}-{option}"


def line_numbers(economy: Economy) -> dict[tuple[str, str], float]:
    """Numbers of the tables by option and line, as the appraisal has them."""
    wide = economy.summary.set_index("option_id")
    found = {
        (str(option), str(name).removesuffix("_cny")): float(value)
        for name in wide.columns
        if str(name).endswith("_cny")
        for option, value in wide[name].items()
    }
    public = economy.public_accounts
    return found | {
        (row.option_id, row.item): float(row.pv_cny)
        for row in names.records(public)
        if row.item in PUBLIC_ITEMS
    }


def line_title(line: str) -> Text:
    """Name of a line as the tables have it."""
    return SUMMARY_ROWS[f"{line}_cny"] if f"{line}_cny" in SUMMARY_ROWS else ITEMS[line]


def _panel(assessment: Assessment, found: Explanation, number_of: float | None) -> Panel:
    title, option = line_title(found.line), names.option(assessment.case, found.option_id)
    parts: list[Table | Text | Markup] = []
    if found.line in SUMS:
        parts.append(_items(found))
    else:
        parts += _below(assessment, found)
    if number_of is not None and abs(number_of - found.total_cny) > SAME * abs(number_of):
        off = amounts([number_of - found.total_cny])
        parts.append(Text(GUARDED.en.format(off.en), GUARDED.zh.format(off.zh)))
    return Panel(
        panel_id(found.option_id, found.line),
        Text(
            f"{option.en}: {title.en}, present value, where it comes from",
            f"{option.zh}：{title.zh}（现值）从何而来",
        ),
        parts,
    )


def _below(assessment: Assessment, found: Explanation) -> Sequence[Table | Text | Markup]:
    """Formula and levels of a line that is no sum of lines."""
    roads = any(item in ON_ROADS for item in found.components.index)
    parts: list[Table | Text | Markup] = [_formula(found)]
    if found.line == "providers":  # the tolls of users with the other sign
        return [*parts, opens(line_title("users_charges"), panel_id(found.option_id, TOLLS))]
    if (found.components != 0).sum() > 1:
        parts.append(_items(found))
    parts.append(opens(ROWS_NOTE, rows_id(found.line)))
    if not roads:
        return [*parts, _form_rows(found), _years(found)]
    levels = ("cluster_pair", "pair", "link")
    return [
        *parts,
        opens(FACTORS_NOTE, f"worth-{found.option_id}"),
        _classes(found),
        *(level_table(assessment, found, level, MOST) for level in levels),
    ]


def _formula(found: Explanation) -> Text:
    """Formula of every item that is not nothing, with the values of the case and the form."""
    form = found.case.find(found.option_id)[1]
    risk = risk_allowance(found.case, found.option_id)
    given = {
        **found.case.values,
        **dict(form),
        "bias": found.case.values[f"optimism_bias_{form.stage}"],
        "risk_cny": risk,
        "plant": found.case.values.get("plant_share", 0.0),
    }
    words = [FORMULAS[str(item)] for item in found.components.index if found.components[item]]
    return Text(
        " ".join(each.en.format_map(given) for each in words),
        "".join(each.zh.format_map(given) for each in words),
    )


def _items(found: Explanation) -> Table:
    """Items of a line; those of a sum of lines lead on to their own panels."""
    amount = found.components
    kept = [str(name) for name in amount.index if amount[name]]
    unit, cells = money_grid([[amount[name]] for name in kept] + [[found.total_cny]], CNY)
    shares = [amount[name] / (found.total_cny or 1.0) for name in kept] + [1.0]
    rows = [
        [_item_title(name), *cell, percent(share, 1)]
        for name, cell, share in zip([*kept, ""], cells, shares, strict=True)
    ]
    if found.line in SUMS:
        for name, row in zip(kept, rows, strict=False):
            row[1] = opens(row[1], panel_id(found.option_id, LINE_OF_ITEM[name]))
    return Table(
        Text("Components", "构成"),
        [
            Text("Component", "项目"),
            Text(f"Present value [{unit.en}]", f"现值 [{unit.zh}]"),
            SHARE,
        ],
        rows,
    )


def _item_title(name: str) -> Text:
    if not name:
        return TOTAL
    return COMPONENTS[name] if name in COMPONENTS else ITEMS[name]


def _classes(found: Explanation) -> Table:
    """Classes of vehicle: each cell of the table of efficiency is a row or a sum of rows."""
    table = found.by_class()
    column = f"total_{found.unit}"
    sums = table[column].sum()
    unit, cells = money_grid([[value] for value in [*table[column], sums]], CNY)
    heads = [names.capital(names.vehicles(name)) for name in table["class_name"]]
    return Table(
        Text("Classes of vehicle", "车类"),
        [Text("Class", "车类"), Text(f"Present value [{unit.en}]", f"现值 [{unit.zh}]")],
        [[head, *cell] for head, cell in zip([*heads, TOTAL], cells, strict=True)],
    )


def _form_rows(found: Explanation) -> Table:
    """Values of the form that a line comes from."""
    known = found.case.parameters["parameter_id"]
    rows = found.rows[~found.rows["parameter_id"].isin([*known, "open_year"])]
    source = rows["source"].iloc[0]
    return Table(
        Text("Values of the form", "方案取值"),
        [Text("What", "名称"), Text("Value", "取值")],
        [[names.called(row), names.quantity(row.value, row.unit)] for row in names.records(rows)],
        made=Text(f"source: {source}", f"来源：{source}"),
    )


def _years(found: Explanation) -> Table:
    """Years with the largest amounts, in order, and the sum of all others."""
    table = found.by_year()
    largest = table[table["cny"] != 0].sort_values("pv_cny", key=abs, ascending=False)
    shown = largest.head(MOST_YEARS).sort_values("year")
    others = largest.iloc[MOST_YEARS:]
    body: list[list[Cell]] = [
        [
            str(int(row.year)),
            money_cell(row.cny),
            number(row.discount_factor, 4),
            money_cell(row.pv_cny),
        ]
        for row in names.records(shown)
    ]
    if len(others):
        rest = Text(OTHER_YEARS.en.format(len(others)), OTHER_YEARS.zh.format(len(others)))
        body.append([rest, money_cell(others["cny"].sum()), "", money_cell(others["pv_cny"].sum())])
    body.append([TOTAL, money_cell(table["cny"].sum()), "", money_cell(table["pv_cny"].sum())])
    return Table(
        Text("Year by year", "逐年"),
        [
            Text("Year", "年份"),
            Text("Constant prices", "不变价"),
            Text("Discount factor", "折现系数"),
            Text("Present value", "现值"),
        ],
        body,
    )


def _rows_panel(line: str, rows: pd.DataFrame, known: "set[str]") -> Panel:
    """Parameters of a line: the same for every option, so that the page has them once."""
    title = line_title(line)
    return Panel(
        rows_id(line),
        Text(f"{title.en}: parameters that it comes from", f"{title.zh}：所用参数"),
        [_rows_table(Text("Parameters", "参数"), rows[rows["parameter_id"].isin(known)])],
    )


def rows_id(line: str) -> str:
    """Place of the panel with the parameters of a line."""
    return f"rows-{line.replace('_', '-')}"


def _rows_table(title: Text, rows: pd.DataFrame) -> Table:
    body: list[list[Cell]] = [
        [
            names.called(row),
            row.parameter_id,
            names.quantity(row.value, row.unit),
            text_cell(row.source),
        ]
        for row in names.records(rows)
    ]
    return Table(
        title,
        [
            Text("What", "名称"),
            Text("Row of the parameters", "参数表行"),
            Text("Value", "取值"),
            Text("Source", "来源"),
        ],
        body,
        words=frozenset({1, 3}),
    )
