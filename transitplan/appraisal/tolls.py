"""Toll study: tolls swept, the best of them sought, present ones removed, one option financed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from transitplan.appraisal.toll_hour import marginal_tolls
from transitplan.appraisal.toll_tables import (
    ELASTIC,
    FIXED,
    Setting,
    Target,
    cluster_rows,
    level_row,
    payer_rows,
    present_rows,
    traffic_rows,
    with_elasticities,
)
from transitplan.appraisal.toll_ways import finance_table, plates_table, removal_table
from transitplan.appraisal.toll_world import World, built_year, default_targets
from transitplan.model.demand import CAR, TRUCK
from transitplan.scenario.case import Case
from transitplan.scenario.run import Runner
from transitplan.scenario.tolls import Toll
from transitplan.scenario.variants import variant_network

LEVELS_CNY = (0.0, 2.0, 5.0, 10.0, 20.0)
TOLERANCE_CNY = 2.0  # how near to its neighbours a best toll is known
WELFARE, REVENUE, MARGINAL = "welfare", "revenue", "marginal_cost"
OBJECTIVES = {WELFARE: "welfare_cny_per_year", REVENUE: "revenue_cny_per_year"}


@dataclass(frozen=True, eq=False)
class TollStudy:
    """What tolls do in one year, against the present rules with the same options built.

    Traffic is of one morning peak hour, money of a year unless the column says otherwise.
    ``target`` is what is charged (a crossing, or ``city``: all crossings off the expressways),
    ``demand`` is ``fixed`` or ``elastic``, ``toll_cny`` is the toll of a car of any plate.

    present
        crossing_id, class_name, plate, passages_vph, paid_cny_per_year
    levels
        target, demand, toll_cny, passages_vph, cars_vph, all_crossings_vph, all_cars_vph,
        river_trips_vph, river_car_cny, revenue_cny_per_h, revenue_cny_per_year (on the target),
        user_benefit_cny_per_year, tolls_change_cny_per_year (everywhere), welfare_cny_per_year,
        others_cny_per_year (accidents,
        CO2, air, and running cost that drivers do not reckon with), noise_cny_per_year (what the
        gaps leave open, at most; empty with elastic trips),
        trips_change_vph, uneven_share, swept (else added by the search for the best toll),
        toll_elasticity, cost_elasticity, diverted_share, outside
    traffic
        target, demand, toll_cny, crossing_id, cars_vph, trucks_vph, change_vph
    payers
        target, demand, toll_cny, class_name, plate, passages_vph, paid_cny_per_year
    clusters
        target, demand, toll_cny, cluster_id, user_benefit_cny_per_year, inhabitants,
        by_inhabitant_cny_per_year
    optima
        target, demand, objective (welfare, revenue, marginal_cost), toll_cny (of a car), within_cny
        (distance to the next toll solved), at_edge (the highest toll swept is the best: a higher
        one may be better), revenue_cny_per_year, user_benefit_cny_per_year, welfare_cny_per_year
    marginal
        crossing_id, marginal_toll_s, car_cny, truck_cny, passages_vph (of the system optimum)
    removal
        free_for (everyone, other_plates), demand, user_benefit_cny_per_year,
        tolls_change_cny_per_year, others_cny_per_year, welfare_cny_per_year, noise_cny_per_year,
        trips_change_vph
    finance
        option_id, demand, toll_cny, pv_revenue_cny, pv_upkeep_cny, pv_cost_cny, covered_share
    plates
        crossing_id, plates (ignored, averaged, apart), cars_vph, paid_by_cars_cny_per_h
    n_equilibria
        Equilibria solved for it, the system optimum among them.
    """

    year: int
    built: tuple[str, ...]
    elasticity: float
    targets: tuple[Target, ...]
    present: pd.DataFrame
    levels: pd.DataFrame
    traffic: pd.DataFrame
    payers: pd.DataFrame
    clusters: pd.DataFrame
    optima: pd.DataFrame
    marginal: pd.DataFrame
    removal: pd.DataFrame
    finance: pd.DataFrame
    plates: pd.DataFrame
    n_equilibria: int


def toll_study(
    case: Case,
    runner: Runner,
    *,
    built: Sequence[str] = (),
    year: int | None = None,
    targets: Sequence[Target] | None = None,
    levels: Iterable[float] = LEVELS_CNY,
    demands: Sequence[str] = (FIXED, ELASTIC),
    tolerance_cny: float = TOLERANCE_CNY,
) -> TollStudy:
    """Sweep tolls, seek the best ones, remove the present ones, finance what is built.

    Cars of other cities are classes of their own where the case has toll rules. The best tolls are
    sought with the last of ``demands``.

    Parameters
    ----------
    built
        Options that stand in all of it.
    year
        A modelled year: by default the base year, and the last one where something is built.
    targets
        What is charged: by default all crossings off the expressways, and what is built, or else
        the busiest of those crossings.
    levels
        Tolls of a car to sweep [CNY]; a truck pays ``toll_truck_factor`` times as much.
    demands
        ``fixed``, ``elastic`` (all trips answer to their cost by ``toll_trip_elasticity``), both.
    tolerance_cny
        How near the solved tolls around the best one come to it.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> with Runner(case, processes=1) as runner:
    ...     found = toll_study(case, runner, demands=["fixed"], levels=[0, 5], tolerance_cny=9)
    >>> found.levels[["target", "toll_cny"]].values.tolist()
    [['M', 0.0], ['M', 5.0], ['city', 0.0], ['city', 5.0]]
    """
    solved_before = runner.solved
    wanted = built_year(case, built) if year is None else year
    world = World(case, runner, wanted, tuple(built), demands)
    network = variant_network(case, world.variant((), FIXED))
    chosen = tuple(targets or default_targets(case, network, world.bases[demands[0]], built))
    settings = swept(world, chosen, sorted(set(map(float, levels))))
    every = sought(world, settings, tolerance_cny)
    marginal = runner.take([world.variant((), FIXED)], marginal_tolls)[world.variant((), FIXED)]
    table = levels_table(case, settings, every)
    return TollStudy(
        year=wanted,
        built=tuple(built),
        elasticity=world.elasticity,
        targets=chosen,
        present=present_rows(case, world.bases[demands[0]]),
        levels=table,
        traffic=pd.concat([traffic_rows(each) for each in settings], ignore_index=True),
        payers=pd.concat([payer_rows(case, each) for each in settings], ignore_index=True),
        clusters=pd.concat([cluster_rows(case, each) for each in settings], ignore_index=True),
        optima=optima_table(world, table, marginal, chosen),
        marginal=marginal.reset_index(),
        removal=removal_table(world, network),
        finance=finance_table(case, table, built, wanted),
        plates=plates_table(world),
        n_equilibria=runner.solved - solved_before + 1,
    )


def swept(world: World, targets: Sequence[Target], levels: Sequence[float]) -> list[Setting]:
    """Every target at every level, with fixed and elastic trips."""
    return world.settings(
        (target, demand, level)
        for target in targets
        for demand in world.demands
        for level in levels
    )


def sought(world: World, settings: Sequence[Setting], tolerance_cny: float) -> list[Setting]:
    """Halve the steps around the best tolls until they are small enough.

    All searches go on side by side, so that all processes have work. Where a target's welfare or
    revenue has one hill, as with one bottleneck, the best toll lies between the neighbours of the
    best one solved.
    """
    demand = world.demands[-1]
    every = list(settings)
    while True:
        due = []
        for target in {each.target: None for each in every}:
            own = [each for each in every if each.target == target and each.demand == demand]
            rows = [level_row(world.case, each) for each in own]
            for column in OBJECTIVES.values():
                points = {float(str(row["toll_cny"])): float(str(row[column])) for row in rows}
                due += [(target, demand, toll) for toll in halved(points, tolerance_cny)]
        if not due:
            return every
        every += world.settings(due)


def halved(points: Mapping[float, float], tolerance: float) -> list[float]:
    """Middles between the best point and its neighbours, where these are further than allowed.

    None where the best point is the highest one: what lies beyond was not asked for.

    Examples
    --------
    >>> halved({0.0: 1.0, 4.0: 3.0, 10.0: 2.0}, 5.0)
    [7.0]
    >>> halved({0.0: 1.0, 4.0: 3.0}, 1.0)
    []
    """
    tolls = sorted(points)
    best = tolls.index(max(tolls, key=points.__getitem__))
    if best == len(tolls) - 1:
        return []
    near = [tolls[place] for place in (best - 1, best + 1) if place >= 0]
    return [(tolls[best] + toll) / 2 for toll in near if abs(toll - tolls[best]) > tolerance]


def levels_table(case: Case, settings: Sequence[Setting], every: Sequence[Setting]) -> pd.DataFrame:
    """Rows of all tolls solved; elasticities between those that were asked for."""
    asked = with_elasticities(pd.DataFrame([level_row(case, each) for each in settings]))
    asked.insert(3, "swept", value=True)
    more = [each for each in every if not any(each is one for one in settings)]
    if not more:
        return asked
    added = pd.DataFrame([level_row(case, each) for each in more]).assign(swept=False, outside="")
    table = pd.concat([asked, added], ignore_index=True)
    table = table.drop_duplicates(["target", "demand", "toll_cny"])
    return table.sort_values(["target", "demand", "toll_cny"], ignore_index=True)


def optima_table(
    world: World, levels: pd.DataFrame, marginal: pd.DataFrame, targets: Sequence[Target]
) -> pd.DataFrame:
    """The best tolls found, and what marginal-cost tolls on all targets together would do."""
    demand = world.demands[-1]
    rows = []
    for target in targets:
        own = levels[(levels["target"] == target.target_id) & (levels["demand"] == demand)]
        own = own.sort_values("toll_cny", ignore_index=True)
        for objective, column in OBJECTIVES.items():
            best = int(own[column].to_numpy().argmax())
            tolls = own["toll_cny"]
            near = [tolls[place] for place in (best - 1, best + 1) if 0 <= place < len(own)]
            row = own.loc[best]
            rows.append(
                {
                    "target": target.target_id,
                    "demand": demand,
                    "objective": objective,
                    "toll_cny": row["toll_cny"],
                    "within_cny": max((abs(toll - row["toll_cny"]) for toll in near), default=0.0),
                    "at_edge": best == len(own) - 1,
                    "revenue_cny_per_year": row["revenue_cny_per_year"],
                    **{name: row[name] for name in SHOWN_EFFECTS},
                }
            )
    return pd.DataFrame([*rows, marginal_row(world, marginal, targets[0])])


SHOWN_EFFECTS = ("user_benefit_cny_per_year", "tolls_change_cny_per_year", "welfare_cny_per_year")


def marginal_row(world: World, marginal: pd.DataFrame, target: Target) -> dict[str, object]:
    """What the marginal-cost tolls of a target's crossings do, each its own, no other road's."""
    demand = world.demands[-1]
    own = marginal.reindex([name for name in target.crossing_ids if name in marginal.index])
    tolls = [
        Toll(str(crossing), use, round(float(cny), 2))
        for use, column in ((CAR, "car_cny"), (TRUCK, "truck_cny"))
        for crossing, cny in own[column].dropna().items()
    ]
    hour = world.hours({MARGINAL: world.variant(tolls, demand)})[MARGINAL]
    passed = hour.passages_vph.loc[own.index, hour.of_fleet(CAR)].sum(axis=1)
    mean = float((passed * own["car_cny"].fillna(0.0)).sum() / passed.sum()) if len(own) else 0.0
    row = level_row(world.case, Setting(target, demand, mean, world.bases[demand], hour))
    kept = ("target", "demand", "toll_cny", "revenue_cny_per_year", *SHOWN_EFFECTS)
    return {"objective": MARGINAL, "at_edge": False, **{name: row[name] for name in kept}}
