"""The closure calendar of a case: what shuts or narrows its crossings, when and for how long.

``closures.csv`` has one row a cause and kind of crossing (or one crossing):

=================  ===============================================================================
cause_id           ``fog``, ``wind``, ``incident`` …
name, name_zh      of the cause
applies_to         ``all``, ``bridge``, ``expressway_bridge``, ``tunnel``, ``pontoon`` or a
                   crossing_id; of several rows of one cause the narrowest one counts
months             ``all``, or months and ranges: ``11-2``, ``6 7 9-10``
when               ``any`` hour, or ``night`` (eight hours a night)
hours              in a year that has it, with ``hours_low`` and ``hours_high`` [h/year]
share_of_years     how many years have it: ice and floods do not come every year
years_seen         years on record, if any
capacity_left      share of the capacity that stays open, in both directions
group              rows of a cause with the same group happen together (fog shuts all expressway
                   bridges at once); without a group each crossing has its own hours
source, status     where the row comes from
=================  ===============================================================================
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.io.text import read_text_table
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case

MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
NIGHT_HOURS = 8.0  # of 24
CELL_HOURS = MONTH_DAYS[:, None] * np.array([24.0 - NIGHT_HOURS, NIGHT_HOURS])  # month × day, night
HOURS_PER_YEAR = float(CELL_HOURS.sum())

ALL, BRIDGE, EXPRESSWAY_BRIDGE, TUNNEL, PONTOON = KINDS = (
    "all",
    "bridge",
    "expressway_bridge",
    "tunnel",
    "pontoon",
)
_WIDER = {EXPRESSWAY_BRIDGE: (EXPRESSWAY_BRIDGE, BRIDGE, ALL)}  # narrowest first
_WHEN = ("any", "night")
_STATUSES = ("sourced", "derived", "assumed")
_TEXTS = ("cause_id", "name", "name_zh", "applies_to", "months", "when", "source", "status")
_NUMBERS = {  # column: least, most
    "hours": (0.0, HOURS_PER_YEAR),
    "hours_low": (0.0, HOURS_PER_YEAR),
    "hours_high": (0.0, HOURS_PER_YEAR),
    "share_of_years": (0.0, 1.0),
    "capacity_left": (0.0, 1.0),
}
COLUMNS = (*_TEXTS[:6], *_NUMBERS, "years_seen", "group", *_TEXTS[6:])
NIGHT_WORTH, ADDED_MIN = "night_hour_worth", "closure_added_min"
PARAMETERS = (NIGHT_WORTH, ADDED_MIN)  # what a case with a calendar needs


def read_closures(path: Path) -> pd.DataFrame:
    """Read a closure calendar; ``months`` become tuples of numbers from 1 to 12.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ValidationError
        With every problem of the file.
    """
    table = read_text_table(path)
    absent = [name for name in COLUMNS if name not in table]
    if absent:
        raise ValidationError(f"{path}: columns {', '.join(absent)} are missing. Add them.")
    found: list[str] = []

    def tell(rows: Iterable[int], column: str, words: str) -> None:
        lines = ", ".join(str(row + 2) for row in rows)
        if lines:
            found.append(f"{path}, column {column} (line {lines}): {words}")

    for name in _TEXTS:
        tell(_where(table[name] == ""), name, "empty. Fill the cell.")
    for name, (least, most) in _NUMBERS.items():
        values = pd.to_numeric(table[name], errors="coerce")
        wrong = values.isna() | (values < least) | (values > most)
        tell(_where(wrong), name, f"not a number from {least:g} to {most:g}. Correct the cell.")
        table[name] = values
    for name, choices in (("when", _WHEN), ("status", _STATUSES)):
        wrong = ~table[name].isin([*choices, ""])
        tell(_where(wrong), name, f"unknown. Use {' or '.join(choices)}.")
    outside = (table["hours_low"] > table["hours"]) | (table["hours_high"] < table["hours"])
    tell(_where(outside), "hours", "outside hours_low to hours_high. Correct one of them.")
    twice = table.duplicated(["cause_id", "applies_to"])
    tell(_where(twice), "applies_to", "stands twice for its cause. Keep one row.")
    table["months"] = [_months(text) for text in table["months"]]
    no_months = np.array([not months for months in table["months"]], dtype=bool)
    tell(_where(no_months), "months", "not months. Write all, 6-10, or 11-2.")
    years = table["years_seen"].str.fullmatch(r"(\d{4}([ ;,]+\d{4})*)?")
    tell(_where(~years), "years_seen", "not years. Write 2008;2011.")
    rows = table[["months", "when"]].to_dict("records")
    room = [float(CELL_HOURS[_cells(row["months"], row["when"])].sum()) for row in rows]
    full = (table["hours_high"] > room) & ~no_months
    tell(_where(full), "hours_high", "more hours than its months have. Correct one of them.")
    if found:
        raise ValidationError(found)
    return table[list(COLUMNS)]


def no_closures() -> pd.DataFrame:
    """Return a calendar without rows: nothing ever shuts."""
    return pd.DataFrame(columns=list(COLUMNS))


def closure_problems(case: Case) -> list[str]:
    """Problems between the calendar, the crossings and the parameters of a case, as text."""
    found: list[str] = []
    clusters = set(case.network.clusters["cluster_id"])
    found += [
        f"{case.folder}/case.toml, stress_to: {each!r} is not in cluster.csv."
        for each in case.stress_to
        if each not in clusters
    ]
    if case.closures.empty:
        return found
    sites = {site.crossing_id for site in case.sites}
    known = {*KINDS, *sites, *case.network.crossings["crossing_id"]}
    unknown = sorted(set(case.closures["applies_to"]) - known)
    found += [
        f"{case.folder}: closure calendar: {each!r} is no crossing and no kind of them. Use a "
        f"crossing_id, {', '.join(KINDS[:-1])} or {KINDS[-1]}."
        for each in unknown
    ]
    given = set(case.parameters["parameter_id"])
    return found + [
        f"{case.folder}: parameter table: no row {name}, which the closure calendar needs. Add it "
        "with value, unit, low, high, source and status."
        for name in PARAMETERS
        if name not in given
    ]


def crossing_kinds(case: Case, network: Network, built: Iterable[str] = ()) -> dict[str, str]:
    """Kind of each crossing that the network has links of, in the order of the river.

    Parameters
    ----------
    built
        Options built in this network: their forms say what their crossings are.
    """
    links = network.links[network.links["crossing_id"] != ""]
    crossings = network.crossings.set_index("crossing_id")
    found = {}
    for crossing, own in links.groupby("crossing_id"):
        kind = BRIDGE
        if (own["structure"] == "tunnel").any():
            kind = TUNNEL
        elif crossings["form"].get(crossing) == PONTOON:
            kind = PONTOON
        elif (own["facility_type"] == "expressway").any():
            kind = EXPRESSWAY_BRIDGE
        found[str(crossing)] = kind
    for option in built:
        if option != NONE:
            site, form = case.find(option)
            if form.form in (BRIDGE, TUNNEL, PONTOON):
                found[site.crossing_id] = form.form
    place = crossings["river_km"].to_dict()
    return dict(sorted(found.items(), key=lambda each: (_number(place.get(each[0])), each[0])))


def crossing_closures(calendar: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Rows of the calendar that each crossing has, the narrowest one of each cause.

    Returns
    -------
    DataFrame
        crossing_id, kind, and the columns of the calendar, with ``hours``, ``hours_low`` and
        ``hours_high`` as expected a year, over years with and without the cause [h/year].
    """
    parts = []
    if calendar.empty:
        calendar = no_closures()
    for crossing, kind in kinds.items():
        order = [crossing, *_WIDER.get(kind, (kind, ALL))]
        own = calendar[calendar["applies_to"].isin(order)]
        rank = own["applies_to"].map(order.index)
        own = own.loc[rank.sort_values(kind="stable").index].drop_duplicates("cause_id")
        parts.append(own.sort_index().assign(crossing_id=crossing, kind=kind))
    if not parts:
        parts = [calendar.assign(crossing_id="", kind="").iloc[:0]]
    table = pd.concat(parts, ignore_index=True)
    for name in ("hours", "hours_low", "hours_high"):
        table[name] = (table[name] * table["share_of_years"]).astype(float)
    first = ["crossing_id", "kind"]
    return table[[*first, *(name for name in table.columns if name not in first)]]


