"""Zones of a later year: attributes times factors of their group, low, central or high."""

from typing import Any, Literal

import numpy as np
import pandas as pd

from transitplan.demand.columns import Columns
from transitplan.errors import ValidationError

Scenario = Literal["low", "central", "high"]
SCENARIOS = ("low", "central", "high")
COLUMNS = ("group", "year", "attribute", *SCENARIOS)
REST = "rest"


def grow(
    zones: pd.DataFrame,
    growth: pd.DataFrame,
    year: int,
    *,
    scenario: Scenario = "central",
    group: str = "super_zone",
) -> pd.DataFrame:
    """Return the zones of a later year.

    Parameters
    ----------
    zones
        One row a zone; attributes are its numeric columns.
    growth
        One row a group, year and attribute: group, year, attribute, low, central, high (factors on
        the base year, rising). Zones whose group has no row take that of the group ``rest``;
        attributes without a row stay.
    group
        Column of the zones that names their group.

    Raises
    ------
    ValidationError
        With every problem of the growth table.

    Examples
    --------
    >>> zones = pd.DataFrame({"zone_id": [1, 2], "super_zone": ["C1", ""], "jobs": [100.0, 40.0]})
    >>> growth = pd.DataFrame({"group": ["C1", "rest"], "year": 2035, "attribute": "jobs"})
    >>> growth = growth.assign(low=[1.2, 1.0], central=[1.5, 1.1], high=[2.0, 1.2])
    >>> grow(zones, growth, 2035)["jobs"].tolist()
    [150.0, 44.0]
    """
    rows = _checked(zones, growth, year, scenario, group)
    now = rows.numbers("year") == year
    factor = rows.numbers(scenario)
    names, attributes = rows.text("group"), rows.text("attribute")
    grown = zones.copy()
    for attribute in dict.fromkeys(attributes[now]):
        mine = now & (attributes == attribute).to_numpy()
        by_group = dict(zip(names[mine], factor[mine], strict=True))
        others = by_group.get(REST, 1.0)
        factors = zones[group].astype(str).map(by_group).fillna(others).to_numpy(dtype=float)
        grown[attribute] = zones[attribute].to_numpy(dtype=float) * factors
    return grown


def _checked(
    zones: pd.DataFrame, growth: pd.DataFrame, year: int, scenario: str, group: str
) -> Columns:
    rows = Columns(growth, "growth", COLUMNS)
    years = rows.numbers("year", filled=True)
    low, central, high = (rows.numbers(name, filled=True) for name in SCENARIOS)
    with np.errstate(invalid="ignore"):
        rows.note((low > central) | (central > high), "central", "is not between low and high")
    numeric = [str(name) for name in zones.select_dtypes("number").columns if name != "zone_id"]
    rows.choices("attribute", numeric)
    known = {str(name) for name in zones.get(group, pd.Series(dtype=object))} | {REST}
    rows.choices("group", sorted(known))
    key = pd.DataFrame({name: rows.text(name) for name in COLUMNS[:3]})
    rows.note(key.duplicated().to_numpy(), "group", "repeats a group, year and attribute")
    found: list[Any] = list(rows.found)
    if scenario not in SCENARIOS:
        found.append(f"scenario: {scenario!r} is none of {', '.join(SCENARIOS)}.")
    if group not in zones.columns:
        found.append(f"zones: no column {group!r} to group them by. Add it.")
    if not (years == year).any():
        told = ", ".join(f"{each:g}" for each in sorted(set(years[np.isfinite(years)])))
        found.append(f"{rows.what}: no rows for {year}; it has {told}. Add them.")
    if found:
        raise ValidationError(found)
    return rows
