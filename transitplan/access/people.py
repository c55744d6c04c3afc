"""Where people live inside zones, when only the zones' numbers are known."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.units import METRES_PER_KM

# Residents per km² of built-up land by kind of zone: planning values, assumed. GB 50137-2011 plans
# new towns with 85 to 105 m² of urban land a head, 9,500 to 11,800 residents a km².
DENSITY_PER_KM2: Mapping[str, float] = {"urban": 10_000.0, "town": 8_000.0, "rural": 3_000.0}
CELL_M = 250.0


def people_points(
    network: Network,
    *,
    density_per_km2: Mapping[str, float] = DENSITY_PER_KM2,
    cell_m: float = CELL_M,
) -> pd.DataFrame:
    """Spread the people of each zone over the cells around its centroid.

    A zone fills the cells of a square grid that lie nearer to its centroid than to any other, the
    nearest first, each with as many people as its density lets in; where they are too few for all
    people, all of them take more. An assumption, until somebody brings a map of buildings.

    Parameters
    ----------
    density_per_km2
        Residents per km² by ``zone_kind``; zones of other kinds live as in ``urban``.

    Returns
    -------
    DataFrame
        One row a cell with people: ``zone_id``, ``super_zone``, ``x_m``, ``y_m``, ``people``.

    Raises
    ------
    ValidationError
        If a density or the cell is not above 0, or a zone with people has no centroid.
    """
    _check(density_per_km2, cell_m)
    from scipy.spatial import cKDTree

    zones = _placed(network)
    lived = zones[zones["population"] > 0]
    if lived.empty:
        return pd.DataFrame(columns=["zone_id", "super_zone", "x_m", "y_m", "people"])
    tree = cKDTree(zones[["x_m", "y_m"]].to_numpy())
    parts = []
    for place, row in zip(zones.index.get_indexer(lived.index), _rows(lived), strict=True):
        kind = row.zone_kind if row.zone_kind in density_per_km2 else "urban"
        a_cell = density_per_km2[kind] * (cell_m / METRES_PER_KM) ** 2
        wanted = int(np.ceil(row.population / a_cell))
        x, y = _cells(row.x_m, row.y_m, wanted, cell_m)
        own = tree.query(np.column_stack([x, y]))[1] == place
        x, y = (x[own][:wanted], y[own][:wanted]) if own.any() else (x[:1], y[:1])
        people = np.minimum(a_cell, row.population - a_cell * np.arange(len(x)))
        parts.append(np.array([x, y, people * (row.population / people.sum())]))
    x, y, people = np.concatenate(parts, axis=1)
    of = lived[["super_zone"]].rename_axis("zone_id").reset_index()
    cells = of.loc[np.repeat(np.arange(len(lived)), [part.shape[1] for part in parts])]
    return cells.assign(x_m=x, y_m=y, people=people).reset_index(drop=True)


def _rows(frame: pd.DataFrame) -> Iterator[Any]:
    return frame.itertuples()


def _cells(x_m: float, y_m: float, wanted: int, cell_m: float) -> tuple[Floats, Floats]:
    """Middles of cells around a point, the nearest first; four times as many as are wanted."""
    radius = int(np.ceil(np.sqrt(4.0 * wanted / np.pi))) + 1
    steps = np.arange(-radius, radius + 1)
    dx, dy = (each.ravel().astype(float) * cell_m for each in np.meshgrid(steps, steps))
    order = np.lexsort((dx, dy, dx * dx + dy * dy))
    return np.asarray(x_m + dx[order]), np.asarray(y_m + dy[order])


def _placed(network: Network) -> pd.DataFrame:
    """Zones with the place of their centroid, indexed by zone id."""
    nodes = network.nodes
    centroids = nodes[nodes["zone_id"].notna()].drop_duplicates("zone_id").set_index("zone_id")
    zones = network.zones.set_index("zone_id")
    zones = zones.join(centroids[["x_m", "y_m"]])
    lost = zones.index[zones["x_m"].isna() & (zones["population"] > 0)]
    if len(lost):
        raise ValidationError(
            f"zone.csv: {len(lost)} zones with people have no centroid node "
            f"({', '.join(map(str, lost[:5]))}). Give a node their zone_id."
        )
    return zones[zones["x_m"].notna()]


def _check(density_per_km2: Mapping[str, float], cell_m: float) -> None:
    found = [
        f"density_per_km2: {kind} is {value!r}; give a number above 0."
        for kind, value in density_per_km2.items()
        if not value > 0
    ]
    if "urban" not in density_per_km2:
        found.append("density_per_km2: urban is missing; other kinds fall back on it.")
    if not cell_m > 0:
        found.append(f"cell_m is {cell_m!r}; give a length above 0.")
    if found:
        raise ValidationError(found)
