"""The policy board: every requirement of a plan, its value by year, its target, and whether met.

Requirements are rows of a case's ``policy.csv``; each names a measure of ``policy_measures`` and
its arguments, or none, and then says why it is not computed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.appraisal.policy_facts import Facts, RoadHour, place_minutes, road_hour
from transitplan.appraisal.policy_measures import (
    CIRCLE_MINUTES,
    CLUSTERS,
    MEASURES,
    MODES,
    NEEDED,
    Answer,
    Arguments,
)
from transitplan.errors import ValidationError, no_file
from transitplan.io.text import read_text_table
from transitplan.scenario.case import Case
from transitplan.scenario.run import Runner
from transitplan.scenario.variants import Variant

FILE = "policy.csv"
COLUMNS = (
    "requirement",
    "part",
    "name",
    "name_zh",
    "measure",
    "arguments",
    "unit",
    "sense",
    "target",
    "year",
    "target_status",
    "source",
    "why",
    "why_zh",
)
AT_MOST, AT_LEAST, REPORT = "at most", "at least", "report"
SENSES = (AT_MOST, AT_LEAST, REPORT, "")
STATUSES = ("stated", "plan", "proposal", "")
_PLACES = ("from", "to")
ROUNDING = 1e-9  # of a target


@dataclass(frozen=True, eq=False)
class PolicyBoard:
    """Requirements and what was found.

    values
        One row a requirement and year: ``requirement``, ``part``, ``name``, ``name_zh``, ``year``,
        ``value`` (empty where there is none), ``unit``, ``sense``, ``target``, ``target_year``,
        ``target_status`` (stated, plan, proposal), ``met`` (yes, no, or empty where nothing is
        asked or known), ``detail``, ``detail_zh``, ``measure``, ``arguments``, ``source``, ``how``.
    not_computed
        Requirements without a measure, and why.
    """

    values: pd.DataFrame
    not_computed: pd.DataFrame


def policy_board(case: Case, runner: Runner, *, closures: bool = True) -> PolicyBoard:
    """Compute every requirement of a case's ``policy.csv`` in every year.

    Parameters
    ----------
    closures
        Also solve the year with each open crossing shut, for requirements that ask for it.

    Raises
    ------
    NotFoundError
        If the case has no ``policy.csv``.
    ValidationError
        With every problem of the file.
    """
    rows = read_policy(case)
    taken = runner.take([Variant(year) for year in case.years], road_hour)
    hours = {variant.year: hour for variant, hour in taken.items()}
    shut = closures_by_year(rows, runner, hours) if closures else {}
    return filled_board(
        rows, [Facts(case, year, hour, shut.get(year)) for year, hour in hours.items()]
    )


def filled_board(rows: pd.DataFrame, facts: Iterable[Facts]) -> PolicyBoard:
    """Hold requirements (``read_policy``) against years that were solved already."""
    computed = rows[rows["measure"] != ""].to_dict("records")
    return PolicyBoard(
        values=pd.DataFrame([_row(year, row) for year in facts for row in computed]),
        not_computed=rows.loc[
            rows["measure"] == "",
            ["requirement", "part", "name", "name_zh", "source", "why", "why_zh"],
        ].reset_index(drop=True),
    )


def closures_by_year(
    rows: pd.DataFrame, runner: Runner, hours: Mapping[int, RoadHour]
) -> dict[int, Mapping[str, pd.DataFrame]]:
    """Solve each year with each open crossing shut, where a requirement asks for it."""
    if not (rows["measure"] == "closure_minutes").any():
        return {}
    return {year: _closures(runner, year, hour) for year, hour in hours.items()}


def _closures(runner: Runner, year: int, hour: RoadHour) -> Mapping[str, pd.DataFrame]:
    """Minutes between places with each crossing shut."""
    links = hour.network.links
    crossings = [each for each in links["crossing_id"].unique() if each]
    variants = {each: Variant(year, closed=(each,)) for each in crossings}
    found = runner.take(variants.values(), place_minutes)
    return {each: found[variant] for each, variant in variants.items()}


def _row(facts: Facts, row: Mapping[Any, Any]) -> dict[str, object]:
    answer = MEASURES[str(row["measure"])](facts, parsed(str(row["arguments"])))
    return {
        "requirement": row["requirement"],
        "part": row["part"],
        "name": row["name"],
        "name_zh": row["name_zh"],
        "year": facts.year,
        "value": np.nan if answer.value is None else answer.value,
        "unit": row["unit"],
        "sense": row["sense"],
        "target": row["target"],
        "target_year": row["year"],
        "target_status": row["target_status"],
        "met": met(answer, str(row["sense"]), float(str(row["target"]))),
        "detail": answer.detail,
        "detail_zh": answer.detail_zh,
        "measure": row["measure"],
        "arguments": row["arguments"],
        "source": row["source"],
        "how": " ".join(str(MEASURES[str(row["measure"])].__doc__).split()),
        "why": row["why"],
        "why_zh": row["why_zh"],
    }


def met(answer: Answer, sense: str, target: float) -> str:
    """Say yes or no, or nothing where nothing is asked or known."""
    if answer.value is None or sense in (REPORT, "") or np.isnan(target) or np.isnan(answer.value):
        return ""
    over = answer.value - target if sense == AT_MOST else target - answer.value
    return "yes" if over <= ROUNDING * abs(target) else "no"


def parsed(text: str) -> Arguments:
    """Read ``mode=car;to=N07`` as names and values."""
    pairs = (each.partition("=") for each in text.split(";") if each.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def has_policy(case: Case) -> bool:
    """Whether a case writes requirements down."""
    return (case.folder / FILE).is_file()


def read_policy(case: Case) -> pd.DataFrame:
    """Read and check the requirements of a case; numbers as floats, NaN where empty.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        With every problem, each with its line.
    """
    path = case.folder / FILE
    if not has_policy(case):
        raise no_file(path, "docs/policy.md shows how to write requirements as rows.")
    rows = read_text_table(path)
    absent = [name for name in COLUMNS if name not in rows.columns]
    if absent:
        raise ValidationError(
            f"{path}: columns {', '.join(absent)} are missing. docs/policy.md says what they hold."
        )
    found = [
        f"{path}, line {line}: {text}"
        for line, row in enumerate(rows.to_dict("records"), start=2)
        for text in _problems(case, row)
    ]
    if found:
        raise ValidationError(found)
    numbers = {name: pd.to_numeric(rows[name], errors="coerce") for name in ("target", "year")}
    return rows.assign(**numbers)


def _problems(case: Case, row: Mapping[Any, str]) -> list[str]:
    """Problems of one requirement, as text."""
    found = []
    if not row["requirement"] or not row["name"]:
        found.append("requirement and name must be filled.")
    for name, known in (("sense", SENSES), ("target_status", STATUSES)):
        if row[name] not in known:
            found.append(f"{name} {row[name]!r}: use {', '.join(filter(None, known))}.")
    found += [
        f"{name} {row[name]!r} is not a number." for name in ("target", "year") if _odd(row[name])
    ]
    if not row["measure"]:
        return found if row["why"] else [*found, "without a measure, say why not in column why."]
    if row["measure"] not in MEASURES:
        return [*found, f"measure {row['measure']!r}: use {', '.join(sorted(MEASURES))}."]
    if row["sense"] in (AT_MOST, AT_LEAST) and not row["target"]:
        found.append(f"sense {row['sense']!r} needs a target.")
    places = set(case.network.clusters["cluster_id"]) | {CLUSTERS}
    arguments = parsed(row["arguments"])
    found += _missing(row["measure"], arguments)
    found += [
        f"arguments, {name}: {place!r} is no cluster or hub of the case."
        for name in _PLACES
        for place in arguments.get(name, "").split()
        if place not in places
    ]
    return found


def _missing(measure: str, arguments: Arguments) -> list[str]:
    """Arguments that a measure needs and has not, or has with a value that is none."""
    needed = NEEDED.get(measure, ())
    found = [
        f"arguments: {measure} needs {name}; write {name}=…."
        for name in needed
        if not arguments.get(name)
    ]
    found += [
        f"arguments, {name}: {arguments[name]!r} is no number."
        for name in ("minutes", "within_m", "km_from", "km_to", "after")
        if arguments.get(name) and _odd(arguments[name])
    ]
    for name, known in (
        ("mode", MODES),
        *([("minutes", CIRCLE_MINUTES)] if measure == "life_circle" else []),
    ):
        if name in arguments and arguments[name] not in known:
            found.append(f"arguments, {name}: {arguments[name]!r}: use {', '.join(known)}.")
    ends = [arguments.get(end, "") for end in _PLACES]
    if ends[0] and ends[0] == ends[1] and ends[0] != CLUSTERS and " " not in ends[0]:
        found.append(f"arguments: from and to are both {ends[0]}, which leaves no pair.")
    return found


def _odd(text: str) -> bool:
    try:
        float(text or 0)
    except ValueError:
        return True
    return False