def hours_by_month(row: Mapping[Any, Any]) -> Floats:
    """Expected hours of a row of ``crossing_closures`` in each month, (12,) [h]."""
    return np.asarray((CELL_HOURS * share_of_hours(row)).sum(axis=1))


def share_of_hours(row: Mapping[Any, Any]) -> Floats:
    """Chance that a row of ``crossing_closures`` holds, (12, 2): by month, day and night."""
    cells = _cells(row["months"], row["when"])
    return np.asarray(cells * row["hours"] / CELL_HOURS[cells].sum())


def availability_check(
    network: Network, closures: pd.DataFrame, own: Mapping[str, float]
) -> pd.DataFrame:
    """Hours that the calendar shuts each crossing against its stated availability.

    A closure that leaves a share of the capacity counts for the share that it takes.

    Parameters
    ----------
    closures
        From ``crossing_closures``.
    own
        Availability of crossings that the crossing table has none of: those of forms.

    Returns
    -------
    DataFrame
        crossing_id, kind, availability, stated_hours, calendar_hours, calendar_low,
        calendar_high (all a year), agrees (the stated hours lie in the range of the calendar).
    """
    stated = network.crossings.set_index("crossing_id")["availability"].to_dict() | dict(own)
    rows = []
    for (crossing, kind), part in closures.groupby(["crossing_id", "kind"], sort=False):
        taken = 1.0 - part["capacity_left"]
        low, middle, high = (
            float((part[name] * taken).sum()) for name in ("hours_low", "hours", "hours_high")
        )
        share = _number(stated.get(crossing))
        hours = (1.0 - share) * HOURS_PER_YEAR if np.isfinite(share) else np.nan
        agrees = bool(np.isnan(hours) or low <= hours <= high)
        known = share if np.isfinite(share) else np.nan
        rows.append((crossing, kind, known, hours, middle, low, high, agrees))
    return pd.DataFrame(
        rows,
        columns=[
            "crossing_id",
            "kind",
            "availability",
            "stated_hours",
            "calendar_hours",
            "calendar_low",
            "calendar_high",
            "agrees",
        ],
    )


def _months(text: str) -> tuple[int, ...]:
    """Months of a cell, sorted; none where it does not say months."""
    if text == ALL:
        return tuple(range(1, 13))
    found: set[int] = set()
    for part in re.split(r"[ ;,]+", text.strip()):
        match = re.fullmatch(r"(\d{1,2})(?:-(\d{1,2}))?", part)
        if match is None:
            return ()
        first, last = int(match[1]), int(match[2] or match[1])
        if not (1 <= first <= 12 and 1 <= last <= 12):  # noqa: PLR2004  months
            return ()
        found |= {(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)}
    return tuple(sorted(found))


def _cells(months: Iterable[int], when: str) -> Any:
    """Cells of month and time of day that a row covers, (12, 2)."""
    cells = np.zeros(CELL_HOURS.shape, dtype=bool)
    cells[[month - 1 for month in months]] = (when != "night", True)
    return cells


def _where(rows: Any) -> list[int]:
    return [int(row) for row in np.flatnonzero(np.asarray(rows, dtype=bool))]


def _number(value: Any) -> float:
    """Return a number, inf where there is none, so that it sorts last."""
    return float(value) if value is not None and np.isfinite(float(value)) else np.inf
