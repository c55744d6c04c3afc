"""Demand as CSV, one row an OD pair: ``o_zone_id, d_zone_id`` and a column of vehicles a class."""

from pathlib import Path

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, positions
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.demand import Demand, UserClass

ENDS = ("o_zone_id", "d_zone_id")


def read_pairs(path: str | Path) -> Demand:
    """Read a demand table; every further column is a user class of cars, in vehicles an hour.

    Pairs that are not in the table have no trips; a pair may stand in it once.
    """
    path = Path(path)
    if not path.is_file():
        raise NotFoundError(f"{path}: no such file.")
    table = pd.read_csv(path, float_precision="round_trip")
    absent = [name for name in ENDS if name not in table.columns]
    names = [name for name in table.columns if name not in ENDS]
    if absent or not names:
        raise ValidationError(
            f"{path}: columns {', '.join(table.columns)} found; it needs o_zone_id, d_zone_id and "
            "at least one column of vehicles an hour, named after its class."
        )
    found = []
    for name in [*ENDS, *names]:
        numbers = pd.to_numeric(table[name], errors="coerce") if name in names else table[name]
        wrong = numbers.isna().to_numpy(copy=True)
        if name in names:
            wrong |= (numbers < 0).to_numpy()
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            found.append(
                f"{path}, column {name}: {wrong.sum()} of {len(table)} rows (line {row + 2}): "
                f"{table[name].iloc[row]!r} is not a number of vehicles of 0 or more."
                if name in names
                else f"{path}, column {name}: {wrong.sum()} rows are empty (line {row + 2})."
            )
    twice = table.duplicated(list(ENDS)).to_numpy()
    if twice.any():
        line = int(np.flatnonzero(twice)[0]) + 2
        found.append(f"{path}: {twice.sum()} OD pairs stand twice (line {line}). Add them up.")
    if found:
        raise ValidationError(found)
    zones = pd.Index(sorted(set(table[ENDS[0]]) | set(table[ENDS[1]])), name="zone_id")
    origin, destination = (positions(zones, table[end], what=end) for end in ENDS)
    trips = np.zeros((len(names), len(zones), len(zones)))
    for k, name in enumerate(names):
        trips[k, origin, destination] = table[name].to_numpy(dtype=float)
    return Demand(zones, tuple(UserClass(str(name)) for name in names), trips, path.stem)


def write_pairs(demand: Demand, path: str | Path) -> Path:
    """Write the pairs that have trips, and zones without any on a row of zeros to themselves."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    used: Bools = np.asarray((demand.trips_vph > 0).any(axis=0))
    silent = ~(used.any(axis=0) | used.any(axis=1))
    used[silent, silent] = True
    origin, destination = np.nonzero(used)
    table = pd.DataFrame({ENDS[0]: demand.zone_ids[origin], ENDS[1]: demand.zone_ids[destination]})
    for each, trips in zip(demand.classes, demand.trips_vph, strict=True):
        table[each.name] = trips[origin, destination]
    work = path.with_name(f".{path.name}.part")
    table.to_csv(work, index=False, lineterminator="\n")
    work.replace(path)
    return path
