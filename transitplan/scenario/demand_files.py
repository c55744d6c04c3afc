"""Files of a case's demand model: matrices, responses and the record, all written or none."""

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from shutil import rmtree

import pandas as pd

from transitplan.io import write_demand
from transitplan.model.demand import Demand
from transitplan.scenario.case import Case
from transitplan.scenario.demand_make import MadeDemand, YearDemand, response_shares
from transitplan.scenario.demand_record import record_tables

RECORD = "record"
DIGITS = "%.8g"
Write = Callable[[Path], object]


def demand_files(made: MadeDemand, made_from: Mapping[int, str]) -> dict[Path, Write]:
    """What is to be written where: one function a file.

    Parameters
    ----------
    made_from
        Hash of the inputs of each year.
    """
    case, hour = made.case, made.tables.file.hour
    found: dict[Path, Write] = {}
    for each in made.years:
        for period, demand in each.written.items():
            path = matrix_path(case, each, period, hour)
            found[path] = partial(_matrices, demand, path.stem, made_from[each.year])
        if each.scenario == "central":
            path = matrix_path(case, each, f"{hour}_response", hour)
            shares = response_shares(each, hour)
            found[path] = partial(_matrices, shares, path.stem, made_from[each.year])
    folder = case.demand_path(case.base_year).parent / RECORD
    for name, table in record_tables(made).items():
        found[folder / f"{name}.csv"] = partial(_table, table)
    return found


def matrix_path(case: Case, each: YearDemand, period: str, hour: str) -> Path:
    """File of a period's matrices; of the case's hour the one that the case names."""
    named = case.demand_path(each.year)
    ending = "" if each.scenario == "central" else f"_{each.scenario}"
    stem = named.stem if period == hour else f"{each.year}_{period}"
    return named.with_name(f"{stem}{ending}.omx")


def write_together(files: Mapping[Path, Write]) -> list[Path]:
    """Write files under other names, all of them, before the first takes its own."""
    made: dict[Path, Path] = {}
    aside: dict[Path, Path] = {}
    try:
        for path, write in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.parent not in aside:
                aside[path.parent] = Path(tempfile.mkdtemp(prefix=".demand-", dir=path.parent))
            part = aside[path.parent] / path.name
            write(part)
            made[path] = part
        for path, part in made.items():
            part.replace(path)
    finally:
        for folder in aside.values():
            rmtree(folder, ignore_errors=True)
    return list(made)


def _matrices(demand: Demand, name: str, made_from: str, path: Path) -> None:
    named = Demand(demand.zone_ids, demand.classes, demand.trips_vph, name, made_from)
    write_demand(named, path)


def _table(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", float_format=DIGITS)
