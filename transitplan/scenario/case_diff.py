"""What differs between two cases: settings, networks and demands, parameters, sites, tables."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from transitplan.scenario.case import Case, option_id
from transitplan.versions.cells import blank, only_in_one, plain
from transitplan.versions.demand_diff import DemandDiff, diff_demand
from transitplan.versions.diff import NetworkDiff, diff
from transitplan.versions.telling import shown

COLUMNS = ("part", "id", "name", "column", "old", "new", "unit", "relative")
YEAR, PARAMETER, SITE, OPTION, TABLE = "year", "parameter", "site", "option", "table"
SETTING = "setting"
TITLES = {
    SETTING: "settings of the case",
    YEAR: "years",
    PARAMETER: "parameters",
    SITE: "sites",
    OPTION: "forms of crossings",
    TABLE: "rows of other tables that only one has",
}
COMPARED = ("value", "low", "high", "unit", "source", "status")  # of parameters
TABLES = ("growth", "counts", "drives", "risks", "tolls", "closures", "places")


@dataclass(frozen=True, eq=False)
class CaseDiff:
    """Differences of case b against case a.

    Attributes
    ----------
    changes
        part (setting, year, parameter, site, option, table), id, name, column, old, new, unit,
        relative
    networks, demands
        Differences of the years that both cases have.
    """

    a: Case
    b: Case
    changes: pd.DataFrame
    networks: Mapping[int, NetworkDiff]
    demands: Mapping[int, DemandDiff]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return self.changes.empty and all(found.same for _, found in self._years())

    def to_frame(self) -> pd.DataFrame:
        """One row a difference; ``part`` says of what, years first in those of networks."""
        parts = [self.changes]
        for label, found in self._years():
            frame = found.to_frame()
            frame.insert(0, "part", label)
            parts.append(frame)
        kept = [part for part in parts if len(part)]
        return pd.concat(kept, ignore_index=True) if kept else self.changes.copy()

    def to_json(self) -> str:
        """Differences as JSON: those of the case, and of the network and demand of each year."""
        record = {
            "a": self.a.name,
            "b": self.b.name,
            "same": self.same,
            "changes": [
                {str(key): plain(value) for key, value in row.items() if not blank(value)}
                for row in self.changes.to_dict("records")
            ],
            "networks": {year: json.loads(each.to_json()) for year, each in self.networks.items()},
            "demands": {year: json.loads(each.to_json()) for year, each in self.demands.items()},
        }
        return json.dumps(record, ensure_ascii=False, indent=1)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from html import escape

        return f'<pre class="transitplan">{escape(self.to_text(most=5))}</pre>'

    def to_text(self, *, most: int = 40) -> str:
        """Differences to be read, at most so many of a kind."""
        if self.same:
            return f"{self.a.name} and {self.b.name} are the same."
        lines = [f"{self.a.name} ({self.a.folder}) → {self.b.name} ({self.b.folder})"]
        for part, title in TITLES.items():
            rows = self.changes[self.changes["part"] == part].to_dict("records")
            if rows:
                lines += ["", title, *(f"  {_line(row)}" for row in rows[:most])]
                lines += [f"  … and {len(rows) - most} more"] if len(rows) > most else []
        for label, found in self._years():
            if not found.same:
                lines += ["", f"== {label} ==", found.to_text(most=most)]
        return "\n".join(lines)

    def _years(self) -> Iterator[tuple[str, NetworkDiff | DemandDiff]]:
        for year, found in self.networks.items():
            yield f"network {year}", found
            yield f"demand {year}", self.demands[year]


def diff_cases(a: Case, b: Case) -> CaseDiff:
    """Compare two cases, their files and the roads and trips of each year; not their names.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> diff_cases(case, case).same
    True
    """
    years = [year for year in a.years if year in b.years]
    networks = {year: diff(a.version(year).network, b.version(year).network) for year in years}
    demands = {
        year: diff_demand(a.demand(year), b.demand(year), network=networks[year].b)
        for year in years
    }
    rows = [
        *_apart(SETTING, {"case": _settings(a)}, {"case": _settings(b)}),
        *_apart(YEAR, {year: {} for year in a.years}, {year: {} for year in b.years}),
        *_apart(PARAMETER, _parameters(a), _parameters(b)),
        *_apart(SITE, _sites(a), _sites(b)),
        *_apart(OPTION, _options(a), _options(b)),
        *_tables(a, b),
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return CaseDiff(a, b, frame, networks, demands)


def _settings(case: Case) -> dict[str, str]:
    """Entries of the case's own file, as text: years are no quantities."""
    return {
        "base_year": str(case.base_year),
        "preset": case.preset,
        "isochrones_from": case.isochrones_from,
        "stress_to": ", ".join(case.stress_to),
    }


