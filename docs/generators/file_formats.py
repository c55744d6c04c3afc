"""The page of file formats, made of the column rules and models that reading checks files with."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import file_words
from pydantic import BaseModel

from transitplan.appraisal import demand_record
from transitplan.appraisal.criteria import CriteriaFile, Criterion
from transitplan.appraisal.policy import COLUMNS as POLICY
from transitplan.appraisal.programme_rules import RulesFile
from transitplan.demand import (
    borders,
    counts,
    freight,
    generation,
    growth,
    k_factors,
    time_of_day,
    travel,
)
from transitplan.inspection.waivers import Waiver
from transitplan.io.gmns import CONFIG
from transitplan.model.demand import UserClass
from transitplan.model.line_tables import LINE_TABLES
from transitplan.model.tables import REQUIRED_TABLES, TABLES, Column
from transitplan.model.transit_tables import REQUIRED_TRANSIT, TRANSIT_TABLES
from transitplan.report.access_sheets import SHEETS as ACCESS_SHEETS
from transitplan.report.catalog import SHEETS
from transitplan.report.demand_sheets import SHEETS as DEMAND_SHEETS
from transitplan.report.resilience_sheets import SHEETS as RESILIENCE_SHEETS
from transitplan.scenario import read
from transitplan.scenario.case import Place, Year
from transitplan.scenario.closures import COLUMNS as CLOSURES
from transitplan.scenario.demand_file import Border, Mode, ModelFile, NestRow, Weights
from transitplan.scenario.form import Form, Given
from transitplan.scenario.forms import Asked
from transitplan.scenario.library import PARAMETER_COLUMNS
from transitplan.scenario.toll_rules import COLUMNS as TOLLS

MEANINGS = tomllib.loads(Path(__file__).with_name("meanings.toml").read_text(encoding="utf-8"))
KINDS = {
    "id": "id",
    "int": "whole number",
    "float": "number",
    "text": "text",
    "bool": "true, false",
    "time": "HH:MM:SS",
    "date": "YYYYMMDD",
}
DISK_UNITS = {  # where a folder keeps another unit than the model
    "length": "km (`long_length`)",
    "free_speed": "km/h (`speed`)",
    "truck_speed": "km/h (`speed`)",
    "x_coord": "° longitude",
    "y_coord": "° latitude",
}
CASE_TABLES = {
    "parameters": PARAMETER_COLUMNS,
    "growth": read._GROWTH,
    "counts": read._COUNTS,
    "drives": read._DRIVES,
    "risks": read._RISKS,
    "places": read._PLACES,
    "tolls": TOLLS,
    "closures": CLOSURES,
    "policy": POLICY,
}
DEMAND_TABLES: dict[str, tuple[str, ...]] = {  # columns that must be there
    "zones": ("zone_id",),
    "rates": generation.RATE_COLUMNS,
    "rules": travel.COLUMNS,
    "directions": time_of_day.COLUMNS,
    "periods": time_of_day.PERIOD_COLUMNS,
    "growth": growth.COLUMNS,
    "shares": ("purpose", "mode", "share"),
    "lengths": ("purpose", "mean_km"),
    "freight_rules": freight.COLUMNS,
    "borders": borders.COLUMNS,
    "counts": counts.REQUIRED,
    "k_factors": k_factors.COLUMNS,
}
MODELS: dict[str, tuple[tuple[str, type[BaseModel]], ...]] = {
    "case.toml": (("", read.CaseFile), ("`[years.…]`", Year)),
    "options/*.toml": (
        ("", Place),
        ("`[[forms]]` of a kind of the form library", Asked),
        ("`[[forms]]` without `kind`, given whole", Form),
        ("`[parameters]` and `[forms.parameters]`: a value, or a table of", Given),
    ),
    "programme.toml": (("", RulesFile),),
    "criteria.toml": (("", CriteriaFile), ("`[[criteria]]`", Criterion)),
    "check.toml": (("`[[waive]]`", Waiver),),
}
DEMAND_MODEL: tuple[tuple[str, type[BaseModel]], ...] = (
    ("", ModelFile),
    ("`[modes.…]`", Mode),
    ("`[nests.…]`", NestRow),
    ("`[transit]`", Weights),
    ("`[border]`", Border),
)
HEAD = ("| column | type | unit | default | meaning |", "| --- | --- | --- | --- | --- |")
SHARED = ("Form", "Asked")  # the first says only what the second does not


class UntoldError(Exception):
    """A column that the code knows has no words here, or the other way round."""


def page() -> str:
    """Return the page as Markdown."""
    return "\n\n".join(
        [
            file_words.OPENING,
            "## A network folder",
            file_words.NETWORK,
            "### config.csv\n\nOne row; units are not guessed.",
            plain_table("config", CONFIG),
            *rule_sections(TABLES, ".csv", REQUIRED_TABLES),
            "## Timetables: transit/",
            file_words.TIMETABLES,
            *rule_sections(TRANSIT_TABLES, ".txt", REQUIRED_TRANSIT),
            "## Planned lines",
            file_words.LINES,
            *rule_sections(LINE_TABLES, ".csv", ("stop", "line", "call")),
            "## Demand",
            file_words.DEMAND,
            class_table(),
            "### Counts for `transitplan calibrate`",
            plain_table("estimation", MEANINGS["estimation"]),
            "## A case folder",
            file_words.CASE,
            *(model_section(name, models) for name, models in MODELS.items()),
            *case_sections(),
            "## A demand model",
            file_words.DEMAND_MODEL,
            model_section("demand/model.toml", DEMAND_MODEL),
            *demand_sections(),
            "### record/*.csv",
            file_words.RECORD,
            record_table(),
            "## Changes: project cards",
            file_words.CARDS,
            "## Results",
            file_words.RESULTS,
            sheets(),
        ]
    )


def rule_sections(
    tables: Mapping[str, tuple[Column, ...]], suffix: str, required: Iterable[str]
) -> list[str]:
    """One section a table with column rules."""
    return [
        "\n".join(
            [
                f"### {name}{suffix}" + (" (required)" if name in required else ""),
                "",
                *HEAD,
                *(_rule_row(rule) for rule in rules),
            ]
        )
        for name, rules in tables.items()
    ]


def _rule_row(rule: Column) -> str:
    unit = DISK_UNITS.get(rule.on_disk, rule.unit) if rule.gmns else rule.unit
    notes = [rule.note]
    if rule.choices:
        notes.append("one of " + ", ".join(f"`{each}`" for each in rule.choices if each))
    if rule.refers_to:
        notes.append(f"a `{rule.refers_to}`")
    if rule.unique:
        notes.append("unique")
    notes += _bounds(rule.low, rule.high)
    if rule.gmns and rule.gmns != rule.name:
        notes.append(f"in Python `{rule.name}`" + (f" [{rule.unit}]" if rule.unit else ""))
    default = "required" if rule.required else _told(rule.default)
    return _row(rule.on_disk, KINDS[rule.kind], unit, default, "; ".join(notes))


def _bounds(low: float | None, high: float | None) -> list[str]:
    if low is None and high is None:
        return []
    if high is None:
        return [f"{low:g} or more"]
    return [f"at most {high:g}" if low is None else f"{low:g} to {high:g}"]


def plain_table(name: str, columns: Iterable[str]) -> str:
    """A table whose columns the code lists by name only."""
    words = _words(name, columns)
    lines = ["| column | unit | meaning |", "| --- | --- | --- |"]
    return "\n".join(
        [*lines, *(f"| `{each}` | {unit} | {text} |" for each, (unit, text) in words.items())]
    )


def case_sections() -> list[str]:
    """One section a CSV table of a case."""
    return [f"### {name}.csv\n\n{plain_table(name, each)}" for name, each in CASE_TABLES.items()]


def demand_sections() -> list[str]:
    """One section a table of a demand model."""
    found = []
    for name, required in DEMAND_TABLES.items():
        told = MEANINGS[f"demand_{name}"]
        absent = sorted(set(required) - set(told))
        if absent:
            raise UntoldError(f"meanings.toml, [demand_{name}]: no words for {', '.join(absent)}.")
        rows = ["| column | unit | must be there | meaning |", "| --- | --- | --- | --- |"]
        for column, (unit, text) in _words(f"demand_{name}", told).items():
            rows.append(f"| `{column}` | {unit} | {'yes' if column in required else ''} | {text} |")
        found.append("\n".join([f"### demand/{name}.csv", "", *rows]))
    return found


def record_table() -> str:
    """What a demand model writes down of itself."""
    rows = ["| file | what | columns |", "| --- | --- | --- |"]
    for name, groups in demand_record.TABLES.items():
        sheet = DEMAND_SHEETS.get(f"demand_{name}")
        columns = ", ".join(f"`{each}`" for each in " ".join(groups).split())
        rows.append(f"| `{name}.csv` | {sheet.title.en if sheet else ''} | {columns} |")
    return "\n".join(rows)


def model_section(name: str, models: tuple[tuple[str, type[BaseModel]], ...]) -> str:
    """One section a TOML file of a case."""
    parts = [f"### {name}"]
    for title, model in models:
        parts += [title] if title else []
        parts.append(model_table(model))
    return "\n\n".join(parts)


def model_table(model: type[BaseModel]) -> str:
    """Keys of a TOML table."""
    schema = model.model_json_schema()
    words = _words(model.__name__, schema["properties"])
    needed = schema.get("required", ())
    rows = [
        _row(
            key,
            _kind(facts),
            words[key][0],
            "required" if key in needed else _told(facts.get("default")),
            "; ".join([words[key][1], *_schema_bounds(facts)]),
        )
        for key, facts in schema["properties"].items()
        if key in words
    ]
    return "\n".join([HEAD[0].replace("column", "key"), HEAD[1], *rows])


def _kind(facts: Mapping[str, Any]) -> str:
    """Words for a type of JSON schema."""
    if "enum" in facts:
        return ", ".join(f"`{each}`" for each in facts["enum"])
    if "anyOf" in facts:
        kinds = (_kind(each) for each in facts["anyOf"] if each.get("type") != "null")
        return " or ".join(dict.fromkeys(kinds))
    words = {"integer": "whole number", "string": "text", "boolean": "true, false"}
    kind = facts.get("type", "table")
    return {"array": "list", "object": "table"}.get(kind, words.get(kind, kind))


def _schema_bounds(facts: Mapping[str, Any]) -> list[str]:
    for each in (facts, *facts.get("anyOf", ())):
        above = each.get("exclusiveMinimum")
        if above is not None and "maximum" not in each:
            return [f"above {above:g}"]
        found = _bounds(each.get("minimum", above), each.get("maximum"))
        if found:
            return found
    return []


def class_table() -> str:
    """Attributes of a matrix."""
    known = [each for each in fields(UserClass) if each.name != "name"]
    words = _words("user_class", [each.name for each in known])
    rows = [
        _row(each.name, "", words[each.name][0], _told(each.default), words[each.name][1])
        for each in known
    ]
    return "\n".join([HEAD[0].replace("column", "attribute"), HEAD[1], *rows])


def sheets() -> str:
    """Sheets of the workbook and how their numbers were made."""
    rows = [
        f"| `{each.name}` | {each.title.en} ({each.title.zh}) | {each.made.en} |"
        for group in (SHEETS, ACCESS_SHEETS, DEMAND_SHEETS, RESILIENCE_SHEETS)
        for each in group.values()
    ]
    return "\n".join(["| sheet | what | how made |", "| --- | --- | --- |", *rows])


def _words(name: str, columns: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Unit and meaning of each column, in the order of the code.

    Raises
    ------
    UntoldError
        If the words are not those of exactly these columns.
    """
    told = dict(MEANINGS.get(name, {}))
    known = list(columns)
    if name == SHARED[0]:  # what both say is told once, in the table of the second
        told = MEANINGS[SHARED[1]] | told
        told = {each: text for each, text in told.items() if each in known}
    if set(told) != set(known):
        missing, spare = sorted(set(known) - set(told)), sorted(set(told) - set(known))
        raise UntoldError(
            f"docs/generators/meanings.toml, [{name}]: no words for {', '.join(missing) or '–'}; "
            f"words for {', '.join(spare) or '–'}, which the code does not have. Correct the file."
        )
    return {each: _split(told[each]) for each in known}


def _split(text: str) -> tuple[str, str]:
    if not text.startswith("["):
        return "", text
    unit, _, rest = text[1:].partition("] ")
    return unit, rest


def _told(value: object) -> str:
    if value is None or value in ("", (), [], {}):
        return ""
    if isinstance(value, float):
        return f"`{value:g}`"
    return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`"


def _row(name: str, kind: str, unit: str, default: str, meaning: str) -> str:
    return f"| `{name}` | {kind} | {unit} | {default} | {meaning} |"


if __name__ == "__main__":
    print(page())
