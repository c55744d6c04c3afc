"""What a toll study keeps of each equilibrium: passages, what is paid, trips and their cost."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from transitplan.appraisal.benefits import rule_of_half
from transitplan.appraisal.worth import HourTotals, hour_totals
from transitplan.arrays import Bools, Floats
from transitplan.assignment import PathBased, SystemOptimum, assign
from transitplan.graph.road import compile_road, posted_toll_cny
from transitplan.model.demand import CAR, TRUCK, TRUCKS, UserClass
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.run import Run
from transitplan.scenario.tolls import entry_links
from transitplan.units import SECONDS_PER_HOUR

PAYING = {CAR: (CAR,), TRUCK: TRUCKS}  # uses that pay as cars, and as trucks
MARGINAL_GAP = 1e-6  # of the system optimum


@dataclass(frozen=True, eq=False)
class TollHour:
    """One peak hour of one equilibrium.

    Matrices are (n_classes, n_zones, n_zones), in the order of ``classes`` and ``zone_ids``.
    """

    year: int
    totals: HourTotals
    classes: tuple[UserClass, ...]
    zone_ids: "pd.Index[Any]"
    passages_vph: pd.DataFrame  # crossing_id × class_name
    paid_cny: pd.DataFrame  # crossing_id × class_name: tolls on the links of the crossing
    trips_vph: Floats
    cost_cny: Floats  # of one trip, tolls included; inf where the class finds no way
    river_vph: float  # trips between banks
    river_car_cny: float  # what a car trip between banks costs on average; NaN without such trips

    @property
    def tolls_cny(self) -> float:
        """All tolls that are paid in the hour, those of expressways included."""
        return float(self.totals.by_class["toll_cny"].sum())

    def of_fleet(self, name: str) -> list[str]:
        """Names of the classes that pay as cars (light trucks too), or as trucks."""
        return [each.name for each in self.classes if each.use in PAYING[name]]


def toll_hour(case: Case, run: Run) -> TollHour:
    """Take what the toll study needs; for ``Runner.take``."""
    links, zones = run.network.links, run.demand.zone_ids
    classes = run.demand.classes
    crossing = links["crossing_id"].to_numpy()
    on_it, first = crossing != "", entry_links(links)
    flow = pd.DataFrame(
        {each.name: run.flows[f"flow_{each.name}_vph"].to_numpy() for each in classes}
    )
    toll = pd.DataFrame(
        {each.name: posted_toll_cny(links, each.payer).to_numpy() for each in classes}
    )
    by = pd.Series(crossing, name="crossing_id")
    cost_cny = np.stack(
        [
            run.cost_s[each.name].loc[zones, zones].to_numpy()
            * (each.value_of_time_cny_per_h / SECONDS_PER_HOUR)
            for each in classes
        ]
    )
    apart = _other_bank(run.network, zones)
    cars = np.array([each.use == CAR for each in classes])
    between = run.demand.trips_vph * apart
    car_trips = between[cars]
    spent = np.where(car_trips > 0, car_trips, 0.0) * np.where(car_trips > 0, cost_cny[cars], 0.0)
    return TollHour(
        year=run.variant.year,
        totals=hour_totals(case, run),
        classes=classes,
        zone_ids=zones,
        passages_vph=flow[first].groupby(by[first]).sum(),
        paid_cny=(flow * toll)[on_it].groupby(by[on_it]).sum(),
        trips_vph=run.demand.trips_vph,
        cost_cny=cost_cny,
        river_vph=float(between.sum()),
        river_car_cny=float(spent.sum() / car_trips.sum()) if car_trips.sum() else np.nan,
    )


def user_benefit_pairs(base: TollHour, other: TollHour) -> pd.DataFrame:
    """What the users of each pair of zones gain in the hour, by the rule of a half [CNY/h]."""
    gained = rule_of_half(base.trips_vph, other.trips_vph, base.cost_cny, other.cost_cny)
    return pd.DataFrame(gained.sum(axis=0), index=base.zone_ids, columns=base.zone_ids)


def marginal_tolls(case: Case, run: Run) -> pd.DataFrame:
    """Tolls at which travellers would choose the system optimum, by crossing; for ``Runner.take``.

    Present tolls are left aside: they only change hands, and these stand in their stead. All other
    roads would have to charge theirs too.

    Returns
    -------
    DataFrame
        Index crossing_id; ``marginal_toll_s``, ``car_cny``, ``truck_cny`` (mean over the passages
        of the optimum; NaN without any), ``passages_vph``.
    """
    del case
    classes = tuple(replace(each, pays_tolls=False) for each in run.demand.classes)
    demand = replace(run.demand, classes=classes)
    found = assign(
        compile_road(run.network),
        demand,
        PathBased(),
        principle=SystemOptimum(),
        gap=MARGINAL_GAP,
        threads=1,
        strict=True,
    )
    if found.marginal_toll_s is None or found.marginal_toll_cny is None:
        raise TypeError("a system optimum has marginal tolls")
    links = run.network.links
    crossing, first = links["crossing_id"], entry_links(links)
    flow = found.class_flow_vph
    owed = flow * found.marginal_toll_cny
    of = {name: [each.use in uses for each in classes] for name, uses in PAYING.items()}
    columns = {
        "seconds": found.flow_vph * found.marginal_toll_s,
        "passages_vph": found.flow_vph * first,
        **{f"{name}_owed": owed[rows].sum(axis=0) for name, rows in of.items()},
        **{f"{name}_vph": flow[rows].sum(axis=0) * first for name, rows in of.items()},
    }
    sums = pd.DataFrame(columns)[(crossing != "").to_numpy()]
    sums = sums.groupby(crossing[crossing != ""].to_numpy()).sum().rename_axis("crossing_id")
    passed = sums.where(sums > 0)  # nobody passes: no mean
    return pd.DataFrame(
        {
            "marginal_toll_s": sums["seconds"] / passed["passages_vph"],
            "car_cny": sums["car_owed"] / passed["car_vph"],
            "truck_cny": sums["truck_owed"] / passed["truck_vph"],
            "passages_vph": sums["passages_vph"],
        }
    )


def _other_bank(network: Network, zone_ids: "pd.Index[Any]") -> Bools:
    """Pairs of zones that no way but a crossing joins, (n_zones, n_zones)."""
    nodes, links = network.nodes, network.links
    links = links[links["crossing_id"] == ""]
    place = pd.Index(nodes["node_id"])
    tail, head = (place.get_indexer(links[end]) for end in ("from_node_id", "to_node_id"))
    joined = coo_array((np.ones(len(links)), (tail, head)), shape=(len(place),) * 2)
    _, part = connected_components(joined, directed=False)
    bank = pd.Series(part, index=nodes["zone_id"].to_numpy())
    of_zone = bank[bank.index.notna()].loc[zone_ids].to_numpy()
    apart: Bools = of_zone[:, np.newaxis] != of_zone
    return apart
