"""Write the demand of every year of a case from its zones, growth table and parameters."""

from pathlib import Path

from transitplan.demand.peak_hour import grown_zones, peak_hour_demand
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
    return peak_hour_demand(zones, distance_km, case.values, name=case.demand_path(year).stem)


def write_forecasts(case: Case) -> list[Path]:
    """Write the demand file of every year of the case."""
    return [write_demand(forecast(case, year), case.demand_path(year)) for year in case.years]
