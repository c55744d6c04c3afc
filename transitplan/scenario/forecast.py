"""Demand of every year of a case, by its demand model or, where it has none, the first one."""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from transitplan.demand.growth import Scenario
from transitplan.demand.peak_hour import PARAMETERS, grown_zones, peak_hour_demand
from transitplan.errors import NotFoundError, ValidationError, counted, listed
from transitplan.graph.road import compile_road
from transitplan.io import write_demand
from transitplan.io.omx import made_from
from transitplan.io.text import read_text_table
from transitplan.model.demand import Demand
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.demand_build import car_classes
from transitplan.scenario.demand_files import (
    INPUTS,
    RECORD,
    demand_files,
    path_problems,
    write_together,
)
from transitplan.scenario.demand_make import CENTRAL, MadeDemand, Progress, make_demand
from transitplan.scenario.options import committed_network
from transitplan.scenario.tolls import tolls_paid
from transitplan.units import METRES_PER_KM


def forecast(case: Case, year: int) -> Demand:
    """Demand of the peak hour of one year, of a case or its demand model.

    Without a model zones are grown from the base year, and distances are those of the fastest ways
    over that year's empty roads.
    """
    if case.demand_model is not None:
        later = [year] if year != case.base_year else []
        found = make_demand(case, years=later, scenarios=CENTRAL if later else ())
        made = found.years[-1].written[case.demand_model.file.hour]
        return replace(made, name=case.demand_path(year).stem, made_from=inputs_version(case, year))
    network = committed_network(case, year)
    roads = compile_road(network)
    distance_km = {
        use: skim(roads, ["length_m"], use=use).array("length_m") / METRES_PER_KM
        for use in ("car", "truck")
    }
    zones = network.zones
    if year != case.base_year:
        zones = grown_zones(zones, case.growth, year)
    made = peak_hour_demand(zones, distance_km, case.values, name=case.demand_path(year).stem)
    return replace(made, made_from=inputs_version(case, year))


def inputs_version(case: Case, year: int) -> str:
    """Hash of what the demand of a year is made from: zones, tables or growth, and parameters.

    With a demand model also the tolls of the year and of the base year, which it is fitted in.
    Roads and lines are left out: a demand is kept while networks are compared.
    """
    digest = hashlib.sha256()
    digest.update(case.network.zones.to_csv(index=False).encode())
    if case.demand_model is not None:
        classes = [each.described() for each in car_classes(case).values()]
        tolls = [tolls_paid(case.tolls, each) for each in (case.base_year, year)]
        digest.update(repr((case.demand_model.version, year, classes, tolls)).encode())
        return digest.hexdigest()[:16]
    digest.update(case.growth[case.growth["year"] == year].to_csv(index=False).encode())
    digest.update(repr([case.values[name] for name in PARAMETERS]).encode())
    return digest.hexdigest()[:16]


def demand_problems(case: Case) -> list[str]:
    """Demand files that are missing, or made from other inputs than the case has now."""
    found = []
    for year in case.years:
        path = case.demand_path(year)
        try:
            made_from = case.demand(year).made_from
        except (NotFoundError, ValidationError) as error:
            found += list(getattr(error, "problems", (str(error),)))
            continue
        if made_from and made_from != inputs_version(case, year):
            found.append(
                f"{path}: made from other zones, growth, tolls or parameters than {case.folder} "
                f"has now. Run `transitplan demand {case.folder}`."
            )
    return found


def demand_notices(case: Case) -> list[str]:
    """What stands beside the demand files and is of other inputs than the case has now.

    Matrices of other scenarios, periods and of responses that an earlier `transitplan demand` left,
    and the record. None of it is used by an assessment of other files.
    """
    found, left = list[str](), _left_over(case)
    if left:
        found.append(
            f"{left[0].parent}: {counted(len(left), 'file')} of other inputs than {case.folder} "
            f"has now: {listed([path.name for path in left])}. Delete what is not used, or run "
            f"`transitplan demand {case.folder}` (--scenario all for low and high growth)."
        )
    record = case.demand_path(case.base_year).parent / RECORD / f"{INPUTS}.csv"
    if record.is_file() and case.demand_model is not None:
        rows = read_text_table(record)
        now = {str(year): inputs_version(case, year) for year in case.years}
        if dict(zip(rows["year"], rows["made_from"], strict=True)) != now:
            found.append(
                f"{record.parent}: the record is of other inputs than {case.folder} has now. Run "
                f"`transitplan demand {case.folder}`."
            )
    return found


def _left_over(case: Case) -> list[Path]:
    """Files of the demand model that are none of the case's own and of other inputs."""
    own = {case.demand_path(year) for year in case.years}
    found = []
    for year in case.years:
        beside = sorted(case.demand_path(year).parent.glob(f"{year}_*.omx"))
        known = {path: made_from(path) for path in beside if path not in own}
        now = inputs_version(case, year) if known else ""
        found += [path for path, of in known.items() if of and of != now]
    return found


def write_forecasts(
    case: Case,
    *,
    scenarios: Collection[Scenario] = CENTRAL,
    threads: int | None = None,
    progress: Progress | None = None,
) -> tuple[list[Path], MadeDemand | None]:
    """Write the demand of every year of the case: all files, or none.

    Parameters
    ----------
    scenarios
        Of growth, for cases with a demand model; central is always among them.

    Returns
    -------
    paths, made
        The files, those of matrices first; what the demand model did, None without one.

    Raises
    ------
    ValidationError
        If two of the outputs would have one file; nothing is solved then.
    """
    if case.demand_model is None:
        made = {case.demand_path(year): forecast(case, year) for year in case.years}
        return [write_demand(demand, path) for path, demand in made.items()], None
    wanted = (*CENTRAL, *(each for each in scenarios if each not in CENTRAL))
    if problems := path_problems(case, wanted):  # before anything is solved
        raise ValidationError(problems)
    found = make_demand(case, scenarios=wanted, threads=threads, progress=progress)
    versions = {year: inputs_version(case, year) for year in case.years}
    return write_together(demand_files(found, versions)), found