def _parameters(case: Case) -> dict[str, dict[str, Any]]:
    rows = case.parameters
    kept = rows[["name", *(label for label in COMPARED if label in rows)]]
    return dict(zip(rows["parameter_id"], kept.to_dict("records"), strict=True))


def _sites(case: Case) -> dict[str, dict[str, Any]]:
    return {
        site.site_id: dict(_flat(site.model_dump(mode="json", exclude={"forms"})))
        for site in case.sites
    }


def _options(case: Case) -> dict[str, dict[str, Any]]:
    return {
        option_id(site, form): dict(_flat(form.model_dump(mode="json")))
        for site in case.sites
        for form in site.forms
    }


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Leaves of nested tables and lists by the path to them: ``costs.0.amount``."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in pairs:
            yield from _flat(each, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def _apart(
    part: str, one: Mapping[Any, Mapping[str, Any]], two: Mapping[Any, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Rows that came or went, and cells of those that stay."""
    for key in dict.fromkeys([*one, *two]):
        name = (two.get(key) or one.get(key) or {}).get("name", "")
        row = {"part": part, "id": key, "name": name}
        if key not in one or key not in two:
            yield {**row, "new" if key in two else "old": key}
            continue
        for column in dict.fromkeys([*one[key], *two[key]]):
            old, new = one[key].get(column), two[key].get(column)
            if old != new and not (blank(old) and blank(new)):
                unit = two[key].get("unit", "") if column in {"value", "low", "high"} else ""
                cells = {"column": column, "old": old, "new": new, "unit": unit}
                yield {**row, **cells, "relative": _relative(old, new)}


def _relative(old: Any, new: Any) -> float | None:
    numbers = all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in (old, new)
    )
    return float(new) / float(old) - 1.0 if numbers and old else None


def _tables(a: Case, b: Case) -> Iterator[dict[str, Any]]:
    pairs = {name: (getattr(a, name), getattr(b, name)) for name in TABLES}
    pairs["ground"] = _ground(a), _ground(b)
    for name, (one, two) in pairs.items():
        old, new = only_in_one(one, two)
        if old or new:
            yield {"part": TABLE, "id": name, "old": old, "new": new}


def _ground(case: Case) -> pd.DataFrame:
    """Features of the ground, and what else its file says, as one text a row."""
    others = {key: value for key, value in case.ground.items() if key != "features"}
    parts = [*case.ground.get("features", []), others]
    return pd.DataFrame({"text": [json.dumps(each, sort_keys=True) for each in parts]})


def _line(row: Mapping[Any, Any]) -> str:
    named = f"{row['id']} {row['name']}".strip() if not blank(row["name"]) else str(row["id"])
    if blank(row["column"]) and row["part"] != TABLE:
        return f"{named} {'removed' if blank(row['new']) else 'added'}"
    column = "" if blank(row["column"]) else f" {row['column']}"
    unit = "" if blank(row["unit"]) else f" {row['unit']}"
    relative = "" if blank(row["relative"]) else f" ({row['relative']:+.1%})"
    return f"{named}:{column} {shown(row['old'])} → {shown(row['new'])}{unit}{relative}"
