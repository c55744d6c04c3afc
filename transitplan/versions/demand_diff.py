"""What differs between two demands: totals, trip lengths, trip ends and cells, by user class."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats, geh
from transitplan.errors import ValidationError, listed
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import Network
from transitplan.units import METRES_PER_KM
from transitplan.versions.cells import blank, plain
from transitplan.versions.places import places
from transitplan.versions.telling import shown

COLUMNS = (
    "kind",
    "class",
    "origin",
    "destination",
    "column",
    "old",
    "new",
    "unit",
    "change",
    "relative",
    "geh",
)
CLASS, ZONE, TOTAL, LENGTH, ORIGIN, DESTINATION, CELL = (
    "class",
    "zone",
    "total",
    "trip_length",
    "trips_from",
    "trips_to",
    "cell",
)
TITLES = {
    CLASS: "user classes",
    ZONE: "zones",
    TOTAL: "totals by class",
    LENGTH: "mean trip lengths, straight between zone centroids, trips between zones only",
    ORIGIN: "trips from zones, all classes, largest change first",
    DESTINATION: "trips to zones, all classes, largest change first",
    CELL: "cells, largest change first",
}
UNITS = {
    "value_of_time_cny_per_h": "CNY/h",
    "distance_cost_cny_per_km": "CNY/km",
    "persons_per_vehicle": "persons",
}
TRIPS = "veh/h"
ROUNDING = 1e-9
MOST_CELLS = 1000  # in JSON, which says how many there are


@dataclass(frozen=True, eq=False)
class DemandDiff:
    """Differences of demand b against demand a.

    changes
        kind (class, zone, total, trip_length, trips_from, trips_to, cell), class, origin,
        destination, column, old, new, unit, change (new − old), relative (new / old − 1), geh
        (√(2 (new − old)² / (new + old)), for trips in one hour)
    """

    a: Demand
    b: Demand
    changes: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether nothing differs but the order of zones and classes."""
        return self.changes.empty

    def to_frame(self) -> pd.DataFrame:
        """One row a difference; see ``DemandDiff.changes``."""
        return self.changes.copy()

    def to_json(self, *, cells: int = MOST_CELLS) -> str:
        """Differences as JSON: names and versions, counts, one record each, the largest cells."""
        kinds = self.changes["kind"]
        rows = pd.concat(
            [self.changes[kinds != CELL], self.changes[kinds == CELL].head(cells)]
        ).to_dict("records")
        record = {
            "a": {"name": self.a.name, "version": self.a.version},
            "b": {"name": self.b.name, "version": self.b.version},
            "same": self.same,
            "counts": {kind: n for kind in TITLES if (n := int((kinds == kind).sum()))},
            "changes": [
                {str(key): plain(value) for key, value in row.items() if not blank(value)}
                for row in rows
            ],
        }
        return json.dumps(record, ensure_ascii=False, indent=1)

    def to_text(self, *, most: int = 40) -> str:
        """Differences to be read, at most so many of a kind."""
        if self.same:
            return f"{self.a.name} and {self.b.name} are the same."
        lines = [f"{self.a.name} ({self.a.version}) → {self.b.name} ({self.b.version})"]
        for kind, title in TITLES.items():
            rows = self.changes[self.changes["kind"] == kind]
            if rows.empty:
                continue
            lines += ["", title, *(f"  {_line(row)}" for row in rows.head(most).to_dict("records"))]
            if len(rows) > most:
                lines.append(f"  … and {len(rows) - most} more")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        from html import escape

        return f'<pre class="transitplan">{escape(self.to_text(most=5))}</pre>'

    def __repr__(self) -> str:
        """Return one line: how many of each kind."""
        kinds = self.changes["kind"].value_counts()
        counted = ", ".join(f"{kinds[kind]} {kind}" for kind in TITLES if kind in kinds.index)
        return f"DemandDiff({self.a.name!r} → {self.b.name!r}: {counted or 'the same'})"


