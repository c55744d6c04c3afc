"""Demand of every year of a case, made from its zones, growth table and parameters."""

import hashlib
from dataclasses import replace
from pathlib import Path

from transitplan.demand.peak_hour import PARAMETERS, grown_zones, peak_hour_demand
from transitplan.errors import NotFoundError, ValidationError
from transitplan.graph.road import compile_road
from transitplan.io import write_demand
from transitplan.model.demand import Demand
from transitplan.paths import skim
from transitplan.scenario.case import Case
from transitplan.scenario.options import committed_network
from transitplan.units import METRES_PER_KM


def forecast(case: Case, year: int) -> Demand:
    """Demand of one year: zones grown from the base year, distances over that year's roads.

    Distances are those of the fastest ways over empty roads.
    """
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
    """Hash of what the demand of a year is made from: zones, growth and parameters.

    The roads are left out: a demand is kept while networks are compared.
    """
    digest = hashlib.sha256()
    digest.update(case.network.zones.to_csv(index=False).encode())
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
                f"{path}: made from other zones, growth or parameters than {case.folder} has now. "
                f"Run `transitplan demand {case.folder}`."
            )
    return found


def write_forecasts(case: Case) -> list[Path]:
    """Write the demand file of every year of the case."""
    return [write_demand(forecast(case, year), case.demand_path(year)) for year in case.years]
