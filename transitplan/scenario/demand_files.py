"""Files of a case's demand model: matrices, responses and the record, all written or none."""

import tempfile
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from shutil import copy2, rmtree

import pandas as pd

from transitplan.demand.growth import Scenario
from transitplan.io import write_demand
from transitplan.model.demand import Demand
from transitplan.scenario.case import Case
from transitplan.scenario.demand_make import CENTRAL, MadeDemand, response_shares
from transitplan.scenario.demand_record import record_tables
from transitplan.scenario.response import response_paths

RECORD = "record"
INPUTS = "inputs"  # table of the record
DIGITS = "%.8g"
Write = Callable[[Path], object]


def demand_files(made: MadeDemand, made_from: Mapping[int, str]) -> dict[Path, Write]:
    """What is to be written where: one function a file.

    Parameters
    ----------
    made_from
        Hash of the inputs of each year.
    """
    case = made.case
    found: dict[Path, Write] = {}
    for each in made.years:
        hash_ = made_from[each.year]
        for period, demand in each.written.items():
            path = matrix_path(case, each.year, each.scenario, period)
            found[path] = partial(_matrices, demand, path.stem, hash_)
        if each.scenario == "central":
            path = response_paths(case.demand_path(each.year)).shares
            shares = response_shares(each, made.tables.file.hour)
            if shares.classes:  # where nobody drives nothing answers
                found[path] = partial(_matrices, shares, path.stem, hash_)
    folder = case.demand_path(case.base_year).parent / RECORD
    tables = record_tables(made) | {INPUTS: _inputs(made_from)}
    for name, table in tables.items():
        found[folder / f"{name}.csv"] = partial(_table, table)
    for year in case.years:  # a later year may stand in another folder
        rules = response_paths(case.demand_path(year)).rules
        found.setdefault(rules, partial(_table, tables["response"]))
    return found


def matrix_path(case: Case, year: int, scenario: Scenario, period: str) -> Path:
    """File of a period's matrices; of the case's hour the one that the case names."""
    named = case.demand_path(year)
    ending = "" if scenario == "central" else f"_{scenario}"
    hour = case.demand_model is None or period == case.demand_model.file.hour
    return named.with_name(f"{named.stem if hour else f'{year}_{period}'}{ending}.omx")


def path_problems(case: Case, scenarios: Collection[Scenario]) -> list[str]:
    """Pairs of outputs of a case's demand model that would have one file."""
    if case.demand_model is None:
        return []
    outputs: list[tuple[Path, str]] = []
    for year in case.years:
        told = f"response of {year}"
        outputs.append((response_paths(case.demand_path(year)).shares, told))
        for scenario in CENTRAL if year == case.base_year else scenarios:
            for period in case.demand_model.modelled:
                told = f"{period} of {year}, {scenario} growth"
                outputs.append((matrix_path(case, year, scenario, period), told))
    seen: dict[Path, str] = {}
    found = []
    for path, told in outputs:
        if path in seen:
            found.append(
                f"{path} would be both {seen[path]}, and {told}. Give the years other names in "
                f"{case.folder / 'case.toml'} (key demand in [years.…]: <year>_<period>.omx with "
                "the period that model.toml calls hour), or another hour in model.toml (key hour)."
            )
        seen.setdefault(path, told)
    return found


def write_together(files: Mapping[Path, Write]) -> list[Path]:
    """Write files under other names, all of them, before the first takes its own.

    Where one cannot take its name, those that did are given back.
    """
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
        _take_places(made)
    finally:
        for folder in aside.values():
            rmtree(folder, ignore_errors=True)
    return list(made)


def _take_places(made: Mapping[Path, Path]) -> None:
    """Give every part its name; what stood there comes back if one of them fails."""
    kept = {path: part.with_name(f"{part.name}.before") for path, part in made.items()}
    for path, before in kept.items():
        if path.is_file():
            copy2(path, before)
    taken: list[Path] = []
    try:
        for path, part in made.items():
            part.replace(path)
            taken.append(path)
    except BaseException:
        for path in taken:
            if kept[path].is_file():
                kept[path].replace(path)
            else:
                path.unlink()
        raise


def _inputs(made_from: Mapping[int, str]) -> pd.DataFrame:
    """Hash of what each year was made from, as ``forecast.inputs_version`` has it."""
    return pd.DataFrame({"year": list(made_from), "made_from": list(made_from.values())})


def _matrices(demand: Demand, name: str, made_from: str, path: Path) -> None:
    named = Demand(demand.zone_ids, demand.classes, demand.trips_vph, name, made_from)
    write_demand(named, path)


def _table(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", float_format=DIGITS)