def diff_demand(a: Demand, b: Demand, *, network: Network | None = None) -> DemandDiff:
    """Compare two demands, zone by zone and class by class; the order of both does not count.

    A zone or a class that one of them lacks has no trips there.

    Parameters
    ----------
    network
        Gives the places of zones, in metres, for mean trip lengths; without it there are none.
        Lengths are straight lines between zone centroids; trips inside a zone do not count.

    Raises
    ------
    ValidationError
        If zones with trips have no place in the network.

    Examples
    --------
    >>> from transitplan.model.demand import build_demand
    >>> a = build_demand([1, 2], [[0.0, 600.0], [0.0, 0.0]])
    >>> found = diff_demand(a, a.scaled(1.5))
    >>> found.changes.loc[found.changes["kind"] == "total", "change"].tolist()
    [300.0]
    """
    zones = a.zone_ids.append(b.zone_ids[~b.zone_ids.isin(a.zone_ids)])
    names = list(dict.fromkeys(each.name for demand in (a, b) for each in demand.classes))
    old, new = (_aligned(demand, zones, names) for demand in (a, b))
    parts = [_class_rows(a, b), _zone_rows(a, b), _total_rows(names, old, new)]
    if network is not None:
        parts.append(_length_rows(names, old, new, _distances(network, zones, old + new)))
    for kind, axis in ((ORIGIN, 2), (DESTINATION, 1)):
        one, two = (trips.sum(axis=axis).sum(axis=0) for trips in (old, new))
        side = "origin" if kind == ORIGIN else "destination"
        parts.append(_largest(kind, one, two, {side: zones.to_numpy()}))
    parts.append(_cell_rows(names, zones, old, new))
    kept = [part for part in parts if len(part)]
    changes = pd.concat(kept, ignore_index=True) if kept else _frame({}, 0)
    return DemandDiff(a, b, changes)


def _aligned(demand: Demand, zones: "pd.Index[Any]", names: list[str]) -> Floats:
    """Trips by the classes and zones of both demands, (n_classes, n_zones, n_zones)."""
    at = zones.get_indexer(demand.zone_ids)
    trips = np.zeros((len(names), len(zones), len(zones)))
    for each, matrix in zip(demand.classes, demand.trips_vph, strict=True):
        trips[names.index(each.name)][np.ix_(at, at)] = matrix
    return trips


def _frame(columns: Mapping[str, Any], size: int) -> pd.DataFrame:
    filled = {label: columns.get(label) for label in COLUMNS}
    return pd.DataFrame(filled, index=range(size), columns=list(COLUMNS), dtype=object)


def _class_rows(a: Demand, b: Demand) -> pd.DataFrame:
    """Classes that came or went, and values of those that stay."""
    one, two = ({each.name: each for each in demand.classes} for demand in (a, b))
    rows: list[dict[str, Any]] = []
    for name in dict.fromkeys([*one, *two]):
        if name in one and name in two:
            rows += _class_cells(one[name], two[name])
        else:
            rows.append({"class": name, "new" if name in two else "old": name})
    return _frame(_columns(rows, kind=CLASS), len(rows))


def _class_cells(one: UserClass, two: UserClass) -> list[dict[str, Any]]:
    return [
        {
            "class": one.name,
            "column": field.name,
            "old": getattr(one, field.name),
            "new": getattr(two, field.name),
            "unit": UNITS.get(field.name, ""),
        }
        for field in fields(UserClass)
        if getattr(one, field.name) != getattr(two, field.name)
    ]


def _zone_rows(a: Demand, b: Demand) -> pd.DataFrame:
    gone, new = a.zone_ids.difference(b.zone_ids), b.zone_ids.difference(a.zone_ids)
    rows = [{"origin": zone, "old": zone} for zone in gone.tolist()]
    rows += [{"origin": zone, "new": zone} for zone in new.tolist()]
    return _frame(_columns(rows, kind=ZONE), len(rows))


def _columns(rows: list[dict[str, Any]], *, kind: str) -> dict[str, Any]:
    labels = {label for row in rows for label in row}
    return {"kind": kind} | {label: [row.get(label) for row in rows] for label in labels}


