"""Life circles: who has schools, clinics, shops and stops within a short walk."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.errors import ValidationError

DETOUR = 1.3  # way on foot over the straight line, a planning value


@dataclass(frozen=True)
class Circle:
    """A life circle: so many minutes, so many metres on foot, and what must be in it."""

    minutes: int
    walk_m: float
    kinds: tuple[str, ...]


# Walking distances and contents after GB 50180-2018, Standard for urban residential area planning
# and design, sections 2.0.2 to 2.0.4 and annex B, reduced to four kinds of places.
CIRCLES = (
    Circle(5, 300.0, ("shop",)),
    Circle(10, 500.0, ("shop", "stop", "primary_school")),
    Circle(15, 1000.0, ("shop", "stop", "primary_school", "clinic")),
)


def walk_to_nearest(
    people: pd.DataFrame,
    places: pd.DataFrame,
    *,
    detour: float = DETOUR,
    barrier: Any = None,
    within_m: float = 5000.0,
) -> pd.DataFrame:
    """Metres on foot from where people live to the nearest place of each kind; inf beyond.

    Straight lines times a detour factor, and no way where the line crosses the barrier: nobody
    walks over a river for a school.

    Parameters
    ----------
    people
        ``x_m``, ``y_m`` a row (see ``people_points``).
    places
        ``kind``, ``x_m``, ``y_m`` a row.
    barrier
        A shapely line or area that is not crossed on foot.
    within_m
        How far is looked.

    Returns
    -------
    DataFrame
        One column a kind in order of name, rows as in ``people`` [m].
    """
    if not detour >= 1.0:
        raise ValidationError(f"walk_to_nearest: detour is {detour!r}; give 1 or more.")
    at = people[["x_m", "y_m"]].to_numpy(dtype=float)
    far: dict[Any, Floats] = {}
    for kind, rows in places.groupby("kind"):
        there = rows[["x_m", "y_m"]].to_numpy(dtype=float)
        far[kind] = detour * _nearest(at, there, within_m / detour, barrier)
    return pd.DataFrame(far, index=people.index)


def _nearest(at: Floats, there: Floats, within_m: float, barrier: Any) -> Floats:
    """Straight distance to the nearest place that no barrier hides, inf where there is none."""
    import shapely
    from scipy.spatial import cKDTree

    found = np.full(len(at), np.inf)
    todo = np.arange(len(at))
    tree, k = cKDTree(there), 1
    while len(todo):
        answer = tree.query(at[todo], k=[k], distance_upper_bound=within_m)
        far, which = (np.asarray(each)[:, 0] for each in answer)
        seen = np.isfinite(far)
        todo, far, which = todo[seen], far[seen], which[seen]
        if barrier is None:
            hidden = np.zeros(len(todo), dtype=bool)
        else:
            ways = shapely.linestrings(np.stack([at[todo], there[which]], axis=1))
            hidden = shapely.intersects(ways, barrier)
        found[todo[~hidden]] = far[~hidden]
        todo, k = todo[hidden], k + 1
    return found


def served(
    people: pd.DataFrame, walk_m: pd.DataFrame, *, circles: Sequence[Circle] = CIRCLES
) -> pd.DataFrame:
    """Share of people who have each kind of place, and all of them, within each circle.

    Parameters
    ----------
    people
        ``super_zone`` and ``people`` a row.
    walk_m
        What ``walk_to_nearest`` gave for the same rows [m]; a kind without a place is not reached.

    Returns
    -------
    DataFrame
        ``super_zone`` (empty: all), ``circle_min``, ``kind`` (``all``: every kind of the circle),
        ``people_served``, ``people``, ``share``.
    """
    heads = people["people"].to_numpy(dtype=float)
    areas = people["super_zone"].fillna("").to_numpy()
    inside = {"": np.ones(len(people), dtype=bool)}
    inside |= {area: areas == area for area in sorted(set(areas) - {""})}
    rows = []
    for circle in circles:
        near = {kind: _within(walk_m, kind, circle.walk_m) for kind in circle.kinds}
        near["all"] = np.logical_and.reduce(list(near.values()))
        rows += [
            (area, circle.minutes, kind, heads[mine & has].sum(), heads[mine].sum())
            for kind, has in near.items()
            for area, mine in inside.items()
        ]
    found = pd.DataFrame(
        rows, columns=["super_zone", "circle_min", "kind", "people_served", "people"]
    )
    return found.assign(share=found["people_served"] / found["people"])


def _within(walk_m: pd.DataFrame, kind: str, limit_m: float) -> Bools:
    if kind not in walk_m:
        return np.zeros(len(walk_m), dtype=bool)
    return np.asarray(walk_m[kind].to_numpy() <= limit_m)
