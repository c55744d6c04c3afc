"""Ways to charge beside a sweep: nobody, all plates alike, one mean toll, an option for itself."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from transitplan.appraisal.money import benefit_streams, open_share, streams
from transitplan.appraisal.toll_tables import effects, plate_rows
from transitplan.appraisal.toll_world import EXPRESSWAY, World, uniform
from transitplan.graph.road import posted_toll_cny
from transitplan.model.demand import CAR, TRUCK
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.toll_rules import LOCAL, OTHER, rules_on
from transitplan.scenario.tolls import CAR_OTHER, Toll
from transitplan.scenario.variants import Variant

EVERYONE, OTHER_PLATES = "everyone", "other_plates"


def removal_table(world: World, network: Network) -> pd.DataFrame:
    """What it costs and brings to let everyone, or cars of other plates, pass free."""
    ways = {EVERYONE: free_for_everyone(world, network)}
    if world.plates:
        ways[OTHER_PLATES] = other_as_local(world, network)
    wanted = {
        (name, demand): world.variant(tolls, demand)
        for name, tolls in ways.items()
        if tolls
        for demand in world.demands
    }
    hours = world.hours({key: variant for key, variant in wanted.items()})  # noqa: C416  any key
    return pd.DataFrame(
        [
            {
                "free_for": name,
                "demand": demand,
                **effects(world.case, demand, world.bases[demand], hours[name, demand]),
            }
            for name, demand in wanted
        ]
    )


def free_for_everyone(world: World, network: Network) -> list[Toll]:
    """No toll at any crossing that has one of its own: off the expressways, or by a rule."""
    links = network.links[network.links["crossing_id"] != ""]
    ruled = set(rules_on(world.case.tolls, world.year)["crossing_id"])
    own = links[(links["facility_type"] != EXPRESSWAY) | links["crossing_id"].isin(ruled)]
    tolls = [posted_toll_cny(own, payer).to_numpy() for payer in (CAR, CAR_OTHER, TRUCK)]
    paid = np.sum(tolls, axis=0) > 0
    return uniform(sorted(set(own.loc[paid, "crossing_id"])), 0.0, 1.0)


def other_as_local(world: World, network: Network) -> list[Toll]:
    """Cars of other plates pay what those of the city pay."""
    rules = rules_on(world.case.tolls, world.year)
    rules = rules[rules["crossing_id"].isin(network.links["crossing_id"]) & (rules["use"] == CAR)]
    local = rules[rules["plate"] == LOCAL].set_index("crossing_id")["cny"]
    other = rules[(rules["plate"] == OTHER) & rules["crossing_id"].isin(local.index)]
    return [
        Toll(str(row["crossing_id"]), CAR, float(local[row["crossing_id"]]), OTHER)
        for row in other.to_dict("records")
        if row["cny"] != local[row["crossing_id"]]
    ]


def finance_table(
    case: Case, levels: pd.DataFrame, built: Sequence[str], year: int
) -> pd.DataFrame:
    """Present value of an option's own toll revenue against what it costs to build and keep.

    The revenue of the studied year stands for all years of operation, growing by
    ``benefit_growth`` after it.
    """
    values = {**case.values, "benefit_scale": 1.0}  # revenue follows traffic, not values of time
    rows = []
    for option in built:
        site, form = case.find(option)
        for row in levels[levels["target"] == site.crossing_id].to_dict("records"):
            hourly = {year: float(row["revenue_cny_per_h"])}
            flow, upkeep = (
                streams(form, hourly, values, base_year=case.base_year, capital_cny=capital)
                for capital in (form.capital_cost_cny, 0.0)
            )
            earned = benefit_streams(flow.years, hourly, values)
            earned = earned * open_share(form, values, flow.years) * flow.discount_factor
            revenue, cost = float(earned.sum()), float(flow.pv_cost_cny[0])
            rows.append(
                {
                    "option_id": option,
                    "demand": row["demand"],
                    "toll_cny": row["toll_cny"],
                    "pv_revenue_cny": revenue,
                    "pv_upkeep_cny": float(upkeep.pv_cost_cny[0]),
                    "pv_cost_cny": cost,
                    "covered_share": revenue / cost,
                }
            )
    return pd.DataFrame(rows)


def plates_table(world: World) -> pd.DataFrame:
    """Cars and their tolls where plates are ignored, where all cars pay the mean, and apart."""
    if not world.plates:
        return pd.DataFrame()
    present = world.bases[world.demands[0]]
    trips = dict(zip([each.name for each in present.classes], present.trips_vph, strict=True))
    cars = sum(trips[name].sum() for name in present.of_fleet(CAR))
    share = sum(trips[each.name].sum() for each in present.classes if each.plate == OTHER) / cars
    rules = rules_on(world.case.tolls, world.year)
    rules = rules[(rules["use"] == CAR) & rules["crossing_id"].isin(present.passages_vph.index)]
    mean = [
        Toll(str(crossing), CAR, float(share * rows[OTHER] + (1 - share) * rows[LOCAL]))
        for crossing, rows in rules.pivot_table(
            index="crossing_id", columns="plate", values="cny"
        ).iterrows()
        if rows.notna().get(OTHER, False) and rows.notna().get(LOCAL, False)
    ]
    plain = {"ignored": (), "averaged": mean}
    hours = world.hours(
        {name: Variant(world.year, world.built, tolls=tuple(t)) for name, t in plain.items()}
    )
    return plate_rows({**{str(name): hour for name, hour in hours.items()}, "apart": present})