def _total_rows(names: list[str], old: Floats, new: Floats) -> pd.DataFrame:
    one, two = (trips.sum(axis=(1, 2)) for trips in (old, new))
    return _numbers(TOTAL, one, two, {"class": np.array(names, dtype=object)})


def _distances(network: Network, zones: "pd.Index[Any]", trips: Floats) -> Floats:
    """Straight lines between zone centroids [m]; 0 inside a zone."""
    import shapely

    points = places(network, "zone", zones.to_numpy())
    used = trips.sum(axis=(0, 2)) + trips.sum(axis=(0, 1)) > 0
    lost = zones[used & pd.isna(points)].tolist()
    if lost:
        raise ValidationError(
            f"diff_demand: {len(lost)} zones with trips have no centroid in network {network.name} "
            f"(zone {listed(lost)}), so their trips have no length. Name the network of this "
            "demand."
        )
    x, y = shapely.get_x(points), shapely.get_y(points)
    away: Floats = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    away[~np.isfinite(away)] = 0.0  # zones without trips
    return away


def _length_rows(names: list[str], old: Floats, new: Floats, away_m: Floats) -> pd.DataFrame:
    between = ~np.eye(len(away_m), dtype=bool)
    means = []
    for trips in (old, new):
        count = (trips * between).sum(axis=(1, 2))
        with np.errstate(invalid="ignore"):
            means.append((trips * away_m).sum(axis=(1, 2)) / count / METRES_PER_KM)
    who = {"class": np.array(names, dtype=object)}
    rows = _numbers(LENGTH, means[0], means[1], who, unit="km")
    return rows.assign(geh=None)


def _largest(kind: str, old: Floats, new: Floats, who: Mapping[str, Any]) -> pd.DataFrame:
    order = np.argsort(-np.abs(new - old), kind="stable")
    return _numbers(
        kind, old[order], new[order], {label: values[order] for label, values in who.items()}
    )


def _cell_rows(names: list[str], zones: "pd.Index[Any]", old: Floats, new: Floats) -> pd.DataFrame:
    k, i, j = np.nonzero(~np.isclose(old, new, rtol=ROUNDING, atol=ROUNDING))
    ids = zones.to_numpy()
    who = {"class": np.array(names, dtype=object)[k], "origin": ids[i], "destination": ids[j]}
    return _largest(CELL, old[k, i, j], new[k, i, j], who)


def _numbers(
    kind: str, old: Floats, new: Floats, who: Mapping[str, Any], *, unit: str = TRIPS
) -> pd.DataFrame:
    """Rows of those numbers that differ, with their change, relative and as GEH."""
    other = ~np.isclose(old, new, rtol=ROUNDING, atol=ROUNDING, equal_nan=True)
    old, new = old[other], new[other]
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(old > 0, new / old - 1.0, np.nan)
    change = {"change": new - old, "relative": relative, "geh": geh(old, new)}
    cells = {"old": old, "new": new, **change}
    named = {label: values[other] for label, values in who.items()}
    written = {label: values.astype(object) for label, values in {**named, **cells}.items()}
    return _frame({"kind": kind, "unit": unit, **written}, int(other.sum()))


def _line(row: Mapping[Any, Any]) -> str:
    """One difference as text."""
    if row["kind"] in {CLASS, ZONE} and blank(row["column"]):
        came = not blank(row["new"])
        return f"{row['new'] if came else row['old']} {'added' if came else 'removed'}"
    ends = [str(row[end]) for end in ("origin", "destination") if not blank(row[end])]
    who = " ".join(str(row[label]) for label in ("class",) if not blank(row[label]))
    named = " ".join(part for part in (who, " → ".join(ends)) if part)
    column = "" if blank(row["column"]) else f" {row['column']}"
    unit = "" if blank(row["unit"]) else f" {row['unit']}"
    sizes = [f"{row['relative']:+.1%}"] if not blank(row["relative"]) else []
    sizes += [f"GEH {row['geh']:.1f}"] if not blank(row["geh"]) else []
    size = f" ({', '.join(sizes)})" if sizes else ""
    return f"{named}:{column} {_number(row['old'])} → {_number(row['new'])}{unit}{size}"


def _number(value: Any) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else shown(value)
